"""What every answer keeps to, whatever the rules say: closed on errors, explained, repeatable, blind but to facts."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.gate.policies import airline, varied
from tests.gate.worlds import AT, friendly, world

from troth.gate import ask as gate
from troth.gate.ask import ask, question_hash, token
from troth.gate.codes import CODES, quoted
from troth.gate.reading import Limits
from troth.gate.rules import RULES, Finding, Rule
from troth.model.question import NOTHING_KNOWN, ChoiceState, Facts, Operation, Question

AIRLINE = airline()
NEWSLETTER = Question(Operation.SEND, "newsletter", "p-1", AT, channel="email")
GATE_CHANGE = Question(Operation.SEND, "flight-service", "p-1", AT, fields=("name", "flight"), channel="sms")
MEMBER = Facts(
    relationships=frozenset({"member", "customer"}),
    choices={"newsletter": ChoiceState(yes=True, version=2, at=AT, event=1)},
    objections=(),
    restrictions=(),
    erased=False,
    events={},
    matters=frozenset(),
    messages={},
    position=41,
)


def no_law(_: str) -> str:
    return ""


def codes(*args: Any, **kwargs: Any) -> set[str]:
    return {reason.code for reason in ask(*args, **kwargs).reasons}


# --- Closed unless opened -------------------------------------------------------------------------------------------


def test_no_policy_no_answer_but_no() -> None:
    """Without a governing version everything is closed."""
    answer = ask((), NEWSLETTER, MEMBER, no_law)

    assert not answer.allowed
    assert [reason.code for reason in answer.reasons] == ["policy-unknown"]


@pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
def test_an_error_in_a_rule_is_a_no(rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever rule fails, the answer is a no with its name; other reasons stay, and the error's text stays inside."""
    assert ask((AIRLINE,), NEWSLETTER, MEMBER, no_law).allowed

    def fails(*_: Any) -> Any:
        raise ValueError("jane@home.example")

    broken = replace(rule, check=fails, touches=lambda _: ("*",))
    monkeypatch.setattr(gate, "RULES", tuple(broken if r is rule else r for r in RULES))
    answer = ask((AIRLINE,), NEWSLETTER, MEMBER, no_law)

    assert not answer.allowed
    assert answer.released == ()
    assert f"rule-failed:{rule.name}" in {reason.code for reason in answer.reasons}
    assert len(answer.reasons) >= 2
    assert "jane@home.example" not in repr(answer)
    assert "ValueError" in repr(answer)


@pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
def test_an_error_while_finding_what_a_rule_touches_is_a_no(rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that cannot say whether it applies closes the question."""

    def fails(*_: Any) -> Any:
        raise KeyError("x")

    monkeypatch.setattr(gate, "RULES", tuple(replace(r, touches=fails) if r is rule else r for r in RULES))

    assert not ask((AIRLINE,), NEWSLETTER, MEMBER, no_law).allowed


def test_no_rules_no_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty tuple of rules refuses nothing, and still opens nothing."""
    monkeypatch.setattr(gate, "RULES", ())

    assert not ask((AIRLINE,), NEWSLETTER, MEMBER, no_law).allowed


def test_law_that_cannot_be_read_is_a_no() -> None:
    """A catalog that fails closes the gate, and its error's text does not get out."""

    def fails(_: str) -> str:
        raise OSError("/home/jane")

    answer = ask((AIRLINE,), NEWSLETTER, MEMBER, fails)

    assert not answer.allowed
    assert [reason.code for reason in answer.reasons] == ["rule-failed:ask"]
    assert "jane" not in repr(answer)


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.text()), st.dictionaries(st.text(), st.none())
)


@given(st.sampled_from([f.name for f in fields(Question)]), JUNK)
def test_nonsense_in_a_question_never_raises(name: str, value: Any) -> None:
    """Any value in any part of a question gives an answer; what is no word of the policy gives a no."""
    nonsense = replace(NEWSLETTER, **{name: value})
    answer = ask((AIRLINE,), nonsense, MEMBER, no_law)

    if name in ("operation", "purpose", "at"):
        assert not answer.allowed


