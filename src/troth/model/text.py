"""Wordings by language, and what stands where nothing was said."""

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn, final

Text = Mapping[str, str]
"""Language code (BCP 47) -> wording. The policy's first language is present wherever anything is said."""


@final
class _Nothing(Mapping[str, Any]):
    """An empty mapping that stays empty, so that a frozen noun may have it as a default."""

    def __getitem__(self, key: str) -> NoReturn:
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "{}"


NONE: Mapping[str, Any] = _Nothing()
"""Nothing of a kind is declared."""
SILENT: Text = NONE
"""Nothing was said."""
