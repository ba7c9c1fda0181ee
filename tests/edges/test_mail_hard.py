"""The mail path on bad days: disks that are full, hops that are away, policies that change, links years later."""

import resource
import signal
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.edges.shop import JONAS, MAUD, Shop
from tests.edges.test_mail_gate import (
    JONAS_AT,
    MAUD_AT,
    _until,
    answers,
    call,
    carrier,
    cut,
    database_of,
    free_port,
    hand_in,
    hop_at,
    introduce,
    link_in,
    mail,
    post,
    released,
    running,
    settings,
)
from tests.ledger.conftest import admin

from troth.desk import asking
from troth.desk.house import House
from troth.desk.mail_rules import mail_from
from troth.desk.post import waiting_in
from troth.desk.requests import identifiers_from
from troth.desk.stopping import press
from troth.edges.cli.options import pairs
from troth.edges.mail.deliver import Carrier, PolicyChangedError
from troth.edges.mail.links import links_app
from troth.ledger.keyring import LINKS, Keyring
from troth.ledger.parcels import SealedLinks
from troth.model.problem import InputError
from troth.ports.spool import Fate
from troth.settings import ring

MORE = "      phone: {basis: contract}\n      email: {basis: contract, blocks"


def person(house: House, who: str = MAUD) -> str:
    """The random id behind an identifier."""
    with house.unit() as unit:
        found = unit.persons.by(identifiers_from(house, pairs([who]), proven=True)[0])
    assert found
    return found


@contextmanager
def no_room(folder: Path) -> Iterator[None]:
    """No file of this process grows beyond what the journals have now, as on a full disk."""
    size = max((path.stat().st_size for path in folder.glob("*.journal")), default=0)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_next_hop_that_is_away_for_days_loses_nothing(shop: Shop) -> None:
    """A hundred tries later a message still waits; after five days its sender is told, and only then it goes."""
    with post(shop, port := free_port()) as opened:
        introduce(opened.house)
        assert hand_in(opened, mail("selling"), MAUD_AT)[0] == 250
        for _ in range(115):
            shop.clock.at += timedelta(hours=1)
            assert carrier(opened).round() == 0
        [name] = opened.spool.ids()
        parcel = opened.spool.parcel(name)
        assert parcel
        assert parcel.addressees[0].tries > 100
        for _ in range(10):
            shop.clock.at += timedelta(hours=1)
            carrier(opened).round()
        with hop_at(port) as (hop, _):
            hop.says = "451 not yet"
            shop.clock.at += timedelta(hours=1)
            carrier(opened).round()
            assert opened.spool.ids() == [name], "neither it nor its return was taken"
            hop.says = "250 OK"
            shop.clock.at += timedelta(hours=2)
            carrier(opened).round()
        assert opened.spool.ids() == []


def test_a_return_that_nobody_takes_does_not_wait_for_ever(shop: Shop) -> None:
    """A sender that does not exist is told nothing; the message does not stay here with its words."""
    said: list[str] = []
    with hop_at() as (hop, port), post(shop, port) as opened:
        introduce(opened.house)
        hand_in(opened, mail("selling"), MAUD_AT)
        hop.says = "550 no such box"
        Carrier(opened, said.append).round()
        assert opened.spool.ids() == []
        assert "neither it nor its return" in said[0]
        assert "maud" not in "".join(said)


def test_what_left_and_could_not_be_written_down_does_not_leave_again(shop: Shop) -> None:
    """On a full disk nothing is handed over; what was, before it filled, is not handed over twice."""
    with hop_at() as (hop, port), post(shop, port) as opened:
        introduce(opened.house)
        hand_in(opened, mail("selling"), MAUD_AT)
        carrying = carrier(opened)
        with no_room(shop.home / "spool"):
            assert carrying.round() == 0
            assert hop.taken == [], "it must not leave where nobody can write down that it did"
            assert hand_in(opened, mail("selling"), JONAS_AT)[0] == 451, "and nothing is taken over"
        full: list[object] = []

        def fill(step: str) -> None:
            if step == "next hop ready":
                journal = next((shop.home / "spool").glob("*.parcel")).with_suffix(".journal")
                room = (journal.stat().st_size if journal.exists() else 0) + 700
                full.append(resource.getrlimit(resource.RLIMIT_FSIZE))
                resource.setrlimit(resource.RLIMIT_FSIZE, (room, full[0][1]))  # type: ignore[index]

        shop.clock.at += timedelta(minutes=5)
        carrying = replace(carrying, between=fill)
        try:
            carrying.round()
            assert len(hop.taken) == 1
            carrying.round()
            carrying.round()
            assert len(hop.taken) == 1, "it left again"
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, full[0])  # type: ignore[arg-type]
        carrying.round()
        assert len(hop.taken) == 1
        assert opened.spool.ids() == []
        assert len(released(opened)) == 1


