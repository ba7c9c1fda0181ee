"""What a section of the policy is: its file, its shape, and how its values become the model's nouns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Generic, TypeVar

from troth.catalog import Catalog
from troth.model.policy import Category, Text
from troth.model.problem import Place
from troth.policy.report import Report
from troth.policy.shapes import Record, Values

T = TypeVar("T")


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
    categories: Mapping[str, Category] = field(default_factory=lambda: MappingProxyType({}))

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


def brought_by(catalog: Catalog) -> Mapping[str, tuple[str, ...]]:
    """Kinds of things that the packs declare, with their ids: a policy names them like its own."""
    laws = catalog.laws.values()
    return {
        "law pack": tuple(catalog.laws),
        "basis": tuple({name: None for law in laws for name in law.bases}),
        "condition": tuple({name: None for law in laws for name in law.conditions}),
        "channel": tuple(catalog.channels),
        "identifier kind": tuple(catalog.identifiers),
    }
