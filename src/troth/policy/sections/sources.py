"""sources.yaml: where data comes from, what may come from there, and how the person learns of it."""

from troth.model.policy_contact import Source
from troth.policy.common import elements, flag, ref, refs, roles, says, span, where, wordings
from troth.policy.section import Section, made_of
from troth.policy.shapes import Count, Field, Many, OneOf, Record, Table

KINDS = (
    "person", "employer", "public", "agent", "partner", "network", "authority", "other-site", "reseller", "customer",
    "observed", "inferred",
)  # fmt: skip
EVIDENCE = (
    "url-and-date", "permission-statement", "consent-evidence", "named-source", "signed-partner", "stated-purpose",
    "granted-scope", "reference-number", "site-and-activity",
)  # fmt: skip

SOURCE = Record(
    says("who or what it is"),
    Field("kind", OneOf(*KINDS, blank=""), "what kind of source", required=True),
    elements("gives", "what it may give; whatever else arrives is dropped and named"),
    elements("never", "what is refused from it whatever else is said"),
    refs("for", "purpose", "the purposes that may use it at first", into="purposes"),
    wordings("occasions", "on which occasions it gives something"),
    Field("needs", Many(OneOf(*EVIDENCE, blank=""), one_ok=True), "without which nothing is taken"),
    ref("giver", "recipient", "the recipient that is this source too"),
    refs("activities", "activity", "in which activities it is used"),
    where("of whom it is taken"),
    Field("aggregates-of", Count(2), "only counts are taken, each over at least so many people"),
    ref("once-by", "element", "what names a delivery, so that the same one counts once"),
    flag("kept-apart", "its values stay apart from the rest"),
    roles("readers", "who may read it; unsaid: whoever may use the purpose"),
    span("tell-within", "in which time the person is told; unsaid: the law's own"),
    flag("tell-at-first-message", "the person is told with the first message at the latest"),
    makes=Source,
)
SOURCES = Field("sources", Table(SOURCE, kind="source"), "by id", required=True)

SECTION = Section(
    "sources",
    "sources.yaml",
    "Where data comes from.",
    Record(SOURCES),
    made_of(SOURCES),
    kinds=("source",),
    required=False,
)
