"""The `troth` command in a forked process: everything but loading the program again.

`tests/journey/test_bad_input.py` and `tests/edges/test_usage.py` hold it against the program as it is installed.
"""

import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from troth.edges.cli import main
from troth.edges.console import ERR, OUT

SECONDS = 120
"""How long a command may take before it counts as hanging."""


@dataclass(frozen=True)
class Said:
    """How a command ended and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def run(words: Sequence[str], folder: Path, environment: Mapping[str, str], typed: str = "") -> Said:
    """Run one command as a user would, standing in a folder; `typed` is what they type."""
    with tempfile.TemporaryFile() as into, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        into.write(typed.encode())
        into.seek(0)
        pid = os.fork()
        if pid == 0:
            for number, stream in enumerate((into, out, err)):
                os.dup2(stream.fileno(), number)
            _become(words, folder, environment)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
    return Said(code, *texts)


def _become(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> NoReturn:
    """Be the `troth` command, and never return into the tests."""
    code: object = 70
    try:
        signal.alarm(SECONDS)
        os.environ.update(environment)
        os.chdir(folder)
        tempfile.tempdir = None
        if wide := environment.get("COLUMNS"):
            OUT.width = ERR.width = int(wide)  # a console asks the environment when it is made
        sys.argv = ["troth", *words]
        sys.stdin, sys.stdout, sys.stderr = (open(n, mode, closefd=False) for n, mode in enumerate("rww"))  # noqa: SIM115
        main()
    except SystemExit as ended:
        code = ended.code
    except BaseException:  # noqa: BLE001 - what a user would see
        traceback.print_exc()
        code = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 0 if code is None else 1)
