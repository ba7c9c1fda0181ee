"""The embedded PostgreSQL, started for real: who gets in, what it writes down, and what a crash leaves."""

from __future__ import annotations

import multiprocessing
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from troth.ledger import server as launcher
from troth.ledger import server_binaries, server_place
from troth.ledger import server_processes as processes
from troth.ledger.server import MAJOR, Server, ServerError, default_folder

ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not ROOT, reason="only root can become another user")
NOBODY = pwd.getpwnam("nobody").pw_uid
CANARY = "canary-7f3a91"


# --- helpers -----------------------------------------------------------------------------------------------------


@contextmanager
def a_nest() -> Iterator[Path]:
    """A folder that the server's account may pass; every server below it is stopped, then all is removed."""
    nest = Path(tempfile.mkdtemp(prefix="nest-", dir="/tmp"))
    nest.chmod(0o711)
    try:
        yield nest
    finally:
        for lock in list(nest.rglob("lock")):
            data = lock.parent / "data"
            processes.kill_all(data, 10)
            processes.kill_all(lock.parent / "data.new", 10)
            record = lock.parent / "socket-folder"
            if record.exists():
                shutil.rmtree(record.read_text(), ignore_errors=True)
        shutil.rmtree(nest)


@pytest.fixture
def nest() -> Iterator[Path]:
    with a_nest() as folder:
        yield folder


@pytest.fixture(scope="module")
def shared() -> Iterator[Server]:
    """One server for the tests that leave it running."""
    with a_nest() as folder:
        server = Server(folder / "shared")
        server.start()
        yield server


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    """A stopped instance to copy, where a test needs its own and is not about making one."""
    with a_nest() as folder:
        server = Server(folder / "template")
        server.start()
        ask(server, "CREATE TABLE kept (word text)")
        server.stop()
        yield server.folder


@pytest.fixture
def own(nest: Path, template: Path) -> Server:
    """A started server of the test's own, with an empty table `kept`."""
    subprocess.run(["cp", "-a", template, nest / "own"], check=True)
    server = Server(nest / "own")
    server.start()
    return server


def ask(server: Server, statement: str, *values: object, database: str = "postgres") -> list[tuple[Any, ...]]:
    with psycopg.connect(server.conninfo(database).reveal(), autocommit=True) as connection:
        cursor = connection.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def address(server: Server) -> dict[str, Any]:
    return conninfo_to_dict(server.conninfo().reveal())


