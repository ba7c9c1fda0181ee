"""Ten million people with five choices each, judged as a set: beside the query somebody would write for it by hand.

Both read the same Parquet file with the same engine on the same threads; both write everybody's address with the first
reason against. The two files are compared before anything is told. The query by hand knows one purpose of one version
of one policy: it is what a good analyst writes who keeps all its rules in mind, and writes anew whenever one changes.
"""

import resource
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from examples.airline.install import POLICY

from benchmarks.measure import Line, Samples, Tell
from troth.audience import files, sets
from troth.catalog import Catalog
from troth.gate.ask import DEFAULT_LIMITS
from troth.model.policy import Policy
from troth.model.question import Operation, Question
from troth.policy import compile_folder

CHOICES = ("newsletter", "newsletter-push", "personalised-offers", "push-offers", "analytics")
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
BY_HAND = """
    CASE WHEN NOT ("is.customer" OR "is.member") THEN 'relationship-not-covered'
         WHEN erased THEN 'erased'
         WHEN birth_year >= 2008 THEN 'minor'
         WHEN "choice.newsletter" IS NULL THEN 'choice-not-given'
         WHEN NOT "choice.newsletter" THEN 'choice-no'
         WHEN "choice.newsletter.version" < 2 THEN 'choice-outdated'
         WHEN "choice.newsletter.version" > 2 THEN 'choice-wording-unknown'
         WHEN "objects.marketing" OR "objects.marketing.email" THEN 'objection-marketing'
         WHEN "objects.newsletter" THEN 'objection-purpose'
         ELSE '' END
"""


def measure(tell: Tell, *, people: int, rounds: int) -> list[Line]:
    """The set beside the query, and the network file."""
    policy, _ = compile_folder(POLICY, Catalog.load())
    if policy is None:
        raise RuntimeError("the sample's policy does not compile")
    with TemporaryDirectory() as made, sets.table_engine() as engine:
        folder = Path(made)
        tell(f"{people:,} people with {len(CHOICES)} choices each")
        _write_people(engine, folder / "people.parquet", people)
        _must_agree(engine, policy, folder)
        samples = Samples()
        for _ in range(rounds):
            samples.time("troth", lambda: _troth(engine, policy, folder))
            samples.time("hand", lambda: _hand(engine, folder))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    troth, hand = samples.median_ms("troth"), samples.median_ms("hand")
    note = "everybody with the first reason, Parquet to Parquet"
    return [
        Line("audience", f"{people:,} people", troth, "ms", hand, None, troth / hand, "1.5", note),
        Line("audience", "memory at most", peak, "MB", None, None, None, "4,096", "of the process, by then"),
    ]


def _write_people(engine: duckdb.DuckDBPyConnection, path: Path, people: int) -> None:
    """People of every kind, the same ones each time."""
    choices = ", ".join(
        f'CASE hash(i * 13 + {n}) % 4 WHEN 0 THEN NULL WHEN 1 THEN false ELSE true END AS "choice.{name}", '
        f'(1 + hash(i * 17 + {n}) % 3)::INTEGER AS "choice.{name}.version"'
        for n, name in enumerate(CHOICES)
    )
    flags = {
        "is.member": "hash(i * 7) % 10 < 3",
        "is.customer": "hash(i * 11) % 10 < 8",
        "erased": "hash(i * 23) % 50 = 0",
    }
    flags |= {"objects.marketing": "hash(i * 19) % 20 = 0", "objects.newsletter": "hash(i * 31) % 90 = 0"}
    flags |= {"objects.marketing.email": "hash(i * 37) % 70 = 0"}
    said = ", ".join(f'{value} AS "{name}"' for name, value in flags.items())
    select = (
        f"SELECT 'person' || i || '@example.org' AS email, {said}, {choices}, "
        f"(1940 + hash(i * 29) % 75)::INTEGER AS birth_year, '[]' AS restrictions FROM range({people}) t(i)"
    )
    files.write(engine, select, path)


def _troth(engine: duckdb.DuckDBPyConnection, policy: Policy, folder: Path) -> None:
    question = Question(Operation.SEND, "newsletter", "", AT, channel="email")
    asked = sets.Asked((policy,), question, lambda _: "", DEFAULT_LIMITS)
    opened = files.open_people(engine, folder / "people.parquet")
    judged = sets.judge(engine, opened.source, asked, age_seconds=0.0)
    files.write(engine, f"SELECT email, troth_code AS code FROM {judged}", folder / "troth.parquet")


def _hand(engine: duckdb.DuckDBPyConnection, folder: Path) -> None:
    source = files.open_people(engine, folder / "people.parquet").source
    files.write(engine, f"SELECT email, {BY_HAND} AS code FROM {source}", folder / "hand.parquet")


def _must_agree(engine: duckdb.DuckDBPyConnection, policy: Policy, folder: Path) -> None:
    """A comparison of answers that differ would say nothing."""
    _troth(engine, policy, folder)
    _hand(engine, folder)
    one, other = (_fingerprint(engine, folder / name) for name in ("troth.parquet", "hand.parquet"))
    if one != other or not one:
        raise RuntimeError(f"the query by hand says something else: {one}, {other}")


def _fingerprint(engine: duckdb.DuckDBPyConnection, path: Path) -> list[tuple[str, int, int]]:
    """How many have each answer and a sum over whom, in no order: two lists of millions compared in little memory."""
    query = f"SELECT code, count(*), sum(hash(email)::HUGEINT) FROM '{path}' GROUP BY code ORDER BY code"
    return engine.execute(query).fetchall()
