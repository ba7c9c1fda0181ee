"""The Harbour Library with everything that records speak of, and all of its records in all of their forms."""

import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from tests.policy.little import change

from troth.catalog import Catalog
from troth.model.policy import Policy
from troth.policy import compile_folder
from troth.show.html import page
from troth.show.records.kinds import EXPORTS, RECORDS
from troth.show.records.record import Record, as_csv, as_json, blocks
from troth.show.terminal import json_text, plain

LIBRARY = Path(__file__).parent / "library"
DAY = date(2026, 11, 22)


def compiled(folder: Path) -> Policy:
    """A folder that must compile."""
    policy, problems = compile_folder(folder, Catalog.load())
    assert policy is not None, "\n".join(f"{one.place}: {one.message}" for one in problems)
    return policy


def copy_of_library(folder: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(LIBRARY, folder / "policy"))


def library() -> Policy:
    """The library as it stands."""
    return compiled(LIBRARY)


def changed(folder: Path, changes: Mapping[str, object], speaks: str = "") -> Policy:
    """The library with some files changed; `speaks` is what the notice is to speak of besides."""
    path = copy_of_library(folder)
    change(path, changes)
    spoken(path, speaks)
    return compiled(path)


def spoken(folder: Path, reference: str) -> None:
    """Let the notice speak of one more thing."""
    for language in ("en", "de") if reference else ():
        change(folder, {f"notice/{language}.md": {"purpose:lending,": f"purpose:lending, {reference},"}})


def record(policy: Policy, kind: str, language: str = "", day: date = DAY, catalog: Catalog | None = None) -> Record:
    """One record."""
    return RECORDS[kind](policy, catalog or Catalog.load(), language, day)


def forms(made: Record) -> dict[str, str]:
    """A record in all its forms; CSV with all its parts."""
    return {
        "page": page(made.title, blocks(made)),
        "plain": plain(blocks(made)),
        "json": json_text(as_json(made)),
        "csv": "".join(as_csv(made, sheet.id) for sheet in made.sheets),
    }


def everything(policy: Policy, language: str = "") -> dict[tuple[str, str], str]:
    """(kind, form) -> text, for every record and every export."""
    found = {(kind, form): text for kind in RECORDS for form, text in forms(record(policy, kind, language)).items()}
    for kind, export in EXPORTS.items():
        found |= {(kind, form): write(policy, Catalog.load()) for form, write in export.forms.items()}
    return found
