"""Where the compiler writes down what it finds: problems, declared things, and references to them.

Readers never raise and never stop: they report and hand on a blank value, so that one run tells every mistake.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice

from troth.model.problem import Place, Problem, Severity
from troth.policy.codes import CODES

SUGGESTIONS = 100
"""Dangling references that get a suggestion: whoever has more moved a file, and comparing all with all takes long."""


PACKS = Place("packs")
"""Where things stand that no folder declares."""


@dataclass(frozen=True)
class Reference:
    """A word in the folder that must name something declared. `kinds` are tried in order."""

    kinds: tuple[str, ...]
    id: str
    place: Place


@dataclass
class Report:
    """Everything found so far. One for each compilation; readers add, nobody takes away."""

    problems: list[Problem] = field(default_factory=list)
    declared: dict[str, dict[str, Place]] = field(default_factory=dict)
    """Kind (`purpose`) -> id -> where it was declared first."""
    brought: dict[str, Callable[[], Iterable[str]]] = field(default_factory=dict)
    """Kinds that no folder declares and nobody asked for yet, with how to learn their ids."""
    references: list[Reference] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    """Kinds whose file could not be read: what is missing there is not told a second time."""
    misnamed: dict[str, None] = field(default_factory=dict)
    """Ids that were refused: a reference to what was meant is not told a second time."""

    def say(self, code: str, message: str, place: Place, hint: str = "", *, law: str = "") -> None:
        """Add a problem. Its severity, and its remedy where no better hint is given, come from the list of codes."""
        entry = CODES[code]
        self.problems.append(Problem(code, message, place, hint or entry.remedy, law or entry.law, entry.severity))

    def declare(self, kind: str, name: str, place: Place) -> None:
        """Record that something exists; saying it twice is a problem."""
        known = self.declared.setdefault(kind, {})
        if name in known:
            self.say("duplicate-id", f"{kind} `{name}` is declared twice, first at {known[name]}", place)
            return
        known[name] = place

    def refer(self, kinds: tuple[str, ...], name: str, place: Place) -> None:
        """Record a reference; `resolve` looks it up once everything is declared."""
        if name:
            self.references.append(Reference(kinds, name, place))

    def knows(self, kinds: Iterable[str], name: str) -> bool:
        """Whether something of one of these kinds is declared."""
        return any(name in self.named(kind) for kind in kinds)

    def named(self, kind: str) -> dict[str, Place]:
        """Everything of a kind, with where it was declared."""
        learn = self.brought.pop(kind, None)
        if learn:
            self.declared.setdefault(kind, {}).update(dict.fromkeys(learn(), PACKS))
        return self.declared.get(kind, {})

    def everything(self) -> frozenset[str]:
        """`kind:id` of whatever the folder declares."""
        return frozenset(
            f"{kind}:{name}" for kind, named in self.declared.items() for name, place in named.items() if place != PACKS
        )

    def resolve(self) -> None:
        """Report every reference that names nothing."""
        dangling = [reference for reference in self.references if not self.knows(reference.kinds, reference.id)]
        for number, reference in enumerate(dangling):
            if self._told_already(reference):
                continue
            names = [name for kind in reference.kinds for name in self.named(kind)]
            near = did_you_mean(reference.id, names) if number < SUGGESTIONS else ""
            hint = near or (f"declare it, or name one of {listed(names)}" if names else "declare it")
            message = f"no {' or '.join(reference.kinds)} is called `{reference.id}`"
            self.say("unknown-reference", message, reference.place, hint)

    def _told_already(self, reference: Reference) -> bool:
        if not self.unread.isdisjoint(reference.kinds):
            return True
        few = list(islice(self.misnamed, SUGGESTIONS))
        return bool(get_close_matches(reference.id, few, n=1, cutoff=0.7))

    @property
    def broken(self) -> bool:
        """Whether an error was found, so that no policy can come out."""
        return any(problem.severity is Severity.ERROR for problem in self.problems)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suggestion where a known word is near, else an empty string."""
    near = get_close_matches(word[:80], list(known), n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else ""


def listed(words: Iterable[str], limit: int = 8) -> str:
    """Words in backticks for a hint, shortened when there are many."""
    names = sorted(words)
    shown = ", ".join(f"`{name}`" for name in names[:limit])
    return f"{shown} …" if len(names) > limit else shown


def shown(word: str, limit: int = 60) -> str:
    """A user's word as it may be printed: one line, no control or direction characters, not endless."""
    visible = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in word[: limit + 1])
    return f"{visible[:limit]}…" if len(word) > limit else visible
