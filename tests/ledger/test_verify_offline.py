"""The offline verifier: an honest bundle holds; every change or gap is a no, or an error that names the place."""

from __future__ import annotations

import ast
import base64
import copy
import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from troth.ledger import checkpoint as cp
from troth.ledger import merkle, seal, verify_offline
from troth.ledger.approval import StaffKey
from troth.ledger.envelope import content_hash, leaf_bytes
from troth.model.personal import Personal

SCRIPT = Path(verify_offline.__file__)
DOCUMENT = Path(__file__).parents[2] / "docs/reference/receipt-bundle.md"
ORIGIN = "troth.example/airline"
LOG = cp.Signer.from_seed(ORIGIN, bytes(range(32)))
OTHER = cp.Signer.from_seed(ORIGIN, bytes(range(1, 33)))
WITNESS = cp.Signer.from_seed("witness.example/one", bytes(range(2, 34)), cp.KeyKind.WITNESS)
PLAN = sha256(b"the plan").hexdigest()
AT = "2026-03-01T09:00:00+00:00"


@dataclasses.dataclass(frozen=True)
class Log:
    """A small real log: leaves in bytes, the stored nodes, and what the fifth event closed."""

    leaves: list[bytes]
    events: list[tuple[dict[str, Any], list[bytes]]]
    nodes: merkle.MemoryNodes

    def note(self, size: int, signer: cp.Signer = LOG) -> str:
        return cp.sign(cp.Checkpoint(ORIGIN, size, merkle.root(size, self.nodes)), signer)


def make_log(receipt: dict[str, Any], size: int = 11) -> Log:
    kinds = ["case.opened", "plan.drafted", "plan.approved", "store.applied", "case.closed"]
    events = []
    for number in range(size):
        envelope: dict[str, Any] = {"kind": kinds[number % 5], "number": number, "note": "größer"}
        if number == 4:
            envelope["receipt_sha256"] = content_hash(receipt)
        slots = [
            seal.seal(
                Personal({"n": number}), Personal(bytes(32)), seal.SlotPlace(f"e-{number}", ordinal, "case", 2026)
            )
            for ordinal in range(number % 3)
        ]
        events.append((envelope, [seal.commitment(slot) for slot in slots]))
    leaves = [leaf_bytes(*event) for event in events]
    nodes = merkle.MemoryNodes()
    nodes.add(merkle.append(0, [merkle.leaf_hash(leaf) for leaf in leaves], nodes))
    return Log(leaves, events, nodes)


@pytest.fixture(scope="module")
def staff(tmp_path_factory: pytest.TempPathFactory) -> StaffKey:
    return StaffKey.create(tmp_path_factory.mktemp("staff") / "officer.pem")


@pytest.fixture(scope="module")
def made(staff: StaffKey) -> tuple[Log, dict[str, Any]]:
    approval = dataclasses.asdict(staff.approve(PLAN, signer="staff:7", role="privacy-officer", at=AT))
    receipt = {"case": "c-1", "right": "erasure", "plan": PLAN, "approval": approval, "lines": [{"changed": 3}]}
    log = make_log(receipt)
    bundle = {
        "format": "troth-receipt/1",
        "receipt": receipt,
        "receipt_sha256": content_hash(receipt),
        "events": [
            {
                "envelope": envelope,
                "slot_commitments": [each.hex() for each in commitments],
                "index": index,
                "proof": [each.hex() for each in merkle.inclusion_proof(index, 11, log.nodes)],
            }
            for index, (envelope, commitments) in enumerate(log.events[:5])
        ],
        "checkpoint": cp.cosign(log.note(11), WITNESS, 1_772_355_600),
        "key": LOG.verifier.text,
        "consistency": [
            {
                "from": log.note(size),
                "proof": [each.hex() for each in merkle.consistency_proof(size, 11, log.nodes)],
            }
            for size in (3, 8)
        ],
        "approval": approval,
        "plan_sha256": PLAN,
    }
    return log, bundle


@pytest.fixture
def log(made: tuple[Log, dict[str, Any]]) -> Log:
    return made[0]


