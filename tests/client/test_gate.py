"""A program asks the gate: quickly, never by an old view, and closed when nothing can be known."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep

import psycopg
import pytest
import time_machine
from tests.client.town import (
    MAIL,
    SALE,
    Hanging,
    address,
    crowd,
    customers,
    cut_off,
    name_of,
    opened,
    python,
    reach_again,
    say,
    until,
    writing,
)
from tests.edges.shop import MAUD, Shop
from tests.ledger.conftest import copy_database, drop_database

import troth
from troth import Gate
from troth.client.gate import LEAST
from troth.desk import knowing
from troth.desk.asking import WOULD_HAVE_SAID_NO, let_pass
from troth.desk.house import House
from troth.desk.requests import identifiers_under
from troth.gate.ask import ask
from troth.ledger.following import LedgerFollowing
from troth.model.personal import Personal
from troth.model.problem import InputError
from troth.ports.state import LedgerBehindError, StateError

BOUND = 2.0
SLACK = 1.0
"""Seconds that a busy machine may add; how fast one is decides nothing here."""


@pytest.fixture
def house(shop: Shop) -> Iterator[House]:
    """The installation that is followed."""
    with opened(shop) as found:
        yield found


@pytest.fixture
def gate(shop: Shop, house: House) -> Iterator[Gate]:
    """A program's gate."""
    with Gate.open(shop.home) as found:
        yield found


def codes(said: troth.client.Said) -> list[str]:
    return [reason.code for reason in said.reasons]


# --- What it says -----------------------------------------------------------------------------------------------------


def test_it_says_what_the_gates_own_door_says(house: House, gate: Gate) -> None:
    """For people in every state that the shop's ledger can hold, word for word, token included."""
    persons = customers(house, 6)
    with writing(house) as unit:
        say(unit, persons[1], yes=False)
        unit.facts.object(persons[2], marketing=True)
        unit.facts.learn(persons[3], residence="ES", birth_year=datetime.now(UTC).year - 10)
        unit.facts.mark_erased(persons[4])
        unit.facts.relate(persons[5], "customer", holds=False)
    seen = set()
    for words in (MAIL, SALE, {"operation": "use", "purpose": "unheard-of"}, {**MAIL, "fields": ["name", "wish"]}):
        prepared = gate.prepare(**words)
        for person, said in zip(
            persons, prepared.ask_many(persons, at_least=house.state.ledger.place().size), strict=True
        ):
            with house.unit() as unit:
                facts = unit.facts.of(person)
            wanted = ask((house.policy,), replace(prepared.question, person=person, at=said.at), facts, house.cite)
            assert said.answer == wanted
            seen |= {(wanted.allowed, *codes(said))}
    assert len(seen) > 6
    assert {allowed for allowed, *_ in seen} == {True, False}


def test_an_answer_is_true_only_where_it_is_a_yes(house: House, gate: Gate) -> None:
    """`if said:` is what somebody will write."""
    yes, no = customers(house, 2)
    with writing(house) as unit:
        say(unit, no, yes=False)
    mail = gate.prepare(**MAIL)

    assert mail.ask(yes)
    assert not mail.ask(no)
    assert mail.ask_many([yes, no]).allowed == [yes]
    assert [bool(said) for said in mail.ask_many([yes, no])] == [True, False]
    assert mail.ask_many([yes, no])[-1].person == no


def test_who_is_not_known_gets_a_no(gate: Gate) -> None:
    """That somebody is not known is knowledge: a service message has nobody to go to either."""
    assert codes(gate.prepare(**SALE).ask("p-000000000000000000000000")) == [
        "basis-contract",
        "relationship-not-covered",
    ]


def test_somebody_is_found_by_an_identifier(house: House, gate: Gate) -> None:
    """By its keyed hash, in any spelling of its normal form; who is not found has an id that nobody has."""
    (person,) = customers(house, 1)
    kind, value = MAUD.split("=")
    with writing(house) as unit:
        unit.persons.link(person, *identifiers_under(house.policy, [(kind, value)], proven=True), reason="told")

    assert gate.find(kind, f" {value} ") == person
    assert codes(gate.prepare(**SALE).ask(gate.find(kind, "T-999"))) == ["basis-contract", "relationship-not-covered"]
    with pytest.raises(InputError) as refused:
        gate.find("shoe-size", value)
    assert refused.value.code == "unknown-kind"


