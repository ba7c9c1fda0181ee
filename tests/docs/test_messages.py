"""The page of messages shows what a terminal shows."""

from .messages import PAGE, chosen, page, printed


def test_the_page_shows_what_is_printed() -> None:
    """Ten messages, word for word and line for line. After a changed wording: `python -m tests.docs.messages`."""
    text = PAGE.read_text(encoding="utf-8")
    assert page() == text
    assert text.count("```text\n") == len(chosen()) == 10


def test_another_mistake_prints_otherwise() -> None:
    """Control: with another word misspelt, what is printed is not on the page."""
    assert printed({"purposes.yaml": {"uses: loan": "uses: lona"}}) not in PAGE.read_text(encoding="utf-8")
