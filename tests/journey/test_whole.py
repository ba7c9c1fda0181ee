"""The main road, once: everything the harder cases take for granted."""

from examples.airline.data import cast
from tests.journey.world import Airline, number, receipt, whole
from troth.model.case import CaseState


def test_ordinary_person_is_erased_everywhere(airline: Airline) -> None:
    """Ottilie's erasure closes with one receipt in all three stores."""
    with airline.house() as house:
        case, plan, done = whole(airline, house, "erasure", number(cast.DEMO))
        assert done.state is CaseState.CLOSED
        assert {line["store"] for line in receipt(house, case)["stores"]} == {"bookings", "loyalty", "website"}
