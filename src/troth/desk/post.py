"""Everything the mail path works with, put together once by wire.py."""

from dataclasses import dataclass

from troth.desk.house import House
from troth.desk.mail_rules import MailRules
from troth.desk.mailing import Links
from troth.ports.spool import Spool


@dataclass(frozen=True)
class Post:
    """The mail path of one installation."""

    house: House
    rules: MailRules
    spool: Spool
    links: Links
