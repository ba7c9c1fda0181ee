"""matters.yaml: kinds of case beside the rights: what opens them, who decides, in which steps and how fast."""

from troth.model.policy_guard import Matter, Step, Telling
from troth.policy.common import ROUTES, flag, ref, refs, roles, says, span, wording, wordings
from troth.policy.section import Section, made_of
from troth.policy.shapes import ID, Field, Many, OneOf, Record, Ref, Table

KINDS = (
    "complaint", "question", "conversation", "breach", "violation-report", "authority-request", "authority-complaint",
    "restriction-list", "warning", "screening", "corporate-change", "investigation", "transfer-inquiry", "assistance",
    "claim", "consultation", "individual-disclosure", "verification", "finding",
)  # fmt: skip

STEP = Record(
    says("what is done"),
    ref("by", "role", "who does it"),
    span("within", "in which time"),
    wordings("records", "facts without which it is not done"),
    Field("not-by-who-did", ID, "an earlier step that somebody else must have done: four eyes"),
    makes=Step,
)
TELLING = Record(
    Field(
        "who",
        Many(OneOf("person", "authority", "recipients", "staff", "customer", blank=""), one_ok=True),
        "who is told",
        required=True,
    ),
    wording("says", "what they are told"),
    wordings("facts", "what the message states"),
    Field("by", OneOf("any", "written", "message"), "in which form"),
    flag("before-effect", "nothing takes effect before"),
    Field("when", OneOf("always", "high-risk", "on-request"), "in which cases"),
    span("within", "in which time"),
    makes=Telling,
)
MATTER = Record(
    says("what it is about"),
    Field("kind", OneOf(*KINDS, blank=""), "what kind of case", required=True),
    flag("anyone", "somebody without an account may open it"),
    Field("routes", Many(OneOf(*ROUTES, blank=""), one_ok=True), "how it reaches us"),
    refs("forms", "form", "forms that open it"),
    ref("owner", "role", "whose task it is"),
    roles("decided-by", "who may decide"),
    roles("readers", "who may read it; unsaid: owner and deciders"),
    span("due", "our own time to answer"),
    Field("due-from", OneOf("received", "aware", "complete", "decided"), "from when that runs"),
    Field("clock", Ref("clock"), "the clock of a law pack that runs too"),
    ref("escalate-to", "role", "who learns that it is late"),
    span("escalate-after", "how long before"),
    span("silence-after", "how long nothing may happen until the owner is asked to decide"),
    Field("steps", Table(STEP), "in this order"),
    Field("tells", Many(TELLING), "who is told, and when"),
    refs("opens", "purpose", "purposes that are open under it", into="purposes"),
    refs("recipients", "recipient", "who may get something under it"),
    flag("partial", "it may be granted in part"),
    Field("period", OneOf("limited", "unlimited", "either", blank=""), "how long an outcome that lasts may last"),
    refs("ends-by", "event", "what ends it"),
    ref("retention", "retention", "the rule that ends its file"),
    flag("blocks-until-done", "what it is about waits for it"),
    makes=Matter,
)
MATTERS = Field("matters", Table(MATTER, kind="matter"), "by id", required=True)

SECTION = Section(
    "matters",
    "matters.yaml",
    "Kinds of case beside the rights.",
    Record(MATTERS),
    made_of(MATTERS),
    kinds=("matter",),
    required=False,
)
