"""A question prepared once and asked about many people: the answers are those of `gate.ask.ask`, kept by its memo.

The quick road is a look into two dictionaries. Everything else (somebody not held, an old view, another day, a question
nobody asked of this folded before) takes the slow one, and ends at the gate's own door.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from time import monotonic, time
from typing import NamedTuple, overload

from troth.client.view import BATCH, Era, View
from troth.desk.asking import let_pass
from troth.gate.memo import Folded, Memo, Verdict, Watch, unfold
from troth.gate.reading import Limits
from troth.model.question import NOTHING_KNOWN, Answer, Question, Reason
from troth.ports.state import StateError


class Said(NamedTuple):
    """What the gate said about one person: an answer that makes its token when somebody wants it.

    It is true where the answer is yes, so that `if gate_said:` never takes a no for a yes.
    """

    verdict: Verdict
    person: str
    folded: Folded | None
    """None: nothing could be known."""
    position: int
    moment: float

    def __bool__(self) -> bool:
        return self.verdict.answer.allowed

    @property
    def allowed(self) -> bool:
        """Whether it may happen."""
        return self.verdict.answer.allowed

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """All reasons."""
        return self.verdict.answer.reasons

    @property
    def released(self) -> tuple[str, ...]:
        """Fields that may be used; empty on a no."""
        return self.verdict.answer.released

    @property
    def withheld(self) -> Mapping[str, str]:
        """Field -> code of the reason."""
        return self.verdict.answer.withheld

    @property
    def duties(self) -> tuple[str, ...]:
        """What a yes asks for."""
        return self.verdict.answer.duties

    @property
    def transforms(self) -> Mapping[str, str]:
        """Released field -> the only form in which it may be used or handed over."""
        return self.verdict.answer.transforms

    @property
    def observed(self) -> date | None:
        """The last day on which the gate only watches, where that is why the answer is a yes: a broken promise."""
        return self.verdict.observed

    @property
    def at(self) -> datetime:
        """The moment of the question."""
        return datetime.fromtimestamp(self.moment, UTC)

    @property
    def token(self) -> str:
        """What the answer is explained from later."""
        if self.folded is None:
            facts = replace(NOTHING_KNOWN, position=self.position, age_seconds=float("inf"))
        else:
            facts = unfold(self.folded, position=self.position)
        return self.verdict.token(self.person, self.at, facts)

    @property
    def answer(self) -> Answer:
        """All of it, as the model's noun."""
        return replace(self.verdict.answer, token=self.token)


@dataclass(frozen=True, slots=True)
class _Part:
    """Answers of one moment."""

    persons: Sequence[str]
    folds: Sequence[Folded | None]
    verdicts: Sequence[Verdict]
    position: int
    moment: float

    def said(self, place: int) -> Said:
        return Said(self.verdicts[place], self.persons[place], self.folds[place], self.position, self.moment)


