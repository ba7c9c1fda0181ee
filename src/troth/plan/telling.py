"""Who must be told about an erasure: exactly those who received what is erased; who cannot be told is named.

A letter must not tell more than its recipient has already: the person is named to it by what it gets, or not at all.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from troth.model.person import Identifier
from troth.model.plan import Effect, Verb
from troth.model.policy import Policy
from troth.plan.codes import Cite, reason

NONE_LEFT: Mapping[str, Collection[str]] = MappingProxyType({})


def tells(
    policy: Policy, effects: Sequence[Effect], cite: Cite, released: Mapping[str, Collection[str]] = NONE_LEFT
) -> Iterator[Effect]:
    """One `tell` line for each recipient of erased elements, in the order of the policy.

    Who received: whoever a table is declared to feed, and whoever the ledger says something was `released` to
    (recipient -> elements). The second received exactly that, whatever is declared of it today.
    """
    received: dict[str, set[str]] = {}
    gone = {e for effect in effects if effect.verb in {Verb.DELETE, Verb.MASK} for e in effect.datum}
    for effect in effects:
        if effect.verb in {Verb.DELETE, Verb.MASK}:
            for receiver in policy.stores[effect.store].tables[effect.table].recipients:
                received.setdefault(receiver, set()).update(effect.datum)
    for name, recipient in policy.recipients.items():
        datum = received.get(name, set()) & recipient.elements | gone & set(released.get(name, ()))
        if datum:
            yield Effect(
                number=0,
                store="",
                table="",
                verb=Verb.TELL,
                rows=(),
                key_columns=(),
                datum=tuple(sorted(datum)),
                ground=reason(["told-about-erasure"], cite),
                exception=None if recipient.tell else reason(["cannot-be-told"], cite),
                recipient=name,
            )


def named_to(policy: Policy, recipient: str, identifiers: Iterable[Identifier]) -> tuple[Identifier, ...]:
    """Proven identifiers whose kind, or whose element in a table of this recipient, is among what it gets."""
    gets = policy.recipients[recipient].elements
    known = set(gets)
    for store in policy.stores.values():
        for table in store.tables.values():
            if recipient in table.recipients:
                held = ((i.kind, table.columns.get(i.column)) for i in table.identifiers)
                known |= {kind for kind, column in held if column and column.element in gets}
    return tuple(i for i in identifiers if i.proven and i.kind in known)


def kept_from(policy: Policy, effects: Iterable[Effect], recipient: str) -> Iterator[Effect]:
    """Lines about what this recipient has as well and a law keeps: it must not be asked to erase that."""
    for effect in effects:
        if effect.verb in {Verb.RETAIN, Verb.BLOCK} and effect.exception:
            table = policy.stores[effect.store].tables[effect.table]
            datum = tuple(e for e in effect.datum if e in policy.recipients[recipient].elements)
            if recipient in table.recipients and datum:
                yield replace(effect, datum=datum)
