"""The approval of a plan: a person with the right role signs exactly this plan with a key of their own.

The signature is Ed25519 over a fixed first line, the plan's hash, the role and the time, each on its line. An edited
plan has another hash, so an old signature never carries over. The public key says which key signed; who holds that key
is the staff register's business. Time comes in as text; this module reads no clock.
"""

from __future__ import annotations

import base64
import re
from binascii import Error as Base64Error
from collections.abc import Collection
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from troth.ledger import keyfile
from troth.ledger.errors import ApprovalError, KeyFileError
from troth.model.personal import Secret
from troth.model.plan import Approval

_FIRST_LINE = "troth-plan-approval/1"
_HASH = re.compile(r"[0-9a-f]{64}")
_LINE = re.compile("[^\x00-\x1f\x7f\ud800-\udfff]{1,200}")


def approval_message(plan: str, role: str, at: str) -> bytes:
    """The bytes that an approval signs: plan hash (sha256, hex), role, and time as text, each on its line."""
    if not _HASH.fullmatch(plan):
        raise ApprovalError(
            "bad-plan-hash", f"`{plan[:80]}` is not a plan hash", "give the 64 hex digits that the plan prints"
        )
    for name, value in (("role", role), ("time", at)):
        if not _LINE.fullmatch(value):
            raise ApprovalError(
                f"bad-{name}", f"the {name} of an approval must be one line of text", f"give the {name} on one line"
            )
    return f"{_FIRST_LINE}\n{plan}\n{role}\n{at}".encode()


class StaffKey:
    """The private key of one member of staff. Its text forms hide it."""

    __slots__ = ("_private",)

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    def __repr__(self) -> str:
        return f"StaffKey({self.public_key_text})"

    @property
    def public_key_text(self) -> str:
        """The public key in base64: what the staff register lists."""
        return base64.b64encode(self._private.public_key().public_bytes_raw()).decode()

    @classmethod
    def create(cls, path: Path, passphrase: Secret | None = None) -> StaffKey:
        """A new key in a new file (PEM, PKCS #8, mode 0600), under the passphrase if one is given."""
        private = Ed25519PrivateKey.generate()
        lock: pem.KeySerializationEncryption = pem.NoEncryption()
        if passphrase is not None:
            lock = pem.BestAvailableEncryption(_passphrase_bytes(passphrase))
        keyfile.create(path, private.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, lock))
        return cls(private)

    @classmethod
    def open(cls, path: Path, passphrase: Secret | None = None) -> StaffKey:
        """The key in `path`; KeyFileError when it is open to others, needs another passphrase, or is no such key."""
        content = keyfile.read(path)
        locked = b"ENCRYPTED PRIVATE KEY" in content
        if locked and passphrase is None:
            raise KeyFileError("passphrase-needed", f"the key file `{path}` is locked", "give its passphrase")
        opener = _passphrase_bytes(passphrase) if locked and passphrase is not None else None
        try:
            private = pem.load_pem_private_key(content, opener)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            code = "passphrase-wrong" if locked else "key-file-damaged"
            raise KeyFileError(code, f"the key file `{path}` does not open", _remedy(locked=locked)) from None
        if not isinstance(private, Ed25519PrivateKey):
            raise KeyFileError("not-ed25519", f"the key in `{path}` is of another kind", _remedy(locked=False))
        return cls(private)

    def approve(self, plan: str, *, signer: str, role: str, at: str) -> Approval:
        """Sign exactly this plan. `signer` is the staff id, carried beside the signature and not covered by it."""
        signature = self._private.sign(approval_message(plan, role, at))
        return Approval(
            plan=plan,
            signer=signer,
            role=role,
            at=at,
            signature=base64.b64encode(signature).decode(),
            public_key=self.public_key_text,
        )


def verify_approval(approval: Approval, *, plan: str, allowed: Collection[str]) -> None:
    """Return only if `approval` is a signature under `plan` by one of the `allowed` public keys.

    Raises ApprovalError: `other-plan`, `signer-not-allowed`, `approval-does-not-fit`.
    """
    if approval.plan != plan:
        raise ApprovalError(
            "other-plan", "the approval is for another plan than this one", "show this plan again and have it signed"
        )
    if approval.public_key not in allowed:
        raise ApprovalError(
            "signer-not-allowed",
            "the approval was signed with a key that may not approve",
            "have it signed by somebody in the right role, or list the key in the staff register",
        )
    message = approval_message(approval.plan, approval.role, approval.at)
    try:
        public = Ed25519PublicKey.from_public_bytes(_unbase64(approval.public_key))
        public.verify(_unbase64(approval.signature), message)
    except (InvalidSignature, ValueError):
        raise ApprovalError(
            "approval-does-not-fit",
            "the signature does not fit the plan, role and time of the approval",
            "have the plan signed again",
        ) from None


def _unbase64(text: str) -> bytes:
    """Standard base64 in its one right spelling."""
    try:
        raw = base64.b64decode(text, validate=True)
    except Base64Error:
        raise ValueError("not base64") from None
    if base64.b64encode(raw).decode() != text:
        raise ValueError("not the plain spelling")
    return raw


def _passphrase_bytes(passphrase: Secret) -> bytes:
    try:
        raw = passphrase.reveal().encode()
    except UnicodeEncodeError:
        raw = b""
    if not raw:
        raise KeyFileError("passphrase-empty", "a passphrase must be text, and not empty", "give one, or none at all")
    return raw


def _remedy(*, locked: bool) -> str:
    if locked:
        return "check the passphrase; if it is lost, make a new key and list it in the staff register"
    return "name the Ed25519 key file that was made for approvals, or make a new one"