@given(st.sampled_from([f.name for f in fields(Facts) if f.name != "position"]), JUNK)
def test_nonsense_in_facts_never_raises(name: str, value: Any) -> None:
    """Any value in any fact gives an answer."""
    ask((AIRLINE,), NEWSLETTER, replace(MEMBER, **{name: value}), no_law)


@pytest.mark.parametrize("name", ["relationships", "choices", "objections", "restrictions"])
def test_false_is_not_empty(name: str) -> None:
    """A fact that is False instead of an empty collection is a mistake of whoever told it, and closes the question."""
    assert not ask((AIRLINE,), NEWSLETTER, replace(MEMBER, **{name: False}), no_law).allowed


def test_hostile_words_are_tamed() -> None:
    """The user's own word is shown in backticks without characters that hide, turn or end it, and cut to a length."""
    hostile = "a\x00b\u202ec`d\n" + "x" * 5_000
    answer = ask((AIRLINE,), replace(NEWSLETTER, purpose=hostile), MEMBER, no_law)
    says = next(reason.says for reason in answer.reasons if reason.code == "purpose-unknown")

    assert says.isprintable()
    assert says.count("`") == 2
    assert len(says) < 200
    assert quoted("newsletter", "offers") == "`newsletter`, `offers`"


# --- Facts ----------------------------------------------------------------------------------------------------------


class Told:
    """Facts that fail when a rule looks at one it did not declare."""

    def __init__(self, facts: Facts, allowed: frozenset[str]) -> None:
        self._facts, self._allowed = facts, allowed

    def __getattr__(self, name: str) -> Any:
        assert name in self._allowed, f"the rule looks at `{name}` and does not declare it"
        return getattr(self._facts, name)


