"""recipients.yaml: whoever gets data from us, what, what for, and how it is told about an erasure."""

from collections.abc import Mapping
from types import MappingProxyType

from troth.model.policy import Contract, Recipient
from troth.policy.common import (
    LINK,
    TRANSFORMS,
    Places,
    day,
    elements,
    flag,
    ref,
    refs,
    span,
    text,
    where,
    wording,
)
from troth.policy.section import RECIPIENT_CLASSES, Context, Section
from troth.policy.shapes import COUNTRY, TEXT, Count, Field, Line, Many, OneOf, Record, Table, Values

CONTRACT = Record(
    Field(
        "kind",
        OneOf("processing", "joint", "transfer", "services", "rules", blank=""),
        "what was agreed",
        required=True,
    ),
    day("signed", "when", required=True),
    day("until", "its last day"),
    Field("instruction", OneOf("standing", "each"), "whether each hand-over names an instruction of its own"),
    text("document", "where it is kept"),
    makes=Contract,
)
TRANSFORMS_ = Field("transforms", Table(OneOf(*TRANSFORMS, blank="")), "element -> the form in which it is handed over")

RECIPIENT = Record(
    text("name", "who it is", required=True),
    wording("says", "what the name says in each language, where it is a description and no proper name"),
    Field(
        "role",
        OneOf("processor", "joint-controller", "controller", "affiliate", "authority", "employer"),
        "what it is to us",
        required=True,
    ),
    Field("country", COUNTRY, "where it sits", required=True),
    elements("gets", "elements or categories it gets", required=True, into="elements"),
    refs("for", "purpose", "purposes for which it gets them", required=True, into="purposes"),
    wording("safeguard", "what protects a transfer outside the home region"),
    Field(
        "tell",
        Line("`work-order`, `mail:ADDRESS` or an `https:` address", r"work-order|mail:[^\s@]+@[^\s@]+|https://\S+"),
        "how it is told about an erasure",
    ),
    Field("class", OneOf(*RECIPIENT_CLASSES, blank=""), "the class under which the notice names it", into="kind"),
    Field("stored-in", Places(), "countries in which it keeps data, each by name"),
    Field("reached-from", Places(), "countries from which it looks at data"),
    refs("safeguards", "safeguard", "what protects a transfer, declared in transfers.yaml"),
    Field("contract", CONTRACT, "what binds it"),
    TRANSFORMS_,
    flag("fields-exactly", "a fixed form: one more column, and nothing leaves"),
    ref("rows-of", "element", "it gets only rows in which this element names it"),
    Field("aggregates-of", Count(2), "it gets only counts, each over at least so many people"),
    where("only of whom, and in which context", "only-where"),
    ref("needs-choice", "choice", "nothing before a yes"),
    ref("unless-choice", "choice", "nothing after a no"),
    ref("each-time", "matter", "each hand-over needs a case of this kind; there is no standing feed"),
    Field("operation", OneOf("disclose", "share", "sell", "rent", "publish"), "what handing over is in law"),
    Field("links", Table(LINK), "`policy`, `settings` ... -> address"),
    wording("essence", "what a joint arrangement comes to"),
    wording("own-use", "what it does with the data on its own account"),
    refs("passes-on-to", "recipient", "to whom it gives the data further"),
    refs("activities", "activity", "only in these activities"),
    day("starts", "the day from which it may get anything"),
    span("our-copy", "how long the file that was made for it stays with us"),
    span("answers-within", "in which time it has to confirm a message"),
    refs("measures", "measure", "what protects the data on its way"),
    Field("programme", Many(TEXT, one_ok=True), "which of its services is used, by its own names"),
    makes=Recipient,
)
RECIPIENTS = Field("recipients", Table(RECIPIENT, kind="recipient", may_be_empty=True), "by id", required=True)


def build(values: Values, context: Context) -> Mapping[str, Recipient]:
    """By id, categories expanded to elements."""
    recipients = {}
    for named in values[RECIPIENTS]:
        for other in named.value[TRANSFORMS_]:
            context.report.refer(("element",), other.key, other.place)
        recipients[named.key] = RECIPIENT.make(named.value, named.place, context, id=named.key)
    return MappingProxyType(recipients)


SECTION = Section(
    "recipients",
    "recipients.yaml",
    "Whoever gets data from us.",
    Record(RECIPIENTS),
    build,
    kinds=("recipient",),
    required=False,
)
