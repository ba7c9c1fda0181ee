"""What happened while our own database did not answer is written down once it does, each note once.

That is what left, and what somebody said by a link in a message.

A note says who it was about in the identifiers that were given. They are looked up when the database is back: whoever
they lead to then has it among their releases. Where they lead to nobody, or to several, it is kept without a person.
"""

from datetime import datetime

from troth.desk.asking import one
from troth.desk.house import House
from troth.desk.stopping import pressed
from troth.model.event import Json
from troth.model.person import Identifier
from troth.model.personal import Personal
from troth.model.problem import InputError
from troth.ports.facts import Release
from troth.ports.state import Unit


def waiting(house: House) -> int:
    """How many releases, and presses on links, are noted on this machine and not yet in the ledger."""
    return len(house.notes.waiting())


def hand_in(house: House) -> int:
    """Write down every note that can be read, the oldest first, and drop it; how many. Raises StateUnavailableError."""
    done = 0
    for name in house.notes.waiting():
        body = house.notes.read(name)
        if body is None:
            continue
        with house.unit() as unit:
            if "pressed" in body.reveal():
                pressed(house, unit, body.reveal())
            else:
                _write(unit, body.reveal())
        house.notes.drop(name)
        done += 1
    return done


def _write(unit: Unit, said: Json) -> None:
    what = Release(**{**said["release"], "elements": tuple(said["release"]["elements"])})
    given = [Identifier(kind, Personal(value), proven, origin) for kind, value, proven, origin in said["identifiers"]]
    try:
        person = said.get("person") or one(unit, given)
    except InputError:
        person = None
    unit.facts.release([person] if person else [], what, at=datetime.fromisoformat(said["at"]), note=said["note"])