def test_rules_look_only_at_the_facts_they_declare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over thousands of random worlds no rule reads a fact that stands neither in its `reads` nor in its `heeds`."""

    def watched(rule: Rule) -> Rule:
        declared = rule.reads | rule.heeds
        return replace(rule, check=lambda r, facts, at: list(rule.check(r, Told(facts, declared), at)))  # type: ignore[arg-type]

    monkeypatch.setattr(gate, "RULES", tuple(watched(rule) for rule in RULES))
    rng = Random(7)
    for _ in range(3_000):
        told = {code for code in codes(*world(rng, ((AIRLINE,), ())), no_law) if code.startswith("rule-failed")}
        assert told <= {"rule-failed:assessment"}


FACTS = [field.name for field in fields(Facts) if field.name not in ("age_seconds", "position", "event")]


@pytest.mark.parametrize("name", FACTS)
def test_a_missing_fact_closes_exactly_what_reads_it(name: str) -> None:
    """Taking one fact away turns a yes into a no if a rule that applies reads it, and changes no other answer."""
    rng = Random(11)
    for _ in range(300):
        policies, asked, known = friendly(rng)
        before = ask(policies, asked, known, no_law)
        after = ask(policies, asked, replace(known, **{name: None}), no_law)
        told = {r.code: r for r in after.reasons}.get(f"fact-missing:{name}")
        assert before.allowed
        if told is None:
            assert (after.allowed, after.released, after.withheld) == (before.allowed, before.released, before.withheld)
        else:
            assert not after.allowed or name in {code.partition(":")[2] for code in after.withheld.values()}


def test_the_newsletter_stops_and_the_gate_change_leaves() -> None:
    """With the ledger cut off, marketing is closed; what is owed to the passenger goes out, to be ledgered later."""
    assert ask((AIRLINE,), NEWSLETTER, MEMBER, no_law).allowed
    assert not ask((AIRLINE,), NEWSLETTER, NOTHING_KNOWN, no_law).allowed

    seen = ask((AIRLINE,), GATE_CHANGE, MEMBER, no_law)
    unseen = ask((AIRLINE,), GATE_CHANGE, NOTHING_KNOWN, no_law)

    assert seen.allowed
    assert unseen.allowed
    assert "ledger-later" not in seen.duties
    assert "ledger-later" in unseen.duties


def test_missing_facts_open_nothing_but_service() -> None:
    """Knowing less never turns a no into a yes, except for what is owed to the person."""
    rng = Random(13)
    for _ in range(3_000):
        policies, asked, _ = world(rng, ((AIRLINE,), ()))
        if ask(policies, asked, NOTHING_KNOWN, no_law).allowed:
            assert all(
                policy.purposes[asked.purpose].basis in ("contract", "legal-obligation", "vital-interests")
                for policy in policies
            )


@pytest.mark.parametrize(
    ("age", "allowed"), [(0.0, True), (2.0, True), (2.01, False), (-0.1, False), (float("nan"), False)]
)
def test_old_facts_count_as_missing(age: float, allowed: bool) -> None:
    """Past the bound, before now and without a number the view of a person is none."""
    assert ask((AIRLINE,), NEWSLETTER, replace(MEMBER, age_seconds=age), no_law).allowed is allowed


def test_the_bounds_belong_to_the_installation() -> None:
    """How old a view may be and who is of age are told, not built in."""
    old, young = replace(MEMBER, age_seconds=9.0), replace(MEMBER, birth_year=2006)

    assert ask((AIRLINE,), NEWSLETTER, old, no_law, Limits(facts_seconds=10)).allowed
    assert ask((AIRLINE,), NEWSLETTER, young, no_law).allowed
    assert codes((AIRLINE,), NEWSLETTER, young, no_law, Limits(adult_age=20)) >= {"minor"}


# --- Explained ------------------------------------------------------------------------------------------------------


def test_reasons_carry_clause_and_law() -> None:
    """A reason names the clause of the thing it is about, else of the purpose, and the law given for its code."""
    law = {"choice-no": "Law A", "objection-marketing": "Law B"}
    said_no = replace(MEMBER, choices={"newsletter": ChoiceState(yes=False, version=2, at=AT, event=1)})
    reasons = {r.code: r for r in ask((AIRLINE,), NEWSLETTER, said_no, lambda code: law.get(code, "")).reasons}

    assert (reasons["choice-no"].clause, reasons["choice-no"].law) == ("c-choice", "Law A")
    assert reasons["choice-no"].says == "The person said no to `newsletter`."
    assert (reasons["basis-consent"].clause, reasons["basis-consent"].law) == ("c-newsletter", "")


def test_law_for_a_code_with_a_name_falls_back() -> None:
    """`fact-missing:choices` is cited by its own code, or by `fact-missing`."""
    law = {"fact-missing": "Law A", "fact-missing:choices": "Law B"}
    reasons = ask((AIRLINE,), NEWSLETTER, NOTHING_KNOWN, lambda code: law.get(code, "")).reasons
    cited = {reason.code: reason.law for reason in reasons}

    assert cited["fact-missing:choices"] == "Law B"
    assert cited["fact-missing:objections"] == "Law A"


def test_no_law_is_named_in_the_code() -> None:
    """Sentences of the gate name no article: the law packs own the citation."""
    assert not [says for says in CODES.values() if "Art" in says or "GDPR" in says]


def test_rules_without_facts_come_first() -> None:
    """What depends on policy and question alone is found before anything about the person: preparing keeps order."""
    hangs = [bool(rule.reads | rule.heeds) for rule in RULES]

    assert hangs == sorted(hangs)
    assert len({rule.name for rule in RULES}) == len(RULES)


# --- Tokens ---------------------------------------------------------------------------------------------------------


def test_token_names_policy_position_and_question() -> None:
    """The token is the policy's first twelve digits, the position of the facts and the hash of the question."""
    answer = ask((AIRLINE,), NEWSLETTER, MEMBER, no_law)

    assert answer.token == f"{AIRLINE.hash[:12]}.41.{question_hash(NEWSLETTER)}"
    assert answer.token == token((AIRLINE,), NEWSLETTER, MEMBER)
    assert "p-1" not in answer.token


