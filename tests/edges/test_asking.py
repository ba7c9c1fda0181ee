"""Questions at an installation: all that a question says arrives, answers are told again, what leaves is ledgered."""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from tests.edges.shop import JONAS, MAUD, Shop

from troth import wire
from troth.desk import asking, explaining, knowing, later
from troth.desk.asking import About, Asked
from troth.desk.house import House
from troth.desk.requests import identifiers_from
from troth.edges.cli.ask import ask_command
from troth.ledger.keyring import Keyring
from troth.ledger.server import Server
from troth.model.event import Retain
from troth.model.person import Identifier
from troth.model.problem import InputError
from troth.model.question import Facts, Question
from troth.ports.state import LedgerBehindError, RefusedError, StateUnavailableError
from troth.settings import databases

NELL = "staff:nell"


def who(house: House, text: str = MAUD) -> tuple[Identifier, ...]:
    kind, _, value = text.partition("=")
    return identifiers_from(house, [(kind, value)], proven=True)


def reader(house: House, text: str = MAUD) -> str:
    """A customer who said yes to the newsletter."""
    person = asking.know(house, who(house, text), ["customer"], by=NELL)
    asking.choose(house, who(house, text), "newsletter", yes=True, by=NELL)
    house.state.ledger.place()
    return person


def newsletter(house: House, text: str = MAUD, **about: object) -> Asked:
    return asking.ask(house, "send", "newsletter", who(house, text), channel="email", **about)  # type: ignore[arg-type]


def codes(asked: Asked) -> set[str]:
    return {reason.code for reason in asked.answer.reasons}


def same(one: Asked, again: explaining.Replayed) -> bool:
    return (one.question, one.answer) == (again.question, again.answer)


# --- What a question says ---------------------------------------------------------------------------------------------

WORDS: About = {
    "fields": ["email"],
    "channel": "email",
    "recipient": "carrier",
    "destination": "DE",
    "role": "till",
    "activity": "shop",
    "source": "person",
    "topic": "tea",
    "form": "aggregated",
    "group": 12,
    "itinerary": ["DE", "FR"],
    "decision": "credit",
    "tracker": "counter",
    "instruction": "once",
    "space": "kettle",
    "emergency": True,
}


def test_everything_that_a_question_can_say_arrives(shop: Shop) -> None:
    """Nothing that a caller says is dropped on the way to the gate, and all of it comes back out of the token."""
    assert set(WORDS) | {"operation", "purpose", "person", "at"} == {field.name for field in fields(Question)}
    with shop.house() as house:
        reader(house)
        asked = asking.ask(house, "disclose", "selling", who(house), **WORDS)
        for name, value in WORDS.items():
            said = getattr(asked.question, name)
            assert (list(said) if isinstance(value, list) and not isinstance(said, frozenset) else said) in (
                value,
                frozenset(value) if isinstance(value, list) else value,
            ), name
        assert same(asked, explaining.explain(house, asked.answer.token))


def test_every_word_of_a_question_is_an_option_of_the_command() -> None:
    """A field that the command line cannot say would be asked as its default, which may be the open one."""
    options = set(ask_command.__annotations__)
    own = {"who", "at_least", "release", "home", "return"}
    named = {"fields": "field", "form": "data"}
    wanted = {named.get(field.name, field.name) for field in fields(Question)} - {"person", "at"}
    assert wanted <= options
    assert options - wanted == own | {"form"}


def test_the_command_passes_its_options_on(shop: Shop) -> None:
    """A disclosure to a recipient without what it gets is refused by name."""
    with shop.house() as house:
        reader(house)
    words = ("ask", "selling", "--who", MAUD, "--operation", "disclose", "--recipient", "carrier", "--format", "json")
    said = shop.troth(*words, "--field", "name")
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["released"] == ["name"]
    refused = shop.troth(*words, "--field", "purchase")
    assert refused.returncode == 2
    assert "field-not-for-recipient" in refused.stdout


def test_an_older_view_than_demanded_is_a_no(shop: Shop) -> None:
    """Position N is enough for N, one more is a no of its own code, also for what is owed to the person."""
    with shop.house() as house:
        reader(house)
        size = house.state.ledger.place().size
        assert newsletter(house, at_least=size).answer.allowed
        old = newsletter(house, at_least=size + 1)
        assert not old.answer.allowed
        assert asking.VIEW_TOO_OLD in codes(old)
        assert same(old, explaining.explain(house, old.answer.token))
        service = asking.ask(house, "send", "selling", who(house), channel="email", at_least=size + 1)
        assert not service.answer.allowed
        stranger = asking.ask(house, "send", "selling", who(house, "customer-number=T-099"), at_least=size)
        assert asking.VIEW_TOO_OLD not in codes(stranger)


