"""What the embedded server is told: its settings and its door, both written anew at every start.

The files lie outside the data folder, so the server cannot rewrite its own door or its own log rules, and
`ALTER SYSTEM` is off. Two laws: nobody comes in without a SCRAM password, and the server log holds no value.

Why the log starts at FATAL: a terse log drops DETAIL (where a unique or check violation prints the row), but some
ERROR messages carry the value in their first line (`invalid input syntax for type integer: "..."`), and the LOG line
about a crashed backend carries its statement. What is left in a FATAL line is the name of a role or a database.
"""

from __future__ import annotations

from pathlib import Path

PORT = 5432
"""Only names the socket file (`.s.PGSQL.5432`); no network port is opened."""

LINE_PREFIX = "%m %p %e "

DOOR = """\
# Written by Troth at every start. Nobody is trusted, and a line that is not here is a no.
local all all scram-sha-256
"""

_DOORS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "allow_alter_system": "off",
    "max_connections": "60",
    "max_wal_senders": "0",
    "max_replication_slots": "0",
    "max_logical_replication_workers": "0",
}
_NOTHING_LOST = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
}
_A_LAPTOP = {
    "shared_buffers": "64MB",
    "huge_pages": "off",
    "io_method": "sync",
    "jit": "off",
    "timezone": "UTC",
    "lc_messages": "C",
}
_NO_VALUE_IN_THE_LOG = {
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_timezone": "UTC",
    "log_line_prefix": LINE_PREFIX,
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
    "log_autovacuum_min_duration": "-1",
    "log_temp_files": "-1",
    "log_duration": "off",
    "log_lock_waits": "off",
    "log_lock_failures": "off",
    "log_checkpoints": "off",
    "log_connections": "",
    "log_disconnections": "off",
    "log_replication_commands": "off",
    "log_recovery_conflict_waits": "off",
    "debug_print_parse": "off",
    "debug_print_rewritten": "off",
    "debug_print_plan": "off",
    "backtrace_functions": "",
    "shared_preload_libraries": "",
    "session_preload_libraries": "",
}


def settings(sockets: Path, door: Path) -> str:
    """The text of `postgresql.conf` for a server whose socket lies in `sockets` and whose `pg_hba.conf` is `door`."""
    paths = {"unix_socket_directories": _listed(str(sockets)), "hba_file": str(door)}
    lines = ["# Written by Troth at every start: an edit here is lost."]
    for group in (_DOORS, paths, _NOTHING_LOST, _A_LAPTOP, _NO_VALUE_IN_THE_LOG):
        lines += ["", *(f"{name} = {_quoted(value)}" for name, value in group.items())]
    return "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    """A value as the configuration file wants it."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n") + "'"


def _listed(path: str) -> str:
    """One path as the only member of a list setting, where commas and spaces divide."""
    return '"' + path.replace('"', '""') + '"'
