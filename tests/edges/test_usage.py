"""A command line that cannot be read is no answer: exit code 2 is kept for a no."""

from pathlib import Path

import pytest
import typer
from tests.edges.shop import MAUD, Shop

from troth.edges import cli
from troth.edges.cli.main import FILES, program

CLI = Path(str(cli.__file__)).parent


@pytest.mark.parametrize(
    "words",
    [("frobnicate",), ("status", "--nope"), ("ask",), ("retry",), ("apply",), ("object", "--who"), ("decide", "c-1")],
    ids=" ".join,
)
def test_a_mistake_of_the_caller_exits_one_with_code_and_remedy(quiet: Shop, words: tuple[str, ...]) -> None:
    """Whoever asks from a script must not take a typing mistake for a no."""
    done = quiet.troth(*words)
    assert (done.returncode, done.stdout) == (1, ""), done
    assert done.stderr.startswith("✗ usage: ")
    assert "--help` says what it takes" in done.stderr


def test_an_answer_still_exits_as_documented(quiet: Shop) -> None:
    """Negative control: a no is 2, help and version are 0, and no command at all is help."""
    no = quiet.troth("ask", "mischief", "--who", MAUD)
    assert no.returncode == 2, no
    for words in (("--version",), ("status", "--help"), ()):
        assert quiet.troth(*words).returncode == 0


def test_a_program_of_its_own_says_the_same(quiet: Shop) -> None:
    """The other tests fork: here is the command as it is installed, for a help, a no and a mistake."""
    for words in (("--help",), ("know", "--who", MAUD, "--by", "mallory"), ("frobnicate",)):
        assert quiet.process(*words) == quiet.troth(*words)


@pytest.mark.parametrize("file", FILES)
def test_each_command_stands_where_it_is_looked_for(file: str) -> None:
    """A command is loaded from its own file alone; a table that lagged behind would hide it or load the wrong one."""
    commands = FILES[file].split()
    for words in commands:
        assert names(program([words])) == commands
    assert set(commands) <= set(names(program()))


def test_every_file_of_commands_is_in_the_table() -> None:
    """Each file that registers commands; and words that name none see all of them, so a slip finds its neighbour."""
    assert set(FILES) == {path.stem for path in CLI.glob("*.py") if "\ndef register(" in path.read_text("utf-8")}
    assert names(program(["statsu"])) == names(program(["--help"])) == names(program())
    assert len(set(names(program()))) == len(names(program()))


def names(app: typer.Typer) -> list[str]:
    """What may be typed."""
    commands = [str(found.name or getattr(found.callback, "__name__", "")) for found in app.registered_commands]
    return commands + [str(group.name) for group in app.registered_groups]