# --- Told again -------------------------------------------------------------------------------------------------------


def test_an_answer_is_told_again_as_it_was(shop: Shop) -> None:
    """After a no, a yes and an objection, each of three tokens says what was said then, and not what holds now."""
    with shop.house() as house:
        before = newsletter(house)
        reader(house)
        between = newsletter(house)
        asking.object_to(house, who(house), by=NELL)
        after = newsletter(house)
        assert [a.answer.allowed for a in (before, between, after)] == [False, True, False]
        for asked in (before, between, after):
            again = explaining.explain(house, asked.answer.token)
            assert same(asked, again)
            assert again.gone == ()


def test_the_policy_of_the_moment_answers_again(shop: Shop) -> None:
    """The policy widened since; the token is still answered by the version that answered then. A draft is not kept."""
    with shop.house() as house:
        reader(house)
        under_first = asking.ask(house, "send", "newsletter", who(house), channel="post")
        assert not under_first.answer.allowed
    file = shop.policy / "purposes.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text + "      post: {basis: consent}\n", encoding="utf-8")
    with shop.house() as house:
        assert house.policy.purposes["newsletter"].channels.keys() == {"email", "post"}
        draft = asking.ask(house, "send", "newsletter", who(house), channel="post")
        again = explaining.explain(house, under_first.answer.token)
        assert again.policies[0] != house.policy.hash
        assert same(under_first, again)
    file.write_text(text, encoding="utf-8")
    with shop.house() as house, pytest.raises(InputError) as caught:
        explaining.explain(house, draft.answer.token)
    assert caught.value.code == "token-policy-gone"


def test_what_was_erased_is_not_told_again(shop: Shop) -> None:
    """Then the answer follows from what is left, says so, and is a no: nothing is guessed open."""
    with shop.house() as house:
        person = reader(house)
        asked = newsletter(house)
        assert asked.answer.allowed
        with house.unit() as unit:
            unit.events.erase(person, {Retain.STATE, Retain.CONSENT})
        again = explaining.explain(house, asked.answer.token)
        assert not again.answer.allowed
        assert {"choices", "relationships"} <= set(again.gone)
    said = shop.troth("explain", asked.answer.token)
    assert "was erased since" in " ".join(said.stdout.split())


def test_a_token_says_nothing_to_others_and_cannot_be_changed(shop: Shop) -> None:
    """No word of the question stands in it; half of it, another's and a changed one are each refused by name."""
    with shop.house() as house:
        person = reader(house)
        token = newsletter(house).answer.token
        assert newsletter(house).answer.token == token, "the same question in the same moment has one token"
        short, _, sealed = token.rpartition(".")
        assert person not in token
        assert "newsletter" not in token
        assert len(token) < 400
        flipped = ("A" if sealed[5] != "A" else "B").join((sealed[:5], sealed[6:]))
        for wrong, code in (
            (short, "token-without-question"),
            (f"{short}.{flipped}", "token-not-ours"),
            (f"{short[:-1]}{'0' if short[-1] != '0' else '1'}.{sealed}", "token-not-ours"),
            (f"{short}.x", "token-not-ours"),
        ):
            with pytest.raises(InputError) as caught:
                explaining.explain(house, wrong)
            assert caught.value.code == code
        ring = Keyring.open(shop.home / "keys" / "ring").rotate("question")
        del ring
    with shop.house() as house:
        assert explaining.explain(house, token).answer.allowed, "an earlier key still opens what it sealed"


def test_explain_joins_both_things(shop: Shop) -> None:
    """A word is looked up in the policy, a token is asked again."""
    assert "newsletter" in shop.troth("explain", "purpose:newsletter").stdout
    with shop.house() as house:
        reader(house)
        token = newsletter(house).answer.token
    said = shop.troth("explain", token, "--format", "json")
    assert json.loads(said.stdout)["allowed"] is True


# --- What leaves ------------------------------------------------------------------------------------------------------


