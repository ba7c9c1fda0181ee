"""The message by which a person learns that the notice changes: what, from when, what they may choose, where it stands.

Made from the same declarations as the notice, in the words of `packs/languages`; the names of things are the author's.
A new purpose stands there with its ground (Art. 13(3), 14(4) GDPR), so that none is told without one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from troth.catalog import Catalog
from troth.catalog.languages import Phrases, phrases
from troth.model.change import Change, Direction
from troth.model.law import NOBODY
from troth.model.policy import Policy, Purpose
from troth.policy.things import things
from troth.show.package import allows
from troth.show.site import folder

SETS = frozenset({"uses", "elements", "purposes", "recipients", "channels", "relationships", "categories", "countries"})
"""Fields of which a person is told what came and what went; of others, that they changed."""
NOT_TOLD = frozenset({"clause", "place", "staff", "store"})
"""Kinds whose names say nothing to a person; what the clauses say stands in the notice that is linked."""
RULE = "\n\n" + "-" * 72 + "\n\n"


@dataclass(frozen=True)
class PersonMessage:
    """What is sent: it names nobody, so one serves all for whom the same changed."""

    subject: str
    text: str


def change_message(
    before: Policy, after: Policy, found: Sequence[Change], catalog: Catalog, languages: Sequence[str]
) -> PersonMessage:
    """The message in these languages, one below the other where nobody knows which one somebody reads.

    Args:
        before: The version that governs whoever reads it.
        after: The one that is to.
        found: What `diff` says of the two.
        catalog: The law behind grounds.
        languages: Of the organisation's, the first for the subject.
    """
    made = [_Message(before, after, found, catalog, language) for language in languages]
    return PersonMessage(made[0].subject, RULE.join("\n\n".join(each.parts()) for each in made) + "\n")


class _Message:
    """One language of it."""

    def __init__(self, before: Policy, after: Policy, found: Sequence[Change], catalog: Catalog, language: str) -> None:
        self._before, self._after, self._found = before, after, found
        self._catalog, self._language = catalog, language
        self._say: Phrases = phrases(language)
        self._unchecked = False
        self._day = self._say.day(date.fromisoformat(after.effective_from))

    @property
    def subject(self) -> str:
        return self._say("change-subject", name=self._after.organisation.name, day=self._day)

    def parts(self) -> Iterator[str]:
        """Paragraphs and lists."""
        say, after = self._say, self._after
        yield say("change-head", name=after.organisation.name)
        if after.version and (why := self._words(after.version.says)):
            yield why
        yield _listed(say("change-from", day=self._day), list(dict.fromkeys(self._lines())))
        if any(change.direction is Direction.WIDENING for change in self._found):
            yield say("change-waits")
        again = [after.choices[name] for name in self._again() if name in after.choices]
        if again:
            yield _listed(say("change-again"), [self._words(choice.says) for choice in again])
        if choices := [self._words(choice.says) for choice in after.choices.values() if self._touched(choice.purposes)]:
            yield _listed(say("change-choices"), choices)
        if rights := [self._words(right.says) for right in after.rights.values()]:
            yield _listed(say("change-rights"), rights)
        if clauses := list(dict.fromkeys(self._clauses())):
            yield _listed(say("change-clauses"), clauses)
        if after.organisation.notice_at:
            yield say("change-link", link=self._link())
        yield say("change-write", contact=after.organisation.contact)
        if self._unchecked:
            yield say("laws-unchecked")

    def _again(self) -> Sequence[str]:
        return sorted({choice for change in self._found for choice in change.asks_again})

    def _touched(self, purposes: Sequence[str]) -> bool:
        return any(f"purpose:{name}" == change.reference for name in purposes for change in self._found)

    def _lines(self) -> Iterator[str]:
        old, new = things(self._before), things(self._after)
        for change in self._found:
            reference = change.reference
            kind = reference.partition(":")[0]
            if change.direction is Direction.REWORDED or kind in NOT_TOLD:
                continue
            thing, policy = (new[reference], self._after) if reference in new else (old[reference], self._before)
            yield from self._line(change, old.get(reference), thing, policy)

    def _line(self, change: Change, was: Any, thing: Any, policy: Policy) -> Iterator[str]:
        say, what = self._say, self._name(thing, change.reference, policy)
        if change.aspect != "itself":
            yield from self._moved(change, was, thing, what)
        elif change.after or not change.before:
            told = self._purpose(thing) if isinstance(thing, Purpose) else what
            yield say("change-new", what=told)
        else:
            yield say("change-gone", what=what)

    def _moved(self, change: Change, was: Any, thing: Any, what: str) -> Iterator[str]:
        field = change.aspect.replace(" ", "_")
        before, now = getattr(was, field, None), getattr(thing, field, None)
        if field not in SETS or before is None or now is None:
            yield self._say("change-other", what=what)
            return
        if more := self._ids(set(now) - set(before)):
            yield self._say("change-also", what=what, more=more)
        if less := self._ids(set(before) - set(now)):
            yield self._say("change-less", what=what, less=less)

    def _purpose(self, purpose: Purpose) -> str:
        basis = self._catalog.basis(self._after.organisation.regimes, purpose.basis)
        ground = f"{allows(self._say, basis)}, {basis.cite}" if basis else purpose.basis
        self._unchecked |= basis is not None and basis.cite.checked == NOBODY
        data = self._ids(purpose.uses)
        return self._say("change-purpose", what=self._words(purpose.says), ground=ground, data=data)

    def _ids(self, names: Any) -> str:
        """Ids in words, where they name something that has any."""
        said = []
        for name in sorted(names):
            thing = next((t for p in (self._after, self._before) if (t := _thing(p, name))), None)
            said.append(self._name(thing, name, self._after) if thing else str(name))
        return ", ".join(said)

    def _name(self, thing: Any, reference: str, policy: Policy) -> str:
        says = getattr(thing, "says", None)
        if says:
            return policy.words(says, self._language)
        return str(getattr(thing, "title", "") or getattr(thing, "name", "") or reference)

    def _clauses(self) -> Iterator[str]:
        """Clauses of the new notice that speak of what changed, by their titles."""
        titles = {c.id: c.title for c in self._after.clauses if (c.language, c.notice) == (self._language, "")}
        for change in self._found:
            for name in self._after.spoken_of.get(change.reference, ()):
                if name in titles and change.direction is not Direction.REWORDED:
                    yield titles[name]

    def _link(self) -> str:
        """The address of exactly this version, which never changes, in this language."""
        first = self._after.organisation.languages[0]
        part = "" if self._language == first else f"{self._language}/"
        return f"{self._after.organisation.notice_at.rstrip('/')}/{folder(self._after)}/{part}index.html"

    def _words(self, text: Any) -> str:
        return self._after.words(text, self._language) if text else ""


def _thing(policy: Policy, name: str) -> Any:
    for part in (policy.elements, policy.categories, policy.purposes, policy.recipients, policy.relationships):
        if name in part:
            return part[name]
    return None


def _listed(head: str, lines: Sequence[str]) -> str:
    return "\n".join([head, *(f"  - {line}" for line in lines)])
