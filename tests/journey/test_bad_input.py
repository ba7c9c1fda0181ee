"""What users get wrong: a code, a remedy and the documented exit code; never a traceback, never the value."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from examples.airline.data import cast
from tests.forked import Said
from tests.journey.test_away import secrets
from tests.journey.world import Airline, Template, nest, number, planned

ERROR = re.compile(r"✗ ([a-z0-9-]+): .+?  → ", re.DOTALL)
NOBODY = "c-000000000000"
STRANGER = f"customer-number={cast.UNKNOWN_CUSTOMER_NUMBER}"
WHO = f"customer-number={cast.DEMO.customer_number}"


@pytest.fixture(scope="module")
def quiet(airline_template: Template) -> Iterator[Airline]:
    """One installation for every mistake that changes nothing."""
    copied = airline_template.copy()
    yield copied
    copied.destroy()


def code_of(said: Said, exit_code: int) -> str:
    """The stable code, after everything that holds for every error was checked."""
    assert "Traceback" not in said.stderr + said.stdout, said.stderr
    assert said.returncode == exit_code, said.stderr
    found = ERROR.search(said.stderr + "  → ") if "→" in said.stderr else None
    assert found, said.stderr
    return found[1]


MISTAKES: dict[str, tuple[tuple[str, ...], int, str]] = {
    "unknown right": (("request", "oblivion", "--who", WHO, "--by", "ines"), 3, "unknown-right"),
    "unknown kind": (("request", "access", "--who", "shoe-size=44", "--by", "ines"), 3, ""),
    "no pair": (("request", "access", "--who", "C00000001", "--by", "ines"), 3, "bad-who"),
    "unknown case, see": (("see", NOBODY), 1, ""),
    "unknown case, plan": (("plan", NOBODY), 1, ""),
    "unknown case, show": (("show", NOBODY), 1, ""),
    "unknown case, apply": (("apply", NOBODY), 1, ""),
    "unknown case, receipt": (("receipt", NOBODY), 1, ""),
    "unknown case, proof": (("proof", NOBODY, "--to", "bundle.json"), 1, ""),
    "case that is none": (("plan", "'; DROP TABLE case_file; --"), 1, ""),
    "unknown purpose": (("object", "--who", WHO, "--by", "ines", "--purpose", "mischief"), 3, "unknown-purpose"),
    "unknown choice": (("choose", "mischief", "--yes", "--who", WHO, "--by", "ines"), 3, "unknown-choice"),
    "unknown relationship": (
        ("know", "--who", WHO, "--by", "ines", "--relationship", "nemesis"), 3, "unknown-relationship",
    ),
    "unknown operation": (("ask", "newsletter", "--who", WHO, "--operation", "gossip"), 3, "unknown-operation"),
    "choice of nobody": (("choose", "newsletter", "--yes", "--who", STRANGER, "--by", "ines"), 2, "nobody"),
    "bundle that is not there": (("verify",), 1, "no-bundle"),
    "bad staff id": (("staff", "../../etc/passwd"), 1, "bad-staff-id"),
    "nothing to reconcile": (("reconcile", "--code", "x", "--reason", "y", "--by", "ines"), 1, "nothing-to-reconcile"),
    "policy that is not there": (("check", "/nowhere/at/all"), 3, ""),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda text: text.replace(" ", "-"))
def test_a_mistake_has_a_code_a_remedy_and_an_exit_code(quiet: Airline, mistake: str) -> None:
    """Each ends as documented, on the error stream, without a traceback."""
    words, exit_code, code = MISTAKES[mistake]
    said = quiet.troth(*words)
    if mistake.startswith("policy"):
        assert said.returncode == exit_code
        assert "Traceback" not in said.stderr
        return
    found = code_of(said, exit_code)
    assert not code or found == code


def test_an_unknown_purpose_is_answered_with_a_no(quiet: Airline) -> None:
    """To ask for a purpose that nobody declared is not a mistake of the caller: the answer is no, exit code 2."""
    said = quiet.troth("ask", "mischief", "--who", WHO, "--channel", "email")
    assert (said.returncode, said.stderr) == (2, "")
    assert "purpose-unknown" in said.stdout


HOSTILE = {
    "quotes": "Robert'); DROP TABLE customer;--",
    "double-quotes": 'say "hello" \\ and leave',
    "right-to-left": "\u202egro.elpmaxe@ecila\u202c",
    "long": "x" * 10_000,
    "long-address": "a" * 10_000 + "@example.org",
    "look-alike": "\u043ettilie.marwood@example.org",
    "control": "a\x01b\x1b[31mred\x07",
    "newline": "a@example.org\nBcc: everybody@example.org",
    "null-escape": "a\\x00b%00c\\u0000",
    "format": "{0.__class__} %s ${HOME}",
    "blank": "   ",
    "emoji": "\U0001f9a4@\U0001f9a4.example",
    "surrogate": "half\udc80byte",
}


@pytest.mark.parametrize(
    ("case", "kind"),
    [*((case, "email") for case in HOSTILE), *((case, "customer-number") for case in ("quotes", "long", "surrogate"))],
)
def test_a_hostile_identifier_finds_nobody_and_is_not_repeated(quiet: Airline, case: str, kind: str) -> None:
    """Filed or refused by its kind; the value is in no output, no row changes, and nobody is found by looks alone."""
    value = HOSTILE[case]
    before = quiet.everything("bookings").checksum()
    said = quiet.troth("request", "access", "--who", f"{kind}={value}", "--by", "ines", "--format", "plain")
    assert "Traceback" not in said.stderr
    if said.returncode:
        code_of(said, said.returncode)
        assert said.returncode in {1, 3}
    else:
        filed = "c-" + said.stdout.split("c-", 1)[1][:12]
        seen = quiet.troth("see", filed)
        assert seen.returncode == 2, seen.stderr
        said = Said(0, said.stdout + seen.stdout, said.stderr + seen.stderr)
    stripped = value.strip()
    assert not stripped or stripped not in said.stdout + said.stderr
    assert len(said.stdout + said.stderr) < 5_000
    assert quiet.everything("bookings").checksum() == before


def test_look_alike_letters_are_another_person(quiet: Airline) -> None:
    """A Cyrillic letter in Ottilie's address finds no row of hers: normal forms never merge people."""
    with quiet.house() as house:
        known = planned(house, "access", ("email", cast.DEMO.email))[1]
        assert known.gathered.anything
    said = quiet.troth("ask", "newsletter", "--who", f"email={HOSTILE['look-alike']}", "--channel", "email")
    assert said.returncode in {1, 2}