@pytest.fixture
def bundle(made: tuple[Log, dict[str, Any]]) -> dict[str, Any]:
    return json.loads(json.dumps(made[1]))


@pytest.fixture
def export(log: Log) -> dict[str, Any]:
    return {
        "format": "troth-ledger/1",
        "key": LOG.verifier.text,
        "checkpoint": log.note(11),
        "leaves": [leaf.hex() for leaf in log.leaves],
    }


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the verifier in this process on a value or a text: exit code, output, errors."""

    def call(content: object, *options: str, trust: bool = True) -> tuple[int, str, str]:
        path = tmp_path / "bundle.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        trusted = ["--trust", LOG.verifier.text] if trust else []
        code = verify_offline.main([str(path), *trusted, *options])
        seen = capsys.readouterr()
        return code, seen.out, seen.err

    return call


def kept(tmp_path: Path, note: str, name: str = "kept.txt") -> str:
    path = tmp_path / name
    path.write_text(note)
    return str(path)


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every leaf of a JSON value, with the way to it."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if inner is None:
        yield at, value
    else:
        for key, each in inner:
            yield from places(each, (*at, key))


def with_change(value: Any, at: tuple[Any, ...], new: object) -> Any:
    changed = copy.deepcopy(value)
    holder = changed
    for step in at[:-1]:
        holder = holder[step]
    holder[at[-1]] = new
    return changed


def test_an_honest_bundle_holds(bundle, run) -> None:
    """Receipt, events, approval, older checkpoints and signature of an honest bundle are all verified: exit 0."""
    code, out, err = run(bundle)
    assert (code, err) == (0, "")
    assert out.endswith("VERIFIED\n")
    assert "\u2717" not in out
    assert out.count("\u2713") == 7
    assert "does not prove" in out


def test_the_script_stands_alone(bundle, tmp_path: Path) -> None:
    """Copied away and run without the project on its path, it verifies; it needs only Python and cryptography."""
    alone = tmp_path / "anywhere" / "verify.py"
    alone.parent.mkdir()
    alone.write_bytes(SCRIPT.read_bytes())
    (tmp_path / "b.json").write_text(json.dumps(bundle))
    command = [sys.executable, "-W", "error", str(alone), str(tmp_path / "b.json"), "--trust", LOG.verifier.text]
    done = subprocess.run(command, cwd=tmp_path, env={"LC_ALL": "C"}, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "\u2713" in done.stdout.decode()
    parsed = ast.parse(SCRIPT.read_text())
    plain = {name.name for node in ast.walk(parsed) if isinstance(node, ast.Import) for name in node.names}
    named = {str(node.module) for node in ast.walk(parsed) if isinstance(node, ast.ImportFrom)}
    roots = {name.partition(".")[0] for name in plain | named}
    assert roots <= {*sys.stdlib_module_names, "cryptography"}


def test_nothing_of_the_project_imports_the_script() -> None:
    """It stays a second, independent implementation: no module of ours names it."""
    sources = [path for path in SCRIPT.parents[1].rglob("*.py") if path != SCRIPT]
    assert len(sources) > 10
    assert not [path for path in sources if "import verify_offline" in path.read_text()]


def test_without_trust_the_result_says_what_the_key_is_worth(bundle, run) -> None:
    """With the key from the bundle alone it says plainly that this proves nothing about who signed."""
    code, out, _ = run(bundle, trust=False)
    assert code == 0
    assert "! no --trust given: the key came from the bundle itself and proves nothing about who signed" in out
    assert out.endswith("VERIFIED (see !)\n")


def test_a_whole_forgery_holds_only_for_its_own_key(bundle, log: Log, run) -> None:
    """A log remade from scratch under another key passes without --trust and fails with the real key."""
    bundle["checkpoint"], bundle["consistency"], bundle["key"] = log.note(11, OTHER), [], OTHER.verifier.text
    assert run(bundle, trust=False)[0] == 0
    assert run(bundle)[0] == 2


def test_every_changed_value_of_a_bundle_is_seen(bundle, run) -> None:
    """Each single value of the bundle, changed in turn, turns yes into no or is named as malformed."""
    found = list(places(bundle))
    assert len(found) > 60
    assert run(bundle)[0] == 0
    for at, value in found:
        if isinstance(value, str):
            new: object = ("b" if value[:1] == "a" else "a") + value[1:]
        else:
            new = value + 1 if isinstance(value, int) else "x"
        code, _, err = run(with_change(bundle, at, new))
        assert code in {1, 2}, at
        assert code == 2 or err


def test_every_flipped_bit_of_a_proof_is_seen(bundle, run) -> None:
    """Each bit of proofs, commitments, root and signatures, flipped in turn, is seen."""
    hashes = [
        (at, value)
        for at, value in places(bundle)
        if isinstance(value, str) and len(value) == 64 and at[0] != "receipt"
    ]
    assert len(hashes) > 20
    for at, value in hashes:
        raw = bytes.fromhex(value)
        for byte in range(32):
            flipped = raw[:byte] + bytes([raw[byte] ^ 1 << byte % 8]) + raw[byte + 1 :]
            assert run(with_change(bundle, at, flipped.hex()))[0] == 2, at


def test_every_flipped_bit_of_the_checkpoint_is_seen(bundle, run) -> None:
    """Each bit of the checkpoint, the witness's line included when the witness is trusted, flipped in turn, is seen."""
    trust = ("--trust", WITNESS.verifier.text)
    assert run(bundle, *trust)[0] == 0
    note = bundle["checkpoint"].encode()
    for byte in range(len(note)):
        flipped = note[:byte] + bytes([note[byte] ^ 1 << byte % 7]) + note[byte + 1 :]
        try:
            changed = {**bundle, "checkpoint": flipped.decode()}
        except UnicodeDecodeError:
            continue
        assert run(changed, *trust)[0] in {1, 2}


