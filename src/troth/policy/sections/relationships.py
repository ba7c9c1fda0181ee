"""relationships.yaml: why we know a person, and which categories that may bring."""

from troth.model.policy import Relationship
from troth.policy.common import Names, flag, refs, says
from troth.policy.section import Section, made_of
from troth.policy.shapes import Field, OneOf, Record, Table

RELATIONSHIP = Record(
    says("what people call it"),
    Field("may-have", Names("category"), "categories that we may hold because of it", required=True, into="categories"),
    flag("minor", "a child"),
    refs("needs", "relationship", "who must be known beside: a parent, an adult who collects the child"),
    Field(
        "party",
        OneOf("person", "contract", "third-person"),
        "whether it can be party to a contract; a `third-person` never is",
    ),
    refs("ends-by", "event", "what ends it"),
    makes=Relationship,
)
RELATIONSHIPS = Field("relationships", Table(RELATIONSHIP, kind="relationship"), "by id", required=True)

SECTION = Section(
    "relationships",
    "relationships.yaml",
    "Why we know a person, and what that may bring.",
    Record(RELATIONSHIPS),
    made_of(RELATIONSHIPS),
    kinds=("relationship",),
)
