"""A real schema as facts: SQLAlchemy's inspector reads it, the engine's dialect adds what the inspector cannot see."""

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import Dialect as SqlAlchemyDialect
from sqlalchemy.engine.reflection import Inspector
from sqlalchemy.exc import CompileError, SAWarning, UnsupportedCompilationError
from sqlalchemy.pool import StaticPool

from troth.model.schema import CAST, Check, Column, ForeignKey, Schema, Table
from troth.stores.sql.dialect import Dialect

WRITES = re.compile(
    r"\b(?:insert\s+(?:or\s+\w+\s+|ignore\s+)?into|replace\s+into|merge\s+into|delete\s+from|update(?!\s+of\b)(?:\s+only)?)\s+"
    r"([\w.\"`]+)",
    re.IGNORECASE,
)
OPAQUE = re.compile(r"\b(?:execute|perform|call|do)\b(?!\s*(?:function|procedure)\b)", re.IGNORECASE)
COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
LITERAL = re.compile(r"'(?:[^']|'')*'")


def written_tables(source: str) -> tuple[str, ...] | None:
    """Tables that a trigger's code names as changed; None where it runs other code and cannot be read."""
    code = LITERAL.sub("''", COMMENT.sub(" ", source))
    if OPAQUE.search(code):
        return None
    names = (re.sub(r"[\"`]", "", name).rpartition(".")[2] for name in WRITES.findall(code))
    return tuple(sorted({name for name in names if name.lower() not in ("set", "on")}))


def reflect(dialect: Dialect, connection: Any) -> Schema:
    """Read the mapped schema over an open connection of the driver."""
    engine = create_engine(dialect.sqlalchemy_url, creator=lambda: connection, poolclass=StaticPool)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # what the inspector skips, `extras` reads
        with engine.connect() as opened:
            tables = _tables(inspect(opened), dialect)
    return dialect.extras(connection, Schema(dialect.store, dialect.engine, tables))


def _tables(inspector: Inspector, dialect: Dialect) -> dict[str, Table]:
    schema = dialect.schema or None
    columns = inspector.get_multi_columns(schema=schema)
    keys = inspector.get_multi_pk_constraint(schema=schema)
    unique = inspector.get_multi_unique_constraints(schema=schema)
    indexes = inspector.get_multi_indexes(schema=schema)
    foreign = inspector.get_multi_foreign_keys(schema=schema)
    checks = inspector.get_multi_check_constraints(schema=schema)
    found: dict[str, Table] = {}
    for place in sorted(columns, key=lambda pair: pair[1]):
        name = place[1]
        primary = tuple(keys[place]["constrained_columns"] if keys.get(place) else ())
        ones = tuple(tuple(c["column_names"]) for c in unique.get(place) or ())
        listed = [_index(i) for i in indexes.get(place) or () if not _partial(i)]
        also = tuple(_index(i) for i in indexes.get(place) or () if i.get("unique") and not _partial(i))
        found[name] = Table(
            name=name,
            columns={c["name"]: _column(c, primary, dialect.sqlalchemy) for c in columns[place]},
            primary_key=primary,
            unique=tuple(dict.fromkeys([*ones, *(i for i in also if not any("(" in c for c in i))])),
            indexes=tuple(dict.fromkeys([*([primary] if primary else []), *ones, *listed])),
            foreign_keys=tuple(_foreign_key(f, schema) for f in foreign.get(place) or ()),
            checks=tuple(Check(str(c.get("name") or ""), str(c["sqltext"])) for c in checks.get(place) or ()),
        )
    return _with_implied_keys(found)


def _column(found: Any, primary: Sequence[str], dialect: SqlAlchemyDialect) -> Column:
    own = found["type"]
    try:
        word = own.compile(dialect)
    except (CompileError, UnsupportedCompilationError):
        word = "unknown"
    automatic = found.get("identity") is not None or found.get("autoincrement") is True
    return Column(
        name=found["name"],
        type=word if '"' in word else word.lower(),
        nullable=bool(found["nullable"]) and found["name"] not in primary,
        has_default=found.get("default") is not None or automatic,
        length=getattr(own, "length", None) if isinstance(getattr(own, "length", None), int) else None,
        generated=found.get("computed") is not None or bool((found.get("identity") or {}).get("always")),
    )


def _index(found: Any) -> tuple[str, ...]:
    expressions = found.get("expressions") or ()
    return tuple(
        name if name is not None else expression_text(expressions[n]) for n, name in enumerate(found["column_names"])
    )


def _partial(found: Any) -> bool:
    """A partial index serves only some rows, so it is no answer to a walk."""
    return any(name.endswith("_where") for name in found.get("dialect_options") or {})


def expression_text(expression: str) -> str:
    """An indexed expression without casts, quotes and spare brackets: `lower((email)::text)` is `lower(email)`."""
    plain = CAST.sub("", expression.lower()).replace('"', "").replace("`", "").replace(" ", "")
    return re.sub(r"\((\w+)\)", r"(\1)", re.sub(r"\(\((\w+)\)\)", r"(\1)", plain))


def _foreign_key(found: Any, schema: str | None) -> ForeignKey:
    options: Mapping[str, Any] = found.get("options") or {}
    elsewhere = found.get("referred_schema")
    parent = found["referred_table"]
    return ForeignKey(
        name=found.get("name") or "",
        columns=tuple(found["constrained_columns"]),
        parent=parent if elsewhere in (None, schema) else f"{elsewhere}.{parent}",
        parent_columns=tuple(found["referred_columns"]),
        on_delete=str(options.get("ondelete") or "no action").lower(),
        deferrable=bool(options.get("deferrable")),
    )


def _with_implied_keys(tables: dict[str, Table]) -> dict[str, Table]:
    """A foreign key that names no columns points at the parent's primary key."""

    def whole(key: ForeignKey) -> ForeignKey:
        if key.parent_columns or key.parent not in tables:
            return key
        return replace(key, parent_columns=tables[key.parent].primary_key)

    return {n: replace(t, foreign_keys=tuple(whole(k) for k in t.foreign_keys)) for n, t in tables.items()}
