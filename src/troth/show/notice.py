"""The published notice: made from the policy's clauses, so it cannot say what the machine does not know.

The clauses are the author's words, first in one sentence each where the author wrote one. What the law asks to be told
for each purpose (GDPR Art. 13(1)(c) to (f), 13(2)(a)) is listed after them from the same declarations that the gate and
the plans use, in the words of `packs/languages`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from troth.catalog import Catalog
from troth.catalog.languages import Phrases, phrases
from troth.catalog.nouns import Cite
from troth.model.datamap import TableMap
from troth.model.law import NOBODY
from troth.model.policy import Clause, Policy, Purpose, Recipient, Region
from troth.show.blocks import Block, Blocks, Heading, Links, Pairs, Para, Rich, Table, Tone
from troth.show.package import allows
from troth.show.words import short

Way = tuple[str, str, str]
"""Label, address, what is there."""


@dataclass(frozen=True)
class Around:
    """What lies beside a notice once it is published: where each of them is found."""

    languages: Sequence[Way] = ()
    specific: Sequence[Way] = ()
    earlier: Sequence[Way] = ()


ALONE = Around()


def notice(policy: Policy, catalog: Catalog, language: str = "", *, which: str = "", around: Around = ALONE) -> Blocks:
    """One notice in one language: its first layer, its clauses, then what for, on which ground, to whom and how long.

    Args:
        policy: The version that is shown.
        catalog: The law behind it.
        language: The organisation's first where none is named.
        which: Id of a specific notice; empty: the main one, which alone has the lists.
        around: Other languages, specific notices, earlier versions.
    """
    made = _Notice(policy, catalog, language or policy.organisation.languages[0], which)
    blocks = [*made.head(), *_ways(made.say("other-languages"), around.languages), *made.clauses()]
    if not which:
        blocks += [*made.lists(), *made.unchecked(), *_ways(made.say("specific"), around.specific)]
    blocks += _ways(made.say("earlier"), around.earlier)
    return (*blocks, Para(made.say("version", version=short(policy.hash)), Tone.QUIET))


def title(policy: Policy, language: str = "", which: str = "") -> str:
    """What the page is called."""
    say = phrases(language or policy.organisation.languages[0])
    return say("specific-title" if which else "title", name=which or policy.organisation.name)


def _ways(heading: str, ways: Sequence[Way]) -> list[Block]:
    return [Heading(heading, 2), Links(list(ways))] if ways else []


class _Notice:
    """One notice while it is put together."""

    def __init__(self, policy: Policy, catalog: Catalog, language: str, which: str) -> None:
        self._policy, self._catalog, self._language, self._which = policy, catalog, language, which
        self.say: Phrases = phrases(language)
        self._cited: list[Cite] = []

    def head(self) -> Iterator[Block]:
        """Whose it is, from when, and where to write."""
        organisation, say = self._policy.organisation, self.say
        yield Heading(title(self._policy, self._language, self._which))
        rows = [
            (say("in-force-from"), say.day(date.fromisoformat(self._policy.effective_from))),
            (say("who-answers"), organisation.name),
            (say("address"), organisation.address),
            (say("write-to"), organisation.contact),
        ]
        if organisation.register:
            rows.append((say("registered"), f"{organisation.register.court}, {organisation.register.number}"))
        if officer := organisation.dpo:
            reach = ", ".join(each for each in (officer.email, officer.phone, officer.address) if each)
            rows.append((say("officer"), f"{officer.name}, {reach}"))
        yield Pairs([*rows, (say("complain"), organisation.authority)])
        if organisation.regions and not self._which:
            yield Heading(say("variants"), 2)
            yield Pairs([(self._words(region.says), _reached(region)) for region in organisation.regions.values()])

    def clauses(self) -> Iterator[Block]:
        """The first layer, where somebody wrote one, then every clause in the author's order."""
        found = [c for c in self._policy.clauses if (c.language, c.notice) == (self._language, self._which)]
        if layer := [(_titled(c), f"#{c.id}", c.short) for c in found if c.short]:
            yield Heading(self.say("contents"), 2)
            yield Links(layer)
        for clause in found:
            yield Heading(_titled(clause), 2, anchor=clause.id)
            yield Rich(clause.text)

    def lists(self) -> Iterator[Block]:
        """What the policy declares, whoever wrote the clauses."""
        say = self.say
        yield Heading(say("purposes"), 2)
        yield Table(say("purposes-caption"), [say("what-for"), say("ground"), say("data")], list(self._reasons()))
        yield Heading(say("recipients"), 2)
        columns = [say("who"), say("what-for"), say("which-data")]
        yield Table(say("recipients-caption"), columns, list(self._recipients()))
        yield Heading(say("periods"), 2)
        yield Table(say("periods-caption"), [say("what"), say("how-long")], list(self._periods()))

    def unchecked(self) -> Iterator[Block]:
        """One sentence where what the lists cite was checked by nobody; a mark at each article would hide the rest."""
        if any(cite.checked == NOBODY for cite in self._cited):
            yield Para(self.say("laws-unchecked"), Tone.QUIET)

    def _reasons(self) -> Iterator[tuple[str, str, str]]:
        for purpose in self._policy.purposes.values():
            planned = (
                f" ({self.say('planned', day=self.say.day(date.fromisoformat(purpose.starts)))})"
                if purpose.intended and purpose.starts
                else ""
            )
            yield f"{self._words(purpose.says)}{planned}", self._grounds(purpose), self._elements(purpose.uses)

    def _grounds(self, purpose: Purpose) -> str:
        special = any(self._policy.elements[name].special for name in purpose.uses)
        said = [self._ground(purpose, purpose.basis, special=special)]
        for basis in dict.fromkeys(purpose.basis_of.values()):
            names = frozenset(element for element, other in purpose.basis_of.items() if other == basis)
            said.append(f"{self._elements(names)}: {self._ground(purpose, basis, special=False)}")
        return "; ".join(said)

    def _ground(self, purpose: Purpose, basis: str, *, special: bool) -> str:
        regimes = self._policy.organisation.regimes
        found = self._catalog.basis(regimes, basis)
        if found is None:
            return self.say("no-such-ground", name=basis)
        words = [self._by(allows(self.say, found), found.cite)]
        if special and purpose.special_condition:
            name = purpose.special_condition
            opens = [p.conditions[name] for p in self._catalog.regimes(regimes) if name in p.conditions][:1]
            words += [self._by(self.say.called("condition", name, one.says), one.cite) for one in opens]
        return "; ".join(words)

    def _by(self, words: str, cite: Cite) -> str:
        self._cited.append(cite)
        return f"{words} ({cite})"

    def _recipients(self) -> Iterator[tuple[str, str, str]]:
        for recipient in self._policy.recipients.values():
            purposes = "; ".join(self._words(self._policy.purposes[name].says) for name in recipient.purposes)
            yield self._receiver(recipient), purposes, self._elements(recipient.elements)
        if not self._policy.recipients:
            yield self.say("nobody"), "", ""

    def _receiver(self, recipient: Recipient) -> str:
        code = recipient.country
        country = self.say.countries.get(code) or self._catalog.country(code)
        safeguard = f"; {self._words(recipient.safeguard)}" if recipient.safeguard else ""
        role = self.say(f"role-{recipient.role}")
        return self.say(
            "receiver", name=self._words(recipient.says) or recipient.name, role=role, places=f"{country}{safeguard}"
        )

    def _periods(self) -> Iterator[tuple[str, str]]:
        """Each kind of record, and each element in it that ends otherwise."""
        for store in self._policy.stores.values():
            for table in store.tables.values():
                if table.personal:
                    yield self._words(table.says) or table.name, "; ".join(self._ends(table))

    def _ends(self, table: TableMap) -> list[str]:
        rule = self._policy.retentions.get(table.retain)
        columns: dict[str, dict[str, None]] = {}
        for column in table.columns.values():
            if column.ends:
                element = self._policy.elements.get(column.element)
                called = self._words(element.says) if element else column.element
                columns.setdefault(self._words(column.ends), {})[called] = None
        return [
            self._words(rule.says if rule else table.ends) or self.say("no-period"),
            *(f"{', '.join(names)}: {ends}" for ends, names in columns.items()),
        ]

    def _elements(self, names: frozenset[str]) -> str:
        """Whole categories by their name, the rest one by one, in the order in which they are declared."""
        said: list[str] = []
        for category in self._policy.categories.values():
            held = [element for element in category.elements if element in names]
            whole = len(held) == len(category.elements) > 1
            kinds = [category.says] if whole else [self._policy.elements[each].says for each in held]
            said += [self._words(each) for each in kinds]
        return ", ".join(said)

    def _words(self, text: Mapping[str, str]) -> str:
        return self._policy.words(text, self._language)


def _titled(clause: Clause) -> str:
    return f"{clause.number} {clause.title}" if clause.number else clause.title


def _reached(region: Region) -> str:
    return ", ".join(each for each in (region.name, region.address, region.contact, region.phone) if each)
