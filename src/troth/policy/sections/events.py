"""events.yaml: what happens to people and matters, by which use begins or ends and periods start."""

from troth.model.policy_contact import Event
from troth.policy.common import says
from troth.policy.section import Section, made_of
from troth.policy.shapes import WORDS, Either, Field, OneOf, Record, Table, Values

SAYS = says("what happens, in words people understand")
KIND = Field(
    "kind",
    OneOf("contract", "inquiry", "request", "subscription", "participation", "registration", "membership", "case",
          "end", "other", blank="other"),
    "what it begins; `end` where it ends something",
)  # fmt: skip
EVENT = Either(
    WORDS,
    Record(SAYS, KIND, makes=Event),
    into=lambda said, place: Values(place, {SAYS.name: said}, {SAYS.name: place}),
)
EVENTS = Field("events", Table(EVENT, kind="event"), "by id", required=True)

SECTION = Section(
    "events",
    "events.yaml",
    "What happens, by which use begins or ends.",
    Record(EVENTS),
    made_of(EVENTS),
    kinds=("event",),
    required=False,
)
