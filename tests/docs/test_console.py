"""The player of Markdown pages plays what is right, and a page that is wrong in any way fails."""

from pathlib import Path

import pytest

from .console import Command, File, PageError, matches, play, steps


def page(folder: Path, text: str) -> Path:
    """A page and, beside it, an empty folder to play it in."""
    (folder / "work").mkdir()
    path = folder / "page.md"
    path.write_text(text, encoding="utf-8")
    return path


def played(folder: Path, text: str, **more: float) -> int:
    """Play a text in a folder of its own."""
    return play(page(folder, text), folder / "work", **more)


def block(*lines: str) -> str:
    """A console block."""
    return "\n".join(["```console", *lines, "```", ""])


def test_a_page_is_read_in_order_with_its_lines() -> None:
    """Files and commands come in the page's order, each with its line; other blocks are left alone."""
    text = (
        "# Title\n\n```yaml file=a/b.yaml\nx: 1\n```\n\n```yaml\ny: 2\n```\n\n"
        "```console\n$ echo one \\\n    two\none two\n$ true\n```\n"
    )
    assert steps(text) == [
        File(4, "a/b.yaml", "x: 1\n"),
        Command(12, "echo one \\\n    two", ("one two",)),
        Command(15, "true", ()),
    ]


def test_a_true_page_plays(tmp_path: Path) -> None:
    """Files are there for the commands, wildcards match, and one session lasts: folder, environment, exit code."""
    text = "```text file=deep/note.txt\nhello\n```\n" + block(
        "$ cd deep",
        "$ export NAME=Ada",
        "$ cat note.txt; echo $NAME $RANDOM; echo oops >&2",
        "hello",
        "Ada ...",
        "oops",
        "$ seq 5",
        "1",
        "...",
        "5",
        "$ ls missing",
        "...No such file or directory",
        "$ echo $?",
        "2",
    )
    assert played(tmp_path, text) == 6


@pytest.mark.parametrize(
    "lines",
    [
        ["$ echo right", "wrong"],
        ["$ echo said"],
        ["$ true", "something"],
        ["$ seq 3", "1", "2"],
        ["$ seq 3", "1", "...", "4"],
        ["$ echo 12 apples", "... pears"],
        ["$ echo a.b", "aXb"],
        ["$ false"],
        ["$ false", "$ echo $?", "0"],
        ["$ no-such-program-anywhere", "..."],
    ],
)
def test_a_false_page_fails(tmp_path: Path, lines: list[str]) -> None:
    """The control: wrong, missing or surplus output, and an exit code that is not shown, are each found."""
    with pytest.raises(PageError):
        played(tmp_path, block(*lines))


def test_what_went_wrong_is_told_with_its_place(tmp_path: Path) -> None:
    """The message has page, line, command, what the page says and what was printed."""
    with pytest.raises(PageError) as told:
        played(tmp_path, "Some words.\n\n" + block("$ echo right", "wrong"))
    assert str(told.value) == "page.md:4: `echo right`\nthe page says:\n  wrong\nit printed:\n  right"


def test_a_page_without_commands_is_no_success(tmp_path: Path) -> None:
    """A page in which nothing was found to run fails, so that a changed form cannot turn the check off."""
    with pytest.raises(PageError, match="nothing to run"):
        played(tmp_path, "```sh\n$ echo hello\n```\n")


def test_output_without_a_command_is_refused(tmp_path: Path) -> None:
    """A console block that does not begin with a command is a mistake, not a comment."""
    with pytest.raises(PageError, match="begins with"):
        played(tmp_path, block("hello", "$ echo hello"))


def test_a_command_that_hangs_is_ended(tmp_path: Path) -> None:
    """Time is bounded, and what hangs is named."""
    with pytest.raises(PageError, match="sleep 60"):
        played(tmp_path, block("$ sleep 60"), seconds=0.5)


def test_a_program_left_behind_holds_nothing_up_and_is_stopped(tmp_path: Path) -> None:
    """A background job does not delay the next command, and is gone when the page is over."""
    text = block("$ (sleep 1; touch late) &", "$ echo on", "on")
    assert played(tmp_path, text, seconds=10) == 2
    assert not (tmp_path / "work" / "late").exists()


def test_a_file_stays_in_the_folder(tmp_path: Path) -> None:
    """A page cannot write elsewhere."""
    with pytest.raises(PageError, match="leads out"):
        played(tmp_path, "```text file=../out.txt\nx\n```\n" + block("$ true"))
    assert not (tmp_path / "out.txt").exists()


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ((), [], True),
        (("...",), [], True),
        (("...",), ["a", "b"], True),
        (("a", "...", "d"), ["a", "b", "c", "d"], True),
        (("a", "...", "d"), ["a", "d"], True),
        (("a ... z",), ["a b c z"], True),
        (("a ... z",), ["a", "z"], False),
        (("a",), ["a", ""], False),
    ],
)
def test_wildcards_mean_what_the_docstring_says(expected: tuple[str, ...], printed: list[str], *, same: bool) -> None:
    """Lines of dots stand for lines, dots in a line for text of that line, everything else for itself."""
    assert matches(expected, printed) is same
