"""Statements that are sent together: only reading an answer waits, and one wait serves all that was sent before it.

This is libpq's pipeline, without a cursor for each statement: a request to Troth is a few hundred small statements, and
making cursors was most of what they cost. Values go and come through the driver's own adapters.
"""

import re
import select
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

import psycopg
from psycopg import errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ConnStatus, ExecStatus, Format
from psycopg.pq.abc import PGresult

PREPARED = 500
"""Statements that one connection keeps planned. There are fewer; what comes after them is planned each time."""
_PLACE = re.compile(rb"%(?:\((\w+)\)s|s|%)")


class _Parsed(NamedTuple):
    """A statement in the server's own notation, and the names of its parameters; none where they go by place."""

    sql: bytes
    names: tuple[str, ...]


class Answer:
    """What a statement gave. Asking for it waits; its error is raised then, or when the sending ends."""

    __slots__ = ("_line", "_rows", "count", "done")

    def __init__(self, line: "Line") -> None:
        self._line = line
        self._rows: list[tuple[Any, ...]] = []
        self.done = False
        self.count = -1
        """Rows that were given or changed."""

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows."""
        self._line.wait_for(self)
        return self._rows

    def fetchone(self) -> tuple[Any, ...] | None:
        """The first row."""
        return next(iter(self.fetchall()), None)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self.fetchall())

    def take(self, rows: list[tuple[Any, ...]], count: int) -> None:
        """Keep what came."""
        self._rows, self.count, self.done = rows, count, True


class _Known:
    """What a connection remembers from one sending to the next."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.adapt = Transformer(connection)
        self.encoding = connection.info.encoding
        self.names: dict[tuple[bytes, tuple[int, ...]], bytes] = {}
        self.made = 0


_KNOWN: Final[WeakKeyDictionary[psycopg.Connection[Any], _Known]] = WeakKeyDictionary()


class Line:
    """One connection, while statements are sent together over it."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._pgconn = connection.pgconn
        known = _KNOWN.get(connection)
        if known is None:
            known = _KNOWN[connection] = _Known(connection)
        self._known = known
        self._awaited: deque[Answer | tuple[bytes, tuple[int, ...]]] = deque()
        """Answers to come, in their order; for a statement being planned, how it is remembered."""

    def execute(self, sql: str, params: Mapping[str, Any] | Sequence[Any] | None = None) -> Answer:
        """Send a statement without waiting."""
        parsed = _parsed(sql, self._known.encoding) if params is not None else _Parsed(_bytes(sql), ())
        values = [params[name] for name in parsed.names] if isinstance(params, Mapping) else list(params or ())
        adapt = self._known.adapt
        sent = adapt.dump_sequence(values, [PyFormat.AUTO] * len(values)) if values else []
        types, formats = (tuple(adapt.types or ()), adapt.formats) if values else ((), [])
        name = self._planned(parsed.sql, types)
        if name is None:
            self._pgconn.send_query_params(parsed.sql, sent, types, formats, Format.TEXT)
        else:
            self._pgconn.send_query_prepared(name, sent, formats, Format.TEXT)
        answer = Answer(self)
        self._awaited.append(answer)
        return answer

    def _planned(self, sql: bytes, types: tuple[int, ...]) -> bytes | None:
        """The name under which the server keeps a statement planned; None where it keeps enough."""
        known, key = self._known, (sql, types)
        name = known.names.get(key)
        if name is None and len(known.names) < PREPARED:
            known.made += 1
            name = known.names[key] = b"troth_%d" % known.made
            self._pgconn.send_prepare(name, sql, types)
            self._awaited.append(key)
        return name

    def wait_for(self, answer: Answer) -> None:
        """Read answers until this one came. Raises the error of the first statement that failed."""
        if not answer.done:
            self._pgconn.send_flush_request()
            self._flush()
        while not answer.done:
            self._read(self._awaited.popleft())

    def end(self) -> None:
        """Read what is still to come. Raises the error of the first statement that failed."""
        self._pgconn.pipeline_sync()
        self._flush()
        failed: Exception | None = None
        while self._awaited:
            try:
                self._read(self._awaited.popleft())
            except psycopg.Error as error:
                if self._pgconn.status != ConnStatus.OK:
                    raise
                failed = failed or error
        if (result := self._next()) is None or result.status != ExecStatus.PIPELINE_SYNC:
            raise psycopg.OperationalError("the end of what was sent together was not confirmed")
        if failed is not None:
            raise failed

    def _read(self, awaited: Answer | tuple[bytes, tuple[int, ...]]) -> None:
        result = self._next()
        if result is None:
            raise psycopg.OperationalError("an answer is missing")
        self._next()  # nothing: the end of this statement's answers
        if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            if not isinstance(awaited, Answer):
                self._known.names.pop(awaited, None)
            if result.status == ExecStatus.PIPELINE_ABORTED:
                raise errors.PipelineAborted("an earlier statement failed")
            raise errors.error_from_result(result, self._known.encoding)
        if isinstance(awaited, Answer):
            rows: list[tuple[Any, ...]] = []
            if result.status == ExecStatus.TUPLES_OK:
                self._known.adapt.set_pgresult(result)
                rows = self._known.adapt.load_rows(0, result.ntuples, tuple)
                self._known.adapt.set_pgresult(None)
            awaited.take(rows, result.command_tuples if result.command_tuples is not None else -1)

    def _next(self) -> PGresult | None:
        while self._pgconn.is_busy():
            self._wait(select.POLLIN)
            self._pgconn.consume_input()
        return self._pgconn.get_result()

    def _flush(self) -> None:
        """Send all; what arrives meanwhile is taken in, so that neither side waits for the other."""
        while self._pgconn.flush():
            self._wait(select.POLLIN | select.POLLOUT)
            self._pgconn.consume_input()

    def _wait(self, for_what: int) -> None:
        poll = select.poll()
        poll.register(self._pgconn.socket, for_what)
        poll.poll()


@contextmanager
def together(connection: psycopg.Connection[Any]) -> Iterator[Line]:
    """Send statements together; when this has ended well, every one of them has.

    Raises psycopg.Error of the first that failed. The connection is usable afterwards, unless it was lost or the
    waiting was broken off: then it is closed.
    """
    line = Line(connection)
    connection.pgconn.enter_pipeline_mode()
    try:
        yield line
        line.end()
    except Exception:
        with suppress(psycopg.Error):
            line.end()
        raise
    except BaseException:
        connection.close()
        raise
    finally:
        if connection.pgconn.status == ConnStatus.OK:
            try:
                connection.pgconn.exit_pipeline_mode()
            except psycopg.Error:  # answers are left that nobody can tell apart any more
                connection.close()


@cache
def _bytes(sql: str) -> bytes:
    return sql.encode()


@cache
def _parsed(sql: str, encoding: str) -> _Parsed:
    """`%s` and `%(name)s` become `$1`, `$2` ..."""
    names: dict[str, int] = {}
    places = 0

    def place(found: re.Match[bytes]) -> bytes:
        nonlocal places
        if found[0] == b"%%":
            return b"%"
        if found[1] is None:
            places += 1
            return b"$%d" % places
        return b"$%d" % names.setdefault(found[1].decode(), len(names) + 1)

    return _Parsed(_PLACE.sub(place, sql.encode(encoding)), tuple(names))
