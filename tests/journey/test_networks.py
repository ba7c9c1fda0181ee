"""Lists for networks under the airline's own policy: one scrambled column, a yes to that very network, removals."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from examples.airline.data import cast
from tests.journey.world import Airline, number

from troth.desk import asking
from troth.desk.requests import identifiers_from

ANA, BEN = cast.DEMO, cast.OBJECTOR
PERCH, QUARRY = "audience-perch", "audience-quarry"


def say(airline: Airline, who: cast.CastMember, said: Mapping[str, bool]) -> None:
    """A customer whose address is known, and what they said."""
    with airline.house() as house:
        found = identifiers_from(house, [number(who), ("email", who.email)], proven=True)
        asking.know(house, found, ["customer"], by="staff:ines")
        for choice, yes in said.items():
            asking.choose(house, found, choice, yes=yes, by="staff:ines")


def listed(airline: Airline, folder: Path, network: str, *addresses: str) -> Path:
    """Make the list for a network; where it lies."""
    people, to = folder / "people.csv", folder / f"{network}.csv"
    people.write_text("email,value\n" + "".join(f'" {each.upper()} ",9\n' for each in addresses), encoding="utf-8")
    words = (f"audience-{network}", str(people), "--recipient", network, "--network", "plain", "--to", str(to))
    done = airline.troth("audience", *words, "--by", "ines", "--format", "json")
    assert done.returncode in (0, 2), done.stderr
    assert json.loads(done.stdout)
    return to


def mark(who: cast.CastMember) -> str:
    return sha256(who.email.strip().lower().encode()).hexdigest()


def test_each_network_gets_those_who_said_yes_to_it_and_one_column(airline: Airline, tmp_path: Path) -> None:
    """Whoever chose Perch alone is in no list of Quarry; nothing but the scrambled address stands in either."""
    say(airline, ANA, {PERCH: True})
    say(airline, BEN, {QUARRY: True})
    for network, inside in (("perch", ANA), ("quarry", BEN)):
        text = listed(airline, tmp_path, network, ANA.email, BEN.email).read_text(encoding="utf-8")
        assert text.split() == [mark(inside)]
    refused = airline.troth(
        *("audience", PERCH, str(tmp_path / "people.csv"), "--recipient", "snipe", "--network", "plain"),
        *("--to", str(tmp_path / "snipe.csv"), "--by", "ines"),
    )
    assert refused.returncode != 0
    assert mark(ANA) not in "".join(path.read_text() for path in tmp_path.glob("snipe*"))


def test_whoever_said_no_since_is_named_for_removal(airline: Airline, tmp_path: Path) -> None:
    say(airline, ANA, {PERCH: True})
    say(airline, BEN, {PERCH: True})
    assert len(listed(airline, tmp_path, "perch", ANA.email, BEN.email).read_text().split()) == 2
    say(airline, ANA, {PERCH: False})
    again = listed(airline, tmp_path, "perch", ANA.email, BEN.email)
    assert again.read_text().split() == [mark(BEN)]
    assert (tmp_path / "perch.remove.csv").read_text().split() == [mark(ANA)]
