"""What comes out of a folder: a policy that says what was written, or all of its problems, and never an exception."""

import base64
import os
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.policy.little import HERE, MINI, change, compiled, copy_of_mini, line

from troth.policy.folder import LIMIT_BYTES

AIRLINE = HERE.parents[1] / "examples" / "airline" / "policy"
ACCEPTABLE_GROWTH = 11
"""Times the calls for ten times the text: linear, and a little for what grows with the logarithm."""


def test_the_airline_compiles_clean() -> None:
    """The sample airline has no error and no warning, and says enough to be worth asking."""
    policy, problems = compiled(AIRLINE)
    assert [line(problem) for problem in problems] == []
    assert policy is not None
    assert set(policy.stores) == {"bookings", "loyalty", "troth", "website"}
    assert sum(len(store.tables) for store in policy.stores.values()) == 43
    assert len(policy.purposes) >= 8
    assert all(recipient.tell for recipient in policy.recipients.values() if recipient.role != "authority")


def test_declarations_arrive_as_written() -> None:
    """Types come from the schema, categories are expanded, statutory periods bring their law."""
    policy, problems = compiled(MINI)
    assert policy is not None, problems
    assert policy.organisation.regimes == ("gdpr", "de")
    assert policy.purposes["newsletter"].never == {"loan", "note"}
    assert policy.purposes["newsletter"].channels["email"].needs_choice == "newsletter"
    assert policy.purposes["invoices"].basis_of == {"payment": "legal-obligation"}
    assert policy.purposes["suggestions"].assessment_until == "2027-12-31"
    rule = policy.retentions["fee-voucher"]
    assert (rule.years, rule.months, rule.days, rule.starts, rule.then) == (8, 0, 0, "end-of-year", "delete")
    assert rule.statutory.startswith("AO Section 147(3)")
    assert rule.checked == "nobody"
    assert policy.clause_of("recipient:mailer") == "newsletter"
    assert policy.stores["website"].look_url == "sqlite:///${WEBSITE_FILE}"


def test_the_data_map_arrives_as_written() -> None:
    """Identifiers, claims, ties, masks, clocks and conditions stand where planner and stores read them."""
    policy, problems = compiled(MINI)
    assert policy is not None, problems
    tables = policy.stores["lending"].tables
    assert not tables["branch"].personal
    reader = tables["reader"]
    assert [(i.column, i.kind, i.proves) for i in reader.identifiers] == [
        ("reader_number", "customer-number", True),
        ("email", "email", False),
    ]
    assert reader.columns["email"].element == "email"
    assert (reader.columns["email"].mask, reader.columns["email"].mask_declared) == (None, True)
    assert (reader.columns["reader_id"].element, reader.columns["reader_id"].mask_declared) == ("", False)
    fee = tables["fee"]
    assert (fee.retain, fee.clock, fee.retain_when) == ("fee-voucher", "paid_on", (("status", "paid"),))
    tie = tables["circle_reader"].shared
    assert tie is not None
    assert (tie.parent, tie.columns) == ("circle", ("circle_id",))
    assert tables["circle_reader"].key == ("circle_id", "reader_id")


def test_norway_stays_norway(tmp_path: Path) -> None:
    """`NO` is a country and no is a flag, each where the schema asks for it."""
    folder = copy_of_mini(tmp_path)
    change(
        folder,
        {"recipients.yaml": {"country: DE": "country: NO"}, "purposes.yaml": {"marketing: true": "marketing: no"}},
    )
    policy, problems = compiled(folder)
    assert policy is not None, problems
    assert policy.recipients["mailer"].country == "NO"
    assert policy.purposes["newsletter"].direct_marketing is False


def test_a_polymorphic_owner_needs_no_second_table() -> None:
    """One table may belong to three kinds of owners, told apart by a column."""
    policy, _ = compiled(AIRLINE)
    assert policy is not None
    claims = policy.stores["bookings"].tables["message"].claims
    assert [(c.parent, c.columns, c.parent_columns, c.when) for c in claims] == [
        ("customer", ("entity_id",), ("customer_number",), (("entity_type", "customer"),)),
        ("booking", ("entity_id",), (), (("entity_type", "booking"),)),
        ("passenger", ("entity_airline", "entity_id"), (), (("entity_type", "passenger"),)),
    ]


