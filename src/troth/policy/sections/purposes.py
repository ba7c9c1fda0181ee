"""purposes.yaml: what data is used for, on which ground, over which channels, and where that ends."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from troth.model.policy import Basis, BasisRule, ChannelRule, Interest, NoObjection, Purpose
from troth.model.problem import Place
from troth.policy.common import (
    WHERE,
    day,
    elements,
    flag,
    ref,
    refs,
    roles,
    says,
    span,
    text,
    where,
    wording,
)
from troth.policy.section import Context, Section
from troth.policy.shapes import (
    ID,
    NOWHERE,
    TEXT,
    Count,
    Either,
    Field,
    Flag,
    Line,
    Many,
    Named,
    OneOf,
    Record,
    Ref,
    Table,
    Values,
)

CHOICE_WORDS = Line("`choice` and the id of a choice", "choice [a-z0-9-]+")

# a channel

NEEDS = Field("needs", CHOICE_WORDS, "the choice that must stand at yes", into="needs_choice")
NEEDS_WHERE = Field("needs-where", Table(WHERE), "choice -> where it must stand at yes too")
BLOCKS = Field("blocks", Table(Ref("choice")), "block of advertising in a service message -> the choice that fills it")
CHANNEL = Record(
    NEEDS,
    Field("basis", Ref("basis"), "basis where no choice is needed"),
    where("for whom it is open at all"),
    NEEDS_WHERE,
    flag("soft-opt-in", "to own customers about similar things, with a way out at once and in each message"),
    refs("sources", "source", "only addresses that came from there"),
    Field("similar-to", ID, "only about this topic"),
    Field("stop", OneOf("link", "reply", "device", "provider", "account", blank=""), "the way out in each message"),
    BLOCKS,
    ref("after", "event", "only after this happened"),
    span("within", "and only so long after it"),
    Field("at-most", Count(1, 1000), "messages for each such event"),
    makes=ChannelRule,
)

# a basis

RULE = Record(
    Field("where", WHERE, "for whom or for what", required=True),
    Field("basis", Ref("basis"), "the basis there", required=True),
    Field("needs", CHOICE_WORDS, "the choice that must stand at yes there"),
    makes=BasisRule,
)
RULES = Field("rules", Many(RULE), "other bases for some people or contexts; the first that holds decides")
DEFAULT = Field("default", Ref("basis"), "the basis where nothing else is said", required=True)
OF = Field("of", Table(Ref("basis")), "element or category -> another basis")
BASIS_RECORD = Record(
    DEFAULT,
    OF,
    RULES,
    wording("because", "why the organisation's default basis does not serve"),
    text("cites", "the provision that permits it"),
    makes=Basis,
)

# what opens special categories

CONDITION_DEFAULT = Field("default", Ref("condition"), "the condition where nothing else is said", required=True)
CONDITION_OF = Field("of", Table(Ref("condition")), "element or category -> another condition")


def _only_default(name: str, place: Place) -> Values:
    return Values(place, {DEFAULT.name: name}, {DEFAULT.name: place})


# an interest, an objection

INTEREST = Record(
    says("the interest"),
    ref("whose", "recipient", "the recipient whose interest it is; unsaid: ours"),
    text("third", "a third party that gets nothing from us, by name"),
    makes=Interest,
)
OBJECTION = Record(
    Field("possible", Flag(), "whether anybody can object", required=True),
    wording("because", "why nobody can"),
    flag("absolute", "it takes effect with no grounds and no weighing"),
    makes=NoObjection,
)

FOR = refs("for", "relationship", "relationships it concerns", required=True, into="relationships")
USES = elements("uses", "elements or categories it uses", required=True)
NEVER = elements("never", "elements or categories that stay closed whatever else is said")
BASIS = Field("basis", Either(Ref("basis"), BASIS_RECORD, into=_only_default), "legal ground", required=True)
CHANNELS = Field("channels", Table(CHANNEL), "channels it may use; one that is not named is closed")
ASSESSMENT = Field("assessment", TEXT, "file with the assessment of a legitimate interest")
CONDITION = Field(
    "special-condition",
    Either(Ref("condition"), Record(CONDITION_DEFAULT, CONDITION_OF), into=_only_default),
    "what opens special categories (GDPR Art. 9(2))",
)
COMPATIBILITY = text("compatibility", "file with the assessment of that")

PURPOSE = Record(
    says("the purpose in words people understand"),
    FOR,
    USES,
    NEVER,
    BASIS,
    CHANNELS,
    Field("direct-marketing", Flag(), "an objection is absolute"),
    ASSESSMENT,
    CONDITION,
    ref("retention", "retention", "rule that ends the use"),
    refs("activities", "activity", "activities in which it is done; unsaid: any"),
    where("for whose data it is done at all"),
    Field("interest", INTEREST, "the legitimate interest"),
    refs("opens-by", "event", "without one of these it is closed"),
    refs("ends-by", "event", "any of these ends it"),
    roles("readers", "only these roles use it"),
    refs("needs-case", "matter", "only under an open case of one of these kinds"),
    Field("kind", OneOf("neither", "marketing", "service"), "what its messages are"),
    day("starts", "its first day: before it, it is closed"),
    flag("intended", "it is planned, and the notice says so"),
    Field("objection", OBJECTION, "whether an objection is possible, if that is not what the basis says"),
    flag("profiling", "it judges or predicts what somebody is like"),
    Field("topic", ID, "what its messages are about"),
    ref("part-of", "purpose", "the purpose of which it is a part"),
    refs("sources", "source", "only values that came from there"),
    refs("obligations", "obligation", "the duties that it fulfils"),
    refs("compatible-with", "purpose", "the earlier purposes with which it is compatible"),
    COMPATIBILITY,
    Field("data", OneOf("personal", "pseudonymous", "aggregated", "anonymous"), "the only form in which it gets data"),
    Field("at-least", Count(2), "people whom each result is about"),
    Field("log", OneOf("each", "counts", blank=""), "what is written down of its uses; unsaid: what leaves us"),
    makes=Purpose,
)
PURPOSES = Field("purposes", Table(PURPOSE, kind="purpose"), "by id", required=True)


def build(values: Values, context: Context) -> Mapping[str, Purpose]:
    """By id, categories expanded to elements."""
    return MappingProxyType({named.key: _purpose(named, context) for named in values[PURPOSES]})


def _purpose(named: Named[Values], context: Context) -> Purpose:
    said = named.value
    basis, condition = said[BASIS], said[CONDITION]
    purpose: Purpose = PURPOSE.make(
        said,
        named.place,
        context,
        id=named.key,
        basis=basis[DEFAULT],
        basis_of=_by_element(basis[OF], context),
        ground=_ground(basis, context),
        channels=MappingProxyType({channel.key: _channel(channel, context) for channel in said[CHANNELS]}),
        assessment_until=context.assessed(said[ASSESSMENT], said.at(ASSESSMENT)),
        special_condition=condition[CONDITION_DEFAULT],
        condition_of=_by_element(condition[CONDITION_OF], context),
        compatibility_until=context.assessed(said[COMPATIBILITY], said.at(COMPATIBILITY)),
    )
    for element in sorted(purpose.uses & purpose.never):
        message = f"purpose `{named.key}` both uses `{element}` and never uses it"
        context.report.say("uses-and-never", message, said.at(NEVER))
    return purpose


def _ground(basis: Values, context: Context) -> Basis | None:
    """What was said beside the default and its exceptions."""
    if basis is NOWHERE or basis.found.keys() <= {DEFAULT.name, OF.name}:
        return None
    rules = []
    for rule in basis[RULES]:
        choice = _choice(rule, RULE.fields["needs"], context)
        rules.append(RULE.make(rule, rule.place, context, needs=choice))
    ground: Basis = BASIS_RECORD.make(basis, basis.place, context, rules=tuple(rules))
    return ground


def _by_element(others: tuple[Named[Any], ...], context: Context) -> Mapping[str, str]:
    """Element -> value, categories expanded; a later line says more exactly."""
    found: dict[str, str] = {}
    for other in others:
        context.report.refer(("element", "category"), other.key, other.place)
        found.update(dict.fromkeys(context.elements_in((other.key,)), other.value))
    return MappingProxyType(found)


def _channel(named: Named[Values], context: Context) -> ChannelRule:
    context.report.refer(("channel",), named.key, named.place)
    for needed in named.value[NEEDS_WHERE]:
        context.report.refer(("choice",), needed.key, needed.place)
    choice = _choice(named.value, NEEDS, context)
    rule: ChannelRule = CHANNEL.make(named.value, named.place, context, channel=named.key, needs_choice=choice)
    return rule


def _choice(said: Values, key: Field[str], context: Context) -> str:
    """The id behind the word `choice`."""
    choice = said[key].removeprefix("choice ")
    context.report.refer(("choice",), choice, said.at(key))
    return choice


SECTION = Section(
    "purposes",
    "purposes.yaml",
    "What data is used for, and on which ground.",
    Record(PURPOSES),
    build,
    kinds=("purpose",),
)
