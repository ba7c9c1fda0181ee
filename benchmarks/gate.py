"""The gate: answers in one process, beside policy engines that ask the same; over HTTP; memory; and how late a no is.

Peers are no dependency: `pip install cedarpy casbin common-expression-language vakt`; Cerbos comes by npm. Who is
absent is named and left out. Each is given fifty rules and people it already holds, and answers are compared before
anything is timed.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from importlib.util import find_spec
from random import Random
from statistics import median
from time import perf_counter, process_time, sleep, time

import psycopg
from examples.airline.install import POLICY, STAFF

from benchmarks import cerbos
from benchmarks.house import Installation, installation, troth
from benchmarks.load import open_loop, post
from benchmarks.measure import Line, Tell
from troth import Gate, wire
from troth.catalog import Catalog
from troth.desk import access
from troth.desk.house import House
from troth.gate.ask import ask
from troth.gate.memo import Folder, Memo
from troth.gate.reading import Limits
from troth.model.policy import Category, ChannelRule, Choice, Element, Policy, Purpose, Relationship
from troth.model.problem import Place
from troth.model.question import ChoiceState, Facts, Objection, Operation, Question
from troth.policy import compile_folder

RULES = 50
HERE = Place("policy.yaml", 1, 1)
MAIL = {"operation": "send", "purpose": "newsletter", "channel": "email"}
SERVICE = {"operation": "send", "purpose": "service-messages", "channel": "email"}
ON_ONE_CORE = "processor time of this process"
PEERS = ("cedarpy", "casbin", "cel", "vakt")


def measure(tell: Tell, *, people: int, rounds: int, seconds: int, quick: bool) -> list[Line]:
    """All lines about the gate."""
    lines = _beside_peers(tell, people=2_000 if quick else 20_000)
    known = crowd(1_000)
    lines += cerbos.measure(tell, known, [_plain(one) for one in known], [_obvious(one) for one in known], seconds)
    with installation(500) as installed:
        with troth(installed) as house:
            persons = _crowd(installed, house, people)
        lines += _in_process(tell, installed, persons)
        lines += _withdrawals(tell, installed, rounds)
        lines += _memory(tell, installed)
        lines += _start(tell, installed)
        lines += _over_http(tell, installed, persons, seconds)
    return lines


# --- Beside other engines ---------------------------------------------------------------------------------------------


def fifty(policy: Policy) -> Policy:
    """Fifty purposes, each open to customers and members who said yes to its own choice and did not object."""
    names = [f"purpose-{number}" for number in range(RULES)]
    purposes = {
        name: Purpose(
            name, {"en": name}, ("customer", "member"), frozenset({"email"}), frozenset(), "consent", {},
            {"email": ChannelRule(channel="email", place=HERE, needs_choice=f"choice-{number}")}, HERE,
            direct_marketing=True,
        )
        for number, name in enumerate(names)
    }  # fmt: skip
    choices = {
        f"choice-{n}": Choice(f"choice-{n}", {"en": "yes"}, 1, (name,), ("email",), HERE)
        for n, name in enumerate(names)
    }
    made = replace(
        policy,
        elements={"email": Element("email", "contact", {"en": "email"}, HERE)},
        categories={"contact": Category("contact", {"en": "contact"}, ("email",), HERE)},
        relationships={
            n: Relationship(n, {"en": n}, frozenset({"contact"}), HERE) for n in ("customer", "member", "guest")
        },
        purposes=purposes,
        choices=choices,
    )
    return replace(made, hash=sha256(repr(names).encode()).hexdigest())


def _no_policy() -> Policy:
    raise AssertionError("the sample's policy does not compile")


def crowd(number: int) -> list[Facts]:
    """People of whom about half may be written to."""
    rng, now = Random(7), datetime.now(UTC)
    return [
        Facts(
            relationships=frozenset({rng.choice(("customer", "member", "customer", "guest"))}),
            choices={f"choice-{n}": ChoiceState(yes=rng.random() < 0.8, version=1, at=now, event=n) for n in range(3)},
            objections=(Objection("", "", marketing=True, at=now, event=1),) if rng.random() < 0.1 else (),
            restrictions=(),
            birth_year=1980,
            erased=False,
            events={},
            matters=frozenset(),
            messages={},
            told=frozenset(),
            since={},
            known_with=frozenset(),
        )
        for _ in range(number)
    ]


def _beside_peers(tell: Tell, people: int) -> list[Line]:
    tell(f"{RULES} rules and {people:,} people, beside {', '.join(PEERS)}")
    policy, known, now = (
        fifty(compile_folder(POLICY, Catalog.load())[0] or _no_policy()),
        crowd(people),
        datetime.now(UTC),
    )
    question = Question(Operation.SEND, "purpose-1", "p", now, channel="email")
    folder = Folder()
    folded = [folder.fold(facts) for facts in known]
    memo = Memo(question, lambda _: (policy,), lambda _: "", Limits())

    def warm() -> list[bool]:
        return [(memo.found(each) or memo.answer(each, now)).answer.allowed for each in folded]

    def unprepared() -> list[bool]:
        return [ask((policy,), question, facts, lambda _: "").allowed for facts in known[:2_000]]

    wanted = [_obvious(facts) for facts in known]
    cold = _seconds(warm)
    note = "all reasons, clause and duties"
    lines = [
        _rate("answer, prepared and warm", people, _seconds(warm), f"aim 1,000,000; {note}"),
        _rate("answer, prepared, nothing kept yet", people, cold, note),
        _rate("answer, unprepared", min(people, 2_000), _seconds(unprepared), note),
    ]
    if warm() != wanted or unprepared() != wanted[:2_000]:
        raise AssertionError("Troth answers otherwise than the plain reference")
    for name, make in (("cedarpy", _cedar), ("casbin", _casbin), ("cel", _cel), ("vakt", _vakt)):
        if find_spec(name) is None:
            tell(f"{name} is not installed: left out")
            continue
        lines.append(_peer(name, make, known[: max(200, people // 10)]))
    return lines


def _peer(name: str, make: Callable[[], Callable[[Facts], bool]], known: Sequence[Facts]) -> Line:
    one = make()
    said = [one(facts) for facts in known]
    if said != [_obvious(facts) for facts in known]:
        raise AssertionError(f"{name} answers otherwise than the plain reference")
    return _rate(f"answer, {name}", len(known), _seconds(lambda: [one(facts) for facts in known]), "yes or no alone")


def _obvious(facts: Facts) -> bool:
    said = (facts.choices or {}).get("choice-1")
    related = bool({"customer", "member"} & set(facts.relationships or ()))
    return related and said is not None and said.yes and not facts.objections


def _seconds(act: Callable[[], object]) -> float:
    """Processor seconds: the machine is shared."""
    began = process_time()
    act()
    return process_time() - began


def _rate(what: str, number: int, seconds: float, note: str) -> Line:
    return Line("gate", what, number / seconds, "/s", note=f"{note}; {1e6 * seconds / number:.2f} us")


def _plain(facts: Facts) -> dict[str, object]:
    """What every peer is given of a person."""
    return {
        "relationships": sorted(facts.relationships or ()),
        "yes": sorted(name for name, said in (facts.choices or {}).items() if said.yes),
        "objected": bool(facts.objections),
    }


def _cedar() -> Callable[[Facts], bool]:
    import cedarpy  # noqa: PLC0415

    rules = "\n".join(
        f'permit(principal, action == Action::"send", resource == Purpose::"purpose-{n}") when {{'
        f' (context.relationships.contains("customer") || context.relationships.contains("member"))'
        f' && context.yes.contains("choice-{n}") && !context.objected }};'
        for n in range(RULES)
    )
    handle, entities = cedarpy.PolicySet.from_str(rules), cedarpy.Entities.from_json_str("[]")
    request = {"principal": 'User::"p"', "action": 'Action::"send"', "resource": 'Purpose::"purpose-1"'}

    def one(facts: Facts) -> bool:
        return bool(cedarpy.is_authorized({**request, "context": _plain(facts)}, handle, entities).allowed)

    return one


def _casbin() -> Callable[[Facts], bool]:
    import casbin  # noqa: PLC0415

    model = casbin.Model()
    model.load_model_from_text(
        "[request_definition]\nr = sub, obj, act\n[policy_definition]\np = choice, obj, act\n"
        "[policy_effect]\ne = some(where (p.eft == allow))\n[matchers]\n"
        "m = r.obj == p.obj && r.act == p.act && r.sub.related && !r.sub.objected && has(r.sub.yes, p.choice)\n"
    )
    enforcer = casbin.Enforcer(model)
    enforcer.add_function("has", lambda yes, choice: choice in yes)
    enforcer.add_policies([[f"choice-{n}", f"purpose-{n}", "send"] for n in range(RULES)])

    class Subject:
        def __init__(self, facts: Facts) -> None:
            plain = _plain(facts)
            self.yes, self.objected = plain["yes"], plain["objected"]
            self.related = bool({"customer", "member"} & set(facts.relationships or ()))

    return lambda facts: bool(enforcer.enforce(Subject(facts), "purpose-1", "send"))


def _cel() -> Callable[[Facts], bool]:
    import cel  # noqa: PLC0415

    rules = {
        f"purpose-{n}": cel.compile(
            f'("customer" in relationships || "member" in relationships) && "choice-{n}" in yes && !objected'
        )
        for n in range(RULES)
    }
    return lambda facts: bool(rules["purpose-1"].execute(_plain(facts)))


def _vakt() -> Callable[[Facts], bool]:
    import vakt  # noqa: PLC0415
    from vakt.rules import Any, AnyIn, Eq, Falsy, In  # noqa: PLC0415

    del Any, In
    storage = vakt.MemoryStorage()
    for n in range(RULES):
        storage.add(
            vakt.Policy(
                n,
                effect=vakt.ALLOW_ACCESS,
                subjects=[
                    {"relationships": AnyIn("customer", "member"), "yes": AnyIn(f"choice-{n}"), "objected": Falsy()}
                ],
                resources=[Eq(f"purpose-{n}")],
                actions=[Eq("send")],
            )
        )
    guard = vakt.Guard(storage, vakt.RulesChecker())
    return lambda facts: bool(
        guard.is_allowed(vakt.Inquiry(subject=_plain(facts), action="send", resource="purpose-1"))
    )


# --- A program beside a real ledger -----------------------------------------------------------------------------------


def _crowd(installed: Installation, house: House, number: int) -> list[str]:
    """Customers who said yes, put beside the ledger: their state, without the events that would prove it."""
    version = house.policy.choices["newsletter"].version
    with psycopg.connect(installed.superuser(wire.DATABASE), options="-c search_path=troth") as connection:
        connection.execute(
            "INSERT INTO person (id, event) SELECT 'p-' || substr(md5(n::text), 1, 24), (SELECT max(id) FROM event)"
            " FROM generate_series(1, %s) AS n", (number,)
        )  # fmt: skip
        connection.execute(
            "INSERT INTO relationship (person, name, since, event) SELECT id, 'customer', now(), event FROM person"
            " ON CONFLICT DO NOTHING"
        )
        connection.execute(
            "INSERT INTO choice (person, name, yes, version, at, event) SELECT id, name, hashtext(id) %% 4 <> 0, %s,"
            " now(), event FROM person, unnest(ARRAY['newsletter', 'analytics']) AS name ON CONFLICT DO NOTHING",
            (version,),
        )
        found = [row[0] for row in connection.execute("SELECT id FROM person ORDER BY id").fetchall()]
    installed.settle()
    return found


def _in_process(tell: Tell, installed: Installation, persons: list[str]) -> list[Line]:
    tell(f"a program beside the ledger asks about {len(persons):,} people")
    with Gate.open(installed.home, most=max(10_000, 2 * len(persons))) as gate:
        mail = gate.prepare(**MAIL)
        began = perf_counter()
        allowed = len(mail.ask_many(persons).allowed)
        cold = perf_counter() - began
        many = min(_seconds(lambda: mail.ask_many(persons)) for _ in range(5))
        each = min(_seconds(lambda: [mail.ask(person) for person in persons]) for _ in range(3))
    note = f"{allowed:,} may be written to"
    return [
        _rate("program, many, warm", len(persons), many, f"aim 1,000,000; {ON_ONE_CORE}"),
        _rate("program, one by one, warm", len(persons), each, ON_ONE_CORE),
        _rate("program, many, each loaded first", len(persons), cold, f"{note}; elapsed, with the database"),
    ]


ASKER = """
import sys, time
from troth import Gate
mail = Gate.open(sys.argv[1]).prepare(operation="send", purpose="newsletter", channel="email")
for person in sys.stdin:
    person = person.strip()
    print(bool(mail.ask(person)), flush=True)
    last = 0.0
    while mail.ask(person):
        last = time.time()
    print(last, flush=True)
