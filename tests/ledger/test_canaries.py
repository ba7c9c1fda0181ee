"""Nothing personal in clear: planted through every function, well and badly, then looked for in everything written.

A canary is looked for as it is, in upper case, in hex and in base64. Negative controls show that the search finds one.
"""

import base64
import logging
import secrets
import traceback
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import psycopg
import pytest
from tests.ledger.conftest import DUE, ENDS, NOW, copy_database, drop_database, email, new_person, raw, url

from troth.ledger.keyring import Keyring
from troth.ledger.reconcile import reconcile
from troth.ledger.state import LedgerState, LedgerUnit, StateSettings
from troth.model.event import Event, Retain, Slot
from troth.model.person import Identifier
from troth.model.personal import Personal
from troth.model.plan import Approval, Count, Done, Outcome
from troth.ports.facts import Closing, Release
from troth.ports.state import StateError

ADDRESS = "zelda.canary@example.org"
NAME = "Zelda Canarybird"
PHONE = "+34600canary"
CANARIES = ("zelda", "canary")
PLAN = "d" * 64


def sightings(text: str) -> list[str]:
    """Which canaries stand in a text, in any of the spellings they could have slipped out in."""
    found = []
    low = text.lower()
    for canary in (*CANARIES, ADDRESS.lower(), NAME.lower()):
        spelled = [canary, canary.encode().hex()]
        spelled += [base64.b64encode(raw.encode()).decode().rstrip("=").lower()[:-1] for raw in (ADDRESS, NAME)]
        found += [each for each in spelled if each in low]
    return found


def everything(settings: StateSettings) -> str:
    """Every row of every table of state, queue and vault, as text."""
    rows: list[object] = []
    for address in (settings.state_url, settings.vault):
        with psycopg.connect(address.reveal()) as connection:
            tables = connection.execute(
                "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables"
                " WHERE schemaname IN ('troth', 'alarm', 'vault')"
            ).fetchall()
            for (table,) in tables:
                rows += connection.execute(f"SELECT t::text FROM {table} AS t").fetchall()
    assert len(rows) > 20
    return "\n".join(str(row) for row in rows)


def plant_everywhere(state: LedgerState) -> None:
    """Every function of a unit that takes words or identifiers, in the way it is meant to be used."""
    mail, phone = email(ADDRESS), Identifier("phone", Personal(PHONE), proven=False, origin="web.account.phone")
    with state.unit(at=NOW, by="staff:7", policy="h1") as unit:
        person = unit.persons.new()
        unit.persons.link(person, mail, reason=f"{NAME} showed her card")
        unit.persons.link(person, phone, reason=NAME)
        unit.persons.unlink(person, phone, reason=f"not {NAME}'s")
        unit.facts.choose(person, "newsletter", yes=True, version=1, shown={"to": NAME, "field": ADDRESS})
        unit.facts.object(person, marketing=True)
        unit.facts.overrule(person, unit.facts.object(person, purpose="statistics"), because=f"{NAME} sues us")
        unit.facts.lift(person, unit.facts.restrict(person, Closing("art-18"))[0], because=f"{NAME} said so")
        unit.facts.happen(person, "sale", on=NOW)
        unit.facts.restrict(person, Closing("art-18", law="Art. 18 GDPR", until=date(2030, 1, 1)), Closing("art-18"))
        unit.facts.relate(person, "customer", holds=True)
        unit.facts.learn(person, residence="ES", birth_year=1990)
        case = unit.cases.open("erasure", person, due=DUE, ends=ENDS, said={"words": f"I am {NAME}, {ADDRESS}"}).id
        unit.cases.save_plan(case, PLAN, Personal({"rows": [[ADDRESS], [NAME]]}), {"web": ("f", False)})
        unit.cases.approve(case, Approval(PLAN, "staff:7", "officer", "2026-03-01T09:30:00+00:00", "s=", "k="))
        unit.cases.intend(PLAN, "web")
        unit.cases.settle(PLAN, "web", Outcome(Done.APPLIED, (Count(1, 2),), "confirmed by looking"))
        unit.hashes.remember_rows([("web", "account", (ADDRESS,))], plan=PLAN, ends=ENDS)
        unit.hashes.suppress(mail, scope="marketing", ends=None)
        unit.due.add("plan.apply", case, NOW)
        unit.due.ring("work", "wake", case, NOW)
        body = Personal({"note": f"{NAME} {ADDRESS}"})
        unit.events.append(Event("letter.sent", NOW, {"letter": "answer"}, (Slot(person, Retain.CASE, body),)))
    state.ledger.place()


