"""docs/coverage.md says what the tables say, no more."""

from examples.coverage import PAGE, organisations, page


def test_the_page_is_made_from_the_tables() -> None:
    """After a change: `python -m examples.coverage`."""
    assert PAGE.read_text(encoding="utf-8") == page(organisations())


def test_a_changed_standing_would_be_noticed() -> None:
    """Negative control: without one promise the page reads otherwise."""
    found = organisations()
    name, coverage = found[0]
    fewer = type(coverage)(coverage.organisation, coverage.promises[1:])
    assert page([(name, fewer), *found[1:]]) != page(found)
