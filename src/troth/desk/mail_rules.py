"""What one installation says about its mail: who hands messages in, where they go on to, what each is for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from troth.model.problem import InputError

HEADER = "X-Troth-Purpose"
KEYS = ("listen", "next", "tls", "header", "links", "links-listen", "largest", "senders")
HERE = frozenset({"127.0.0.1", "::1", "localhost"})
LARGEST = 25_000_000
"""Octets of a message, unless the settings say otherwise."""
_HEADER = re.compile(r"X-[A-Za-z0-9-]+", re.IGNORECASE)
_PLACE = re.compile(r"\[?(?P<host>[A-Za-z0-9.:-]+?)\]?:(?P<port>[0-9]{1,5})")
_LINKS = re.compile(r"https://[A-Za-z0-9.-]+(?::[0-9]+)?(?:/[A-Za-z0-9._~/-]*)?")


@dataclass(frozen=True)
class At:
    """Where a server listens."""

    host: str
    port: int


@dataclass(frozen=True)
class MailRules:
    """The table `[mail]` of the settings."""

    listen: At
    next: At
    """The mailer that carries on what may leave."""
    links: str
    """Public address of the page that ends a kind of message; the links in messages begin with it."""
    links_listen: At
    tls: bool = True
    """Whether the next hop must speak STARTTLS with a certificate that holds. On this machine it need not."""
    header: str = HEADER
    """Header in which the sender names the purpose. It does not leave."""
    senders: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Envelope sender, in lower case -> purpose, where there is no header."""
    largest: int = LARGEST


def mail_from(said: Mapping[str, object]) -> MailRules | None:
    """Read the table `[mail]`; None where there is none. Raises InputError `bad-mail-settings`, naming the key."""
    if not said:
        return None
    for key in said:
        if key not in KEYS:
            raise _bad(key, "is not a setting of `[mail]`", f"it may hold {', '.join(f'`{known}`' for known in KEYS)}")
    senders, tls, largest = said.get("senders", {}), said.get("tls", True), said.get("largest", LARGEST)
    if not isinstance(senders, dict) or not all(isinstance(purpose, str) for purpose in senders.values()):
        raise _bad("senders", "is not a table of senders with their purpose", '`"news@example.com" = "newsletter"`')
    if not isinstance(tls, bool):
        raise _bad("tls", "is neither true nor false", "leave it out: then it is true")
    if type(largest) is not int or largest <= 0:
        raise _bad("largest", "is not a number of octets", f"leave it out: then it is {LARGEST}")
    links = str(said.get("links", "")).rstrip("/")
    if not _LINKS.fullmatch(links):
        raise _bad("links", "is not the address of a page", "`https://choices.example.com`, where readers reach it")
    header = _header(said)
    listen, going = _at(said, "listen", "127.0.0.1:2525"), _next(said)
    for key, place in (("listen", listen), ("links-listen", _at(said, "links-listen", "127.0.0.1:8025"))):
        if place.host not in HERE:
            raise _bad(key, "is open to other machines", "listen on 127.0.0.1 and put your mailer or proxy before it")
    return MailRules(
        listen=listen,
        next=going,
        links=links,
        links_listen=_at(said, "links-listen", "127.0.0.1:8025"),
        tls=tls,
        header=header,
        senders=MappingProxyType({sender.lower(): purpose for sender, purpose in senders.items()}),
        largest=largest,
    )


def _header(said: Mapping[str, object]) -> str:
    header = str(said.get("header", HEADER))
    if not _HEADER.fullmatch(header):
        raise _bad("header", "is not a header of your own", f"a name that begins with `X-`, such as `{HEADER}`")
    return header


def _next(said: Mapping[str, object]) -> At:
    going = _at(said, "next", "")
    if going.host in HERE and going.port == _at(said, "listen", "127.0.0.1:2525").port:
        raise _bad("next", "is where the gate itself listens", "name the mailer that carries on what may leave")
    return going


def _at(said: Mapping[str, object], key: str, otherwise: str) -> At:
    found = _PLACE.fullmatch(str(said.get(key, otherwise)))
    if found is None or int(found["port"]) > 65_535:  # noqa: PLR2004 - the last port
        raise _bad(key, "is not HOST:PORT", "for instance `127.0.0.1:2525`")
    return At(found["host"], int(found["port"]))


def _bad(key: str, message: str, remedy: str) -> InputError:
    return InputError("bad-mail-settings", f"settings.toml, `{key}` in `[mail]`: {message}", remedy, exit_code=3)
