"""elements.yaml: kinds of personal values, in named groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from troth.model.policy import Category, Element
from troth.model.problem import Place
from troth.policy.section import Context, Section
from troth.policy.shapes import WORDS, Either, Field, Flag, Named, OneOf, Record, Table, Values

SPECIAL_KINDS = (
    "health", "religion", "ethnicity", "politics", "trade-union", "genetics", "biometrics", "sexuality", "criminal",
)  # fmt: skip

SAYS = Field("says", WORDS, "what people call it", required=True)
SPECIAL = Field("special", OneOf(*SPECIAL_KINDS, blank=""), "the special category it reveals (GDPR Art. 9)")
FREE_TEXT = Field("free-text", Flag(), "may mention anybody: never judged by machine alone")


def _only_words(said: Mapping[str, str], place: Place) -> Values:
    return Values(place, {SAYS.name: said}, {SAYS.name: place})


ELEMENT = Either(WORDS, Record(SAYS, SPECIAL, FREE_TEXT), into=_only_words)
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
            elements.setdefault(element.key, _element(element, category.key, context))
        names = tuple(element.key for element in said[ELEMENTS])
        words = context.words(said[CATEGORY_SAYS], category.place)
        categories[category.key] = Category(category.key, words, names, category.place)
    for name in elements.keys() & categories.keys():
        message = f"`{name}` is the id of a category and of an element"
        context.report.say("duplicate-id", message, elements[name].place)
    context.categories = MappingProxyType(categories)
    return Vocabulary(MappingProxyType(elements), context.categories)


def _element(named: Named[Values], category: str, context: Context) -> Element:
    said = named.value
    return Element(
        id=named.key,
        category=category,
        says=context.words(said[SAYS], named.place),
        place=named.place,
        special=said[SPECIAL],
        free_text=said[FREE_TEXT],
    )


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