def postmaster(server: Server) -> int:
    return int((server.folder / "data" / "postmaster.pid").read_text().splitlines()[0])


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def above(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Mode and owner of every folder above."""
    return {str(path): (mode(path), path.stat().st_uid, path.stat().st_gid) for path in folder.parents}


def holding(folder: Path, word: str) -> set[str]:
    """Files below `folder` that hold the word in clear, as paths relative to it."""
    found = set()
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            if path.is_file() and word.encode() in path.read_bytes():
                found.add(str(path.relative_to(folder)))
    return found


def python(code: str, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", code], text=True, stdout=subprocess.PIPE, **options)


def as_nobody(home: Path, act: Callable[[], object], uid: int = NOBODY) -> str:
    """What `act` gives in a process of another user.

    A fork: that user may not be able to run our interpreter, nor to import from its library what `act` loads late.
    So a test that starts a server here asks for `shared` too, whose start has loaded all of that.
    """
    if any(not folder.stat().st_mode & 0o001 for folder in (*Path(sys.prefix).parents, *Path(__file__).parents)):
        pytest.skip("this checkout lies in a folder that other users may not enter")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        answer = "the child ended without an answer"
        try:
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
            os.environ.update(HOME=str(home))
            os.environ.pop("XDG_DATA_HOME", None)
            os.chdir("/")
            answer = repr(act())
        except (OSError, LookupError, ServerError, psycopg.Error) as error:
            answer = repr(error)
        finally:
            os.write(writing, answer.encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return answer


def starter(folder: Path, **options: Any) -> subprocess.Popen[str]:
    code = f"from pathlib import Path; from troth.ledger.server import Server; Server(Path({str(folder)!r})).start()"
    return python(code, **options)


def start_and_tell(folder: str) -> tuple[str, str, int]:
    """What one of several starters got: host, password, and the postmaster it talks to."""
    server = Server(Path(folder))
    server.start()
    where = address(server)
    return where["host"], where["password"], postmaster(server)


# --- who gets in -------------------------------------------------------------------------------------------------


def test_a_started_server_answers_and_keeps_what_it_commits(shared: Server) -> None:
    """Version, checksums and durability are what the decision record says."""
    names = ("data_checksums", "fsync", "synchronous_commit", "full_page_writes", "listen_addresses", "max_connections")
    settings = {name: ask(shared, f"SHOW {name}")[0][0] for name in names}
    assert settings == {
        "data_checksums": "on",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "listen_addresses": "",
        "max_connections": "60",
    }
    assert ask(shared, "SHOW server_version_num")[0][0].startswith(str(MAJOR))
    assert shared.running()


def test_order_and_case_do_not_hang_on_the_operating_system(shared: Server) -> None:
    """The database brings its own collation, so an upgrade of the system cannot break an index."""
    provider = ask(shared, "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'template0'")
    assert [tuple(map(str, row)) for row in provider] == [("b", "C.UTF-8")]
    assert ask(shared, "SELECT upper('straße ñ')") == [("STRAßE Ñ",)]


def test_only_scram_opens_the_door(shared: Server) -> None:
    """The right password opens; a wrong one, an empty one and none do not."""
    right = shared.conninfo().reveal()
    assert psycopg.connect(right).close() is None
    for password in ("wrong", ""):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(make_conninfo(right, password=password, passfile="/dev/null"))
    rules = ask(shared, "SELECT type, database, user_name, auth_method FROM pg_hba_file_rules")
    assert rules == [("local", ["all"], ["all"], "scram-sha-256")]
    assert list(shared.folder.rglob("pg_hba.conf")) == [shared.folder / "pg_hba.conf"]
    assert (
        ask(shared, "SELECT rolname FROM pg_authid WHERE rolcanlogin AND rolpassword NOT LIKE 'SCRAM-SHA-256$%%'") == []
    )


def test_no_network_port_is_open(shared: Server) -> None:
    """None of the server's processes holds a listening TCP socket."""
    ours = set()
    for pid in processes.living_in(shared.folder / "data"):
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                ours.add(str(handle.readlink()).removeprefix("socket:[").removesuffix("]"))
    tables = [Path(f"/proc/net/{name}").read_text().splitlines()[1:] for name in ("tcp", "tcp6")]
    assert ours, "the handles were seen"
    assert not ours & {line.split()[9] for table in tables for line in table}


def test_what_lies_in_the_folder_is_private(shared: Server) -> None:
    """Password, log and lock for us; data and socket for the server; the instance folder listed by nobody else."""
    modes = {name: mode(shared.folder / name) for name in ("password", "server.log", "lock", "data", "socket")}
    assert modes == {"password": 0o600, "server.log": 0o600, "lock": 0o600, "data": 0o700, "socket": 0o700}
    assert mode(shared.folder) == (0o710 if ROOT else 0o700)
    assert mode(shared.folder / "socket" / ".s.PGSQL.5432") == 0o700
    if ROOT:
        server_id = (shared.folder / "data").stat().st_uid
        assert server_id in server_place._ACCOUNTLESS
        assert (shared.folder / "postgresql.conf").stat().st_uid == 0, "the server cannot rewrite its own rules"
        assert {path.lstat().st_uid for path in (shared.folder / "data").rglob("*")} == {server_id}


@as_root
def test_other_accounts_cannot_reach_data_or_socket(shared: Server) -> None:
    """Not even `nobody`, who ran initdb for us."""
    data, address_ = shared.folder / "data", str(shared.folder / "socket" / ".s.PGSQL.5432")
    assert "PermissionError" in as_nobody(Path("/"), lambda: list(data.iterdir()))
    assert "PermissionError" in as_nobody(Path("/"), lambda: socket.socket(socket.AF_UNIX).connect(address_))
    assert as_nobody(Path("/"), os.geteuid) == str(NOBODY), "the helper works"


def test_the_password_shows_nowhere(shared: Server) -> None:
    """Not in a repr, not in an error, not in a process's arguments, not in a file but its own."""
    password = address(shared)["password"]
    assert len(password) > 40
    assert password not in repr(shared) + repr(shared.conninfo()) + str(shared.conninfo())
    assert holding(shared.folder, password) == {"password"}
    for pid in processes.living_in(shared.folder / "data"):
        assert password.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()
        assert password.encode() not in Path(f"/proc/{pid}/environ").read_bytes()


def test_another_role_gets_no_password_of_the_superuser(shared: Server) -> None:
    """A role of its own has its own password, which the caller adds."""
    assert "password" not in conninfo_to_dict(shared.conninfo(user="reader").reveal())
    ask(shared, "CREATE ROLE reader LOGIN PASSWORD 'a reader''s own'")
    try:
        theirs = make_conninfo(shared.conninfo(user="reader").reveal(), password="a reader's own")
        with psycopg.connect(theirs) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("reader",)
    finally:
        ask(shared, "DROP ROLE reader")


def test_the_server_cannot_be_told_to_loosen_its_rules(shared: Server) -> None:
    """`ALTER SYSTEM` is off, and no core dump can be written."""
    with pytest.raises(psycopg.Error):
        ask(shared, "ALTER SYSTEM SET log_statement = 'all'")
    limits = Path(f"/proc/{postmaster(shared)}/limits").read_text()
    assert next(line for line in limits.splitlines() if line.startswith("Max core file size")).split()[4:6] == [
        "0",
        "0",
    ]


# --- what it writes down -----------------------------------------------------------------------------------------


MISHAPS = {
    "unique": ("INSERT INTO mishap (word) VALUES ('{c}')", psycopg.errors.UniqueViolation),
    "check": ("INSERT INTO mishap (word, age) VALUES ('{c} 2', -1)", psycopg.errors.CheckViolation),
    "not null": ("INSERT INTO mishap (word, age) VALUES ('{c} 3', NULL)", psycopg.errors.NotNullViolation),
    "foreign key": ("INSERT INTO mishap (word, boss) VALUES ('{c} 4', '{c} boss')", psycopg.errors.ForeignKeyViolation),
    "cast": ("SELECT '{c}'::integer", psycopg.errors.InvalidTextRepresentation),
    "syntax": ("SELEKT '{c}'", psycopg.errors.SyntaxError),
    "raise": ("DO $$ BEGIN RAISE EXCEPTION '{c}' USING DETAIL = '{c}'; END $$", psycopg.errors.RaiseException),
    "division": ('SELECT 1 / 0 AS "{c}"', psycopg.errors.DivisionByZero),
}


@pytest.fixture
def mishap(shared: Server) -> Iterator[None]:
    ask(
        shared,
        "CREATE TABLE mishap (word text PRIMARY KEY, age int NOT NULL DEFAULT 1 CHECK (age > 0),"
        " boss text REFERENCES mishap)",
    )
    ask(shared, "INSERT INTO mishap (word) VALUES (%s)", CANARY)
    yield
    ask(shared, "DROP TABLE mishap")


def outside_the_data_files(server: Server, word: str) -> set[str]:
    """Files with the word, leaving out tables and journal, where it belongs."""
    return {name for name in holding(server.folder, word) if not name.startswith(("data/base/", "data/pg_wal/"))}


def test_no_value_is_written_outside_the_data_files(shared: Server, mishap: None) -> None:
    """Failing statements, parameters, notices, slow and crashed statements: the client hears it, no file does."""
    assert any(name.startswith("data/pg_wal/") for name in holding(shared.folder, CANARY)), "planted and seen"
    for statement, error in MISHAPS.values():
        with pytest.raises(error) as caught:
            ask(shared, statement.format(c=CANARY))
        assert caught.value.sqlstate
    with pytest.raises(psycopg.errors.UniqueViolation, match=CANARY):
        ask(shared, "INSERT INTO mishap (word) VALUES (%s)", CANARY)
    with pytest.raises(psycopg.errors.InvalidTextRepresentation, match=CANARY):
        ask(shared, "SELECT %s::text::integer", CANARY)
    for level in ("LOG", "WARNING", "NOTICE"):
        ask(shared, f"DO $$ BEGIN RAISE {level} '{CANARY}'; END $$")
    with (
        psycopg.connect(shared.conninfo().reveal()) as connection,
        pytest.raises(psycopg.errors.BadCopyFileFormat),
        connection.cursor().copy("COPY mishap FROM STDIN") as copy,
    ):
        copy.write(f"{CANARY}\ttoo\tmany\tcolumns\n")
    assert outside_the_data_files(shared, CANARY) == set()


def test_a_crashed_statement_is_not_written_down(own: Server) -> None:
    """PostgreSQL would log the statement of a killed backend; the log says nothing of it, the server comes back."""
    connection = psycopg.connect(own.conninfo().reveal(), autocommit=True)
    backend = connection.info.backend_pid
    with ThreadPoolExecutor(1) as pool:
        asleep = pool.submit(connection.execute, f"SELECT pg_sleep(60) /* {CANARY} */")
        wait_for(lambda: ask(own, "SELECT state FROM pg_stat_activity WHERE pid = %s", backend) == [("active",)])
        os.kill(backend, signal.SIGKILL)
        with pytest.raises(psycopg.OperationalError):
            asleep.result()
    connection.close()
    own.start()
    assert wait_for(lambda: attempt(own) == [(1,)])
    assert outside_the_data_files(own, CANARY) == set()


def attempt(server: Server) -> list[tuple[Any, ...]]:
    with suppress(psycopg.OperationalError):
        return ask(server, "SELECT 1")
    return []


def test_the_search_for_values_would_find_one(own: Server) -> None:
    """The control: with the log opened by hand the same mistake is written down, and found."""
    with psycopg.connect(own.conninfo().reveal(), autocommit=True) as connection:
        connection.execute("SET log_min_messages = error")
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            connection.execute(f"SELECT '{CANARY}'::integer")
    assert outside_the_data_files(own, CANARY) == {"server.log"}


def test_what_remains_in_the_log_is_the_name_of_a_role_or_database(own: Server) -> None:
    """A refused login leaves one FATAL line with its code, without DETAIL."""
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(make_conninfo(own.conninfo().reveal(), user="stranger", password="x"))
    lines = (own.folder / "server.log").read_text().splitlines()
    assert len(lines) == 1
    assert ' 28P01 FATAL:  password authentication failed for user "stranger"' in lines[0]


# --- one server, whoever asks ------------------------------------------------------------------------------------


def test_starting_again_finds_the_same_server(shared: Server) -> None:
    """Idempotent: same process, same address."""
    before = postmaster(shared), address(shared)
    shared.start()
    assert (postmaster(shared), address(shared)) == before


def test_six_processes_at_once_get_one_server(nest: Path) -> None:
    """From nothing: one data folder, one postmaster, one address, one password."""
    with multiprocessing.get_context("spawn").Pool(6) as pool:
        answers = pool.map(start_and_tell, [str(nest / "one")] * 6, chunksize=1)
    assert len(set(answers)) == 1
    assert Server(nest / "one").running(), "it outlives all six"
    assert roots(nest / "one") == [answers[0][2]]


def roots(instance: Path) -> list[int]:
    """The server processes that no other one has born: the postmasters."""
    living = processes.living_in(instance / "data")
    found = []
    for pid in living:
        with suppress(FileNotFoundError):  # a short-lived one has gone meanwhile
            parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
            if parent not in living:
                found.append(pid)
    return found


def test_several_servers_live_beside_each_other(own: Server, shared: Server) -> None:
    """Own addresses, own passwords; one stops, the other does not notice."""
    assert address(own)["host"] != address(shared)["host"]
    assert own.running()
    neighbour = postmaster(shared)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(make_conninfo(own.conninfo().reveal(), password=address(shared)["password"]))
    own.stop()
    assert not own.running()
    assert shared.running()
    assert postmaster(shared) == neighbour


def test_stop_cuts_clients_off_and_keeps_what_was_committed(own: Server) -> None:
    """Fast: it does not wait for a client in mid-transaction. A second stop, and one of nothing, do nothing."""
    ask(own, "INSERT INTO kept VALUES ('committed')")
    with psycopg.connect(own.conninfo().reveal()) as client:
        client.execute("INSERT INTO kept VALUES ('open')")
        began = time.monotonic()
        own.stop()
        assert time.monotonic() - began < 10
        with pytest.raises(psycopg.OperationalError):
            client.execute("SELECT 1")
    own.stop()
    Server(own.folder.parent / "never").stop()
    assert not (own.folder.parent / "never").exists()
    assert processes.living_in(own.folder / "data") == []
    own.start()
    assert ask(own, "SELECT word FROM kept") == [("committed",)]


def test_a_database_is_created_once(shared: Server) -> None:
    """Idempotent, also for several at once and for hostile names; a name that would be cut is refused."""
    name = 'odd "name"; DROP TABLE x --\''
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: shared.create_database(name), range(4)))
    shared.create_database(name)
    try:
        assert ask(shared, "SELECT current_database()", database=name) == [(name,)]
    finally:
        with psycopg.connect(shared.conninfo().reveal(), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
    for wrong in ("", "a\0b", "x" * 64):
        with pytest.raises(ServerError) as caught:
            shared.create_database(wrong)
        assert caught.value.code == "database-name"


def test_a_stopped_server_creates_no_database_and_says_so(own: Server) -> None:
    """A clear error without the password or the driver's words."""
    password = address(own)["password"]
    own.stop()
    with pytest.raises(ServerError) as caught:
        own.create_database("late")
    assert caught.value.code == "server-unreachable"
    assert password not in str(caught.value)
    assert caught.value.__cause__ is None


# --- after a crash -----------------------------------------------------------------------------------------------


def wait_for(truth: Any, seconds: float = 15) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if truth():
            return True
        time.sleep(0.02)
    return False


def test_it_comes_back_right_after_its_postmaster_is_killed(own: Server, shared: Server) -> None:
    """Asked at once, orphans still alive, a client in mid-transaction: committed stays, open is undone."""
    ask(own, "INSERT INTO kept VALUES ('committed')")
    neighbour = postmaster(shared)
    client = psycopg.connect(own.conninfo().reveal())
    client.execute("INSERT INTO kept VALUES ('open')")
    busy = psycopg.connect(own.conninfo().reveal(), autocommit=True)
    with ThreadPoolExecutor(1) as pool:
        asleep = pool.submit(busy.execute, "SELECT count(*) FROM generate_series(1, 10000000000)")
        wait_for(lambda: len(ask(own, "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%%series%%'")) > 1)
        killed = postmaster(own)
        os.kill(killed, signal.SIGKILL)
        wait_for(lambda: not processes.lives(killed))
        assert busy.info.backend_pid in processes.living_in(own.folder / "data"), "an orphan holds the shared memory"
        own.start()
        with pytest.raises(psycopg.OperationalError):
            asleep.result()
    busy.close()
    client.close()
    assert postmaster(own) != killed
    assert ask(own, "SELECT word FROM kept") == [("committed",)]
    assert postmaster(shared) == neighbour, "only its own orphans were ended"


def test_it_comes_back_after_everything_is_killed_again_and_again(own: Server) -> None:
    """Five rounds of kill -9 of all its processes right after a commit: nothing committed is lost."""
    for round_ in range(5):
        ask(own, "INSERT INTO kept VALUES (%s)", str(round_))
        for pid in processes.living_in(own.folder / "data"):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        own.start()
    assert [word for (word,) in ask(own, "SELECT word FROM kept ORDER BY word")] == list("01234")


@pytest.mark.parametrize("delay", [0.0, 0.005, 0.02, 0.05])
def test_a_server_killed_while_it_starts_comes_back(own: Server, delay: float) -> None:
    """The starter and the newborn postmaster both die at some moment of the start."""
    own.stop()
    child = starter(own.folder)
    assert wait_for(lambda: processes.living_in(own.folder / "data") or own.running())
    time.sleep(delay)
    child.kill()
    for pid in processes.living_in(own.folder / "data"):
        processes.send(pid, signal.SIGKILL, own.folder / "data")
    child.communicate()
    own.start()
    assert ask(own, "SELECT 1") == [(1,)]


@pytest.mark.parametrize("delay", [0.0, 0.003, 0.01, 0.03])
def test_a_server_whose_starter_was_killed_is_found(own: Server, delay: float) -> None:
    """The starter alone dies, the newborn server lives on: one server in the end, and it answers."""
    own.stop()
    written = (own.folder / "postgresql.conf").stat().st_ino
    child = starter(own.folder)
    assert wait_for(lambda: (own.folder / "postgresql.conf").stat().st_ino != written)
    time.sleep(delay)
    child.kill()
    child.communicate()
    own.start()
    assert ask(own, "SELECT 1") == [(1,)]
    assert roots(own.folder) == [postmaster(own)]


def test_a_second_server_is_never_started_over_one_that_cannot_be_seen(
    own: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever holds the mark of the living (a server in another container) keeps the data to itself."""
    own.stop()
    monkeypatch.setattr(server_place, "_CLAIM_SECONDS", 0.05)
    with server_place.prepared(own.folder).claimed(), pytest.raises(ServerError) as caught:
        own.start()
    assert caught.value.code == "server-unstoppable"
    assert processes.living_in(own.folder / "data") == []
    own.start()
    with pytest.raises(ServerError), server_place.prepared(own.folder).claimed():
        pytest.fail("the running server holds the mark")


def test_a_pid_file_that_names_a_stranger_harms_nobody(own: Server) -> None:
    """After a reboot the old pid may be anybody's: it is left alone, and the server starts."""
    claimed = (own.folder / "data" / "postmaster.pid").read_text().splitlines()
    own.stop()
    account = server_place.prepared(own.folder).account
    with subprocess.Popen(["sleep", "60"], **account.spawn()) as stranger:
        try:
            claimed[0] = str(stranger.pid)
            (own.folder / "data" / "postmaster.pid").write_text("\n".join(claimed) + "\n")
            assert not own.running()
            own.stop()
            own.start()
            assert own.running()
            assert stranger.poll() is None
        finally:
            stranger.kill()


@pytest.mark.parametrize("moment", [0.0, 0.1, 0.25, 0.4])
def test_a_data_folder_half_made_is_never_taken_for_a_good_one(nest: Path, moment: float) -> None:
    """We are killed in the middle of initdb, which goes on alone: the next start ends it and makes a whole one."""
    instance = nest / "half"
    child = starter(instance)
    assert wait_for((instance / "data.new").exists)
    time.sleep(moment)
    child.kill()
    child.communicate()
    Server(instance).start()
    assert ask(Server(instance), "SELECT 1") == [(1,)]
    assert not (instance / "data.new").exists()
    assert not [path for path in instance.iterdir() if path.name.startswith("tmp")], "no password was left behind"


def test_a_lost_socket_is_noticed_and_brought_back(own: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cleaner of temporary folders removed it: running, but nobody can reach it."""
    monkeypatch.setattr(launcher, "_DEAF_SECONDS", 0.1)
    (own.folder / "socket" / ".s.PGSQL.5432").unlink()
    assert not own.running()
    own.start()
    assert ask(own, "SELECT 1") == [(1,)]


def test_a_frozen_server_is_stopped_all_the_same(own: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Politely, then at once, then by the kernel."""
    monkeypatch.setattr(launcher, "_STOP", ((signal.SIGINT, 0.2), (signal.SIGQUIT, 0.2)))
    os.kill(postmaster(own), signal.SIGSTOP)
    own.stop()
    assert processes.living_in(own.folder / "data") == []


def test_a_server_that_cannot_start_says_so_in_bounded_time(own: Server) -> None:
    """Three attempts, then an error with PostgreSQL's code and none of its words."""
    own.stop()
    (own.folder / "data").chmod(0o755)
    with pytest.raises(ServerError) as caught:
        own.start()
    assert caught.value.code == "server-unreachable"
    assert "F0000" in str(caught.value) or "22023" in str(caught.value) or "55000" in str(caught.value)
    assert caught.value.remedy
    assert "permissions" not in str(caught.value)
    (own.folder / "data").chmod(0o700)
    own.start()


def test_another_starter_that_hangs_is_named(own: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock has an end."""
    monkeypatch.setattr(server_place, "_LOCK_SECONDS", 0.1)
    with server_place.prepared(own.folder).locked(), pytest.raises(ServerError) as caught:
        own.start()
    assert caught.value.code == "server-busy"


# --- where it lies -----------------------------------------------------------------------------------------------


def test_folders_above_are_left_as_they_were(nest: Path) -> None:
    """Mode and owner, of every one, whatever they were; missing ones are made."""
    (nest / "odd").mkdir()
    (nest / "odd").chmod(0o2751)
    instance = nest / "odd" / "new" / "instance"
    before = above(nest / "odd" / "x")
    Server(instance).start()
    Server(instance).stop()
    assert {path: above(instance)[path] for path in before} == before


def test_a_long_path_gets_a_short_socket(nest: Path, template: Path) -> None:
    """Past 107 bytes the socket goes to a private short folder, recorded, found again, and made anew when lost."""
    instance = nest / ("long" * 30)
    subprocess.run(["cp", "-a", template, instance], check=True)
    server = Server(instance)
    server.start()
    short = Path(address(server)["host"])
    try:
        assert len(os.fsencode(short)) < 60
        assert mode(short) == 0o700
        assert (instance / "socket-folder").read_text() == str(short)
        assert ask(server, "SELECT 1") == [(1,)]
        server.stop()
        server.start()
        assert address(server)["host"] == str(short), "the same address after a restart"
        server.stop()
    finally:
        shutil.rmtree(short)
    short.mkdir(mode=0o777)  # somebody takes the name
    short.chmod(0o777)
    victim = nest / "victim"
    victim.write_text("x")
    (short / ".s.PGSQL.5432").symlink_to(victim)
    try:
        with pytest.raises(ServerError):
            server.conninfo()
        assert not server.running()
        server.start()
        assert address(server)["host"] != str(short)
        assert ask(server, "SELECT 1") == [(1,)]
        assert (short / ".s.PGSQL.5432").is_symlink(), "what is not ours is left alone"
    finally:
        shutil.rmtree(short)


def test_a_path_with_odd_letters_works(nest: Path, template: Path) -> None:
    """Quotes, a comma, a backslash, spaces, a line break and letters beyond ASCII."""
    instance = nest / 'it\'s "odd", \\n\n ñ %d'
    subprocess.run(["cp", "-a", template, instance], check=True)
    Server(instance).start()
    assert ask(Server(instance), "SELECT 1") == [(1,)]
    Server(instance).stop()


def test_data_of_another_major_is_refused_and_left_alone(own: Server) -> None:
    """Code and remedy; not one byte of it changes."""
    own.stop()
    version = own.folder / "data" / "PG_VERSION"
    version.write_text("16\n")
    before = {path: path.stat().st_mtime_ns for path in (own.folder / "data").rglob("*")}
    with pytest.raises(ServerError) as caught:
        own.start()
    assert caught.value.code == "server-other-version"
    assert "PostgreSQL 16" in str(caught.value)
    assert "pg_dumpall" in caught.value.remedy
    assert {path: path.stat().st_mtime_ns for path in (own.folder / "data").rglob("*")} == before


def test_a_folder_that_is_not_ours_is_refused_and_left_alone(nest: Path) -> None:
    """Somebody's documents, somebody else's folder, a file."""
    documents = nest / "documents"
    documents.mkdir(mode=0o755)
    (documents / "letter.txt").write_text("dear")
    (nest / "file").write_text("x")
    for folder in (documents, nest / "file"):
        before = mode(folder)
        with pytest.raises(ServerError) as caught:
            Server(folder).start()
        assert caught.value.code == "folder-foreign"
        assert mode(folder) == before
    assert [path.name for path in documents.iterdir()] == ["letter.txt"]
    for odd in (nest / "file" / "below", nest / ("x" * 300), Path("nul\0")):
        with pytest.raises(ServerError) as caught:
            Server(odd).start()
        assert caught.value.code == "folder-foreign"


@as_root
def test_a_folder_of_another_user_is_refused(nest: Path) -> None:
    """Root does not take over what belongs to somebody."""
    theirs = nest / "theirs"
    theirs.mkdir()
    os.chown(theirs, NOBODY, NOBODY)
    for act in (Server(theirs).start, Server(theirs).stop, Server(theirs).running, Server(theirs).conninfo):
        with pytest.raises(ServerError) as caught:
            act()
        assert caught.value.code == "folder-foreign"


@as_root
def test_root_in_a_closed_folder_is_told_which_one_and_what_to_do(nest: Path) -> None:
    """The server's account could not pass it, and we do not open it."""
    closed = nest / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(ServerError) as caught:
        Server(closed / "below" / "instance").start()
    assert caught.value.code == "folder-unreachable"
    assert f"`{closed}`" in str(caught.value)
    assert "/var/lib/troth" in caught.value.remedy
    assert mode(closed) == 0o700


@as_root
def test_programs_in_a_closed_folder_are_copied_once(nest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a virtual environment below /root: its folders stay closed, the copy is root's and runs."""
    installed = server_binaries._installed()
    closed = nest / "closed"
    closed.mkdir(mode=0o700)
    package = closed / installed.name
    shutil.copytree(installed / f"pginstall{MAJOR}", package / f"pginstall{MAJOR}", symlinks=True)
    shutil.copytree(installed.with_name(f"{installed.name}.libs"), closed / f"{installed.name}.libs", symlinks=True)
    monkeypatch.setattr(server_binaries, "_installed", lambda: package)
    monkeypatch.setattr(server_binaries, "ROOT_HOME", nest / "home")
    server = Server(nest / "instance")
    server.start()
    assert ask(server, "SELECT 1") == [(1,)]
    program = Path(f"/proc/{postmaster(server)}/exe").readlink()
    assert program.is_relative_to(nest / "home")
    made = program.stat().st_ino
    assert not list((nest / "home").rglob("*.a"))
    assert {path.lstat().st_uid for path in (nest / "home").rglob("*")} == {0}
    server.stop()
    server.start()
    assert Path(f"/proc/{postmaster(server)}/exe").stat().st_ino == made
    assert mode(closed) == 0o700


@as_root
def test_missing_programs_are_named(nest: Path) -> None:
    """A broken installation: code and the command that repairs it."""
    account = server_place.Account(NOBODY, NOBODY, dropped=True)
    with pytest.raises(ServerError) as caught:
        server_binaries.binaries(account, wheel=nest)
    assert caught.value.code == "binaries-missing"
    assert "pip install" in caught.value.remedy


@as_root
@pytest.mark.usefixtures("shared")
def test_an_ordinary_user_has_the_same_server(nest: Path) -> None:
    """Another uid with a private home of its own: default place, everything theirs, stops on request."""
    home = nest / "home"
    home.mkdir(mode=0o700)
    os.chown(home, NOBODY, NOBODY)

    def start() -> list[object]:
        server = Server(default_folder())
        server.start()
        server.start()
        server.create_database("theirs")
        return [str(server.folder), os.geteuid(), *ask(server, "SELECT current_user", database="theirs")]

    instance = home / ".local" / "share" / "troth" / "server"
    assert as_nobody(home, start) == repr([str(instance), NOBODY, ("troth",)])
    assert mode(instance) == 0o700
    assert {path.lstat().st_uid for path in home.rglob("*")} == {NOBODY}
    assert processes.living_in(instance / "data"), "it outlives its starter"
    with pytest.raises(ServerError) as caught:
        Server(instance).start()
    assert caught.value.code == "folder-foreign"
    assert as_nobody(home, lambda: Server(default_folder()).stop()) == "None"
    assert processes.living_in(instance / "data") == []


@as_root
@pytest.mark.usefixtures("shared")
def test_a_user_without_an_account_is_told(nest: Path) -> None:
    """As in a container started under a bare number: initdb would refuse it in words that name no remedy."""
    bare = server_place._free_id(nest)
    home = nest / "home"
    home.mkdir(mode=0o700)
    os.chown(home, bare, bare)
    assert "account-missing" in as_nobody(home, Server(home / "instance").start, uid=bare)


def test_the_default_place_follows_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Root: /var/lib; others: their data home, where a relative one does not count."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_folder() == Path("/var/lib/troth/server")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert default_folder() == Path("/home/someone/.local/share/troth/server")
    monkeypatch.setenv("XDG_DATA_HOME", "/elsewhere")
    assert default_folder() == Path("/elsewhere/troth/server")


def test_a_server_never_started_is_not_running(nest: Path) -> None:
    """Nothing is made by asking."""
    server = Server(nest / "nothing")
    assert not server.running()
    with pytest.raises(ServerError) as caught:
        server.conninfo()
    assert caught.value.code == "server-unreachable"
    assert not (nest / "nothing").exists()


def test_asking_leaves_no_line_in_the_log(own: Server) -> None:
    """The probe sends nothing, so a status page asked every second fills no log."""
    for _ in range(20):
        assert own.running()
    with socket.socket(socket.AF_UNIX) as probe:
        probe.connect(str(own.folder / "socket" / ".s.PGSQL.5432"))
    assert (own.folder / "server.log").read_bytes() == b""
