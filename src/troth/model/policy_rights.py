"""The rights as a policy offers them, and who signs what is done for them.

Frozen nouns without YAML; troth.policy reads them and has checked that their ids resolve.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from troth.model.period import UNSAID, Period
from troth.model.problem import Place
from troth.model.text import NONE, Text
from troth.model.where import ANYWHERE, Where


@dataclass(frozen=True)
class Proof:
    """When somebody has to show who they are, and what becomes of it."""

    place: Place
    when: str
    """`never`, `on-doubt`, `always`."""
    kinds: tuple[str, ...] = ()
    """`id-copy`, `account`, `sender-address`, `reply-to-known-address`, `two-facts`, `signed-statement`."""
    deleted_after: str = ""
    """`decision`, `matter`."""
    asked_by: str = ""


@dataclass(frozen=True)
class Fee:
    """Whether a request may cost something."""

    place: Place
    may: str
    """`never`, `unfounded-or-excessive`."""
    approve: tuple[str, ...] = ()
    told_before: bool = True


@dataclass(frozen=True)
class Agent:
    """Whether somebody may ask for somebody else."""

    place: Place
    allowed: bool
    needs: tuple[str, ...] = ()
    """`signed-permission`, `person-confirms`, `power-of-attorney`, `registration`."""
    where: Where = ANYWHERE


@dataclass(frozen=True)
class RightOffer:
    """A right as this organisation offers it."""

    id: str
    """`access`, `erasure`."""
    says: Text
    place: Place
    approve: tuple[str, ...] = ()
    """Staff roles that may sign its plan; empty: none is needed."""
    days: int = 0
    """Our own shorter promise in days; 0: the law's period alone."""
    where: Where = ANYWHERE
    """Whom it is offered to beyond the law; anywhere: see `to_anyone`."""
    to_anyone: bool = False
    """Offered to everybody, wherever they live."""
    routes: tuple[str, ...] = ()
    account_needed: bool = False
    proof: Proof | None = None
    fee: Fee | None = None
    agent: Agent | None = None
    decided_by: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    """The exceptions on which we rely, by the law packs' codes; fewer than the law grants is a wider promise."""
    conditions: tuple[str, ...] = ()
    first: str = ""
    """Recipient to which it goes first, with the person told."""
    direct: str = ""
    """Portability: `when-feasible` or `always` to another controller."""
    at_once: bool = False
    """The effect comes before the decision: an objection stops the use while a person weighs it."""
    told_before_end: bool = False
    """A restriction ends only after the person was told."""
    measured_within: Period = UNSAID
    """Our own time from asking to effect."""
    steps: Mapping[str, Text] = NONE


@dataclass(frozen=True)
class Staff:
    """A person or desk of ours who signs: role and public key, never a secret."""

    id: str
    role: str
    public_key: str
    """Ed25519, base64 of the 32 raw bytes."""
    place: Place
