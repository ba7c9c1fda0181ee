"""Packs as they are written: mappings of texts, read with the file and key in every complaint."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources.abc import Traversable
from typing import Any

import yaml


class PackError(Exception):
    """A pack contradicts itself or lacks something: a fault of the installation, found when it is read."""


@dataclass(frozen=True)
class Raw:
    """A mapping of a pack. Every scalar is text (`NO` is Norway); whoever reads a key says what it must be."""

    where: str
    data: Mapping[str, Any]

    @classmethod
    def file(cls, path: Traversable, where: str = "") -> "Raw":
        """The mapping that a file holds. Raises PackError."""
        try:
            data = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)  # noqa: S506  # texts only
        except (OSError, yaml.YAMLError) as error:
            raise PackError(f"{where or path.name} cannot be read: {error}") from error
        if not isinstance(data, dict):
            raise PackError(f"{where or path.name} is not a mapping")
        return cls(where or path.name, data)

    def only(self, keys: Collection[str]) -> None:
        """Refuse a key that nobody reads: it is a typing mistake, and what it meant to say would be lost."""
        for key in self.data:
            if key not in keys:
                raise PackError(f"{self.where}: `{key}` is no key here; known are {', '.join(sorted(keys))}")

    def text(self, key: str, default: str | None = None) -> str:
        """A text; without a default it must be there."""
        value = self.data.get(key, default)
        if not isinstance(value, str):
            raise PackError(f"{self.where}: `{key}` must be a text")
        return value

    def number(self, key: str, default: str | None = None) -> int:
        """A whole number from zero."""
        text = self.text(key, default)
        if not text.isdecimal():
            raise PackError(f"{self.where}: `{key}` must be a whole number, and is `{text}`")
        return int(text)

    def flag(self, key: str, default: str = "false") -> bool:
        """`true` or `false`."""
        return self.one_of(key, ("true", "false"), default) == "true"

    def one_of(self, key: str, words: Collection[str], default: str | None = None) -> str:
        """One word of a closed list."""
        text = self.text(key, default)
        if text not in words:
            raise PackError(f"{self.where}: `{key}` is `{text}` and none of {sorted(words)}")
        return text

    def day(self, key: str) -> date:
        """An ISO date."""
        try:
            return date.fromisoformat(self.text(key))
        except ValueError as error:
            raise PackError(f"{self.where}: `{key}` is no ISO date") from error

    def day_or_none(self, key: str) -> date | None:
        """An ISO date, or None where the key is absent."""
        return self.day(key) if key in self.data else None

    def words(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty where the key is absent."""
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise PackError(f"{self.where}: `{key}` must be a list of texts")
        return tuple(value)

    def table(self, key: str) -> "Iterator[tuple[str, Raw]]":
        """A mapping of mappings, by name; empty where the key is absent."""
        value = self.data.get(key, {})
        if not isinstance(value, dict):
            raise PackError(f"{self.where}: `{key}` must be a mapping")
        for name, data in value.items():
            if not isinstance(data, dict):
                raise PackError(f"{self.where}: `{key}.{name}` must be a mapping")
            yield name, Raw(f"{self.where}: {key}.{name}", data)

    def rows(self, key: str) -> "Iterator[Raw]":
        """A list of mappings; empty where the key is absent."""
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise PackError(f"{self.where}: `{key}` must be a list of mappings")
        for number, row in enumerate(value, 1):
            yield Raw(f"{self.where}: {key} {number}", row)

    def under(self, key: str) -> "Raw":
        """One mapping below this one; empty where the key is absent."""
        value = self.data.get(key, {})
        if not isinstance(value, dict):
            raise PackError(f"{self.where}: `{key}` must be a mapping")
        return Raw(f"{self.where}: {key}", value)