def test_only_ciphertext_in_every_table(state: LedgerState, settings: StateSettings) -> None:
    """After every function was used, no table of either database holds a canary; the slots give them back."""
    plant_everywhere(state)
    assert sightings(everything(settings)) == []
    with state.unit(at=NOW) as unit:
        person = unit.persons.by(email(ADDRESS))
        assert person is not None
        bodies = [dict(slot) for each in unit.events.read(subject=person) for slot in each.slots if slot is not None]
    assert sightings(str(bodies))


def test_search_finds_a_canary_that_is_there(state: LedgerState, settings: StateSettings) -> None:
    """Negative control: a canary put into a table, in clear or in hex, is seen."""
    plant_everywhere(state)
    with raw(settings) as connection:
        connection.execute("UPDATE due SET note = %s", (f"for {NAME}",))
    assert sightings(everything(settings))
    with raw(settings) as connection:
        connection.execute("UPDATE due SET note = %s", (ADDRESS.encode().hex(),))
    assert sightings(everything(settings))


def test_nothing_in_the_bundle_and_the_export(state: LedgerState) -> None:
    """What leaves the house names nobody."""
    plant_everywhere(state)
    assert sightings(str(state.ledger.export())) == []


BAD: dict[str, Callable[[LedgerUnit, str], Any]] = {
    "link to nobody": lambda unit, _: unit.persons.link("p-none", email(ADDRESS), reason=NAME),
    "link of another": lambda unit, other: unit.persons.link(other, email(ADDRESS), reason=NAME),
    "link with broken text": lambda unit, other: unit.persons.link(other, email(ADDRESS + "\ud800"), reason=NAME),
    "link with a reason that is not text": lambda unit, other: unit.persons.link(
        other,
        email("b@example.org"),
        reason={NAME: 0.5},  # type: ignore[arg-type]
    ),
    "link with a kind that is an address": lambda unit, other: unit.persons.link(
        other, Identifier(ADDRESS, Personal(ADDRESS), proven=True, origin="request"), reason=NAME
    ),
    "unlink of nobody": lambda unit, _: unit.persons.unlink("p-none", email(ADDRESS), reason=NAME),
    "envelope with an address": lambda unit, _: unit.events.append(Event("a.b", NOW, {"to": ADDRESS})),
    "envelope with a name as key": lambda unit, _: unit.events.append(Event("a.b", NOW, {NAME: 1})),
    "body with a float": lambda unit, other: unit.events.append(
        Event("a.b", NOW, {}, (Slot(other, Retain.CASE, Personal({NAME: 1.5})),))
    ),
    "relationship that is a name": lambda unit, other: unit.facts.relate(other, NAME, holds=True),
    "choice that is an address": lambda unit, other: unit.facts.choose(other, ADDRESS, yes=True, version=1),
    "choice with a version too large": lambda unit, other: unit.facts.choose(
        other, "newsletter", yes=True, version=2**40, shown={"to": NAME}
    ),
    "residence that is an address": lambda unit, other: unit.facts.learn(other, residence=ADDRESS),
    "year that is none": lambda unit, other: unit.facts.learn(other, birth_year=10**9),
    "objection with a name": lambda unit, other: unit.facts.object(other, purpose=NAME),
    "event with a name": lambda unit, other: unit.facts.happen(other, NAME, on=NOW),
    "matter with a name": lambda unit, other: unit.facts.open_matter(other, NAME),
    "release to a name": lambda unit, other: unit.facts.release([other], Release("send", "x", (), recipient=NAME)),
    "restriction with a name": lambda unit, other: unit.facts.restrict(other, Closing(NAME)),
    "work about an address": lambda unit, _: unit.due.add("plan.apply", ADDRESS, NOW),
    "work with a note": lambda unit, _: unit.due.add("plan.apply", "c-1", NOW, note=NAME),
    "work without a date": lambda unit, _: unit.due.add("plan.apply", "c-zeldacanary", None),  # type: ignore[arg-type]
    "alarm about an address": lambda unit, _: unit.due.ring("work", "wake", ADDRESS, NOW),
    "suppression with a name as scope": lambda unit, _: unit.hashes.suppress(email(ADDRESS), scope=NAME, ends=None),
    "suppression with broken text": lambda unit, _: unit.hashes.suppress(
        email(ADDRESS + "\ud800"), scope="m", ends=None
    ),
    "case of somebody unknown": lambda unit, _: unit.cases.open("erasure", NAME, due=DUE, ends=ENDS),
    "case with a right that is a name": lambda unit, _: unit.cases.open(NAME, None, due=DUE, ends=ENDS),
    "case without a date": lambda unit, other: unit.cases.open(
        "erasure",
        other,
        due=DUE,
        ends=None,
        said={"words": NAME},  # type: ignore[arg-type]
    ),
    "case id that is a name": lambda unit, _: unit.cases.get(NAME),
    "plan body with a date": lambda unit, other: unit.cases.save_plan(
        unit.cases.open("erasure", other, due=DUE, ends=ENDS).id, PLAN, Personal({NAME: DUE}), {}
    ),
    "receipt with a float": lambda unit, _: unit.cases.close(
        unit.cases.open("access", None, due=DUE, ends=ENDS).id, {NAME: 0.5}
    ),
    "statement with a duplicate": lambda unit, other: unit.scope.connection.execute(
        "INSERT INTO setting VALUES (%s, 'x'), (%s, 'x')", (ADDRESS, ADDRESS)
    ),
    "statement with a null": lambda unit, _: unit.scope.connection.execute(
        "INSERT INTO setting VALUES (%s, NULL)", (ADDRESS,)
    ),
    "statement with a value of another type": lambda unit, _: unit.scope.connection.execute(
        "SELECT %s::text::integer", (ADDRESS,)
    ),
    "statement with NUL": lambda unit, _: unit.scope.connection.execute("SELECT %s", (ADDRESS + "\0",)),
}


