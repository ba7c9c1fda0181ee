"""A store for a case: a small SQLite file with the tables of a map and a few given rows, walked like any other.

What the real database would say about itself is not known, so the map says it: columns have no rules, and
a table's key is the map's, or as many first columns as others point at it with.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from troth.model.datamap import Claim, StoreMap, TableMap
from troth.model.problem import InputError
from troth.model.sight import Scalar
from troth.ports.store import Store
from troth.stores import open_store

Rows = Mapping[str, Sequence[Mapping[str, Scalar]]]


def trial_store(declared: StoreMap, rows: Rows, folder: Path) -> Store:
    """The store of a map with these rows, in a file in this folder. Columns that the map does not name are made too.

    Raises InputError `case-form` where two rows have one key, or a value is no single value.
    """
    file = folder / f"{declared.name}.db"
    tables = {name: table for name, table in declared.tables.items() if table.personal}
    try:
        with closing(sqlite3.connect(file)) as connection:
            _fill(connection, tables, rows)
    except sqlite3.Error as error:  # its words may hold a value
        message = f"the rows for `{declared.name}` do not fit together: {type(error).__name__}"
        raise InputError("case-form", message, "give each row a key of its own, and single values") from None
    url = f"sqlite:///{file}"
    made = replace(declared, engine="sqlite", look_url=url, act_url=url, schema="", tables=tables)
    return open_store(made, environ={})


def _fill(connection: sqlite3.Connection, tables: Mapping[str, TableMap], rows: Rows) -> None:
    for name, table in tables.items():
        columns = _columns(table, rows.get(name, ()), tables)
        connection.execute(_create(table, columns, _key(table, columns, tables), _keyed(table, tables)))
    for name, given in rows.items():
        for row in given:
            names, marks = ", ".join(map(_quoted, row)), ", ".join("?" * len(row))
            statement = f"INSERT INTO {_quoted(name)} ({names}) VALUES ({marks})"  # noqa: S608 - quoted names
            connection.execute(statement, tuple(row.values()))
    connection.commit()


def _claims(table: TableMap) -> tuple[Claim, ...]:
    return (*table.claims, *((table.shared,) if table.shared else ()))


def _pointing(table: TableMap, tables: Mapping[str, TableMap]) -> list[Claim]:
    return [one for other in tables.values() for one in _claims(other) if one.parent == table.name]


def _columns(table: TableMap, given: Sequence[Mapping[str, Scalar]], tables: Mapping[str, TableMap]) -> list[str]:
    """Those of the first row come first, as the author wrote them; then whatever the map names."""
    pointed = [column for one in _pointing(table, tables) for column in one.parent_columns]
    claimed = [c for one in _claims(table) for c in (*one.columns, *(column for column, _ in one.when))]
    kept = [*(column for column, _ in table.retain_when), *filter(None, [table.clock])]
    found = [*(column for row in given for column in row), *table.key, *table.columns]
    return list(dict.fromkeys([*found, *(one.column for one in table.identifiers), *claimed, *kept, *pointed]))


def _key(table: TableMap, columns: Sequence[str], tables: Mapping[str, TableMap]) -> tuple[str, ...]:
    if table.key:
        return table.key
    width = max((len(one.columns) for one in _pointing(table, tables) if not one.parent_columns), default=1)
    return tuple(columns[:width])


def _keyed(table: TableMap, tables: Mapping[str, TableMap]) -> list[Claim]:
    """What points at another table's key, always: a foreign key, so that rows below come first. A history has none."""
    return [
        one
        for one in _claims(table)
        if one.parent in tables
        and tables[one.parent].trigger_history != table.name
        and not one.parent_columns
        and not one.when
    ]


def _create(table: TableMap, columns: Sequence[str], key: Sequence[str], claims: Sequence[Claim]) -> str:
    texts = {one.column for one in table.identifiers}  # compared without regard to capitals, as texts are
    parts = [f"{_quoted(column)} TEXT" if column in texts else _quoted(column) for column in columns]
    parts.append(f"PRIMARY KEY ({', '.join(map(_quoted, key))})")
    parts += [f"FOREIGN KEY ({', '.join(map(_quoted, c.columns))}) REFERENCES {_quoted(c.parent)}" for c in claims]
    return f"CREATE TABLE {_quoted(table.name)} ({', '.join(parts)})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
