"""The commands for whoever writes a policy, as they are typed: what they print, write, and exit with."""

import json
import shutil
from pathlib import Path

import pytest
from tests.repo.sources import ROOT
from typer.testing import CliRunner, Result

from troth.edges.cli.main import program

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
    return CliRunner().invoke(program(), [str(word) for word in words])


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


SAID = ("--name", "Kettle Lane Teas", "--address", "3 Kettle Lane", "--contact", "privacy@kettle.example",
        "--country", "fr", "--languages", "en", "--does", "website,newsletter", "--engine", "sqlite")  # fmt: skip


def test_a_first_policy_by_options(tmp_path: Path) -> None:
    """Without a terminal; the authority is known where there is one."""
    folder = tmp_path / "deep" / "policy"
    assert run("init-policy", folder, *SAID).exit_code == 0
    assert run("check", folder).exit_code == 0
    assert "Commission nationale" in (folder / "organisation.yaml").read_text("utf-8")
    assert sorted(path.name for path in folder.parent.iterdir()) == ["policy"]


def test_a_first_policy_by_a_file_of_answers(tmp_path: Path) -> None:
    """Options say more than the file; a list is as good as commas."""
    file = tmp_path / "answers.yaml"
    file.write_text(
        "name: Weir & Sons\naddress: 1 Weir Lane\ncontact: w@weir.example\ncountry: GB\n"
        "languages: [en]\ndoes: [customers, applicants]\nengine: mariadb\n",
        encoding="utf-8",
    )
    (tmp_path / "policy").mkdir()
    assert run("init-policy", tmp_path / "policy", "--answers", file, "--engine", "sqlite").exit_code == 0
    assert "engine: sqlite" in (tmp_path / "policy" / "stores" / "main.yaml").read_text("utf-8")
    assert "Weir & Sons" in run("notice", tmp_path / "policy", "--format", "plain").stdout


def test_a_first_policy_by_questions(tmp_path: Path) -> None:
    """A wrong answer is asked again; the default is taken on return."""
    typed = "Kettle Lane\n3 Kettle Lane\np@kettle.example\nUS\nDE\nThe authority here\n\nwebsit\nwebsite\n\n"
    told = CliRunner().invoke(program(), ["init-policy", str(tmp_path / "policy")], input=typed)
    assert told.exit_code == 0
    assert run("check", tmp_path / "policy").exit_code == 0


def test_breaking_off_leaves_nothing(tmp_path: Path) -> None:
    """Whether by Ctrl-C or because nobody answers; and what is missing is named."""
    told = CliRunner().invoke(program(), ["init-policy", str(tmp_path / "policy")], input="Kettle Lane\n")
    assert told.exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_while_writing_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder comes into being whole or not at all."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("troth.edges.starting.compile_folder", interrupted)
    assert run("init-policy", tmp_path / "policy", *SAID).exit_code != 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["file", "full"])
def test_nobodys_words_are_written_over(tmp_path: Path, kind: str) -> None:
    """A folder with anything in it is refused, and so is a file."""
    place = tmp_path / "policy"
    mine = place if kind == "file" else place / "mine.txt"
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("mine", encoding="utf-8")
    assert run("init-policy", place, *SAID).exit_code == 1
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [mine]
    assert mine.read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    "text", ["nmae: x\n", "- name\n", "name: [x\n", "country: Atlantis\n", "engine: [sqlite, mariadb]\n"]
)
def test_a_file_of_answers_with_a_mistake_is_told(tmp_path: Path, text: str) -> None:
    """A misspelt question would otherwise be asked again in a place where nobody answers."""
    (tmp_path / "answers.yaml").write_text(text, encoding="utf-8")
    told = run(
        "init-policy",
        tmp_path / "policy",
        *(SAID if "nmae" in text else SAID[:6]),
        "--answers",
        tmp_path / "answers.yaml",
    )
    assert told.exit_code == 1
    assert not (tmp_path / "policy").exists()
