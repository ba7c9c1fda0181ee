"""The published notice: made from the policy's clauses, so it cannot say what the machine does not know.

The clauses are the author's words. What the law asks to be told for each purpose (GDPR Art. 13(1)(c) to (f), 13(2)(a))
is listed after them from the same declarations that the gate and the plans use.
"""

from datetime import date

from troth.catalog import Catalog
from troth.model.datamap import TableMap
from troth.model.policy import Policy, Purpose
from troth.show.blocks import Block, Blocks, Heading, Pairs, Para, Rich, Table, Tone
from troth.show.package import NO_ONE, NO_PERIOD, ground, receiver
from troth.show.words import day, short


def notice(policy: Policy, catalog: Catalog, language: str = "") -> Blocks:
    """All clauses of one language, in the author's order, then what for, on which ground, to whom and how long."""
    organisation = policy.organisation
    wanted = language or organisation.languages[0]
    blocks: list[Block] = [
        Heading(f"Privacy notice of {organisation.name}"),
        Pairs(
            [
                ("in force from", day(date.fromisoformat(policy.effective_from))),
                ("who answers", organisation.name),
                ("address", organisation.address),
                ("write to", organisation.contact),
                ("you may complain to", organisation.authority),
            ]
        ),
    ]
    for clause in policy.clauses:
        if clause.language == wanted:
            blocks += [Heading(clause.title, 2), Rich(clause.text)]
    blocks += [
        Heading("Each purpose with its ground", 2),
        Table(
            "What for, and what allows it",
            ["what for", "on which ground", "with which data"],
            _reasons(policy, catalog),
        ),
        Heading("Who receives your data", 2),
        Table("Everybody outside, and for what", ["who", "for what", "which data"], _recipients(policy, catalog)),
        Heading("How long we keep it", 2),
        Table("Each kind of record, and how long it stays", ["what", "how long"], _periods(policy)),
    ]
    return (*blocks, Para(f"Version {short(policy.hash)}", Tone.QUIET))


def _reasons(policy: Policy, catalog: Catalog) -> list[tuple[str, str, str]]:
    return [
        (policy.words(purpose.says), _grounds(policy, catalog, purpose), _elements(policy, purpose.uses))
        for purpose in policy.purposes.values()
    ]


def _grounds(policy: Policy, catalog: Catalog, purpose: Purpose) -> str:
    special = any(policy.elements[name].special for name in purpose.uses)
    said = [ground(policy, catalog, purpose, purpose.basis, special=special)]
    for basis in dict.fromkeys(purpose.basis_of.values()):
        names = frozenset(element for element, other in purpose.basis_of.items() if other == basis)
        said.append(f"{_elements(policy, names)}: {ground(policy, catalog, purpose, basis, special=False)}")
    return "; ".join(said)


def _recipients(policy: Policy, catalog: Catalog) -> list[tuple[str, str, str]]:
    rows = []
    for recipient in policy.recipients.values():
        purposes = "; ".join(policy.words(policy.purposes[name].says) for name in recipient.purposes)
        rows.append((receiver(catalog, recipient), purposes, _elements(policy, recipient.elements)))
    return rows or [(f"{NO_ONE} {policy.organisation.name}", "", "")]


def _periods(policy: Policy) -> list[tuple[str, str]]:
    tables = [table for store in policy.stores.values() for table in store.tables.values() if table.personal]
    return [(table.says or table.name, "; ".join(_ends(policy, table))) for table in tables]


def _ends(policy: Policy, table: TableMap) -> list[str]:
    rule = policy.retentions.get(table.retain)
    columns: dict[str, dict[str, None]] = {}
    for column in table.columns.values():
        if column.ends:
            columns.setdefault(column.ends, {}).update(dict.fromkeys(policy.named([column.element])))
    return [
        (policy.words(rule.says) if rule else table.ends) or NO_PERIOD,
        *(f"{', '.join(names)}: {ends}" for ends, names in columns.items()),
    ]


def _elements(policy: Policy, names: frozenset[str]) -> str:
    """Whole categories by their name, the rest one by one, in the order in which they are declared."""
    said: list[str] = []
    for category in policy.categories.values():
        held = [element for element in category.elements if element in names]
        said += [policy.words(category.says)] if len(held) == len(category.elements) > 1 else policy.named(held)
    return ", ".join(said)
