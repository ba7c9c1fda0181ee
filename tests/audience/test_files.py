"""Files that are not as they should be: the line of what is broken, however far down, and letters of another kind."""

from pathlib import Path

import pytest

from troth.audience import files, sets
from troth.model.problem import InputError

LINES = 300_000


def written(path: Path, broken: dict[int, bytes], lines: int = LINES) -> Path:
    """A CSV file with other bytes on some lines, counted from the heading as 1."""
    with path.open("wb") as file:
        file.write(b"email,number\n")
        for line in range(2, lines + 2):
            file.write(broken.get(line, b"person%d@example.org,%d\n" % (line, line)))
    return path


@pytest.mark.parametrize("line", [2, LINES // 2, LINES])
def test_a_broken_line_is_named_however_far_down(line: int, tmp_path: Path) -> None:
    """By the number that an editor shows; without it the file is read whole."""
    whole, broken = tmp_path / "whole.csv", written(tmp_path / "broken.csv", {line: b"alone@example.org\n"})
    with sets.table_engine() as engine:
        assert files.open_people(engine, written(whole, {})).broken == ()
        with pytest.raises(InputError, match=rf"1 lines cannot be read: {line}$"):
            files.open_people(engine, broken)
        opened = files.open_people(engine, broken, skip_broken=True)
        assert [each.line for each in opened.broken] == [line]
        (rows,) = engine.execute(f"SELECT count(*) FROM {opened.source}").fetchall()[0]
        assert rows == LINES - 1


@pytest.mark.parametrize("line", [2, LINES // 2])
def test_letters_of_another_encoding_are_named(line: int, tmp_path: Path) -> None:
    """Latin-1 bytes are no UTF-8: never guessed, never half read; and the same letter in UTF-8 is well."""
    file = written(tmp_path / "people.csv", {line: "jürgen@example.org,1\n".encode("latin-1")})
    with sets.table_engine() as engine:
        with pytest.raises(InputError) as raised:
            files.open_people(engine, file)
        assert (raised.value.code, raised.value.message.rpartition(" ")[2]) == ("not-utf-8", str(line))
        assert "rgen" not in str(raised.value)
        well = written(tmp_path / "well.csv", {line: "jürgen@example.org,1\n".encode()})
        assert files.open_people(engine, well).broken == ()
