"""choices.yaml: what a person can say yes or no to, with the exact words shown."""

from collections.abc import Mapping
from types import MappingProxyType

from troth.model.policy import Choice
from troth.policy.section import Context, Section
from troth.policy.shapes import WORDS, Count, Field, Many, OneOf, Record, Ref, Table, Values

SAYS = Field("says", WORDS, "the wording beside the box", required=True)
VERSION = Field("version", Count(1, 9_999), "raised whenever the wording changes", required=True)
PURPOSES = Field("purposes", Many(Ref("purpose"), one_ok=True), "purposes it opens", required=True)
CHANNELS = Field(
    "channels", Many(Ref("channel"), one_ok=True), "channels it opens; none: it opens a use, not a message"
)
STRENGTH = Field("strength", OneOf("ordinary", "explicit"), "`explicit` where special categories are used")

CHOICE = Record(SAYS, VERSION, PURPOSES, CHANNELS, STRENGTH)
CHOICES = Field("choices", Table(CHOICE, kind="choice", may_be_empty=True), "by id", required=True)


def build(values: Values, context: Context) -> Mapping[str, Choice]:
    """By id."""
    return MappingProxyType(
        {
            named.key: Choice(
                id=named.key,
                says=context.words(named.value[SAYS], named.place),
                version=named.value[VERSION],
                purposes=named.value[PURPOSES],
                channels=named.value[CHANNELS],
                place=named.place,
                strength=named.value[STRENGTH],
            )
            for named in values[CHOICES]
        }
    )


SECTION = Section(
    "choices",
    "choices.yaml",
    "What a person can say yes or no to.",
    Record(CHOICES),
    build,
    kinds=("choice",),
    required=False,
)