def test_token_names_both_versions() -> None:
    """Where two versions govern, both are named; the same one twice is named once."""
    older = varied(AIRLINE, {"choices": {"newsletter": {"version": 1}}})

    assert ask((older, AIRLINE), NEWSLETTER, MEMBER, no_law).token.startswith(f"{older.hash[:12]}+{AIRLINE.hash[:12]}.")
    assert ask((AIRLINE, airline()), NEWSLETTER, MEMBER, no_law) == ask((AIRLINE,), NEWSLETTER, MEMBER, no_law)


def test_equal_moments_are_one_question() -> None:
    """The same instant in another zone, and fields in another order, are the same question with the same answer."""
    asked = replace(NEWSLETTER, fields=("name", "email"), at=datetime(2026, 12, 31, 23, 30, tzinfo=UTC))
    same = replace(asked, fields=("email", "name", "email"), at=asked.at.astimezone(timezone(timedelta(hours=9))))

    assert question_hash(asked) == question_hash(same)
    assert ask((AIRLINE,), asked, MEMBER, no_law).reasons == ask((AIRLINE,), same, MEMBER, no_law).reasons


@pytest.mark.parametrize(
    "change",
    [
        {"operation": Operation.USE},
        {"purpose": "offers"},
        {"person": "p-2"},
        {"at": AT + timedelta(microseconds=1)},
        {"at": AT.replace(tzinfo=None)},
        {"fields": ("name",)},
        {"channel": "push"},
        {"recipient": "mailer"},
        {"destination": "IE"},
        {"role": "agent"},
        {"activity": "shop"},
        {"source": "agent"},
        {"topic": "trips"},
        {"form": "aggregated"},
        {"group": 5},
        {"itinerary": frozenset({"MA"})},
        {"decision": "upgrade"},
        {"tracker": "counter"},
        {"instruction": "I-1"},
        {"space": "inn"},
        {"emergency": True},
    ],
)
def test_every_part_makes_another_question(change: dict[str, Any]) -> None:
    """Changing any part of a question changes its hash."""
    assert question_hash(replace(NEWSLETTER, **change)) != question_hash(NEWSLETTER)


def test_every_part_is_tried() -> None:
    """Whatever is added to a question is part of its name, and tried below."""
    tried = {name for mark in test_every_part_makes_another_question.pytestmark for c in mark.args[1] for name in c}  # type: ignore[attr-defined]

    assert tried == {field.name for field in fields(Question)}


# --- Kept prepared --------------------------------------------------------------------------------------------------


def test_nothing_about_a_person_is_kept() -> None:
    """What the gate keeps between two questions holds neither the person nor the facts."""
    gate._prepare.cache_clear()
    ask((AIRLINE,), replace(NEWSLETTER, person="p-canary"), MEMBER, no_law)
    ask((AIRLINE,), replace(NEWSLETTER, person="p-other"), NOTHING_KNOWN, no_law)
    kept = gate._prepare(
        (gate._Same(AIRLINE),), gate._Same(RULES), gate.DEFAULT_LIMITS, AT.date(), gate._impersonal(NEWSLETTER)
    )

    assert gate._prepare.cache_info().currsize == 1
    assert "p-canary" not in repr(kept)


def test_answers_do_not_depend_on_what_was_asked_before() -> None:
    """A thousand random questions get the same answers with and without anything kept."""
    rng = Random(17)
    worlds = [world(rng, ((AIRLINE, varied(AIRLINE, {"purposes": {"tax": None}})), ())) for _ in range(1_000)]
    first = [ask(*w, no_law) for w in worlds]
    again = []
    for w in reversed(worlds):
        gate._prepare.cache_clear()
        again.append(ask(*w, no_law))

    assert first == again[::-1]


def test_a_finding_is_about_the_whole_question_unless_it_says_otherwise() -> None:
    """Forgetting to name elements closes more, never less."""
    assert Finding("restricted").elements == ("*",)
