"""Policy versions never change; what outlives an erasure is found by keyed hash, has an end, and holds no value."""

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.ledger.conftest import NOW, email, raw

from troth.ledger.state import LedgerState, StateSettings
from troth.model.personal import Personal
from troth.ports.state import NotFoundError, PolicyVersion, RefusedError, StateError

ADA = "ada.canary@example.org"


def version(hash_: str, day: int, text: str = "purposes: {}") -> PolicyVersion:
    return PolicyVersion(hash_, {"purposes.yaml": text}, datetime(2026, 2, day, tzinfo=UTC), "staff:1")


def test_version_in_force_is_the_latest_that_has_begun(state: LedgerState) -> None:
    """Before the first: none; then each from its day on; a future one waits."""
    with state.unit(at=NOW, by="staff:1") as unit:
        assert unit.policies.current() is None
        unit.policies.add(version("h2", 20))
        unit.policies.add(version("h1", 10))
        assert unit.policies.current() == version("h2", 20)
        assert [hash_ for hash_, _ in unit.policies.all()] == ["h1", "h2"]
    with state.unit(at=datetime(2026, 2, 15, tzinfo=UTC)) as unit:
        assert unit.policies.current() == version("h1", 10)


def test_version_is_immutable(state: LedgerState) -> None:
    """The same again changes nothing; the same hash with other content is refused; unknown ones are told."""
    with state.unit(at=NOW) as unit:
        unit.policies.add(version("h1", 10))
        unit.policies.add(version("h1", 10))
        with pytest.raises(RefusedError, match="policy-differs"):
            unit.policies.add(version("h1", 10, "purposes: {other: {}}"))
        with pytest.raises(RefusedError, match="policy-differs"):
            unit.policies.add(version("h1", 11))
        assert unit.policies.get("h1") == version("h1", 10)
        with pytest.raises(NotFoundError, match="no-such-policy"):
            unit.policies.get("h9")
    state.ledger.place()
    with state.unit(at=NOW) as unit:
        assert len(unit.events.read(kinds={"policy.approved"})) == 1


def test_erased_rows_are_found_in_a_restored_backup(state: LedgerState, settings: StateSettings) -> None:
    """Keys are answered in order with the plan under which they went; whole numbers and their text are one key."""
    rows = [("bookings", "passenger", ("KL", 7)), ("bookings", "passenger", ("KL", 8)), ("web", "account", (ADA,))]
    with state.unit(at=NOW) as unit:
        unit.hashes.remember_rows(rows, plan="h1", ends=date(2026, 9, 1))
        unit.hashes.remember_rows(rows, plan="h1", ends=date(2026, 9, 1))
        unit.hashes.remember_rows([], plan="h1", ends=date(2026, 9, 1))
        found = unit.hashes.erased_rows("bookings", "passenger", [("KL", 9), ("KL", "8"), ("LK", 7), ("KL", 7)])
        assert found == [None, "h1", None, "h1"]
        assert unit.hashes.erased_rows("web", "account", [(ADA,)]) == ["h1"]
        assert unit.hashes.erased_rows("web", "other", [(ADA,)]) == [None]
        assert unit.hashes.erased_rows("web", "account", []) == []
    with raw(settings) as connection:
        stored = connection.execute("SELECT erased_row::text FROM erased_row").fetchall()
    assert len(stored) == 3
    assert ADA not in str(stored)


def test_another_row_under_the_key_of_an_erased_one_is_told_apart(state: LedgerState, settings: StateSettings) -> None:
    """A row is the same by place and by who it was; it may have been several in turn; no value is kept."""
    was = [("web", "account", (7,), Personal(ADA)), ("web", "account", (7,), Personal("later"))]
    with state.unit(at=NOW) as unit:
        unit.hashes.remember_who(was, ends=date(2026, 9, 1))
        unit.hashes.remember_who([], ends=date(2026, 9, 1))
        unit.hashes.remember_who(was[:1], ends=date(2026, 8, 1))
        asked = [*was, ("web", "account", ("7",), Personal(ADA)), ("web", "account", (7,), Personal("b@example.org"))]
        assert unit.hashes.same_rows([*asked, ("web", "account", (8,), Personal(ADA))]) == [
            True,
            True,
            True,
            False,
            False,
        ]
        assert unit.hashes.same_rows([]) == []
    with raw(settings) as connection:
        stored = connection.execute("SELECT row_was::text FROM row_was").fetchall()
    assert len(stored) == 2
    assert ADA not in str(stored)
    with state.unit(at=NOW + timedelta(days=400)) as unit:
        assert unit.hashes.same_rows(was) == [False, False]
        assert unit.hashes.forget_ended() == 2


def test_suppression_outlives_the_person(state: LedgerState, settings: StateSettings) -> None:
    """A no is found by value and scope alone, stands until its end, and an endless one outlives any end."""
    with state.unit(at=NOW) as unit:
        assert not unit.hashes.suppressed(email(ADA), scope="marketing")
        unit.hashes.suppress(email(ADA), scope="marketing", ends=date(2026, 4, 1))
        assert unit.hashes.suppressed(email(ADA), scope="marketing")
        assert not unit.hashes.suppressed(email(ADA), scope="surveys")
        assert not unit.hashes.suppressed(email("b@example.org"), scope="marketing")
    with state.unit(at=NOW + timedelta(days=60)) as unit:
        assert not unit.hashes.suppressed(email(ADA), scope="marketing")
        unit.hashes.suppress(email(ADA), scope="marketing", ends=None)
        unit.hashes.suppress(email(ADA), scope="marketing", ends=date(2026, 4, 2))
        assert unit.hashes.suppressed(email(ADA), scope="marketing")
    with raw(settings) as connection:
        assert ADA not in str(connection.execute("SELECT suppression::text FROM suppression").fetchall())


def test_what_has_ended_is_forgotten(state: LedgerState) -> None:
    """Hashes are personal data with an end: past it they are deleted, the others stay."""
    with state.unit(at=NOW) as unit:
        unit.hashes.remember_rows([("a", "b", (1,))], plan="h", ends=date(2026, 3, 31))
        unit.hashes.remember_rows([("a", "b", (2,))], plan="h", ends=date(2027, 3, 31))
        unit.hashes.suppress(email(ADA), scope="marketing", ends=date(2026, 3, 31))
        unit.hashes.suppress(email(ADA), scope="surveys", ends=None)
        assert unit.hashes.forget_ended() == 0
    with state.unit(at=NOW + timedelta(days=60)) as unit:
        assert unit.hashes.forget_ended() == 2
        assert unit.hashes.erased_rows("a", "b", [(1,), (2,)]) == [None, "h"]
        assert unit.hashes.suppressed(email(ADA), scope="surveys")


def test_lost_suppression_key_is_an_error_never_a_yes(state: LedgerState, settings: StateSettings) -> None:
    """Without the key nobody can say that no objection stands: asking raises, so marketing closes."""
    for path in settings.keys.glob("suppression.*.key"):
        path.unlink()
    with LedgerState.open(settings) as opened, opened.unit(at=NOW) as unit:
        with pytest.raises(StateError, match="key-missing"):
            unit.hashes.suppressed(email(ADA), scope="marketing")
        assert unit.persons.by(email(ADA)) is None  # other uses go on
