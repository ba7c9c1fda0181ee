"""Everything the mail path works with, put together once by wire.py."""

from dataclasses import dataclass
from datetime import datetime

from troth.desk.house import House
from troth.desk.mail_rules import MailRules
from troth.desk.mailing import Links
from troth.model.problem import InputError
from troth.ports.spool import Spool

LOOKED_AT = 1000
"""Parcels that are opened to see whether they can be."""


@dataclass(frozen=True)
class Post:
    """The mail path of one installation."""

    house: House
    rules: MailRules
    spool: Spool
    links: Links


@dataclass(frozen=True)
class MailWaiting:
    """What waits in the mail path."""

    parcels: int = 0
    since: datetime | None = None
    """When the oldest of them came."""
    damaged: tuple[str, ...] = ()
    """Names of parcels that cannot be opened, and so never leave by themselves."""


def waiting_in(spool: Spool | None) -> MailWaiting:
    """Look at a spool; None: there is no mail path."""
    names = spool.ids() if spool else ()
    arrived, damaged = [], []
    for name in names[:LOOKED_AT] if spool else ():
        try:
            if spool and (parcel := spool.parcel(name)):
                arrived.append(parcel.arrived)
        except InputError:
            damaged.append(name)
    return MailWaiting(len(names), min(arrived, default=None), tuple(damaged))