"""


def _withdrawals(tell: Tell, installed: Installation, rounds: int) -> list[Line]:
    tell(f"{rounds} withdrawals, while another process asks without a break")
    words = [sys.executable, "-c", ASKER, str(installed.home)]
    late: list[float] = []
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as asker:
        assert asker.stdin is not None
        assert asker.stdout is not None
        with troth(installed) as house, psycopg.connect(installed.superuser(wire.DATABASE)) as connection:
            rows = connection.execute(
                "SELECT person FROM troth.choice WHERE name = 'newsletter' AND yes LIMIT %s", (rounds,)
            )
            for (person,) in rows.fetchall():
                asker.stdin.write(f"{person}\n")
                if asker.stdout.readline() != "True\n":
                    raise AssertionError("the yes to be withdrawn is none")
                sleep(0.137)  # not in step with the looks
                with house.unit() as unit:
                    unit.facts.choose(person, "newsletter", yes=False, version=1)
                withdrawn = time()
                late.append(max(0.0, float(asker.stdout.readline()) - withdrawn))
        asker.stdin.close()
    note = f"largest of {len(late)}: {1000 * max(late):.0f} ms; looks every 100 ms, bound 2,000 ms"
    return [Line("gate", "withdrawal to the last yes elsewhere", 1000 * median(late), "ms", aim="2000", note=note)]


WEIGH = """
import sys
from troth import Gate
def rss():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
number = int(sys.argv[2])
import psycopg
with Gate.open(sys.argv[1], most=2_000_000) as gate:
    mail = gate.prepare(operation="send", purpose="newsletter", channel="email")
    with psycopg.connect(sys.argv[3]) as connection:
        persons = [row[0] for row in connection.execute("SELECT id FROM troth.person")]
    mail.ask_many(persons[:1000])
    before = rss()
    for start in range(1000, len(persons), 1000):
        mail.ask_many([(each + "x")[:-1] for each in persons[start:start + 1000]])
    print((rss() - before) / (len(persons) - 1000))
