"""The commands for whoever writes a policy, as they are typed: what they print, write, and exit with."""

import json
import shutil
from pathlib import Path

import pytest
from tests.repo.sources import ROOT
from typer.testing import CliRunner, Result

from troth.edges.cli.main import app

WEBSITE = ROOT / "examples" / "website" / "policy"
MINI = ROOT / "tests" / "policy" / "mini"
FEWEST_CASES = 12

CASE = """\
- case: A reader who said yes gets the newsletter
  may: send
  for: newsletter
  by: email
  person: {is: [reader], said: {newsletter: yes}}
  answer: yes
  because: [basis-consent, choice-yes]
"""


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def mini(tmp_path: Path) -> Path:
    """A copy of a small policy, to change."""
    shutil.copytree(MINI, tmp_path / "policy")
    return tmp_path / "policy"


def texts(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_check_writes_nothing_and_shows_the_lines(mini: Path) -> None:
    """Exit 2, so that a CI can stop; then the command itself, and a check is content."""
    before = texts(mini)
    told = run("format", mini, "--check", "--format", "plain")
    assert told.exit_code == 2
    assert "+++ retention.yaml (formatted)" in told.stdout or "+++ purposes.yaml (formatted)" in told.stdout
    assert texts(mini) == before
    assert run("format", mini).exit_code == 0
    assert texts(mini).keys() == before.keys()
    assert texts(mini) != before
    again = run("format", mini, "--check", "--format", "json")
    assert (again.exit_code, json.loads(again.stdout)["changed"]) == (0, [])


def test_a_file_with_a_mistake_is_left_alone_and_told(mini: Path) -> None:
    """The others get their form; exit 3."""
    path = mini / "purposes.yaml"
    path.write_text(path.read_text("utf-8").replace("says: Fees", "sasy: Fees") + "# the end   \n", encoding="utf-8")
    before = texts(mini)
    told = run("format", mini, "--format", "plain")
    assert told.exit_code == 3
    assert "`sasy` is not known here" in told.stdout
    assert "Left alone, because of the above: purposes.yaml" in told.stdout
    after = texts(mini)
    assert after["purposes.yaml"] == before["purposes.yaml"]
    assert after != before


def test_no_folder_is_told(tmp_path: Path) -> None:
    """A wrong path is not a policy in good form."""
    told = run("format", tmp_path / "away", "--check", "--format", "plain")
    assert told.exit_code == 3
    assert "no folder" in told.stdout


def test_the_cases_of_the_sample_website_hold() -> None:
    """They stand beside its policy, and nothing has to be said about where."""
    told = run("cases", WEBSITE, "--format", "json")
    found = json.loads(told.stdout)
    assert told.exit_code == 0
    assert len(found) >= FEWEST_CASES
    assert all(case["holds"] for case in found)


def test_a_failed_case_says_what_was_expected_and_what_came(mini: Path, tmp_path: Path) -> None:
    """Exit 2; a case that holds is only counted."""
    (tmp_path / "cases").mkdir()
    wrong = CASE.replace("newsletter\n  may", "newsletter after a no\n  may").replace(
        "said: {newsletter: yes}", "said: {newsletter: no}"
    )
    (tmp_path / "cases" / "letters.yaml").write_text(CASE + wrong, encoding="utf-8")
    told = run("cases", mini, "--format", "plain")
    assert told.exit_code == 2
    assert "letters.yaml: A reader who said yes gets the newsletter after a no" in told.stdout
    assert "answer: expected yes, the gate says no" in told.stdout
    assert "because: expected [basis-consent, choice-yes], the gate says [choice-no]" in told.stdout
    assert "2 cases: 1 hold, 1 fail, 0 are wrong." in told.stdout


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (CASE.replace("is: [reader]", "is: [raeder]"), "case-undeclared"),
        (CASE.replace("said: {newsletter", "said: {newsleter"), "case-undeclared"),
        (CASE.replace("person: {", "person: {objected-to: [suggestion], "), "case-undeclared"),
        (CASE.replace("  by:", "  buy:"), "case-unknown-word"),
        (CASE.replace("  answer: yes\n", ""), "case-incomplete"),
        (CASE.replace("answer: yes", "answer: maybe"), "case-form"),
        (CASE.replace("[basis-consent, choice-yes]", "basis-consent"), "case-form"),
        (CASE.replace("is: [reader]", "is: reader"), "case-form"),
        (CASE + CASE, "case-twice"),
        ("case: alone\n", "case-form"),
        ("- only words\n", "case-form"),
        ("- [unclosed\n", "broken-yaml"),
    ],
)
def test_a_wrong_case_is_told_as_such(mini: Path, tmp_path: Path, text: str, code: str) -> None:
    """Exit 3: it is no answer of the gate, and never a case that quietly holds."""
    file = tmp_path / "one.yaml"
    file.write_text(text, encoding="utf-8")
    told = run("cases", mini, "--cases", file, "--format", "json")
    assert told.exit_code == 3
    assert code in {case["code"] for case in json.loads(told.stdout)}


def test_no_case_is_not_a_passed_one(mini: Path, tmp_path: Path) -> None:
    """A check that looks at nothing fails, and a policy that does not compile has no answers."""
    assert run("cases", mini).exit_code == 1
    (tmp_path / "cases").mkdir()
    assert run("cases", mini).exit_code == 1
    (mini / "elements.yaml").unlink()
    assert run("cases", mini).exit_code == 3
