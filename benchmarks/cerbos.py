"""Single questions over HTTP, Cerbos beside ours: the same fifty rules and people, answers compared before any timing.

Cerbos is no dependency: its server comes as an npm package into a temporary folder, or is left out, visibly. Both serve
with one worker on one core; Cerbos is sent what there is to know of somebody with each question, ours has it in its
view. The view here is fed from memory and not from a ledger, since no ledger has fifty such purposes; all else of ours
is what `troth gate` runs.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from socket import create_connection, create_server
from time import sleep
from typing import NamedTuple

from benchmarks.load import Took, closed_loop, each, open_loop, post
from benchmarks.measure import Line, Tell
from troth.model.question import Facts

PACKAGE = "@cerbos/cerbos-linux-x64"
KEY = "troth_bench"
RATE = 500
_CONFIG = """\
server:
  httpListenAddr: "127.0.0.1:{http}"
  grpcListenAddr: "127.0.0.1:{grpc}"
telemetry:
  disabled: true
storage:
  driver: disk
  disk:
    directory: {policies}
    watchForChanges: false
"""
_RULE = """\
apiVersion: api.cerbos.dev/v1
resourcePolicy:
  resource: purpose-{n}
  version: default
  rules:
    - actions: [send]
      effect: EFFECT_ALLOW
      roles: [customer, member]
      condition:
        match:
          all:
            of:
              - expr: '"choice-{n}" in P.attr.yes'
              - expr: '!P.attr.objected'
"""


class Contender(NamedTuple):
    """A server, and how it is asked about everybody."""

    name: str
    port: int
    process: int
    requests: Sequence[bytes]
    yes: bytes
    """Stands in the reply where the answer is yes."""


def measure(
    tell: Tell, known: Sequence[Facts], plain: Sequence[Mapping[str, object]], wanted: Sequence[bool], seconds: int
) -> list[Line]:
    """Both in turns. No lines where Cerbos cannot be had."""
    with tempfile.TemporaryDirectory(prefix="troth-cerbos-") as folder:
        program = _installed(Path(folder))
        if program is None:
            tell(f"{PACKAGE} cannot be had from npm: left out")
            return []
        tell(f"{len(known):,} people over HTTP, beside Cerbos, {seconds} s each way")
        with _cerbos(program, Path(folder), plain) as theirs, _ours(len(known)) as ours:
            lines: list[Line] = []
            for one in (ours, theirs):
                said = [one.yes in reply for reply in each(one.port, one.requests)]
                if said != list(wanted):
                    raise AssertionError(f"{one.name} answers otherwise than the plain reference")
            for one in (ours, theirs):
                lines += _lines(one, seconds)
        return lines


def _lines(one: Contender, seconds: int) -> list[Line]:
    paced = open_loop(one.port, one.requests, RATE, seconds)
    began = _processor(one.process)
    full = closed_loop(one.port, one.requests, seconds)
    each_us = 1e6 * (_processor(one.process) - began) / len(full.seconds)
    note = f"p99 {paced.ms(0.99):.1f} ms of {len(paced.seconds):,}"
    return [
        Line("gate", f"HTTP, {one.name}, {RATE} a second, p50", paced.ms(0.5), "ms", note=note),
        Line("gate", f"HTTP, {one.name}, eight askers", _rate(full), "/s",
             note=f"p50 {full.ms(0.5):.1f} ms, p99 {full.ms(0.99):.1f} ms; server {each_us:.0f} us of processor each"),
    ]  # fmt: skip


def _rate(took: Took) -> float:
    return len(took.seconds) / took.elapsed


def _processor(process: int) -> float:
    """Seconds of processor that a process has had."""
    words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def _installed(folder: Path) -> Path | None:
    """The server's program, or None."""
    npm = shutil.which("npm")
    if npm is None:
        return None
    try:
        words = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), PACKAGE]
        subprocess.run(words, capture_output=True, check=True, timeout=180)
    except (subprocess.SubprocessError, OSError):
        return None
    program = folder / "node_modules" / PACKAGE / PACKAGE.rpartition("/")[2]
    return program if program.is_file() else None


@contextmanager
def _cerbos(program: Path, folder: Path, plain: Sequence[Mapping[str, object]]) -> Iterator[Contender]:
    policies = folder / "policies"
    policies.mkdir()
    for n in range(50):
        (policies / f"purpose-{n}.yaml").write_text(_RULE.format(n=n), encoding="utf-8")
    http, grpc = _free(), _free()
    config = folder / "cerbos.yaml"
    config.write_text(_CONFIG.format(http=http, grpc=grpc, policies=policies), encoding="utf-8")
    words = [str(program), "server", f"--config={config}", "--log-level=error"]
    here = {**os.environ, "GOMAXPROCS": "1", "CERBOS_NO_TELEMETRY": "1"}
    process = subprocess.Popen(words, env=here, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
    try:
        _wait_for(http)
        asked = [post("/api/check/resources", json.dumps(_asked_of_cerbos(one)).encode()) for one in plain]
        yield Contender("Cerbos", http, process.pid, asked, b"EFFECT_ALLOW")
    finally:
        process.terminate()
        process.wait(30)


def _asked_of_cerbos(one: Mapping[str, object]) -> dict[str, object]:
    attributes = {"yes": one["yes"], "objected": one["objected"]}
    return {
        "requestId": "1",
        "principal": {"id": "p", "roles": one["relationships"], "attr": attributes},
        "resources": [{"resource": {"kind": "purpose-1", "id": "1"}, "actions": ["send"]}],
    }


@contextmanager
def _ours(number: int) -> Iterator[Contender]:
    words = [sys.executable, "-m", "benchmarks.serve_fifty", str(number)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        question = {"operation": "send", "purpose": "purpose-1", "channel": "email"}
        asked = [
            post("/ask", json.dumps({**question, "person": f"p-{n}"}).encode(), authorization=f"Bearer {KEY}")
            for n in range(number)
        ]
        yield Contender("Troth", port, process.pid, asked, b'"allowed": true')
    finally:
        process.terminate()
        process.wait(30)


def _free() -> int:
    with create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            sleep(0.1)
        else:
            return
    raise AssertionError("Cerbos does not listen")