"""
OPENING = """
import sys, time
began = time.perf_counter()
import troth
bare = time.perf_counter() - began
from troth import Gate
loaded = time.perf_counter() - began
mail = Gate.open(sys.argv[1]).prepare(operation="send", purpose="newsletter", channel="email")
mail.ask("p-1")
print(bare, loaded, time.perf_counter() - began)
"""


def _memory(tell: Tell, installed: Installation) -> list[Line]:
    tell("memory of a view")
    words = [sys.executable, "-c", WEIGH, str(installed.home), "0", installed.superuser(wire.DATABASE)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    each = float(done.stdout)
    return [Line("gate", "memory for a million people", each, "MB", note=f"{each:.0f} bytes each, with their ids")]


def _start(tell: Tell, installed: Installation) -> list[Line]:
    tell("start of a program")
    runs = [
        [float(word) for word in subprocess.run(
            [sys.executable, "-c", OPENING, str(installed.home)], capture_output=True, text=True, check=True
        ).stdout.split()]
        for _ in range(5)
    ]  # fmt: skip
    bare, loaded, ready = (1000 * median(run[place] for run in runs) for place in range(3))
    return [
        Line("gate", "`import troth`", bare, "ms"),
        Line("gate", "`from troth import Gate`", loaded, "ms"),
        Line("gate", "... opened, and a first answer", ready, "ms", note="the policy is compiled from the ledger"),
    ]


# --- Over HTTP --------------------------------------------------------------------------------------------------------


def _over_http(tell: Tell, installed: Installation, persons: list[str], seconds: int) -> list[Line]:
    rates = (500, 1_000, 2_000)
    tell(f"one process over HTTP, {seconds} s at {', '.join(f'{rate:,}' for rate in rates)} questions a second")
    with troth(installed) as house:
        by = f"staff:{next(iter(STAFF))}"
        made = access.make(house, "bench", purposes=["newsletter"], operations=["send"], rate=1_000_000, by=by)
    words = [sys.executable, "-m", "troth", "gate"]
    here = {**os.environ, wire.HOME: str(installed.home)}
    process = subprocess.Popen(words, env=here, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline().split()[1].rpartition(":")[2])
        lines = []
        for rate in rates:
            took = open_loop(port, [_request(made.secret.reveal(), each) for each in persons[:1_000]], rate, seconds)
            note = f"p99 {took.ms(0.99):.1f} ms of {len(took.seconds):,}; client on the same two cores"
            lines.append(Line("gate", f"HTTP, {rate:,} a second, p50", took.ms(0.5), "ms", note=note))
        return lines
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _request(secret: str, person: str) -> bytes:
    return post("/ask", json.dumps({**MAIL, "person": person}).encode(), authorization=f"Bearer {secret}")
