"""What lies in the policy folder is a draft until declared staff sign it; nothing is carried out under a draft."""

from dataclasses import replace

import pytest
from tests.edges.shop import MAUD, Shop

from troth import wire
from troth.desk import publishing
from troth.desk.requests import identifiers_from, receive
from troth.desk.status import status
from troth.edges import worker
from troth.edges.cli.options import pairs
from troth.model.problem import InputError

ACTING = (
    ("plan", "CASE"),
    ("approve", "CASE", "--by", "nell", "--yes", "yes"),
    ("apply", "CASE"),
    ("worker", "--once"),
)


def edit(shop: Shop, effective_from: str = "2026-01-01", more: str = "") -> None:
    """Change the folder, as somebody who wants to sign erasures would."""
    file = shop.policy / "organisation.yaml"
    file.write_text(file.read_text().replace("effective-from: 2026-01-01", f"effective-from: {effective_from}") + more)


def case_of(shop: Shop) -> str:
    """A request for a copy, filed while all was well."""
    with shop.house() as house:
        return receive(house, "access", identifiers_from(house, pairs([MAUD]), proven=True), by="staff:nell").case


@pytest.mark.parametrize("words", ACTING, ids=lambda words: words[0])
def test_nothing_is_carried_out_under_a_draft(shop: Shop, words: tuple[str, ...]) -> None:
    """Each acting command says what is wrong and what mends it; published, it works again."""
    case = case_of(shop)
    command = [case if word == "CASE" else word for word in words]
    edit(shop, more="# a word more\n")
    refused = shop.troth(*command)
    assert (refused.returncode, "policy-not-published" in refused.stderr) == (3, True), refused.stderr
    assert "troth publish" in refused.stderr
    assert shop.troth("publish", "--by", "nell").returncode == 0
    assert "policy-not-published" not in shop.troth(*command).stderr


def test_reading_goes_on_with_a_warning(shop: Shop) -> None:
    """And what a person says is taken down under any draft."""
    edit(shop, more="# a word more\n")
    asked = shop.troth("know", "--who", MAUD, "--by", "nell")
    assert asked.returncode == 0
    assert "! policy-not-published" in asked.stderr
    with shop.house() as house:
        assert "draft" in status(house).policy
    assert "policy-not-published" in {finding.code for finding in wire.examine(shop.home)}


def test_a_version_in_force_is_warned_of_nowhere(shop: Shop) -> None:
    """Negative control."""
    assert shop.troth("know", "--who", MAUD, "--by", "nell").stderr == ""
    with shop.house() as house:
        assert status(house).policy == ""
    assert not any(finding.code for finding in wire.examine(shop.home))


def test_a_version_waits_for_its_day(shop: Shop) -> None:
    """Published for later is not in force today, and is when the day has come."""
    edit(shop, "2026-07-15")
    shop.publish()
    with shop.house() as house:
        with pytest.raises(InputError, match="not in force") as refused:
            publishing.require_in_force(house)
        assert refused.value.code == "policy-not-in-force"
        shop.clock.at = shop.clock.at.replace(month=7, day=15)
        publishing.require_in_force(house)


def test_an_older_version_put_back_is_not_in_force(shop: Shop) -> None:
    """The newest published one is, whatever the folder says."""
    before = (shop.policy / "organisation.yaml").read_text()
    edit(shop, "2026-02-01")
    shop.publish()
    (shop.policy / "organisation.yaml").write_text(before)
    with shop.house() as house, pytest.raises(InputError, match="not in force"):
        publishing.require_in_force(house)


def test_only_declared_staff_publish(shop: Shop) -> None:
    """A ghost does not, and nobody under another's name: the key decides."""
    edit(shop, more="# a word more\n")
    done = shop.troth("publish", "--by", "ghost")
    assert (done.returncode, "unknown-staff" in done.stderr) == (2, True)
    with shop.house() as house:
        at = house.clock.now().isoformat()
        signed = wire.sign_as(shop.settings, "odo", "till", house.policy.hash, at)
        for forged in (
            replace(signed, signer="nell", role="privacy-officer"),
            replace(signed, role="privacy-officer"),
            wire.sign_as(shop.settings, "nell", "privacy-officer", "0" * 64, at),
        ):
            with pytest.raises(InputError, match="no signature of"):
                publishing.publish(house, shop.policy, forged)
        assert status(house).policy


def test_a_publication_without_a_signature_is_no_publication(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that somebody wrote past us puts nothing in force."""
    edit(shop, more="# a word more\n")
    monkeypatch.setattr(publishing, "_as_text", lambda approval: approval.signer)
    shop.publish()
    with shop.house() as house, pytest.raises(InputError, match="no signature of declared staff"):
        publishing.require_in_force(house)


def test_a_worker_follows_what_is_in_force(shop: Shop) -> None:
    """An edit changes nothing for it; a publication does, at its next look; a folder that lags behind stops it."""
    shift = worker.Shift(shop.settings)
    try:
        first = shift.house().policy.hash
        before = (shop.policy / "organisation.yaml").read_text()
        edit(shop, "2026-02-01")
        assert shift.house().policy.hash == first
        shop.publish()
        assert shift.house().policy.hash not in ("", first)
        (shop.policy / "organisation.yaml").write_text(before)
        shop_of_old = worker.Shift(shop.settings)
        with pytest.raises(InputError, match="not in force"):
            shop_of_old.house()
        shop_of_old.close()
        told: list[str] = []
        assert worker._tick(worker.Shift(shop.settings), "w", told.append) == []
        assert told[0].startswith("policy-not-in-force")
    finally:
        shift.close()
