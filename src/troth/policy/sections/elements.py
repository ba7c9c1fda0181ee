"""elements.yaml: kinds of personal values, in named groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from troth.model.policy import Category, Element
from troth.model.problem import Place
from troth.policy.common import PROTECTIONS, TRANSFORMS, flag, ref, refs
from troth.policy.section import Context, Section
from troth.policy.shapes import WORDS, Either, Field, Flag, Many, OneOf, Record, Table, Values

SPECIAL_KINDS = (
    "health", "religion", "ethnicity", "politics", "trade-union", "genetics", "biometrics", "sexuality", "criminal",
)  # fmt: skip

SAYS = Field("says", WORDS, "what people call it", required=True)
SPECIAL = Field("special", OneOf(*SPECIAL_KINDS, blank=""), "the special category it reveals (GDPR Art. 9)")
FREE_TEXT = Field("free-text", Flag(), "may mention anybody: never judged by machine alone")


def _only_words(said: Mapping[str, str], place: Place) -> Values:
    return Values(place, {SAYS.name: said}, {SAYS.name: place})


ELEMENT_RECORD = Record(
    SAYS,
    SPECIAL,
    FREE_TEXT,
    Field("kind", OneOf("direct", "indirect", "pseudonym"), "whether it says by itself who somebody is"),
    flag("media", "a picture or recording, linked to the people in it"),
    Field(
        "sensitive",
        OneOf("government-id", "credential", "financial", "location", "child", "contents", blank=""),
        "what harm it could do; a `credential` is shown to nobody, in no copy and no log",
    ),
    Field("protect", Many(OneOf(*PROTECTIONS, blank=""), one_ok=True), "how it is kept"),
    Field(
        "provided-by",
        OneOf("person", "observed", "inferred", "other"),
        "who brought it: what a portable copy holds is decided by it",
    ),
    Field("held-as", OneOf(*TRANSFORMS, blank=""), "the only form in which it is kept"),
    Field("shown-as", OneOf(*TRANSFORMS, blank=""), "how it is shown"),
    refs("in-clear-for", "purpose", "purposes that see it as it is"),
    ref("retention", "retention", "the rule that ends it wherever it stands"),
    makes=Element,
)
ELEMENT = Either(WORDS, ELEMENT_RECORD, into=_only_words)
CATEGORY_SAYS = Field("says", WORDS, "what people call the group", required=True)
ELEMENTS = Field("elements", Table(ELEMENT, kind="element"), "the elements in it", required=True)
CATEGORY = Record(CATEGORY_SAYS, ELEMENTS)
CATEGORIES = Field("categories", Table(CATEGORY, kind="category"), "groups of elements", required=True)


@dataclass(frozen=True)
class Vocabulary:
    """Elements and their groups."""

    elements: Mapping[str, Element]
    categories: Mapping[str, Category]


def build(values: Values, context: Context) -> Vocabulary:
    """An element belongs to the category under which it stands."""
    elements: dict[str, Element] = {}
    categories: dict[str, Category] = {}
    for category in values[CATEGORIES]:
        said = category.value
        for element in said[ELEMENTS]:
            made = ELEMENT_RECORD.make(element.value, element.place, context, id=element.key, category=category.key)
            elements.setdefault(element.key, made)
        names = tuple(element.key for element in said[ELEMENTS])
        words = context.words(said[CATEGORY_SAYS], category.place)
        categories[category.key] = Category(category.key, words, names, category.place)
    for name in elements.keys() & categories.keys():
        message = f"`{name}` is the id of a category and of an element"
        context.report.say("duplicate-id", message, elements[name].place)
    context.categories = MappingProxyType(categories)
    return Vocabulary(MappingProxyType(elements), context.categories)


SECTION = Section(
    "elements",
    "elements.yaml",
    "Kinds of personal values, in named groups.",
    Record(CATEGORIES),
    build,
    kinds=(
        "element",
        "category",
    ),
)
