"""Kept answers are those that the gate's own door would give, whoever was asked about before."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from tests.gate.test_agreement import no_law
from tests.gate.worlds import AIRLINE, AT, facts, pool, world

from troth.gate import ask as gate
from troth.gate import memo as memos
from troth.gate.ask import ask
from troth.gate.memo import Folder, Memo, unfold
from troth.gate.reading import Limits
from troth.gate.rules import RULES, Finding, Rule
from troth.model.question import NOTHING_KNOWN, Answer, Facts, Question

SEED = 20261122
CASES = 10_000
FRESH = {"age_seconds": 0.0}


def people(rng: Random) -> list[Facts]:
    """Some that differ in moments and single facts, as real ones do."""
    found = []
    for _ in range(4):
        known = replace(facts(rng), **FRESH)
        found.append(known)
        if known.choices:
            later = {
                k: replace(v, at=v.at + timedelta(hours=rng.randint(1, 99)), event=7) for k, v in known.choices.items()
            }
            found.append(
                replace(known, choices=later, event=9, residence="ES", birth_year=rng.choice((1980, 2012, None)))
            )
    return found


def disagreement(rng: Random, policies: Any) -> str:
    """What a memo says otherwise than the gate, over one question and several people in turn; empty: nothing."""
    versions, question, first = world(rng, policies)
    memo, folder = Memo(question, lambda _: versions, no_law, Limits()), Folder()
    for known in [replace(first, **FRESH), *people(rng)] * 2:
        folded = folder.fold(known)
        found = memo.found(folded) or memo.answer(folded, question.at)
        wanted = ask(versions, question, known, no_law)
        if replace(found.answer, token="") != replace(wanted, token=""):
            return f"{found.answer} is not {wanted}"
        if found.token("p-1", question.at, known) != wanted.token:
            return "another token"
    return ""


def test_ten_thousand_kept_answers_agree() -> None:
    """More than ten thousand answers, each asked twice of a memo that others were put to before, are the gate's."""
    rng = Random(SEED)
    policies = pool(rng)
    wrong = [text for _ in range(CASES // 8) if (text := disagreement(rng, policies))]

    assert wrong[:1] == []


def test_a_memo_answers_most_from_what_it_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate is asked once for each folded, not once for each person."""
    asked: list[Facts] = []

    def counting(*args: Any) -> Answer:
        asked.append(args[2])
        return ask(*args)

    monkeypatch.setattr(memos, "ask", counting)
    rng, folder = Random(SEED), Folder()
    question = Question("send", "newsletter", "", AT, channel="email")  # type: ignore[arg-type]
    memo = Memo(question, lambda _: (AIRLINE,), no_law, Limits())
    crowd = [folder.fold(replace(facts(rng), **FRESH, restrictions=(), objections=())) for _ in range(5_000)]
    for folded in crowd:
        if memo.found(folded) is None:
            memo.answer(folded, AT)

    assert len(crowd) > 1.5 * len(asked)


def test_what_was_folded_unfolds() -> None:
    """Nothing is lost: neither moments nor what differs from person to person."""
    rng, folder = Random(SEED), Folder()
    for _ in range(2_000):
        known = replace(facts(rng), **FRESH, residence="DE-BY", event=rng.randint(1, 99))
        assert unfold(folder.fold(known), position=known.position) == known
    full = Facts(
        relationships=frozenset({"customer"}),
        choices={},
        objections=(),
        restrictions=(),
        events={"landed": AT, "booked": AT + timedelta(days=1)},
        messages={("newsletter", "email"): (AT, AT + timedelta(days=2)), ("offers", "post"): ()},
        matters=frozenset({"inquiry"}),
        told=frozenset({"a"}),
        since={"customer": AT},
        known_with=frozenset({"guardian"}),
    )
    assert unfold(folder.fold(full)) == full
    assert unfold(folder.fold(NOTHING_KNOWN)) == NOTHING_KNOWN


def test_equal_people_share_one_shape_until_they_are_gone() -> None:
    """A million people who stand alike cost one shape; nobody's shape is kept after them."""
    folder = Folder()
    one, other = (folder.fold(Facts(frozenset({"customer"}), {}, (), (), birth_year=year)) for year in (1980, 1990))

    assert one.shape is other.shape
    del one, other
    assert len(folder._shapes) == 0


# --- Rules that come to read something new ----------------------------------------------------------------------------


def a_rule(check: Any, **declared: Any) -> tuple[Rule, ...]:
    return (*RULES, Rule("added", check, ("purpose-unknown",), lambda _: ("*",), **declared))


def long_ago(_: Any, known: Facts, *__: Any) -> Any:
    """A rule that hangs on a moment: a yes is forgotten after a day."""
    said = (known.choices or {}).get("newsletter")
    if said is not None and AT - said.at > timedelta(days=1):
        yield Finding("purpose-unknown")


def from_spain(_: Any, known: Facts, *__: Any) -> Any:
    """A rule that hangs on a single fact, but only for members."""
    if known.relationships and "member" in known.relationships and known.residence == "ES":
        yield Finding("purpose-unknown")


def added_rule_agrees(check: Any, monkeypatch: pytest.MonkeyPatch, **declared: Any) -> str:
    monkeypatch.setattr(gate, "RULES", a_rule(check, **declared))
    rng = Random(SEED)
    memo, folder = (
        Memo(Question("send", "newsletter", "", AT, channel="email"), lambda _: (AIRLINE,), no_law, Limits()),
        Folder(),
    )  # type: ignore[arg-type]
    for _ in range(400):
        known = replace(facts(rng), **FRESH, residence=rng.choice(("ES", "DE", None)))
        said = {k: replace(v, at=AT - timedelta(days=rng.choice((0, 3)))) for k, v in (known.choices or {}).items()}
        known = replace(known, choices=said)
        folded = folder.fold(known)
        found = memo.found(folded) or memo.answer(folded, AT)
        if found.answer.reasons != ask((AIRLINE,), memo.question, known, no_law).reasons:
            return f"{found.answer.reasons}"
    return ""


def test_a_rule_that_reads_a_moment_keeps_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people who differ in a moment alone get each their own answer, once a rule looks at moments."""
    assert added_rule_agrees(long_ago, monkeypatch, reads=frozenset({"choices"})) == ""


def test_a_rule_that_reads_a_single_fact_tells_it_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it reads that fact of some people only, and of those only after others were kept."""
    assert added_rule_agrees(from_spain, monkeypatch, heeds=frozenset({"relationships", "residence"})) == ""


def test_a_memo_that_did_not_watch_would_be_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: with watching switched off both comparisons fail."""
    monkeypatch.setattr(memos, "_Watched", Facts)
    assert added_rule_agrees(from_spain, monkeypatch, heeds=frozenset({"relationships", "residence"})) != ""


def test_moments_that_nobody_watched_would_be_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: moments that stand for all others give somebody another's answer."""

    class Same:
        read = False

        def __rsub__(self, _: datetime) -> timedelta:
            return timedelta()

    monkeypatch.setattr(memos, "_Unread", Same)
    assert added_rule_agrees(long_ago, monkeypatch, reads=frozenset({"choices"})) != ""


def test_a_full_memo_begins_anew() -> None:
    """It never holds more answers than it may."""
    rng, folder = Random(SEED), Folder()
    memo = Memo(
        Question("send", "newsletter", "", AT, channel="email"), lambda _: (AIRLINE,), no_law, Limits(), most=50
    )  # type: ignore[arg-type]
    for _ in range(2_000):
        memo.answer(folder.fold(replace(facts(rng), **FRESH)), AT)
        assert len(memo.keyed.table) <= 51


def test_an_error_in_governing_is_a_no() -> None:
    """Whoever cannot say which version governs opens nothing."""

    def broken(_: Facts) -> Any:
        raise KeyError("somebody@mail.test")

    memo = Memo(Question("send", "newsletter", "", AT, channel="email"), broken, no_law, Limits())  # type: ignore[arg-type]
    said = memo.answer(Folder().fold(replace(facts(Random(1)), **FRESH)), datetime.now(UTC)).answer

    assert (said.allowed, [reason.code for reason in said.reasons]) == (False, ["policy-unknown"])
