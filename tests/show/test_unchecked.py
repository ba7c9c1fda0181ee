"""Whatever cites a law says that nobody has checked the citation, for as long as nobody has."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.edges.test_letters import LETTER, sent
from tests.plan.factory import CASE, World, world
from tests.plan.test_after import FACTS
from tests.policy.little import HERE, compiled
from tests.show.makes import library, record
from tests.show.test_package import ROW, declared, shown

from troth.catalog import Catalog
from troth.catalog.languages import languages, phrases
from troth.model.personal import Personal
from troth.model.plan import Plan
from troth.model.question import Answer, Operation, Question, Reason
from troth.plan import erasure, fold_receipt, plan_hash
from troth.plan.codes import FREE_TEXT
from troth.show import answer, held, notice, problems, receipt
from troth.show import plan as plan_words
from troth.show.records.kinds import RECORDS
from troth.show.records.record import blocks
from troth.show.terminal import plain

LAW = re.compile(r"(?:GDPR|RGPD|DSGVO|AO|Section|Art\.) \(?\d|GDPR Art")
AT = datetime(2026, 6, 1, tzinfo=UTC)
CATALOG = Catalog.load()
MARK = "checked: by nobody"


def cite(code: str) -> str:
    return CATALOG.cite(["gdpr", "de"], code)


def erasing() -> tuple[World, Plan]:
    seen = world(FACTS)
    return seen, erasure(seen.policy, CASE, "person-1", seen.sights, seen.schemas, AT, cite)


def of_plan() -> str:
    seen, plan = erasing()
    return plain(plan_words.plan(plan, plan_hash(plan), seen.policy), 400)


def of_receipt() -> str:
    seen, plan = erasing()
    done = fold_receipt(seen.policy, CASE, plan, plan_hash(plan), None, {}, seen.sights, (), AT, ())
    return plain(receipt.receipt(done), 400)


def of_answer(law: str = cite("objection-marketing")) -> str:
    said = Answer(allowed=False, reasons=(Reason("objection-marketing", allows=False, says="No.", law=law),))
    return plain(answer.answer(Question(Operation.SEND, "news", "person-1", AT), said, who="her"), 400)


def of_refusal() -> str:
    return plain(held.refused(library(), "c-1", ["text 1"], Personal("It names others"), cite(FREE_TEXT)), 400)


def of_check() -> str:
    return plain(problems.problems(compiled(HERE / "ten_mistakes")[1], subject="policy", compiled=""), 400)


def of_record(kind: str) -> str:
    return plain(blocks(record(library(), kind)), 400)


OUTPUTS: dict[str, Callable[[], str]] = {
    "plan": of_plan,
    "receipt": of_receipt,
    "answer": of_answer,
    "refusal": of_refusal,
    "check": of_check,
    "copy": lambda: shown(declared(), ROW),
    "notice": lambda: plain(notice.notice(library(), CATALOG), 400),
    **{
        f"record {kind}": (lambda kind=kind: of_record(kind))
        for kind in sorted(RECORDS.keys() - {"recipients", "trackers"})
    },
}
"""Every output that cites; the list of trackers cites nothing, and that of recipients decisions without an article."""


@pytest.mark.parametrize("name", OUTPUTS)
def test_what_cites_says_that_nobody_checked_it(name: str) -> None:
    """Each of them cites a law; and says so, once where it would stand behind every line."""
    text = OUTPUTS[name]()
    assert LAW.search(text), text
    assert MARK in text
    assert text.count(MARK) == 1 or name.startswith("record")


@pytest.mark.parametrize("language", languages())
def test_a_notice_says_it_in_its_own_words(language: str) -> None:
    """One sentence, and no mark at an article."""
    text = " ".join(plain(notice.notice(library(), CATALOG, language), 400).split())
    assert text.count(phrases(language)("laws-unchecked")) == 1


def test_an_answer_without_an_unchecked_law_does_not() -> None:
    """Control: a law that somebody checked, and no law at all."""
    assert MARK not in of_answer("GDPR Art. 21(3)") + of_answer("")


def test_a_letter_says_it(tmp_path: Path) -> None:
    """It cites why it was sent; its copy for machines carries the mark behind the citation."""
    message = sent(tmp_path, LETTER)
    body = message.get_body()
    assert body is not None
    assert body.get_content().count(MARK) == 1
    (attached,) = message.iter_attachments()
    assert f"GDPR Art. 28(3); {MARK}" in attached.get_content().decode()


def test_the_first_of_a_month_is_written_as_the_language_does() -> None:
    """French alone has a word of its own for it; the second day is a number everywhere."""
    days = {code: phrases(code).day(date(2026, 9, 1)) for code in ("fr", "en")}
    assert days == {"fr": "1er septembre 2026", "en": "1 September 2026"}
    assert phrases("fr").day(date(2026, 9, 2)) == "2 septembre 2026"
