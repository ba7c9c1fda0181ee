"""The `tables:` of a store: which column is which element, whose the rows are, how long they stay."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import final

from troth.model.datamap import Claim, ColumnMap, IdentifierColumn, TableMap
from troth.model.problem import Place
from troth.model.text import SILENT
from troth.policy.common import says, wording
from troth.policy.nodes import Entries, Items, Node, Scalar
from troth.policy.report import Report
from troth.policy.section import Context
from troth.policy.shapes import (
    NOWHERE,
    TEXT,
    WORDS,
    Either,
    Field,
    Flag,
    JsonSchema,
    Line,
    Many,
    Named,
    OneOf,
    Record,
    Ref,
    Shape,
    Table,
    Values,
)

NOT_PERSONAL = "not personal"
IDENTIFIER_NAME = Line("the name of a table or column", r"[^\s\x00-\x1f`'\";]{1,128}")
COLUMNS_OF = Many(IDENTIFIER_NAME, one_ok=True)
WHEN = Field("when", Table(TEXT, key=IDENTIFIER_NAME), "column values under which it holds")


@final
class Mask(Shape[str | None]):
    """What stands in the column after an erasure that keeps the row: null, or a text."""

    blank = None

    def _read(self, node: Node, report: Report) -> str | None:
        if isinstance(node, Scalar) and node.empty:
            return None
        return TEXT.read(node, report)

    def _schema(self) -> JsonSchema:
        return {"type": ["string", "null"]}


# a column

ELEMENT = Field("element", Ref("element"), "the element it holds")
WHY_NOT = Field("not-personal", TEXT, "why a column whose name sounds personal holds nothing about a person")
WHOSE = Field("whose", IDENTIFIER_NAME, "on a shared row: the owner table whose holder the value is about")
MASK = Field(
    "mask", Mask(), "what an erasure that keeps the row writes: null, or a text (`{token}` is unique for each row)"
)
SOURCE = wording("source", "where the value came from")
ENDS = wording("ends", "until when it stays, in words, where no date in the row says so")
OBJECTS = Field("objects", Flag(), "a value here is a no to direct marketing: an erasure keeps it as a mark")
WITHHELD = Field("withheld", OneOf("credential"), "why no copy holds the value: it is a means to check a secret")
LABEL = Field("label", TEXT, "what the value is called in a copy, where several columns hold one element")
HUNDREDTHS = Field(
    "hundredths-of", Line("a currency, such as `EUR`", "[A-Z]{3}"), "the currency whose hundredths the column counts"
)
COLUMN_RECORD = Record(ELEMENT, WHY_NOT, WHOSE, MASK, SOURCE, ENDS, OBJECTS, LABEL, HUNDREDTHS, WITHHELD)


@final
class _ElementOrNot(Shape[str]):
    """An element id, or `not personal`."""

    blank = ""

    def _read(self, node: Node, report: Report) -> str:
        if isinstance(node, Scalar) and node.text == NOT_PERSONAL:
            return NOT_PERSONAL
        return ELEMENT.shape.read(node, report)

    def _schema(self) -> JsonSchema:
        return {"type": "string", "description": f"an element's id, or `{NOT_PERSONAL}`"}


def _column(word: str, place: Place) -> Values:
    if word == NOT_PERSONAL:
        return Values(place, {WHY_NOT.name: ""}, {WHY_NOT.name: place})
    return Values(place, {ELEMENT.name: word}, {ELEMENT.name: place})


COLUMN = Either(_ElementOrNot(), COLUMN_RECORD, into=_column)

# an identifier column

KIND = Field("identifier", Ref("identifier kind"), "the kind of identifier", required=True)
PROVES = Field("proves", Flag(), "unique to one person and verified")
HINTS = Field("hints", Flag(), "may be shared, recycled or mistyped: the default, said aloud")
PERSON_COLUMN = Record(KIND, PROVES, HINTS, ELEMENT, WHOSE, MASK, SOURCE)

# a claim

CLAIM_COLUMNS = Field("columns", COLUMNS_OF, "columns of this table", required=True)
REFERENCES = Field("references", COLUMNS_OF, "columns of the owner's table, where they are not its key")
CLAIM_RECORD = Record(CLAIM_COLUMNS, REFERENCES, WHEN)


@final
class Claims(Shape[tuple[Values, ...]]):
    """A column, columns, one long claim, or a list of long claims on one owner table."""

    blank: tuple[Values, ...] = ()

    def _read(self, node: Node, report: Report) -> tuple[Values, ...]:
        if isinstance(node, Entries):
            return (CLAIM_RECORD.read(node, report),)
        if isinstance(node, Items) and node.items and all(isinstance(item, Entries) for item in node.items):
            return tuple(CLAIM_RECORD.read(item, report) for item in node.items)
        columns = COLUMNS_OF.read(node, report)
        return (Values(node.place, {CLAIM_COLUMNS.name: columns}, {}),)

    def _schema(self) -> JsonSchema:
        long = CLAIM_RECORD.schema()
        return {"anyOf": [COLUMNS_OF.schema(), long, {"type": "array", "items": long}]}


# a retention

RULE = Field("rule", Ref("retention"), "the rule", required=True)
CLOCK = Field("clock", IDENTIFIER_NAME, "date column from which the period runs")
RETAIN_WHEN = Field(
    "when",
    Table(Many(TEXT, one_ok=True), key=IDENTIFIER_NAME),
    "column values under which it holds; of several, any will do",
)
RETAIN_RECORD = Record(RULE, CLOCK, RETAIN_WHEN)


def _only_rule(rule: str, place: Place) -> Values:
    return Values(place, {RULE.name: rule}, {RULE.name: place})


# a table

SAYS = says("what the rows are", required=False)
KEY = Field("key", COLUMNS_OF, "columns that tell rows apart, where there is no primary key")
PERSON = Field("person", Table(PERSON_COLUMN, key=IDENTIFIER_NAME), "columns that say who somebody is")
OWNER = Field("owner", Table(Claims(), key=IDENTIFIER_NAME), "owner table -> columns that point at it")
SHARED = Field("shared", Table(Claims(), key=IDENTIFIER_NAME), "shared table -> columns that point at it")
COLUMNS = Field("columns", Table(COLUMN, key=IDENTIFIER_NAME), "column -> element, or `not personal`")
RELATIONSHIP = Field("relationship", Ref("relationship"), "why we know these people")
PURPOSES = Field("purposes", Many(Ref("purpose"), one_ok=True), "why the rows are held")
RECIPIENTS = Field("recipients", Many(Ref("recipient"), one_ok=True), "who gets them")
ERASE = Field("erase", OneOf("delete", "mask"), "what an erasure does to a row that nothing keeps")
RETAIN = Field("retain", Either(Ref("retention"), RETAIN_RECORD, into=_only_rule), "the retention rule")
HISTORY = Field("history", IDENTIFIER_NAME, "table that a trigger of this one writes to")
TABLE_RECORD = Record(
    SAYS, KEY, PERSON, OWNER, SHARED, COLUMNS, RELATIONSHIP, PURPOSES, RECIPIENTS, ERASE, RETAIN, CLOCK, ENDS, HISTORY
)


@final
class _WholeTable(Shape[Values]):
    """A mapped table, or the words `not personal`."""

    blank = NOWHERE

    def _read(self, node: Node, report: Report) -> Values:
        if isinstance(node, Scalar) and node.text == NOT_PERSONAL:
            return Values(node.place, {NOT_PERSONAL: True}, {})
        return TABLE_RECORD.read(node, report)

    def _schema(self) -> JsonSchema:
        return {"anyOf": [{"const": NOT_PERSONAL}, TABLE_RECORD.schema()]}


TABLES = Field("tables", Table(_WholeTable(), key=IDENTIFIER_NAME), "every table of the mapped schema")


def build_tables(named: tuple[Named[Values], ...], context: Context) -> Mapping[str, TableMap]:
    """By name."""
    return MappingProxyType({table.key: _table(table, context) for table in named})


def _table(named: Named[Values], context: Context) -> TableMap:
    said = named.value
    if NOT_PERSONAL in said.found:
        return TableMap(named.key, named.place, SILENT, False, (), (), (), None, MappingProxyType({}))  # noqa: FBT003
    retain = said[RETAIN]
    claims = tuple(_claim(owner.key, claim, owner.place) for owner in said[OWNER] for claim in owner.value)
    ties = tuple(_claim(shared.key, claim, shared.place) for shared in said[SHARED] for claim in shared.value)
    if len(ties) > 1:
        context.report.say("wrong-value", "a table ties to one shared table only", ties[1].place, "keep one of them")
    return TableMap(
        name=named.key,
        place=named.place,
        says=WORDS.make(said[SAYS], said.at(SAYS), context),
        personal=True,
        key=said[KEY],
        identifiers=tuple(_identifier(column, context) for column in said[PERSON]),
        claims=claims,
        shared=ties[0] if ties else None,
        columns=_columns(said, claims + ties, context),
        relationship=said[RELATIONSHIP],
        purposes=said[PURPOSES],
        recipients=said[RECIPIENTS],
        erase=said[ERASE],
        retain=retain[RULE],
        retain_when=tuple((among.key, value) for among in retain[RETAIN_WHEN] for value in among.value),
        clock=retain[CLOCK] or said[CLOCK],
        ends=WORDS.make(said[ENDS], said.at(ENDS), context),
        trigger_history=said[HISTORY],
    )


def _when(said: Values) -> tuple[tuple[str, str], ...]:
    return tuple((condition.key, condition.value) for condition in said[WHEN])


def _claim(parent: str, said: Values, place: Place) -> Claim:
    return Claim(parent, said[CLAIM_COLUMNS], said[REFERENCES], place, _when(said))


def _identifier(named: Named[Values], context: Context) -> IdentifierColumn:
    said = named.value
    if said[PROVES] and said[HINTS]:
        message = f"`{named.key}` both proves and only hints"
        context.report.say("wrong-value", message, said.at(HINTS), "keep one of the two")
    return IdentifierColumn(named.key, said[KIND], said[PROVES] and not said[HINTS], named.place)


def _columns(said: Values, claims: tuple[Claim, ...], context: Context) -> Mapping[str, ColumnMap]:
    """What each column holds. Columns that only point at other rows, or tell rows apart, are declared by that."""
    columns = {column.key: _column_map(column, context) for column in said[COLUMNS]}
    for identifier in said[PERSON]:
        written = columns.get(identifier.key)
        if written and not written.element:
            message = f"`{identifier.key}` says who somebody is, and is declared not personal"
            context.report.say("personal-and-not", message, written.place)
        elif not written or ELEMENT in identifier.value:
            columns[identifier.key] = _identifier_column(identifier, context)
    pointing = [(column, claim.place) for claim in claims for column in claim.columns]
    for column, place in [*pointing, *((column, said.at(KEY)) for column in said[KEY])]:
        columns.setdefault(column, ColumnMap(column, place))
    return MappingProxyType(columns)


def _identifier_column(named: Named[Values], context: Context) -> ColumnMap:
    """The element is the one with the kind's own name, where none is given."""
    said = named.value
    element = said[ELEMENT]
    if not element and context.report.knows(("element",), said[KIND]):
        element = said[KIND]
    told = "element" in context.report.unread or not context.report.knows(("identifier kind",), said[KIND])
    if not element and not told:
        message = f"no element is given for `{named.key}`, and none is called `{said[KIND]}`"
        context.report.say("identifier-without-element", message, named.place)
    return _map(named.key, element, named.place, said, context)


def _column_map(named: Named[Values], context: Context) -> ColumnMap:
    said = named.value
    if (ELEMENT in said) == (WHY_NOT in said):
        if ELEMENT in said:
            message = f"`{named.key}` is declared as `{said[ELEMENT]}` and as not personal"
            context.report.say("personal-and-not", message, said.at(WHY_NOT))
        elif said.found:
            hint = f"add `element:`, or `{WHY_NOT.name}:` with the reason"
            context.report.say("missing-key", f"`{named.key}` does not say what it holds", named.place, hint)
    return _map(named.key, said[ELEMENT], named.place, said, context)


def _map(column: str, element: str, place: Place, said: Values, context: Context) -> ColumnMap:
    return ColumnMap(
        column=column,
        place=place,
        element=element,
        whose=said[WHOSE],
        mask=said[MASK],
        mask_declared=MASK in said,
        source=WORDS.make(said[SOURCE], said.at(SOURCE), context),
        not_personal_because=said[WHY_NOT],
        ends=WORDS.make(said[ENDS], said.at(ENDS), context),
        objects=said[OBJECTS],
        label=said[LABEL],
        hundredths_of=said[HUNDREDTHS],
        withheld=said.found.get(WITHHELD.name, ""),
    )
