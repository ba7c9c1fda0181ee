"""How the records read a policy: its declarations in words, and each legal value with who checked it."""

from collections.abc import Iterable, Iterator, Mapping

from troth.catalog import Catalog
from troth.catalog.nouns import IN_FORCE, Cite
from troth.catalog.pack import LawPack
from troth.model.datamap import ColumnMap, TableMap
from troth.model.period import Period
from troth.model.policy import Element, Policy, Purpose, Recipient, Retention
from troth.model.policy_contact import Activity
from troth.model.policy_guard import Measure
from troth.model.text import Text
from troth.model.where import Where
from troth.plan.codes import UNCHECKED
from troth.show.package import DECIDES, NO_PERIOD, ROLES
from troth.show.words import count

_ROLES = ROLES | {"affiliate": "of our group", "employer": "the employer", "controller": DECIDES}
_BEGINS = {"event": "the date in each row", "end-of-year": "the end of the year of that date"}
_THEN = {
    "delete": "then it is deleted",
    "mask": "then it is masked",
    "anonymise": "then it is made anonymous",
    "block": "then it is blocked",
}
_PLACES = {"residence": "of people in", "citizenship": "of citizens of", "destination": "for journeys or orders to"}


class Reading:
    """One policy, read in one language."""

    def __init__(self, policy: Policy, catalog: Catalog, language: str = "") -> None:
        self.policy = policy
        self.catalog = catalog
        self.language = language or policy.organisation.languages[0]

    # --- Words ---

    def said(self, text: Text) -> str:
        """A wording in the language of the record, or in the policy's first; nothing where nothing was said."""
        return self.policy.words(text, self.language) if text else ""

    def names(self, kind: str, ids: Iterable[str]) -> list[str]:
        """Things of a kind (`purposes`) in words, in the order of their declaration."""
        things: Mapping[str, object] = getattr(self.policy, kind)
        wanted = frozenset(ids)
        return [self._name(thing) for name, thing in things.items() if name in wanted]

    def _name(self, thing: object) -> str:
        return str(thing.name) if isinstance(thing, Recipient) else self.said(getattr(thing, "says", {}))

    def categories(self, elements: Iterable[str]) -> list[str]:
        """Elements under the names of their categories: `How to reach you: name, e-mail address`."""
        wanted, found = frozenset(elements), []
        for category in self.policy.categories.values():
            held = [self._element(self.policy.elements[name]) for name in category.elements if name in wanted]
            if held:
                found.append(f"{self.said(category.says)}: {', '.join(held)}")
        return found

    def _element(self, element: Element) -> str:
        return f"{self.said(element.says)} (special: {element.special})" if element.special else self.said(element.says)

    def country(self, code: str) -> str:
        """What people call it; a part of a country stands by its code."""
        return self.catalog.country(code)

    def countries(self, codes: Iterable[str]) -> list[str]:
        """In the order of their names."""
        return sorted(map(self.country, codes))

    def where(self, where: Where) -> list[str]:
        """A condition in words; nothing where it demands nothing."""
        found = [self._dimension(name, wanted) for name, wanted in where.named()]
        return [*found, f"of people below {where.younger_than}"] if where.younger_than else found

    def _dimension(self, name: str, wanted: frozenset[str]) -> str:
        if name in _PLACES:
            return f"{_PLACES[name]} {', '.join(self.countries(wanted))}"
        if name == "channel":
            return f"over {', '.join(sorted(self.catalog.channels[one].says for one in wanted))}"
        kinds = {"activity": "activities", "relationship": "relationships", "source": "sources", "element": "elements"}
        return f"{name}: {', '.join(self.names(kinds[name], wanted))}"

    # --- Law ---

    def regimes(self) -> tuple[LawPack, ...]:
        """The law packs of the organisation."""
        return self.catalog.regimes(self.policy.organisation.regimes)

    def homes(self) -> list[frozenset[str]]:
        """Regions in each of which data is at home: the policy's own, or what each law says."""
        own = self.policy.transfers.home
        return [own] if own else [pack.home for pack in self.regimes() if pack.home]

    def abroad(self, places: Iterable[str]) -> list[str]:
        """Of these countries, those outside one of the homes. Where home is each person's own country, all are."""
        homes = [frozenset[str]()] if self.policy.transfers.home_of_person else self.homes()
        return sorted(place for place in set(places) - {""} if any(place not in home for home in homes))

    def grounds(self, purpose: Purpose) -> list[str]:
        """Each ground of a purpose with its article, for which data or people where that differs, and its duties."""
        found = [self.basis(purpose.basis)]
        for basis in dict.fromkeys(purpose.basis_of.values()):
            elements = [name for name, other in purpose.basis_of.items() if other == basis]
            found.append(f"{', '.join(self.names('elements', elements))}: {self.basis(basis)}")
        rules = purpose.ground.rules if purpose.ground else ()
        found += [f"{', '.join(self.where(rule.where))}: {self.basis(rule.basis)}" for rule in rules]
        conditions = [purpose.special_condition, *purpose.condition_of.values()]
        found += [self.condition(name) for name in dict.fromkeys(filter(None, conditions))]
        duties = [self.policy.obligations[name] for name in purpose.obligations]
        found += [f"{self.said(duty.says)} ({self.checked(duty.cites, duty.checked)})" for duty in duties]
        if purpose.interest:
            found.append(f"interest: {self.said(purpose.interest.says)}")
        return found

    def basis(self, name: str) -> str:
        """A legal ground in words with its article."""
        found = self.catalog.basis(self.policy.organisation.regimes, name)
        return f"{self.cite(found.cite)} (“{found.says}”)" if found else f"no law pack has the ground `{name}`"

    def condition(self, name: str) -> str:
        """What opens a special category, with its article."""
        found = next((pack.conditions[name] for pack in self.regimes() if name in pack.conditions), None)
        return f"{self.cite(found.cite)} (“{found.says}”)" if found else f"no law pack has the condition `{name}`"

    def cite(self, cite: Cite) -> str:
        """A place in the law, with how sure it is: who checked it, or that nobody has."""
        more = [cite.status] if cite.status != IN_FORCE else []
        more += [{"secondary": "from a secondary source", "reading": "our reading"}[cite.sure]] if cite.sure else []
        return self.checked(", ".join([str(cite), *more]), cite.checked)

    @staticmethod
    def checked(words: str, by: str) -> str:
        """Words of law with who compared them with its text."""
        return f"{words}, {UNCHECKED if by == 'nobody' else f'checked: by {by}'}"

    # --- Time ---

    def ends(self, rule: Retention) -> str:
        """A retention rule in words with its period, its law and what happens then."""
        law = f"; {self.checked(rule.statutory, rule.checked)}" if rule.statutory else ""
        return f"{self.said(rule.says)} ({self.period(rule)}{law})"

    def period(self, rule: Retention) -> str:
        """`8 years from the end of the year of that date, then it is deleted`."""
        length = lasting(Period(rule.years, rule.months, rule.days, rule.hours))
        starts = self.policy.events.get(rule.starts)
        begins = f"“{self.said(starts.says)}”" if starts else _BEGINS.get(rule.starts, rule.starts)
        until = self.policy.events.get(rule.until)
        kept = [f"{length} from {begins}"] if length else []
        kept += [f"until “{self.said(until.says)}”"] if until else []
        return ", ".join([*kept, _THEN[rule.then]])

    def erasure(self, purpose: Purpose) -> list[str]:
        """When the data of a purpose ends: its own rule, that of each table held for it, and of single elements."""
        rules, ends = self.policy.retentions, dict[str, list[str]]()
        if purpose.retention in rules:
            ends[self.ends(rules[purpose.retention])] = []
        for table in tables_of(self.policy, purpose.id):
            end = self.ends(rules[table.retain]) if table.retain in rules else table.ends
            ends.setdefault(end or NO_PERIOD, []).append(table.says or table.name)
            for column in table.columns.values():
                if column.ends:
                    ends.setdefault(column.ends, []).append(self._held(column))
        for name, element in self.policy.elements.items():
            if name in purpose.uses and element.retention in rules:
                ends.setdefault(self.ends(rules[element.retention]), []).append(self.said(element.says))
        return [f"{', '.join(dict.fromkeys(held))}: {end}" if held else end for end, held in ends.items()]

    def _held(self, column: ColumnMap) -> str:
        return self.said(self.policy.elements[column.element].says) if column.element else column.column

    # --- Who and how ---

    def receiver(self, recipient: Recipient) -> str:
        """`Quillpost (works for us, in Germany)`."""
        places = ", ".join(self.countries({recipient.country, *recipient.stored_in, *recipient.reached_from}))
        return f"{recipient.name} ({role(recipient)}, in {places})"

    def receivers(self, purpose: Purpose, activity: Activity | None) -> list[Recipient]:
        """Who gets something for a purpose, as far as that happens in an activity."""
        return [
            recipient
            for recipient in self.policy.recipients.values()
            if purpose.id in recipient.purposes
            and (activity is None or not recipient.activities or activity.id in recipient.activities)
        ]

    def protection(self, elements: frozenset[str], stores: Iterable[str]) -> list[str]:
        """Measures for such data in words, and how single elements are kept."""
        kept = [one for name, one in self.policy.elements.items() if name in elements and one.protect]
        found = [self.said(measure.says) for measure in self.measures(elements, stores)]
        return found + [f"{self.said(one.says)}: {', '.join(one.protect)}" for one in kept]

    def measures(self, elements: frozenset[str], stores: Iterable[str]) -> list[Measure]:
        """Measures that protect such data or such stores, and those for everything."""
        held, found = frozenset(stores), self.policy.protection.measures.values()
        return [measure for measure in found if _reaches(measure, elements, held)]


def role(recipient: Recipient) -> str:
    """What a recipient is to us, in words."""
    return _ROLES.get(recipient.role, recipient.role)


def lasting(period: Period) -> str:
    """`2 years 6 months`; empty where nothing was said."""
    parts = (("year", period.years), ("month", period.months), ("day", period.days), ("hour", period.hours))
    return " ".join(count(number, unit) for unit, number in parts if number)


def tables_of(policy: Policy, purpose: str) -> Iterator[TableMap]:
    """The tables that are held for a purpose."""
    for store in policy.stores.values():
        yield from (table for table in store.tables.values() if table.personal and purpose in table.purposes)


def stores_of(policy: Policy, purpose: str) -> list[str]:
    """The stores in which something is held for a purpose."""
    return [
        store.name
        for store in policy.stores.values()
        if any(table.personal and purpose in table.purposes for table in store.tables.values())
    ]


def _reaches(measure: Measure, elements: frozenset[str], stores: frozenset[str]) -> bool:
    if not measure.elements and not measure.stores:
        return True
    return not elements.isdisjoint(measure.elements) or not stores.isdisjoint(measure.stores)
