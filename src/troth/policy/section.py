"""What a section of the policy is: its file, its shape, and how its values become the model's nouns."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from troth.catalog import Catalog
from troth.model.policy import Category, Text
from troth.model.policy_guard import Assessment
from troth.model.problem import Place
from troth.model.text import NONE
from troth.policy.report import Report
from troth.policy.shapes import Field, Record, Values

T = TypeVar("T")

EVERYTHING = "all"
"""In a limit: whatever there is."""
ADEQUACY = "adequacy"
"""The mechanism of a transfer to a country that a law found adequate: the packs list the decisions themselves."""
RECIPIENT_CLASSES = (
    "hosting", "payment", "carrier", "advertiser", "network", "analytics", "mailing", "support", "adviser", "affiliate",
    "authority", "employer", "loyalty-partner", "reseller", "customer", "partner", "marketing-partner", "education",
    "insurance", "agent", "successor", "public",
)  # fmt: skip


@dataclass
class Context:
    """What builders know of the rest of the policy, filled in the order in which sections are built."""

    catalog: Catalog
    report: Report
    texts: Mapping[str, str]
    """The folder's files, for sections that name one."""
    languages: tuple[str, ...] = ("en",)
    regimes: tuple[str, ...] = ()
    effective_from: str = ""
    categories: Mapping[str, Category] = NONE
    regions: Mapping[str, frozenset[str]] = NONE
    """Name of a group of countries -> ISO codes."""
    own_sections: Mapping[str, tuple[str, ...]] = NONE
    """Kind of assessment -> sections that the organisation asks for besides."""
    assessments: Mapping[str, Assessment] = NONE
    """By file."""

    def words(self, said: Mapping[str, str], place: Place) -> Text:
        """The wording by language. The first language must be there, and no other than the organisation's."""
        first = self.languages[0]
        text = {language or first: wording for language, wording in said.items()}
        if said and first not in text:
            self.report.say("missing-language", f"no wording in `{first}`", place, f"add `{first}: …`")
        for language in text:
            if language not in self.languages:
                self.report.say("unknown-language", f"`{language}` is not a language of this policy", place)
        text.setdefault(first, "")
        return MappingProxyType(text)

    def elements_in(self, names: tuple[str, ...]) -> frozenset[str]:
        """Element ids, categories expanded."""
        found: set[str] = set()
        for name in names:
            category = self.categories.get(name)
            found.update(category.elements if category else (name,))
        return frozenset(found - {""})

    def assessed(self, name: str, place: Place) -> str:
        """The day on which a named assessment ends; a problem where the folder does not hold it."""
        if not name:
            return ""
        found = self.assessments.get(name)
        if found is None:
            known = sorted(self.assessments)
            hint = f"the folder holds {', '.join(f'`{other}`' for other in known)}" if known else ""
            self.report.say("assessment-missing", f"`{name}` is not in the folder, or is empty", place, hint)
            return ""
        if not found.until:
            self.report.say("assessment-without-end", "no line `until: …` is in this assessment", found.place)
        return found.until

    def places_in(self, names: tuple[str, ...]) -> frozenset[str]:
        """ISO 3166 codes of countries and their parts, regions expanded."""
        return frozenset().union(*(self.regions.get(name, frozenset({name})) for name in names)) - {""}


@dataclass(frozen=True)
class Section(Generic[T]):
    """One file of the folder, or one directory of like files."""

    name: str
    file: str
    """`purposes.yaml`, or `stores/*.yaml` for each file of a directory."""
    says: str
    shape: Record
    build: Callable[[Values, Context], T]
    kinds: tuple[str, ...] = ()
    """What it declares, for others to name."""
    required: bool = True


def made_of(field: Field[Any]) -> Callable[[Values, Context], Any]:
    """Builds a section with one key: whatever its shape makes."""
    return lambda values, context: field.shape.make(values[field], values.at(field), context)


def brought_by(catalog: Catalog) -> Mapping[str, Callable[[], Iterable[str]]]:
    """Kinds of things that a policy names like its own, with how to learn their ids: packs are read on demand."""
    laws = catalog.laws.values()
    return {
        "law pack": lambda: catalog.laws,
        "basis": lambda: (name for law in laws for name in law.bases),
        "mechanism": lambda: (ADEQUACY, *(name for law in laws for name in law.mechanisms)),
        "condition": lambda: (name for law in laws for name in law.conditions),
        "channel": lambda: catalog.channels,
        "identifier kind": lambda: catalog.identifiers,
        "region": lambda: catalog.regions,
        "authority": lambda: (f"{law.code}/{name}" for law in laws for name in law.authorities),
        "clock": lambda: (f"{law.code} {name}" for law in laws for name in law.clocks),
        "exemption": lambda: (name for law in laws for name in law.exemptions),
        "ground": lambda: (name for law in laws for right in law.rights.values() for name in right.grounds),
        "recipient-class": lambda: RECIPIENT_CLASSES,
        "everything": lambda: (EVERYTHING,),
    }