def test_reordered_parts_are_seen(bundle, run) -> None:
    """Events, proof steps and commitments in another order do not hold."""
    for at in [("events",), ("events", 2, "proof"), ("events", 2, "slot_commitments"), ("consistency", 0, "proof")]:
        value = bundle
        for step in at:
            value = value[step]
        assert len(value) > 1
        assert run(with_change(bundle, at, value[::-1]))[0] == 2, at


def test_left_out_parts_are_seen(bundle, run) -> None:
    """Without the approval, the closing event or all events, the receipt that names them does not hold."""
    assert run({**bundle, "approval": None, "plan_sha256": None})[0] == 2
    assert run({**bundle, "events": bundle["events"][:4]})[0] == 2
    assert run({**bundle, "events": []})[0] == 2
    assert run({**bundle, "events": [*bundle["events"], bundle["events"][0]]})[0] == 2


def closed(receipt: dict[str, Any], approval: object = None, plan: str | None = None) -> dict[str, Any]:
    """A bundle of one closing event: whatever the receipt says, the log holds exactly that."""
    log = make_log(receipt)
    envelope, commitments = log.events[4]
    event = {
        "envelope": envelope,
        "slot_commitments": [each.hex() for each in commitments],
        "index": 4,
        "proof": [each.hex() for each in merkle.inclusion_proof(4, 11, log.nodes)],
    }
    return {
        "format": "troth-receipt/1",
        "receipt": receipt,
        "receipt_sha256": content_hash(receipt),
        "events": [event],
        "checkpoint": log.note(11),
        "key": LOG.verifier.text,
        "consistency": [],
        "approval": approval,
        "plan_sha256": plan,
    }


def test_a_case_without_a_plan_needs_no_approval(run) -> None:
    """A receipt that names no plan holds with null for the approval."""
    bundle = closed({"case": "c-2", "right": "access"})
    assert run(bundle)[0] == 0
    assert run({**bundle, "plan_sha256": PLAN})[0] == 2


