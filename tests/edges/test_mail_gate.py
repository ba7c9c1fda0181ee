"""The mail path on real parts: a mailer hands in over SMTP, a next hop takes over SMTP, the ledger is PostgreSQL."""

import asyncio
import os
import signal
import smtplib
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as WIRE_FORM
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from tests.edges.shop import JONAS, MAUD, Shop
from tests.ledger.conftest import admin

from troth import wire
from troth.desk import asking
from troth.desk.house import House
from troth.desk.post import Post
from troth.desk.requests import identifiers_from
from troth.edges.cli.options import pairs
from troth.edges.mail.deliver import Carrier
from troth.edges.mail.links import links_app
from troth.edges.mail.listen import Intake
from troth.model.problem import InputError
from troth.ports.facts import Released
from troth.ports.state import StateError

MAUD_AT, JONAS_AT = "maud@ellery.example", "jonas@ellery.example"
BLOCK = ("      email: {basis: contract}", "      email: {basis: contract, blocks: {offers: newsletter}, stop: link}")


class NextHop:
    """A mailer that takes messages over, or says what it is told to say."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, bytes]] = []
        self.says = "250 OK"
        self.slow = 0.0

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """One message for its recipients."""
        if self.slow:
            await asyncio.sleep(self.slow)
        if self.says.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.taken += [(to, envelope.content) for to in envelope.rcpt_tos]
        return self.says

    def texts(self) -> list[tuple[str, str]]:
        """(recipient, plain text) in the order in which they came."""
        return [(to, _plain(content)) for to, content in self.taken]


def _plain(content: bytes) -> str:
    made = message_from_bytes(content, policy=WIRE_FORM)
    found = made.get_body(("plain",))
    return str(found.get_content()) if found else ""


@contextmanager
def hop_at(port: int = 0, hop: NextHop | None = None, *, utf8: bool = True) -> Iterator[tuple[NextHop, int]]:
    """A next hop that runs."""
    hop = hop or NextHop()
    controller = Controller(hop, hostname="127.0.0.1", port=port or free_port(), enable_SMTPUTF8=utf8)
    controller.start()
    try:
        yield hop, controller.port
    finally:
        controller.stop()


def free_port() -> int:
    """A port nobody listens on just now."""
    import socket  # noqa: PLC0415

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def settings(shop: Shop, next_hop: int, **more: str) -> dict[str, int]:
    """Write the table `[mail]`, and a policy with an advertising block in its service message."""
    ports = {"listen": free_port(), "links-listen": free_port()}
    lines = [f'{name} = "127.0.0.1:{port}"' for name, port in ports.items()]
    lines += [f'next = "127.0.0.1:{next_hop}"', 'links = "https://choices.ellery.example/stop"']
    with (shop.home / "settings.toml").open("a", encoding="utf-8") as file:
        file.write("[mail]\n" + "\n".join(lines) + '\nsenders = {"news@kettle.example" = "newsletter"}\n')
    purposes = shop.policy / "purposes.yaml"
    purposes.write_text(purposes.read_text().replace(*BLOCK))
    shop.publish()
    return ports


@contextmanager
def post(shop: Shop, next_hop: int) -> Iterator[Post]:
    """The mail path, opened."""
    settings(shop, next_hop)
    with shop.house() as house:
        yield wire.open_post(shop.settings, house)


def introduce(house: House, *, maud: bool | None = None) -> None:
    """Both are customers; what Maud said to the newsletter."""
    for who, address in ((MAUD, MAUD_AT), (JONAS, JONAS_AT)):
        given = identifiers_from(house, pairs([who, f"email={address}"]), proven=True)
        asking.know(house, given, ["customer"], by="staff:nell")
    if maud is not None:
        say(house, yes=maud)


def say(house: House, *, yes: bool, who: str = MAUD) -> None:
    """What somebody says to the newsletter."""
    asking.choose(house, identifiers_from(house, pairs([who]), proven=True), "newsletter", yes=yes, by="staff:nell")


def mail(purpose: str = "newsletter", body: str = "New teas!\n", **headers: str) -> bytes:
    """What the shop's mailer hands in."""
    made = EmailMessage(policy=WIRE_FORM)
    made["From"], made["To"], made["Subject"] = "shop@kettle.example", "you@kettle.example", "Tea"
    if purpose:
        made["X-Troth-Purpose"] = purpose
    for name, value in headers.items():
        made[name] = value
    made.set_content(body)
    return made.as_bytes()