def test_one_message_that_cannot_be_sent_does_not_stop_the_others(shop: Shop) -> None:
    """An address that this hop cannot take goes back; what cannot be opened is told once, and by `status`."""
    said: list[str] = []
    with hop_at(utf8=False) as (hop, port), post(shop, port) as opened:
        introduce(opened.house)
        given = identifiers_from(opened.house, pairs([JONAS, "email=jönas@ellery.example"]), proven=True)
        asking.know(opened.house, given, ["customer"], by="staff:nell")
        now = shop.clock.now()
        torn = opened.spool.put("selling", "shop@kettle.example", [MAUD_AT], mail("selling"), now)
        (shop.home / "spool" / f"{torn}.parcel").write_bytes(b"\x01torn")
        wild = opened.spool.put("selling", "shop@kettle.example", [MAUD_AT], mail("selling"), now)
        opened.spool.settle(wild, 7, Fate.WAITING, "", now, None)
        opened.spool.put("selling", "shop@kettle.example", ["jönas@ellery.example"], mail("selling"), now)
        opened.spool.put("selling", "shop@kettle.example", [MAUD_AT], mail("selling"), now)
        carrying = Carrier(opened, said.append)
        assert carrying.round() == 1
        assert carrying.round() == 0
        assert sum("parcel-damaged" in each for each in said) == 2
        assert {to for to, _ in hop.taken} == {MAUD_AT, "shop@kettle.example"}, (
            "a return is a message like any: with whole line ends"
        )
        assert b"next-hop-without-smtputf8" in b"".join(content for _, content in hop.taken)
        assert all("jönas" not in each for each in said)
        waiting = waiting_in(opened.spool)
        assert (waiting.parcels, set(waiting.damaged)) == (2, {torn, wild})
        with shop.house():
            told = " ".join(shop.troth("status").stdout.split())
        assert f"parcel {torn} in the spool cannot be opened" in told
        assert "messages that wait" in told


def test_status_says_since_when_messages_wait(shop: Shop) -> None:
    """After an hour that is trouble."""
    with post(shop, free_port()) as opened:
        introduce(opened.house)
        opened.spool.put("selling", "shop@kettle.example", [MAUD_AT], mail("selling"), shop.clock.now())
    said = " ".join(shop.troth("status").stdout.split())
    assert "messages wait in the mail path since 30 June 2026" in said


def test_nothing_leaves_under_a_policy_that_was_replaced(shop: Shop) -> None:
    """The message stays until the gate was opened anew, and is asked about by the new one."""
    with hop_at() as (hop, port), post(shop, port) as opened:
        introduce(opened.house, maud=True)
        hand_in(opened, mail(), MAUD_AT)
        purposes = shop.policy / "purposes.yaml"
        purposes.write_text(purposes.read_text().replace("      email: {basis: contract, blocks", MORE))
        shop.publish()
        with pytest.raises(PolicyChangedError):
            carrier(opened).round()
        assert hop.taken == []
        assert hand_in(opened, mail("brand-new"), MAUD_AT)[0] == 451, "the mailer keeps what only the new one knows"
        with shop.house() as again:
            assert carrier(replace(opened, house=again)).round() == 1


def test_the_running_gate_opens_itself_anew(shop: Shop) -> None:
    """A version is put in force beside it: it says that it listens again, and works under the new one."""
    with hop_at() as (hop, port):
        ports = settings(shop, port)
        with shop.house() as house:
            introduce(house)
        with running(shop) as gate:
            purposes = shop.policy / "purposes.yaml"
            purposes.write_text(purposes.read_text().replace("      email: {basis: contract, blocks", MORE))
            shop.publish()
            assert gate.stdout is not None
            assert gate.stdout.readline().startswith("mail: ")
            with smtplib.SMTP("127.0.0.1", ports["listen"]) as mailer:
                mailer.sendmail("shop@kettle.example", [MAUD_AT], mail("selling"))
            _until(lambda: bool(hop.taken) and not list((shop.home / "spool").glob("*.parcel")))
            gate.send_signal(signal.SIGTERM)
            assert gate.wait(timeout=60) == 0