@pytest.fixture(scope="module")
def canary_state(
    template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[LedgerState, StateSettings]]:
    """One state in which the canary is linked, for all failures."""
    name, keys = f"troth_test_{secrets.token_hex(6)}", tmp_path_factory.mktemp("canaries") / "keys"
    copy_database(template, name)
    copy_database(f"{template}_vault", f"{name}_vault")
    Keyring.create(keys)
    settings = StateSettings(url(name), keys)
    with LedgerState.open(settings) as state:
        plant_everywhere(state)
        yield state, settings
    drop_database(name)
    drop_database(f"{name}_vault")


@pytest.mark.parametrize("name", BAD)
def test_failures_tell_no_value(
    canary_state: tuple[LedgerState, StateSettings], name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Bad input and refusals of the database: an own error, no canary in its text, its traceback, or any log line."""
    state, settings = canary_state
    other = new_person(state)
    with caplog.at_level(logging.DEBUG), pytest.raises(StateError) as caught, state.unit(at=NOW) as unit:
        BAD[name](unit, other)
    error = caught.value
    told = "\n".join(_without_source(traceback.format_exception(error)))
    if name != "case id that is a name":  # the user's own word, echoed to the user in backticks
        assert sightings(f"{error} {error!r} {vars(error)} {told}") == []
    assert sightings(caplog.text) == []
    assert sightings(everything(settings)) == []


def _without_source(lines: list[str]) -> list[str]:
    """A traceback quotes lines of this test, which name the canaries: only the messages count."""
    return [line for line in lines if not line.startswith("  File")]


def test_logs_of_ordinary_work_name_nobody(
    state: LedgerState, settings: StateSettings, caplog: pytest.LogCaptureFixture
) -> None:
    """Everything at DEBUG, the driver and its pool included."""
    with caplog.at_level(logging.DEBUG):
        for name in ("psycopg", "psycopg.pool", "procrastinate"):
            logging.getLogger(name).setLevel(logging.DEBUG)
        plant_everywhere(state)
        with LedgerState.open(settings) as other, other.unit(at=NOW) as unit:
            unit.persons.by(email(ADDRESS))
    assert sightings(caplog.text) == []


def test_driver_error_would_have_told(settings: StateSettings) -> None:
    """Negative control: the driver's own error for the same failure does hold the value."""
    with raw(settings) as connection, pytest.raises(psycopg.Error) as caught:
        connection.execute("INSERT INTO setting VALUES (%s, 'x'), (%s, 'x')", (ADDRESS, ADDRESS))
    assert sightings(str(caught.value))


def test_reason_of_a_reconciliation_is_sealed(state: LedgerState, settings: StateSettings) -> None:
    """The operator's words are in no table in clear."""
    plant_everywhere(state)
    (settings.witnesses[0] / "checkpoints.jsonl").unlink()
    reconcile(settings, by="staff:1", code="witness-lost", reason=f"{NAME} took the disk")
    assert sightings(everything(settings)) == []
