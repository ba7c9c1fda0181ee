"""Values nobody could mistake, planted in every store; then everything that was written is searched for them."""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from tests.journey.test_away import rename, secrets
from tests.journey.test_nobody import dump
from tests.journey.world import OURS, Airline

CUSTOMER = "C77777777"
MEMBER = "LW777777777"
CANARIES = (
    CUSTOMER, MEMBER, "kanarya-mail@zebrafinch.example", "kanarya-other@zebrafinch.example", "Kanarya Zebrafinch",
    "+4930777000777", "Zebrafinch Lane", "77Z77", "Zebrafinchton", "ZF777777P", "Kanarya needs a zebrafinch",
    "zebrafinch-cookie", "zebrafinch-session", "Zebrafinch Browser", "Zebrafinch note", "Zebrafinch line",
    "zebrafinch interest", "Kanaryahome",
)  # fmt: skip
"""Each stands in at least one column below; none occurs anywhere else in the project."""
HEX = tuple(canary.encode().hex() for canary in CANARIES)

PLANTED = {
    "bookings": f"""
        INSERT INTO customer VALUES (77777777, '{CUSTOMER}', 'Kanarya Zebrafinch', 'kanarya-mail@zebrafinch.example',
            '+4930777000777', '1977-07-07', '7 Zebrafinch Lane', '77Z77', 'Zebrafinchton', 'DE', 'en', NULL,
            '2020-01-01');
        UPDATE customer SET street = '8 Zebrafinch Lane' WHERE customer_id = 77777777;
        INSERT INTO passenger VALUES ('LARK', '77777777', 77777777, '{MEMBER}', 'Kanarya Zebrafinch', '1977-07-07',
            'kanarya-mail@zebrafinch.example', '+4930777000777', 'ZF777777P', 'DE', 'vegan',
            'Kanarya needs a zebrafinch');
        INSERT INTO booking VALUES ('ZEBR77', NULL, 77777777, NULL, 'Kanarya Zebrafinch',
            'kanarya-mail@zebrafinch.example', '+4930777000777', '2025-03-01', 'flown', 7700);
        INSERT INTO booking_passenger VALUES ('ZEBR77', 'LARK', '77777777', '7770000000777', 'light');
        INSERT INTO booking_passenger
            SELECT 'ZEBR77', airline_code, passenger_no, '7770000000778', 'light' FROM passenger WHERE customer_id = 20;
        INSERT INTO invoice VALUES ('ZEBR-1', 'ZEBR77', 77777777, NULL, '2025-03-01', 'paid', '2025-03-02',
            'Kanarya Zebrafinch', '7 Zebrafinch Lane', 'DE', 7700);
        INSERT INTO invoice_line VALUES ('ZEBR-1', 1, 'Zebrafinch line', 'Kanarya Zebrafinch', 7700);
        INSERT INTO agent_note VALUES (77777777, 77777777, NULL, 'zz', now(), 'Zebrafinch note');
        INSERT INTO message VALUES (77777777, 'customer', NULL, '{CUSTOMER}', 'kanarya-mail@zebrafinch.example', now(),
            'Zebrafinch note', 'Zebrafinch note')
    """,
    "loyalty": f"""
        INSERT INTO household VALUES (77777777, 'Kanaryahome', NULL, '2020-01-01');
        INSERT INTO member VALUES (77777777, '{MEMBER}', '{CUSTOMER}', 'kanarya-other@zebrafinch.example',
            'Kanarya Zebrafinch', '1977-07-07', '+4930777000777', 77777777, 'sand', 77, 'zebrafinch interest',
            '2020-01-01');
        UPDATE household SET main_member_id = 77777777 WHERE household_id = 77777777;
        INSERT INTO import_row VALUES ('file.csv', '2026-01-01', '{MEMBER}', 'kanarya-other@zebrafinch.example',
            'Zebrafinch line')
    """,
    "website": f"""
        INSERT INTO account VALUES (77777777, '{CUSTOMER}', 'kanarya-other@zebrafinch.example', 'Kanarya Zebrafinch',
            '0123456789012345678901234567890123456789', '2020-01-01 00:00:00', NULL);
        INSERT INTO web_session VALUES ('zebrafinch-session', 77777777, 'zebrafinch-cookie', '2026-06-01 00:00:00',
            '192.0.2.77', 'Zebrafinch Browser');
        INSERT INTO contact_message VALUES (77777777, 77777777, 'Kanarya Zebrafinch',
            'kanarya-other@zebrafinch.example', 'hello', 'Zebrafinch note', '2026-06-01 00:00:00')
    """,
}


def plant(airline: Airline) -> None:
    for store, statements in PLANTED.items():
        for statement in statements.split(";"):
            airline.sql(store, statement)
        text = repr([row for table in airline.tables(store) for row in airline.rows(store, table)])
        assert any(canary in text for canary in CANARIES)


def files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def found_in(text: bytes) -> set[str]:
    low = text.lower()
    return {canary for canary in CANARIES if canary.lower().encode() in low} | {
        canary for canary, spelled in zip(CANARIES, HEX, strict=True) if spelled.encode() in low
    }