def test_what_left_is_among_what_left_about_a_person(shop: Shop) -> None:
    """Under the purpose and the channel; once; and of somebody who was erased meanwhile nobody's name."""
    with hop_at() as (hop, port), post(shop, port) as opened:
        introduce(opened.house, maud=True)
        hand_in(opened, mail(), MAUD_AT)
        assert carrier(opened).round() == 1
        [one] = released(opened)
        assert (one.what.operation, one.what.purpose, one.what.channel) == ("send", "newsletter", "email")
        maud = person(opened.house)
        hand_in(opened, mail("selling"), MAUD_AT)

        def erase(step: str) -> None:
            if step == "written down":
                with opened.house.unit() as unit:
                    unit.facts.mark_erased(maud)

        assert carrier(opened, erase).round() == 1
        assert len(hop.taken) == 2
        with opened.house.unit() as unit:
            assert len(unit.facts.releases(maud)) == 1
        assert opened.spool.ids() == []


def test_a_press_while_the_ledger_is_away_is_heard(shop: Shop) -> None:
    """It is noted on this machine, and carried out before anything else leaves."""
    with hop_at() as (hop, port), post(shop, port) as opened:
        introduce(opened.house, maud=True)
        hand_in(opened, mail(), MAUD_AT)
        carrier(opened).round()
        link, name = link_in(hop.taken[0][1]), database_of(shop)
        hand_in(opened, mail(), MAUD_AT)
        admin("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false", name)
        cut(name)
        try:
            assert call(links_app(opened), "POST", f"/stop{link}")[0] == 200
            assert call(links_app(opened), "POST", link)[0] == 200
            assert len(opened.house.notes.waiting()) == 1
            files = b"".join(path.read_bytes() for path in (shop.home / "later").iterdir())
            assert b"newsletter" not in files
        finally:
            admin("ALTER DATABASE {} WITH ALLOW_CONNECTIONS true", name)
        _until(lambda: answers(opened.house))
        assert carrier(opened).round() == 0
        assert len(hop.taken) == 1
        assert opened.house.notes.waiting() == []


def test_a_press_that_cannot_be_kept_is_not_called_heard(shop: Shop) -> None:
    """Then the page says so, and nothing of the error."""
    with hop_at() as (hop, port), post(shop, port) as opened:
        introduce(opened.house, maud=True)
        hand_in(opened, mail(), MAUD_AT)
        carrier(opened).round()
        name = database_of(shop)
        (shop.home / "later").write_bytes(b"a file where the folder should be")
        admin("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false", name)
        cut(name)
        try:
            status, page = call(links_app(opened), "POST", link_in(hop.taken[0][1]))
        finally:
            admin("ALTER DATABASE {} WITH ALLOW_CONNECTIONS true", name)
        assert (status, "later" in page, "Error" in page) == (503, False, False)


def test_an_address_of_many_has_a_way_out_that_works(shop: Shop) -> None:
    """It fits in its header, and one press ends it for everybody behind the address."""
    with hop_at() as (hop, port), post(shop, port) as opened:
        many = [f"customer-number=T-{number}" for number in range(100, 140)]
        for who in many:
            given = identifiers_from(opened.house, pairs([who]), proven=True)
            asking.know(opened.house, given, ["customer"], by="staff:nell")
            asking.choose(opened.house, given, "newsletter", yes=True, by="staff:nell")
            shared = identifiers_from(opened.house, [("email", "office@ellery.example")], proven=False)
            with opened.house.unit() as unit:
                unit.persons.link(person(opened.house, who), shared[0], reason="introduced")
        assert hand_in(opened, mail(), "office@ellery.example")[0] == 250
        assert carrier(opened).round() == 1
        link = link_in(hop.taken[0][1])
        assert len(link) < 700
        assert call(links_app(opened), "POST", link)[0] == 200
        for who in many:
            with opened.house.unit() as unit:
                assert unit.facts.of(person(opened.house, who)).choices["newsletter"].yes is False  # type: ignore[index]


def test_a_link_outlives_the_name_of_its_purpose(shop: Shop) -> None:
    """What it stood in is called something else by now: the advertising over that channel ends. A later yes stands."""
    with hop_at() as (_hop, port), post(shop, port) as opened:
        introduce(opened.house, maud=True)
        maud, jonas = person(opened.house), person(opened.house, JONAS)
        assert press(opened.house, ("news-of-old", "email", maud)).known
        with opened.house.unit() as unit:
            assert [(o.channel, o.marketing) for o in unit.facts.of(maud).objections or () if o.marketing] == [
                ("email", True)
            ]
            assert unit.facts.of(jonas).objections == ()
        assert not press(opened.house, None).known
        assert not press(opened.house, ("newsletter", "email")).known
        assert press(opened.house, ("newsletter", "email", "p-nobody-here")).known, (
            "from another state's time: no error"
        )


