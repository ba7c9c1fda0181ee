"""A command line that cannot be read is no answer: exit code 2 is kept for a no."""

import pytest
from tests.edges.shop import MAUD, Shop


@pytest.mark.parametrize(
    "words",
    [("frobnicate",), ("status", "--nope"), ("ask",), ("retry",), ("apply",), ("object", "--who"), ("decide", "c-1")],
    ids=" ".join,
)
def test_a_mistake_of_the_caller_exits_one_with_code_and_remedy(shop: Shop, words: tuple[str, ...]) -> None:
    """Whoever asks from a script must not take a typing mistake for a no."""
    done = shop.troth(*words)
    assert (done.returncode, done.stdout) == (1, ""), done
    assert done.stderr.startswith("✗ usage: ")
    assert "--help` says what it takes" in done.stderr


def test_an_answer_still_exits_as_documented(shop: Shop) -> None:
    """Negative control: a no is 2, help and version are 0, and no command at all is help."""
    no = shop.troth("ask", "mischief", "--who", MAUD)
    assert no.returncode == 2, no
    for words in (("--version",), ("status", "--help"), ()):
        assert shop.troth(*words).returncode == 0


def test_a_program_of_its_own_says_the_same(shop: Shop) -> None:
    """The other tests fork: here is the command as it is installed, for a help, a no and a mistake."""
    for words in (("--help",), ("know", "--who", MAUD, "--by", "mallory"), ("frobnicate",)):
        assert shop.process(*words) == shop.troth(*words)
