"""The gate over HTTP: a real server, real keys; closed unless opened, and silent about people."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from tests.client.town import MAIL, SALE, customers, cut_off, opened, reach_again, say, until, writing
from tests.edges.shop import MAUD, Shop
from tests.repo.sources import ROOT

from troth import wire
from troth.desk import access, explaining, knowing, later
from troth.desk.house import House
from troth.desk.requests import identifiers_under
from troth.edges.gate.openapi import MOST_BYTES, document, text
from troth.edges.gate.problems import KINDS
from troth.edges.gate.serving import Listen
from troth.model.problem import InputError

BY = "staff:nell"
CANARY = "canary-7f3a@somewhere.test"


@dataclass(frozen=True)
class Reply:
    status: int
    kind: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def says(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass
class Served:
    """A gate that answers, and what its process said."""

    address: str
    process: subprocess.Popen[str]
    secret: str = ""

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        request = Request(f"{self.address}{path}", data=body, method=method)
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urlopen(request, timeout=20) as reply:
                return Reply(reply.status, reply.headers["content-type"], reply.read(), dict(reply.headers))
        except HTTPError as error:
            return Reply(error.code, error.headers["content-type"], error.read(), dict(error.headers))

    def post(self, path: str, words: object, secret: str | None = None, **headers: str) -> Reply:
        key = {"authorization": f"Bearer {self.secret if secret is None else secret}"}
        return self.send(
            "POST", path, json.dumps(words).encode(), **{"content-type": "application/json", **key, **headers}
        )

    def ask(self, words: Mapping[str, object], **about: object) -> Reply:
        return self.post("/ask", {**words, **about})


@pytest.fixture
def house(shop: Shop) -> Iterator[House]:
    with opened(shop) as found:
        yield found


@pytest.fixture
def served(shop: Shop, house: House) -> Iterator[Served]:
    """`troth gate`, and a key for both questions."""
    words = [sys.executable, "-m", "troth", "gate"]
    process = subprocess.Popen(
        words,
        env={**os.environ, wire.HOME: str(shop.home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("gate: http://127.0.0.1:"), line
        found = Served(line.split()[1], process)
        found.secret = key(house, found, "till")
        yield found
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def key(house: House, served: Served, name: str, **scope: Any) -> str:
    """A key that the server knows by now."""
    may: dict[str, Any] = {"purposes": ["newsletter", "selling"], "operations": ["send", "use"], **scope}
    secret = access.make(house, name, **may, by=BY).secret.reveal()
    until(lambda: served.send("GET", "/metrics", authorization=f"Bearer {secret}").status == 200)
    return secret


def linked(house: House, person: str) -> dict[str, str]:
    """An identifier of theirs."""
    kind, value = MAUD.split("=")
    with writing(house) as unit:
        unit.persons.link(person, *identifiers_under(house.policy, [(kind, value)], proven=True), reason="told")
    return {"kind": kind, "value": value}


# --- Answers ----------------------------------------------------------------------------------------------------------


def test_one_and_many_are_answered_with_all_reasons(house: House, served: Served) -> None:
    """By id, by an identifier, and a thousand at once; a withdrawal is heard."""
    persons = customers(house, 3)
    who = linked(house, persons[0])
    one = served.ask(MAIL, person=persons[0])
    assert (one.status, one.kind, one.says["allowed"]) == (200, "application/json", True)
    assert {reason["code"] for reason in one.says["reasons"]} == {"basis-consent", "choice-yes"}
    assert one.says["token"]
    assert one.says["transforms"] == {}
    assert served.ask(SALE, who=who).says["allowed"] is True
    many = served.post("/ask/many", {**MAIL, "persons": [*persons, "p-nobody"]}).says["answers"]
    assert [each["allowed"] for each in many] == [True, True, True, False]

    with writing(house) as unit:
        say(unit, persons[1], yes=False)
    size = house.state.ledger.place().size
    assert served.ask(MAIL, person=persons[1], at_least=size).says["allowed"] is False


def test_who_is_not_known_and_who_has_no_relationship_are_answered_alike(house: House, served: Served) -> None:
    """Whoever asks does not learn from the answer whether we know somebody."""
    (person,) = customers(house, 1)
    who = linked(house, person)
    with writing(house) as unit:
        unit.facts.relate(person, "customer", holds=False)
        unit.facts.choose(person, "newsletter", yes=False, version=1)
    stranger = served.ask(SALE, who={**who, "value": "T-999"}).says
    known = until_no(served, who)

    assert {name: value for name, value in known.items() if name != "token"} == {
        name: value for name, value in stranger.items() if name != "token"
    }
    assert len(known["token"]) == len(stranger["token"])


def until_no(served: Served, who: Mapping[str, str]) -> dict[str, Any]:
    until(lambda: not served.ask(SALE, who=who).says["allowed"])
    return served.ask(SALE, who=who).says


def test_beyond_its_scope_a_key_learns_nothing(house: House, served: Served) -> None:
    """The same refusal, byte for byte, for somebody known, somebody unknown, and a purpose that does not exist."""
    (person,) = customers(house, 1)
    who = linked(house, person)
    narrow = key(house, served, "mailer", purposes=["newsletter"], operations=["send"])
    assert served.post("/ask", {**MAIL, "person": person}, narrow).says["allowed"] is True
    asked = [
        {**SALE, "person": person},
        {**SALE, "person": "p-nobody"},
        {**SALE, "who": who},
        {**SALE, "who": {**who, "value": "T-999"}},
        {**SALE, "purpose": "unheard-of", "person": person},
        {**MAIL, "operation": "use", "person": person},
    ]
    replies = {served.post("/ask", words, narrow).body for words in asked}

    assert len(replies) == 1
    assert json.loads(replies.pop())["code"] == "out-of-scope"
    assert served.post("/ask/many", {**SALE, "persons": [person]}, narrow).says["code"] == "out-of-scope"


def test_cut_off_from_the_ledger_it_answers_as_the_gate_does(shop: Shop, house: House, served: Served) -> None:
    """The newsletter is a no, the service goes on, also for who is named by an identifier; health says so."""
    (person,) = customers(house, 1)
    who = linked(house, person)
    assert served.ask(MAIL, person=person).says["allowed"] is True
    assert served.send("GET", "/health").status == 200
    cut_off(shop)
    try:
        until(lambda: served.ask(MAIL, person=person).says["allowed"] is False)
        service = served.ask(SALE, who=who).says
        assert (service["allowed"], service["duties"]) == (True, ["ledger-later"])
        until(lambda: served.send("GET", "/health").status == 503)
        assert served.send("GET", "/health").says["code"] == "not-ready"
    finally:
        reach_again(shop)
    until(lambda: served.send("GET", "/health").status == 200)


def test_while_the_gate_only_watches_the_answer_says_so(house: House, served: Served) -> None:
    """A yes with the day, all reasons of the no, and a figure for the monitor; ended, it is a no again."""
    (person,) = customers(house, 1)
    with writing(house) as unit:
        say(unit, person, yes=False)
    today = datetime.now(UTC).date()
    assert "observed_until" not in served.ask(MAIL, person=person).says
    knowing.observe(house, today, staff="nell")
    until(lambda: served.ask(MAIL, person=person).says["allowed"])
    said = served.ask(MAIL, person=person).says

    assert said["observed_until"] == today.isoformat()
    assert {"choice-no", "would-have-said-no"} <= {reason["code"] for reason in said["reasons"]}
    (many,) = served.post("/ask/many", {**MAIL, "persons": [person]}).says["answers"]
    assert (many["allowed"], many["observed_until"]) == (True, today.isoformat())
    figures = served.send("GET", "/metrics", authorization=f"Bearer {served.secret}").body.decode()
    assert "troth_gate_observing 1" in figures.splitlines()
    knowing.observe(house, None, staff="nell")
    until(lambda: not served.ask(MAIL, person=person).says["allowed"])


# --- What leaves ------------------------------------------------------------------------------------------------------


def test_what_leaves_is_asked_once_more_and_written_down_once(house: House, served: Served) -> None:
    """By the token alone; again, nothing is written again; after a no, nothing leaves."""
    person, other = customers(house, 2)
    may = {"purposes": ["newsletter"], "operations": ["send", "release"]}
    mailer, second = key(house, served, "mailer", **may), key(house, served, "second", **may)

    def token(who: str) -> str:
        return str(served.post("/ask", {**MAIL, "person": who}, mailer).says["token"])

    first, late = token(person), token(other)
    left = [served.post("/release", {"token": first}, mailer) for _ in range(2)]
    assert [(reply.status, reply.says["allowed"], reply.says["ledgered"]) for reply in left] == [(200, True, True)] * 2
    assert left[0].says["released"] == ["email", "name"]
    assert [reason["code"] for reason in left[1].says["reasons"]] == ["released-before"]
    assert explaining.explain(house, first).answer.allowed
    with writing(house) as unit:
        say(unit, other, yes=False)
    refused = served.post("/release", {"token": late}, mailer).says
    assert refused["allowed"] is False
    assert "ledgered" not in refused
    with house.unit() as unit:
        (released,) = unit.facts.releases(person)
        assert unit.facts.releases(other) == []
    assert (released.what.purpose, released.what.elements) == ("newsletter", ("email", "name"))

    plain = served.ask(MAIL, person=person).says["token"]
    codes = [
        served.post("/release", {"token": first}, second).says["code"],
        served.post("/release", {"token": first}).says["code"],
        served.post("/release", {"token": plain}, mailer).says["code"],
        served.post("/release", {"token": first[:-2] + "AA"}, mailer).says["code"],
        served.post("/release", {"token": first, "purpose": "selling"}, mailer).says["code"],
    ]
    assert codes == ["out-of-scope", "out-of-scope", *["bad-question"] * 3]
    with house.unit() as unit:
        assert len(unit.facts.releases(person)) == 1


def test_what_is_owed_leaves_without_the_ledger_and_is_written_down_later(
    shop: Shop, house: House, served: Served
) -> None:
    """Noted on this machine under the token, however often it is said; handed in once, with the person."""
    (person,) = customers(house, 1)
    mailer = key(house, served, "mailer", purposes=["newsletter", "selling"], operations=["send", "release"])
    service = {"operation": "send", "purpose": "selling", "channel": "email", "person": person}
    news = served.post("/ask", {**MAIL, "person": person}, mailer).says["token"]
    token = served.post("/ask", service, mailer).says["token"]
    cut_off(shop)
    try:
        said = [served.post("/release", {"token": token}, mailer).says for _ in range(2)]
        assert [(each["allowed"], each["ledgered"]) for each in said] == [(True, False)] * 2
        assert served.post("/release", {"token": news}, mailer).says["allowed"] is False
    finally:
        reach_again(shop)
    with opened(shop) as again:
        assert later.hand_in(again) == 2
        with again.unit() as unit:
            (released,) = unit.facts.releases(person)
    assert released.what.purpose == "selling"


# --- Refusals ---------------------------------------------------------------------------------------------------------

GOOD = {**MAIL, "person": "p-1"}
BAD: list[tuple[str, object]] = [
    ("bad-question", {**GOOD, "chanel": "email"}),
    ("bad-question", {**GOOD, "operation": "sell"}),
    ("bad-question", {**GOOD, "who": {"kind": "a", "value": "b"}}),
    ("bad-question", MAIL),
    ("bad-question", {**GOOD, "person": 7}),
    ("bad-question", {**GOOD, "at_least": -1}),
    ("bad-question", {**GOOD, "at_least": True}),
    ("bad-question", {**MAIL, "who": {"kind": "shoe-size", "value": CANARY}}),
    ("bad-question", {**MAIL, "who": {"kind": "customer-number", "value": f"{CANARY}\u202e"}}),
    ("bad-question", {**MAIL, "who": CANARY}),
    ("unreadable", [GOOD]),
]


@pytest.mark.parametrize(("code", "words"), BAD)
def test_what_cannot_be_read_is_refused(served: Served, code: str, words: object) -> None:
    """As a problem document with a stable code, which is a no, and repeats no value."""
    reply = served.post("/ask", words)

    assert (reply.kind, reply.says["code"], reply.status) == ("application/problem+json", code, KINDS[code].status)
    assert reply.says["allowed"] is False
    assert CANARY.encode() not in reply.body


def test_bodies_addresses_and_methods(served: Served) -> None:
    """Too large, cut short, no JSON, a word twice, somewhere else, another way."""
    auth = {"authorization": f"Bearer {served.secret}"}
    as_json = {**auth, "content-type": "application/json"}
    sent = {
        "too-large": served.post("/ask", {**GOOD, "person": "p" * MOST_BYTES}),
        "not-json": served.send("POST", "/ask", b"{}", **auth, **{"content-type": "text/plain"}),
        "unreadable": served.send("POST", "/ask", b'{"purpose": "a", "purpose": "b"}', **as_json),
        "no-such-address": served.post("/nowhere", GOOD),
        "method-not-here": served.send("GET", "/ask", **auth),
        "key-missing": served.send("POST", "/ask", b"{}", **{"content-type": "application/json"}),
        "key-unknown": served.post("/ask", GOOD, "troth_no-such-key"),
    }
    assert {code: reply.says["code"] for code, reply in sent.items()} == {code: code for code in sent}
    assert served.send("POST", "/ask", b"[" * 100_000, **as_json).says["code"] == "unreadable"
    assert sent["key-missing"].headers["www-authenticate"] == "Bearer"


# --- Keys -------------------------------------------------------------------------------------------------------------


def test_a_key_is_made_replaced_and_ended_by_commands(shop: Shop, house: House, served: Served) -> None:
    """Each with its event; the secret is told once, and stands nowhere."""

    def status(secret: str) -> int:
        return served.post("/ask", GOOD, secret).status

    scope = ["--purpose", "newsletter", "--operation", "send", "--by", "nell"]
    first = shop.troth("key", "make", "mailer", *scope).stdout.strip()
    until(lambda: status(first) == 200)
    assert "mailer" in shop.troth("key", "list").stdout
    assert shop.troth("key", "make", "mailer", *scope).returncode == 2, "there is one"
    ran = shop.troth("key", "rotate", "mailer", "--overlap", "1", "--by", "nell")
    assert not ran.returncode, ran.stderr
    second = ran.stdout.strip()
    until(lambda: status(second) == 200)
    assert (first != second, status(first)) == (True, 200), "both count for an hour"
    third = shop.troth("key", "rotate", "mailer", "--overlap", "0", "--by", "nell").stdout.strip()
    until(lambda: status(third) == 200)
    until(lambda: status(second) == 401)
    assert shop.troth("key", "revoke", "mailer", "--by", "nell").returncode == 0
    until(lambda: status(third) == 401)
    with house.unit() as unit:
        kinds = [event.kind for event in unit.events.read(kinds=("key.made", "key.ended"))]
        kept = repr(unit.events.read(kinds=("key.made", "key.ended"))) + repr(unit.access.live())
    assert kinds.count("key.made") == 4, "with the one of the fixture"
    assert kinds.count("key.ended") == 3
    assert not [secret for secret in (first, second, third) if secret in kept]


def test_a_key_asks_as_often_as_it_may(house: House, served: Served) -> None:
    """Answers count, not requests; whoever asks too much is told when to come back."""
    slow = key(house, served, "slow", rate=5)
    many = {**MAIL, "persons": ["p-1"] * 5}
    until(lambda: served.post("/ask/many", many, slow).status == 200)
    reply = served.post("/ask/many", many, slow)

    assert (reply.status, reply.says["code"], reply.headers["retry-after"]) == (429, "too-many", "1")
    assert served.post("/ask/many", many).status == 200, "another key is not held up"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "Ms Maud"}, "bad-key-name"),
        ({"purposes": ["newsleter"]}, "bad-scope"),
        ({"operations": []}, "bad-scope"),
        ({"operations": ["use", "release"]}, "bad-scope"),
        ({"rate": 0}, "bad-rate"),
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(house: House, change: dict[str, Any], code: str) -> None:
    """Nothing is kept of it."""
    words = {"name": "mailer", "purposes": ["newsletter"], "operations": ["send"], "rate": 1, **change}
    with pytest.raises(InputError) as refused:
        access.make(house, **words, by=BY)
    with house.unit() as unit:
        assert (refused.value.code, unit.access.live()) == (code, [])


# --- What it lets out -------------------------------------------------------------------------------------------------


def test_neither_figures_nor_output_hold_a_value(house: House, served: Served) -> None:
    """Counts by declared words; nothing of who was asked about, not even ids."""
    (person,) = customers(house, 1)
    who = linked(house, person)
    served.ask(MAIL, person=person)
    served.ask(MAIL, who=who)
    served.ask(MAIL, who={**who, "value": CANARY})
    served.ask({**MAIL, "purpose": CANARY}, person=person)
    figures = served.send("GET", "/metrics", authorization=f"Bearer {served.secret}")

    assert figures.status == 200
    lines = figures.body.decode().splitlines()
    assert 'troth_gate_answers_total{purpose="newsletter",operation="send",allowed="true"} 2' in lines
    assert 'troth_gate_refused_total{code="out-of-scope"} 1' in lines
    assert "troth_gate_view_good 1" in lines
    served.process.send_signal(signal.SIGINT)
    assert served.process.stdout is not None
    out = served.process.stdout.read()
    for value in (person, CANARY, who["value"], served.secret):
        assert value not in figures.body.decode() + out


@pytest.mark.parametrize(
    ("listen", "code"),
    [
        (Listen(host="0.0.0.0"), "not-encrypted"),
        (Listen(certificate=Path("a.pem")), "no-certificate"),
        (Listen(certificate=Path("a.pem"), key=Path("b.pem")), "no-certificate"),
    ],
)
def test_nothing_crosses_a_network_in_clear(listen: Listen, code: str) -> None:
    """Keys and identifiers would be read by whoever listens."""
    with pytest.raises(InputError) as refused:
        listen.check()
    assert refused.value.code == code
    for fine in (Listen(), Listen(host="::1"), Listen(host="localhost"), Listen(host="0.0.0.0", behind_proxy=True)):
        fine.check()


# --- The published document -------------------------------------------------------------------------------------------


def test_the_published_document_is_the_one_that_is_served(served: Served) -> None:
    """`python -m troth.edges.gate.openapi docs/reference/gate-openapi.json` makes it anew."""
    assert (ROOT / "docs" / "reference" / "gate-openapi.json").read_text(encoding="utf-8") == text()
    assert served.send("GET", "/openapi.json").says == document()


FUZZ = """
import sys
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