class Answers(Sequence[Said]):
    """Answers in the order of the persons; each is put together when it is looked at."""

    def __init__(self, parts: Sequence[_Part]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(len(part.persons) for part in self._parts)

    @overload
    def __getitem__(self, index: int) -> Said: ...
    @overload
    def __getitem__(self, index: slice) -> list[Said]: ...
    def __getitem__(self, index: int | slice) -> Said | list[Said]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        part, place = divmod(range(len(self))[index], BATCH)  # every part but the last is full
        return self._parts[part].said(place)

    def __iter__(self) -> Iterator[Said]:
        for part in self._parts:
            for verdict, person, folded in zip(part.verdicts, part.persons, part.folds, strict=True):
                yield Said(verdict, person, folded, part.position, part.moment)

    @property
    def plain(self) -> Iterator[Answer]:
        """The answers without person and token, shared by all who stand alike: the quickest way through millions."""
        return (verdict.answer for part in self._parts for verdict in part.verdicts)

    @property
    def allowed(self) -> list[str]:
        """The persons for whom the answer is yes."""
        return [
            person
            for part in self._parts
            for person, verdict in zip(part.persons, part.verdicts, strict=True)
            if verdict.answer.allowed
        ]


class Prepared:
    """One question about anybody. Made by `Gate.prepare`; may be used by many threads."""

    def __init__(self, view: View, question: Question, limits: Limits) -> None:
        self._view, self._question, self._limits = view, question, limits
        self._kept = self._begin(view.era)

    @property
    def question(self) -> Question:
        """What is asked, without person and moment."""
        return self._question

    def ask(self, person: str, *, at_least: int = 0) -> Said:
        """May it happen now, to this person? Never raises: what goes wrong is a no.

        Args:
            person: their id.
            at_least: ledger size that the facts must go up to: whoever has just written down a no asks with the size
                that `place` gave. A view that does not get there in time knows nothing.
        """
        view, (era, memo) = self._view, self._kept
        if view.era is era and at_least <= (position := view.position) and monotonic() < view.good_until:
            folded = view.young.get(person)
            if folded is not None:
                key, table, *_ = memo.keyed
                verdict = table.get(key(folded))
                if verdict is not None:
                    return Said(verdict, person, folded, position, time())
        return self._part([person], at_least).said(0)

    def ask_many(self, persons: Sequence[str], *, at_least: int = 0) -> Answers:
        """The same for many, each answer as of the moment at which its thousand was asked."""
        return Answers([self._part(part, at_least) for part in _thousands(persons)])

    async def ask_soon(self, person: str, *, at_least: int = 0) -> Said:
        """`ask` for programs that must not wait: the event loop waits for what has to be loaded."""
        return (await self.ask_many_soon([person], at_least=at_least))[0]

    async def ask_many_soon(self, persons: Sequence[str], *, at_least: int = 0) -> Answers:
        """`ask_many` for programs that must not wait."""
        return Answers([await self._part_soon(part, at_least) for part in _thousands(persons)])

    def of_nobody(self) -> Said:
        """The answer about somebody of whom nothing can be known now, not even who they are."""
        moment = time()
        return Said(self._memo().blind(datetime.fromtimestamp(moment, UTC)), "", None, self._view.position, moment)

    # --- The slow road

    def _part(self, persons: Sequence[str], at_least: int) -> _Part:
        view, wait = self._view, self._view.rules.bound
        if not self._fresh(at_least):
            view.renew(wait)
        position, missing = view.position, self._missing(persons)
        loaded = view.fetch(missing, wait) if missing else {}
        return self._answered(persons, loaded, position, at_least)

    async def _part_soon(self, persons: Sequence[str], at_least: int) -> _Part:
        view, wait = self._view, self._view.rules.bound
        if not self._fresh(at_least):
            await _patiently(view.renewal(), wait)
        position, missing = view.position, self._missing(persons)
        loaded = await _patiently(view.promise(missing), wait) if missing else {}
        return self._answered(persons, loaded, position, at_least)

    def _fresh(self, at_least: int) -> bool:
        return at_least <= self._view.position and monotonic() < self._view.good_until

    def _missing(self, persons: Sequence[str]) -> list[str]:
        """Whom to load. Nobody when nothing could be believed anyway: nobody waits for a ledger that is cut off."""
        young = self._view.young
        if None not in map(young.get, persons) or monotonic() >= self._view.good_until:
            return []
        return [person for person in persons if self._view.folded(person) is None]

    def _answered(self, persons: Sequence[str], loaded: Mapping[str, Folded], position: int, at_least: int) -> _Part:
        """The answers from what is held now, at least as new as the position. Who is not held is not known."""
        memo, moment = self._memo(), time()
        at = datetime.fromtimestamp(moment, UTC)
        if at_least > position or not self._fresh(at_least):
            return _Part(persons, [None] * len(persons), [memo.blind(at)] * len(persons), position, moment)
        view = self._view
        folds = list(map(view.young.get, persons))
        if None in folds:
            held = zip(persons, folds, strict=True)
            folds = [found or loaded.get(person) or view.folded(person) for person, found in held]
        return _Part(persons, folds, _verdicts(memo, folds, at), position, moment)

    def _memo(self) -> Memo:
        """The kept answers of this version and day. Two threads may both begin them anew: both say the same."""
        if self._kept[0] is not (era := self._view.era):
            self._kept = self._begin(era)
        return self._kept[1]

    def _begin(self, era: Era) -> tuple[Era, Memo]:
        watch = None
        if era.observing is not None and era.policy is not None:
            policy, until = era.policy, era.observing
            watch = Watch(until, lambda question, answer: let_pass(policy, question, answer, until))
        return era, Memo(self._question, self._view.governing(era), era.cite, self._limits, watch=watch)


def _verdicts(memo: Memo, folds: Sequence[Folded | None], at: datetime) -> list[Verdict]:
    """The quick road for all at once; one by one only where somebody is not held or an answer was not given before."""
    key, table, *_ = memo.keyed
    held = [folded for folded in folds if folded is not None]
    if len(held) == len(folds):
        found = [verdict for verdict in map(table.get, map(key, held)) if verdict is not None]
        if len(found) == len(held):
            return found
    return [memo.found(each) or memo.answer(each, at) if each else memo.blind(at) for each in folds]


def _thousands(persons: Sequence[str]) -> Iterator[Sequence[str]]:
    return (persons[start : start + BATCH] for start in range(0, len(persons), BATCH))


async def _patiently(found: "Future[dict[str, Folded]]", wait: float) -> Mapping[str, Folded]:
    """Wait in the event loop; what fails or takes too long gives nothing."""
    with suppress(StateError, TimeoutError):
        return await asyncio.wait_for(asyncio.wrap_future(found), wait)
    return {}
