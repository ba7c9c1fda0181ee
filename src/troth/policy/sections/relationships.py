"""relationships.yaml: why we know a person, and which categories that may bring."""

from collections.abc import Mapping
from types import MappingProxyType

from troth.model.policy import Relationship
from troth.policy.section import Context, Section
from troth.policy.shapes import WORDS, Field, Many, Named, Record, Ref, Table, Values

SAYS = Field("says", WORDS, "what people call it", required=True)
MAY_HAVE = Field("may-have", Many(Ref("category")), "categories that we may hold because of it", required=True)
RELATIONSHIPS = Field("relationships", Table(Record(SAYS, MAY_HAVE), kind="relationship"), "by id", required=True)


def build(values: Values, context: Context) -> Mapping[str, Relationship]:
    """By id."""
    return MappingProxyType({named.key: _relationship(named, context) for named in values[RELATIONSHIPS]})


def _relationship(named: Named[Values], context: Context) -> Relationship:
    categories = named.value[MAY_HAVE]
    return Relationship(
        id=named.key,
        says=context.words(named.value[SAYS], named.place),
        categories=frozenset(categories),
        place=named.place,
    )


SECTION = Section(
    "relationships",
    "relationships.yaml",
    "Why we know a person, and what that may bring.",
    Record(RELATIONSHIPS),
    build,
    kinds=("relationship",),
)