def test_ten_mistakes_are_told_at_once() -> None:
    """Ten mistakes in seven files: all of them, with place, word, remedy and law, in one run."""
    policy, problems = compiled(HERE / "ten_mistakes")
    told = "".join(f"{line(p)}{f' [{p.law}]' if p.law else ''}\n" for p in problems)
    golden = HERE / "ten_mistakes.expected"
    if os.environ.get("RESET_EXPECTED"):
        golden.write_text(told, encoding="utf-8")
    assert policy is None
    assert told == golden.read_text(encoding="utf-8")
    assert len(problems) >= 10


def test_the_hash_names_the_content(tmp_path: Path) -> None:
    """The same files have the same hash anywhere; any byte changes it; other files do not count."""
    first, second = compiled(MINI)[0], compiled(copy_of_mini(tmp_path))[0]
    assert first is not None
    assert second is not None
    assert first.hash == second.hash
    (tmp_path / "policy" / "README.md").write_text("for colleagues")
    again = compiled(tmp_path / "policy")[0]
    assert again is not None
    assert again.hash == first.hash
    change(tmp_path / "policy", {"assessments/suggestions.md": {"at once.": "at once!"}})
    other = compiled(tmp_path / "policy")[0]
    assert other is not None
    assert other.hash != first.hash


def test_staff_may_be_supplied_from_elsewhere(tmp_path: Path) -> None:
    """Without staff.yaml a policy compiles; with somebody in it, the key arrives as written."""
    folder = copy_of_mini(tmp_path)
    change(folder, {"staff.yaml": None})
    assert compiled(folder)[0] is not None
    key = base64.b64encode(bytes(range(32))).decode()
    change(folder, {"staff.yaml": f"staff:\n  ana: {{role: privacy-officer, key: {key}}}\n"})
    policy, problems = compiled(folder)
    assert policy is not None, problems
    assert policy.staff["ana"].public_key == key


# --- The folder itself ------------------------------------------------------------------------------------------------


def test_no_folder(tmp_path: Path) -> None:
    """A folder that is not there, and a file in its place, are problems and not exceptions."""
    assert [(p.code, p.place.file) for p in compiled(tmp_path / "none")[1]] == [("no-folder", "none")]
    (tmp_path / "file").write_text("")
    problem = compiled(tmp_path / "file")[1][0]
    assert (problem.code, problem.hint) == ("no-folder", "give the folder itself, not a file in it")


def test_ten_megabytes_are_refused_at_once(tmp_path: Path) -> None:
    """A policy of 10 MB is refused with the limit, before it is parsed."""
    folder = copy_of_mini(tmp_path)
    (folder / "stores" / "huge.yaml").write_bytes(b"a: b\n" * (2 * 1024 * 1024))
    policy, problems = compiled(folder)
    assert policy is None
    assert [p.code for p in problems] == ["policy-too-large"]
    assert f"{LIMIT_BYTES // 1024 // 1024} MB" in problems[0].message
    assert problems[0].place.file == "stores/huge.yaml"


def test_wrong_encoding_names_file_and_byte(tmp_path: Path) -> None:
    """Latin-1 text is told by its first byte that is not UTF-8; the other files are still judged."""
    folder = copy_of_mini(tmp_path)
    (folder / "rights.yaml").write_bytes("rights:\n  access: {says: Kopie für Sie}\n".encode("latin-1"))
    change(folder, {"recipients.yaml": {"country: DE": "country: Germany"}})
    assert [line(p).split(" | ")[0] for p in compiled(folder)[1]] == [
        "recipients.yaml:5:14: wrong-value: `Germany` is not a country code of two capital letters",
        "rights.yaml:2:25: wrong-encoding: byte 32 (0xfc) is not UTF-8",
    ]


def test_utf16_is_told(tmp_path: Path) -> None:
    """A file saved as UTF-16 is wrong encoding, not broken YAML."""
    folder = copy_of_mini(tmp_path)
    (folder / "rights.yaml").write_bytes((folder / "rights.yaml").read_text().encode("utf-16"))
    assert [p.code for p in compiled(folder)[1]] == ["wrong-encoding"]