def test_by_an_address_alone_nobody_is_found_by_an_identifier(shop: Shop, house: House) -> None:
    """The keys stay in the home; by their id people are asked about as well."""
    (person,) = customers(house, 1)
    with Gate.open(address(shop)) as gate:
        assert gate.prepare(**MAIL).ask(person)
        with pytest.raises(StateError) as refused:
            gate.find(*MAUD.split("="))
    assert refused.value.code == "no-keyring"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"chanel": "email"}, "unknown-word"),
        ({"person": "p-1"}, "unknown-word"),
        ({"channel": 7}, "bad-word"),
        ({"fields": "name"}, "bad-word"),
        ({"group": -1}, "bad-word"),
        ({"emergency": "no"}, "bad-word"),
        ({"purpose": ""}, "word-missing"),
        ({"operation": "sell"}, "unknown-operation"),
    ],
)
def test_a_word_that_no_question_has_is_refused_at_once(gate: Gate, words: dict[str, object], code: str) -> None:
    """A misspelt condition that was quietly dropped would make the question wider than it was meant."""
    with pytest.raises(InputError) as refused:
        gate.prepare(**{**MAIL, **words})  # type: ignore[arg-type]
    assert refused.value.code == code


def test_a_program_that_must_not_wait(house: House, gate: Gate) -> None:
    """The same answers by the event loop, for people who are not held yet."""
    persons = customers(house, 3)

    async def asks() -> list[bool]:
        mail = gate.prepare(**MAIL)
        one = await mail.ask_soon(persons[0])
        return [bool(one), *(bool(each) for each in await mail.ask_many_soon(persons[1:]))]

    assert asyncio.run(asks()) == [True] * 3


# --- How old it may be ------------------------------------------------------------------------------------------------

ASKER = """
import sys, time
from troth import Gate
gate = Gate.open(sys.argv[1])
mail = gate.prepare(operation="send", purpose="newsletter", channel="email")
print("yes" if mail.ask(sys.argv[2]) else "no", flush=True)
while mail.ask(sys.argv[2]):
    last = time.time()
print(last, flush=True)
"""


def test_a_withdrawal_reaches_another_process(shop: Shop, house: House) -> None:
    """Two real processes: one asks without a break, the other withdraws; the last yes comes before the bound."""
    (person,) = customers(house, 1)
    asker = python(ASKER, str(shop.home), person)
    assert asker.stdout is not None
    try:
        assert asker.stdout.readline() == "yes\n"
        with house.state.unit(at=datetime.now(UTC), policy=house.policy.hash) as unit:
            say(unit, person, yes=False)
        withdrawn = datetime.now(UTC).timestamp()
        last = float(asker.stdout.readline())
    finally:
        asker.kill()
        asker.communicate()
    assert last - withdrawn < BOUND


def test_a_withdrawal_that_nobody_has_placed_is_seen(house: House, gate: Gate) -> None:
    """No sequencer has to run for a no to be heard."""
    (person,) = customers(house, 1)
    mail = gate.prepare(**MAIL)
    assert mail.ask(person)
    with house.state.unit(at=datetime.now(UTC), policy=house.policy.hash) as unit:
        say(unit, person, yes=False)

    assert until(lambda: not mail.ask(person)) < BOUND
    assert codes(mail.ask(person))[-1] == "choice-no"


def test_a_withdrawal_that_commits_late_is_not_missed(house: House, gate: Gate) -> None:
    """Its id is lower than those of events that were placed and seen while its transaction was open."""
    person, other = customers(house, 2)
    mail = gate.prepare(**MAIL)
    assert mail.ask(person)
    with house.state.unit(at=datetime.now(UTC), policy=house.policy.hash) as late:
        say(late, person, yes=False)
        with writing(house) as unit:
            say(unit, other, yes=False)
        size = house.state.ledger.place().size
        until(lambda: gate.view.position >= size)
        assert mail.ask(person), "not committed yet"

    assert until(lambda: not mail.ask(person)) < BOUND


def test_only_what_stands_above_a_position_would_not_be_enough(shop: Shop, house: House) -> None:
    """Negative control: a look without what is pending does not name a withdrawal that was not placed."""
    (person,) = customers(house, 1)
    following = LedgerFollowing(Personal(address(shop)))
    before = following.look(None, frozenset())
    with house.state.unit(at=datetime.now(UTC), policy=house.policy.hash) as unit:
        say(unit, person, yes=False)
    seen = following.look(before.size, before.pending)

    assert seen.persons == frozenset({person})
    assert seen.size == before.size
    assert following.look(seen.size, seen.pending).persons == frozenset(), "named once"
    house.state.ledger.place()
    placed = following.look(seen.size, seen.pending)
    assert (placed.persons, placed.pending) == (frozenset({person}), frozenset()), "and once more when it was placed"
    following.close()


