"""obligations.yaml: duties under a law to collect, check, record or hand over. Those to keep are in retention.yaml."""

from troth.model.policy_guard import Obligation
from troth.policy.common import Places, elements, refs, says, text
from troth.policy.section import Section, made_of
from troth.policy.shapes import TEXT, Field, OneOf, Record, Table

OBLIGATION = Record(
    says("the duty in words people understand"),
    text("cites", "the provision or order", required=True),
    Field(
        "kind",
        OneOf("collect", "disclose", "screen", "record", "public-interest", blank=""),
        "what has to be done",
        required=True,
    ),
    elements("of", "which data it names", required=True, into="elements"),
    refs("for", "purpose", "the purposes under which it is done", into="purposes"),
    Field("countries", Places(parts=True), "where it applies; unsaid: wherever the organisation is"),
    Field("checked", TEXT, "who compared it with the law, and when", default="nobody"),
    makes=Obligation,
)
OBLIGATIONS = Field("obligations", Table(OBLIGATION, kind="obligation"), "by id", required=True)

SECTION = Section(
    "obligations",
    "obligations.yaml",
    "Duties under a law, beside those to keep.",
    Record(OBLIGATIONS),
    made_of(OBLIGATIONS),
    kinds=("obligation",),
    required=False,
)
