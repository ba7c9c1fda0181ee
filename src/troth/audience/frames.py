"""Data frames put to the gate: whatever hands its rows over as an Arrow stream and can be made of one, as Polars does.

No library of frames is needed here, nor imported: the frame brings its own.
"""

from typing import Any, Protocol, TypeVar

from troth.audience.sets import Asked, judge, table_engine


class Frame(Protocol):
    """Hands its rows over in the Arrow form; its class takes such a stream and gives a frame."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """The rows, from the beginning each time it is asked."""


FrameT = TypeVar("FrameT", bound=Frame)
_ROWS, _PLACE = "troth_frame", "troth_place"


class _Stream:
    """The stream and nothing else of a frame: by its class the engine would look for a package that reads it."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._frame.__arrow_c_stream__(requested_schema)


def judge_frame(frame: FrameT, asked: Asked, *, age_seconds: float) -> FrameT:
    """Answer for every row of a frame whose columns hold facts, as `troth.audience.columns` names them.

    Args:
        frame: the people, one row each.
        asked: the question, with the versions that govern them all.
        age_seconds: how old what the frame says is. Past the bound of the limits it counts as not known.

    Returns:
        The frame, its rows in their order, with `troth_code`: the first reason against, or empty.

    Raises:
        InputError: `too-many-situations`.
    """
    with table_engine() as engine:
        engine.register(_ROWS, _Stream(frame))
        try:
            source = f"(SELECT row_number() OVER () AS {_PLACE}, f.* FROM {_ROWS} f)"
            judged = judge(engine, source, asked, age_seconds=age_seconds)
            found = engine.sql(f"SELECT * EXCLUDE ({_PLACE}) FROM {judged} ORDER BY {_PLACE}")
            return type(frame)(found)  # type: ignore[call-arg]  # what the protocol asks of its class
        finally:
            engine.unregister(_ROWS)
