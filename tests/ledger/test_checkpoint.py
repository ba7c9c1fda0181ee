"""Signed notes, checkpoints and cosignatures: the published examples, and every flipped byte."""

from __future__ import annotations

import base64
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troth.ledger import checkpoint as cp
from troth.ledger.errors import NoteError

# The worked example in the documentation of the reference implementation of signed notes.
REFERENCE_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
REFERENCE_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
REFERENCE_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
REFERENCE_LINE = (
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
# The example in C2SP tlog-cosignature (its keys are not published).
COSIGNED_EXAMPLE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp"
    "+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEh"
    "ZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)

ROOT = sha256(b"a root").digest()
LOG = cp.Signer.from_seed("troth.example/airline", bytes(range(32)))
WITNESS = cp.Signer.from_seed("witness.example/one", bytes(range(1, 33)), cp.KeyKind.WITNESS)
STRANGER = cp.Signer.from_seed("troth.example/airline", bytes(range(2, 34)))
HEAD = cp.Checkpoint("troth.example/airline", 4_711, ROOT)


def test_the_reference_note_comes_out_byte_for_byte() -> None:
    """Key line, key id and signature equal the published example of signed notes."""
    signer = cp.Signer.from_seed("PeterNeumann", REFERENCE_SEED)
    assert signer.verifier.text == REFERENCE_KEY
    assert cp.VerifierKey.parse(REFERENCE_KEY) == signer.verifier
    assert signer.line(REFERENCE_TEXT.encode()) == REFERENCE_LINE
    parsed = cp.Note.parse(f"{REFERENCE_TEXT}\n{REFERENCE_LINE}")
    assert parsed.text == REFERENCE_TEXT
    assert parsed.signatures[0].is_of(signer.verifier)


def test_the_published_cosigned_checkpoint_is_read() -> None:
    """The example of tlog-cosignature parses: origin, size, root, and the witness's time in its line."""
    note = cp.Note.parse(COSIGNED_EXAMPLE)
    head = cp.Checkpoint.parse(note.text)
    assert (head.origin, head.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert head.text == note.text
    assert note.signatures[1].key_id.hex() == "8d66cf3f"
    assert int.from_bytes(note.signatures[1].payload[:8]) == 1_679_315_147
    assert cp._cosigned(note.text, 1_679_315_147).decode() == "cosignature/v1\ntime 1679315147\n" + note.text


def test_a_checkpoint_travels_signed_and_cosigned() -> None:
    """What the log signs and a witness cosigns is read back equal, with the witness's time."""
    note = cp.cosign(cp.sign(HEAD, LOG), WITNESS, 1_700_000_000)
    assert cp.verify(note, [LOG.verifier]) == HEAD
    assert cp.cosignatures(note, [WITNESS.verifier]) == [cp.Cosignature("witness.example/one", 1_700_000_000)]
    assert cp.cosignatures(note, [LOG.verifier]) == []


@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30),
    st.integers(0, cp.MAX_SIZE),
    st.binary(min_size=32, max_size=32),
)
def test_any_checkpoint_text_comes_back_equal(origin: str, size: int, root: bytes) -> None:
    """Writing and reading a checkpoint are each other's inverse."""
    head = cp.Checkpoint(origin, size, root)
    assert cp.Checkpoint.parse(head.text) == head


def test_a_key_speaks_for_its_own_log_only() -> None:
    """A checkpoint of another log is neither signed with this log's key nor believed when somebody did sign it so."""
    other = cp.Checkpoint("troth.example/another", 1, ROOT)
    with pytest.raises(NoteError, match="other-log"):
        cp.sign(other, LOG)
    with pytest.raises(NoteError, match="other-log"):
        cp.verify(f"{other.text}\n{LOG.line(other.text.encode())}", [LOG.verifier])


def test_every_flipped_bit_of_a_note_is_seen() -> None:
    """One changed bit anywhere in text or signature of the log, and the note is no longer trusted."""
    note = cp.sign(HEAD, LOG).encode()
    assert cp.verify(note.decode(), [LOG.verifier]) == HEAD
    for position in range(len(note)):
        for bit in range(8):
            bad = note[:position] + bytes([note[position] ^ 1 << bit]) + note[position + 1 :]
            try:
                text = bad.decode()
            except UnicodeDecodeError:
                continue
            with pytest.raises(NoteError):
                cp.verify(text, [LOG.verifier])


def test_every_flipped_bit_of_a_cosignature_is_seen() -> None:
    """One changed bit in the witness's line is an error or leaves no cosignature; the log's own word still stands."""
    signed = cp.sign(HEAD, LOG)
    note = cp.cosign(signed, WITNESS, 1_700_000_000).encode()
    for position in range(len(signed.encode()), len(note)):
        for bit in range(8):
            bad = note[:position] + bytes([note[position] ^ 1 << bit]) + note[position + 1 :]
            try:
                seen = cp.cosignatures(bad.decode(), [WITNESS.verifier])
            except (UnicodeDecodeError, NoteError):
                continue
            assert seen == []


