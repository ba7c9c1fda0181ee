"""Messages to people, handed to a mail server in one conversation for many.

The server takes a message or refuses it with a code; its words are dropped, since they may quote an address. What it
took may still come back, to the sender's address, as a report that names the message by its mark.
"""

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime
from ipaddress import ip_address
from typing import Any

from troth.model.personal import Personal, Secret
from troth.model.problem import InputError
from troth.ports.outbox import Handed, Handing, Message
from troth.ports.store import Unreachable

PASSWORD = "MESSAGES_PASSWORD"  # noqa: S105 - the name of the line in secrets.env
KEYS = ("server", "from", "security", "user", "settles")
SECURITY = ("starttls", "tls", "none")
SECONDS = 30.0
SETTLES = 5
"""Days for which servers try to hand a message on, and after which it comes back (RFC 5321 section 4.5.4.1)."""
_ENHANCED = re.compile(rb"^([245]\.\d{1,3}\.\d{1,3})\b")
_NOT_NOW = range(400, 500)


@dataclass(frozen=True)
class MessageSettings:
    """`[messages]` in settings.toml."""

    host: str
    port: int
    sender: str
    """Where messages come from, and come back to."""
    security: str = SECURITY[0]
    user: str = ""
    password: Secret = field(default_factory=lambda: Personal(""))
    settles: timedelta = timedelta(days=SETTLES)


def messages_from(said: object, environment: Mapping[str, str]) -> MessageSettings | None:
    """Settings from what `[messages]` says; None where it says nothing. Raises InputError `bad-message-settings`."""
    if not said:
        return None
    words: dict[str, Any] = said if isinstance(said, dict) else {"": said}
    host, _, port = str(words.get("server", "")).rpartition(":")
    security, settles = words.get("security", SECURITY[0]), words.get("settles", SETTLES)
    _must(set(words) <= set(KEYS), f"it may hold {', '.join(f'`{key}`' for key in KEYS)}")
    _must(bool(host) and port.isdigit(), '`server` is a host with its port: `"mail.example:587"`')
    _must("@" in str(words.get("from", "")), "`from` is the address that messages come from and come back to")
    _must(security in SECURITY, f"`security` is one of {', '.join(f'`{each}`' for each in SECURITY)}")
    _must(security != "none" or _here(host), "`security` may be `none` for a server on this machine alone")
    _must(type(settles) is int and settles >= 0, "`settles` is a number of days")
    user = str(words.get("user", ""))
    _must(not user or PASSWORD in environment, f"`user` needs a line `{PASSWORD}=...` in secrets.env")
    password = Personal(environment.get(PASSWORD, ""))
    return MessageSettings(host, int(port), str(words["from"]), security, user, password, timedelta(days=settles))


def _must(holds: bool, remedy: str) -> None:  # noqa: FBT001 - a condition
    if not holds:
        raise InputError("bad-message-settings", "settings.toml, `[messages]` is not as expected", remedy, exit_code=3)


def _here(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host.strip("[]")).is_loopback
    return host == "localhost"


class SmtpMailer:
    """The `Mailer` port."""

    def __init__(self, settings: MessageSettings) -> None:
        self._settings = settings

    @property
    def settles(self) -> timedelta:
        """See the port."""
        return self._settings.settles

    @contextmanager
    def line(self) -> Iterator[Callable[[Message], Handed]]:
        """See the port."""
        try:
            server = self._open()
        except (OSError, smtplib.SMTPException, ssl.SSLError) as error:
            raise _away(error) from None
        try:
            yield lambda message: self._hand(server, message)
        finally:
            with suppress(OSError, smtplib.SMTPException):
                server.quit()

    def _open(self) -> smtplib.SMTP:
        said = self._settings
        context = ssl.create_default_context()
        if said.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(said.host, said.port, timeout=SECONDS, context=context)
        else:
            server = smtplib.SMTP(said.host, said.port, timeout=SECONDS)
        server.ehlo_or_helo_if_needed()
        if said.security == "starttls":
            server.starttls(context=context)
            server.ehlo()
        if said.user:
            server.login(said.user, said.password.reveal())
        return server

    def _hand(self, server: smtplib.SMTP, message: Message) -> Handed:
        """One message. A refusal ends that message alone; a broken line ends the conversation."""
        reports = server.has_extn("dsn")
        try:
            for code, words in (
                server.mail(self._settings.sender, [f"ENVID={message.mark}", "RET=HDRS"] if reports else []),
                server.rcpt(message.to.reveal(), ["NOTIFY=FAILURE"] if reports else []),
            ):
                if code >= 400:  # noqa: PLR2004 - where refusals begin
                    server.rset()
                    return _refused(code, words)
            code, words = server.data(self._written(message))
        except smtplib.SMTPDataError as error:
            return _refused(error.smtp_code, error.smtp_error)
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            raise _away(error) from None
        return _refused(code, words) if code >= 400 else Handed(Handing.ACCEPTED)  # noqa: PLR2004

    def _written(self, message: Message) -> bytes:
        """In the form of RFC 5322, as what it is: written by a machine, and answered to nobody's filter."""
        written = EmailMessage(policy=SMTP)
        written["From"] = self._settings.sender
        written["To"] = message.to.reveal()
        written["Subject"] = message.subject
        written["Date"] = format_datetime(localtime())
        written["Message-ID"] = f"<{message.mark}@{self._settings.sender.rpartition('@')[2]}>"
        written["Auto-Submitted"] = "auto-generated"
        written.set_content(message.text, cte="quoted-printable")
        return written.as_bytes()


def _refused(code: int, words: bytes | str) -> Handed:
    found = _ENHANCED.match(words if isinstance(words, bytes) else words.encode())
    why = found[1].decode() if found else str(code)
    return Handed(Handing.LATER if code in _NOT_NOW else Handing.REFUSED, why)


def _away(error: Exception) -> Unreachable:
    """What went wrong, by the kind of it: its words may quote an address."""
    return Unreachable(
        "mail", "mail-unreachable", f"the mail server did not answer as it should ({type(error).__name__})"
    )
