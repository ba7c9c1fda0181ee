"""Events: sealed slots open for those whose key lives, hashes stay when they are gone, envelopes name nobody."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from tests.ledger.conftest import DUE, ENDS, NOW, copy_database, drop_database, email, new_person, raw

from troth.ledger.database import database_name
from troth.ledger.envelope import leaf_bytes
from troth.ledger.merkle import leaf_hash
from troth.ledger.state import LedgerState, StateSettings
from troth.model.event import Event, Recorded, Retain, Slot
from troth.model.personal import Personal
from troth.ports.state import NotFoundError, StateError

CANARY = "canary.person@example.org"


def shared_event(state: LedgerState, *people: str) -> int:
    """One event about several people, each with a body of their own."""
    slots = tuple(Slot(person, Retain.CASE, Personal({"note": f"{CANARY} {person}"})) for person in people)
    with state.unit(at=NOW) as unit:
        return unit.events.append(Event("journey.noted", NOW, {"count": len(people)}, slots, policy="h1", space="s"))


def read(state: LedgerState, event: int) -> Recorded:
    with state.unit(at=NOW) as unit:
        return unit.events.get(event)


def test_event_is_given_back_as_written(state: LedgerState) -> None:
    """Kind, moment, envelope, policy and opened slots come back; the position comes with placing."""
    person = new_person(state)
    event = shared_event(state, person)
    before = read(state, event)
    assert before.position is None
    assert (before.kind, before.at, before.envelope, before.policy) == ("journey.noted", NOW, {"count": 1}, "h1")
    assert [dict(slot or {}) for slot in before.slots] == [{"note": f"{CANARY} {person}"}]
    assert state.ledger.place().events == 2
    assert read(state, event).position == 1


def test_slots_are_opened_and_still_hidden_in_text(state: LedgerState) -> None:
    """A recorded event may be printed by accident: its opened slots do not show."""
    found = read(state, shared_event(state, new_person(state)))
    assert found.slots[0] is not None
    assert CANARY in found.slots[0]["note"]
    assert CANARY not in repr(found)


def test_database_holds_ciphertext_only(state: LedgerState, settings: StateSettings) -> None:
    """What a slot says is in no table of the state in clear."""
    shared_event(state, new_person(state))
    with raw(settings) as connection:
        rows = connection.execute("SELECT event::text FROM event UNION ALL SELECT slot::text FROM slot").fetchall()
        assert len(rows) == 4
        assert not any(CANARY in str(row) or CANARY.encode().hex() in str(row) for row in rows)


def test_co_traveller_still_reads_after_the_others_erasure(state: LedgerState) -> None:
    """Erasing one person empties their slots alone; the leaf still verifies, the other's slot still opens."""
    leaver, stayer = new_person(state), new_person(state)
    event = shared_event(state, leaver, stayer)
    state.ledger.place()
    assert all(slot is not None for slot in read(state, event).slots)
    leaves = state.ledger.export()["leaves"]
    with state.unit(at=NOW) as unit:
        erased = unit.events.erase(leaver, {Retain.CASE})
    assert (erased.slots, erased.keys) == (1, 1)
    gone, kept = read(state, event).slots
    assert gone is None
    assert kept is not None
    assert kept["note"] == f"{CANARY} {stayer}"
    assert state.ledger.audit() == 3
    assert state.ledger.export()["leaves"][:3] == leaves


def test_erased_key_and_bytes_are_gone_from_both_databases(state: LedgerState, settings: StateSettings) -> None:
    """After the unit committed, the slot has no bytes, the vault no key, and both say so."""
    person = new_person(state)
    shared_event(state, person)
    vault = psycopg.connect(settings.vault.reveal(), options="-c search_path=vault", autocommit=True)
    living = "SELECT count(*) FROM class_key WHERE wrapped IS NOT NULL AND retain = 'case'"
    with raw(settings) as connection, vault:
        assert vault.execute(living).fetchone() == (1,)
        with state.unit(at=NOW) as unit:
            unit.events.erase(person, {Retain.CASE})
        assert vault.execute(living).fetchone() == (0,)
        assert vault.execute("SELECT count(*) FROM class_key WHERE destroyed_at IS NOT NULL").fetchone() == (1,)
        left = connection.execute("SELECT count(*) FROM slot WHERE retain = 'case' AND sealed IS NOT NULL").fetchone()
        assert left == (0,)


def test_other_classes_of_the_same_person_survive(state: LedgerState) -> None:
    """Proof of consent outlives the erasure of what it was about."""
    person = new_person(state)
    with state.unit(at=NOW) as unit:
        consent = unit.facts.choose(person, "newsletter", yes=True, version=3, shown={"wording": "Yes, please"})
        unit.events.erase(person, {Retain.IDENTITY, Retain.STATE, Retain.CASE})
    slot = read(state, consent).slots[0]
    assert slot is not None
    assert slot["shown"] == {"wording": "Yes, please"}


