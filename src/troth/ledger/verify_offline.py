"""Check a Troth receipt or ledger export, offline, without trusting Troth.

One file on purpose: it needs Python 3.11 and the package `cryptography`, imports nothing of Troth, and is imported by
nothing of Troth. Copy it, read it, run it elsewhere:

    python verify_offline.py BUNDLE.json --trust 'name+hash+base64' --witnessed my-older-checkpoint.txt

Exit codes: 0 everything holds, 2 something does not, 1 it could not be checked (the message says why). The format of a
bundle is docs/reference/receipt-bundle.md. The rules are RFC 6962 (tree), C2SP signed-note, tlog-checkpoint and
tlog-cosignature (checkpoints), RFC 8785 without fractions (canonical JSON), Ed25519 (signatures). It writes no file,
opens no connection, and asks no clock.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import sys
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, NoReturn

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    sys.exit("could not run: the package `cryptography` is not installed: run `python -m pip install cryptography`")

HOLDS, COULD_NOT_RUN, FAILS = 0, 1, 2
RECEIPT, LEDGER = "troth-receipt/1", "troth-ledger/1"
LOG_KEY, WITNESS_KEY = 1, 4
MAX_SIZE, MAX_NUMBER = 2**63 - 1, 2**53 - 1
HASH_BYTES, CHECKPOINT_LINES = 32, 3
EMPTY_ROOT = sha256(b"").digest()

HEX_HASH = re.compile(r"[0-9a-f]{64}")
FORBIDDEN_IN_NOTES = re.compile("[\x00-\x09\x0b-\x1f\ud800-\udfff]")


class CannotRunError(Exception):
    """The input is not of the form that can be checked; the text says where and what."""


# --- what was found ---------------------------------------------------------------------------------------------------


@dataclass
class Check:
    """One line of the result. `holds` is None for a caution: neither proven nor refuted."""

    holds: bool | None
    what: str
    proves: str = ""
    not_proven: str = ""


@dataclass
class Result:
    """All checks of one file."""

    checks: list[Check] = field(default_factory=list)

    def test(self, what: str, *, holds: bool, proves: str = "", not_proven: str = "") -> bool:
        """Note one check and hand its outcome on; only what holds proves anything."""
        self.checks.append(Check(holds, what, proves, not_proven) if holds else Check(holds, what))
        return holds

    def caution(self, what: str, not_proven: str) -> None:
        """Note what could not be checked with what was given."""
        self.checks.append(Check(None, what, not_proven=not_proven))

    @property
    def code(self) -> int:
        """The exit code: one failed check fails all, and a result without a check holds nothing."""
        held = [check.holds for check in self.checks]
        return HOLDS if True in held and False not in held else FAILS


# --- reading values ---------------------------------------------------------------------------------------------------


def shown(text: object) -> str:
    """Text of the file for a terminal: no control characters, not endless."""
    return "".join(each if each.isprintable() else "?" for each in str(text)[:120])


def take(holder: Any, name: str, kind: type, where: str) -> Any:
    """The field `name` of a JSON object, of the given kind; anything else names the place."""
    if not isinstance(holder, dict):
        raise CannotRunError(f"{where} is not a JSON object")
    if name not in holder:
        raise CannotRunError(f"{where} has no field `{name}`")
    if type(holder[name]) is not kind:
        raise CannotRunError(f"the field `{name}` of {where} is not of the kind {kind.__name__}")
    return holder[name]


def take_hash(holder: Any, name: str, where: str) -> bytes:
    """A field that holds 64 lower-case hex digits, as 32 bytes."""
    return to_hash(take(holder, name, str, where), f"the field `{name}` of {where}")


def take_hashes(holder: Any, name: str, where: str) -> list[bytes]:
    """A field that holds a list of hashes."""
    listed = take(holder, name, list, where)
    return [to_hash(each, f"the field `{name}[{number}]` of {where}") for number, each in enumerate(listed)]


def to_hash(text: object, where: str) -> bytes:
    """64 lower-case hex digits as 32 bytes."""
    if not isinstance(text, str) or not HEX_HASH.fullmatch(text):
        raise CannotRunError(f"{where} is not a hash of 64 lower-case hex digits")
    return bytes.fromhex(text)


def unbase64(text: str) -> bytes:
    """Standard base64 in its one right spelling, or ValueError."""
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError("another spelling of the same bytes")
    return raw


def canonical(value: Any, where: str) -> bytes:
    """RFC 8785 for text, whole numbers, true, false, null, lists and objects."""
    if isinstance(value, bool) or value is None:
        return json.dumps(value).encode()
    if isinstance(value, int):
        if abs(value) > MAX_NUMBER:
            raise CannotRunError(f"{where} holds a number too large to be exact")
        return b"%d" % value
    if isinstance(value, str):
        try:
            return json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise CannotRunError(f"{where} holds broken text") from None
    if isinstance(value, list):
        return b"[" + b",".join(canonical(each, where) for each in value) + b"]"
    try:
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
    except UnicodeEncodeError:
        raise CannotRunError(f"{where} holds broken text") from None
    return b"{" + b",".join(canonical(key, where) + b":" + canonical(value[key], where) for key in keys) + b"}"


def read_json(path: Path) -> Any:
    """The JSON of a file: no fractions, no key twice."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise CannotRunError(f"`{shown(path)}` gives one field twice in the same object")
        return found

    def fraction(text: str) -> NoReturn:
        raise CannotRunError(f"`{shown(path)}` holds `{shown(text)}`, and a bundle holds whole numbers only")

    try:
        return json.loads(read_text(path), object_pairs_hook=once, parse_float=fraction, parse_constant=fraction)
    except ValueError:
        raise CannotRunError(f"`{shown(path)}` is not JSON") from None
    except RecursionError:
        raise CannotRunError(f"`{shown(path)}` is nested too deeply") from None


