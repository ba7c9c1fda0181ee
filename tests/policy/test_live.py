"""A declaration against the database it speaks about, in pure cases. test_airline.py does it with real ones."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.policy.little import HERE, MINI, change, compiled, copy_of_mini, line
from tests.policy.test_cases import cases, hold_to_expected

from troth.model.datamap import IdentifierColumn, StoreMap
from troth.model.schema import Check, Column, Schema, Table
from troth.policy import check_against_schema

NUMBERS = {"reader_id", "loan_id", "fee_id", "circle_id", "branch_id", "amount_cents"}


def column(name: str, type_: str = "") -> Column:
    return Column(
        name, type_ or ("bigint" if name in NUMBERS else "date" if name.endswith("_on") else "text"), nullable=True
    )


def _compared(identifier: IdentifierColumn) -> str:
    return f"lower({identifier.column})" if identifier.kind == "email" else identifier.column


def as_declared(store: StoreMap) -> dict[str, Table]:
    """The database that a map describes, with a key and an index wherever one is needed."""
    tables = {}
    for name, table in store.tables.items():
        names = [*table.columns] or [f"{name}_id"]
        searched = [(_compared(identifier),) for identifier in table.identifiers] + [
            claim.columns for claim in table.claims
        ]
        searched += [table.shared.columns] if table.shared else []
        columns = {column_name: column(column_name) for column_name in names}
        tables[name] = Table(name, columns, table.key or (names[0],), indexes=tuple(searched))
    reader = tables["reader"]
    return {**tables, "reader": replace(reader, primary_key=("reader_id",))}


def changed(tables: dict[str, Table], changes: Mapping[str, Any]) -> dict[str, Table]:
    for name, wanted in changes.items():
        if wanted is None:
            del tables[name]
            continue
        table = tables.get(name, Table(name, {}, ()))
        columns = {c: column(c, t) for c, t in wanted.get("columns", {}).items() if t}
        kept = {c: v for c, v in table.columns.items() if wanted.get("columns", {}).get(c, "kept") is not None}
        facts = {key: tuple(value) for key, value in wanted.items() if key == "primary_key"}
        facts |= {key: tuple(map(tuple, value)) for key, value in wanted.items() if key in {"unique", "indexes"}}
        if "transactional" in wanted:
            facts["transactional"] = wanted["transactional"]
        tables[name] = replace(table, columns=kept | columns, **facts)
    return tables


def test_each_difference_is_told(tmp_path: Path) -> None:
    """Each case brings its problems; those that differ in nothing that matters bring none."""
    found = {}
    group = HERE / "cases" / "live.yaml"
    for number, (name, case) in enumerate(cases(group)):
        folder = copy_of_mini(tmp_path / str(number))
        change(folder, case.get("change", {}))
        policy, problems = compiled(folder)
        assert policy is not None, problems
        store = policy.stores["lending"]
        tables = changed(as_declared(store), case["schema"])
        schema = Schema("lending", case.get("engine", "postgresql"), tables)
        found[name] = [line(problem) for problem in check_against_schema(store, schema)]
    assert [name for name, problems in found.items() if not problems] == [
        "nothing differs", "no primary key, and one declared", "the same with a reason",
    ]  # fmt: skip
    hold_to_expected(group, found)


def test_an_index_on_an_address_serves_only_in_the_form_that_is_looked_for() -> None:
    """PostgreSQL tells capitals apart: a plain index is enough only where a CHECK promises lower case."""
    policy, _ = compiled(MINI)
    assert policy is not None
    store = policy.stores["lending"]
    plain = changed(as_declared(store), {"reader": {"indexes": [["reader_number"], ["email"]]}})
    promised = {**plain, "reader": replace(plain["reader"], checks=(Check("small", "email = lower((email)::text)"),))}
    wanted = {"missing-index": "CREATE INDEX reader_lower_email ON reader (lower(email))"}
    found = [check_against_schema(store, Schema("lending", "postgresql", each)) for each in (plain, promised)]
    assert [{p.code: p.hint for p in each} for each in found] == [wanted, {}]


def test_an_undeclared_column_is_an_error_and_a_missing_index_a_warning() -> None:
    """What would be passed over in silence closes; what is only slow does not."""
    policy, _ = compiled(MINI)
    assert policy is not None
    store = policy.stores["lending"]
    tables = changed(as_declared(store), {"reader": {"columns": {"shoe_size": "text"}, "indexes": []}})
    severities = {p.code: p.severity for p in check_against_schema(store, Schema("lending", "postgresql", tables))}
    assert severities == {"undeclared-column": "error", "missing-index": "warning"}