def test_a_folder_in_place_of_a_file_is_unreadable(tmp_path: Path) -> None:
    """What cannot be read as a file is told by name; nothing else is."""
    folder = copy_of_mini(tmp_path)
    shutil.rmtree(folder / "assessments")
    (folder / "assessments" / "suggestions.md").mkdir(parents=True)
    (folder / "notice" / "fr.md").symlink_to("/nowhere/at/all.md")
    assert {(p.code, p.place.file) for p in compiled(folder)[1]} >= {
        ("unreadable-file", "assessments/suggestions.md"),
        ("unreadable-file", "notice/fr.md"),
    }


@pytest.mark.parametrize("opener", ["[", "{a: ", "- "])
def test_deep_nesting_does_not_crash(tmp_path: Path, opener: str) -> None:
    """A hundred thousand levels are refused by place; a recursive parser would end the process here."""
    folder = copy_of_mini(tmp_path)
    change(folder, {"choices.yaml": "choices: \n  " + opener * 100_000})
    assert "yaml-too-deep" in {p.code for p in compiled(folder)[1]}


# --- Anything at all --------------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    ["purposes", "says", "email", "uses", ":", ": ", "- ", "\n", "\n  ", "\n    ", "[", "]", "{", "}", "*a", "&a", "!t",
     "'", '"', "null", "not personal", "|", ">", "#", "?", "<<", "---", "\t", "\u202e", "ü", "0",
     "2026-01-01", "choice x"]
)  # fmt: skip
FILES = st.sampled_from(
    ["organisation.yaml", "elements.yaml", "purposes.yaml", "retention.yaml", "stores/lending.yaml", "notice/en.md"]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    file=FILES,
    content=st.one_of(st.binary(max_size=200), st.lists(WORDS, max_size=40).map(lambda w: "".join(w).encode())),
)
def test_nothing_an_author_writes_raises(tmp_path_factory: pytest.TempPathFactory, file: str, content: bytes) -> None:
    """Any bytes, and any YAML-like text, in any file: a policy, or problems that stand in a file of the folder."""
    folder = copy_of_mini(tmp_path_factory.mktemp("any"))
    (folder / file).write_bytes(content)
    policy, problems = compiled(folder)
    assert (policy is None) == any(p.severity == "error" for p in problems)
    assert all(p.place.file for p in problems)
    assert all(str(p.place).isprintable() and p.message.isprintable() and p.hint.isprintable() for p in problems)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(file=FILES, at=st.floats(0, 1), cut=st.integers(0, 30), put=st.text(max_size=6))
def test_no_slip_of_the_pen_raises(
    tmp_path_factory: pytest.TempPathFactory, file: str, at: float, cut: int, put: str
) -> None:
    """A good file with some letters lost and some typed in between: no exception, whatever it becomes."""
    folder = copy_of_mini(tmp_path_factory.mktemp("slip"))
    text = (folder / file).read_text(encoding="utf-8")
    start = int(at * len(text))
    (folder / file).write_bytes((text[:start] + put + text[start + cut :]).encode("utf-8", "surrogatepass"))
    policy, problems = compiled(folder)
    assert (policy is None) == any(p.severity == "error" for p in problems)


def test_work_grows_with_the_text_and_no_faster(tmp_path: Path) -> None:
    """Ten times as many stores and tables take at most about ten times as many calls, counted and not timed."""

    def calls(copies: int) -> int:
        folder = Path(shutil.copytree(AIRLINE, tmp_path / f"x{copies}"))
        for store in ("bookings", "loyalty", "website"):
            text = (folder / "stores" / f"{store}.yaml").read_text(encoding="utf-8")
            for copy in range(1, copies):
                named = text.replace(f"store: {store}\n", f"store: {store}-{copy}\n")
                (folder / "stores" / f"{store}-{copy}.yaml").write_text(named, encoding="utf-8")
        counted = 0

        def count(_frame: object, _event: str, _argument: object) -> None:
            nonlocal counted
            counted += 1

        sys.setprofile(count)
        try:
            policy, problems = compiled(folder)
        finally:
            sys.setprofile(None)
        assert policy is not None, problems[:3]
        assert len(policy.stores) == 3 * copies + 1  # and our own
        return counted

    assert calls(10) < calls(1) * ACCEPTABLE_GROWTH
