"""stores/*.yaml: real systems, each mapped as a whole. The tables' own shape stands in `tables`."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from troth.model.datamap import OURS, StoreMap, TableMap
from troth.policy.common import Places, ref, refs, says
from troth.policy.section import Context, Section
from troth.policy.sections import tables
from troth.policy.shapes import ID, TEXT, WORDS, Count, Field, Flag, OneOf, Record, Table, Values

_PASSWORD = re.compile(r"://[^/@:]*:(?P<password>[^/@]+)@|[?&;](?:password|pwd)=(?P<parameter>[^&;]+)", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{[A-Z_][A-Z0-9_]*\}")

STORE = Field("store", ID, "its id", required=True)
ENGINE = Field(
    "engine", OneOf("postgresql", "mariadb", "sqlite", "work-order", OURS), "what kind of system", required=True
)
SAYS = says("what it is for", required=False)
LOOK = Field("look", TEXT, "connection address of the credential that reads; `${NAME}` comes from the environment")
ACT = Field("act", TEXT, "connection address of the credential that changes, held by the worker alone")
SCHEMA = Field("schema", TEXT, "schema that is mapped as a whole")
LEAVES = Field("leaves", Table(Count(0, 36_500)), "what outlives a deletion here, in days (`backups: 30`)")
MARKS = Field("marks", Flag(), "a mark table may be written in the store")
ANSWER_DAYS = Field("answer-days", Count(1, 365), "work-order: how long the humans behind it have")
STORED_IN = Field("stored-in", Places(), "countries in which it is")
HOSTED_BY = ref("hosted-by", "recipient", "who runs it; unsaid: we do")
ACCOUNTABLE = ref("accountable", "role", "who answers for it")
APART_FROM = refs("apart-from", "store", "stores with which it is never joined")

KEYS = (
    STORE, ENGINE, SAYS, LOOK, ACT, SCHEMA, LEAVES, MARKS, ANSWER_DAYS, STORED_IN, HOSTED_BY, ACCOUNTABLE, APART_FROM,
)  # fmt: skip


def build(values: Values, context: Context) -> StoreMap:
    """One file, one store."""
    for url in (LOOK, ACT):
        found = _PASSWORD.search(values[url])
        secret = found and (found["password"] or found["parameter"])
        if secret and not _VARIABLE.fullmatch(secret):
            message = f"a password stands in `{url.name}`"
            context.report.say("secret-in-clear", message, values.at(url))
    if values[STORE]:
        context.report.declare("store", values[STORE], values.at(STORE))
    return StoreMap(
        name=values[STORE],
        engine=values[ENGINE],
        look_url=values[LOOK],
        act_url=values[ACT],
        tables=_mapped(values, context),
        place=values.place,
        says=WORDS.make(values[SAYS], values.at(SAYS), context),
        schema=values[SCHEMA],
        leaves=_leaves(values),
        marks=values[MARKS],
        answer_days=values[ANSWER_DAYS],
        stored_in=context.places_in(values[STORED_IN]),
        hosted_by=values[HOSTED_BY],
        accountable=values[ACCOUNTABLE],
        apart_from=values[APART_FROM],
    )


def _mapped(values: Values, context: Context) -> Mapping[str, TableMap]:
    mapped = tables.build_tables(values[tables.TABLES], context)
    if not mapped:
        context.report.say("empty-store", f"store `{values[STORE]}` declares no table", values.at(tables.TABLES))
    for wanted in (LOOK, ACT):
        if values[ENGINE] not in {"work-order", OURS} and wanted not in values:
            hint = f"`{wanted.name}`: {wanted.says}"
            context.report.say("missing-key", f"`{wanted.name}` is missing here", values.place, hint)
    return mapped


def _leaves(values: Values) -> Mapping[str, int] | None:
    return MappingProxyType({left.key: left.value for left in values[LEAVES]}) if LEAVES in values else None


SECTION = Section(
    "stores",
    "stores/*.yaml",
    "One real system: which column is which element, and whose the rows are.",
    Record(*KEYS, tables.TABLES),
    build,
    kinds=("store",),
)
