"""What lies in the policy folder is a draft until declared staff sign it; nothing is carried out under a draft."""

import codecs
import hashlib
from dataclasses import replace

import psycopg
import pytest
from tests.edges.shop import MAUD, Shop

from troth import wire
from troth.desk import publishing
from troth.desk.requests import identifiers_from, receive
from troth.desk.status import status
from troth.edges import worker
from troth.edges.cli.options import pairs
from troth.model.problem import InputError
from troth.policy import compile_texts

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


def tamper(shop: Shop, statement: str) -> None:
    """Change the state past Troth, as whoever holds its database may."""
    secrets = dict(line.split("=", 1) for line in (shop.home / "secrets.env").read_text().splitlines())
    with psycopg.connect(secrets["STATE"], autocommit=True) as connection:
        assert connection.execute(statement).rowcount == 1


CHANGES = {
    "a text": "UPDATE troth.policy_version SET files = jsonb_set(files, '{purposes.yaml}',"
    " to_jsonb(replace(files->>'purposes.yaml', 'a', 'e')))",
    "a file more": 'UPDATE troth.policy_version SET files = files || \'{"sources.yaml": "sources: {}"}\'',
    "the day": "UPDATE troth.policy_version SET effective_from = effective_from - interval '1 year'",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_published_text_that_changed_in_the_database_is_noticed(shop: Shop, change: str) -> None:
    """Nothing is carried out under it, it is compiled nowhere, and doctor names it."""
    case = case_of(shop)
    assert shop.troth("diff", _hash_of(shop)[:12], str(shop.policy)).returncode == 0
    tamper(shop, CHANGES[change])
    refused = shop.troth("plan", case)
    assert (refused.returncode, "policy-text-changed" in refused.stderr) == (3, True), refused.stderr
    assert "policy_version" in refused.stderr
    assert "backup of the state" in refused.stderr
    if change != "the day":
        assert "policy-text-changed" in shop.troth("diff", _hash_of(shop)[:12], str(shop.policy)).stderr
    assert "policy-text-changed" in {finding.code for finding in wire.examine(shop.home)}


def test_files_with_other_line_ends_are_the_same_version(shop: Shop) -> None:
    """What is hashed is what is kept: a mark at the beginning and CRLF make no other version, and compile again."""
    before = _hash_of(shop)
    for file in shop.policy.rglob("*.yaml"):
        file.write_bytes(codecs.BOM_UTF8 + file.read_bytes().replace(b"\n", b"\r\n"))
    assert _hash_of(shop) == before
    edit(shop, more="# a word more\r\n")
    assert _hash_of(shop) != before
    shop.publish()
    with shop.house() as house, house.unit() as unit:
        kept = [unit.policies.get(hash_) for hash_, _ in unit.policies.all()]
        assert len(kept) == 2
        assert all(compile_texts(each.files, each.hash, house.catalog) for each in kept)


def test_a_version_of_an_earlier_release_still_compiles(shop: Shop) -> None:
    """Its hash was taken over the files as they lay there; one changed letter is noticed all the same."""
    with shop.house() as house:
        with house.unit() as unit:
            texts = dict(unit.policies.get(house.policy.hash).files)
        total = hashlib.sha256()
        for name in sorted(texts):
            for part in (name.encode(), texts[name].replace("\n", "\r\n").encode()):
                total.update(len(part).to_bytes(8, "big") + part)
        assert compile_texts(texts, total.hexdigest(), house.catalog)
        with pytest.raises(InputError) as refused:
            compile_texts(texts | {"purposes.yaml": texts["purposes.yaml"] + " "}, total.hexdigest(), house.catalog)
        assert refused.value.code == "policy-text-changed"


def _hash_of(shop: Shop) -> str:
    with shop.house() as house:
        return house.policy.hash