def hand_in(opened: Post, content: bytes, *to: str, sender: str = "shop@kettle.example") -> tuple[int, str]:
    """One conversation with the gate; its answer to the message."""
    controller = Controller(
        Intake(opened, lambda: None),
        hostname="127.0.0.1",
        port=opened.rules.listen.port,
        data_size_limit=opened.rules.largest,
    )
    controller.start()
    try:
        with smtplib.SMTP("127.0.0.1", controller.port) as mailer:
            mailer.ehlo()
            mailer.mail(sender)
            for address in to:
                code, words = mailer.rcpt(address)
                if code != 250:
                    return code, words.decode()
            code, words = mailer.data(content)
            return code, words.decode()
    finally:
        controller.stop()


def carrier(opened: Post, between: Callable[[str], None] = lambda _: None) -> Carrier:
    """Carries on, and tells nobody."""
    return Carrier(opened, lambda _: None, between)


def call(app: Any, method: str, path: str) -> tuple[int, str]:
    """One request to the page behind the links."""
    sent: list[Any] = []
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
        "scheme": "http",
        "server": ("h", 1),
        "client": ("c", 1),
        "http_version": "1.1",
        "root_path": "",
    }

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"List-Unsubscribe=One-Click", "more_body": False}

    async def send(part: object) -> None:
        sent.append(part)

    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], b"".join(part.get("body", b"") for part in sent).decode()


def link_in(content: bytes) -> str:
    """The path behind the public address, from the header that mail programs read."""
    header = message_from_bytes(content, policy=WIRE_FORM)["List-Unsubscribe"]
    return "/" + header.strip("<>").rpartition("/")[2]


def test_only_who_said_yes_gets_the_newsletter_and_one_press_ends_it(shop: Shop) -> None:
    """Two are asked for, one is written to; looking at the link changes nothing, pressing ends it, years later."""
    with hop_at() as (hop, port), post(shop, port) as opened:
        introduce(opened.house, maud=True)
        code, words = hand_in(opened, mail(), MAUD_AT, JONAS_AT)
        assert (code, words.endswith("1 of 2")) == (250, True)
        assert carrier(opened).round() == 1
        assert [to for to, _ in hop.taken] == [MAUD_AT]
        assert "X-Troth-Purpose" not in hop.taken[0][1].decode()
        link = link_in(hop.taken[0][1])
        assert f"https://choices.ellery.example/stop{link}" in hop.texts()[0][1]
        app = links_app(opened)
        assert call(app, "GET", link)[0] == 200
        assert hand_in(opened, mail(), MAUD_AT)[0] == 250, "a look changed something"
        status, page = call(app, "POST", link)
        assert (status, "Stopped" in page) == (200, True)
        assert carrier(opened).round() == 0, "it was queued before the press, and left after it"
        assert hand_in(opened, mail(), MAUD_AT) == (550, f"5.7.1 choice-no: {NOBODY}")
        assert call(app, "POST", link)[0] == 200, "a second press is no error"
        assert call(app, "POST", link[:-4] + "AAAA")[0] == 404


NOBODY = "nobody it is for may be written to for `newsletter`"


