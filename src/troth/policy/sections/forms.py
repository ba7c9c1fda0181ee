"""forms.yaml: every point at which data is collected, field by field, with the words shown there."""

from troth.model.policy_contact import Form, FormField, Missing
from troth.policy.common import elements, flag, ref, refs, says, span, where, wording
from troth.policy.section import Section, made_of
from troth.policy.shapes import Field, OneOf, Record, Table

FIELD = Record(
    ref("element", "element", "what it is", required=True),
    wording("says", "its label, and why it is asked"),
    Field("why", OneOf("optional", "contract", "law", "needed"), "why it is asked"),
    ref("obligation", "obligation", "the law that demands it"),
    flag("mandatory", "nothing is taken without it"),
    wording("consequence", "what follows from not giving it"),
    where("of whom it is asked"),
    makes=FormField,
)
MISSING = Record(
    says("what the person reads"),
    span("remind-after", "when it is asked for again"),
    refs("ends", "purpose", "what cannot be done without it"),
    ref("decided-by", "role", "who decides on a cancellation"),
    flag("told-before", "nothing is cancelled before the person was told"),
    makes=Missing,
)
FORM = Record(
    says("what it is for"),
    Field(
        "by",
        OneOf("web", "app", "mail", "phone", "video", "paper", "in-person", "request", "device", "import", blank=""),
        "how it reaches us; `request`: what a server takes from each request",
        required=True,
    ),
    ref("activity", "activity", "the activity it belongs to"),
    refs("from", "relationship", "who fills it in", into="relationships"),
    refs("for", "purpose", "purposes that its data opens", required=True, into="purposes"),
    Field("fields", Table(FIELD), "by id; a field that does not stand here is not taken"),
    elements("takes-along", "what comes without being typed"),
    refs("choices", "choice", "choices shown at it, never ticked beforehand"),
    ref("needs-choice", "choice", "the choice without which nothing is taken"),
    wording("announces", "what is said before anything is taken"),
    wording("interests", "legitimate interests told at that moment"),
    refs("notices", "notice", "specific notices shown at it"),
    ref("opens", "matter", "the kind of matter that it opens"),
    Field(
        "permission",
        OneOf("location", "photos", "contacts", "telephony", "events", blank=""),
        "the device's own permission that it depends on",
    ),
    refs("measures", "measure", "what protects it on its way"),
    Field("if-missing", MISSING, "what happens while something mandatory is missing"),
    makes=Form,
)
FORMS = Field("forms", Table(FORM, kind="form"), "by id", required=True)

SECTION = Section(
    "forms",
    "forms.yaml",
    "Every point at which data is collected.",
    Record(FORMS),
    made_of(FORMS),
    kinds=("form",),
    required=False,
)
