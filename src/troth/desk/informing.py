"""Each person is told of a change of the notice that waits for them, or that was promised to be told in a message.

Who is told, and what came of it, is written down person by person: before a message is handed over, and after. What a
process had begun when it ended is begun again, because nobody knows how far it came: such a message may come twice, and
the ledger says so. A message that comes back takes back what it had opened.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from email.message import Message as Mail
from hashlib import sha256

from troth.desk.gather import gather
from troth.desk.governing import version as version_of
from troth.desk.house import House
from troth.desk.pace import Later
from troth.model.change import Followed, Telling
from troth.model.person import Identifier
from troth.model.personal import Personal
from troth.model.policy import Policy
from troth.model.problem import InputError
from troth.policy.diff import diff
from troth.ports.notices import Outcome, ToTell
from troth.ports.outbox import Handed, Handing, Mailer, Message
from troth.ports.state import Unit
from troth.ports.store import Unreachable
from troth.show.message import PersonMessage, change_message

GROUP = 20
"""Messages between two looks at the ledger: as many may come twice where a process is ended in the middle."""
AGAIN = timedelta(minutes=15)
GIVE_UP = timedelta(days=5)
"""For how long a server may ask us to come back."""
EXPIRED, NO_ADDRESS, OBJECTED = "expired", "no-address", "objected"
_MARK = re.compile(r"\bnotice-[0-9a-f]{40}\b")
_STATUS = re.compile(r"^[245]\.\d{1,3}\.\d{1,3}$")


def tell(house: House, version: str) -> Later | None:
    """Write to everybody who is still to be told about a version; what the server puts off is tried again later.

    Raises InputError `no-mailer`, `notice-busy`, Unreachable.
    """
    if house.mailer is None:
        raise InputError("no-mailer", "no mail server is set up", "declare one: `[messages]` in settings.toml")
    with house.state.holding(f"notice:{version}") as mine:
        if not mine:
            raise InputError("notice-busy", "somebody else tells people about this version just now", "look again")
        return _tell(house, house.mailer, version)


def _tell(house: House, mailer: Mailer, version: str) -> Later | None:
    with house.unit() as unit:
        change = unit.notices.followed(version)
        if change is None or not change.message:
            return None
        messages = _Messages(house, version_of(house, unit, version))
    after, put_off = "", False
    while True:
        group = _group(house, change, after)
        if not group:
            return Later(house.clock.now() + AGAIN, "mail-later") if put_off else None
        after = group[-1].who.person
        put_off |= _write_to(house, mailer, change, messages, group)


@dataclass(frozen=True)
class _Addressed:
    """Somebody who is to be told, and where."""

    who: ToTell
    address: Personal[str] | None
    why: str = ""
    """Why they are not written to."""


def _group(house: House, change: Followed, after: str) -> list[_Addressed]:
    """The next few, with their addresses; a store that does not answer keeps them waiting."""
    with house.unit() as unit:
        people = unit.notices.to_tell(change.version, after=after, limit=GROUP)
        found = [(each, unit.persons.identifiers(each.person), _objects(unit, change, each)) for each in people]
    return [
        _Addressed(who, None, OBJECTED) if objects else _Addressed(who, _address(house, known), NO_ADDRESS)
        for who, known, objects in found
    ]


def _objects(unit: Unit, change: Followed, who: ToTell) -> bool:
    """Whether they want no messages, and this one was not promised to pass all the same."""
    if change.despite_objection:
        return False
    objections = unit.facts.of(who.person).objections or ()
    return any((each.marketing or not each.purpose) and each.channel in ("", "email") for each in objections)


def _address(house: House, known: Sequence[Identifier]) -> Personal[str] | None:
    """Where they are written to: an address of theirs that we know, a verified one first, or one in their own rows."""
    addresses = [each for each in known if each.kind == "email"]
    if not addresses and known:
        gathered = gather(house, known, ours=False)
        addresses = [each for each in gathered.identifiers if each.kind == "email"]
        for error in gathered.unreachable.values() if not addresses else ():
            raise error
    return next((each.value for each in sorted(addresses, key=lambda each: not each.proven)), None)


def _write_to(
    house: House, mailer: Mailer, change: Followed, messages: "_Messages", group: Sequence[_Addressed]
) -> bool:
    """Tell a few people; whether the server put any of them off."""
    ready = [each for each in group if each.address]
    nowhere = [Outcome(each.who.person, Telling.NO_WAY, each.why) for each in group if not each.address]
    with house.unit() as unit:
        ours = [(each.who, messages.to(unit, each)) for each in ready]
        unit.notices.intend(change.version, {who.person: message.mark for who, message in ours})
        unit.notices.settle(change.version, nowhere)
    if not ours:
        return False
    house.between("about to tell")
    outcomes: list[Outcome] = []
    begun = 0
    try:
        with mailer.line() as hand:
            for who, message in ours:
                begun += 1
                outcomes.append(_outcome(house, mailer, who, hand(message)))
                house.between("told one")
    except Unreachable:  # the one in hand stays as it is: begun; those behind it were not touched
        outcomes += [Outcome(who.person, Telling.LATER) for who, _ in ours[begun:] if not who.again]
        _settle(house, change, outcomes)
        raise
    _settle(house, change, outcomes)
    return any(outcome.state is Telling.LATER for outcome in outcomes)


def _settle(house: House, change: Followed, outcomes: Sequence[Outcome]) -> None:
    with house.unit() as unit:
        unit.notices.settle(change.version, outcomes)
    house.between("told some")


def _outcome(house: House, mailer: Mailer, who: ToTell, handed: Handed) -> Outcome:
    now = house.clock.now()
    match handed.what:
        case Handing.ACCEPTED:
            return Outcome(who.person, Telling.ACCEPTED, counts_from=now + mailer.settles, again=who.again)
        case Handing.LATER if who.since is None or now - who.since < GIVE_UP:
            return Outcome(who.person, Telling.LATER, handed.why, again=who.again)
        case Handing.LATER:
            return Outcome(who.person, Telling.BOUNCED, EXPIRED, again=who.again)
        case _:
            return Outcome(who.person, Telling.BOUNCED, handed.why, again=who.again)


@dataclass
class _Messages:
    """What is written: one message for all whom the same version governs and who read the same languages."""

    house: House
    after: Policy
    made: dict[tuple[str, tuple[str, ...]], PersonMessage] = field(default_factory=dict)

    def to(self, unit: Unit, to: _Addressed) -> Message:
        """The message to one person."""
        languages = self.after.organisation.languages
        key = to.who.governed_by, languages
        if key not in self.made:
            before = version_of(self.house, unit, to.who.governed_by) if to.who.governed_by else self.after
            found = diff(before, self.after)
            self.made[key] = change_message(before, self.after, found, self.house.catalog, languages)
        said = self.made[key]
        assert to.address is not None  # noqa: S101 - only those with an address are written to
        return Message(to.address, said.subject, said.text, mark_of(self.after.hash, to.who.person))


def mark_of(version: str, person: str) -> str:
    """The name of the message to one person about one version: the same however often it is sent."""
    return f"notice-{sha256(f'{version} {person}'.encode()).hexdigest()[:40]}"


# --- What comes back --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Returned:
    """What a report about messages came to."""

    bounced: int
    known: int
    """Of how many messages of ours it speaks."""


def returned(house: House, report: bytes, *, by: str) -> Returned:
    """Take in one delivery status report (RFC 3464). One that speaks of no message of ours, or of no failure, is read.

    Raises InputError `no-report` where it is no such report.
    """
    with house.unit(by) as unit:
        found = [(unit.notices.marked(mark), why) for mark, why in _failures(report)]
        whose = [(known, why) for known, why in found if known]
        bounced = sum(unit.notices.bounce(version, person, why) for (version, person), why in whose)
    return Returned(bounced, len(whose))


def _failures(report: bytes) -> Iterator[tuple[str, str]]:
    """(mark, code) of what a report says has failed."""
    mail = message_from_bytes(report)
    parts = list(mail.walk())
    status = [part for part in parts if part.get_content_type() == "message/delivery-status"]
    if not status:
        message = "this is no report about a message that came back"
        raise InputError("no-report", message, "give the report itself (RFC 3464), or name the person: `--who`")
    fields = [block for part in status for block in part.get_payload() if isinstance(block, Mail)]
    failed = [block for block in fields if str(block.get("Action", "")).strip().lower() == "failed"]
    if not failed:
        return
    codes = [str(block.get("Status", "")).strip().split(" ")[0] for block in failed]
    why = next((code for code in codes if _STATUS.match(code)), "failed")
    named = [str(block.get("Original-Envelope-Id", "")) for block in fields]
    named += [str(part.get("Message-ID", "")) for part in parts]
    named += [str(part.get_payload()) for part in parts if part.get_content_type() == "text/rfc822-headers"]
    yield from ((mark, why) for mark in dict.fromkeys(m for text in named for m in _MARK.findall(text)))


def came_back(house: House, person: str, *, why: str, by: str) -> bool:
    """An operator says that the last message to somebody came back; False where none counts as accepted."""
    with house.unit(by) as unit:
        accepted = [each for each in unit.notices.tried(person) if each.state is Telling.ACCEPTED]
        return bool(accepted) and unit.notices.bounce(accepted[-1].version, person, why)
