"""Handing on what was taken over: each recipient a copy of their own, asked about anew right before it leaves.

The order of one copy: ask, make it, reach the next hop, ask once more, hand over, write down that it left, tell the
ledger. Only a death between the next hop's yes and our writing it down can make a double.
"""

import smtplib
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import SMTP as WIRE_FORM
from email.utils import formatdate, make_msgid
from typing import NamedTuple

from troth.catalog.languages import phrases
from troth.desk.later import hand_in
from troth.desk.mail_rules import HERE
from troth.desk.mailing import POLICY_CHANGED, Verdict, changed, judge, note_sent
from troth.desk.post import Post
from troth.desk.stopping import EMAIL
from troth.model.problem import InputError
from troth.policy import normal_form
from troth.ports.spool import Addressee, Fate, Parcel
from troth.ports.state import StateError
from troth.show.mail import UnreadableMailError, WayOut, made_for

TIMEOUT = 60.0
"""Seconds that the next hop may take for one answer."""
GIVE_UP = timedelta(days=5)
"""After that the sender is told (RFC 5321, 4.5.4.1)."""
FIRST, LONGEST, MANY = timedelta(minutes=1), timedelta(hours=1), 60
TRACE = "troth-mail-gate"
"""Name in the Received line of what passed here: by these lines a loop is seen."""
SEEK_SECONDS = 5.0
TEMPORARY = range(400, 500)


class Fault(NamedTuple):
    """Why a copy did not leave."""

    code: str
    for_now: bool


class PolicyChangedError(Exception):
    """Another version was put in force: the gate has to be opened anew, and nothing leaves before."""


