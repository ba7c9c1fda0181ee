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


def mail(shop: Shop) -> None:
    """A mail server is set up; nobody has to be there for that."""
    with (shop.home / "settings.toml").open("a", encoding="utf-8") as file:
        file.write('[messages]\nserver = "127.0.0.1:9"\nfrom = "privacy@kettle.example"\nsecurity = "none"\n')


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
    for words in ((), ("--done", "material-message=mailing-12")):
        refused = promised.troth("publish", "--by", "nell", *words)
        assert (refused.returncode, "no-mailer" in refused.stderr) == (2, True), refused.stderr
        assert "material-message" in refused.stderr
    mail(promised)
    done = promised.troth("publish", "--by", "nell")
    assert done.returncode == 0, done.stderr
    with promised.house() as house, house.unit() as unit:
        kept = [event.envelope for event in unit.events.read(kinds=["notice.followed"])]
    assert [(said["waits"], said["message"]) for said in kept] == [(True, True)]


def test_what_is_done_elsewhere_is_said_with_its_evidence(shop: Shop) -> None:
    """A banner on pages that are not ours, and a message that holds nobody back where no mail server is set up."""
    ratings = "ratings:\n  material: {says: Wider, by: [page, banner, message]}\n"
    (shop.policy / "changes.yaml").write_text(ratings, encoding="utf-8")
    assert shop.troth("publish", "--by", "nell").returncode == 0
    change(shop, *WIDER)
    refused = shop.troth("publish", "--by", "nell", "--done", "material-banner=ticket-7")
    assert (refused.returncode, "duties-open" in refused.stderr) == (2, True), refused.stderr
    assert "done yet: material-message" in refused.stderr
    given = ("--done", "material-banner=ticket-7", "--done", "material-message=mailing-12")
    assert shop.troth("publish", "--by", "nell", *given).returncode == 0
    with shop.house() as house, house.unit() as unit:
        said = [event.envelope for event in unit.events.read(kinds=["policy.duty-done"])]
    assert [(each["duty"], each["evidence"]) for each in said] == [
        ("material-banner", "ticket-7"),
        ("material-message", "mailing-12"),
    ]


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
    assert (refused.returncode, "no-mailer" in refused.stderr) == (2, True), refused.stderr


def test_evidence_is_a_code(shop: Shop) -> None:
    """Words about people do not get into the ledger in clear."""
    ratings = "ratings:\n  material: {says: Wider, by: [page, banner]}\n"
    (shop.policy / "changes.yaml").write_text(ratings, encoding="utf-8")
    assert shop.troth("publish", "--by", "nell").returncode == 0
    change(shop, *WIDER)
    refused = shop.troth("publish", "--by", "nell", "--done", "material-banner=told Maud Ashdown by phone")
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
    assert (refused.returncode, "no-mailer" in refused.stderr) == (2, True), refused.stderr


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
