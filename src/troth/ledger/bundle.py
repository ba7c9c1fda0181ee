"""What leaves the house as proof: a case's receipt bundle, and the export of every leaf.

The form is docs/reference/receipt-bundle.md; `verify_offline.py` reads it with nothing of Troth. Leaves are made anew
from the rows and compared with the hash the tree holds, so a row that was changed is found here and not passed on.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from troth.ledger import merkle
from troth.ledger.checkpoint import Signer
from troth.ledger.database import Connection, told
from troth.ledger.envelope import content_hash, leaf_bytes
from troth.ledger.events import public_part
from troth.ledger.sequencer import nodes_of
from troth.ledger.sql import statements
from troth.model.event import Event, Json
from troth.ports.state import NotFoundError, StateError

_SQL = statements("bundle")
_GROUP = 5_000
_Row = tuple[Any, ...]


def bundle(connection: Connection, signer: Signer, size: int, note: str, case: str) -> Json:
    """The receipt bundle of a closed case under the checkpoint `note` of `size` events.

    Raises NotFoundError `no-receipt`, StateError `receipt-not-placed`, `leaf-differs`.
    """
    with told():
        found = connection.execute(_SQL["receipt_of"], {"case": case}).fetchone()
        if found is None:
            raise NotFoundError("no-receipt", f"the case `{case[:40]}` has no receipt", "it has one once it is closed")
        receipt, position, plan, *signature = found
        if position is None or position >= size:
            raise StateError("receipt-not-placed", "the receipt has no place in the ledger yet", "try again shortly")
        rows = connection.execute(_SQL["events_of_case"], {"case": case, "size": size}).fetchall()
        return {
            "format": "troth-receipt/1",
            "receipt": receipt,
            "receipt_sha256": content_hash(receipt),
            "plan_sha256": plan or None,
            "approval": _approval(plan, signature),
            "events": [_event(connection, row, size) for row in rows],
            "key": signer.verifier.text,
            "checkpoint": note,
            "consistency": _consistency(connection, size),
        }


def export(connection: Connection, signer: Signer, size: int, note: str) -> Json:
    """Every leaf under the checkpoint `note` of `size` events (`troth-ledger/1`)."""
    return {
        "format": "troth-ledger/1",
        "key": signer.verifier.text,
        "checkpoint": note,
        "leaves": [leaf.hex() for leaf in leaves(connection, size)],
    }


def leaves(connection: Connection, size: int) -> Iterator[bytes]:
    """The leaves (not their hashes) in order, each made anew and compared. Raises StateError `leaf-differs`."""
    for first in range(0, size, _GROUP):
        with told():
            named = {"first": first, "end": min(first + _GROUP, size)}
            rows = connection.execute(_SQL["events_between"], named).fetchall()
        yield from (_leaf(row) for row in rows)


def _approval(plan: str, signature: Sequence[Any]) -> dict[str, Any] | None:
    if signature[0] is None:
        return None
    return {"plan": plan, **dict(zip(("signer", "role", "at", "signature", "public_key"), signature, strict=True))}


def _event(connection: Connection, row: _Row, size: int) -> dict[str, Any]:
    _leaf(row)  # refuses a row that is not what the tree holds
    proof = merkle.inclusion_proof(row[0], size, nodes_of(connection))
    return {
        "envelope": _public(row),
        "slot_commitments": [bytes(each).hex() for each in row[7]],
        "index": row[0],
        "proof": [each.hex() for each in proof],
    }


def _consistency(connection: Connection, size: int) -> list[dict[str, Any]]:
    older = connection.execute(_SQL["older_checkpoints"], {"size": size}).fetchall()
    nodes = nodes_of(connection)
    return [
        {"from": note, "proof": [each.hex() for each in merkle.consistency_proof(before, size, nodes)]}
        for before, note in older
    ]


def _public(row: _Row) -> dict[str, Any]:
    _, uid, kind, at, space, policy, envelope, _, _ = row
    return public_part(Event(kind, at, envelope, policy=policy, space=space), uid)


def _leaf(row: _Row) -> bytes:
    made = leaf_bytes(_public(row), [bytes(each) for each in row[7]])
    if merkle.leaf_hash(made) != bytes(row[8]):
        raise StateError(
            "leaf-differs",
            f"the event at position `{row[0]}` is not what the tree commits to",
            "a row of the ledger was changed behind Troth's back: restore a backup and reconcile",
        )
    return made