# == Installations that are broken ==


def test_no_home_is_told_with_the_command_that_makes_one(tmp_path: Path, quiet: Airline) -> None:
    """Every command of an installation, in an empty folder: `no-home`."""
    for words in (("status",), ("see", NOBODY), ("publish", "--by", "ines"), ("up",), ("down",), ("worker", "--once")):
        assert code_of(quiet.troth(*words, "--home", str(tmp_path / "none")), 1) == "no-home"


@pytest.mark.parametrize(
    "text",
    [
        "policy = ",
        "policy = 7\n",
        'state = "x"\n',
        'policy = "policy"\ncolour = "red"\n',
        "\x00",
        "policy: yaml\n",
        "\xff\xfe",
    ],
    ids=["cut-off", "number", "no-policy", "unknown-key", "nul", "yaml", "not-utf8"],
)
def test_broken_settings_are_told_with_their_file(tmp_path: Path, quiet: Airline, text: str) -> None:
    """The file is named, the code is `settings-unreadable`."""
    (tmp_path / "settings.toml").write_bytes(text.encode("latin-1"))
    said = quiet.troth("status", "--home", str(tmp_path))
    assert code_of(said, 1) == "settings-unreadable"
    assert "settings.toml" in said.stderr.replace("\n", "")


BREAKS = {
    "state, no server": ("STATE_URL=", "STATE_URL=host=127.0.0.1 port=1 dbname=troth user=x password=Kanarienvogel #"),
    "state, other database": ("dbname=troth_", "dbname=Kanarienvogel_troth_"),
    "state, wrong password": ("password=", "password=Kanarienvogel"),
    "state, no address": ("STATE_URL=", "STATE_URL=:::Kanarienvogel///#"),
    "state, not set": ("STATE_URL=", "OTHER_URL="),
    "store, wrong scheme": ("LOYALTY_LOOK_URL=postgresql", "LOYALTY_LOOK_URL=gopher+Kanarienvogel"),
    "store, no address": ("LOYALTY_LOOK_URL=", "LOYALTY_LOOK_URL=Kanarienvogel #"),
    "store, not set": ("LOYALTY_LOOK_URL=", "OTHER_URL="),
    "store, wrong password": ("postgresql://loyalty_look:", "postgresql://loyalty_look:Kanarienvogel"),
    "store, no such file": ("website.db", "nowhere/Kanarienvogel.db"),
}


@pytest.mark.parametrize("case", BREAKS, ids=lambda text: text.replace(", ", "-").replace(" ", "-"))
def test_a_wrong_address_is_told_without_the_address(airline: Airline, case: str) -> None:
    """Wrong URL, password, scheme or file: `see` and `doctor` end with 1, name the part, and repeat no secret."""
    with airline.house() as house:
        filed, _ = planned(house, "access", number(cast.DEMO))
    secrets(airline, *BREAKS[case])
    for words in (("see", filed), ("doctor",)):
        said = airline.troth(*words)
        assert said.returncode == 1, said.stdout + said.stderr
        assert "Traceback" not in said.stderr
        if case != "store, no such file":
            assert "Kanarienvogel" not in said.stdout + said.stderr


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("purposes.yaml", b"purposes:\n  newsletter: \xff\xfe\xe9\n"),
        ("elements.yaml", "elements:\n  name: caf\u00e9\n".encode("utf-16")),
        ("purposes.yaml", b"purposes: [unclosed\n"),
        ("purposes.yaml", b"a: &a [x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n"),
        ("stores/bookings.yaml", b"\x00\x01\x02"),
    ],
    ids=["latin-1", "utf-16", "unclosed", "aliases", "binary"],
)
def test_a_policy_file_that_cannot_be_read_is_invalid(airline: Airline, file: str, content: bytes) -> None:
    """`check` ends with 3 and names the file, and commands that need the folder end so too; `status` tells of it."""
    (airline.home / "policy" / file).write_bytes(content)
    said = airline.troth("check", "--format", "plain")
    assert said.returncode == 3
    assert file in said.stdout + said.stderr
    assert "Traceback" not in said.stderr
    assert code_of(airline.troth("worker", "--once"), 3) == "policy-invalid"
    standing = airline.troth("status")
    assert standing.returncode == 2, standing.stderr
    assert "troth check" in standing.stdout


def test_a_program_of_its_own_says_the_same(tmp_path: Path, quiet: Airline) -> None:
    """The forked commands above speak as the installed program does: codes, streams, exit codes."""
    for words in (("--home", str(tmp_path)), ()):
        command = ("status", *words) if words else ("receipt", NOBODY)
        forked, alone = quiet.troth(*command), quiet.process(*command)
        assert (forked.returncode, forked.stdout, forked.stderr.split()) == (
            alone.returncode,
            alone.stdout,
            alone.stderr.split(),
        )
    empty = nest()
    try:
        assert quiet.process("status", TROTH_HOME=str(empty)).returncode == 1
    finally:
        shutil.rmtree(empty)
