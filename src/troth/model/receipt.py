"""What a finished case leaves: verifiable, readable, free of erased data."""

from dataclasses import dataclass
from datetime import date, datetime

from troth.model.plan import Approval


@dataclass(frozen=True)
class ReceiptLine:
    """What became of one line of the plan, in counts and codes only."""

    number: int
    store: str
    table: str
    verb: str
    planned: int
    changed: int
    otherwise: int
    datum: tuple[str, ...]
    ground: str
    law: str
    exception: str = ""
    exception_law: str = ""
    exception_says: str = ""
    """Why the line does less than was asked, in the policy's own words."""
    until: date | None = None
    written: bool = False
    """Whether anything was written on the `otherwise` rows: this person's own values."""
    to_read: int = 0
    """Those of the `otherwise` rows that may still speak of this person: somebody has to read them."""
    says: str = ""
    """What the rows are, in the policy's words of that day: a receipt stands alone for years."""
    plan: str = ""
    """Hash of the earlier plan of this case under which it was done; empty: the receipt's own."""


@dataclass(frozen=True)
class StoreLine:
    """How one store ended: applied, looked at again, and what the engine still holds until when."""

    store: str
    done: str
    left: int
    """Rows of the person that the third look found beyond the retained ones: 0 in a closed case."""
    retained: int
    unrecoverable_by: date | None
    note: str = ""
    to_read: int = 0
    """Rows that stay for others and may still speak of this person: left for somebody to read."""
    says: str = ""
    """What the store is for, in the policy's words of that day."""


@dataclass(frozen=True)
class Receipt:
    """Folded from the events of one case."""

    case: str
    right: str
    organisation: str
    policy: str
    opened_at: datetime
    due: date
    closed_at: datetime
    plan: str
    """Plan hash."""
    approval: Approval | None
    lines: tuple[ReceiptLine, ...]
    stores: tuple[StoreLine, ...]
    told: tuple[str, ...]
    """Recipients informed, with how it stands: `mailer: asked`."""
    waiting: int
    """Rows that were left to a person's decision."""
    events: tuple[int, ...]
    """Ledger positions of the events it was folded from."""
    contact: str = ""
    """Where the person can write: a receipt stands alone for years."""
    address: str = ""
    authority: str = ""
    copy_until: date | None = None
    """For a copy: the last day on which it waits to be fetched."""