def test_what_leaves_is_ledgered_with_its_token(shop: Shop) -> None:
    """One event with one slot; it counts as a message; who asks without releasing leaves no trace."""
    with shop.house() as house:
        person = reader(house)
        asked = newsletter(house)
        with house.unit() as unit:
            assert unit.facts.releases(person) == []
        let_go = asking.release(house, asked)
        assert let_go.released is not None
        with house.unit() as unit:
            (released,) = unit.facts.releases(person)
            facts = unit.facts.of(person)
            event = unit.events.get(let_go.released)
        assert (released.what.purpose, released.what.elements) == ("newsletter", ("email", "name"))
        assert facts.messages is not None
        assert list(facts.messages) == [("newsletter", "email")]
        assert let_go.answer.token.startswith(event.envelope["token"])
        assert event.slots[0] is not None
        assert explaining.explain(house, event.slots[0]["token"]).answer.allowed
        with pytest.raises(InputError) as caught:
            asking.release(house, asking.ask(house, "use", "selling", who(house)))
        assert caught.value.code == "not-a-release"


def test_a_no_between_question_and_release_is_heard(shop: Shop) -> None:
    """A yes of the queue is asked again at the moment of doing: nothing leaves, nothing is ledgered."""
    with shop.house() as house:
        person = reader(house)
        asked = newsletter(house)
        assert asked.answer.allowed
        asking.object_to(house, who(house), by=NELL)
        refused = asking.release(house, asked)
        assert not refused.answer.allowed
        assert refused.released is None
        with house.unit() as unit:
            assert unit.facts.releases(person) == []


def test_the_command_releases(shop: Shop) -> None:
    """`--release` writes what left; without it, and on a no, nothing is written."""
    with shop.house() as house:
        person = reader(house)
    words = ("ask", "newsletter", "--who", MAUD, "--channel", "email", "--format", "json")
    assert "ledgered" not in json.loads(shop.troth(*words).stdout)
    assert json.loads(shop.troth(*words, "--release").stdout)["ledgered"] is True
    assert shop.troth("ask", "newsletter", "--who", JONAS, "--channel", "email", "--release").returncode == 2
    with shop.house() as house, house.unit() as unit:
        assert len(unit.facts.releases(person)) == 1


# --- Watching only ----------------------------------------------------------------------------------------------------


def test_watching_is_dated_and_shown_everywhere(shop: Shop) -> None:
    """Until its day a no is let pass and called a broken promise by every answer and by the status; then it is a no."""
    with shop.house() as house:
        reader(house)
        asking.object_to(house, who(house), by=NELL)
        assert not newsletter(house).answer.allowed
        today = house.clock.now().date()
        for until, code in ((today - timedelta(days=1), "day-over"), (today + timedelta(days=91), "observe-too-long")):
            with pytest.raises(InputError) as caught:
                knowing.observe(house, until, staff="nell")
            assert caught.value.code == code
        with pytest.raises(InputError, match="may not do this"):
            knowing.observe(house, today, staff="odo")
        knowing.observe(house, today, staff="nell")
        watched = newsletter(house)
        assert watched.answer.allowed
        assert watched.observed == today
        assert {asking.WOULD_HAVE_SAID_NO, "objection-marketing"} <= codes(watched)
        assert watched.answer.released == ("email", "name")
        again = explaining.explain(house, watched.answer.token)
        assert (again.answer, again.observed) == (watched.answer, today)
        allowed = asking.ask(house, "send", "selling", who(house), channel="email")
        assert allowed.observed is None, "what is allowed is not called broken"
        tomorrow = replace(shop.clock, at=shop.clock.at + timedelta(days=1))
        later_house = replace(house, clock=tomorrow)
        assert not newsletter(later_house).answer.allowed
        knowing.observe(house, None, staff="nell")
        assert not newsletter(house).answer.allowed
        with house.unit() as unit:
            kinds = [e.kind for e in unit.events.read(kinds={"gate.observing", "gate.closed"})]
        house.state.ledger.place()
        with house.unit() as unit:
            kinds = [e.kind for e in unit.events.read(kinds={"gate.observing", "gate.closed"})]
    assert kinds == ["gate.observing", "gate.closed"]


def test_the_command_watches(shop: Shop) -> None:
    """Said to start and to end; the answer and the status name the broken promise."""
    day = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    assert shop.troth("observe", "--by", "nell").returncode == 1
    assert shop.troth("observe", "--until", day, "--by", "nell").returncode == 0
    said = shop.troth("ask", "newsletter", "--who", JONAS, "--channel", "email")
    assert said.returncode == 0
    assert "a broken promise" in " ".join(said.stdout.split())
    status = shop.troth("status")
    assert status.returncode == 2
    assert "only watches" in " ".join(status.stdout.split())
    assert shop.troth("observe", "--end", "--by", "nell").returncode == 0
    assert shop.troth("ask", "newsletter", "--who", JONAS, "--channel", "email").returncode == 2


