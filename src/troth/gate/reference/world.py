"""The question under one policy version, and the words in which the reference speaks of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from troth.model.law import Law
from troth.model.policy import Policy, Purpose, Recipient
from troth.model.policy_contact import Activity
from troth.model.question import Facts, Question
from troth.model.where import Where

ALWAYS_OWED = {"contract", "legal-obligation", "vital-interests"}
NOT_OBJECTED = {"contract", "pre-contract", "legal-obligation", "vital-interests"}
ALL_BASES = NOT_OBJECTED | {"consent", "public-task", "legitimate-interest", "recognised-interest"}
ALL_OPERATIONS = {"collect", "read", "use", "send", "disclose", "transfer", "profile", "decide", "track"}
DISGUISE = {"personal": 0, "pseudonymous": 1, "aggregated": 2, "anonymous": 3}


@dataclass
class Verdict:
    """What the reference says."""

    allowed: bool = False
    no: set[str] = field(default_factory=set)
    """Codes against the question as a whole."""
    yes: set[str] = field(default_factory=set)
    against: dict[str, set[str]] = field(default_factory=dict)
    """Element -> every code against it."""
    released: set[str] = field(default_factory=set)

    @property
    def codes(self) -> set[str]:
        """All codes, for and against."""
        return self.no | self.yes | {code for codes in self.against.values() for code in codes}


@dataclass
class World:
    """Everything that one version's answer depends on."""

    policy: Policy
    question: Question
    facts: Facts
    asked: set[str]
    newest: Mapping[str, int]
    adult_age: int
    verdict: Verdict
    newer: Policy
    """Today's version."""
    purpose: Purpose = field(init=False)
    basis: str = field(init=False)
    own_basis: dict[str, str] = field(init=False)

    # --- saying

    def no(self, *codes: str) -> None:
        """Close the whole question."""
        self.verdict.no.update(codes)

    def yes(self, code: str) -> None:
        """Name what opens."""
        self.verdict.yes.add(code)

    def say(self, codes: Iterable[str], elements: Iterable[str] | None = None) -> None:
        """Say each code for what it is, about the question or about elements."""
        for code in codes:
            if code in ("choice-yes", "choice-not-refused"):
                self.yes(code)
            elif elements is None:
                self.no(code)
            else:
                for element in elements:
                    self.withhold(element, code)

    def withhold(self, element: str, *codes: str) -> None:
        """Close one element."""
        self.verdict.against.setdefault(element, set()).update(codes)

    # --- seeing

    @property
    def now(self) -> datetime:
        """The moment; without a zone it is taken for UTC."""
        at = self.question.at
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at

    @property
    def today(self) -> date:
        """The day, in UTC."""
        return self.now.astimezone(UTC).date()

    @property
    def iso(self) -> str:
        """The day as a policy writes it."""
        return self.today.isoformat()

    @property
    def to(self) -> Recipient | None:
        """The recipient."""
        return self.policy.recipients.get(self.question.recipient)

    @property
    def rule(self) -> Any:
        """The purpose's rule for the channel; None: it has none."""
        return self.purpose.channels.get(self.question.channel) if self.question.channel else None

    @property
    def advertises(self) -> bool:
        """Whether it is advertising."""
        return self.purpose.direct_marketing or self.purpose.kind == "marketing"

    def known_elements(self) -> set[str]:
        """What is asked and declared."""
        return self.asked & set(self.policy.elements)

    def activities(self) -> list[Activity]:
        """In which it may happen."""
        names = [self.question.activity] if self.question.activity else list(self.purpose.activities)
        return [self.policy.activities[name] for name in names if name in self.policy.activities]

    def in_time(self, begins: str, ends: str) -> bool:
        """Whether today lies between two days, both counted; an empty end is none."""
        return begins <= self.iso and (ends == "" or self.iso <= ends)

    def last(self, names: Iterable[str]) -> datetime | None:
        """When one of these events last happened, before now."""
        found = [self.facts.events[n] for n in names if self.facts.events and n in self.facts.events]
        found = [moment for moment in found if moment <= self.now]
        return max(found) if found else None

    # --- conditions

    def condition(self, where: Where) -> bool | set[str]:
        """Whether a condition holds, elements aside; or the codes for what nobody knows of it."""
        asking, facts = self.question, self.facts
        here = [activity.id for activity in self.activities()]
        named = here if len(here) == 1 else [asking.activity] if asking.activity else None
        found = [
            self._plain(where.activity, named, "not-said:activity"),
            self._place(where.residence, facts.residence, "fact-missing:residence"),
            self._place(where.citizenship, facts.citizenship, "fact-missing:citizenship"),
            self._plain(where.relationship, facts.relationships, "fact-missing:relationships"),
            self._plain(where.source, [asking.source] if asking.source else None, "not-said:source"),
            self._plain(where.channel, [asking.channel] if asking.channel else None, "not-said:channel"),
            self._journey(where.destination),
            self._young(where.younger_than),
        ]
        if False in found:
            return False
        missing = {code for code in found if isinstance(code, str)}
        return missing or True

    def _plain(self, wanted: frozenset[str], known: Iterable[str] | None, code: str) -> bool | str:
        if not wanted:
            return True
        return code if known is None else any(value in wanted for value in known)

    def _place(self, wanted: frozenset[str], known: str | None, code: str) -> bool | str:
        if not wanted:
            return True
        if known is None:
            return code
        if known in wanted or known[:2] in wanted:
            return True
        return code if any(value.startswith(known + "-") for value in wanted) else False

    def _journey(self, wanted: frozenset[str]) -> bool | str:
        countries = self.question.itinerary
        if not wanted:
            return True
        if not countries:
            return "not-said:itinerary"
        judged = [self._place(wanted, country, "not-said:itinerary") for country in sorted(countries)]
        return True if True in judged else "not-said:itinerary" if "not-said:itinerary" in judged else False

    def _young(self, years: int) -> bool | str:
        born = self.facts.birth_year
        if not years:
            return True
        if born is None:
            return "fact-missing:birth_year"
        oldest = self.today.year - born
        if oldest < years:
            return True
        return "fact-missing:birth_year" if oldest - 1 < years else False

    def decided(self, rules: Iterable[tuple[Where, Any]], otherwise: Any) -> tuple[Any, set[str]]:
        """What the first rule that holds says; the codes for what is missing where that cannot be told."""
        possible, missing = [], set[str]()
        for where, says in rules:
            holds = self.condition(where)
            if holds is not False:
                possible.append(says)
            if holds is True:
                break
            missing |= holds or set()
        else:
            possible.append(otherwise)
        return (possible[0], set()) if len(set(possible)) == 1 else (otherwise, missing)

    # --- law

    def at_home(self, country: str) -> bool:
        """Whether data is at home there."""
        homes = [law.home for law in self.policy.laws if law.ours and law.home]
        if self.policy.transfers.home:
            homes = [self.policy.transfers.home]
        inside = [country in home or country[:2] in home for home in homes]
        return country == self.policy.organisation.country or (inside != [] and False not in inside)

    def laws_outside(self, country: str) -> list[Law]:
        """Our own laws outside whose home a country lies."""
        own = [law for law in self.policy.laws if law.ours and law.home]
        return [law for law in own if country not in law.home and country[:2] not in law.home]

    def safe(self, law: Law, country: str, *, wholly: bool) -> bool:
        """Whether a law takes a country for safe today."""
        for row in law.safe:
            there = country in row.countries or country[:2] in row.countries
            if there and self.in_time(row.since, row.until) and not (wholly and row.partly):
                return True
        return False