address, secret, most = sys.argv[1:]
schema = schemathesis.openapi.from_url(address + "/openapi.json")
tried = 0

@schema.parametrize()
@settings(max_examples=int(most), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck),
          phases=[Phase.explicit, Phase.generate])
def test_it(case):
    # A kind of identifier is a word of the policy, which no schema can list: it may be refused.
    named = isinstance(case.body, dict) and "who" in case.body
    case.call_and_validate(
        headers={"Authorization": "Bearer " + secret}, excluded_checks=[positive_data_acceptance] if named else []
    )
"""


def test_what_chance_sends_is_answered_as_the_document_says(served: Served, house: House, tmp_path: Path) -> None:
    """Schemathesis: no request breaks it, and every reply has a documented status and shape. Under a minute."""
    pytest.importorskip("schemathesis")
    fast = key(house, served, "fuzz", rate=1_000_000)
    file = tmp_path / "test_fuzz.py"
    script = FUZZ.replace("sys.argv[1:]", repr((served.address, fast, "60")))
    file.write_text(script, encoding="utf-8")
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore", str(file)]
    ran = subprocess.run(words, capture_output=True, text=True, check=False, timeout=58, cwd=tmp_path)

    assert ran.returncode == 0, ran.stdout[:3000]
    figures = served.send("GET", "/metrics", authorization=f"Bearer {fast}").body.decode()
    assert "troth_gate_answers_total" in figures
    assert 'code="failed"' not in figures