def test_erasure_that_rolls_back_destroys_nothing(state: LedgerState) -> None:
    """A unit that fails after erasing leaves slots and keys as they were."""
    person = new_person(state)
    event = shared_event(state, person)

    def erase_and_fail() -> None:
        with state.unit(at=NOW) as unit:
            assert unit.events.erase(person, {Retain.CASE}).slots == 1
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        erase_and_fail()
    assert read(state, event).slots[0] is not None


def test_erasure_that_crashed_before_the_vault_is_finished_at_the_next_start(
    state: LedgerState, settings: StateSettings
) -> None:
    """The commit of the state decides; a vault that was not told in time is told when Troth opens again."""
    person = new_person(state)
    event = shared_event(state, person)
    vault = psycopg.connect(settings.vault.reveal(), options="-c search_path=vault", autocommit=True)
    with raw(settings) as connection, vault:
        key = connection.execute("SELECT key_id FROM slot WHERE event = %s", (event,)).fetchone()
        assert key is not None
        connection.execute("INSERT INTO gone_key (key_id, at) VALUES (%s, now())", key)
        connection.commit()
        living = "SELECT wrapped IS NOT NULL FROM class_key WHERE key_id = %s"
        assert vault.execute(living, key).fetchone() == (True,)
        with LedgerState.open(settings):
            pass
        assert vault.execute(living, key).fetchone() == (False,)


def test_restored_older_vault_opens_nothing_that_was_erased(settings: StateSettings) -> None:
    """A backup of the vault brings destroyed keys back: they are destroyed again before anybody reads."""
    with LedgerState.open(settings) as state:
        person = new_person(state)
        shared_event(state, person)
    name = database_name(settings.vault)
    copy_database(name, f"{name}_kept")
    with LedgerState.open(settings) as state, state.unit(at=NOW) as unit:
        unit.events.erase(person, {Retain.CASE})
    drop_database(name)
    copy_database(f"{name}_kept", name)
    drop_database(f"{name}_kept")
    with psycopg.connect(settings.vault.reveal(), options="-c search_path=vault", autocommit=True) as vault:
        living = "SELECT count(*) FROM class_key WHERE wrapped IS NOT NULL AND retain = 'case'"
        assert vault.execute(living).fetchone() == (1,)
        with LedgerState.open(settings):
            assert vault.execute(living).fetchone() == (0,)


def test_process_that_remembers_a_gone_key_seals_nothing_under_it(state: LedgerState, settings: StateSettings) -> None:
    """Another process erased the person: this one's remembered key is refused, and a new one is made."""
    person = new_person(state)
    first = shared_event(state, person)
    with LedgerState.open(settings) as other, other.unit(at=NOW) as unit:
        unit.events.erase(person, {Retain.CASE})
    second = shared_event(state, person)
    assert read(state, first).slots == (None,)
    assert read(state, second).slots[0] is not None


def test_events_written_together_are_each_sealed_and_placed_in_their_order(state: LedgerState) -> None:
    """Several of one kind in one statement: ids, slots and positions as if they were written one by one."""
    person, other = new_person(state), new_person(state)
    said = [
        ({"n": n}, [Slot(each, Retain.STATE, Personal({"of": each, "n": n})) for each in (person, other)[: n % 3]])
        for n in range(5)
    ]
    with state.unit(at=NOW) as unit:
        events = unit.events.record_all("noted", said)
        assert unit.events.record_all("noted", []) == []
    assert list(events) == sorted(events)
    state.ledger.place()
    found = [read(state, event) for event in events]
    assert [each.envelope for each in found] == [{"n": n} for n in range(5)]
    assert [each.position for each in found] == [2, 3, 4, 5, 6]
    assert [[dict(slot or {}) for slot in each.slots] for each in found] == [
        [slot.body.reveal() for slot in slots] for _, slots in said
    ]
    assert state.ledger.audit() == 7


def test_none_of_several_events_is_sealed_under_a_gone_key(state: LedgerState, settings: StateSettings) -> None:
    """One key of several is gone: all are sealed anew, that slot under a new key."""
    person, other = new_person(state), new_person(state)
    said = [({"n": n}, [Slot(each, Retain.STATE, Personal({"n": n}))]) for n, each in enumerate((person, other))]
    with state.unit(at=NOW) as unit:
        unit.events.record_all("noted", said)
    with LedgerState.open(settings) as elsewhere, elsewhere.unit(at=NOW) as unit:
        assert unit.events.erase(other, {Retain.STATE}).slots == 1
    with state.unit(at=NOW) as unit:
        first, second = unit.events.record_all("noted", said)
    with LedgerState.open(settings) as elsewhere:
        assert [read(elsewhere, event).slots for event in (first, second)] == [({"n": 0},), ({"n": 1},)]