def test_a_service_message_goes_to_both_and_its_advertising_to_one(shop: Shop) -> None:
    """The block hangs on a choice; the message itself on the contract."""
    body = "Your tea left.\n[troth:block offers]\nTen percent!\n[troth:end]\nGoodbye\n"
    with hop_at() as (hop, port), post(shop, port) as opened:
        introduce(opened.house, maud=True)
        assert hand_in(opened, mail("selling", body), MAUD_AT, JONAS_AT)[0] == 250
        assert carrier(opened).round() == 2
        shown = dict(hop.texts())
        assert ("percent" in shown[MAUD_AT], "percent" in shown[JONAS_AT]) == (True, False)
        assert "Your tea left." in shown[JONAS_AT]
        assert call(links_app(opened), "POST", link_in(hop.taken[0][1]))[0] == 200
        hand_in(opened, mail("selling", body), MAUD_AT)
        carrier(opened).round()
        assert "percent" not in hop.texts()[-1][1], "the link ends the advertising, and not the message"
        assert "Your tea left." in hop.texts()[-1][1]


def test_a_withdrawal_between_queue_and_hand_over_is_heard(shop: Shop) -> None:
    """Before it is taken up, and in the last moment, when copy and next hop are ready."""
    with hop_at() as (hop, port), post(shop, port) as opened:
        introduce(opened.house, maud=True)
        hand_in(opened, mail(), MAUD_AT)
        assert (
            carrier(opened, lambda step: say(opened.house, yes=False) if step == "next hop ready" else None).round()
            == 0
        )
        assert (hop.taken, opened.spool.ids()) == ([], [])
        say(opened.house, yes=True)
        hand_in(opened, mail(), MAUD_AT)
        assert carrier(opened).round() == 1, "a new yes is heard as well"


def test_a_block_that_is_withdrawn_in_the_last_moment_does_not_leave(shop: Shop) -> None:
    """The message is made anew, without it."""
    with hop_at() as (hop, port), post(shop, port) as opened:
        introduce(opened.house, maud=True)
        hand_in(opened, mail("selling", "Left.\n[troth:block offers]\nTen percent!\n[troth:end]\n"), MAUD_AT)
        carrier(opened, lambda step: say(opened.house, yes=False) if step == "next hop ready" else None).round()
        [(_, text)] = hop.texts()
        assert ("Left." in text, "percent" in text) == (True, False)


def test_while_the_next_hop_is_down_messages_wait(shop: Shop) -> None:
    """Nothing is lost, and nothing leaves twice, whatever the hop says in between."""
    with post(shop, port := free_port()) as opened:
        introduce(opened.house)
        assert hand_in(opened, mail("selling"), MAUD_AT, JONAS_AT)[0] == 250
        assert carrier(opened).round() == 0
        with hop_at(port) as (hop, _):
            assert carrier(opened).round() == 0, "it is not pestered"
            shop.clock.at += _minutes(2)
            hop.says = "451 later"
            assert carrier(opened).round() == 0
            hop.says = "250 OK"
            shop.clock.at += _minutes(10)
            assert carrier(opened).round() == 2
            assert Counter(to for to, _ in hop.taken) == {MAUD_AT: 1, JONAS_AT: 1}
            assert opened.spool.ids() == []


def test_what_the_next_hop_will_not_have_goes_back_to_its_sender(shop: Shop) -> None:
    """By name to the sender alone; the parcel is gone then."""
    with hop_at() as (hop, port), post(shop, port) as opened:
        introduce(opened.house)
        hand_in(opened, mail("selling"), MAUD_AT)
        answers = iter(["550 no such box"])
        taking = hop.handle_DATA

        async def once_no(server: SMTP, session: Session, envelope: Envelope) -> str:
            said = next(answers, None)
            return said or await taking(server, session, envelope)

        hop.handle_DATA = once_no  # type: ignore[method-assign]
        assert carrier(opened).round() == 0
        [(to, returned)] = hop.taken
        assert to == "shop@kettle.example"
        assert b"next-hop-550" in returned
        assert b"multipart/report" in returned
        assert opened.spool.ids() == []


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize(("step", "arrives"), [("next hop ready", 1), ("next hop took it", 2), ("written down", 1)])
def test_dying_at_any_step_loses_nothing(shop: Shop, step: str, arrives: int) -> None:
    """A double comes only of a death between the next hop's yes and our writing it down."""
    with hop_at() as (hop, port), post(shop, port) as opened:
        introduce(opened.house)
        hand_in(opened, mail("selling"), MAUD_AT)

        def die(now: str) -> None:
            if now == step:
                raise Killed

        with pytest.raises(Killed):
            carrier(opened, die).round()
        carrier(opened).round()
        assert len(hop.taken) == arrives
        assert opened.spool.ids() == []
        assert [each.what.purpose for each in released(opened)] == ["selling"], "once in the ledger, whatever happened"