def test_an_approval_that_the_log_itself_holds_is_still_checked(staff: StaffKey, run) -> None:
    """A log that committed to a false approval proves nothing by it: only the signature does."""
    good = dataclasses.asdict(staff.approve(PLAN, signer="staff:7", role="officer", at=AT))
    other = dataclasses.asdict(staff.approve("cd" * 32, signer="staff:7", role="officer", at=AT))
    two_lines = Ed25519PrivateKey.from_private_bytes(bytes(32))
    split = {
        **good,
        "role": f"officer\n{AT}",
        "at": "later",
        "public_key": base64.b64encode(two_lines.public_key().public_bytes_raw()).decode(),
        "signature": base64.b64encode(
            two_lines.sign(f"troth-plan-approval/1\n{PLAN}\nofficer\n{AT}\nlater".encode())
        ).decode(),
    }
    assert run(closed({"plan": PLAN, "approval": good}, good, PLAN))[0] == 0
    for false in ({**good, "signature": other["signature"]}, {**good, "role": "clerk"}, {**other, "plan": PLAN}, split):
        assert run(closed({"plan": PLAN, "approval": false}, false, PLAN))[0] == 2
    assert run(closed({"plan": PLAN, "approval": other}, other, PLAN))[0] == 2


def test_the_trusted_key_must_be_the_one_of_the_bundle(bundle, run) -> None:
    """A bundle that names another key than the trusted one is a no, even under a checkpoint of the trusted one."""
    assert run({**bundle, "consistency": []})[0] == 0
    assert run({**bundle, "consistency": [], "key": OTHER.verifier.text})[0] == 2


def test_a_key_speaks_for_its_own_log_only(run) -> None:
    """A checkpoint that names another log does not hold, though this log's key signed it."""
    bundle = closed({"case": "c-3"})
    text = bundle["checkpoint"].partition("\n\n")[0].replace(ORIGIN, "troth.example/another") + "\n"
    assert run(bundle)[0] == 0
    assert run({**bundle, "checkpoint": f"{text}\n{LOG.line(text.encode())}"})[0] == 2


def test_a_checkpoint_has_one_spelling(bundle, run) -> None:
    """Loose bits at the end of a base64 signature decode to the same bytes, and are refused all the same."""
    note = cp.sign(cp.verify(bundle["checkpoint"], [LOG.verifier]), LOG)
    assert note.endswith("=\n")
    loose = note[:-3] + chr(ord(note[-3]) + 1) + "=\n"
    spellings = [base64.b64decode(each.split()[-1]) for each in (note, loose)]
    assert spellings[0] == spellings[1]
    assert run({**bundle, "checkpoint": note})[0] == 0
    assert run({**bundle, "checkpoint": loose})[0] == 1


