"""choices.yaml: what a person can say yes or no to, with the exact words shown."""

from collections.abc import Mapping
from types import MappingProxyType

from troth.model.policy import Choice, ChoiceKind
from troth.model.problem import Place
from troth.policy.common import ROUTES, SIGNALS, WHERE, ref, refs, says, span, wording
from troth.policy.section import Context, Section
from troth.policy.shapes import ID, Count, Either, Field, Many, OneOf, Record, Table, Values

KIND_RULE = Record(
    Field("where", WHERE, "for whom", required=True),
    Field("kind", OneOf("opt-in", "opt-out"), "the kind there", required=True),
    makes=ChoiceKind,
)
KIND_DEFAULT = Field("default", OneOf("opt-in", "opt-out"), "the kind where nothing else is said", required=True)
KIND_RULES = Field("rules", Many(KIND_RULE), "other kinds for some people; the first that holds decides")


def _only_kind(kind: str, place: Place) -> Values:
    return Values(place, {KIND_DEFAULT.name: kind}, {KIND_DEFAULT.name: place})


PURPOSES = refs("purposes", "purpose", "purposes it opens")
REACH = Field("reach", OneOf("named", "marketing", "contact"), "how far a no reaches, whatever is added later")
KIND = Field(
    "kind",
    Either(OneOf("opt-in", "opt-out"), Record(KIND_DEFAULT, KIND_RULES), into=_only_kind),
    "`opt-in`: closed until a yes; `opt-out`: open until a no",
)
CHOICE = Record(
    says("the wording beside the box"),
    Field("version", Count(1, 9_999), "raised whenever the wording changes", required=True),
    PURPOSES,
    refs("channels", "channel", "channels it opens; none: it opens a use, not a message"),
    Field("strength", OneOf("ordinary", "explicit"), "`explicit` where special categories are used"),
    KIND,
    REACH,
    refs("spares", "purpose", "purposes that a wide no does not reach"),
    refs("recipients", "recipient", "recipients it is about"),
    Field("topic", ID, "what it is about"),
    ref("activity", "activity", "the activity in which it is asked"),
    ref("part-of", "choice", "the choice of which it is a part"),
    Field("confirm", OneOf("double", blank=""), "it stands only after a message to the address was answered"),
    span("expires", "after which time it is asked again"),
    ref("follows", "tracker-category", "the tracker category that brings it, and ends it"),
    Field("withdraw-by", Many(OneOf(*ROUTES, blank=""), one_ok=True), "the ways to take it back"),
    Field("signals", Many(OneOf(*SIGNALS, blank=""), one_ok=True), "machine signals that count as a no"),
    Field("counts-for", OneOf("person", "address", "device"), "what it speaks about"),
    wording("ends", "what ends with a no; nothing else does"),
    refs("ends-purposes", "purpose", "purposes that end with a no"),
    wording("cannot", "what a no cannot bring about"),
    makes=Choice,
)
CHOICES = Field("choices", Table(CHOICE, kind="choice", may_be_empty=True), "by id", required=True)


def build(values: Values, context: Context) -> Mapping[str, Choice]:
    """By id."""
    choices = {}
    for named in values[CHOICES]:
        said = named.value
        if PURPOSES not in said and said[REACH] == "named":
            hint = f"`{PURPOSES.name}`: {PURPOSES.says}"
            context.report.say("missing-key", f"`{PURPOSES.name}` is missing here", said.place, hint)
        kind = said[KIND]
        rules = tuple(KIND_RULE.make(rule, rule.place, context) for rule in kind[KIND_RULES])
        choices[named.key] = CHOICE.make(
            said, named.place, context, id=named.key, kind=kind[KIND_DEFAULT], kind_rules=rules
        )
    return MappingProxyType(choices)


SECTION = Section(
    "choices",
    "choices.yaml",
    "What a person can say yes or no to.",
    Record(CHOICES),
    build,
    kinds=("choice",),
    required=False,
)
