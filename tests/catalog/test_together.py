"""Several laws at once, over random sets of them: adding a law never loosens anything."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from troth.catalog import Catalog, Ends, LawPack, earliest, together

CATALOG = Catalog.load()
CODES = list(CATALOG.laws)
SETS = st.lists(st.sampled_from(CODES), unique=True, min_size=1)
DAYS = st.dates(date(2018, 6, 1), date(2030, 1, 1))
BASES = st.sampled_from(sorted({basis for pack in CATALOG.laws.values() for basis in pack.bases}))
RIGHTS = st.sampled_from(sorted({right for pack in CATALOG.laws.values() for right in pack.rights}))
CHANNELS = st.sampled_from(sorted(CATALOG.channels))
COUNTRIES = st.sampled_from(["DE", "NO", "GB", "US", "JP", "IN", "CN", "CH", "BR", "KR"])


def packs(codes: list[str]) -> tuple[LawPack, ...]:
    """The packs of these codes."""
    return CATALOG.regimes(codes)


@given(codes=SETS, more=st.sampled_from(CODES), basis=BASES)
def test_another_law_permits_nothing_more(codes: list[str], more: str, basis: str) -> None:
    """What is refused stays refused."""
    assert set(together.refusing(packs(codes), basis)) <= set(together.refusing(packs([*codes, more]), basis))


@given(codes=SETS, more=st.sampled_from(CODES), right=RIGHTS, start=DAYS)
def test_another_law_gives_no_more_time(codes: list[str], more: str, right: str, start: date) -> None:
    """A known end is never later with one law more."""
    fewer = earliest(together.endings(packs(codes), right, {"received": start}).values())
    all_of_them = earliest(together.endings(packs([*codes, more]), right, {"received": start}).values())
    if isinstance(fewer, Ends):
        assert isinstance(all_of_them, Ends)
        assert all_of_them.at <= fewer.at


@given(codes=SETS, more=st.sampled_from(CODES), name=st.sampled_from(["access", "refusal", "notice-direct"]), on=DAYS)
def test_another_law_leaves_nothing_out(codes: list[str], more: str, name: str, on: date) -> None:
    """What an answer had to say it still has to, each once, and a condition on it can only fall."""
    fewer = {line.id: line for line in together.contents(packs(codes), name, on)}
    lines = together.contents(packs([*codes, more]), name, on)
    assert len({line.id for line in lines}) == len(lines)
    found = {line.id: line for line in lines}
    assert set(fewer) <= set(found)
    assert all(found[id_].only_if in ("", line.only_if) for id_, line in fewer.items())


@given(codes=SETS, more=st.sampled_from(CODES), channel=CHANNELS, on=DAYS)
def test_another_law_makes_no_advertising_easier(codes: list[str], more: str, channel: str, on: date) -> None:
    """Consent stays needed, and so does each condition that replaces it."""
    fewer = together.instead_of_consent(together.marketing(packs(codes), channel, "consumer", on))
    found = together.instead_of_consent(together.marketing(packs([*codes, more]), channel, "consumer", on))
    assert found is None or (fewer is not None and fewer <= found)


@given(codes=SETS, more=st.sampled_from(CODES), country=COUNTRIES, on=DAYS)
def test_another_law_covers_no_more_transfers(codes: list[str], more: str, country: str, on: date) -> None:
    """A safeguard that is missing stays missing."""
    fewer = together.coverage(packs(codes), country, on)
    found = together.coverage(packs([*codes, more]), country, on)
    assert fewer.items() <= found.items()


@given(codes=SETS, more=st.sampled_from(CODES), country=COUNTRIES, on=DAYS)
def test_another_law_makes_nobody_older(codes: list[str], more: str, country: str, on: date) -> None:
    """The highest age counts."""
    fewer = together.age(packs(codes), country, on)
    found = together.age(packs([*codes, more]), country, on)
    assert fewer is None or (found is not None and found.years >= fewer.years)


DUTIES = st.sampled_from([f"{pack.code} {name}" for pack in CATALOG.laws.values() for name in pack.retention])


@given(codes=SETS, claims=st.lists(DUTIES, max_size=4), event=DAYS, age=st.integers(0, 4000))
def test_only_a_living_duty_of_a_law_that_applies_keeps(
    codes: list[str], claims: list[str], event: date, age: int
) -> None:
    """A block always names its duties and ends no earlier than today; without a claim nothing is kept."""
    on = event + timedelta(days=age)
    fate = together.fate(packs(codes), claims, event, on)
    assert (fate.then == "block") is bool(fate.duties)
    if fate.then == "block":
        assert fate.until is not None
        assert fate.until >= on
        assert {duty.cite.regime for duty in fate.duties} <= set(codes)
    if not claims:
        assert fate.then == "erase"
    if any(claim.split(" ")[0] not in codes for claim in claims):
        assert fate.then != "erase"


@given(codes=SETS, more=st.sampled_from(CODES), kind=st.sampled_from(["government-id", "credential", "name"]))
def test_another_law_shows_nothing_that_was_withheld(codes: list[str], more: str, kind: str) -> None:
    """At most a person has to decide."""
    if together.shown(packs(codes), "access", kind) != "show":
        assert together.shown(packs([*codes, more]), "access", kind) != "show"


@given(codes=SETS, established=COUNTRIES, residence=COUNTRIES)
def test_what_is_not_known_hides_no_law(codes: list[str], established: str, residence: str) -> None:
    """Whoever's residence is unknown is treated as living anywhere."""
    known = together.applying(packs(codes), [established], residence)
    anywhere = together.applying(packs(codes), [established], None)
    assert {pack.code for pack in known} <= {pack.code for pack in anywhere}