def test_the_first_keys_of_a_person_are_one_transaction_of_the_vault(
    state: LedgerState, settings: StateSettings
) -> None:
    """Identity, state and case, before anything is written; a unit that fails leaves keys that nobody used."""

    def make_and_fail() -> None:
        with state.unit(at=NOW) as unit:
            unit.persons.new()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        make_and_fail()
    with psycopg.connect(settings.vault.reveal(), options="-c search_path=vault") as vault:
        keys = vault.execute("SELECT retain, xmin::text FROM class_key ORDER BY retain").fetchall()
    assert [retain for retain, _ in keys] == [Retain.CASE, Retain.IDENTITY, Retain.STATE]
    assert len({transaction for _, transaction in keys}) == 1


def test_what_happened_in_a_case_is_read_before_it_is_placed(state: LedgerState) -> None:
    """Kinds and envelopes in their order; positions when there are some; no other case."""
    with state.unit(at=NOW) as unit:
        case = unit.cases.open("access", None, due=DUE, ends=ENDS).id
        unit.cases.open("access", None, due=DUE, ends=ENDS)
    state.ledger.place()
    with state.unit(at=NOW) as unit:
        unit.events.record("recipient.asked", {"case": case, "recipient": "mailer"})
        found = unit.events.of_case(case)
        assert [(each.kind, each.position) for each in found] == [("case.opened", 0), ("recipient.asked", None)]
        assert [each.envelope["recipient"] for each in unit.events.of_case(case, ["recipient.asked"])] == ["mailer"]


def test_key_of_another_year_stays(state: LedgerState) -> None:
    """Keys are made by year, so a year can be let go alone."""
    person = new_person(state)
    old = NOW - timedelta(days=400)
    with state.unit(at=old) as unit:
        unit.events.append(Event("a.b", old, {}, (Slot(person, Retain.CASE, Personal({"n": 1})),)))
    shared_event(state, person)
    with state.unit(at=NOW) as unit:
        assert unit.events.erase(person, {Retain.CASE}).keys == 2


def test_leaf_is_what_the_documentation_says(state: LedgerState, settings: StateSettings) -> None:
    """The stored leaf is the hash of the canonical envelope with the ledger's own words, then the commitments."""
    event = shared_event(state, new_person(state))
    with raw(settings) as connection:
        row = connection.execute("SELECT uid, leaf FROM event WHERE id = %s", (event,)).fetchone()
        slot = connection.execute("SELECT commitment FROM slot WHERE event = %s", (event,)).fetchone()
    assert row is not None
    assert slot is not None
    envelope = {
        "uid": row[0],
        "kind": "journey.noted",
        "at": "2026-03-01T09:30:00.000000+00:00",
        "space": "s",
        "policy": "h1",
        "count": 1,
    }
    assert row[1] == leaf_hash(leaf_bytes(envelope, [bytes(slot[0])]))  # type: ignore[call-overload]


def test_row_changed_behind_our_back_is_found(state: LedgerState, settings: StateSettings) -> None:
    """An auditor makes every leaf anew: a row that somebody edited as a superuser is named."""
    new_person(state)
    state.ledger.place()
    assert state.ledger.audit() == 1
    with raw(settings) as connection:
        connection.execute("ALTER TABLE event DISABLE TRIGGER only_place")
        connection.execute("""UPDATE event SET envelope = '{"count": 2}'""")
    with pytest.raises(StateError, match=r"leaf-differs.*`0`"):
        state.ledger.audit()


@pytest.mark.parametrize(
    ("envelope", "code"),
    [
        ({"to": CANARY}, "envelope-not-codes"),
        ({"name": "Ada Lovelace"}, "envelope-not-codes"),
        ({"list": [{"deep": "two words"}]}, "envelope-not-codes"),
        ({"a@b": 1}, "envelope-not-codes"),
        ({"share": 0.5}, "envelope-not-plain"),
        ({"at": "2026"}, "envelope-word-taken"),
        ({"big": 2**60}, "envelope-not-plain"),
    ],
)
def test_envelope_that_is_not_codes_is_refused(state: LedgerState, envelope: dict[str, object], code: str) -> None:
    """Sentences, addresses, floats and the ledger's own words do not enter an envelope; the error shows no value."""
    with pytest.raises(StateError) as caught, state.unit(at=NOW) as unit:
        unit.events.append(Event("a.b", NOW, envelope))
    assert caught.value.code == code
    assert CANARY not in str(caught.value)
    assert "Lovelace" not in str(caught.value)