@pytest.mark.parametrize(
    ("content", "sender", "says"),
    [
        (mail(""), "shop@kettle.example", "550 5.7.1 no-purpose"),
        (mail("nonsense"), "shop@kettle.example", "550 5.7.1 unknown-purpose"),
        (mail("bookkeeping"), "shop@kettle.example", "550 5.7.1 channel-closed"),
        (mail("selling", "[troth:block adverts]\nx\n[troth:end]\n"), "shop@kettle.example", "550 5.7.1 unknown-block"),
        (mail("selling", "[troth:block offers]\nx\n"), "shop@kettle.example", "554 5.6.0 block-not-closed"),
        (b"Received: x\r\n" * 31 + mail("selling"), "shop@kettle.example", "554 5.4.6"),
        (b"X-Troth-Purpose: selling\r\n" + mail("newsletter"), "shop@kettle.example", "550 5.7.1 no-purpose"),
    ],
)
def test_what_is_refused_while_the_mailer_still_has_it(shop: Shop, content: bytes, sender: str, says: str) -> None:
    """With a code and in words; nothing is kept."""
    with hop_at() as (hop, port), post(shop, port) as opened:
        introduce(opened.house, maud=True)
        code, words = hand_in(opened, content, MAUD_AT, sender=sender)
        assert f"{code} {words}".startswith(says)
        assert (hop.taken, opened.spool.ids()) == ([], [])


@pytest.mark.parametrize("address", ["no-at-sign", "a@b@c.example", "maud@ellery.example\x00x", "@"])
def test_an_address_that_cannot_be_one_is_refused(shop: Shop, address: str) -> None:
    """And injects nothing."""
    with hop_at() as (hop, port), post(shop, port) as opened:
        introduce(opened.house)
        try:
            code, _ = hand_in(opened, mail("selling"), address)
        except (ValueError, smtplib.SMTPException):
            code = 553  # the sending library will not even say it
        assert code in (501, 553)
        assert hop.taken == []


def test_a_rule_for_senders_stands_in_for_the_header(shop: Shop) -> None:
    """For mailers that cannot set one."""
    with hop_at() as (hop, port), post(shop, port) as opened:
        introduce(opened.house, maud=True)
        assert hand_in(opened, mail(""), MAUD_AT, sender="news@kettle.example")[0] == 250
        assert carrier(opened).round() == 1
        assert hop.taken


def test_the_spool_says_nothing_in_clear(shop: Shop) -> None:
    """Neither who, nor what; and a parcel that was changed or moved is not opened."""
    with post(shop, free_port()) as opened:
        introduce(opened.house)
        hand_in(opened, mail("selling", "canary-7f3a\n"), MAUD_AT)
        carrier(opened).round()
        files = list((shop.home / "spool").iterdir())
        everything = b"".join(path.read_bytes() for path in files)
        assert len(files) == 2
        assert all(word not in everything for word in (b"canary", b"maud", b"kettle"))
        assert all(path.stat().st_mode & 0o077 == 0 for path in files)
        parcel = next(path for path in files if path.suffix == ".parcel")
        parcel.rename(parcel.with_stem("moved"))
        with pytest.raises(InputError, match="cannot be opened"):
            opened.spool.parcel("moved")


