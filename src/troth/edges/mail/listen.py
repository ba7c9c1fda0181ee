"""Where a mailer hands its messages in. What is answered with 250 lies in the spool, flushed: it is never lost.

A message that no rule gives a purpose, that nobody can read for certain, or that came by here before is refused while
the mailer still has it. Recipients who may not be written to are dropped: the mailer is told how many, not who.
"""

import asyncio
import re
from collections.abc import Callable
from email.utils import parseaddr
from functools import partial

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from troth.desk.mailing import POLICY_CHANGED, Verdict, changed, judge
from troth.desk.post import Post
from troth.desk.stopping import EMAIL
from troth.model.personal import Personal
from troth.model.problem import InputError
from troth.policy import Unreadable, normal_form
from troth.show.mail import Read, UnreadableMailError, read

HOPS = 30
"""Received lines after which a message is going round in circles (RFC 5321, 6.3, asks for at least 100 in a relay; a
gate stands one hop behind its mailer)."""
MOST = 1000
"""Recipients of one message: each is asked about while the mailer waits."""
_CODE = re.compile(r"[a-z][a-z0-9-]*")


class Intake:
    """The handler of one listener."""

    def __init__(self, post: Post, wake: Callable[[], None]) -> None:
        self._post = post
        self._wake = wake

    async def handle_MAIL(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """An empty sender is a bounce, and goes another way than through here."""
        if not address or not _readable(address):
            return "553 5.1.7 a message from here needs a sender that can be answered"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """An address that cannot be one is refused by itself; the others go on."""
        if len(envelope.rcpt_tos) >= MOST:
            return f"452 4.5.3 no more than {MOST} recipients in one go: hand the others in next"
        if not _readable(address):
            return "553 5.1.3 this is not an address that mail can reach"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take the whole message over, or none of it."""
        content = envelope.content
        sender, recipients = envelope.mail_from or "", list(envelope.rcpt_tos)
        try:
            return await asyncio.to_thread(
                self._take, sender, recipients, content if isinstance(content, bytes) else b""
            )
        except UnreadableMailError as error:
            return f"554 5.6.0 {error.code}: {error.says}"
        except InputError as error:
            if await asyncio.to_thread(changed, self._post.house):
                return f"451 4.3.0 {POLICY_CHANGED}: another version was put in force just now: try again"
            return f"550 5.7.1 {error.code}: {_ascii(error.message)}"
        except Exception:  # noqa: BLE001 - the mailer still has it; what else the error says may hold an address
            return "451 4.3.0 it cannot be kept safely just now: try again"

    async def handle_exception(self, _error: Exception) -> str:
        """The library would log the error with its words, and say them to the mailer."""
        return "451 4.3.0 something went wrong here: try again"

    def _take(self, sender: str, recipients: list[str], content: bytes) -> str:
        said = read(content)
        if said.hops > HOPS:
            return "554 5.4.6 it has been received too often: it goes in circles"
        purpose = self._purpose(said, sender)
        self._blocks_declared(purpose, said)
        answers = {address: self._judged(purpose, address) for address in dict.fromkeys(recipients)}
        going = [address for address, answer in answers.items() if answer.allowed or answer.for_now]
        if not going:
            first = next(iter(answers.values())).code
            return f"550 5.7.1 {first}: nobody it is for may be written to for `{purpose}`"
        name = self._post.spool.put(purpose, sender, going, content, self._post.house.clock.now())
        self._wake()
        return f"250 2.0.0 taken over as {name}: {len(going)} of {len(answers)}"

    def _judged(self, purpose: str, address: str) -> Verdict:
        return judge(self._post.house, self._post.links, purpose, Personal(address))

    def _purpose(self, said: Read, sender: str) -> str:
        """Raises InputError `no-purpose`, `unknown-purpose`, `channel-closed`."""
        rules, policy = self._post.rules, self._post.house.policy
        named = said.headers.get_all(rules.header, [])
        purpose = str(named[0]).strip() if named else rules.senders.get(parseaddr(sender)[1].lower(), "")
        if not purpose or len(named) > 1 or not _CODE.fullmatch(purpose):
            raise InputError("no-purpose", f"the header {rules.header} names no purpose, and no rule knows the sender")
        if purpose not in policy.purposes:
            raise InputError("unknown-purpose", f"{purpose} is not a declared purpose")
        if EMAIL not in policy.purposes[purpose].channels:
            raise InputError("channel-closed", f"{purpose} does not open the channel {EMAIL}")
        return purpose

    def _blocks_declared(self, purpose: str, said: Read) -> None:
        """A block that nobody declared hangs on no choice. Raises InputError `unknown-block`."""
        declared = self._post.house.policy.purposes[purpose].channels[EMAIL].blocks
        if unknown := said.blocks - set(declared):
            raise InputError("unknown-block", f"{', '.join(sorted(unknown))}: no such block of {purpose} is declared")


def listener(post: Post, wake: Callable[[], None]) -> Controller:
    """The listener, not started yet."""
    at = post.rules.listen
    return Controller(
        Intake(post, wake),
        hostname=at.host,
        port=at.port,
        data_size_limit=post.rules.largest,
        enable_SMTPUTF8=True,
        ident="Troth mail gate",
        timeout=300,
    )


def _readable(address: str) -> bool:
    try:
        normal_form(EMAIL, address)
    except Unreadable:
        return False
    return True


_ascii: Callable[[str], str] = partial(re.sub, r"[^ -~]", "?")