def test_a_missing_field_is_named_without_a_traceback(bundle, export, run) -> None:
    """Each field taken away in turn is an error that names it: exit 1."""
    holders = [
        ((), bundle),
        (("events", 0), bundle),
        (("consistency", 1), bundle),
        (("approval",), bundle),
        ((), export),
    ]
    tried = 0
    for at, whole in holders:
        names = whole
        for step in at:
            names = names[step]
        for name in names:
            changed = copy.deepcopy(whole)
            holder = changed
            for step in at:
                holder = holder[step]
            del holder[name]
            code, out, err = run(changed)
            assert (code, out) == (1, ""), name
            assert f"no field `{name}`" in err
            tried += 1
    assert tried == 25


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is not JSON"),
        ("not json", "is not JSON"),
        ("[]", "not a JSON object"),
        ("null", "not a JSON object"),
        ("{}", "no field `format`"),
        ('{"format": "other/1"}', "format `other/1` is unknown"),
        ('{"format": "\x1b[31m"}', "is not JSON"),
        ('{"format": "\\u001b[31mred"}', "format `?[31mred` is unknown"),
        ('{"format": 1}', "not of the kind str"),
        ('{"format": 1.5}', "whole numbers only"),
        ('{"format": NaN}', "whole numbers only"),
        ('{"a": 1, "a": 2}', "twice"),
        ("[" * 200_000, "nested too deeply"),
        ('{"format": ' + "9" * 10_000 + "}", "is not JSON"),
    ],
)
def test_a_file_of_another_form_is_an_error_that_says_so(run, content: str, says: str) -> None:
    """What is not a bundle at all is refused with the reason, exit 1, and no control character reaches the terminal."""
    code, out, err = run(content)
    assert (code, out) == (1, "")
    assert says in err
    assert "\x1b" not in err
    assert len(err) < 500


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (("events", 0, "index"), 10**400),
        (("events", 0, "index"), -1),
        (("events", 0, "index"), True),
        (("events", 0, "proof"), ["00" * 32] * 10_000),
        (("events", 0, "envelope", "number"), 10**400),
        (("events", 0, "envelope", "note"), "\ud800"),
        (("events", 0, "envelope", "note"), "x" * 2_000_000),
        (("events", 0, "slot_commitments"), ["00" * 32] * 10_000),
        (("events",), [{}] * 1_000),
        (("checkpoint",), "a\n" * 1_000_000),
        (("checkpoint",), f"{ORIGIN}\n{'9' * 5_000}\nAAAA\n\n\u2014 a AAAA\n"),
        (("consistency", 0, "proof"), ["00" * 32] * 10_000),
        (("approval", "role"), "\ud800"),
        (("approval", "role"), "privacy-officer\nx"),
        (("approval", "signature"), "\u00e4"),
        (("key",), "a" * 1_000_000),
        (("key",), WITNESS.verifier.text),
        (("receipt_sha256",), "AB" * 32),
        (("receipt",), None),
    ],
)
def test_huge_and_strange_values_are_refused_quietly(bundle, run, at: tuple[Any, ...], value: object) -> None:
    """Endless numbers, texts and lists, broken text and wrong kinds are a no or an error in one line."""
    code, _, err = run(with_change(bundle, at, value))
    assert code in {1, 2}
    assert len(err) < 500
    assert "Traceback" not in err


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=70) | st.just("00" * 32),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(st.data())
def test_any_value_in_any_place_is_never_an_accident(bundle, run, data: st.DataObject) -> None:
    """Random JSON put anywhere into a bundle gives a proper exit code and never an exception."""
    at = data.draw(
        st.sampled_from(sorted({at[:depth] for at, _ in places(bundle) for depth in range(1, len(at) + 1)}, key=repr))
    )
    value = data.draw(JSON)
    code, _, err = run(with_change(bundle, at, value))
    assert code in {0, 1, 2}
    assert "Traceback" not in err


def test_a_kept_checkpoint_shows_that_nothing_was_rewritten(bundle, log: Log, tmp_path: Path, run) -> None:
    """Older checkpoints that the bundle proves, the same one, and one of the empty log, all hold."""
    for size in (0, 3, 8, 11):
        code, out, _ = run(bundle, "--witnessed", kept(tmp_path, log.note(size)))
        assert code == 0
        assert f"of {size} events is the beginning of this log" in out
    several = [kept(tmp_path, log.note(size), f"{size}.txt") for size in (3, 8)]
    assert run(bundle, "--witnessed", *several)[0] == 0


def test_a_kept_checkpoint_convicts_a_rewritten_log(bundle, log: Log, tmp_path: Path, run) -> None:
    """Kept from another history, of another log, newer, or without a proof: each is a no that says which."""
    forked = cp.sign(cp.Checkpoint(ORIGIN, 8, sha256(b"another history").digest()), LOG)
    newer = cp.sign(cp.Checkpoint(ORIGIN, 12, sha256(b"later").digest()), LOG)
    for note, says in [
        (forked, "the log signed two: keep both files"),
        (newer, "ask for a newer one"),
        (log.note(5), "ask for a bundle with a proof from it"),
        (log.note(8, OTHER), "it is another log's, or was changed"),
        (log.note(8).replace("8", "7", 1), "it is another log's, or was changed"),
    ]:
        code, out, _ = run(bundle, "--witnessed", kept(tmp_path, note))
        assert code == 2
        assert says in out


