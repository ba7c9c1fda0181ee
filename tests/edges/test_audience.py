"""Whole lists put to the gate: by identifier with the facts of the ledger, and the file that leaves for a network."""

from hashlib import sha256
from pathlib import Path

import pytest
from tests.edges.shop import JONAS, Shop
from tests.edges.test_mail_gate import JONAS_AT, MAUD_AT, introduce, say

NETWORK = """
  network:
    name: Perch Social
    role: controller
    class: network
    country: DE
    gets: [email]
    for: newsletter
    needs-choice: newsletter
"""


def people(folder: Path, *addresses: str, name: str = "people.csv") -> Path:
    """A file with a number beside each address."""
    lines = ["email,number", *(f"{address},{number}" for number, address in enumerate(addresses))]
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return path


def audience(shop: Shop, *words: str) -> tuple[int, str, str]:
    """Run the command."""
    done = shop.troth("audience", *words, "--by", "nell", "--format", "plain")
    return done.returncode, done.stdout, done.stderr


def with_people(shop: Shop, *, maud: bool | None = True) -> None:
    """Both known; what Maud said."""
    with shop.house() as house:
        introduce(house, maud=maud)


def test_those_who_may_and_those_who_may_not(shop: Shop, tmp_path: Path) -> None:
    """Each row stands in one of the two files, duplicates and strangers too, and the counts say why."""
    with_people(shop)
    file = people(tmp_path, MAUD_AT, JONAS_AT, "nobody@else.example", MAUD_AT.upper(), "not an address")
    to, refused = tmp_path / "to.csv", tmp_path / "refused.csv"
    code, out, err = audience(
        shop, "newsletter", str(file), "--channel", "email", "--to", str(to), "--refused", str(refused)
    )
    assert code == 0, err
    assert to.read_text().splitlines() == ["email,number", f"{MAUD_AT},0", f"{MAUD_AT.upper()},3"]
    lines = dict(line.rsplit(",", 1) for line in refused.read_text().splitlines()[1:])
    assert lines == {
        f"{JONAS_AT},1": "choice-not-given",
        "nobody@else.example,2": "relationship-not-covered",
        "not an address,4": "identifier-not-email",
    }
    assert "choice-not-given" in out
    assert to.stat().st_mode & 0o077 == 0


def test_a_withdrawal_is_heard_by_the_next_list(shop: Shop, tmp_path: Path) -> None:
    """Nobody left: the answer is no."""
    with_people(shop)
    with shop.house() as house:
        say(house, yes=False)
    to = tmp_path / "to.csv"
    file = people(tmp_path, MAUD_AT)
    code, _, _ = audience(shop, "newsletter", str(file), "--channel", "email", "--to", str(to))
    assert (code, to.read_text().splitlines()) == (2, ["email,number"])


def test_a_network_gets_one_scrambled_column_and_removals(shop: Shop, tmp_path: Path) -> None:
    """Nothing else; who withdrew since is named for removal; the ledger knows each file; our copy goes."""
    with (shop.policy / "recipients.yaml").open("a") as recipients:
        recipients.write(NETWORK)
    notice = shop.policy / "notice" / "en.md"
    notice.write_text(notice.read_text().replace("recipient:carrier", "recipient:carrier, recipient:network", 1))
    shop.publish()
    with_people(shop)
    with shop.house() as house:
        say(house, yes=True, who=JONAS)
    to = tmp_path / "to.csv"
    file = people(tmp_path, MAUD_AT, JONAS_AT.upper())
    words = ("newsletter", str(file), "--recipient", "network", "--network", "meta")
    code, _, err = audience(shop, *words, "--to", str(to))
    assert code == 0, err
    scrambled = {who: sha256(who.encode()).hexdigest() for who in (MAUD_AT, JONAS_AT)}
    assert sorted(to.read_text().splitlines()) == sorted(scrambled.values())
    done = shop.troth("delivered", str(to), "--by", "nell")
    assert (done.returncode, to.exists()) == (0, False)
    with shop.house() as house:
        say(house, yes=False, who=JONAS)
    audience(shop, *words, "--to", str(to))
    assert to.read_text().splitlines() == [scrambled[MAUD_AT]]
    assert (tmp_path / "to.remove.csv").read_text().splitlines() == [scrambled[JONAS_AT]]
    with shop.house() as house, house.unit() as unit:
        made = [event.envelope for event in unit.events.read(kinds=["audience.made"])]
        assert [(each["people"], each["removals"]) for each in made] == [(2, 0), (1, 1)]
        assert len(unit.events.read(kinds=["audience.delivered"])) == 1
    kept = b"".join(path.read_bytes() for path in (shop.home / "audiences").iterdir())
    assert bytes.fromhex(scrambled[MAUD_AT]) not in kept


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("newsletter", "no.csv", "--to", "to.csv"), "no-such-file"),
        (("newsletter", "people.txt", "--to", "to.csv"), "file-form-unknown"),
        (("newsletter", "people.csv", "--to", "to.txt"), "file-form-unknown"),
        (("newsletter", "people.csv", "--to", "to.csv", "--column", "mail"), "no-such-column"),
        (("newsletter", "people.csv", "--to", "to.csv", "--kind", "shoe-size"), "unknown-kind"),
        (("newsletter", "people.csv", "--to", "to.csv", "--network", "meta"), "recipient-missing"),
        (("newsletter", "people.csv", "--to", "to.csv", "--network", "x", "--recipient", "carrier"), "unknown-network"),
        (("newsletter", "people.csv", "--to", "to.csv", "--facts-as-of", "yesterday"), "bad-moment"),
        (("newsletter", "broken.csv", "--to", "to.csv"), "lines-broken"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_written(shop: Shop, words: tuple[str, ...], says: str) -> None:
    """With a code; no file appears."""
    people(shop.folder, MAUD_AT)
    people(shop.folder, MAUD_AT, name="people.txt")
    (shop.folder / "broken.csv").write_text("email,number\na@x.example,1\nb@x.example\n")
    code, _, err = audience(shop, *words)
    assert code in (1, 3)
    assert says in err
    assert not list(shop.folder.glob("to.*"))
    assert not list(shop.folder.glob(".to.*"))


def test_broken_lines_are_left_out_and_named(shop: Shop, tmp_path: Path) -> None:
    """As asked for: the rest is judged."""
    with_people(shop)
    file = tmp_path / "people.csv"
    file.write_text(f"email,number\n{MAUD_AT},1\nb@x.example\n{JONAS_AT},2,3\n{MAUD_AT},4\n")
    to = tmp_path / "to.csv"
    code, out, _ = audience(shop, "newsletter", str(file), "--channel", "email", "--to", str(to), "--skip-broken")
    assert (code, to.read_text().splitlines()[1:]) == (0, [f"{MAUD_AT},1", f"{MAUD_AT},4"])
    assert "2 lines could not be read" in out
    assert "3, 4" in out
