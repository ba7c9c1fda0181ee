"""What comes with a yes, by name; after a colon stands what it is about. Nothing here opens or closes anything."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType

from troth.gate.reading import Reading
from troth.gate.rules.choosing import open_to
from troth.model.period import Period
from troth.model.question import Facts, Operation

_LEAVES = (Operation.SEND, Operation.DISCLOSE, Operation.TRANSFER)
_OWN = frozenset({"person", "observed", "inferred"})
"""Kinds of source at which the person is there, or nobody else is."""


def _span(period: Period) -> str:
    parts = {"years": period.years, "months": period.months, "days": period.days, "hours": period.hours}
    return " ".join(f"{number} {name}" for name, number in parts.items() if number)


def _emergency(r: Reading) -> tuple[str, ...]:
    """By whom it is looked at afterwards, and in which time."""
    glass = r.role.break_glass if r.emergency and r.role is not None else None
    return (f"{glass.review_by} within {_span(glass.within)}",) if glass is not None else ()


DUTIES: Mapping[str, Callable[[Reading], Iterable[str]]] = MappingProxyType(
    {
        "unsubscribe-link": lambda r: _if(_sends(r) and (r.advertises or _stop(r) == "link")),
        "way-out": lambda r: (_stop(r),) if _sends(r) and _stop(r) not in ("", "link") else (),
        "ledger-disclosure": lambda r: _if(r.question.operation in _LEAVES),
        "rows-of": lambda r: (r.recipient.rows_of,) if r.recipient is not None and r.recipient.rows_of else (),
        "only-own": lambda r: (r.role.only_own,) if r.role is not None and r.role.only_own else (),
        "log-use": lambda r: _if(r.purpose.log == "each" or (r.role is not None and r.role.every_use_logged)),
        "review-emergency": _emergency,
        "person-decides": lambda r: _if(r.decision is not None and r.decision.exception == "human-decides"),
        "review-decision": lambda r: (r.decision.reviewed_by,) if r.decision and r.decision.reviewed_by else (),
        "keep-evidence": lambda r: r.source.needs if r.source is not None and _collects(r) else (),
        "tell-person": lambda r: _if(_collects(r) and r.source is not None and r.source.kind not in _OWN),
    }
)
"""What comes with a yes, and when: each detail makes one duty, an empty one stands for the bare name."""

LEAVE_OUT = "leave-out"
"""A block of advertising in a service message whose choice does not stand open: the message leaves without it."""

LEDGER_LATER = "ledger-later"
"""Comes with a yes that was given while some facts were out of sight: it is ledgered when they are back."""


def duties(r: Reading) -> tuple[str, ...]:
    """Those that hang on no fact about the person."""
    return tuple(f"{name}:{each}" if each else name for name, due in DUTIES.items() for each in due(r))


def left_out(r: Reading, facts: Facts, at: datetime) -> Iterator[str]:
    """Blocks that stay empty for this person; what they said cannot be read: each does."""
    for block, choice in r.channel.blocks.items() if r.channel is not None and _sends(r) else ():
        found = list(open_to(r, facts, at, choice, strict=False)) if facts.choices is not None else []
        if not found or any(finding.code not in ("choice-yes", "choice-not-refused") for finding in found):
            yield f"{LEAVE_OUT}:{block}"


def _if(due: object) -> tuple[str, ...]:
    return ("",) if due else ()


def _sends(r: Reading) -> bool:
    return r.question.operation == Operation.SEND


def _collects(r: Reading) -> bool:
    return r.question.operation == Operation.COLLECT


def _stop(r: Reading) -> str:
    return r.channel.stop if r.channel is not None else ""
