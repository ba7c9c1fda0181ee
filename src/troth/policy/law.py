"""The dated values of the law packs that the gate reads, prepared once with the policy."""

from collections.abc import Iterable

from troth.catalog import Catalog
from troth.catalog.nouns import Cite
from troth.catalog.pack import LawPack
from troth.model.law import Advertising, Law, Safe


def laws_for(regimes: Iterable[str], catalog: Catalog) -> tuple[Law, ...]:
    """Every pack that binds the organisation, or might by where a person lives; the organisation's own are `ours`."""
    own = frozenset(regimes)
    return tuple(_law(pack, ours=pack.code in own) for pack in catalog.laws.values())


def _law(pack: LawPack, *, ours: bool) -> Law:
    """A consumer is assumed: who writes for a business is protected like one."""
    rules = [rule for rule in pack.marketing.values() if rule.to != "business" and _in_force(rule.cite)]
    return Law(
        pack.code,
        ours,
        pack.established_in,
        pack.residents_of,
        pack.home,
        tuple(
            Safe(row.countries, *_days(row.cite), partly=bool(row.only))
            for row in pack.adequate.values()
            if _in_force(row.cite)
        ),
        tuple(
            Advertising(rule.channels, since, rule.needs != "no-objection", until, rule.unless)
            for rule in rules
            for since, until in (_days(rule.cite),)
        ),
    )


def _in_force(cite: Cite) -> bool:
    """A repealed one still answers for its own days; what is only proposed never is law."""
    return cite.status != "proposed"


def _days(cite: Cite) -> tuple[str, str]:
    return cite.in_force_from.isoformat(), cite.in_force_to.isoformat() if cite.in_force_to else ""