def test_a_trusted_witness_must_have_cosigned(bundle, log: Log, run) -> None:
    """A witness named with --trust holds when it cosigned, and is a no when its line is missing or false."""
    trust = ("--trust", WITNESS.verifier.text)
    code, out, _ = run(bundle, *trust)
    assert code == 0
    assert "witness `witness.example/one` cosigned" in out
    assert run({**bundle, "checkpoint": log.note(11)}, *trust)[0] == 2
    other = cp.cosign(log.note(11), WITNESS, 5).splitlines()[-1]
    assert run({**bundle, "checkpoint": f"{bundle['checkpoint']}{other[:-8]}AAAAAA==\n"}, *trust)[0] in {1, 2}


def test_a_named_approver_must_have_signed(bundle, staff: StaffKey, run) -> None:
    """With --approver the approval must be by that key."""
    assert run(bundle, "--approver", staff.public_key_text)[0] == 0
    assert run(bundle, "--approver", "another")[0] == 2


def test_the_result_for_machines_says_the_same(bundle, run) -> None:
    """--json gives verdict, exit code and every check; an error too."""
    code, out, _ = run(bundle, "--json")
    read = json.loads(out)
    assert (code, read["exit"], read["verdict"]) == (0, 0, "verified")
    assert all(check["holds"] and check["what"] for check in read["checks"])
    assert json.loads(run({**bundle, "receipt_sha256": "00" * 32}, "--json")[1])["verdict"] == "not-verified"
    code, out, err = run("nonsense", "--json")
    assert (code, json.loads(out)["verdict"]) == (1, "could-not-run")
    assert "is not JSON" in err


def test_a_wrong_command_line_is_not_a_no(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing file, an unreadable key or an unknown option is exit 1; --help is exit 0."""
    assert verify_offline.main([str(tmp_path / "absent.json")]) == 1
    assert verify_offline.main([]) == 1
    assert verify_offline.main(["x", "--nonsense"]) == 1
    (tmp_path / "b.json").write_text("{}")
    assert verify_offline.main([str(tmp_path / "b.json"), "--trust", "rubbish"]) == 1
    (tmp_path / "b.json").write_bytes(b"\xff\xfe")
    assert verify_offline.main([str(tmp_path / "b.json")]) == 1
    assert verify_offline.main(["--help"]) == 0
    assert "Traceback" not in capsys.readouterr().err


def test_an_export_has_the_root_of_its_checkpoint(export, log: Log, tmp_path: Path, run) -> None:
    """All leaves together give the signed root, and older checkpoints are recomputed from them."""
    assert run(export)[0] == 0
    assert run(export, "--witnessed", *(kept(tmp_path, log.note(size), f"{size}.txt") for size in range(12)))[0] == 0
    forked = cp.sign(cp.Checkpoint(ORIGIN, 4, sha256(b"another").digest()), LOG)
    assert run(export, "--witnessed", kept(tmp_path, forked))[0] == 2


def test_a_changed_export_is_seen(export, log: Log, run) -> None:
    """A leaf removed, added, swapped, or changed in any byte: the root is another one, or the leaf is named."""
    leaves = export["leaves"]
    longer = cp.sign(cp.Checkpoint(ORIGIN, 12, merkle.root(11, log.nodes)), LOG)
    assert run({**export, "checkpoint": longer})[0] == 2
    for changed in (leaves[:-1], leaves[1:], [*leaves, leaves[0]], leaves[::-1], []):
        assert run({**export, "leaves": changed})[0] == 2
    raw = bytes.fromhex(leaves[1])
    for byte in range(len(raw)):
        flipped = raw[:byte] + bytes([raw[byte] ^ 1 << byte % 8]) + raw[byte + 1 :]
        assert run({**export, "leaves": [leaves[0], flipped.hex(), *leaves[2:]]})[0] in {1, 2}
    code, _, err = run({**export, "leaves": [*leaves[:3], "00" * 32, *leaves[4:]]})
    assert (code, "`leaves[3]`" in err) == (1, True)


@given(st.integers(1, 600), st.data())
def test_both_implementations_agree(size: int, data: st.DataObject) -> None:
    """On random trees and damaged proofs, the verifier and the ledger's own tree say the same."""
    hashes = [merkle.leaf_hash(b"%d" % number) for number in range(size)]
    nodes = merkle.MemoryNodes()
    nodes.add(merkle.append(0, hashes, nodes))
    root = merkle.root(size, nodes)
    assert verify_offline.root_of(hashes) == root
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(0, size))
    heads = [verify_offline.Head("", at, merkle.root(at, nodes), "", ()) for at in (old, size)]
    inclusion, consistency = merkle.inclusion_proof(index, size, nodes), merkle.consistency_proof(old, size, nodes)
    assert verify_offline.is_included(hashes[index], index, size, inclusion, root)
    assert verify_offline.is_consistent(*heads, consistency)
    damage = data.draw(st.sampled_from(["cut", "add", "swap", "change", "move"]))
    for proof in (inclusion, consistency):
        if damage == "cut":
            del proof[-1:]
        elif damage == "add":
            proof.append(root)
        elif damage == "swap":
            proof.reverse()
        elif proof:
            proof[data.draw(st.integers(0, len(proof) - 1))] = root
    moved = data.draw(st.integers(-1, size + 1)) if damage == "move" else index
    theirs = verify_offline.is_included(hashes[index], moved, size, inclusion, root)
    assert theirs == merkle.verify_inclusion(hashes[index], moved, size, inclusion, root)
    theirs = verify_offline.is_consistent(*heads, consistency)
    assert theirs == merkle.verify_consistency(old, size, heads[0].root, root, consistency)