def test_without_the_ledger_advertising_waits_and_service_goes_on(shop: Shop) -> None:
    """And what left is ledgered when the ledger is back."""
    with hop_at() as (hop, port), post(shop, port) as opened:
        introduce(opened.house, maud=True)
        name = database_of(shop)
        hand_in(opened, mail("newsletter"), MAUD_AT)
        hand_in(opened, mail("selling"), MAUD_AT)
        admin("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false", name)
        cut(name)
        try:
            carrier(opened).round()
            assert [_plain(content).strip() for _, content in hop.taken] == ["New teas!"]
            assert len(opened.spool.ids()) == 2
        finally:
            admin("ALTER DATABASE {} WITH ALLOW_CONNECTIONS true", name)
        _until(lambda: answers(opened.house))
        shop.clock.at += _minutes(2)
        carrier(opened).round()
        assert len(hop.taken) == 2
        with opened.house.unit() as unit:
            assert len(unit.events.of_case("", ())) == 0
        assert sorted(each.what.purpose for each in released(opened)) == ["newsletter", "selling"]
        assert opened.spool.ids() == []


def database_of(shop: Shop) -> str:
    """Name of the state's database."""
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415

    secrets = dict(line.partition("=")[::2] for line in (shop.home / "secrets.env").read_text().splitlines())
    return str(conninfo_to_dict(secrets["STATE"])["dbname"])


def answers(house: House) -> bool:
    """Whether the ledger answers again: the pool of connections takes a moment."""
    try:
        with house.unit():
            return True
    except StateError:
        return False


def released(opened: Post, who: str = MAUD) -> list[Released]:
    """What left about somebody, as the ledger knows it."""
    with opened.house.unit() as unit:
        [identifier] = identifiers_from(opened.house, pairs([who]), proven=True)
        return list(unit.facts.releases(unit.persons.by(identifier) or ""))


def cut(name: str) -> None:
    """End every connection to a database."""
    import psycopg  # noqa: PLC0415
    from tests.ledger.conftest import url  # noqa: PLC0415

    with psycopg.connect(url("postgres").reveal(), autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))


def test_killed_again_and_again_the_gate_loses_nothing(shop: Shop) -> None:
    """The real process, kill -9 in the middle, started again: everybody gets it, almost nobody twice."""
    with hop_at() as (hop, port):
        hop.slow = 0.05
        ports = settings(shop, port)
        with shop.house() as house:
            introduce(house)
        accepted = 0
        for kill in (True, True, False):
            with running(shop) as gate:
                with smtplib.SMTP("127.0.0.1", ports["listen"]) as mailer:
                    for _ in range(5):
                        mailer.sendmail("shop@kettle.example", [MAUD_AT, JONAS_AT], mail("selling", f"n{accepted}\n"))
                        accepted += 1
                if kill:
                    gate.kill()
                else:
                    _until(lambda: not list((shop.home / "spool").glob("*.parcel")))
                    gate.send_signal(signal.SIGTERM)
        arrived = Counter((to, text.split()[0]) for to, text in hop.texts())
        assert set(arrived) == {(to, f"n{n}") for to in (MAUD_AT, JONAS_AT) for n in range(accepted)}
        assert sum(arrived.values()) - len(arrived) <= 2, "more doubles than deaths"


@contextmanager
def running(shop: Shop) -> Iterator[subprocess.Popen[str]]:
    """The gate as its own process, ready to listen."""
    command = [sys.executable, "-m", "troth", "mail-gate", "--home", str(shop.home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ}, cwd=shop.folder) as gate:
        assert gate.stdout is not None
        assert gate.stdout.readline().startswith("mail: ")
        try:
            yield gate
        except BaseException:
            gate.kill()
            raise


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline, "it never came to an end"
        time.sleep(0.05)


def _minutes(number: int) -> Any:
    from datetime import timedelta  # noqa: PLC0415

    return timedelta(minutes=number)