@dataclass(frozen=True)
class Carrier:
    """Carries parcels on."""

    post: Post
    tell: Callable[[str], None]
    between: Callable[[str], None] = lambda _step: None
    """Called at every step boundary: tests stop the process there."""
    stopped: Callable[[], bool] = lambda: False
    unwritten: dict[tuple[str, int], str] = field(default_factory=dict)
    """What left and could not be written down, the disk being full: (parcel, number) -> note for the ledger."""
    seen: set[str] = field(default_factory=set)
    """Parcels whose trouble was told: once is enough."""

    def round(self) -> int:
        """Carry on what is due. Gives how many copies left. Raises PolicyChangedError."""
        self._hear()
        sent = 0
        reached = True
        for name in self.post.spool.ids():
            if self.stopped():
                break
            try:
                left, reached = self._carry(name, reached=reached)
                sent += left
            except InputError as error:
                self._trouble(name, f"{error.code}: {error.message}")
            except PolicyChangedError:
                raise
            except Exception as error:  # noqa: BLE001 - one parcel must not stop the others; words may hold an address
                self._trouble(name, f"unexpected: {type(error).__name__}, parcel {name} waits")
        return sent

    def _trouble(self, name: str, says: str) -> None:
        if name not in self.seen:
            self.seen.add(name)
            self.tell(says)

    def _hear(self) -> None:
        """Presses on links that were noted while the ledger was away come before anything else leaves."""
        with suppress(StateError, InputError):
            if self.post.house.notes.waiting():
                hand_in(self.post.house)

    def _carry(self, name: str, *, reached: bool) -> tuple[int, bool]:
        """How many copies left, and whether the next hop is there. While it is not, nobody else knocks this round."""
        self._write_down(name)
        parcel = self.post.spool.parcel(name)
        if parcel is None:
            return 0, reached
        sent = 0
        if reached and (due := self._due(parcel)):
            sent, reached = self._hand_over(parcel, due)
        self._tell_ledger(parcel)
        self._close(parcel)
        return sent, reached

    def _due(self, parcel: Parcel) -> list[Addressee]:
        now = self.post.house.clock.now()
        return [
            a
            for a in parcel.addressees
            if a.fate == Fate.WAITING
            and (a.next_try is None or a.next_try <= now)
            and (parcel.id, a.number) not in self.unwritten
        ]

    def _hand_over(self, parcel: Parcel, due: list[Addressee]) -> tuple[int, bool]:
        sent = 0
        try:
            with self._next_hop() as hop:
                for addressee in due:
                    sent += self._one(hop, parcel, addressee)
        except (OSError, smtplib.SMTPException) as error:
            left = self.post.spool.parcel(parcel.id)
            for addressee in self._due(left) if left else ():
                self._put_off(parcel, addressee, _fault(error).code)
            return sent, False
        return sent, True

    def _one(self, hop: smtplib.SMTP, parcel: Parcel, addressee: Addressee) -> int:
        """One copy. Raises OSError, SMTPServerDisconnected: the hop is gone, for the others too."""
        verdict = self._ask(parcel, addressee)
        if not verdict.allowed:
            self._say_no(parcel, addressee, verdict)
            return 0
        try:
            copy = self._copy(parcel, verdict)
            _address_it(hop, parcel.sender.reveal(), addressee.address.reveal(), copy)
            self.between("next hop ready")
            again = self._ask(parcel, addressee)
            if (again.allowed, again.blocks) != (True, verdict.blocks):
                hop.rset()
                if again.allowed:  # a block went since: made anew at once
                    return self._one(hop, parcel, addressee)
                self._say_no(parcel, addressee, again)
                return 0
            self.post.spool.begin(parcel.id, addressee.number, self.post.house.clock.now())
            _must(hop.data(copy))
        except (smtplib.SMTPResponseException, UnreadableMailError) as error:
            with suppress(smtplib.SMTPException, OSError):
                hop.rset()
            self._not_taken(parcel, addressee, _fault(error))
            return 0
        self.between("next hop took it")
        self.unwritten[parcel.id, addressee.number] = again.note
        self._write_down(parcel.id)
        self.between("written down")
        return 1

    def _write_down(self, name: str) -> None:
        """Keep what left. While that cannot be written, it is known here, and does not leave again."""
        for parcel, number in [key for key in self.unwritten if key[0] == name]:
            try:
                now = self.post.house.clock.now()
                self.post.spool.settle(name, number, Fate.SENT, self.unwritten[parcel, number], now, None)
            except OSError:
                self._trouble(f"{name} unwritten", f"spool-full: that {name} left cannot be written down")
            else:
                del self.unwritten[parcel, number]

    def _ask(self, parcel: Parcel, addressee: Addressee) -> Verdict:
        post = self.post
        self._hear()
        if parcel.purpose not in post.house.policy.purposes:
            return Verdict(allowed=False, code="purpose-unknown")
        if EMAIL not in post.house.policy.purposes[parcel.purpose].channels:
            return Verdict(allowed=False, code="channel-closed")
        verdict = judge(post.house, post.links, parcel.purpose, addressee.address)
        if verdict.code == POLICY_CHANGED:
            raise PolicyChangedError
        return verdict

    def _copy(self, parcel: Parcel, verdict: Verdict) -> bytes:
        post = self.post
        way_out = None
        if verdict.link:
            words = phrases(post.house.policy.organisation.languages[0])
            way_out = WayOut(f"{post.rules.links}/{verdict.link}", words("mail-way-out"))
        trace = f"by {TRACE} id {parcel.id}; {formatdate(parcel.arrived.timestamp())}"
        content, header = parcel.content.reveal(), post.rules.header
        return made_for(content, keep=verdict.blocks, way_out=way_out, without=(header,), trace=trace)

    # --- What became of it

    def _say_no(self, parcel: Parcel, addressee: Addressee, verdict: Verdict) -> None:
        if verdict.for_now:
            self._put_off(parcel, addressee, verdict.code)
        else:
            self._settle(parcel, addressee, Fate.DROPPED, verdict.code)

    def _not_taken(self, parcel: Parcel, addressee: Addressee, fault: Fault) -> None:
        if fault.for_now:
            self._put_off(parcel, addressee, fault.code)
        else:
            self._give_up(parcel, addressee, fault.code)

    def _put_off(self, parcel: Parcel, addressee: Addressee, code: str) -> None:
        now = self.post.house.clock.now()
        if now - parcel.arrived > GIVE_UP:
            self._give_up(parcel, addressee, code)
            return
        self._settle(parcel, addressee, Fate.WAITING, code, now + FIRST * min(2 ** min(addressee.tries, MANY), MANY))

    def _give_up(self, parcel: Parcel, addressee: Addressee, code: str) -> None:
        """Tell the sender first: a death in between tells them twice, never not at all."""
        try:
            with self._next_hop() as hop:
                hop.sendmail(
                    "",
                    [parcel.sender.reveal()],
                    _returned(self.post, parcel, addressee, code).as_bytes(policy=WIRE_FORM),
                )
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException, UnicodeError) as error:
            if _lasting(error) or self.post.house.clock.now() - parcel.arrived > 2 * GIVE_UP:
                self.tell(f"{parcel.id}: neither it nor its return could be delivered")
                self._settle(parcel, addressee, Fate.FAILED, code)
            else:
                self._later(parcel, addressee, "sender-not-told")
        except (OSError, smtplib.SMTPException):
            self._later(parcel, addressee, "sender-not-told")
        else:
            self._settle(parcel, addressee, Fate.FAILED, code)

    def _later(self, parcel: Parcel, addressee: Addressee, code: str) -> None:
        self._settle(parcel, addressee, Fate.WAITING, code, self.post.house.clock.now() + LONGEST)

    def _settle(
        self, parcel: Parcel, addressee: Addressee, fate: Fate, code: str, again: datetime | None = None
    ) -> None:
        self.post.spool.settle(parcel.id, addressee.number, fate, code, self.post.house.clock.now(), again)

    def _tell_ledger(self, parcel: Parcel) -> None:
        """What left is ledgered as soon as the ledger is there."""
        now = self.post.spool.parcel(parcel.id)
        for addressee in now.addressees if now else ():
            if addressee.fate != Fate.SENT:
                continue
            try:
                note_sent(self.post.house, addressee.note, f"{parcel.id}-{addressee.number}", addressee.address)
            except StateError:
                return
            self._settle(parcel, addressee, Fate.NOTED, addressee.code)

    def _close(self, parcel: Parcel) -> None:
        now = self.post.spool.parcel(parcel.id)
        if now and all(addressee.fate.settled for addressee in now.addressees):
            self.post.spool.done(parcel.id)
            fates = [addressee.fate.value for addressee in now.addressees]
            counts = ", ".join(f"{fates.count(fate)} {fate}" for fate in dict.fromkeys(fates))
            self.tell(f"{parcel.id} {parcel.purpose}: {counts}".replace(Fate.NOTED, Fate.SENT))

    @contextmanager
    def _next_hop(self) -> Iterator[smtplib.SMTP]:
        """A conversation with the next hop. Outside this machine it is encrypted, and the certificate holds."""
        at = self.post.rules.next
        with smtplib.SMTP(at.host, at.port, timeout=TIMEOUT) as hop:
            if self.post.rules.tls and at.host not in HERE:
                hop.starttls(context=ssl.create_default_context())
            hop.ehlo_or_helo_if_needed()
            yield hop


