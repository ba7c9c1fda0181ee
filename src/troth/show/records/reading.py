"""How the records read a policy: its declarations in words, and each legal value with who checked it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from troth.catalog import Catalog
from troth.catalog.languages import Phrases, phrases
from troth.catalog.nouns import IN_FORCE, Cite
from troth.catalog.pack import LawPack
from troth.model.datamap import ColumnMap, TableMap
from troth.model.period import Period
from troth.model.policy import Element, Policy, Purpose, Recipient, Retention
from troth.model.policy_contact import Activity
from troth.model.policy_guard import Measure
from troth.model.text import Text
from troth.model.where import Where

NOBODY = "nobody"
_UNITS = ("year", "month", "day", "hour")


class Reading:
    """One policy, read in one language."""

    def __init__(self, policy: Policy, catalog: Catalog, language: str = "") -> None:
        self.policy = policy
        self.catalog = catalog
        self.language = language or policy.organisation.languages[0]
        self.say: Phrases = phrases(self.language)

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
        words = self.said(getattr(thing, "says", {}))
        return words or thing.name if isinstance(thing, Recipient) else words

    def who(self, recipient: Recipient) -> str:
        """A recipient by its name, or by what that says in the language."""
        return self.said(recipient.says) or recipient.name

    def categories(self, elements: Iterable[str]) -> list[str]:
        """Elements under the names of their categories: `How to reach you: name, e-mail address`."""
        wanted, found = frozenset(elements), []
        for category in self.policy.categories.values():
            held = [self._element(self.policy.elements[name]) for name in category.elements if name in wanted]
            if held:
                found.append(f"{self.said(category.says)}: {', '.join(held)}")
        return found

    def _element(self, element: Element) -> str:
        return self.special(element) if element.special else self.said(element.says)

    def special(self, element: Element) -> str:
        """An element with the special category that it reveals."""
        return self.say("special", words=self.said(element.says), kind=self.say.called("special", element.special))

    def quoted(self, text: Text) -> str:
        """A wording in the quotes of the language; nothing where nothing was said."""
        return self.say("quoted", words=self.said(text)) if text else ""

    def codes(self, kind: str, codes: Iterable[str]) -> list[str]:
        """Words of a closed list (`route`) as the language says them, in their order."""
        return [self.say.called(kind, code) for code in codes]

    def country(self, code: str) -> str:
        """What people call it; a part of a country stands by its code."""
        return self.say.countries.get(code) or self.catalog.country(code)

    def countries(self, codes: Iterable[str]) -> list[str]:
        """In the order of their names."""
        return sorted(map(self.country, codes))

    def where(self, where: Where) -> list[str]:
        """A condition in words; nothing where it demands nothing."""
        found = [self._dimension(name, wanted) for name, wanted in where.named()]
        younger = [self.say("where-younger", age=str(where.younger_than))] if where.younger_than else []
        return found + younger

    def _dimension(self, name: str, wanted: frozenset[str]) -> str:
        return self.say(f"where-{name}", names=", ".join(self._named(name, wanted)))

    def _named(self, dimension: str, wanted: frozenset[str]) -> list[str]:
        if dimension in ("residence", "citizenship", "destination"):
            return self.countries(wanted)
        if dimension == "channel":
            return sorted(self.say.called("channel", one, self.catalog.channels[one].says) for one in wanted)
        kinds = {"activity": "activities", "relationship": "relationships", "source": "sources", "element": "elements"}
        return self.names(kinds[dimension], wanted)

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
            found.append(self.say("interest", words=self.said(purpose.interest.says)))
        return found

    def basis(self, name: str) -> str:
        """A legal ground in words with its article."""
        found = self.catalog.basis(self.policy.organisation.regimes, name)
        return self._legal(found.cite, "basis", name, found.says) if found else self.say("no-such-ground", name=name)

    def condition(self, name: str) -> str:
        """What opens a special category, with its article."""
        found = next((pack.conditions[name] for pack in self.regimes() if name in pack.conditions), None)
        if found is None:
            return self.say("no-such-condition", name=name)
        return self._legal(found.cite, "condition", name, found.says)

    def _legal(self, cite: Cite, kind: str, code: str, english: str) -> str:
        return f"{self.cite(cite)} ({self.say('quoted', words=self.say.called(kind, code, english))})"

    def cite(self, cite: Cite) -> str:
        """A place in the law, with how sure it is: who checked it, or that nobody has."""
        more = [self.say(f"status-{cite.status}")] if cite.status != IN_FORCE else []
        more += [self.say(f"sure-{cite.sure}")] if cite.sure else []
        return self.checked(", ".join([str(cite), *more]), cite.checked)

    def law(self, pack: LawPack) -> str:
        """What a law is called."""
        return self.say.called("law", pack.code, pack.name)

    def checked(self, words: str, by: str) -> str:
        """Words of law with who compared them with its text."""
        return self.say("checked-nobody", words=words) if by == NOBODY else self.say("checked-by", words=words, who=by)

    # --- Time ---

    def ends(self, rule: Retention) -> str:
        """A retention rule in words with its period, its law and what happens then."""
        law = f"; {self.checked(rule.statutory, rule.checked)}" if rule.statutory else ""
        return f"{self.said(rule.says)} ({self.period(rule)}{law})"

    def period(self, rule: Retention) -> str:
        """`8 years from the end of the year of that date, then it is deleted`."""
        length = self.lasting(Period(rule.years, rule.months, rule.days, rule.hours))
        starts, until = (self.policy.events.get(name) for name in (rule.starts, rule.until))
        begins = self.quoted(starts.says) if starts else self.say(f"begins-{rule.starts}")
        kept = [self.say("counted-from", length=length, start=begins)] if length else []
        kept += [self.say("until-event", event=self.quoted(until.says))] if until else []
        return ", ".join([*kept, self.say(f"then-{rule.then}")])

    def lasting(self, period: Period) -> str:
        """`2 years 6 months`; empty where nothing was said."""
        parts = zip(_UNITS, (period.years, period.months, period.days, period.hours), strict=True)
        return " ".join(self.say(f"one-{u}" if n == 1 else f"some-{u}s", number=str(n)) for u, n in parts if n)

    def day(self, value: date | None) -> str:
        """A day as the language writes it; an open end is none."""
        return self.say.day(value) if value else ""

    def on(self, iso: str) -> str:
        """An ISO day as the language writes it; empty for none."""
        return self.day(date.fromisoformat(iso)) if iso else ""

    def until(self, iso: str) -> str:
        """`, until 31 December 2034`; empty for no end."""
        return f", {self.say('until', day=self.on(iso))}" if iso else ""

    def erasure(self, purpose: Purpose) -> list[str]:
        """When the data of a purpose ends: its own rule, that of each table held for it, and of single elements."""
        rules, ends = self.policy.retentions, dict[str, list[str]]()
        if purpose.retention in rules:
            ends[self.ends(rules[purpose.retention])] = []
        for table in tables_of(self.policy, purpose.id):
            end = self.ends(rules[table.retain]) if table.retain in rules else self.said(table.ends)
            ends.setdefault(end or self.say("no-period"), []).append(self.said(table.says) or table.name)
            for column in table.columns.values():
                if column.ends:
                    ends.setdefault(self.said(column.ends), []).append(self._held(column))
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
        return self.say("receiver", name=self.who(recipient), role=self.role(recipient), places=places)

    def role(self, recipient: Recipient) -> str:
        """What a recipient is to us."""
        return self.say(f"role-{recipient.role}")

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
        return found + [f"{self.said(one.says)}: {', '.join(self.codes('protection', one.protect))}" for one in kept]

    def measures(self, elements: frozenset[str], stores: Iterable[str]) -> list[Measure]:
        """Measures that protect such data or such stores, and those for everything."""
        held, found = frozenset(stores), self.policy.protection.measures.values()
        return [measure for measure in found if _reaches(measure, elements, held)]


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
