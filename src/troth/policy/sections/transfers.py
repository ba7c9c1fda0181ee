"""transfers.yaml: what is home, and under which conditions data may leave it."""

from troth.model.policy_guard import Safeguard, Transfers
from troth.policy.common import (
    Places,
    day,
    elements,
    flag,
    ref,
    refs,
    says,
    span,
    text,
    where,
    wordings,
)
from troth.policy.section import Context, Section
from troth.policy.shapes import Field, Record, Ref, Table, Values

SIGNED = frozenset({
    "scc", "idta", "addendum", "bcr", "certification", "code-of-conduct", "own-clauses", "pipl-standard-contract",
})  # fmt: skip
"""Mechanisms that are a paper: without a signature there is none."""

MECHANISM = Field("mechanism", Ref("mechanism"), "what it is in law", required=True)
ASSESSMENT = text("assessment", "file with the assessment of the transfer")
SAFEGUARD = Record(
    says("what protects the data there"),
    MECHANISM,
    Field("countries", Places(parts=True), "for which countries; unsaid: wherever the recipient is"),
    refs("parties", "recipient", "who signed it; unsaid: whoever names it"),
    day("signed", "when it was signed"),
    day("until", "its last day"),
    text("module", "which module or set of clauses"),
    text("document", "where a copy is found"),
    span("review-every", "how often it is looked at"),
    ref("choice", "choice", "the separate consent to the transfer"),
    ASSESSMENT,
    ref("itinerary", "element", "necessity: what names the countries the person goes to"),
    elements("of", "necessity: the data of that very booking or order", into="elements"),
    where("for whose data"),
    makes=Safeguard,
)
SAFEGUARDS = Field("safeguards", Table(SAFEGUARD, kind="safeguard"), "by id")
HOME = Field(
    "home", Places(parts=True), "countries and regions in which data is at home; unsaid: what the law packs say"
)
ALL = Record(
    HOME,
    flag("home-of-person", "home is the country in which the person lives"),
    SAFEGUARDS,
    wordings("reasons", "the closed list of reasons to transfer; unsaid: each purpose is one"),
    span("one-off-ends-after", "when a transfer that is no standing feed closes again"),
    Field("allowed", Places(parts=True), "countries beside home in which anything may be at all"),
    makes=Transfers,
)


def build(values: Values, context: Context) -> Transfers:
    """Without the file, home is what the law packs say."""
    if not values.found:
        return Transfers()
    safeguards = {
        named.key: SAFEGUARD.make(
            named.value,
            named.place,
            context,
            id=named.key,
            assessment_until=context.assessed(named.value[ASSESSMENT], named.value.at(ASSESSMENT)),
        )
        for named in values[SAFEGUARDS]
    }
    made: Transfers = ALL.make(values, values.place, context, safeguards=safeguards)
    return made


SECTION = Section(
    "transfers",
    "transfers.yaml",
    "What is home, and how data may leave it.",
    ALL,
    build,
    kinds=("safeguard",),
    required=False,
)
