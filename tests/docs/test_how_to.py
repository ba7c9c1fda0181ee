"""The pages for one situation each: their commands exist with these options, and their settings mean something."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import typer
from tests.repo.sources import ROOT, name

from troth import wire
from troth.edges.cli.main import program

PAGES = sorted((ROOT / "docs" / "how-to").glob("*.md"))


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def commands(page: Path) -> list[list[str]]:
    """Each `troth ...` of a page, as words."""
    text = "\n".join(blocks(page, "sh")).replace("\\\n", " ")
    return [shlex.split(found) for found in re.findall(r"(?:^|\| *)troth ([^|\n]+)", text, re.MULTILINE)]


COMMANDS = [(name(page), words) for page in PAGES for words in commands(page)]


def parsed(words: list[str]) -> None:
    """Read a command line as the program does, without running it."""
    group = typer.main.get_command(program())
    context = group.make_context("troth", list(words), resilient_parsing=True)
    found = group.get_command(context, words[0])  # type: ignore[attr-defined]  # it is a group
    assert found is not None, f"there is no command `{words[0]}`"
    found.make_context(words[0], list(words[1:]), parent=context)


@pytest.mark.parametrize(("page", "words"), COMMANDS)
def test_a_command_on_a_page_exists(page: str, words: list[str]) -> None:
    """With these arguments and options."""
    del page
    parsed(words)


def test_there_are_commands() -> None:
    """The search finds them, in pipes too, and a wrong one is noticed."""
    assert {words[0] for _, words in COMMANDS} >= {"restored", "sample", "pause", "resume"}
    assert any("-" in words for _, words in COMMANDS)
    with pytest.raises(Exception, match="No such option"):
        parsed(["restored", "bookings", "--buy", "ines"])


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "toml")], ids=name)
def test_settings_on_a_page_are_read(page: Path, tmp_path: Path) -> None:
    """As a whole file, by what reads them; and what they say arrives."""
    for number, text in enumerate(blocks(page, "toml")):
        home = tmp_path / str(number)
        home.mkdir()
        (home / "settings.toml").write_text(text, encoding="utf-8")
        said, settings = tomllib.loads(text), wire.read_settings(home)
        if work := said.get("work"):
            assert settings.pace.batch == work["batch"]
            assert settings.pace.quiet is not None
        assert settings.limits.keys() == said.get("stores", {}).keys()
        assert (settings.mail is not None) == ("mail" in said)
        assert (settings.messages is not None) == ("messages" in said)
        assert said.keys() & {"work", "stores", "mail", "messages"}, "a page shows settings that mean nothing"
