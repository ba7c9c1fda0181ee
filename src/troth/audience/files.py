"""Files of people: CSV and Parquet in, CSV and Parquet out, with the line of whatever is broken.

What is written appears whole or not at all, readable by its owner alone. A line that cannot be read either stops
everything before anything is written, or is left out and named: as asked for.
"""

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from troth.model.audience import Broken
from troth.model.problem import InputError

CSV, PARQUET = ".csv", ".parquet"
PEOPLE = "people"
_MOST_LINES = 100


@dataclass(frozen=True)
class Opened:
    """A file that the engine can read as the relation `people`."""

    source: str
    names: tuple[str, ...]
    broken: tuple[Broken, ...] = ()
    """The first of them."""
    left_out: int = 0


def open_people(engine: duckdb.DuckDBPyConnection, path: Path, *, skip_broken: bool = False) -> Opened:
    """Make a file known to the engine.

    Raises InputError: `no-such-file`, `file-form-unknown`, `lines-broken`, `not-utf-8` (unless such lines are to be
    skipped).
    """
    if not path.is_file():
        raise InputError("no-such-file", f"there is no file `{path}`", "name a CSV or Parquet file")
    if path.suffix == PARQUET:
        return _parquet(engine, path)
    if path.suffix == CSV:
        return _csv(engine, path, skip_broken=skip_broken)
    raise InputError(
        "file-form-unknown", f"`{path.name}` is neither CSV nor Parquet", f"name it `*{CSV}` or `*{PARQUET}`"
    )


def _parquet(engine: duckdb.DuckDBPyConnection, path: Path) -> Opened:
    source = f"read_parquet({_text(path)})"
    try:
        return Opened(source, _names(engine, source))
    except duckdb.Error:
        raise _unreadable(path) from None


def _csv(engine: duckdb.DuckDBPyConnection, path: Path, *, skip_broken: bool) -> Opened:
    """One look through the whole file finds every broken line before anything is judged."""
    form = "header = true, delim = ',', quote = '\"', escape = '\"', null_padding = false, strict_mode = true"
    sniffed = f"read_csv({_text(path)}, {form}, sample_size = 20480, ignore_errors = true)"
    try:
        columns = engine.execute(f"DESCRIBE SELECT * FROM {sniffed}").fetchall()
        types = ", ".join(f"{_string(str(name))}: {_string(str(kind))}" for name, kind, *_ in columns)
        words = f"{form}, auto_detect = false, columns = {{{types}}}"
        checking = f"read_csv({_text(path)}, {words}, store_rejects = true)"
        for kept in ("reject_errors", "reject_scans"):  # the engine adds to what it kept of an earlier file
            engine.execute(f"DROP TABLE IF EXISTS {kept}")
        engine.execute(f"SELECT count(COLUMNS(*)) FROM {checking}").fetchall()
        rejected = engine.execute(
            "SELECT line, any_value(column_name), any_value(error_type) FROM reject_errors GROUP BY line ORDER BY line"
        ).fetchall()
    except duckdb.Error:
        raise _unreadable(path) from None
    broken = tuple(Broken(int(line), str(column or ""), str(why).lower()) for line, column, why in rejected)
    if broken and not skip_broken:
        if strange := [each for each in broken if "unicode" in each.why or "encoding" in each.why]:
            message = f"`{path.name}`: {len(strange)} lines hold letters that are not UTF-8: {_lines(strange)}"
            raise InputError("not-utf-8", message, f"save it as UTF-8: `iconv -f latin1 -t utf8 {path.name}`")
        raise InputError(
            "lines-broken",
            f"`{path.name}`: {len(broken)} lines cannot be read: {_lines(broken)}",
            "mend them, or leave them out with `--skip-broken`",
        )
    source = f"read_csv({_text(path)}, {words}{', ignore_errors = true' if broken else ''})"
    return Opened(source, tuple(str(name) for name, *_ in columns), broken[:_MOST_LINES], len(broken))


def write(engine: duckdb.DuckDBPyConnection, select: str, path: Path, *, heading: bool = True) -> int:
    """Write a query's rows to a file, whole or not at all; how many. Raises InputError `file-form-unknown`."""
    if path.suffix not in (CSV, PARQUET):
        raise _unknown_form(path)
    form = "FORMAT parquet, COMPRESSION zstd" if path.suffix == PARQUET else f"FORMAT csv, HEADER {heading}"
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
    try:
        (rows,) = engine.execute(f"COPY ({select}) TO {_text(draft)} ({form})").fetchall()[0]
        draft.chmod(0o600)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.rename(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
    return int(rows)


def write_column(values: Iterable[bytes], heading: str, path: Path) -> None:
    """Write scrambled values, one to a line and nothing else, in an order that says nothing; whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii", newline="\n") as file:
            file.writelines(f"{line}\n" for line in ([heading] if heading else []))
            file.writelines(f"{value.hex()}\n" for value in sorted(values))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise


def listed(names: Sequence[str]) -> str:
    """Column names for a query."""
    return ", ".join('"' + name.replace('"', '""') + '"' for name in names)


def _names(engine: duckdb.DuckDBPyConnection, source: str) -> tuple[str, ...]:
    return tuple(str(row[0]) for row in engine.execute(f"DESCRIBE SELECT * FROM {source}").fetchall())


def _lines(broken: Sequence[Broken]) -> str:
    return ", ".join(str(each.line) for each in broken[:_MOST_LINES])


def _text(path: Path) -> str:
    return _string(str(path))


def _string(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _unreadable(path: Path) -> InputError:
    remedy = "a CSV file has a heading, commas and UTF-8; a Parquet file is whole"
    return InputError("file-unreadable", f"`{path.name}` cannot be read", remedy)


def _unknown_form(path: Path) -> InputError:
    remedy = f"name it `*{CSV}` or `*{PARQUET}`"
    return InputError("file-form-unknown", f"`{path.name}` is neither CSV nor Parquet", remedy)