def test_another_key_of_the_same_name_is_not_trusted() -> None:
    """A stranger who takes the log's name signs in vain, and its line beside the right one changes nothing."""
    forged = cp.sign(HEAD, STRANGER)
    with pytest.raises(NoteError) as caught:
        cp.verify(forged, [LOG.verifier])
    assert caught.value.code == "nobody-trusted-signed"
    both = cp.sign(HEAD, LOG) + forged.rpartition("\n\n")[2]
    assert cp.verify(both, [LOG.verifier]) == HEAD


def test_a_false_line_of_a_known_key_spoils_the_note() -> None:
    """Beside a right signature, a false one of a trusted key is refused, as C2SP advises."""
    other = cp.sign(cp.Checkpoint("troth.example/airline", 4_712, ROOT), LOG)
    with pytest.raises(NoteError) as caught:
        cp.verify(cp.sign(HEAD, LOG) + other.rpartition("\n\n")[2], [LOG.verifier])
    assert caught.value.code == "signature-does-not-fit"


def test_a_cosignature_is_no_signature_of_the_log() -> None:
    """A witness's line never counts as the log's, and neither kind of key does the other's work."""
    with pytest.raises(NoteError, match="wrong-kind-of-key"):
        cp.sign(HEAD, WITNESS)
    with pytest.raises(NoteError, match="wrong-kind-of-key"):
        cp.cosign(cp.sign(HEAD, LOG), LOG, 1)
    only_witness = f"{HEAD.text}\n" + cp.cosign(cp.sign(HEAD, LOG), WITNESS, 1).splitlines(keepends=True)[-1]
    with pytest.raises(NoteError, match="nobody-trusted-signed"):
        cp.verify(only_witness, [LOG.verifier, WITNESS.verifier])
    assert cp.cosignatures(only_witness, [WITNESS.verifier]) == [cp.Cosignature("witness.example/one", 1)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no signature\n",
        "text\n\nno dash\n",
        "text\n\n\u2014 name\n",
        "text\n\n\u2014 name !!!\n",
        "text\n\n\u2014 name AAAA\n",
        "text\n\n\u2014 name AAAAAAAAAAA=",
        "te\x1bxt\n\n\u2014 name AAAAAAAAAAA=\n",
        "te\ud800xt\n\n\u2014 name AAAAAAAAAAA=\n",
        "te\rxt\n\n\u2014 name AAAAAAAAAAA=\n",
        "text\n\n" + "\u2014 name AAAAAAAAAAA=\n" * 65,
        "x" * 70_000,
    ],
)
def test_a_malformed_note_is_refused_by_code(text: str) -> None:
    """Whatever is not a signed note is `bad-note`, with a remedy."""
    with pytest.raises(NoteError) as caught:
        cp.verify(text, [LOG.verifier])
    assert caught.value.code == "bad-note"
    assert caught.value.remedy


@pytest.mark.parametrize("size", ["-1", "007", "1e3", "9" * 19, "9" * 5_000, "", "\u0663"])
def test_a_strange_size_is_refused(size: str) -> None:
    """A size that is not a plain number of at most 2**63 - 1 is refused."""
    with pytest.raises(NoteError) as caught:
        cp.Checkpoint.parse(f"origin\n{size}\n{base64.b64encode(ROOT).decode()}\n")
    assert caught.value.code == "bad-checkpoint"


@pytest.mark.parametrize("root", ["", "AAAA", "not base64", base64.b64encode(ROOT).decode()[:-2] + "9="])
def test_a_strange_root_is_refused(root: str) -> None:
    """A root that is not the one right base64 of 32 bytes is refused."""
    with pytest.raises(NoteError, match="bad-checkpoint"):
        cp.Checkpoint.parse(f"origin\n1\n{root}\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+c74f20a3",
        REFERENCE_KEY.replace("c74f20a3", "c74f20a4"),
        REFERENCE_KEY.replace("Peter", "Meter"),
        REFERENCE_KEY[:-4],
        "name+00000000+",
        "name+00000000+/////w==",
    ],
)
def test_a_damaged_verifier_key_is_refused(text: str) -> None:
    """A key line that is cut, renamed or re-hashed is refused with a remedy."""
    with pytest.raises(NoteError) as caught:
        cp.VerifierKey.parse(text)
    assert caught.value.code == "bad-verifier-key"


def test_a_signer_never_shows_its_key() -> None:
    """The private half is in no repr."""
    assert bytes(range(32)).hex() not in repr(LOG)
    assert "private" not in repr(LOG).lower()
