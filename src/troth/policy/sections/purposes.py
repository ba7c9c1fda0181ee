"""purposes.yaml: what data is used for, on which ground, over which channels, and where that ends."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from troth.model.policy import ChannelRule, Purpose
from troth.model.problem import Place
from troth.policy.section import Context, Section
from troth.policy.shapes import (
    TEXT,
    WORDS,
    Either,
    Field,
    Flag,
    Line,
    Many,
    Named,
    Record,
    Ref,
    Table,
    Values,
)

ELEMENTS_OR_CATEGORIES = Many(Ref("element", "category"), one_ok=True)

NEEDS = Field(
    "needs", Line("`choice` and the id of a choice", "choice [a-z0-9-]+"), "the choice that must stand at yes"
)
CHANNEL_BASIS = Field("basis", Ref("basis"), "basis where no choice is needed")
CHANNEL = Record(NEEDS, CHANNEL_BASIS)

DEFAULT = Field("default", Ref("basis"), "the basis where nothing else is said", required=True)
OF = Field("of", Table(Ref("basis")), "element or category -> another basis")
BASIS_RECORD = Record(DEFAULT, OF)


def _only_default(basis: str, place: Place) -> Values:
    return Values(place, {DEFAULT.name: basis}, {DEFAULT.name: place})


SAYS = Field("says", WORDS, "the purpose in words people understand", required=True)
FOR = Field("for", Many(Ref("relationship"), one_ok=True), "relationships it concerns", required=True)
USES = Field("uses", ELEMENTS_OR_CATEGORIES, "elements or categories it uses", required=True)
NEVER = Field("never", ELEMENTS_OR_CATEGORIES, "elements or categories that stay closed whatever else is said")
BASIS = Field("basis", Either(Ref("basis"), BASIS_RECORD, into=_only_default), "legal ground", required=True)
CHANNELS = Field("channels", Table(CHANNEL), "channels it may use; one that is not named is closed")
DIRECT_MARKETING = Field("direct-marketing", Flag(), "an objection is absolute")
ASSESSMENT = Field("assessment", TEXT, "file with the assessment of a legitimate interest")
CONDITION = Field("special-condition", Ref("condition"), "what opens special categories (GDPR Art. 9(2))")
RETENTION = Field("retention", Ref("retention"), "rule that ends the use")

PURPOSE = Record(SAYS, FOR, USES, NEVER, BASIS, CHANNELS, DIRECT_MARKETING, ASSESSMENT, CONDITION, RETENTION)
PURPOSES = Field("purposes", Table(PURPOSE, kind="purpose"), "by id", required=True)


def build(values: Values, context: Context) -> Mapping[str, Purpose]:
    """By id, categories expanded to elements."""
    return MappingProxyType({named.key: _purpose(named, context) for named in values[PURPOSES]})


def _purpose(named: Named[Values], context: Context) -> Purpose:
    said = named.value
    basis = said[BASIS]
    uses = context.elements_in(said[USES])
    basis_of: dict[str, str] = {}
    for other in basis[OF]:
        context.report.refer(("element", "category"), other.key, other.place)
        basis_of.update(dict.fromkeys(context.elements_in((other.key,)), other.value))
    purpose = Purpose(
        id=named.key,
        says=context.words(said[SAYS], named.place),
        relationships=said[FOR],
        uses=uses,
        never=context.elements_in(said[NEVER]),
        basis=basis[DEFAULT],
        basis_of=MappingProxyType(basis_of),
        channels=MappingProxyType({channel.key: _channel(channel, context) for channel in said[CHANNELS]}),
        place=named.place,
        direct_marketing=said[DIRECT_MARKETING],
        assessment=said[ASSESSMENT],
        assessment_until=_assessment_until(said, context),
        special_condition=said[CONDITION],
        retention=said[RETENTION],
    )
    for element in sorted(purpose.uses & purpose.never):
        message = f"purpose `{named.key}` both uses `{element}` and never uses it"
        context.report.say("uses-and-never", message, said.at(NEVER))
    return purpose


def _channel(named: Named[Values], context: Context) -> ChannelRule:
    context.report.refer(("channel",), named.key, named.place)
    choice = named.value[NEEDS].removeprefix("choice ")
    context.report.refer(("choice",), choice, named.value.at(NEEDS))
    return ChannelRule(channel=named.key, place=named.place, needs_choice=choice, basis=named.value[CHANNEL_BASIS])


def _assessment_until(said: Values, context: Context) -> str:
    """The day in the line `until: …` of the assessment's file."""
    name = said[ASSESSMENT]
    if not name:
        return ""
    text = context.texts.get(name, "")
    if not text.strip():
        known = sorted(other for other in context.texts if other.startswith("assessments/"))
        hint = f"the folder holds {', '.join(f'`{other}`' for other in known)}" if known else ""
        context.report.say(
            "assessment-missing", f"`{name}` is not in the folder, or is empty", said.at(ASSESSMENT), hint
        )
        return ""
    line = re.search(r"^until: ([0-9]{4}-[0-9]{2}-[0-9]{2})$", text, re.MULTILINE)
    if not line:
        context.report.say("assessment-without-end", "no line `until: …` is in this assessment", Place(name, 1))
    return line[1] if line else ""


SECTION = Section(
    "purposes",
    "purposes.yaml",
    "What data is used for, and on which ground.",
    Record(PURPOSES),
    build,
    kinds=("purpose",),
)
