"""spaces.yaml: customers for whom we process data, and what each of them told us to do."""

from troth.model.policy_contact import Instruction, Space
from troth.policy.common import Places, day, elements, flag, refs, roles, says, span, text
from troth.policy.section import Section, made_of
from troth.policy.shapes import TEXT, Field, Many, Record, Table

INSTRUCTION = Record(
    says("what we were told to do"),
    refs("for", "purpose", "purposes it covers", into="purposes"),
    elements("of", "data it covers", into="elements"),
    roles("by", "who of ours may act on it", into="roles"),
    day("given", "when", required=True),
    day("until", "its last day"),
    makes=Instruction,
)
SPACE = Record(
    text("name", "the customer", required=True),
    text("contact", "the customer's own privacy contact", required=True),
    refs("activities", "activity", "the activities that we carry out for it"),
    Field("affiliates", Many(TEXT, one_ok=True), "others for whom the customer acts"),
    day("contract-signed", "when the contract of processing was signed", required=True),
    day("contract-until", "its last day"),
    Field("regions", Places(parts=True), "where the customer lets its data be"),
    refs("stores", "store", "where its data is"),
    Field("instructions", Table(INSTRUCTION, kind="instruction"), "what it told us to do"),
    refs("own-purposes", "purpose", "our own purposes that it let use its data"),
    span("support-within", "in which time its requests are done"),
    flag("log-shown", "it sees who of ours entered"),
    makes=Space,
)
SPACES = Field("spaces", Table(SPACE, kind="space"), "by id", required=True)

SECTION = Section(
    "spaces",
    "spaces.yaml",
    "Customers for whom we process data.",
    Record(SPACES),
    made_of(SPACES),
    kinds=("space", "instruction"),
    required=False,
)