# --- Cut off ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def apart(shop: Shop) -> Iterator[tuple[Shop, Server]]:
    """The shop with a PostgreSQL of its own for its state, which can be stopped."""
    nest = Path(tempfile.mkdtemp(prefix="troth-apart-", dir="/tmp"))
    nest.chmod(0o711)
    server = Server(nest / "server")
    try:
        server.start()
        for name in ("troth", "troth_vault"):
            server.create_database(name)
        shutil.rmtree(shop.home / "witness", ignore_errors=True)
        secrets = shop.home / "secrets.env"
        lines = [line for line in secrets.read_text().splitlines() if not line.startswith("STATE=")]
        secrets.write_text("\n".join([*lines, f"STATE={server.conninfo('troth').reveal()}"]) + "\n")
        wire.migrate(*databases(shop.settings))
        shop.publish()
        yield shop, server
    finally:
        server.stop()
        shutil.rmtree(nest)


def come_back(server: Server, house: House) -> None:
    """Start it again, and wait until its return was noticed: the pool tries again by itself, less and less often."""
    server.start()
    until = time.monotonic() + 30
    while True:
        try:
            with house.unit() as unit:
                unit.facts.position()
        except StateUnavailableError:
            assert time.monotonic() < until
            time.sleep(0.2)
        else:
            return


def selling(house: House, text: str = MAUD) -> Asked:
    return asking.ask(house, "send", "selling", who(house, text), channel="email")


def test_cut_off_from_the_ledger(apart: tuple[Shop, Server]) -> None:
    """The server stops: the newsletter is a no, what is owed goes on, noted sealed, and is ledgered once it is back."""
    shop, server = apart
    with shop.house() as house:
        person = reader(house)
        assert newsletter(house).answer.allowed
        asked = selling(house)
        assert asked.answer.allowed
        server.stop()
        closed = newsletter(house)
        assert not closed.answer.allowed
        assert any(code.startswith("fact-missing") for code in codes(closed))
        begun = time.monotonic()
        service = selling(house)
        assert service.answer.allowed
        assert "ledger-later" in service.answer.duties
        assert time.monotonic() - begun < 3, "the first waits for the server, the next no longer"
        let_go = asking.release(house, asked)
        assert let_go.note
        assert let_go.released is None
        assert not asking.release(house, newsletter(house)).answer.allowed
        (name,) = house.notes.waiting()
        content = (shop.home / "later" / f"{name}.note").read_bytes()
        assert b"T-001" not in content
        assert b"selling" not in content
        with pytest.raises(StateUnavailableError):
            later.hand_in(house)
        assert later.waiting(house) == 1
        come_back(server, house)
        assert later.hand_in(house) == 1
        assert later.waiting(house) == 0
        assert later.hand_in(house) == 0
        with house.unit() as unit:
            (released,) = unit.facts.releases(person)
        assert (released.what.purpose, released.at) == ("selling", let_go.question.at)
        again = explaining.explain(house, service.answer.token)
        assert same(service, again)
        assert again.unseen


def test_a_note_that_was_handed_in_and_not_dropped_is_taken_once(apart: tuple[Shop, Server]) -> None:
    """A crash between the commit and the file: the second reading changes nothing. Whom nobody knows is nobody's."""
    shop, server = apart
    with shop.house() as house:
        person = reader(house)
        asked, nobody = selling(house), selling(house, "customer-number=T-099")
        assert not nobody.answer.allowed
        server.stop()
        asking.release(house, asked)
        assert asking.release(house, nobody).note, "who it is nobody can see, and it is owed to whoever it is"
        copies = {path: path.read_bytes() for path in (shop.home / "later").glob("*.note")}
        come_back(server, house)
        assert later.hand_in(house) == 2
        for path, content in copies.items():
            path.write_bytes(content)
            path.chmod(0o600)
        assert later.hand_in(house) == 2
        house.state.ledger.place()
        with house.unit() as unit:
            assert len(unit.facts.releases(person)) == 1
            assert len(unit.events.read(kinds={"data.released"})) == 2


