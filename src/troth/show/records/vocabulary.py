"""What our words are in the vocabularies of others: packs/vocabularies, read once."""

from functools import cache
from importlib.resources import files

from troth.catalog.raw import Raw


@cache
def vocabulary(name: str) -> Raw:
    """One of them. Raises PackError."""
    return Raw.file(files("troth") / "packs" / "vocabularies" / f"{name}.yaml", f"vocabularies/{name}.yaml")
