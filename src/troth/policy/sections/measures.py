"""measures.yaml: what protects data, against what, when it was looked at, and what remains."""

from troth.model.policy_guard import Measure, Protection, Risk
from troth.policy.common import DANGERS, day, elements, flag, ref, refs, says, span, text
from troth.policy.section import Context, Section
from troth.policy.shapes import Field, Many, OneOf, Record, Table, Values

AGAINST = Many(OneOf(*DANGERS, blank=""), one_ok=True)
MEASURE = Record(
    says("what is done"),
    Field("against", AGAINST, "what it prevents", required=True),
    Field("kind", OneOf("online", "offline"), "in systems, or around them"),
    text("standard", "the control of a named standard that it fulfils"),
    elements("protects", "elements or categories", into="elements"),
    refs("stores", "store", "stores that it protects"),
    text("control", "the named check that sees whether it works"),
    ref("owner", "role", "who answers for it"),
    day("reviewed", "when somebody last looked"),
    span("review-every", "how often somebody looks"),
    text("evidence", "where the proof is kept"),
    makes=Measure,
)
RISK = Record(
    says("what remains"),
    Field("against", AGAINST, "the danger"),
    flag("outside-control", "nothing of ours can prevent it; no duty ends by that"),
    makes=Risk,
)
MEASURES = Field("measures", Table(MEASURE, kind="measure"), "by id", required=True)
ALL = Record(MEASURES, Field("risks", Table(RISK, kind="risk"), "what remains, by id"), makes=Protection)


def build(values: Values, context: Context) -> Protection:
    """Without the file nothing is declared."""
    made: Protection | None = ALL.make(values, values.place, context)
    return made or Protection()


SECTION = Section(
    "measures",
    "measures.yaml",
    "What protects data, and what remains.",
    ALL,
    build,
    kinds=("measure", "risk"),
    required=False,
)
