"""packs/controls.yaml: the named checks that keep promises, with the tests that hold each of them to its word."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from troth.catalog.raw import Raw
from troth.model.promise import Control

STAGES = frozenset({"compile", "gate", "plan", "desk", "worker", "ledger", "notice"})


@cache
def controls() -> Mapping[str, Control]:
    """By id, read once for each process. Raises PackError."""
    raw = Raw.file(files("troth") / "packs" / "controls.yaml")
    return MappingProxyType(
        {
            name: Control(name, row.text("says"), row.one_of("stage", STAGES), row.words("tests"))
            for name, row in raw.table("controls")
        }
    )
