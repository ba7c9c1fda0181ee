"""Opens the gate for a program: which ledger it follows, which policy holds, and with which keys people are found.

The policy is the version in force by the ledger, and only where it bears the signature of staff that it declares. What
lies in somebody's policy folder is a draft, and opens nothing here.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from troth.catalog import Catalog
from troth.client.prepared import Prepared
from troth.client.questions import question_from
from troth.client.view import Hook, Rules, View
from troth.desk.asking import STRANGER
from troth.desk.publishing import altered, is_signed
from troth.desk.requests import identifiers_under
from troth.gate.ask import Cite
from troth.gate.reading import Limits
from troth.ledger.approval import verify_approval
from troth.ledger.database import told
from troth.ledger.errors import ApprovalError
from troth.ledger.following import LedgerFollowing
from troth.ledger.keyring import Keyring
from troth.ledger.state import ORIGIN
from troth.ledger.witness import FileWitness
from troth.model.person import Identifier
from troth.model.personal import Personal
from troth.model.plan import Approval
from troth.model.policy import Policy
from troth.model.problem import InputError
from troth.policy import compile_texts
from troth.ports.state import PolicyVersion, StateUnavailableError
from troth.settings import databases, home_folder, read_settings, ring

LEAST = 10_000
"""Persons that are held at least: somebody who was just loaded must not be pushed out by the next thousand."""
OPENING_SECONDS = 15.0
WITNESS = "witness"


class Gate:
    """The gate, close to whoever asks it. Open one for each process, and prepare each question once."""

    def __init__(self, view: View, limits: Limits) -> None:
        self.view = view
        self._limits = limits

    @classmethod
    def open(
        cls,
        where: str | Path | None = None,
        *,
        facts_seconds: float = 2.0,
        look_every: float = 0.1,
        most: int = 1_000_000,
        also: Hook | None = None,
    ) -> Self:
        """Begin to follow the ledger.

        Args:
            where: the home of an installation (default: `TROTH_HOME`, `./.troth`), or the address of its state. By an
                address alone nobody is found by an identifier, and no witness says whether the database is an old copy.
            facts_seconds: how old the view of people may be before it counts as missing.
            look_every: seconds between two looks at the ledger: about how long a withdrawal takes to get here.
            most: persons held hot; up to twice as many for a while.
            also: is handed the reader of the ledger with each look, for whoever serves others.

        Raises:
            InputError: `no-home`, `settings-unreadable`, `bad-limit`.
            StateError: the ledger is another version's, a copy that lags, or older than its witness has seen. One that
                does not answer is none: the gate opens, knows nothing, and comes alive when the ledger does.
        """
        if not 0 < look_every < facts_seconds or most < LEAST:
            message = f"`look_every` lies between 0 and `facts_seconds`, `most` is at least {LEAST}"
            raise InputError("bad-limit", message, "leave them out for what is usual")
        rules = Rules(bound=facts_seconds, every=look_every, most=most)
        gate = cls(View(_following(where), _read, rules, also), Limits(facts_seconds=facts_seconds))
        with suppress(TimeoutError):
            gate.view.renewal().result(OPENING_SECONDS)
        problem = gate.view.problem
        if problem is not None and not isinstance(problem, StateUnavailableError):
            gate.close()
            raise problem
        return gate

    def prepare(self, *, operation: str, purpose: str, **words: Any) -> Prepared:
        """A question about anybody, to be asked often; `words` are those of `Question`: channel, fields, recipient ...

        Raises InputError for a word that no question has. What the policy does not declare is an answer, not an error.
        """
        question = question_from({"operation": operation, "purpose": purpose, **words})
        return Prepared(self.view, question, self._limits)

    def find(self, kind: str, value: str) -> str:
        """The id of whoever an identifier is linked to as proven, or an id that nobody has: asking about it gives a no.

        Raises InputError (a kind that the policy does not know, a value that has no normal form), StateError.
        """
        found = self.view.find(self.identifier(kind, value)).result(self.view.rules.bound)
        return self.person_of(found)

    def person_of(self, found: Collection[str]) -> str:
        """The person whom the view found by an identifier, or the id that nobody has."""
        return next(iter(found), STRANGER)

    def identifier(self, kind: str, value: str) -> Identifier:
        """A value in the normal form of its kind. Raises InputError, without repeating the value."""
        policy = self.view.era.policy
        if policy is None:
            raise InputError("no-policy-in-force", "no signed policy version is in force", "`troth publish`")
        return identifiers_under(policy, [(kind, value)], proven=True)[0]

    def close(self) -> None:
        """Stop following. From then on nothing is known."""
        self.view.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _t: type[BaseException] | None, _e: BaseException | None, _b: TracebackType | None) -> None:
        self.close()


def _read(version: PolicyVersion) -> tuple[Policy | None, Cite]:
    """The policy of a version, and who cites its law; no policy where it no longer compiles, or nobody signed it."""
    catalog = Catalog.load()
    policy = compile_texts(version.files, version.hash, catalog)
    if policy is None or altered(version, policy) or not is_signed(policy, version, _holds):
        return None, lambda _: ""
    return policy, partial(catalog.cite, policy.organisation.regimes)


def _holds(approval: Approval) -> bool:
    try:
        verify_approval(approval, plan=approval.plan, allowed=[approval.public_key])
    except ApprovalError:
        return False
    return True


def _following(where: str | Path | None) -> Callable[[], LedgerFollowing]:
    """What makes a follower: one for each process, since a connection does not survive a fork."""
    if isinstance(where, str) and ("://" in where or "=" in where):
        return partial(LedgerFollowing, Personal(where))
    settings = read_settings(home_folder(Path(where) if where is not None else None))
    with told():
        keys = Keyring.open(ring(settings))
        witness = FileWitness(settings.home / WITNESS, keys.signer(ORIGIN).verifier)
    return partial(LedgerFollowing, databases(settings)[0], keys, (witness,))