def read_text(path: Path) -> str:
    """The text of a file."""
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError:
        raise CannotRunError(f"`{shown(path)}` is not UTF-8 text") from None
    except OSError as error:
        raise CannotRunError(f"`{shown(path)}` cannot be read: {error.strerror}") from None


# --- the tree (RFC 6962, section 2.1) ---------------------------------------------------------------------------------


def leaf_hash(data: bytes) -> bytes:
    """Hash of a leaf."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of a node over its children."""
    return sha256(b"\x01" + left + right).digest()


def cut(size: int) -> int:
    """The largest power of two below `size`: how many leaves are on the left."""
    return 1 << ((size - 1).bit_length() - 1)


def root_by_path(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root to which a path leads; ValueError when the path has not the right length."""
    if size == 1:
        if path:
            raise ValueError("too long")
        return leaf
    if not path:
        raise ValueError("too short")
    left, rest, top = cut(size), path[:-1], path[-1]
    if index < left:
        return node_hash(root_by_path(leaf, index, left, rest), top)
    return node_hash(top, root_by_path(leaf, index - left, size - left, rest))


def roots_by_proof(old: int, new: int, proof: list[bytes], known: bytes | None) -> tuple[bytes, bytes]:
    """Old and new root to which a consistency proof leads; `known` is the old root while it is a whole subtree."""
    if old == new:
        if len(proof) != (known is None):
            raise ValueError("wrong length")
        value = proof[0] if known is None else known
        return value, value
    if not proof:
        raise ValueError("too short")
    left, rest, top = cut(new), proof[:-1], proof[-1]
    if old <= left:
        before, after = roots_by_proof(old, left, rest, known)
        return before, node_hash(after, top)
    before, after = roots_by_proof(old - left, new - left, rest, None)
    return node_hash(top, before), node_hash(top, after)


def is_included(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> bool:
    """Whether the path leads from the leaf hash to the root."""
    try:
        return 0 <= index < size and root_by_path(leaf, index, size, path) == root
    except ValueError:
        return False


def is_consistent(old: Head, new: Head, proof: list[bytes]) -> bool:
    """Whether the proof shows the old head to be the beginning of the new one."""
    if old.size == 0:
        return not proof and old.root == EMPTY_ROOT
    if old.size > new.size:
        return False
    try:
        return roots_by_proof(old.size, new.size, proof, old.root) == (old.root, new.root)
    except ValueError:
        return False


def root_of(leaves: list[bytes]) -> bytes:
    """The root over leaf hashes: complete subtrees on a stack, folded from the right."""
    stack: list[tuple[int, bytes]] = []
    for leaf in leaves:
        level, value = 0, leaf
        while stack and stack[-1][0] == level:
            value, level = node_hash(stack.pop()[1], value), level + 1
        stack.append((level, value))
    if not stack:
        return EMPTY_ROOT
    root = stack.pop()[1]
    while stack:
        root = node_hash(stack.pop()[1], root)
    return root


# --- notes and keys (C2SP) --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Key:
    """A verifier key, `name+hash+base64`."""

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The first four bytes of each of its signatures."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]


@dataclass(frozen=True)
class Head:
    """A checkpoint: what the log called `origin` was at `size`."""

    origin: str
    size: int
    root: bytes
    text: str
    lines: tuple[tuple[str, bytes], ...]
    """Signatures, not yet checked: name, and key id with signature."""


def parse_key(text: str, where: str) -> Key:
    """Read a verifier key."""
    try:
        name, key_id, material = text.strip().split("+", 2)
        key = Key(name, *split_material(unbase64(material)))
        fits = bool(name) and key.key_id.hex() == key_id
    except ValueError:
        fits = False
    if not fits:
        raise CannotRunError(f"{where} is not an Ed25519 verifier key of the form `name+hash+base64`")
    return key


def split_material(raw: bytes) -> tuple[int, bytes]:
    """Kind and public key, or ValueError."""
    if len(raw) != 1 + HASH_BYTES or raw[0] not in {LOG_KEY, WITNESS_KEY}:
        raise ValueError("not a known kind")
    return raw[0], raw[1:]


def parse_note(note: str, where: str) -> Head:
    """Read a signed checkpoint, without checking its signatures."""
    text, blank, tail = note.rpartition("\n\n")
    lines = text.split("\n")
    well_formed = blank and tail.endswith("\n") and not FORBIDDEN_IN_NOTES.search(note)
    if not well_formed or len(lines) < CHECKPOINT_LINES or not all(lines):
        raise CannotRunError(f"{where} is not a signed checkpoint")
    if not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]) or int(lines[1]) > MAX_SIZE:
        raise CannotRunError(f"{where} names a size that is not a plain number")
    try:
        root = unbase64(lines[2])
        signatures = tuple(parse_signature(line) for line in tail[:-1].split("\n"))
    except ValueError:
        raise CannotRunError(f"{where} is damaged: a root or signature is not plain base64") from None
    if len(root) != HASH_BYTES:
        raise CannotRunError(f"{where} is damaged: its root has not 32 bytes")
    return Head(lines[0], int(lines[1]), root, text + "\n", signatures)


def parse_signature(line: str) -> tuple[str, bytes]:
    """`\u2014 name base64` as name and bytes, or ValueError."""
    dash, name, blob = line.split(" ")
    if dash != "\u2014" or not name:
        raise ValueError("not a signature line")
    return name, unbase64(blob)


def signed_by(head: Head, key: Key) -> bool:
    """Whether the key signed the checkpoint; one false line of this key spoils it."""
    own = [blob[4:] for name, blob in head.lines if name == key.name and blob[:4] == key.key_id]
    return bool(own) and all(signature_fits(head.text, key, blob) for blob in own)


def signature_fits(text: str, key: Key, blob: bytes) -> bool:
    """Ed25519 over the text, for a witness over its time and the text."""
    message = text.encode()
    if key.kind == WITNESS_KEY:
        at, blob = int.from_bytes(blob[:8], "big"), blob[8:]
        message = f"cosignature/v1\ntime {at}\n{text}".encode()
    return ed25519_fits(key.public, blob, message)


def ed25519_fits(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the signature stands under the message."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


# --- the checks -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """What the person who checks brings along."""

    trusted: tuple[Key, ...]
    approvers: tuple[str, ...]
    witnessed: tuple[tuple[str, Head], ...]
    """File name and older checkpoint."""


@dataclass
class Checker:
    """One file under check: the fields of the bundle, what was brought along, and the result so far."""

    bundle: dict[str, Any]
    asked: Asked
    head: Head
    log: Key
    result: Result = field(default_factory=Result)

    def checkpoint(self) -> None:
        """The log signed it, and so did each witness that was named."""
        given = [key for key in self.asked.trusted if key.kind == LOG_KEY]
        self.result.test(
            f"checkpoint of {self.head.size} events is signed by the log `{shown(self.log.name)}`",
            holds=self.head.origin == self.log.name and all(signed_by(self.head, key) for key in given or [self.log]),
            proves="the holder of this key stated this size and root",
            not_proven="that everybody was shown the same log: keep this checkpoint for --witnessed",
        )
        if given:
            self.result.test("the bundle names the key that you trust", holds=given == [self.log])
        else:
            self.result.caution(
                "no --trust given: the key came from the bundle itself and proves nothing about who signed",
                "who made this: get the organisation's key by another way and pass it with --trust",
            )
        for key in self.asked.trusted:
            if key.kind == WITNESS_KEY:
                self.result.test(
                    f"witness `{shown(key.name)}` cosigned the checkpoint",
                    holds=signed_by(self.head, key),
                    proves="the witness knew of no other history of this log when it signed",
                )

    def events(self) -> list[dict[str, Any]]:
        """Each event is in the log; returns the envelopes of those that are."""
        listed, found, last = take(self.bundle, "events", list, "the bundle"), [], -1
        for number, event in enumerate(listed):
            where = f"`events[{number}]`"
            envelope, index = take(event, "envelope", dict, where), take(event, "index", int, where)
            commitments, path = take_hashes(event, "slot_commitments", where), take_hashes(event, "proof", where)
            leaf = leaf_hash(canonical(envelope, where) + b"".join(commitments))
            if index > last and is_included(leaf, index, self.head.size, path, self.head.root):
                found.append(envelope)
                last = index
            else:
                self.result.test(f"{where} is in the log at index {shown(index)}, and after those before", holds=False)
        self.result.test(
            f"{len(found)} of {len(listed)} events are in the log under this checkpoint",
            holds=bool(found) and len(found) == len(listed),
            proves="these events, with these commitments to their slots, stood at these places when it was signed",
            not_proven="that what they say is true, or that nothing else happened",
        )
        return found

    def receipt(self, envelopes: list[dict[str, Any]]) -> None:
        """The receipt is the one that the log committed to when the case was closed."""
        receipt = take(self.bundle, "receipt", dict, "the bundle")
        named = take_hash(self.bundle, "receipt_sha256", "the bundle").hex()
        real = sha256(canonical(receipt, "the field `receipt` of the bundle")).hexdigest()
        committed = [each.get("receipt_sha256") for each in envelopes if each.get("kind") == "case.closed"]
        self.result.test(
            "the receipt is the one that the log holds for the closed case",
            holds=real == named and real in committed,
            proves="not a word of it changed since the case was closed",
            not_proven="that the stores really are as it says: it is the organisation's own account",
        )

    def approval(self) -> None:
        """Whoever approved signed exactly the plan that the receipt names."""
        receipt = take(self.bundle, "receipt", dict, "the bundle")
        for name in ("approval", "plan_sha256"):
            if name not in self.bundle:
                raise CannotRunError(f"the bundle has no field `{name}` (null where the case needed no plan)")
        if self.bundle["approval"] is None:
            nothing = not (receipt.get("plan") or receipt.get("approval") or self.bundle["plan_sha256"])
            self.result.test("no approval is given, and the receipt names no plan", holds=nothing)
            return
        approval, plan = (
            take(self.bundle, "approval", dict, "the bundle"),
            take_hash(self.bundle, "plan_sha256", "the bundle"),
        )
        role, at, signer, key = (
            take(approval, name, str, "`approval`") for name in ("role", "at", "signer", "public_key")
        )
        same_plan = plan == take_hash(approval, "plan", "`approval`") and plan.hex() == receipt.get("plan")
        fits = approval_fits(approval, take(approval, "signature", str, "`approval`"))
        same_approval = receipt.get("approval", approval) == approval
        self.result.test(
            f"the approval (role `{shown(role)}`, {shown(at)}) signs exactly the plan that the receipt names",
            holds=same_plan and same_approval and fits,
            proves=f"the holder of the key {shown(key)} approved this plan and no other",
            not_proven=""
            if self.asked.approvers
            else f"that `{shown(signer)}` holds it: pass a known key with --approver",
        )
        if self.asked.approvers:
            self.result.test("the approval is by a key given with --approver", holds=key in self.asked.approvers)

    def older(self) -> list[Head]:
        """The older checkpoints in the bundle are beginnings of this log; returns those that are."""
        proven = []
        for number, entry in enumerate(take(self.bundle, "consistency", list, "the bundle")):
            where = f"`consistency[{number}]`"
            old, proof = parse_note(take(entry, "from", str, where), where), take_hashes(entry, "proof", where)
            if self.result.test(
                f"the older checkpoint of {old.size} events is the beginning of this log",
                holds=self.is_ours(old) and is_consistent(old, self.head, proof),
                proves="nothing before it was changed, removed or reordered",
            ):
                proven.append(old)
        return proven

    def witnessed(self, roots: dict[int, bytes]) -> None:
        """Each checkpoint that was kept elsewhere is a beginning of this log; `roots` are the proven ones, by size."""
        for name, old in self.asked.witnessed:
            what = f"your checkpoint `{shown(name)}` of {old.size} events"
            if not self.is_ours(old):
                self.result.test(f"{what} is signed by this log (it is another log's, or was changed)", holds=False)
            elif old.size > self.head.size:
                self.result.test(f"{what} is not newer than this file (ask for a newer one)", holds=False)
            elif old.size not in roots:
                self.result.test(f"{what} is proven consistent (ask for a bundle with a proof from it)", holds=False)
            elif old.root != roots[old.size]:
                self.result.test(f"{what} is of this history (the log signed two: keep both files)", holds=False)
            else:
                proves = "nothing that you had seen was changed, removed or reordered since"
                self.result.test(f"{what} is the beginning of this log", holds=True, proves=proves)

    def leaves(self) -> list[bytes]:
        """All leaves of an export have exactly the root of the checkpoint; returns their hashes."""
        listed = enumerate(take(self.bundle, "leaves", list, "the export"))
        hashes = [export_leaf(each, f"`leaves[{number}]`") for number, each in listed]
        self.result.test(
            f"the {len(hashes)} events of the export are exactly those under the checkpoint of {self.head.size}",
            holds=len(hashes) == self.head.size and root_of(hashes) == self.head.root,
            proves="the log holds these events in this order, and no other",
            not_proven="that what they say is true",
        )
        return hashes

    def is_ours(self, old: Head) -> bool:
        """Whether another checkpoint is of the same log."""
        return old.origin == self.head.origin and signed_by(old, self.log)


def check(bundle: Any, asked: Asked) -> Result:
    """All checks that the format of the file calls for."""
    kind = take(bundle, "format", str, "the file")
    if kind not in {RECEIPT, LEDGER}:
        raise CannotRunError(f"the format `{shown(kind)}` is unknown here: this checks `{RECEIPT}` and `{LEDGER}`")
    log = parse_key(take(bundle, "key", str, "the file"), "the field `key`")
    if log.kind != LOG_KEY:
        raise CannotRunError("the field `key` is not the key of a log")
    checker = Checker(
        bundle, asked, parse_note(take(bundle, "checkpoint", str, "the file"), "the field `checkpoint`"), log
    )
    checker.checkpoint()
    if kind == RECEIPT:
        checker.receipt(checker.events())
        checker.approval()
        proven = {
            0: EMPTY_ROOT,
            **{old.size: old.root for old in checker.older()},
            checker.head.size: checker.head.root,
        }
    else:
        hashes = checker.leaves()
        proven = {old.size: root_of(hashes[: old.size]) for _, old in asked.witnessed}
    checker.witnessed(proven)
    return checker.result


def approval_fits(approval: dict[str, Any], signature: str) -> bool:
    """Whether the signature stands under the plan, role and time of the approval."""
    role, at = approval["role"], approval["at"]
    try:
        message = f"troth-plan-approval/1\n{approval['plan']}\n{role}\n{at}".encode()
        public, raw = unbase64(approval["public_key"]), unbase64(signature)
    except ValueError:
        return False
    return "\n" not in role + at and ed25519_fits(public, raw, message)


def export_leaf(text: object, where: str) -> bytes:
    """The leaf hash of a leaf in hex: an envelope in canonical JSON, then the slot commitments."""
    if not isinstance(text, str) or not re.fullmatch("7b(?:[0-9a-f]{2})+", text):
        raise CannotRunError(f"{where} of the export is not a leaf in hex: a JSON object, then commitments")
    return leaf_hash(bytes.fromhex(text))


# --- the command ------------------------------------------------------------------------------------------------------


def as_text(result: Result) -> str:
    """The result for people."""
    marks = {True: "\u2713", False: "\u2717", None: "!"}
    lines = []
    for each in result.checks:
        lines.append(f"{marks[each.holds]} {each.what}")
        lines += [f"    proves: {each.proves}"] if each.proves else []
        lines += [f"    does not prove: {each.not_proven}"] if each.not_proven else []
    cautions = " (see !)" if any(each.holds is None for each in result.checks) else ""
    lines.append(f"VERIFIED{cautions}" if result.code == HOLDS else "NOT VERIFIED (see \u2717)")
    return "\n".join(lines)


def as_json(result: Result) -> str:
    """The result for machines."""
    verdict = "verified" if result.code == HOLDS else "not-verified"
    return json.dumps({"verdict": verdict, "exit": result.code, "checks": [vars(each) for each in result.checks]})


def read_asked(options: argparse.Namespace) -> Asked:
    """What was given on the command line, read and parsed."""
    return Asked(
        trusted=tuple(parse_key(text, f"--trust `{shown(text)}`") for text in options.trust),
        approvers=tuple(options.approver),
        witnessed=tuple((str(path), parse_note(read_text(path), f"`{shown(path)}`")) for path in options.witnessed),
    )


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(description="Check a Troth receipt or ledger export offline.")
    made.add_argument("bundle", type=Path, help="the JSON file to check")
    made.add_argument("--trust", action="append", default=[], metavar="KEY", help="a key you trust: name+hash+base64")
    made.add_argument("--approver", action="append", default=[], metavar="KEY", help="a key that may approve (base64)")
    made.add_argument("--witnessed", nargs="+", default=[], type=Path, metavar="FILE", help="checkpoints you kept")
    made.add_argument("--json", action="store_true", help="print JSON")
    return made


def main(arguments: list[str] | None = None) -> int:
    """Check one file; returns the exit code."""
    command = parser()
    try:
        options = command.parse_args(arguments)
    except SystemExit as stop:  # argparse would leave with 2, which here means that the answer is no
        return COULD_NOT_RUN if stop.code else HOLDS
    try:
        result = check(read_json(options.bundle), read_asked(options))
    except (CannotRunError, RecursionError) as error:
        why = str(error) if isinstance(error, CannotRunError) else "the bundle is nested too deeply"
        if options.json:
            print(json.dumps({"verdict": "could-not-run", "exit": COULD_NOT_RUN, "why": why}))
        print(f"could not run: {why}", file=sys.stderr)
        return COULD_NOT_RUN
    text = as_json(result) if options.json else as_text(result)
    sys.stdout.buffer.write(text.encode() + b"\n")  # always UTF-8, whatever the terminal says
    sys.stdout.flush()
    return result.code


if __name__ == "__main__":
    sys.exit(main())