def test_a_link_works_years_later_under_an_earlier_key_and_from_an_earlier_address(shop: Shop) -> None:
    """It names a person, not an address; another installation's key and a shortened link open nothing."""
    with hop_at() as (hop, port), post(shop, port) as opened:
        introduce(opened.house, maud=True)
        hand_in(opened, mail(), MAUD_AT)
        carrier(opened).round()
        link, maud = link_in(hop.taken[0][1]), person(opened.house)
        keys = Keyring.open(ring(shop.settings)).rotate(LINKS)
        old, new = (
            identifiers_from(opened.house, [("email", at)], proven=True)[0] for at in (MAUD_AT, "m@new.example")
        )
        with opened.house.unit() as unit:
            unit.persons.unlink(maud, old, reason="moved")
            unit.persons.link(maud, new, reason="moved")
        shop.clock.at += timedelta(days=900)
        later = replace(opened, links=SealedLinks(keys))
        assert SealedLinks(Keyring.create(shop.folder / "other-keys")).read(link[1:]) is None
        for cut_short in (1, 5, 40):
            assert call(links_app(later), "POST", link[:-cut_short])[0] == 404
        assert hand_in(later, mail(), "m@new.example")[0] == 250, "until it is pressed she gets it"
        assert call(links_app(later), "POST", link)[0] == 200
        assert hand_in(later, mail(), "m@new.example")[0] == 550


def test_a_link_finds_who_came_back_twice(shop: Shop) -> None:
    """Each life is a new person; the press is theirs."""
    with hop_at() as (_hop, port), post(shop, port) as opened:
        introduce(opened.house, maud=True)
        first = person(opened.house)
        for _ in range(2):
            with opened.house.unit() as unit:
                unit.facts.mark_erased(person(opened.house))
            introduce(opened.house, maud=True)
        assert person(opened.house) != first
        press(opened.house, ("newsletter", "email", first))
        with opened.house.unit() as unit:
            assert unit.facts.of(person(opened.house)).choices["newsletter"].yes is False  # type: ignore[index]


def test_a_way_out_of_what_is_owed_says_what_it_ends(shop: Shop) -> None:
    """The page does not claim that a message will stop which a contract asks for."""
    with hop_at() as (hop, port), post(shop, port) as opened:
        introduce(opened.house)
        hand_in(opened, mail("selling"), MAUD_AT)
        carrier(opened).round()
        status, page = call(links_app(opened), "POST", link_in(hop.taken[0][1]))
        assert (status, "carry no advertising" in page, "will leave" in page) == (200, True, False)


def test_only_one_gate_carries_a_spool(shop: Shop) -> None:
    """Two would send everything twice. What a crash left is cleared away by the one."""
    with post(shop, free_port()) as opened:
        folder = shop.home / "spool"
        (folder / ".x.draft").write_bytes(b"sealed")
        (folder / "20260101T000000-aa.journal").write_bytes(b"{}\n")
        with opened.spool.alone():
            assert [path.name for path in folder.iterdir()] == [".carrier"]
            with pytest.raises(InputError, match="another mail gate"), opened.spool.alone():
                pass
        with opened.spool.alone():
            pass


def test_an_error_inside_says_nothing_of_the_message(shop: Shop, capfd: pytest.CaptureFixture[str]) -> None:
    """Neither to the mailer nor into a log; the mailer keeps the message."""
    with post(shop, free_port()) as opened:
        introduce(opened.house)
        (shop.home / "spool").rmdir()
        code, words = hand_in(opened, mail("selling", "canary-51\n"), MAUD_AT)
        assert code == 451
        out, err = capfd.readouterr()
        assert all(word not in words + out + err for word in ("canary", "maud", "Traceback"))


@pytest.mark.parametrize(
    ("key", "value"),
    [("header", "To"), ("header", "X-A\r\nBcc: x"), ("next", "127.0.0.1:2525"), ("next", "localhost:2525")],
)
def test_settings_that_would_break_mail_are_refused(key: str, value: str) -> None:
    """A header that readers need, or a circle."""
    said = {"next": "127.0.0.1:25", "links": "https://choices.example", key: value}
    with pytest.raises(InputError, match=f"`{key}`"):
        mail_from(said)
