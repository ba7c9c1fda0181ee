"""Recipients that got the data are told, reminded, and believed only when they have answered (Art. 19)."""

from datetime import timedelta

from troth.desk.house import House
from troth.model.event import Event
from troth.model.problem import InputError

REMIND = "recipient.remind"
AGAIN = timedelta(days=7)


def acknowledge(house: House, case_id: str, recipient: str, *, by: str) -> None:
    """Write down that a recipient has answered, then destroy the letter. Raises InputError when none is open."""
    if recipient not in house.outbox.open_letters(case_id):
        open_letters = ", ".join(f"`{name}`" for name in house.outbox.open_letters(case_id)) or "none"
        raise InputError(
            "no-letter", f"`{recipient}` has no open letter in case `{case_id}`", f"open: {open_letters}", exit_code=2
        )
    with house.unit(by) as unit:
        envelope = {"case": case_id, "recipient": recipient}
        unit.events.append(Event("recipient.acknowledged", house.clock.now(), envelope, policy=house.policy.hash))
    house.outbox.acknowledge(case_id, recipient)


def remind(house: House, case_id: str) -> None:
    """The day by which recipients were to answer has passed: say so in the ledger, and look again in a week."""
    late = house.outbox.open_letters(case_id)
    if not late:
        return
    with house.unit() as unit:
        for recipient in late:
            envelope = {"case": case_id, "recipient": recipient}
            unit.events.append(Event("recipient.late", house.clock.now(), envelope, policy=house.policy.hash))
        unit.due.add(REMIND, case_id, house.clock.now() + AGAIN)