def search(paths: Iterable[Path]) -> dict[str, set[str]]:
    return {str(path): found for path in paths if (found := found_in(path.read_bytes()))}


WHO = ("--who", f"customer-number={CUSTOMER}", "--who", "email=kanarya-mail@zebrafinch.example", "--by", "ines")


def story(airline: Airline, told: list[str], environment: dict[str, str]) -> str:
    """Access, a failing erasure in every way, then one that ends; everything printed is kept in `told`."""

    def troth(*words: str, ends: tuple[int, ...] = (0,)) -> str:
        done = airline.troth(*words, **environment)
        told.append(done.stdout + done.stderr)
        assert done.returncode in ends, (words, done.returncode, done.stderr)
        assert "Traceback" not in done.stderr
        return done.stdout

    def case_of(right: str) -> str:
        return troth("request", right, *WHO, "--format", "plain").split("c-", 1)[1][:12]

    troth("publish", "--by", "ines")
    copy = f"c-{case_of('access')}"
    for words in (("see", copy), ("plan", copy), ("approve", copy, "--by", "ines", "--yes", "yes"), ("apply", copy)):
        troth(*words)
    package = airline.home / "packages" / copy
    assert set().union(*search(files(package)).values()) >= {"Kanarya Zebrafinch", CUSTOMER, MEMBER}, "negative control"
    case = f"c-{case_of('erasure')}"
    troth("plan", case)
    troth("apply", case, ends=(2,))
    troth("approve", case, "--by", "ines", "--yes", "yes")
    airline.sql(
        "bookings", "UPDATE passenger SET customer_id = NULL WHERE passenger_no = '77777777' AND airline_code = 'LARK'"
    )
    troth("apply", case, ends=(1, 4))
    airline.sql(
        "bookings",
        "UPDATE passenger SET customer_id = 77777777 WHERE passenger_no = '77777777' AND airline_code = 'LARK'",
    )
    name = airline.names["loyalty"]
    rename(airline, name, f"{name}_away")
    troth("see", case, ends=(1,))
    troth("plan", case, ends=(1,))
    rename(airline, f"{name}_away", name)
    secrets(airline, "postgresql://bookings_look:", "postgresql://bookings_look:wrong")
    troth("plan", case, ends=(1,))
    secrets(airline, "postgresql://bookings_look:wrong", "postgresql://bookings_look:")
    troth("plan", case)
    troth("approve", case, "--by", "ines", "--yes", "yes")
    troth("apply", case)
    troth("receipt", case)
    troth("proof", case, "--to", str(airline.home / "bundle.json"))
    troth("doctor", ends=(0, 1))
    troth("status", ends=(0, 2))
    return case


def test_no_canary_is_left_anywhere(
    airline: Airline, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """After access, failures of every kind and erasure: not in our databases, logs, output, temporary files or home."""
    plant(airline)
    caplog.set_level(logging.DEBUG)
    temporary = tmp_path / "temporary"
    temporary.mkdir(mode=0o700)
    logs = list(airline.server.folder.glob("*.log*"))
    told: list[str] = []
    case = story(airline, told, {"TMPDIR": str(temporary), "PYTHONWARNINGS": "default"})

    letters = airline.home / "outbox" / case
    assert set().union(*search(files(letters)).values()), "negative control: letters name the person"
    for database in OURS:
        text = dump(airline, database)
        assert len(text) > 1000
        assert found_in(text.encode()) == set(), database
    output = "\n".join([*told, caplog.text, *capfd.readouterr()])
    assert case in output
    assert found_in(output.encode()) == set()
    elsewhere = [path for path in files(airline.home) if path.name != "website.db"]
    kept = [path for path in elsewhere if letters not in path.parents]
    assert any(path.name == "bundle.json" for path in kept)
    assert search(kept) == {}
    assert search(files(temporary)) == {}
    assert logs
    assert search(logs) == {}


def test_no_error_of_a_store_shows_a_value(airline: Airline) -> None:
    """The store refuses with the value in message and DETAIL: what leaves the adapter has neither."""
    plant(airline)
    airline.sql("bookings", "ALTER TABLE customer ADD CONSTRAINT no_finch CHECK (email NOT LIKE '%erased%')")
    airline.sql(
        "bookings",
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no: %', OLD.full_name"
        " USING DETAIL = OLD.email; END $$",
    )
    airline.sql(
        "bookings", "CREATE TRIGGER refuse BEFORE DELETE OR UPDATE ON passenger FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    told = ""
    filed = airline.troth("request", "erasure", *WHO, "--format", "plain")
    case = "c-" + filed.stdout.split("c-", 1)[1][:12]
    for words in (
        ("plan", case),
        ("approve", case, "--by", "ines", "--yes", "yes"),
        ("apply", case),
        ("worker", "--once"),
        ("status",),
    ):
        done = airline.troth(*words)
        told += done.stdout + done.stderr
    assert "Traceback" not in told
    assert found_in(told.encode()) == set()
    for database in OURS:
        assert found_in(dump(airline, database).encode()) == set()
