"""The view that one process has of people: hot folds close to the caller, never older than it says.

One thread owns the connection. It looks at the ledger many times a second, lets go of everybody about whom something
happened, and loads whom somebody asks about. Looks and loads are statements of one connection, one after the other, so
no load can bring back what a look has just dropped. Whoever asks only reads dictionaries, and checks one moment: until
when the view is good. When the ledger cannot be reached that moment passes, and from then on nothing is known.
"""

import os
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import TimeoutError as Late
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from math import inf
from queue import Empty, SimpleQueue
from time import monotonic

from troth.gate.ask import Cite
from troth.gate.memo import Folded, Folder
from troth.model.person import Identifier
from troth.model.policy import Policy
from troth.model.question import NOBODY
from troth.ports.following import Changes, Following
from troth.ports.state import PolicyVersion, StateError

BATCH = 1_000
"""Persons loaded by one statement: some ten milliseconds, so that a look never waits long behind it."""


Read = Callable[[PolicyVersion], tuple[Policy | None, Cite]]
"""Makes a policy of a version, with who cites its law; no policy where it cannot be relied on."""


@dataclass(frozen=True)
class Rules:
    """How a view behaves."""

    bound: float = 2.0
    """Seconds after which what was seen counts as not known; `Limits.facts_seconds`."""
    every: float = 0.1
    """Seconds between two looks: about how long a withdrawal takes to get here."""
    most: int = 1_000_000
    """Persons held hot; up to twice as many for a while. Some 350 bytes each."""


@dataclass(frozen=True)
class Era:
    """What holds for every answer until a version or mode comes into force or the day ends; compared by identity."""

    policy: Policy | None
    """The version in force; None: none that can be relied on."""
    cite: Cite
    day: str
    ends: datetime
    observing: date | None = None
    """The last day on which the gate only watches."""


_ID = re.compile(r"[\x21-\x7e]{1,64}")
"""What an id looks like. Anything else is nobody's, and kept from the database: it could spoil the load of others."""

Hook = Callable[[Following], None]
"""Reads more of the ledger with each look, on the same connection."""


@dataclass(frozen=True)
class _Wanted:
    """Persons that somebody waits for; with neither persons nor an identifier: a look."""

    persons: Sequence[str] = ()
    identifier: Identifier | None = None
    found: "Future[dict[str, Folded]]" = field(default_factory=Future)

    @property
    def look(self) -> bool:
        """Whether it is a look that is waited for."""
        return not self.persons and self.identifier is None


