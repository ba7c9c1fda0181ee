"""Plays a Markdown page: writes its files, runs its commands in order, and holds what they print against the page.

Three things in a page count, and each reads well where nobody plays it:

    ```console                      `$ ` begins a command; what follows, up to the next `$ `, is what it prints.
    $ troth check policy            A line `...` stands for any lines, none too; `...` inside a line for any text there.
    policy: ...                     A command ending in `\\` goes on in the next line.
    ```

    ```yaml file=policy/staff.yaml  A block of any language with `file=` is written to that file.
    staff: {}
    ```

A command must end with code 0, unless the page's next command is `echo $?`: then the code is part of what is printed.
All commands of a page share one folder, one environment and one working directory, like one session in one terminal;
`export` and `cd` last. Output and errors come together. Nothing here knows Troth.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SECONDS = 120.0
ASKS_CODE = "echo $?"

_FENCE = re.compile(
    r"^(?P<fence>`{3,}|~{3,})(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=fence)[ \t]*$", re.MULTILINE | re.DOTALL
)
_FILE = re.compile(r"(?:^|\s)file=(\S+)")
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


@dataclass(frozen=True)
class Command:
    """A command, the line of the page it stands on, and what it should print."""

    line: int
    text: str
    prints: tuple[str, ...]


@dataclass(frozen=True)
class File:
    """A file that the reader is asked to write."""

    line: int
    path: str
    text: str


class PageError(AssertionError):
    """The page says one thing and the programs another."""


def steps(markdown: str) -> list[Command | File]:
    """What a page asks its reader to do, in order."""
    found: list[Command | File] = []
    for fence in _FENCE.finditer(markdown):
        line = markdown.count("\n", 0, fence.start()) + 2
        info = fence["info"].strip()
        file = _FILE.search(info)
        if file:
            found.append(File(line, file[1], fence["body"]))
        elif info.split(" ")[0] == "console":
            found.extend(_commands(fence["body"].splitlines(), line))
    return found


def play(page: Path, folder: Path, environment: Mapping[str, str] | None = None, seconds: float = SECONDS) -> int:
    """Do what the page says in an empty folder; gives how many commands ran. PageError at the first difference."""
    todo = steps(page.read_text(encoding="utf-8"))
    session = _Session(folder, environment or {}, seconds)
    ran = 0
    try:
        for number, step in enumerate(todo):
            if isinstance(step, File):
                _write(page, folder, step)
                continue
            following = next((later for later in todo[number + 1 :] if isinstance(later, Command)), None)
            code_is_shown = following is not None and following.text == ASKS_CODE
            _check(page, step, *session.run(page, step), code_is_shown=code_is_shown)
            ran += 1
    finally:
        session.end()
    if not ran:
        raise PageError(f"{page.name}: there is nothing to run in it")
    return ran


def matches(expected: tuple[str, ...], printed: list[str]) -> bool:
    """Whether lines are those expected: `...` alone stands for any lines, inside a line for any text."""
    pattern = "".join(
        r"(?:[^\n]*\n)*?" if line.strip() == "..." else ".*?".join(map(re.escape, line.split("..."))) + r"\n"
        for line in expected
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in printed)) is not None


def _commands(lines: list[str], first: int) -> Iterator[Command]:
    number = 0
    while number < len(lines):
        if not lines[number].startswith("$ "):
            raise PageError(f"line {first + number}: a console block begins with `$ ` and a command")
        start = number
        text = lines[number][2:]
        while text.endswith("\\") and number + 1 < len(lines):
            number += 1
            text += "\n" + lines[number].removeprefix("> ")
        number += 1
        prints = []
        while number < len(lines) and not lines[number].startswith("$ "):
            prints.append(lines[number].rstrip())
            number += 1
        while prints and not prints[-1]:
            prints.pop()
        yield Command(first + start, text, tuple(prints))


def _write(page: Path, folder: Path, file: File) -> None:
    target = (folder / file.path).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise PageError(f"{page.name}:{file.line}: `{file.path}` leads out of the folder")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(file.text, encoding="utf-8")


def _check(page: Path, step: Command, code: int, output: str, *, code_is_shown: bool) -> None:
    printed = [_COLOUR.sub("", line).rstrip() for line in output.splitlines()]
    while printed and not printed[-1]:
        printed.pop()
    said = "\n".join(["it printed:", *(f"  {line}" for line in printed)])
    where = f"{page.name}:{step.line}: `{step.text}`"
    if not matches(step.prints, printed):
        wanted = "\n".join(["the page says:", *(f"  {line}" for line in step.prints)])
        raise PageError(f"{where}\n{wanted}\n{said}")
    if code and not code_is_shown and step.text != ASKS_CODE:
        raise PageError(f"{where} ended with code {code}, and the page does not show it with `{ASKS_CODE}`\n{said}")


class _Session:
    """One reader's terminal: each command runs in a fresh shell that begins where the last one stopped."""

    def __init__(self, folder: Path, environment: Mapping[str, str], seconds: float) -> None:
        self._folder = folder
        self._memory = folder.parent / f".{folder.name}-session"
        self._memory.mkdir()
        self._seconds = seconds
        self._groups: list[int] = []
        kept = {name: value for name, value in os.environ.items() if name in {"LANG", "TMPDIR"} or name[:6] == "TROTH_"}
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        plain = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "120", "LC_ALL": "C.UTF-8"}
        self._environment = {**kept, **plain, "PATH": path, "HOME": str(folder), **environment}

    def run(self, page: Path, step: Command) -> tuple[int, str]:
        """The exit code and everything printed. A file takes the output, so a program left behind holds nothing up."""
        output = self._memory / "output"
        script = (
            'memory=$1; [ -e "$memory/state" ] && . "$memory/state"; cd "$(cat "$memory/folder")"\n'
            f'(exit "$2")\n{step.text}\n'
            'code=$?; export -p >"$memory/state"; pwd >"$memory/folder"; exit "$code"\n'
        )
        if not (self._memory / "folder").exists():
            (self._memory / "folder").write_text(f"{self._folder}\n", encoding="utf-8")
            (self._memory / "code").write_text("0", encoding="utf-8")
        before = (self._memory / "code").read_text(encoding="utf-8")
        with output.open("wb") as file:
            shell = subprocess.Popen(
                ["bash", "-c", script, "bash", str(self._memory), before],
                env=self._environment, cwd=self._folder, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
            )  # fmt: skip
            self._groups.append(shell.pid)
            try:
                code = shell.wait(self._seconds)
            except subprocess.TimeoutExpired:
                os.killpg(shell.pid, signal.SIGKILL)
                shell.wait()
                raise PageError(f"{page.name}:{step.line}: `{step.text}` took over {self._seconds:g} s") from None
        (self._memory / "code").write_text(str(code), encoding="utf-8")
        return code, output.read_text(encoding="utf-8", errors="replace")

    def end(self) -> None:
        """Stop what the page left running in the background."""
        for group in self._groups:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
