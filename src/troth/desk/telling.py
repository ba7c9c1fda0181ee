"""Recipients that got the data are told, reminded, and believed only when they have answered (Art. 19).

What is open is written in the ledger, not in the outbox: a mailer that empties the folder has answered nothing.
"""

from datetime import timedelta

from troth.desk.house import House
from troth.model.problem import InputError
from troth.ports.state import Unit

ASKED, SENT, ANSWERED, LATE = "recipient.asked", "recipient.sent", "recipient.acknowledged", "recipient.late"
REMIND = "recipient.remind"
AGAIN = timedelta(days=7)


def note(unit: Unit, kind: str, case_id: str, *recipients: str) -> None:
    """Write an event about each recipient of one case; recipients are declared organisations, never persons."""
    unit.events.record_all(kind, [({"case": case_id, "recipient": recipient}, ()) for recipient in recipients])


def asked(house: House, case_id: str) -> tuple[str, ...]:
    """Recipients that were asked, whether or not they have answered."""
    return _without(house, case_id, "")


def unanswered(house: House, case_id: str) -> tuple[str, ...]:
    """Recipients that were asked and have not answered."""
    return _without(house, case_id, ANSWERED)


def unsent(house: House, case_id: str) -> tuple[str, ...]:
    """Recipients that are to be asked and whose letter was not handed over yet."""
    return _without(house, case_id, SENT)


def _without(house: House, case_id: str, kind: str) -> tuple[str, ...]:
    with house.unit() as unit:
        events = unit.events.of_case(case_id, (ASKED, kind))
    wanted = {str(event.envelope["recipient"]): None for event in events if event.kind == ASKED}
    there = {str(event.envelope["recipient"]) for event in events if event.kind == kind}
    return tuple(recipient for recipient in wanted if recipient not in there)


def acknowledge(house: House, case_id: str, recipient: str, *, by: str) -> None:
    """Write down that a recipient has answered, then destroy the letter. Raises InputError when none is open."""
    still = unanswered(house, case_id)
    if recipient not in still:
        remedy = f"open: {', '.join(f'`{name}`' for name in still) or 'none'}"
        raise InputError("no-letter", f"`{recipient}` has no open letter in case `{case_id}`", remedy, exit_code=2)
    with house.unit(by) as unit:
        note(unit, ANSWERED, case_id, recipient)
    house.outbox.acknowledge(case_id, recipient)


def remind(house: House, case_id: str) -> None:
    """The day by which recipients were to answer has passed: say so in the ledger, and look again in a week."""
    late = unanswered(house, case_id)
    if not late:
        return
    with house.unit() as unit:
        note(unit, LATE, case_id, *late)
        unit.due.add(REMIND, case_id, house.clock.now() + AGAIN)
