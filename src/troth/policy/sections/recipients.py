"""recipients.yaml: whoever gets data from us, what, what for, and how it is told about an erasure."""

from collections.abc import Mapping
from types import MappingProxyType

from troth.model.policy import Recipient
from troth.policy.section import Context, Section
from troth.policy.sections.purposes import ELEMENTS_OR_CATEGORIES
from troth.policy.shapes import COUNTRY, TEXT, Field, Line, Many, OneOf, Record, Ref, Table, Values

NAME = Field("name", TEXT, "who it is", required=True)
ROLE = Field(
    "role",
    OneOf("processor", "joint-controller", "controller", "affiliate", "authority", "employer"),
    "what it is to us",
    required=True,
)
COUNTRY_ = Field("country", COUNTRY, "where it sits", required=True)
GETS = Field("gets", ELEMENTS_OR_CATEGORIES, "elements or categories it gets", required=True)
FOR = Field("for", Many(Ref("purpose"), one_ok=True), "purposes for which it gets them", required=True)
SAFEGUARD = Field("safeguard", TEXT, "what protects a transfer outside the home region")
TELL = Field(
    "tell",
    Line("`work-order`, `mail:ADDRESS` or an `https:` address", r"work-order|mail:[^\s@]+@[^\s@]+|https://\S+"),
    "how it is told about an erasure",
)

RECIPIENT = Record(NAME, ROLE, COUNTRY_, GETS, FOR, SAFEGUARD, TELL)
RECIPIENTS = Field("recipients", Table(RECIPIENT, kind="recipient", may_be_empty=True), "by id", required=True)


def build(values: Values, context: Context) -> Mapping[str, Recipient]:
    """By id, categories expanded to elements."""
    return MappingProxyType(
        {
            named.key: Recipient(
                id=named.key,
                name=named.value[NAME],
                role=named.value[ROLE],
                country=named.value[COUNTRY_],
                elements=context.elements_in(named.value[GETS]),
                purposes=named.value[FOR],
                place=named.place,
                safeguard=named.value[SAFEGUARD],
                tell=named.value[TELL],
            )
            for named in values[RECIPIENTS]
        }
    )


SECTION = Section(
    "recipients",
    "recipients.yaml",
    "Whoever gets data from us.",
    Record(RECIPIENTS),
    build,
    kinds=("recipient",),
    required=False,
)
