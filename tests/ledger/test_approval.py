"""Approvals: a signature stands for exactly one plan, role and time, by an allowed key, and for nothing else."""

from __future__ import annotations

import base64
import dataclasses
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from troth.ledger import keyfile
from troth.ledger.approval import StaffKey, approval_message, verify_approval
from troth.ledger.errors import ApprovalError, KeyFileError, LedgerError
from troth.model.personal import Personal
from troth.model.plan import Approval

PLAN = "ab" * 32
AT = "2026-03-01T09:00:00+00:00"


@pytest.fixture
def key(tmp_path: Path) -> StaffKey:
    return StaffKey.create(tmp_path / "officer.pem")


@pytest.fixture
def approval(key: StaffKey) -> Approval:
    return key.approve(PLAN, signer="staff:7", role="privacy-officer", at=AT)


def test_the_message_is_four_lines() -> None:
    """What is signed is readable and fixed: first line, plan hash, role, time."""
    expected = f"troth-plan-approval/1\n{PLAN}\nprivacy-officer\n{AT}".encode()
    assert approval_message(PLAN, "privacy-officer", AT) == expected


def test_an_approval_of_this_plan_by_an_allowed_key_stands(key: StaffKey, approval: Approval) -> None:
    """The signature is accepted for its plan and key."""
    verify_approval(approval, plan=PLAN, allowed={key.public_key_text})


def test_an_edited_plan_needs_a_new_approval(key: StaffKey, approval: Approval) -> None:
    """The approval of one plan is refused for another, and rewriting its hash breaks the signature."""
    other = "cd" * 32
    with pytest.raises(ApprovalError, match="other-plan"):
        verify_approval(approval, plan=other, allowed={key.public_key_text})
    with pytest.raises(ApprovalError, match="approval-does-not-fit"):
        verify_approval(dataclasses.replace(approval, plan=other), plan=other, allowed={key.public_key_text})


@pytest.mark.parametrize(
    "change", [{"role": "clerk"}, {"at": "2026-03-02T09:00:00+00:00"}, {"signature": ""}, {"signature": "\u00e4"}]
)
def test_role_and_time_are_signed(key: StaffKey, approval: Approval, change: dict[str, str]) -> None:
    """Another role or time, or no signature, does not fit."""
    with pytest.raises(ApprovalError, match="approval-does-not-fit"):
        verify_approval(dataclasses.replace(approval, **change), plan=PLAN, allowed={key.public_key_text})


def test_every_flipped_bit_of_a_signature_is_seen(key: StaffKey, approval: Approval) -> None:
    """One changed bit in the signature, and it does not fit; loose bits of its base64 included."""
    raw = base64.b64decode(approval.signature)
    spelled = [
        base64.b64encode(raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :]).decode()
        for at in range(64)
        for bit in range(8)
    ]
    loose = approval.signature[:-3] + chr(ord(approval.signature[-3]) + 1) + "=="
    assert base64.b64decode(loose) == raw
    for bad in [*spelled, loose, approval.signature[:-4]]:
        with pytest.raises(ApprovalError, match="approval-does-not-fit"):
            verify_approval(dataclasses.replace(approval, signature=bad), plan=PLAN, allowed={key.public_key_text})


def test_a_key_that_may_not_approve_is_refused(tmp_path: Path, approval: Approval) -> None:
    """A right signature by a key outside the register is a no; so is one that claims a listed key it did not use."""
    listed = StaffKey.create(tmp_path / "listed.pem").public_key_text
    with pytest.raises(ApprovalError, match="signer-not-allowed"):
        verify_approval(approval, plan=PLAN, allowed={listed})
    with pytest.raises(ApprovalError, match="signer-not-allowed"):
        verify_approval(approval, plan=PLAN, allowed=set())
    with pytest.raises(ApprovalError, match="approval-does-not-fit"):
        verify_approval(dataclasses.replace(approval, public_key=listed), plan=PLAN, allowed={listed})


@pytest.mark.parametrize(
    ("plan", "role", "at", "code"),
    [
        ("", "r", AT, "bad-plan-hash"),
        (PLAN.upper(), "r", AT, "bad-plan-hash"),
        (PLAN + "\n", "r", AT, "bad-plan-hash"),
        (PLAN, "", AT, "bad-role"),
        (PLAN, "officer\n2026", AT, "bad-role"),
        (PLAN, "\ud800", AT, "bad-role"),
        (PLAN, "r", "", "bad-time"),
        (PLAN, "r", "x\ny", "bad-time"),
        (PLAN, "r" * 300, AT, "bad-role"),
    ],
)
def test_nothing_can_be_smuggled_into_the_message(plan: str, role: str, at: str, code: str) -> None:
    """A hash of another form, an empty field or a field with a line break is refused before it is signed."""
    with pytest.raises(ApprovalError) as caught:
        approval_message(plan, role, at)
    assert caught.value.code == code


def test_a_staff_key_is_stored_for_its_owner_and_opens_equal(tmp_path: Path, key: StaffKey) -> None:
    """PEM PKCS #8, mode 0600; opened again it is the same key; wider it is refused with the repair."""
    path = tmp_path / "officer.pem"
    assert path.read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----")
    assert path.stat().st_mode & 0o777 == 0o600
    assert StaffKey.open(path).public_key_text == key.public_key_text
    path.chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod 600"):
        StaffKey.open(path)


def test_a_locked_staff_key_needs_its_passphrase(tmp_path: Path) -> None:
    """Under a passphrase the key opens with it, and with another, none or an empty one it is refused by code."""
    path, phrase = tmp_path / "locked.pem", Personal("correct horse")
    made = StaffKey.create(path, phrase)
    assert b"ENCRYPTED" in path.read_bytes()
    assert StaffKey.open(path, phrase).public_key_text == made.public_key_text
    for given, code in [
        (None, "passphrase-needed"),
        (Personal("wrong"), "passphrase-wrong"),
        (Personal(""), "passphrase-empty"),
        (Personal("\ud800"), "passphrase-empty"),
    ]:
        with pytest.raises(KeyFileError) as caught:
            StaffKey.open(path, given)
        assert caught.value.code == code
        assert "horse" not in str(caught.value)


def test_another_file_is_no_staff_key(tmp_path: Path) -> None:
    """Rubbish, a cut file and a key of another kind are refused, and an existing file is never overwritten."""
    path = tmp_path / "rubbish.pem"
    keyfile.create(path, b"rubbish")
    with pytest.raises(LedgerError, match="key-file-damaged"):
        StaffKey.open(path)
    with pytest.raises(LedgerError, match="key-file-exists"):
        StaffKey.create(path)
    other = X25519PrivateKey.generate().private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption())
    keyfile.replace(path, other)
    with pytest.raises(LedgerError, match="not-ed25519"):
        StaffKey.open(path)


def test_a_staff_key_never_shows_itself(tmp_path: Path, key: StaffKey) -> None:
    """Its repr is the public key."""
    secret = (tmp_path / "officer.pem").read_text().splitlines()[1]
    assert secret not in repr(key)
    assert repr(key) == f"StaffKey({key.public_key_text})"