def carry_on(carrier: Carrier, woken: threading.Event, stopped: threading.Event) -> None:
    """Carry parcels on until stopped, or until another version of the policy is put in force.

    What was put off is looked at every few seconds.
    """
    with suppress(PolicyChangedError):
        while not stopped.is_set() and not changed(carrier.post.house):
            woken.clear()
            carrier.round()
            woken.wait(SEEK_SECONDS)


def _address_it(hop: smtplib.SMTP, sender: str, recipient: str, copy: bytes) -> None:
    """Name sender and recipient, the domains in their ASCII form: so much every hop understands."""
    sender, recipient = _reachable(sender), _reachable(recipient)
    options = ["BODY=8BITMIME"] if not copy.isascii() and hop.has_extn("8bitmime") else []
    if not (sender + recipient).isascii() or not copy.partition(b"\r\n\r\n")[0].isascii():
        if not hop.has_extn("smtputf8"):
            raise UnreadableMailError("next-hop-without-smtputf8", "it cannot take this address or these headers")
        options.append("SMTPUTF8")
    _must(hop.mail(sender, options))
    _must(hop.rcpt(recipient))


def _reachable(address: str) -> str:
    return f"{address.rpartition('@')[0]}@{normal_form(EMAIL, address).rpartition('@')[2]}"


def _lasting(error: Exception) -> bool:
    """Whether a return will never be taken."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code not in TEMPORARY for code, _ in error.recipients.values())
    return not _fault(error).for_now


def _must(answer: tuple[int, bytes]) -> None:
    """Raises SMTPResponseException unless the next hop said yes; its words may hold the address, and go no further."""
    if answer[0] not in (250, 251):
        raise smtplib.SMTPResponseException(answer[0], b"")


def _fault(error: Exception) -> Fault:
    if isinstance(error, UnreadableMailError):
        return Fault(error.code, for_now=False)
    if isinstance(error, UnicodeError):
        return Fault("next-hop-without-smtputf8", for_now=False)
    if isinstance(error, smtplib.SMTPResponseException):
        return Fault(f"next-hop-{error.smtp_code}", for_now=error.smtp_code in TEMPORARY)
    return Fault("next-hop-away", for_now=True)


def _returned(post: Post, parcel: Parcel, addressee: Addressee, code: str) -> MIMEMultipart:
    """The message that goes back to the sender (RFC 3464). It quotes nothing of the one that did not arrive."""
    contact = post.house.policy.organisation.contact
    why = (
        "the next mail server would not have it" if code.startswith("next-hop") else "it may not leave as things stand"
    )
    message = MIMEMultipart("report", report_type="delivery-status")
    message["From"], message["To"] = contact, parcel.sender.reveal()
    message["Subject"] = f"Not delivered: {parcel.id}"
    message["Auto-Submitted"] = "auto-replied"
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=contact.rpartition("@")[2])
    says = (
        f"Your message {parcel.id} for the purpose `{parcel.purpose}` could not be delivered to\n\n"
        f"  {addressee.address.reveal()}\n\nbecause {why}: {code}.\n"
    )
    server, recipient = Message(), Message()
    server["Reporting-MTA"] = f"dns; {contact.partition('@')[2]}"
    recipient["Final-Recipient"] = _told_of(addressee.address.reveal())
    recipient["Action"], recipient["Status"] = "failed", "5.0.0"
    status = MIMEBase("message", "delivery-status")
    status.set_payload([server, recipient])
    recipient["Diagnostic-Code"] = f"x-troth; {code}"
    message.attach(MIMEText(says))
    message.attach(status)
    return message


def _told_of(address: str) -> str:
    """An address in a report that every hop can carry (RFC 6533, 3)."""
    if address.isascii():
        return f"rfc822; {address}"
    return "utf-8; " + "".join(each if each.isascii() else f"\\x{{{ord(each):X}}}" for each in address)
