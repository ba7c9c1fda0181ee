"""Rows of the organisations end with the periods that they promised, by themselves, and what is beside them stays."""

import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.ledger.conftest import drop_database, postgres, url

from troth import wire
from troth.desk import expiring, publishing, working
from troth.desk.house import House
from troth.outbox.files import write_private

__all__ = ["postgres"]

EXAMPLES = Path(__file__).parents[2] / "examples"
pytestmark = pytest.mark.usefixtures("postgres")


@dataclass
class Still:
    """A clock that is set by hand."""

    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass(frozen=True)
class Promised:
    """Rows, the last day on which they still stand, and the one on which they are gone."""

    organisation: str
    store: str
    signs: str
    rows: tuple[str, ...]
    stands: datetime
    gone: datetime
    ended: str
    """Asks for keys of what ends, and of its neighbours that do not."""
    before: tuple[object, ...]
    after: tuple[object, ...]
    beside: str
    """Counts what has nothing to do with it."""


def day(year: int, month: int, number: int) -> datetime:
    return datetime(year, month, number, 12, tzinfo=UTC)


WEBSITE = Promised(
    organisation="website",
    store="letters",
    signs="privacy-office",
    rows=(
        "INSERT INTO conversation VALUES (1, 'max@example.org', 'Max', NULL, 'form', 0, '2026-03-01', NULL, NULL)",
        "INSERT INTO conversation VALUES (2, 'ada@example.org', 'Ada', NULL, 'form', 0, '2026-03-07', NULL, NULL)",
        "INSERT INTO message VALUES (10, 1, 0, 'How long does a new bridge take?')",
        "INSERT INTO submission_trace VALUES (1, '203.0.113.77', '2026-03-01 12:00:00')",
        "INSERT INTO submission_trace VALUES (2, '203.0.113.78', '2026-03-07 12:00:00')",
    ),
    stands=day(2026, 3, 2),
    gone=day(2026, 3, 9),
    ended="SELECT conversation_id FROM submission_trace ORDER BY 1",
    before=(1, 2),
    after=(2,),
    beside="SELECT (SELECT count(*) FROM conversation) + (SELECT count(*) FROM message)",
)
FLOORING = Promised(
    organisation="flooring",
    store="care",
    signs="privacy-lead",
    rows=(
        "INSERT INTO sample_order VALUES (1, 1, 'oak, slate', 'Millrace Road 4', '2026-06-29')",
        "INSERT INTO sample_order VALUES (2, 2, 'oak', 'Millrace Road 5', '2026-06-30')",
        "INSERT INTO sample_order VALUES (3, 1, 'slate', 'Millrace Road 4', NULL)",
    ),
    stands=day(2027, 6, 29),
    gone=day(2027, 6, 30),
    ended="SELECT sample_id FROM sample_order ORDER BY 1",
    before=(1, 2, 3),
    after=(2, 3),
    beside="SELECT count(*) FROM person",
)
SOFTWARE = Promised(
    organisation="software",
    store="crm",
    signs="privacy-lead",
    rows=(
        "INSERT INTO office_visit VALUES (1, 'erin@example.org', 'Erin', 'Globe', 'Sam', '2026-05-03 09:00:00', NULL)",
        "INSERT INTO office_visit VALUES (2, 'ana@example.org', 'Ana', 'Globe', 'Sam', '2026-05-04 09:00:00', NULL)",
    ),
    stands=day(2026, 8, 1),
    gone=day(2026, 8, 2),
    ended="SELECT visit_id FROM office_visit ORDER BY 1",
    before=(1, 2),
    after=(2,),
    beside="SELECT count(*) FROM contact",
)


@dataclass(frozen=True)
class Place:
    """One organisation's installation in the hands of one test."""

    what: Promised
    folder: Path
    clock: Still

    @contextmanager
    def house(self) -> Iterator[House]:
        with wire.open_house(wire.read_settings(self.folder / "home")) as opened:
            yield replace(opened, clock=self.clock)

    def sql(self, words: str) -> tuple[object, ...]:
        with closing(sqlite3.connect(self.folder / f"{self.what.store}.db")) as database, database:
            return tuple(row[0] for row in database.execute(words))


@pytest.fixture(params=[WEBSITE, FLOORING, SOFTWARE], ids=lambda what: what.organisation)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """With its policy in force, its databases empty but for the rows."""
    made, name = Place(request.param, tmp_path, Still(request.param.stands)), f"troth_periods_{secrets.token_hex(6)}"
    try:
        _build(made, name)
        yield made
    finally:
        drop_database(name)
        drop_database(f"{name}_vault")


def _build(made: Place, database: str) -> None:
    source, home, policy = EXAMPLES / made.what.organisation, made.folder / "home", made.folder / "policy"
    shutil.copytree(source / "policy", policy)
    known = [f"STATE={url(database).reveal()}"]
    for script in sorted((source / "stores").glob("*.sql")):
        file = made.folder / f"{script.stem}.db"
        with closing(sqlite3.connect(file)) as store:
            store.executescript(script.read_text(encoding="utf-8"))
        known += [f"{script.stem.upper().replace('-', '_')}_{how}_URL=sqlite:///{file}" for how in ("LOOK", "ACT")]
    for row in made.what.rows:
        made.sql(row)
    wire.make_home(home, embedded=False)
    write_private(home / "secrets.env", "\n".join(known) + "\n")
    write_private(home / "settings.toml", f'policy = "{policy}"\nstate = "${{STATE}}"\n')
    settings = wire.initialise(home, policy)
    key = wire.make_staff_key(settings, "nell")
    (policy / "staff.yaml").write_text(f"staff:\n  nell: {{role: {made.what.signs}, key: {key}}}\n", encoding="utf-8")
    with made.house() as house:
        at = house.clock.now().isoformat()
        publishing.publish(house, policy, wire.sign_as(settings, "nell", made.what.signs, house.policy.hash, at))


def test_they_go_on_their_day_and_not_before(place: Place) -> None:
    """The worker does it by itself once somebody said so: shown, ended, counted in the ledger, nothing else touched."""
    beside = place.sql(place.what.beside)
    with place.house() as house:
        expiring.begin(house, [place.what.store], by="staff:nell")
        working.work_until_idle(house, "w")
        assert place.sql(place.what.ended) == place.what.before
        place.clock.at = place.what.gone
        done = [each for each in working.work_until_idle(house, "w") if each.work.kind == expiring.RUN]
        assert [each.code for each in done] == ["done"]
        assert place.sql(place.what.ended) == place.what.after
        assert place.sql(place.what.beside) == beside
        house.state.ledger.place()
        with house.unit() as unit:
            ended = [dict(event.envelope) for event in unit.events.read(kinds={"period.ended"})]
        assert sum(each["rows"] for each in ended) == 1
