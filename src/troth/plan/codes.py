"""Every code the planner emits, with the sentence behind it. A code is stable; the law behind it is the pack's to cite.

Nothing here decides. The reference pages and the law packs are compared with these tables by tests.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from troth.model.plan import Ground

Cite = Callable[[str], str]
"""Gives the citation behind a code, or an empty string. A catalog answers it; the planner never names an article."""

ANY = frozenset({"*"})
"""Holds whatever the basis of a purpose is."""

GROUNDS: Mapping[str, str] = MappingProxyType(
    {
        "no-longer-needed": "no longer needed for what it was collected for",
        "withdrawn": "the consent it rested on was withdrawn",
        "withdrawn-by-request": "it rests on a yes; asking for its erasure takes that yes back",
        "objected": "the person objected and nothing outweighs it",
        "unlawful": "it was held unlawfully",
        "legal-duty": "a law obliges us to erase it",
        "child-service": "it was collected from a child by an online service",
        "access": "the person asked for a copy",
        "period-over": "the period for which it had to be kept is over",
        "not-due": "the period for which it has to be kept still runs",
        "no-ground": "no given ground ends what it is held for: not touched",
        "restored": "was erased, and a backup brought it back",
        "kept-before": "kept as the plan says that erased the rest: nothing new",
        "told-about-erasure": "received what is erased here",
    }
)
"""Why a line is there."""

REACH: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "no-longer-needed": ANY,
        "withdrawn": frozenset({"consent"}),
        "withdrawn-by-request": frozenset({"consent"}),
        "objected": frozenset({"legitimate-interest", "public-task"}),
        "unlawful": ANY,
        "legal-duty": ANY,
        "child-service": frozenset({"consent"}),
    }
)
"""Grounds of an erasure, each with the bases of purposes that it ends."""

WHEN_ASKED = ("withdrawn-by-request", "no-longer-needed")
"""What an erasure rests on when the request names no ground, the first that holds for a datum. Whoever asks for erasure
takes every yes back; that the rest is no longer needed is what the one who signs the plan answers for. Nobody is said
to have objected who did not."""

ENDS_MARKETING = frozenset({"objected"})
"""Grounds that end every direct-marketing purpose, whatever its basis."""

FREE_TEXT = "free-text-needs-reading"
"""The exception of a value that waits until somebody has read it; any other exception of a copy is for good."""
EXCEPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "statutory-retention": "a law obliges us to keep it",
        "kept-as-proof": "kept so that we can show what we did",
        "kept-as-shell": "kept as an empty shell because `{}` refers to it",
        "shared-with-others": "others share it: only this person's own values go",
        "not-used-by-duty": "the duty to keep the row does not use this",
        FREE_TEXT: "may mention other people: waiting for a person to read it",
        "credential": "it only lets us check a secret of yours, and whoever had it could try to pass for you",
        "cannot-be-told": "no machine can tell this recipient: somebody of ours writes to them",
        "leads-to-kept": "kept as long as what it leads to, so that your next request finds it",
        "kept-as-hash": "a no to advertising stays, as a scrambled mark of the address",
    }
)
"""Why a line does less than was asked."""

FINDINGS: Mapping[str, str] = MappingProxyType(
    {
        "not-null-mask": "A column that may not be NULL would be masked with NULL.",
        "unique-mask": "A unique column would get the same value on several rows: the mask needs `{token}`.",
        "check-mask": "A CHECK constraint speaks about a column that would be masked without a declared mask.",
        "row-changed-hands": "The key of a kept row was given out again: the row is somebody else's, and stays.",
        "mask-refused": "The database was asked, and one of its constraints refuses what would be written.",
        "mask-too-long": "A mask is longer than its column.",
        "key-mask": "A column of the table's key would be masked; a key that others refer to cannot change.",
        "key-stays": "A key column that holds a personal value stays on a row that is kept as a shell.",
        "cascade-reaches": "Deleting would let the database change rows that the plan does not name.",
        "trigger-reaches": "A trigger would run whose writes are unknown or go to a table that is not declared.",
        "history-unreachable": "A trigger writes history that no owner columns lead back to.",
        "circular-keys": "Tables refer to each other in a ring of which no column may be NULL and no key be deferred.",
        "self-reference": "Rows of a table refer to each other through a column that may not be NULL.",
        "clock-missing": "A row must be kept but its period has no date to run from.",
        "store-not-seen": "A store was not seen: its own part waits, and the case is not finished without it.",
        "unknown-ground": "A ground of erasure is not one of those that exist.",
    }
)
"""Problems that a plan can carry; an error among them forbids applying it."""


def reason(codes: Sequence[str], cite: Cite, subject: str = "") -> Ground:
    """One ground or exception out of one or more codes, with their words and the pack's citations."""
    words = {**GROUNDS, **EXCEPTIONS}
    laws = dict.fromkeys(law for code in codes if (law := cite(code)))
    return Ground("+".join(codes), "; ".join(words[code].format(subject) for code in codes), "; ".join(laws))