def test_whoever_wrote_a_no_can_demand_that_it_counts(shop: Shop, house: House) -> None:
    """`at_least` waits for the position instead of for the next look, and a position nobody has closes."""
    (person,) = customers(house, 1)
    with Gate.open(shop.home, facts_seconds=5, look_every=4) as gate:
        mail, sale = gate.prepare(**MAIL), gate.prepare(**SALE)
        assert mail.ask(person)
        with writing(house) as unit:
            say(unit, person, yes=False)
        size = house.state.ledger.place().size

        assert mail.ask(person), "negative control: the view did not look since"
        assert not mail.ask(person, at_least=size)
        with writing(house) as unit:
            say(unit, person, yes=True)
        until(lambda: mail.ask(person), 10)
        assert "fact-missing:choices" in codes(mail.ask(person, at_least=size + 1_000))
        assert sale.ask(person, at_least=size + 1_000)


def test_cut_off_from_the_ledger_the_newsletter_is_a_no_and_the_service_goes_on(
    shop: Shop, house: House, gate: Gate
) -> None:
    """Within the bound of the last look; nobody who is asked about then waits; and all is well when it is back."""
    held, cold = customers(house, 2)
    mail, sale = gate.prepare(**MAIL), gate.prepare(**SALE)
    assert (mail.ask(held).allowed, sale.ask(held).allowed) == (True, True)
    cut_off(shop)
    try:
        assert until(lambda: not mail.ask(held)) < BOUND + SLACK
        assert "fact-missing:choices" in codes(mail.ask(held))
        for person in (held, cold):
            began = monotonic()
            said = sale.ask(person)
            assert monotonic() - began < BOUND + SLACK
            assert (said.allowed, said.duties) == (True, ("ledger-later",))
    finally:
        reach_again(shop)
    until(lambda: mail.ask(held))


def test_opened_while_the_ledger_is_away_it_knows_nothing_and_comes_alive(shop: Shop, house: House) -> None:
    """A program that starts during an outage goes on without a restart; not even the policy is known until then."""
    (person,) = customers(house, 1)
    cut_off(shop)
    try:
        with Gate.open(shop.home) as gate:
            mail, sale = gate.prepare(**MAIL), gate.prepare(**SALE)
            assert (mail.ask(person).allowed, codes(sale.ask(person))) == (False, ["policy-unknown"])
            assert gate.view.problem is not None
            reach_again(shop)
            until(lambda: mail.ask(person))
            assert (sale.ask(person).allowed, gate.view.problem) == (True, None)
    finally:
        reach_again(shop)


def test_a_server_that_hangs_is_a_ledger_that_is_cut_off(shop: Shop, house: House) -> None:
    """Nothing breaks, nothing answers: no question waits longer than the bound, and none is answered by an old view."""
    held, cold = customers(house, 2)
    road = Hanging(shop)
    try:
        with Gate.open(road.address) as gate:
            mail, sale = gate.prepare(**MAIL), gate.prepare(**SALE)
            assert mail.ask(held)
            road.flows.clear()
            began = monotonic()
            assert not mail.ask(cold)
            assert monotonic() - began < BOUND + SLACK
            assert until(lambda: not mail.ask(held)) < BOUND + SLACK
            assert sale.ask(held)
            road.flows.set()
            until(lambda: mail.ask(cold), 20)
    finally:
        road.close()


def test_an_older_copy_of_the_ledger_is_not_followed(shop: Shop, house: House) -> None:
    """After a restore yesterday's withdrawals are missing: the witness knows, and the gate stays closed."""
    (person,) = customers(house, 1)
    name = name_of(shop)
    house.state.close()  # a database is copied while nobody is connected
    copy_database(name, f"{name}_old")
    try:
        with opened(shop) as again, writing(again) as unit:
            say(unit, person, yes=False)
        secrets = shop.home / "secrets.env"
        secrets.write_text(secrets.read_text().replace(f"dbname={name}", f"dbname={name}_old"))
        with pytest.raises(LedgerBehindError) as refused:
            Gate.open(shop.home)
        assert refused.value.code == "ledger-behind"
    finally:
        drop_database(f"{name}_old")


def test_a_copy_that_lags_is_not_followed(shop: Shop) -> None:
    """A replica would call an old view fresh; so would a state of another version, whose facts we do not know."""
    following = LedgerFollowing(Personal(address(shop)))
    for standby, migrated, code in ((True, 3, "standby-not-followed"), (False, 999, "state-of-another-version")):
        with pytest.raises(StateError) as refused:
            following._must_be_ours(standby=standby, migrated=migrated)
        assert refused.value.code == code


def test_a_closed_gate_knows_nothing(house: House, gate: Gate) -> None:
    """Whoever goes on asking gets what a cut-off ledger gives."""
    (person,) = customers(house, 1)
    mail, sale = gate.prepare(**MAIL), gate.prepare(**SALE)
    assert mail.ask(person)
    gate.close()

    assert not mail.ask(person)
    assert sale.ask(person)


# --- Which policy -----------------------------------------------------------------------------------------------------


