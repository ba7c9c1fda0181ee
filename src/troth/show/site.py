"""All published notices as files: one address that always shows the newest, and every earlier version beside it.

    index.html                       the newest, in the organisation's first language
    de/index.html                    the newest in another
    de/fair.html                     a specific notice
    versions/2026-01-01-3fa4c1.../   the same for each version, never changed

Links are relative, so the folder can be put anywhere and read from a disk. No scripts, nothing from elsewhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from troth.catalog import Catalog
from troth.catalog.languages import phrases
from troth.model.policy import Policy
from troth.show.html import page
from troth.show.notice import Around, Way, notice, title
from troth.show.words import short

NEWEST = "index.html"


def site(versions: Sequence[Policy], catalog: Catalog) -> Mapping[str, str]:
    """Path -> page, from the published versions, the oldest first; the last one is the newest."""
    made = [*_pages(versions[-1], ""), *(each for policy in versions for each in _pages(policy, f"{folder(policy)}/"))]
    return {each.path: each.html(versions, catalog) for each in made}


def folder(policy: Policy) -> str:
    """Where a version stands for good."""
    return f"versions/{policy.effective_from}-{short(policy.hash)}"


@dataclass(frozen=True)
class _Page:
    """One notice of one version in one language."""

    policy: Policy
    base: str
    """Folder of the version, with a slash; empty for the newest."""
    language: str
    which: str

    @property
    def path(self) -> str:
        name = f"{self.which}.html" if self.which else NEWEST
        first = self.policy.organisation.languages[0]
        return self.base + (name if self.language == first else f"{self.language}/{name}")

    def html(self, versions: Sequence[Policy], catalog: Catalog) -> str:
        around = Around(list(self._languages()), list(self._specific()), list(self._versions(versions)))
        blocks = notice(self.policy, catalog, self.language, which=self.which, around=around)
        return page(title(self.policy, self.language, self.which), blocks, language=self.language)

    def _to(self, path: str) -> str:
        return "../" * self.path.count("/") + path

    def _languages(self) -> Iterator[Way]:
        for other in _pages(self.policy, self.base):
            if other.which == self.which and other.language != self.language:
                yield phrases(other.language).language, self._to(other.path), ""

    def _specific(self) -> Iterator[Way]:
        for other in _pages(self.policy, self.base):
            if other.which and not self.which and other.language == self.language:
                yield title(self.policy, self.language, other.which), self._to(other.path), ""

    def _versions(self, versions: Sequence[Policy]) -> Iterator[Way]:
        """Every version but the one that is shown; from an earlier one, the newest comes first."""
        say, newest = phrases(self.language), versions[-1]
        if self.policy is not newest:
            yield say("newest"), self._to(NEWEST), ""
        for policy in reversed(versions):
            if policy is not self.policy and policy is not newest:
                day = say.day(date.fromisoformat(policy.effective_from))
                says = say("earlier-says", day=day)
                yield say("version", version=short(policy.hash)), self._to(f"{folder(policy)}/{NEWEST}"), says


def _pages(policy: Policy, base: str) -> Iterator[_Page]:
    """What a version has: its main notice in every language, a specific one where somebody wrote it."""
    written = {(clause.language, clause.notice) for clause in policy.clauses}
    for language in policy.organisation.languages:
        for which in ("", *policy.notices):
            if not which or (language, which) in written:
                yield _Page(policy, base, language, which)
