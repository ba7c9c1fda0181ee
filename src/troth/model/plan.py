"""A plan: what would be done about one person, line by line, with the reason of each line. A value; nothing here acts.

The same lines are printed, signed, applied and folded into the receipt.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from troth.model.problem import Problem
from troth.model.sight import Key


class Verb(StrEnum):
    """What an effect does."""

    READ = "read"
    DELETE = "delete"
    DETACH = "detach"
    """Cut the columns that point at the person; the row stays, nobody's."""
    MASK = "mask"
    """Write NULL or a declared replacement over the person's values; the row stays."""
    AMEND = "amend"
    ANNOTATE = "annotate"
    BLOCK = "block"
    """Keep, closed at the gate to every purpose but the retaining one."""
    RETAIN = "retain"
    """Keep until a date, under a law; closed like `block`, with a dated destroy. Without an exception: no ground
    reaches it, so it is neither touched nor closed."""
    TELL = "tell"
    """Inform a recipient."""


GLYPHS = {
    Verb.READ: "→",
    Verb.DELETE: "-",
    Verb.DETACH: "÷",
    Verb.MASK: "~",
    Verb.AMEND: "±",
    Verb.ANNOTATE: "+",
    Verb.BLOCK: "#",
    Verb.RETAIN: "=",
    Verb.TELL: "!",
}


@dataclass(frozen=True)
class Ground:
    """Why: a stable code, the words, and the law behind them."""

    code: str
    says: str
    law: str = ""


TOKEN_LENGTH = 16
"""Characters that `{token}` becomes: lower-case hex, so that it fits an address, a code or a name."""


@dataclass(frozen=True)
class Assign:
    """One column and what is written there: None for NULL; `{token}` in the text becomes unique for each row.

    The token is derived from plan, table and key, so that writing it again writes the same.
    """

    column: str
    value: str | None


@dataclass(frozen=True)
class Effect:
    """One line of a plan."""

    number: int
    store: str
    table: str
    verb: Verb
    rows: tuple[Key, ...]
    key_columns: tuple[str, ...]
    datum: tuple[str, ...]
    """Element ids that the line touches."""
    ground: Ground
    columns: tuple[str, ...] = ()
    """For `read`: the columns that leave."""
    assigns: tuple[Assign, ...] = ()
    """For `mask`, `detach`, `amend`: what is written."""
    exception: Ground | None = None
    """Why the line does less than was asked."""
    until: date | None = None
    """For `retain` and `block`: the day after which the row is destroyed."""
    then: Verb | None = None
    """What happens on that day."""
    shared: str = ""
    """Name of the shared table: the line holds only where nobody else is left on its row, looked at under the lock."""
    otherwise: tuple[Assign, ...] = ()
    """For a shared line: what is written instead, on the rows where others remain."""
    decided_by: str = "policy"
    recipient: str = ""
    """For `tell`."""
    owner_columns: tuple[str, ...] = ()
    """For a table that a trigger writes to while the plan runs: its columns that lead to the owner."""
    owners: tuple[Key, ...] = ()
    """With `owner_columns`: all rows that lead to one of these, those written meanwhile too; `rows` were seen."""


@dataclass(frozen=True)
class Waiting:
    """Rows that a hint alone brought in: left untouched until a person decides."""

    store: str
    table: str
    rows: tuple[Key, ...]
    by: str


@dataclass(frozen=True)
class Residue:
    """What an engine leaves behind after a deletion, and when that is gone."""

    store: str
    what: str
    gone_by: date | None
    """None: no window was declared; the receipt says that no date can be promised."""


@dataclass(frozen=True)
class StorePart:
    """What a plan stands on in one store."""

    store: str
    fingerprint: str
    asynchronous: bool = False


@dataclass(frozen=True)
class Plan:
    """Everything that would be done for one case."""

    case: str
    right: str
    """`access`, `erasure`, `retention`, `restore`."""
    person: str
    """Random person id."""
    policy: str
    """Policy hash."""
    made_at: datetime
    parts: tuple[StorePart, ...]
    effects: tuple[Effect, ...]
    waiting: tuple[Waiting, ...] = ()
    residues: tuple[Residue, ...] = ()
    findings: tuple[Problem, ...] = ()
    """Problems seen in pre-flight; an error among them forbids applying."""

    @property
    def applicable(self) -> bool:
        """Whether nothing found in pre-flight forbids applying."""
        return not any(problem.severity == "error" for problem in self.findings)


@dataclass(frozen=True)
class Order:
    """What one store is asked to do: its own lines of one plan, in a safe order, and what it must find unchanged."""

    plan: str
    """Plan hash: the idempotency key."""
    store: str
    fingerprint: str
    effects: tuple[Effect, ...]
    heard: bool = False
    """A no to direct marketing stands in its rows, and is kept elsewhere by now."""


class Done(StrEnum):
    """How a store's part ended."""

    APPLIED = "applied"
    ALREADY = "already"
    """A mark says that this plan was applied before."""
    STALE = "stale"
    """The data moved since the plan; nothing was changed."""
    ASKED = "asked"
    """A work order was filed; somebody answers later."""


@dataclass(frozen=True)
class Count:
    """What really happened to one line."""

    number: int
    changed: int
    """Rows deleted or written as the line says."""
    otherwise: int = 0
    """Rows on which others remained, treated as `otherwise` says."""


@dataclass(frozen=True)
class Outcome:
    """What a store did with an order."""

    done: Done
    counts: tuple[Count, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Approval:
    """A signature under exactly one plan."""

    plan: str
    signer: str
    role: str
    at: str
    signature: str
    """Ed25519, base64."""
    public_key: str
