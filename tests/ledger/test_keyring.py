"""The keyring: keys for their owner alone, one use each, lost keys close their use, rotation lifts what is stored."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from troth.ledger import keyfile
from troth.ledger.checkpoint import Checkpoint, sign, verify
from troth.ledger.errors import KeyFileError, KeyringError, LedgerError
from troth.ledger.keyring import HASHES, LOG, USES, WRAP, KeyedHash, Keyring, WrappedKey

PLACE = ("airline", "p-1", "case", 2026)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def ring(folder: Path) -> Keyring:
    return Keyring.create(folder)


def flips(value: bytes) -> Iterator[bytes]:
    for position in range(len(value)):
        for bit in range(8):
            yield value[:position] + bytes([value[position] ^ 1 << bit]) + value[position + 1 :]


def key_file(folder: Path, use: str, which: int = 0) -> Path:
    return folder / f"{use}.{Keyring.open(folder).key_ids(use)[which]}.key"


def material(folder: Path) -> list[str]:
    return [re.search(r'"key":"([^"]+)"', path.read_text())[1] for path in folder.glob("*.key")]


def test_a_new_keyring_has_one_key_for_each_use_and_opens_equal(folder: Path, ring: Keyring) -> None:
    """Created, then opened: the same keys, one per use, in files and a folder for their owner alone."""
    again = Keyring.open(folder)
    assert [len(ring.key_ids(use)) for use in USES] == [1] * len(USES)
    assert again.keyed_hash("suppression", "email", "a", normaliser_version=1) == ring.keyed_hash(
        "suppression", "email", "a", normaliser_version=1
    )
    assert again.signer("log").verifier == ring.signer("log").verifier
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert len(set(material(folder))) == len(USES)
    assert again.problems() == []


def test_a_second_keyring_is_never_made_over_the_first(folder: Path, ring: Keyring) -> None:
    """Creating again is refused and changes nothing: a fresh key would forget every objection."""
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(KeyringError) as caught:
        Keyring.create(folder)
    assert caught.value.code == "keyring-exists"
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert ring.problems() == []


def test_nothing_shows_key_material(folder: Path, ring: Keyring) -> None:
    """No repr and no error of a damaged key file holds a key."""
    shown = repr(ring) + repr(ring.new_data_key()) + repr(ring.signer("log"))
    path = key_file(folder, "replay")
    path.write_text(path.read_text().replace('"use":"replay"', '"use":"replay" ').replace('"key":"', '"key":"!'))
    shown += "".join(f"{each!r} {each}" for each in Keyring.open(folder).problems())
    assert "replay" in shown
    assert not any(key in shown for key in material(folder))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601, 0o777])
def test_a_key_that_others_may_read_closes_its_use_with_the_repair(folder: Path, ring: Keyring, mode: int) -> None:
    """A file wider than 0600 is refused by code with `chmod`, after which it works again; other uses never stopped."""
    path = key_file(folder, "suppression")
    path.chmod(mode)
    opened = Keyring.open(folder)
    with pytest.raises(KeyringError) as caught:
        opened.keyed_hash("suppression", "x", normaliser_version=1)
    assert caught.value.code == "key-missing"
    assert f"chmod 600 {path}" in caught.value.remedy
    assert opened.keyed_hash("replay", "x", normaliser_version=1) == ring.keyed_hash(
        "replay", "x", normaliser_version=1
    )
    path.chmod(0o600)
    assert Keyring.open(folder).keyed_hash("suppression", "x", normaliser_version=1)


def test_a_folder_in_which_others_write_is_refused(folder: Path, ring: Keyring) -> None:
    """Where others can put a key of theirs, no key is trusted."""
    assert ring.problems() == []
    folder.chmod(0o770)
    with pytest.raises(KeyFileError) as caught:
        Keyring.open(folder)
    assert caught.value.code == "key-folder-open"
    assert "chmod 700" in caught.value.remedy


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_of_another_owner_is_refused(folder: Path, ring: Keyring) -> None:
    """A key file that belongs to somebody else is refused."""
    assert ring.problems() == []
    os.chown(key_file(folder, "replay"), 12_345, -1)
    (problem,) = Keyring.open(folder).problems()
    assert "12345" in problem.message


def test_a_link_or_a_pipe_is_no_key_file(folder: Path, tmp_path: Path, ring: Keyring) -> None:
    """A symbolic link, a named pipe and a huge file are refused without being followed, waited for or read."""
    assert ring.problems() == []
    path = key_file(folder, "replay")
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert len(Keyring.open(folder).problems()) == 1
    path.unlink()
    os.mkfifo(path, 0o600)
    assert len(Keyring.open(folder).problems()) == 1
    path.unlink()
    keyfile.create(path, b"x" * (keyfile.MAX_BYTES + 1))
    assert len(Keyring.open(folder).problems()) == 1


def test_a_lost_key_closes_exactly_its_use(folder: Path, ring: Keyring) -> None:
    """With the suppression key gone, every suppression question is an error, and nothing makes a new key in silence."""
    assert ring.keyed_hash("suppression", "x", normaliser_version=1)
    key_file(folder, "suppression").unlink()
    opened = Keyring.open(folder)
    for call in (
        lambda: opened.keyed_hash("suppression", "x", normaliser_version=1),
        lambda: opened.rotate("suppression"),
    ):
        with pytest.raises(KeyringError) as caught:
            call()
        assert caught.value.code == "key-missing"
    assert opened.unwrap(opened.wrap(opened.new_data_key(), PLACE), PLACE)
    assert len(list(folder.glob("suppression.*"))) == 0


def test_a_lost_newest_key_does_not_fall_back_to_the_older(folder: Path, ring: Keyring) -> None:
    """The list of keys knows the chain: losing link 2 is an error, not a quiet return to link 1."""
    ring.rotate("suppression")
    key_file(folder, "suppression", 1).unlink()
    with pytest.raises(KeyringError, match="key-missing"):
        Keyring.open(folder).keyed_hash("suppression", "x", normaliser_version=1)


def test_every_flipped_bit_of_a_key_file_is_seen(folder: Path, ring: Keyring) -> None:
    """A damaged key file, and one that holds the key of another use, is noticed when the keyring opens."""
    assert ring.problems() == []
    path = key_file(folder, "replay")
    for bad in flips(path.read_bytes()):
        path.write_bytes(bad)
        assert [each.code for each in Keyring.open(folder).problems()] == ["key-missing"]
    path.write_bytes(key_file(folder, "question").read_bytes())
    assert Keyring.open(folder).problems()[0].code == "key-missing"


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", "not json", '{"format":"troth-keyring/1"}', '{"format":"other","uses":{}}', "[" * 100_000],
)
def test_a_damaged_list_is_refused(folder: Path, ring: Keyring, content: str) -> None:
    """A list of keys that is not one is an error with a remedy, never an empty keyring."""
    assert ring.problems() == []
    (folder / "keyring.json").write_text(content)
    with pytest.raises(KeyFileError) as caught:
        Keyring.open(folder)
    assert caught.value.remedy


def test_a_list_cannot_lead_out_of_the_folder(folder: Path, ring: Keyring) -> None:
    """A key id that is not sixteen hex digits is refused before any path is made of it."""
    path = folder / "keyring.json"
    path.write_text(path.read_text().replace(ring.key_ids("replay")[0], "../../etc/shadow"))
    with pytest.raises(KeyFileError, match="key-file-damaged"):
        Keyring.open(folder)


def test_no_folder_no_keyring(tmp_path: Path) -> None:
    """Opening what is not there is an error that names it."""
    with pytest.raises(KeyFileError, match="nowhere"):
        Keyring.open(tmp_path / "nowhere")


def test_a_wrapped_key_opens_at_its_place_only(ring: Keyring) -> None:
    """Another person, class, year or space, another keyring, or one changed bit: the key does not open."""
    key = ring.new_data_key()
    wrapped = ring.wrap(key, PLACE)
    assert ring.unwrap(wrapped, PLACE) == key
    assert key.reveal() not in wrapped.wrapped
    assert len(wrapped.wrapped) == 40
    for other in (("hotel", *PLACE[1:]), (*PLACE[:1], "p-2", *PLACE[2:]), (*PLACE[:3], 2027), PLACE[:3], ()):
        with pytest.raises(LedgerError, match="key-does-not-open"):
            ring.unwrap(wrapped, other)
    for bad in (*flips(wrapped.wrapped), b"", wrapped.wrapped[:-1], wrapped.wrapped * 2):
        with pytest.raises(LedgerError, match="key-does-not-open"):
            ring.unwrap(WrappedKey(wrapped.key_id, bad), PLACE)


def test_another_keyring_opens_nothing(ring: Keyring, tmp_path: Path) -> None:
    """A key wrapped under one ring is an unknown key for another, and hashes of two rings differ."""
    other = Keyring.create(tmp_path / "other")
    with pytest.raises(KeyringError, match="key-unknown"):
        other.unwrap(ring.wrap(ring.new_data_key(), PLACE), PLACE)
    assert other.keyed_hash("replay", "x", normaliser_version=1).digest != (
        ring.keyed_hash("replay", "x", normaliser_version=1).digest
    )


def test_the_wrapping_key_rotates(folder: Path, ring: Keyring) -> None:
    """After rotation old wraps still open, new wraps use the new key, and rewrapping needs the old one no more."""
    key = ring.new_data_key()
    old = ring.wrap(key, PLACE)
    turned = ring.rotate(WRAP)
    new = turned.rewrap(old, PLACE)
    assert new.key_id == turned.key_ids(WRAP)[1] != old.key_id
    assert turned.unwrap(old, PLACE) == turned.unwrap(new, PLACE) == key
    key_file(folder, WRAP, 0).unlink()
    with pytest.raises(KeyringError, match="key-missing"):
        Keyring.open(folder).unwrap(old, PLACE)


def test_hashes_rotate_by_nesting(folder: Path, ring: Keyring) -> None:
    """A hash stored before two rotations, lifted, equals the one a new question asks for; the old one is not found."""
    stored = ring.keyed_hash("suppression", "email", "a@b.example", normaliser_version=3)
    once = ring.rotate("suppression")
    twice = once.rotate("suppression")
    asked = twice.keyed_hash("suppression", "email", "a@b.example", normaliser_version=3)
    assert stored != asked
    assert twice.lift(stored) == twice.lift(once.lift(stored)) == twice.lift(asked) == asked
    assert Keyring.open(folder).keyed_hash("suppression", "email", "a@b.example", normaliser_version=3) == asked
    with pytest.raises(KeyringError, match="key-unknown"):
        ring.lift(asked)


def test_a_stale_keyring_does_not_rotate_over_a_newer_one(folder: Path, ring: Keyring) -> None:
    """Two operators rotate at once: the second is told to open again, and no link is dropped from the list."""
    turned = ring.rotate("replay")
    with pytest.raises(KeyringError, match="keyring-changed"):
        ring.rotate("replay")
    assert Keyring.open(folder).key_ids("replay") == turned.key_ids("replay")


def test_hashes_of_different_uses_parts_and_versions_differ(ring: Keyring) -> None:
    """Use, normaliser version and the border between two parts all count; equal input gives an equal hash."""
    base = ring.keyed_hash("replay", "ab", "c", normaliser_version=1)
    assert base == ring.keyed_hash("replay", "ab", "c", normaliser_version=1)
    others: list[KeyedHash] = [
        ring.keyed_hash("replay", "a", "bc", normaliser_version=1),
        ring.keyed_hash("replay", "abc", normaliser_version=1),
        ring.keyed_hash("replay", "ab", "c", normaliser_version=2),
        *(ring.keyed_hash(use, "ab", "c", normaliser_version=1) for use in HASHES if use != "replay"),
    ]
    assert len({each.digest for each in [base, *others]}) == len(others) + 1
    assert b"ab" not in base.digest


@pytest.mark.parametrize("use", [WRAP, LOG, "nonsense", ""])
def test_a_key_does_one_kind_of_work(ring: Keyring, use: str) -> None:
    """Wrapping and log keys make no hashes, and an unknown use is named in the error."""
    with pytest.raises(KeyringError) as caught:
        ring.keyed_hash(use, "x", normaliser_version=1)
    assert caught.value.code == "use-unknown"


def test_the_log_signs_with_its_own_key_for_good(folder: Path, ring: Keyring) -> None:
    """A checkpoint signed today verifies with the key of the keyring opened tomorrow, and that key is not rotated."""
    note = sign(Checkpoint("troth.example/log", 0, bytes(32)), ring.signer("troth.example/log"))
    assert verify(note, [Keyring.open(folder).signer("troth.example/log").verifier]).size == 0
    with pytest.raises(KeyringError, match="log-key-fixed"):
        ring.rotate(LOG)


def test_a_use_of_a_later_version_is_added_once_and_on_purpose(folder: Path, ring: Keyring) -> None:
    """A keyring from before a use says so, gets its key by an explicit act, and never a second first key."""
    path = folder / "keyring.json"
    path.write_text(path.read_text().replace(f'"question":["{ring.key_ids("question")[0]}"],', ""))
    older = Keyring.open(folder)
    with pytest.raises(KeyringError, match="use-without-key"):
        older.keyed_hash("question", "x", normaliser_version=1)
    newer = older.add_use("question")
    assert newer.keyed_hash("question", "x", normaliser_version=1)
    with pytest.raises(KeyringError, match="use-exists"):
        newer.add_use("question")
    with pytest.raises(KeyringError, match="keyring-changed"):
        older.add_use("question")
    with pytest.raises(KeyringError, match="use-unknown"):
        older.add_use("nonsense")


def test_a_secret_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """Creating never overwrites, replacing does, and no draft is left behind in either case."""
    path = tmp_path / "secret"
    keyfile.create(path, b"first")
    with pytest.raises(KeyFileError, match="key-file-exists"):
        keyfile.create(path, b"second")
    assert keyfile.read(path) == b"first"
    keyfile.replace(path, b"third")
    assert keyfile.read(path) == b"third"
    assert list(tmp_path.iterdir()) == [path]
