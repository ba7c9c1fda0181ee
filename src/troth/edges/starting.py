"""A first policy, from questions to a folder: what was said is checked, the rest is asked, all is written at once."""

import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
import yaml

from troth.catalog import Catalog
from troth.edges.console import complain
from troth.model.problem import InputError
from troth.policy import compile_folder
from troth.policy.author.starter import (
    ACTIVITIES,
    ENGINES,
    LANGUAGES,
    Answers,
    authority_of,
    read_country,
    read_line,
    read_words,
)
from troth.policy.report import did_you_mean
from troth.show.terminal import safe

QUESTIONS = {
    "name": "Name of the organisation that people know",
    "address": "Its postal address",
    "contact": "Where a person writes to the privacy office",
    "country": "Country where it is established, as two letters",
    "authority": "The supervisory authority",
    "languages": f"Languages ({', '.join(LANGUAGES)}), the first one always there",
    "does": f"What it does, several with commas ({', '.join(ACTIVITIES)})",
    "engine": f"Database ({', '.join(ENGINES)})",
}


def refuse_used(folder: Path) -> None:
    """Raises InputError where something stands already: nobody's words are written over."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError("folder-not-empty", f"something stands in `{folder}` already", "name a new or an empty folder")


def read_answers(file: Path) -> Mapping[str, str]:
    """Answers in a file, by the names of the questions; a list is as good as words with commas."""
    try:
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError("bad-answer", f"`{file}` is not YAML", "one `name: answer` on each line") from error
    if not isinstance(raw, dict):
        raise InputError("bad-answer", f"`{file}` holds no answers", "one `name: answer` on each line")
    for key in raw:
        if key not in QUESTIONS:
            known = did_you_mean(str(key), QUESTIONS) or f"one of {', '.join(QUESTIONS)}"
            raise InputError("bad-answer", f"nothing asks for `{key}`", known)
    return {key: ",".join(map(str, value)) if isinstance(value, list) else str(value) for key, value in raw.items()}


def ask_about(said: Mapping[str, str], catalog: Catalog) -> Answers:
    """Check what was said, and ask for the rest. Raises InputError where a given answer is no answer."""

    def answer(key: str, read: Callable[[str], Any], default: str = "") -> Any:
        return read(said[key]) if key in said else _asked(key, read, default)

    name, address, contact = (answer(key, read_line) for key in ("name", "address", "contact"))
    country = answer("country", lambda text: read_country(text, catalog))
    known = authority_of(country, catalog)
    return Answers(
        name=name,
        address=address,
        contact=contact,
        country=country,
        authority=known if known and "authority" not in said else answer("authority", read_line),
        languages=answer("languages", lambda text: read_words(text, LANGUAGES), LANGUAGES[0]),
        does=answer("does", lambda text: read_words(text, tuple(ACTIVITIES))),
        engine=answer("engine", lambda text: read_words(text, ENGINES, most=1)[0], ENGINES[0]),
        begins=datetime.now(UTC).date(),
    )


def _asked(key: str, read: Callable[[str], Any], default: str) -> Any:
    """Ask until there is an answer. Where nobody answers, say how to say it otherwise."""
    while True:
        try:
            given = typer.prompt(safe(QUESTIONS[key]), default=default or None, err=True)
        except typer.Abort:
            remedy = f"answer, or say `--{key}`, or `{key}:` in a file of `--answers`"
            raise InputError("not-answered", f"`{key}` was not answered; nothing was written", remedy) from None
        try:
            return read(given)
        except InputError as error:
            complain(error.code, error.message, error.remedy)


def write_whole(folder: Path, files: Mapping[str, str], catalog: Catalog) -> None:
    """All files or none: written beside the folder, compiled there, and put in its place in one step."""
    folder.absolute().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".troth-", dir=folder.absolute().parent) as nest:
        draft = Path(nest) / "policy"
        for name, text in files.items():
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
            (draft / name).write_text(text, encoding="utf-8", newline="\n")
        _, problems = compile_folder(draft, catalog)
        if problems:
            first = problems[0]
            raise InputError("not-compiled", f"{first.place}: {first.code}: {first.message}", first.hint)
        refuse_used(folder)
        draft.replace(folder)
