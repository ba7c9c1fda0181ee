"""Who must be told about an erasure: exactly those who received what is erased; who cannot be told is named."""

from collections.abc import Iterator, Sequence

from troth.model.plan import Effect, Verb
from troth.model.policy import Policy
from troth.plan.codes import Cite, reason


def tells(policy: Policy, effects: Sequence[Effect], cite: Cite) -> Iterator[Effect]:
    """One `tell` line for each recipient of a table whose erased elements it gets, in the order of the policy."""
    received: dict[str, set[str]] = {}
    for effect in effects:
        if effect.verb in {Verb.DELETE, Verb.MASK}:
            for receiver in policy.stores[effect.store].tables[effect.table].recipients:
                received.setdefault(receiver, set()).update(effect.datum)
    for name, recipient in policy.recipients.items():
        datum = received.get(name, set()) & recipient.elements
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
