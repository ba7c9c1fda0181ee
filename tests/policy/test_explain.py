"""Everything about one thing and where: what is said of it, who names it, which clauses speak of it."""

from pathlib import Path

import pytest
from tests.policy.little import MINI, change, copy_of_mini

from troth.catalog import Catalog
from troth.policy.compile import examine
from troth.policy.explain import Explained, explain
from troth.policy.things import things


def explained(word: str, folder: Path = MINI) -> tuple[tuple[Explained, ...], str]:
    policy, report = examine(folder, Catalog.load())
    assert policy
    return explain(word, policy, report)


def test_a_purpose_with_all_that_names_it() -> None:
    (found,), near = explained("purpose:newsletter")
    assert near == ""
    assert str(found.place) == "purposes.yaml:15:3"
    assert dict(found.says)["uses"] == "email, name"
    assert [(m.by, str(m.place)) for m in found.mentions] == [
        ("choice:newsletter", "choices.yaml:5:15"),
        ("clause:en/newsletter", "notice/en.md:14:12"),
        ("recipient:mailer", "recipients.yaml:7:10"),
        ("store:lending", "stores/lending.yaml:12:25"),
    ]
    assert found.clauses == ("en/newsletter: Newsletter",)


def test_one_id_may_name_several() -> None:
    found, _ = explained("newsletter")
    assert {each.reference for each in found} == {"purpose:newsletter", "choice:newsletter", "clause:en/newsletter"}


def test_a_clause_says_what_it_speaks_of() -> None:
    (found,), _ = explained("clause:en/fees")
    assert found.clauses == ("purpose:invoices", "retention:fee-voucher")


def test_a_slip_of_the_pen_gets_a_suggestion() -> None:
    assert explained("newsleter") == ((), "did you mean `newsletter`?")


def test_what_nobody_names_says_so(tmp_path: Path) -> None:
    folder = copy_of_mini(tmp_path)
    change(
        folder, {"elements.yaml": {"      loan: Loans and their dates\n": "      loan: Loans\n      wish: Wishes\n"}}
    )
    (found,), _ = explained("element:wish", folder)
    assert found.mentions == ()
    assert found.clauses == ()


@pytest.mark.parametrize("folder", [MINI, Path(__file__).parent / "everything"], ids=["mini", "everything"])
def test_everything_declared_can_be_explained(folder: Path) -> None:
    policy, report = examine(folder, Catalog.load())
    assert policy
    for reference in things(policy):
        found, _ = explain(reference, policy, report)
        assert reference in {each.reference for each in found}
