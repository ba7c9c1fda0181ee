"""The suite itself: no engine without a ground."""

from tests.stores.contract.ferry import GROUNDS, NOT_SQL

from troth.stores import engines


def test_every_engine_file_has_a_ground() -> None:
    """A new engine file without a place to be tested in fails here."""
    assert set(engines()) == set(GROUNDS) | NOT_SQL
