"""Recipients that got the data are told, reminded, and believed only when they have answered (Art. 19).

What is open is written in the ledger, not in the outbox: a mailer that empties the folder has answered nothing.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta

from troth.desk.house import House
from troth.model.problem import InputError
from troth.ports.state import Happened, Unit

ASKED, SENT, ANSWERED, LATE = "recipient.asked", "recipient.sent", "recipient.acknowledged", "recipient.late"
REMIND = "recipient.remind"
AGAIN = timedelta(days=7)


def note(unit: Unit, kind: str, case_id: str, about: Mapping[str, Collection[str]]) -> None:
    """Write an event about each recipient of one case, with the elements it is about.

    Recipients are declared organisations, never persons, and elements are ids.
    """
    said = [{"case": case_id, "recipient": name, "elements": sorted(elements)} for name, elements in about.items()]
    unit.events.record_all(kind, [(each, ()) for each in said])


def asked_and_unanswered(unit: Unit, case_id: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Recipients that were asked, and those that have not answered since about something."""
    events = unit.events.of_case(case_id, (ASKED, ANSWERED))
    return tuple(_left(events, "")), tuple(_left(events, ANSWERED))


def unanswered(house: House, case_id: str) -> tuple[str, ...]:
    """Recipients that were asked about something after which they have not answered."""
    with house.unit() as unit:
        return asked_and_unanswered(unit, case_id)[1]


def unsent(house: House, case_id: str) -> tuple[str, ...]:
    """Recipients that are to be asked about something of which no letter was handed over yet."""
    with house.unit() as unit:
        return tuple(_left(unit.events.of_case(case_id, (ASKED, SENT)), SENT))


def _left(events: Iterable[Happened], kind: str) -> dict[str, set[str]]:
    """Recipient -> elements it was asked about and that no later event of this kind covers.

    A case may be planned again, and ask the same recipient about more: then what came before does not cover it.
    """
    covered: dict[str, set[str]] = {}
    left: dict[str, set[str]] = {}
    for event in events:
        name, elements = str(event.envelope["recipient"]), set(event.envelope.get("elements", ()))
        if event.kind == ASKED and (name not in covered or elements - covered[name]):
            left.setdefault(name, set()).update(elements)
        elif event.kind == kind and name in left:
            covered.setdefault(name, set()).update(left.pop(name))
    return left


def acknowledge(house: House, case_id: str, recipient: str, *, by: str) -> None:
    """Write down that a recipient has answered, then destroy the letter. Raises InputError when none is open."""
    still = unanswered(house, case_id)
    if recipient not in still:
        remedy = f"open: {', '.join(f'`{name}`' for name in still) or 'none'}"
        raise InputError("no-letter", f"`{recipient}` has no open letter in case `{case_id}`", remedy, exit_code=2)
    with house.unit(by) as unit:
        note(unit, ANSWERED, case_id, {recipient: ()})
    house.outbox.acknowledge(case_id, recipient)


def remind(house: House, case_id: str) -> None:
    """The day by which recipients were to answer has passed: say so in the ledger, and look again in a week."""
    late = unanswered(house, case_id)
    if not late:
        return
    with house.unit() as unit:
        note(unit, LATE, case_id, dict.fromkeys(late, ()))
        unit.due.add(REMIND, case_id, house.clock.now() + AGAIN)