@settings(max_examples=50)
@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"]))
    )
)
def test_both_canonical_forms_agree(value: dict[str, str]) -> None:
    """The verifier spells a value as the ledger does."""
    assert sha256(verify_offline.canonical(value, "")).hexdigest() == content_hash(value)


def worked_example() -> dict[str, Any]:
    """The example of the reference page: three events, fixed keys, the same bytes each time."""
    officer = StaffKey(Ed25519PrivateKey.from_private_bytes(bytes(range(3, 35))))
    approval = dataclasses.asdict(officer.approve(PLAN, signer="staff:7", role="privacy-officer", at=AT))
    receipt = {"case": "c-1", "right": "erasure", "plan": PLAN, "approval": approval}
    events: list[tuple[dict[str, Any], list[bytes]]] = [
        ({"kind": "case.opened", "at": AT}, [sha256(b"a person's slot").digest()]),
        ({"kind": "plan.approved", "at": AT}, [sha256(b"a staff slot").digest()]),
        ({"kind": "case.closed", "at": AT, "receipt_sha256": content_hash(receipt)}, []),
    ]
    nodes = merkle.MemoryNodes()
    nodes.add(merkle.append(0, [merkle.leaf_hash(leaf_bytes(*event)) for event in events], nodes))
    log = Log([], events, nodes)
    return {
        "format": "troth-receipt/1",
        "receipt": receipt,
        "receipt_sha256": content_hash(receipt),
        "plan_sha256": PLAN,
        "approval": approval,
        "events": [
            {
                "envelope": envelope,
                "slot_commitments": [each.hex() for each in commitments],
                "index": index,
                "proof": [each.hex() for each in merkle.inclusion_proof(index, 3, nodes)],
            }
            for index, (envelope, commitments) in enumerate(events)
            if index != 1
        ],
        "key": LOG.verifier.text,
        "checkpoint": log.note(3),
        "consistency": [{"from": log.note(1), "proof": [each.hex() for each in merkle.consistency_proof(1, 3, nodes)]}],
    }


def test_the_reference_page_explains_every_field_and_its_example_holds(bundle, export, run) -> None:
    """Each field of both formats stands in the page; its example is made here, and prints what it says."""
    page = DOCUMENT.read_text(encoding="utf-8")
    names = {*bundle, *bundle["events"][0], *bundle["consistency"][0], *bundle["approval"], *export}
    assert [name for name in names if f"| `{name}` |" not in page] == []
    example = page.partition("```json\n")[2].partition("```")[0]
    assert example == json.dumps(worked_example(), indent=2, ensure_ascii=False) + "\n"
    code, out, _ = run(example)
    assert code == 0
    assert page.partition("```text\n")[2].partition("```")[0] == out