def test_nothing_leaves_that_cannot_be_noted(apart: tuple[Shop, Server]) -> None:
    """The disk refuses the note: then there is no yes to act on."""
    shop, server = apart
    with shop.house() as house:
        reader(house)
        asked = selling(house)
        server.stop()
        (shop.home / "later").write_text("in the way")
        with pytest.raises(InputError) as caught:
            asking.release(house, asked)
        assert caught.value.code == "note-not-kept"
        come_back(server, house)


def test_the_command_goes_on_without_the_ledger(apart: tuple[Shop, Server]) -> None:
    """The same at the command line, with a warning; the worker hands the note in."""
    shop, server = apart
    with shop.house() as house:
        person = reader(house)
    server.stop()
    words = ("--who", MAUD, "--channel", "email", "--format", "json")
    refused = shop.troth("ask", "newsletter", *words)
    assert refused.returncode == 2
    assert "state-unavailable" in refused.stderr
    service = shop.troth("ask", "selling", *words, "--release")
    assert service.returncode == 0, service.stderr
    said = json.loads(service.stdout)
    assert said["ledgered"] is False
    assert "ledger-later" in said["duties"]
    assert shop.troth("know", "--who", MAUD, "--by", "nell").returncode == 1, "nothing else goes on"
    server.start()
    assert "noted on this machine" in " ".join(shop.troth("status").stdout.split())
    assert shop.troth("worker", "--once").returncode == 0
    with shop.house() as house, house.unit() as unit:
        assert len(unit.facts.releases(person)) == 1
        assert later.waiting(house) == 0


# --- What is known ----------------------------------------------------------------------------------------------------


def test_the_office_decides_about_a_word(shop: Shop) -> None:
    """Overruled with grounds by who may; never marketing; a restriction lifted; the till may do neither."""
    with shop.house() as house:
        reader(house)
        asking.object_to(house, who(house), purpose="selling", by=NELL)
        asking.object_to(house, who(house), purpose="newsletter", by=NELL)
        ordinary, marketing = knowing.told(house, who(house)).objections or ()
        with pytest.raises(RefusedError, match="marketing-stands"):
            knowing.overrule(house, who(house), marketing.event, because="we like it", staff="nell")
        with pytest.raises(InputError, match="may not do this"):
            knowing.overrule(house, who(house), ordinary.event, because="x", staff="odo")
        with pytest.raises(InputError, match="grounds"):
            knowing.overrule(house, who(house), ordinary.event, because=" ", staff="nell")
    said = shop.troth("overrule", str(ordinary.event), "--because", "a claim in court", "--who", MAUD, "--by", "nell")
    assert said.returncode == 0, said.stderr
    shown = shop.troth("facts", "--who", MAUD)
    assert f"objection {ordinary.event}: to selling, overruled" in shown.stdout
    with shop.house() as house:
        assert knowing.told(house, who(house)).objections == (replace(ordinary, overruled=True), marketing)


def test_facts_at_the_command_line(shop: Shop) -> None:
    """Learned, moved, and told again as of a position; a stranger is nobody; a day that is none is refused."""
    with shop.house() as house:
        reader(house)
    for country in ("DE", "US-CA"):
        assert shop.troth("learn", "--residence", country, "--who", MAUD, "--by", "nell").returncode == 0
    with shop.house() as house:
        size = house.state.ledger.place().size
        assert knowing.told(house, who(house), position=size).residence == "US-CA"
        assert knowing.told(house, who(house), position=size - 1).residence == "DE"
        assert isinstance(knowing.told(house, who(house), on=date(2026, 6, 29)), Facts)
    then = json.loads(shop.troth("facts", "--who", MAUD, "--position", str(size - 1), "--format", "json").stdout)
    assert then["residence"] == "DE"
    assert shop.troth("facts", "--who", MAUD, "--on", "soon").returncode == 3
    assert shop.troth("learn", "--who", MAUD, "--by", "nell").returncode == 1
    assert shop.troth("happened", "sale", "--who", MAUD, "--by", "nell").returncode == 3, "no such event is declared"
    assert shop.troth("confirm", "newsletter", "--who", MAUD, "--by", "nell").returncode == 0
    assert "confirmed" in shop.troth("facts", "--who", MAUD).stdout


def test_a_ledger_behind_its_witness_is_no_absent_one() -> None:
    """What is behind may have forgotten a no: it is not gone on without."""
    assert not issubclass(LedgerBehindError, StateUnavailableError)
