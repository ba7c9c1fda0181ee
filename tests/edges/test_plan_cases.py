"""Cases of plans: rows and a request in, the lines of a real plan out, with no server and nothing left behind."""

import tempfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from troth.edges.cli.main import program

ROOT = Path(__file__).parents[2] / "examples"
WEBSITE = ROOT / "website" / "policy"
GOOD = """
- case: A writer goes and the neighbour stays
  request: erasure
  person: {email: ada@example.org}
  rows:
    letters:
      conversation:
        - {conversation_id: 1, email: ADA@example.org, writer_name: Ada}
        - {conversation_id: 2, email: bo@example.org, writer_name: Bo}
      message:
        - {message_id: 10, conversation_id: 1, body: "A question"}
  plan:
    - delete letters.message 10 (no-longer-needed)
    - delete letters.conversation 1 (no-longer-needed)
"""


def tried(folder: Path, text: str) -> tuple[int, str]:
    """Exit code and what is said, on lines that are not broken."""
    file = folder / "some.yaml"
    file.write_text(text, encoding="utf-8")
    told = CliRunner().invoke(program(), ["cases", str(WEBSITE), "--cases", str(file), "--format", "plain"])
    return told.exit_code, " ".join(told.output.split())


@pytest.mark.parametrize(
    ("name", "least"), [("airline", 14), ("flooring", 6), ("parts", 8), ("software", 26), ("website", 20)]
)
def test_the_cases_of_the_samples_hold(name: str, least: int) -> None:
    told = CliRunner().invoke(program(), ["cases", str(ROOT / name / "policy"), "--format", "plain"])
    assert told.exit_code == 0, told.output
    assert int(told.output.split("\n")[1].split()[0]) >= least


def test_a_plan_as_expected_holds_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address in other letters is the same; the file of the rows is gone with the case."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    assert tried(tmp_path, GOOD) == (0, "Cases 1 case, all hold.")
    assert list(place.iterdir()) == []


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("    - delete letters.message 10 (no-longer-needed)\n", "",
         "plan: there, and not expected: delete letters.message 10 (no-longer-needed)"),
        ("letters.conversation 1 (", "letters.conversation 2 (",
         "plan: expected, and not there: delete letters.conversation 2 (no-longer-needed)"),
        ("(no-longer-needed)\n    - delete letters.conv", "(withdrawn)\n    - delete letters.conv",
         "plan: expected, and not there: delete letters.message 10 (withdrawn)"),
        ("  plan:\n", "  waiting: [letters.conversation 2 by email]\n  plan:\n",
         "waiting: expected, and not there: letters.conversation 2 by email"),
        ("  plan:\n", "  errors: [circular-keys]\n  plan:\n", "errors: expected, and not there: circular-keys"),
    ],
)  # fmt: skip
def test_what_differs_is_told(tmp_path: Path, before: str, after: str, says: str) -> None:
    """Exit 2, with what was expected beside what came."""
    assert before in GOOD
    code, told = tried(tmp_path, GOOD.replace(before, after, 1))
    assert code == 2
    assert says in told


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("letters:\n", "lettres:\n", "case-undeclared"),
        ("      message:", "      massage:", "case-undeclared"),
        ("conversation_id: 2,", "conversation_id: 1,", "case-form"),
        ("email: bo@example.org", "email: [bo@example.org]", "case-form"),
        ("request: erasure", "request: forgetting", "case-form"),
        ("email: ada@example.org}\n  rows", "email: nobody}\n  rows", "case-form"),
        ("  plan:\n", "  plans:\n", "case-unknown-word"),
        ("  person: {email: ada@example.org}\n", "", "case-incomplete"),
        ('        - {message_id: 10, conversation_id: 1, body: "A question"}\n', "        - 3\n", "case-form"),
    ],
)  # fmt: skip
def test_a_case_that_cannot_be_tried_is_wrong(tmp_path: Path, before: str, after: str, code: str) -> None:
    """Exit 3 with a code; no value of a row is repeated."""
    assert before in GOOD
    exit_code, told = tried(tmp_path, GOOD.replace(before, after, 1))
    assert exit_code == 3
    assert f"{code}:" in told
    assert "bo@example.org" not in told
