"""What the language cannot say is what the tables give as their reasons, and no more."""

import pytest
from examples.unsaid import PAGE, page, topics, waiting


def test_the_page_is_made_from_the_reasons() -> None:
    """After a change: `python -m examples.unsaid`."""
    assert PAGE.read_text(encoding="utf-8") == page(topics(), waiting())


def test_a_reason_that_is_gone_would_be_noticed() -> None:
    """Control: what no promise waits for any more cannot stay on the page."""
    reasons = waiting()
    gone = next(iter(topics().values()))["reasons"][0]
    assert reasons.pop(gone)
    with pytest.raises(KeyError, match="safeguards"):
        page(topics(), reasons)