def test_body_that_is_not_plain_is_refused(state: LedgerState) -> None:
    """A slot body must have one spelling; the error does not show it."""
    person = new_person(state)
    with pytest.raises(StateError, match="body-not-plain") as caught, state.unit(at=NOW) as unit:
        unit.events.append(Event("a.b", NOW, {}, (Slot(person, Retain.CASE, Personal({CANARY: 0.5})),)))
    assert CANARY not in str(caught.value)


def test_reading_filters_by_kind_case_subject_and_position(state: LedgerState) -> None:
    """Readers follow positions; filters narrow what they see."""
    with state.unit(at=NOW) as unit:
        person = unit.persons.new()
        case = unit.cases.open("erasure", person, due=DUE, ends=ENDS, said={"words": "please"})
        other = unit.cases.open("access", None, due=DUE, ends=ENDS)
    with state.unit(at=NOW) as unit:
        assert unit.events.read() == []  # nothing is placed yet
    state.ledger.place()
    with state.unit(at=NOW) as unit:
        assert [each.kind for each in unit.events.read()] == ["person.made", "case.opened", "case.opened"]
        assert [each.position for each in unit.events.read(kinds={"case.opened"})] == [1, 2]
        assert [each.position for each in unit.events.read(case=case.id)] == [1]
        assert [each.position for each in unit.events.read(case=other.id)] == [2]
        assert [each.position for each in unit.events.read(subject=person)] == [0, 1]
        assert [each.position for each in unit.events.read(after=1)] == [2]
        assert [each.position for each in unit.events.read(limit=1)] == [0]


def test_staff_actor_gets_a_slot_of_their_own(state: LedgerState) -> None:
    """Who of ours acted is sealed under their own key, never in the envelope."""
    with state.unit(at=NOW, by="staff:7") as unit:
        person = unit.persons.new()
        event = unit.persons.link(person, email(CANARY), reason="she showed her card")
        found = unit.events.get(event)
    assert found.extra["subjects"] == (person, "staff:7")
    assert "staff" not in str(found.envelope)
    with state.unit(at=NOW) as unit:
        unit.events.erase("staff:7", {Retain.STAFF})
        mine, theirs = unit.events.get(event).slots
    assert mine is not None
    assert theirs is None


@pytest.mark.parametrize("by", ["", "staff:", "ada", "staff:a b", "staff:a@b"])
def test_unknown_actor_is_refused(state: LedgerState, by: str) -> None:
    """Somebody acts, and it is known who: `system` or a staff id."""
    with pytest.raises(StateError, match="actor-unknown"), state.unit(at=NOW, by=by):
        pass


def test_moment_needs_a_time_zone(state: LedgerState) -> None:
    """A moment without a zone would be guessed at."""
    with pytest.raises(StateError, match="moment-without-zone"), state.unit(at=datetime(2026, 3, 1)):  # noqa: DTZ001
        pass


def test_unknown_event_is_told(state: LedgerState) -> None:
    """An id that does not exist is an error, not an empty event."""
    with pytest.raises(NotFoundError, match="no-such-event"), state.unit(at=NOW) as unit:
        unit.events.get(999)


def test_slot_that_was_swapped_does_not_open(state: LedgerState, settings: StateSettings) -> None:
    """A sealed slot opens at its own place only."""
    person = new_person(state)
    first, second = shared_event(state, person), shared_event(state, person)
    with raw(settings) as connection:
        connection.execute("ALTER TABLE slot DISABLE TRIGGER only_empty")
        connection.execute(
            "UPDATE slot SET sealed = (SELECT sealed FROM slot WHERE event = %s) WHERE event = %s", (first, second)
        )
    with pytest.raises(StateError, match="slot-does-not-open"):
        read(state, second)


def test_lost_wrapping_key_closes_and_says_so(
    state: LedgerState, settings: StateSettings, reopen: Callable[..., StateSettings]
) -> None:
    """Without the key that wraps the class keys nothing is written unsealed."""
    person = new_person(state)
    for path in settings.keys.glob("wrap.*.key"):
        path.unlink()
    with (
        LedgerState.open(reopen()) as other,
        pytest.raises(StateError, match="key-missing"),
        other.unit(at=NOW) as unit,
    ):
        unit.events.append(Event("a.b", NOW, {}, (Slot(person, Retain.CASE, Personal({"n": 1})),)))


def test_moment_is_kept_to_the_microsecond(state: LedgerState) -> None:
    """The leaf is made from the moment: it must come back from the database exactly."""
    at = datetime(2026, 3, 1, 1, 2, 3, 456789, tzinfo=UTC)
    with state.unit(at=at) as unit:
        event = unit.events.append(Event("a.b", at, {"n": [1, None, True, {"x": "y"}]}))
    assert read(state, event).at == at
    state.ledger.place()
    assert state.ledger.audit() == 1
