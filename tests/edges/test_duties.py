"""A version that changes what was promised is not put in force before that was done which was promised for it."""

import pytest
from tests.edges.shop import Shop

MESSAGE = """ratings:
  material: {says: Anything wider, by: [page, message], before-effect: true, ahead: 14 days, each-person: true}
  minor: {says: Anything else, by: page}
"""
WIDER = ("uses: [name, email]", "uses: [name, email, customer-number]")
NARROWER = ("uses: [name, email]", "uses: [email]")


def change(shop: Shop, old: str, new: str, file: str = "purposes.yaml") -> None:
    path = shop.policy / file
    text = path.read_text(encoding="utf-8")
    assert old in text, text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def promised(shop: Shop) -> Shop:
    """A shop that promised fourteen days' notice of anything wider, to each person."""
    (shop.policy / "changes.yaml").write_text(MESSAGE, encoding="utf-8")
    done = shop.troth("publish", "--by", "nell")
    assert done.returncode == 0, done.stderr
    return shop


def test_what_only_narrows_needs_nobody(promised: Shop) -> None:
    change(promised, *NARROWER)
    assert promised.troth("publish", "--by", "nell").returncode == 0


def test_a_wider_use_waits_for_its_notice(promised: Shop) -> None:
    change(promised, *WIDER)
    refused = promised.troth("publish", "--by", "nell")
    assert (refused.returncode, "too-early" in refused.stderr) == (2, True), refused.stderr
    change(promised, "effective-from: 2026-01-01", "effective-from: 2099-01-01", "organisation.yaml")
    refused = promised.troth("publish", "--by", "nell")
    assert (refused.returncode, "duties-open" in refused.stderr) == (2, True), refused.stderr
    assert "material-message" in refused.stderr
    done = promised.troth("publish", "--by", "nell", "--done", "material-message=mailing-12")
    assert done.returncode == 0, done.stderr
    with promised.house() as house, house.unit() as unit:
        kept = [event.envelope for event in unit.events.read(kinds=["policy.duty-done"])]
    assert [(said["duty"], said["evidence"]) for said in kept] == [("material-message", "mailing-12")]


def test_a_promise_of_notice_is_not_taken_back_in_the_same_breath(promised: Shop) -> None:
    """A version that widens and calls its own change light is judged by what was promised before."""
    change(promised, *WIDER)
    change(
        promised,
        "by: [page, message], before-effect: true, ahead: 14 days, each-person: true",
        "by: page",
        "changes.yaml",
    )
    refused = promised.troth("publish", "--by", "nell")
    assert (refused.returncode, "too-early" in refused.stderr) == (2, True), refused.stderr
    change(promised, "effective-from: 2026-01-01", "effective-from: 2099-01-01", "organisation.yaml")
    refused = promised.troth("publish", "--by", "nell")
    assert (refused.returncode, "material-message" in refused.stderr) == (2, True), refused.stderr


def test_evidence_is_a_code(promised: Shop) -> None:
    """Words about people do not get into the ledger in clear."""
    change(promised, *WIDER)
    change(promised, "effective-from: 2026-01-01", "effective-from: 2099-01-01", "organisation.yaml")
    refused = promised.troth("publish", "--by", "nell", "--done", "material-message=told Maud Ashdown by phone")
    assert refused.returncode == 1
    assert "envelope-not-codes" in refused.stderr
    assert "Maud" not in refused.stderr


def test_diff_says_the_same_beforehand(promised: Shop) -> None:
    with promised.house() as house:
        start = house.policy.hash[:10]
    change(promised, *WIDER)
    said = promised.troth("diff", start)
    assert said.returncode == 2, said.stderr
    assert "customer-number" in said.stdout
    assert promised.troth("diff", "no-such-version").returncode == 1


def test_a_version_is_compared_with_the_one_it_follows(promised: Shop) -> None:
    """Narrower from July, and as before from the day after: wider than what people will then have."""
    change(promised, *NARROWER)
    change(promised, "effective-from: 2026-01-01", "effective-from: 2098-01-01", "organisation.yaml")
    assert promised.troth("publish", "--by", "nell").returncode == 0
    change(promised, NARROWER[1], NARROWER[0])
    change(promised, "effective-from: 2098-01-01", "effective-from: 2098-01-02", "organisation.yaml")
    refused = promised.troth("publish", "--by", "nell")
    assert (refused.returncode, "duties-open" in refused.stderr) == (2, True), refused.stderr


def test_a_fresh_choice_is_one_whose_version_rose(shop: Shop) -> None:
    """Told to be asked again, and asked again: an old yes would open the wider use otherwise."""
    ratings = "ratings:\n  any: {says: Anything, by: [page, fresh-choice]}\n"
    (shop.policy / "changes.yaml").write_text(ratings, encoding="utf-8")
    assert shop.troth("publish", "--by", "nell").returncode == 0
    change(shop, *WIDER)
    refused = shop.troth("publish", "--by", "nell")
    assert (refused.returncode, "choice-not-raised" in refused.stderr) == (2, True), refused.stderr
    change(shop, "version: 1", "version: 2", "choices.yaml")
    assert shop.troth("publish", "--by", "nell").returncode == 0