def test_a_new_version_is_followed(shop: Shop, house: House, gate: Gate) -> None:
    """What was prepared answers by the version in force, with nothing opened anew."""
    (person,) = customers(house, 1)
    mail = gate.prepare(**MAIL)
    before = mail.ask(person)
    assert before
    choices = shop.policy / "choices.yaml"
    choices.write_text(choices.read_text().replace("version: 1", "version: 2"))
    shop.publish()

    until(lambda: not mail.ask(person))
    assert "choice-outdated" in codes(mail.ask(person))
    assert mail.ask(person).token.split(".")[0] != before.token.split(".")[0]


def test_a_version_that_nobody_signed_opens_nothing(shop: Shop, house: House) -> None:
    """Whoever can write into the table of versions cannot make a promise."""
    (person,) = customers(house, 1)
    with psycopg.connect(address(shop), options="-c search_path=troth") as connection:
        connection.execute("UPDATE policy_version SET approved_by = replace(approved_by, 'nell', 'odo')")
    with Gate.open(shop.home) as gate:
        for words in (MAIL, SALE):
            assert codes(gate.prepare(**words).ask(person)) == ["policy-unknown"]


def test_while_the_gate_only_watches_a_no_is_let_pass_and_says_so(shop: Shop, house: House, gate: Gate) -> None:
    """As the gate's own door says it; a yes is not called broken, and cut off everything is closed as ever."""
    no, yes = customers(house, 2)
    with writing(house) as unit:
        say(unit, no, yes=False)
    mail, today = gate.prepare(**MAIL), datetime.now(UTC).date()
    until(lambda: not mail.ask(no))
    plain = mail.ask(no)
    knowing.observe(house, today, staff="nell")
    until(lambda: mail.ask(no))
    watched = mail.ask(no)

    with house.unit() as unit:
        facts = unit.facts.of(no)
        ours = ask((house.policy,), replace(mail.question, person=no, at=watched.at), facts, house.cite)
    assert watched.answer == replace(let_pass(house.policy, mail.question, ours, today), token=watched.token)
    assert (watched.observed, plain.observed, codes(watched)[-1]) == (today, None, WOULD_HAVE_SAID_NO)
    assert codes(watched)[:-1] == codes(plain)
    assert [said.observed for said in mail.ask_many([no, yes])] == [today, None]
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1), tick=True):
        until(lambda: not mail.ask(no))
    until(lambda: mail.ask(no))
    cut_off(shop)
    try:
        assert until(lambda: not mail.ask(no)) < BOUND + SLACK
        assert WOULD_HAVE_SAID_NO not in codes(mail.ask(no))
    finally:
        reach_again(shop)
    until(lambda: mail.ask(no))


# --- What it costs ----------------------------------------------------------------------------------------------------


def test_the_view_is_bounded(shop: Shop, house: House) -> None:
    """More people than it holds: never more than twice as many as allowed, and the answers stay right."""
    persons = crowd(shop, 3 * LEAST)
    with Gate.open(shop.home, most=LEAST) as gate:
        sale = gate.prepare(**SALE)
        assert len(sale.ask_many(persons).allowed) == len(persons)
        assert LEAST <= gate.view.held() <= 2 * LEAST
        assert sale.ask(persons[0])
        assert sale.ask(persons[-1])


def test_a_fork_follows_by_itself(house: House, gate: Gate) -> None:
    """A server that forks its workers after opening the gate: each child follows with a connection of its own."""
    (person,) = customers(house, 1)
    mail = gate.prepare(**MAIL)
    assert mail.ask(person)
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            sleep(BOUND + 0.2)
            os.write(write, b"yes" if mail.ask(person) else b"no")
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(child, 0)

    assert os.read(read, 10) == b"yes"
    assert mail.ask(person)
    assert until(lambda: gate.view.problem is None) < BOUND


HEAVY = """
import sys
import troth
bare = {name for name in sys.modules if name.startswith("troth")}
from troth import Gate
gate = Gate.open(sys.argv[1])
gate.prepare(operation="send", purpose="newsletter", channel="email").ask("p-1")
foreign = {"starlette", "uvicorn", "sqlalchemy", "pymysql", "sqlite3", "procrastinate", "typer", "rich", "aiohttp"}
print(sorted(bare), sorted(foreign & {name.partition(".")[0] for name in sys.modules}), "psycopg" in sys.modules)
"""


def test_a_program_loads_neither_a_web_framework_nor_other_drivers(shop: Shop) -> None:
    """To import `troth` loads nothing but itself; the gate loads psycopg, and nobody else's way to a database."""
    ran = subprocess.run([sys.executable, "-c", HEAVY, str(shop.home)], capture_output=True, text=True, check=True)

    assert ran.stdout == "['troth'] [] True\n"