class View:
    """See the module. `close` it, or let the process end."""

    def __init__(
        self,
        following: Callable[[], Following],
        read: Read,
        rules: Rules,
        also: Hook | None = None,
    ) -> None:
        self._make, self._read, self.rules, self._also = following, read, rules, also
        self.young: dict[str, Folded] = {}
        """Who was asked about lately; read by everybody, written under the lock."""
        self.position = 0
        """Ledger size of the last look. Read it before `young`: what is then found there is at least as new."""
        self.good_until = -inf
        """Moment (monotonic) up to which the view may be used."""
        self.era = Era(None, _no_law, "", datetime.now(UTC))
        self.problem: StateError | None = None
        """What keeps the view from being renewed."""
        self._old: dict[str, Folded] = {}
        self._pending: frozenset[int] = frozenset()
        self._looked = False
        self._in_force = ""
        """Hash of the version that the era was made of, also where it could not be relied on."""
        self._behind = False
        """An older copy stays closed, however long it grows: what is missing in it was not reconciled."""
        self._folder = Folder()
        self._versions: dict[str, Policy | None] = {}
        self._nobody = self._folder.fold(NOBODY)
        self._start()

    # --- For whoever asks

    def folded(self, person: str) -> Folded | None:
        """How a person stands, if that is held; keeps it held."""
        found = self.young.get(person)
        if found is None and person in self._old:
            with self._lock:
                found = self._old.pop(person, None)
                if found is not None:
                    self._keep(person, found)
        return found

    def fetch(self, persons: Sequence[str], wait: float) -> dict[str, Folded]:
        """Load whom we do not hold; empty when that did not come in time."""
        return self._ask(_Wanted(persons), wait)

    def promise(self, persons: Sequence[str]) -> "Future[dict[str, Folded]]":
        """The same, to be waited for in another way. Holds StateError where it failed."""
        return self._file(_Wanted(persons)).found

    def find(self, identifier: Identifier) -> "Future[dict[str, Folded]]":
        """The person to whom a value is linked as proven, alone in a mapping; an empty one: nobody."""
        return self._file(_Wanted((), identifier)).found

    def governing(self, era: Era) -> Callable[[str], tuple[Policy, ...]]:
        """Which versions hold for somebody in an era, by the hash of theirs: none where one of them cannot be read."""

        def versions(governed_by: str) -> tuple[Policy, ...]:
            theirs = self._versions.get(governed_by) if governed_by else era.policy
            return () if era.policy is None or theirs is None else (theirs, era.policy)

        return versions

    def renew(self, wait: float) -> None:
        """Look now; returns when that was done, or at the latest after `wait` seconds."""
        self._ask(_Wanted(), wait)

    def renewal(self) -> "Future[dict[str, Folded]]":
        """The same, to be waited for in another way."""
        return self._file(_Wanted()).found

    def held(self) -> int:
        """How many persons are held hot."""
        return len(self.young) + len(self._old)

    def close(self) -> None:
        """Stop looking, and let go of the connection. From then on nothing is known."""
        self._closed.set()
        self._wanted.put(_Wanted())
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout=2 * self.rules.bound)
        self.good_until = -inf

    # --- The thread

    def _start(self) -> None:
        """Begin to look. A fork has no threads: the child begins anew with a connection of its own."""
        self._pid, self._lock, self._closed = os.getpid(), threading.Lock(), threading.Event()
        self._wanted: SimpleQueue[_Wanted] = SimpleQueue()
        self._thread = threading.Thread(target=self._live, name="troth-gate-view", daemon=True)
        self._thread.start()

    def _ask(self, wanted: _Wanted, wait: float) -> dict[str, Folded]:
        with suppress(StateError, Late):
            return self._file(wanted).found.result(wait)
        return {}

    def _file(self, wanted: _Wanted) -> _Wanted:
        if self._pid != os.getpid():
            self.young, self._old, self.good_until, self._looked = {}, {}, -inf, False
            self._start()
        if self._closed.is_set():
            wanted.found.set_exception(StateError("gate-closed", "the gate was closed", "open it again"))
        else:
            self._wanted.put(wanted)
        return wanted

    def _live(self) -> None:
        following, wanted, closed = self._make(), self._wanted, self._closed
        due = monotonic()
        while not closed.is_set():
            asked = self._next(wanted, due)
            if monotonic() >= due or any(each.look for each in asked):
                due = monotonic() + self.rules.every
                self._look(following)
            self._serve(following, asked)
        following.close()
        for each in self._next(wanted, -inf):
            each.found.set_exception(StateError("gate-closed", "the gate was closed", "open it again"))

    def _next(self, queue: "SimpleQueue[_Wanted]", due: float) -> list[_Wanted]:
        """What is waited for: everything that came until now, or the first that comes before the next look."""
        asked: list[_Wanted] = []
        with suppress(Empty):
            wait = due - monotonic()
            asked.append(queue.get(timeout=wait) if wait > 0 else queue.get_nowait())
            while sum(len(each.persons) for each in asked) < BATCH:
                asked.append(queue.get_nowait())
        return asked

    def _look(self, following: Following) -> None:
        """One look. Whatever goes wrong, the view only grows older by it."""
        began, now = monotonic(), datetime.now(UTC)
        try:
            size = self.position if self._looked else None
            changes = following.look(size, self._pending)
            self._must_go_on(changes)
            era = self._era(following, changes, now)
            if self._also:
                self._also(following)
        except Exception as error:  # noqa: BLE001 - a thread that ends would look like a ledger that is cut off
            self.problem = _told(error)
            return
        self._apply(changes, anew=era is not self.era)
        self.era, self.problem = era, None
        left = (era.ends - now).total_seconds()
        self.good_until = began + min(self.rules.bound, left)

    def _must_go_on(self, changes: Changes) -> None:
        self._behind |= changes.size < self.position
        if self._behind:
            message = "the ledger is shorter than it was: this is an older copy"
            raise StateError("ledger-behind", message, "`troth reconcile`, then open the gate again")

    def _apply(self, changes: Changes, *, anew: bool) -> None:
        """Drop first, then say up to where we have read: whoever reads the position first never overstates it.

        With a new era (`anew`) another version may govern anybody, so everybody is dropped.
        """
        with self._lock:
            if anew or changes.persons is None or not self._looked:
                self.young, self._old = {}, {}
            else:
                for person in changes.persons:
                    self.young.pop(person, None)
                    self._old.pop(person, None)
        self.position, self._pending, self._looked = changes.size, changes.pending, True

    def _era(self, following: Following, changes: Changes, now: datetime) -> Era:
        """The era of this moment, the same object as long as nothing changed. A new version is read here."""
        day, policy, until = now.date(), changes.policy, changes.observing
        if (self.era.day, self._in_force, self.era.observing) == (day.isoformat(), policy, until):
            return self.era
        ends = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
        if policy == self._in_force:
            return replace(self.era, day=day.isoformat(), ends=ends, observing=until)
        read, cite = self._read(following.policy(policy)) if policy else (None, _no_law)
        self._in_force = policy
        self._versions[policy] = read
        return Era(read, cite, day.isoformat(), ends, until)

    def _read_version(self, following: Following, version: str) -> None:
        """Have the version that governs somebody at hand before they are; one that cannot be read opens nothing."""
        if version and version not in self._versions:
            self._versions[version] = self._read(following.policy(version))[0]

    def _serve(self, following: Following, asked: Sequence[_Wanted]) -> None:
        """Give everybody who waits what they wait for. All persons are one statement; an identifier fails by itself."""
        persons = list(dict.fromkeys(person for each in asked for person in each.persons))
        loaded, failed = self._tried(lambda: self._load(following, persons))
        for each in asked:
            found, error = {person: loaded[person] for person in each.persons if person in loaded}, failed
            if each.identifier is not None:
                found, error = self._tried(partial(self._found, following, each.identifier))
            with suppress(InvalidStateError):  # nobody waits any more
                if error is not None and not each.look:
                    each.found.set_exception(error)
                else:
                    each.found.set_result(found)

    def _found(self, following: Following, identifier: Identifier) -> dict[str, Folded]:
        person = following.known_by(identifier)
        return self._load(following, [person]) if person else {}

    def _tried(self, act: Callable[[], dict[str, Folded]]) -> tuple[dict[str, Folded], StateError | None]:
        try:
            return act(), None
        except Exception as error:  # noqa: BLE001 - somebody waits for it
            return {}, _told(error)

    def _load(self, following: Following, persons: Sequence[str]) -> dict[str, Folded]:
        loaded: dict[str, Folded] = {}
        for start in range(0, len(persons), BATCH):
            part = persons[start : start + BATCH]
            known = following.persons([person for person in part if _ID.fullmatch(person)])
            for person in part:
                found = known.get(person)
                if found is not None:
                    self._read_version(following, found.governed_by)
                folded = self._folder.fold(found.facts, found.governed_by) if found is not None else self._nobody
                loaded[person] = folded
        if self._looked:
            with self._lock:
                for person, folded in loaded.items():
                    self._keep(person, folded)
        return loaded

    def _keep(self, person: str, folded: Folded) -> None:
        """Hold somebody; who was not asked about for the longest is let go of. Under the lock."""
        if len(self.young) >= self.rules.most:
            self.young, self._old = {}, self.young
        self.young[person] = folded


def _told(error: Exception) -> StateError:
    """An error of the state as it is; of another only its kind, since its words may hold a value."""
    if isinstance(error, StateError):
        return error
    return StateError("view-failed", f"the view of people failed ({type(error).__name__})", "`troth doctor`")


def _no_law(_: str) -> str:
    return ""
