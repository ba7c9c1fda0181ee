"""Citations that nobody checked: the mark behind each becomes one sentence at the end, which a reader can bear."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from troth.model.law import UNCHECKED, uncited
from troth.show.blocks import Blocks, Para, Tone

SENTENCE = f"The laws are cited as this software lists them; nobody has checked that list ({UNCHECKED})."


def once(blocks: Blocks) -> Blocks:
    """The same blocks, without marks; with the sentence at their end where there was one."""
    bare: Blocks = _bare(blocks)
    return bare if bare == blocks else (*bare, Para(SENTENCE, Tone.QUIET))


def _bare(value: Any) -> Any:
    if isinstance(value, str):
        return uncited(value) if type(value) is str else value
    if isinstance(value, list | tuple):
        return type(value)([_bare(each) for each in value])
    if isinstance(value, Mapping):
        return {key: _bare(each) for key, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _bare(getattr(value, field.name)) for field in fields(value)})
    return value
