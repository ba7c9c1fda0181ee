"""Handing on what was taken over: each recipient a copy of their own, asked about anew right before it leaves.

The order of one copy: ask, make it, reach the next hop, ask once more, hand over, write down that it left, tell the
ledger. Only a death between the next hop's yes and our writing it down can make a double.
"""

import smtplib
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import NamedTuple

from troth.catalog.languages import phrases
from troth.desk.mail_rules import HERE
from troth.desk.mailing import Verdict, judge, note_sent
from troth.desk.post import Post
from troth.model.problem import InputError
from troth.ports.spool import Addressee, Fate, Parcel
from troth.ports.state import StateError
from troth.show.mail import UnreadableMailError, WayOut, made_for

TIMEOUT = 60.0
"""Seconds that the next hop may take for one answer."""
GIVE_UP = timedelta(days=5)
"""After that the sender is told (RFC 5321, 4.5.4.1)."""
FIRST, LONGEST = timedelta(minutes=1), timedelta(hours=1)
SEEK_SECONDS = 5.0
TEMPORARY = range(400, 500)


class Fault(NamedTuple):
    """Why a copy did not leave."""

    code: str
    for_now: bool


@dataclass(frozen=True)
class Carrier:
    """Carries parcels on."""

    post: Post
    tell: Callable[[str], None]
    between: Callable[[str], None] = lambda _step: None
    """Called at every step boundary: tests stop the process there."""

    def round(self) -> int:
        """Carry on what is due. Gives how many copies left."""
        return sum(self._carry(name) for name in self.post.spool.ids())

    def _carry(self, name: str) -> int:
        try:
            parcel = self.post.spool.parcel(name)
        except InputError as error:
            self.tell(f"{error.code}: {error.message}")
            return 0
        if parcel is None:
            return 0
        now = self.post.house.clock.now()
        due = [a for a in parcel.addressees if a.fate == Fate.WAITING and (a.next_try is None or a.next_try <= now)]
        sent = self._hand_over(parcel, due) if due else 0
        self._tell_ledger(parcel)
        self._close(parcel)
        return sent

    def _hand_over(self, parcel: Parcel, due: list[Addressee]) -> int:
        sent = 0
        try:
            with self._next_hop() as hop:
                for addressee in due:
                    sent += self._one(hop, parcel, addressee)
        except (OSError, smtplib.SMTPException) as error:
            left = self.post.spool.parcel(parcel.id)
            for addressee in left.addressees if left else ():
                if addressee.number in {a.number for a in due[sent:]} and addressee.fate == Fate.WAITING:
                    self._put_off(parcel, addressee, _fault(error).code)
        return sent

    def _one(self, hop: smtplib.SMTP, parcel: Parcel, addressee: Addressee) -> int:
        """One copy. Raises OSError, SMTPServerDisconnected: the hop is gone, for the others too."""
        verdict = self._ask(parcel, addressee)
        if not verdict.allowed:
            self._say_no(parcel, addressee, verdict)
            return 0
        try:
            copy = self._copy(parcel, verdict)
            _must(hop.mail(parcel.sender.reveal(), ["SMTPUTF8"] if hop.has_extn("smtputf8") else ()))
            _must(hop.rcpt(addressee.address.reveal()))
            self.between("next hop ready")
            again = self._ask(parcel, addressee)
            if (again.allowed, again.blocks) != (True, verdict.blocks):
                hop.rset()
                if again.allowed:  # a block went since: made anew at once
                    return self._one(hop, parcel, addressee)
                self._say_no(parcel, addressee, again)
                return 0
            _must(hop.data(copy))
        except (smtplib.SMTPResponseException, UnreadableMailError) as error:
            with suppress(smtplib.SMTPException, OSError):
                hop.rset()
            self._not_taken(parcel, addressee, _fault(error))
            return 0
        self.between("next hop took it")
        self._settle(parcel, addressee, Fate.SENT, again.token)
        self.between("written down")
        return 1

    def _ask(self, parcel: Parcel, addressee: Addressee) -> Verdict:
        post = self.post
        if parcel.purpose not in post.house.policy.purposes:
            return Verdict(allowed=False, code="purpose-unknown")
        return judge(post.house, post.links, parcel.purpose, addressee.address)

    def _copy(self, parcel: Parcel, verdict: Verdict) -> bytes:
        post = self.post
        way_out = None
        if verdict.link:
            words = phrases(post.house.policy.organisation.languages[0])
            way_out = WayOut(f"{post.rules.links}/{verdict.link}", words("mail-way-out"))
        return made_for(parcel.content.reveal(), keep=verdict.blocks, way_out=way_out, without=(post.rules.header,))

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
        self._settle(parcel, addressee, Fate.WAITING, code, now + min(FIRST * 2**addressee.tries, LONGEST))

    def _give_up(self, parcel: Parcel, addressee: Addressee, code: str) -> None:
        """Tell the sender first: a death in between tells them twice, never not at all."""
        try:
            with self._next_hop() as hop:
                hop.sendmail("", [parcel.sender.reveal()], _returned(self.post, parcel, addressee, code).as_bytes())
        except (OSError, smtplib.SMTPException) as error:
            again = self.post.house.clock.now() + LONGEST
            self._settle(parcel, addressee, Fate.WAITING, _fault(error).code, again)
            return
        self._settle(parcel, addressee, Fate.FAILED, code)

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
                verdict = self._ask(parcel, addressee)
                note_sent(self.post.house, parcel.purpose, verdict, parcel.id, addressee.number)
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
    """Carry parcels on until stopped; what was put off is looked at every few seconds."""
    while not stopped.is_set():
        woken.clear()
        carrier.round()
        woken.wait(SEEK_SECONDS)


def _must(answer: tuple[int, bytes]) -> None:
    """Raises SMTPResponseException unless the next hop said yes; its words may hold the address, and go no further."""
    if answer[0] not in (250, 251):
        raise smtplib.SMTPResponseException(answer[0], b"")


def _fault(error: Exception) -> Fault:
    if isinstance(error, UnreadableMailError):
        return Fault(error.code, for_now=False)
    if isinstance(error, smtplib.SMTPResponseException):
        return Fault(f"next-hop-{error.smtp_code}", for_now=error.smtp_code in TEMPORARY)
    return Fault("next-hop-away", for_now=True)


def _returned(post: Post, parcel: Parcel, addressee: Addressee, code: str) -> MIMEMultipart:
    """The message that goes back to the sender (RFC 3464). It quotes nothing of the one that did not arrive."""
    contact = post.house.policy.organisation.contact
    message = MIMEMultipart("report", report_type="delivery-status")
    message["From"], message["To"] = contact, parcel.sender.reveal()
    message["Subject"] = f"Not delivered: {parcel.id}"
    message["Auto-Submitted"] = "auto-replied"
    says = (
        f"Your message {parcel.id} for the purpose `{parcel.purpose}` could not be delivered to\n\n"
        f"  {addressee.address.reveal()}\n\nbecause the next mail server would not have it: {code}.\n"
    )
    server, recipient = Message(), Message()
    server["Reporting-MTA"] = f"dns; {contact.partition('@')[2]}"
    recipient["Final-Recipient"] = f"rfc822; {addressee.address.reveal()}"
    recipient["Action"], recipient["Status"] = "failed", "5.0.0"
    status = MIMEBase("message", "delivery-status")
    status.set_payload([server, recipient])
    message.attach(MIMEText(says))
    message.attach(status)
    return message
