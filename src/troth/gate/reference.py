"""What the gate should say, told a second time: slowly, without the rules, as one list of plain sentences per element.

It shares the nouns with the gate and nothing else, so that a mistake in one is not repeated in the other. It gives no
words, clauses or law: a comparison needs the decision, the codes and what is released. Never used to answer anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date

from troth.model.policy import Choice, Policy, Recipient
from troth.model.question import NOTHING_KNOWN, Facts, Question

ALWAYS_OWED = {"contract", "legal-obligation", "vital-interests"}
NOT_OBJECTED = {"contract", "pre-contract", "legal-obligation", "vital-interests"}
ALL_BASES = NOT_OBJECTED | {"consent", "public-task", "legitimate-interest", "recognised-interest"}
ALL_OPERATIONS = {"collect", "read", "use", "send", "disclose", "transfer", "profile", "decide", "track"}


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


def decide(
    policies: tuple[Policy, ...], question: Question, facts: Facts, *, facts_seconds: float = 2.0, adult_age: int = 18
) -> Verdict:
    """Say what the gate should say."""
    verdict = Verdict()
    if not policies:
        verdict.no.add("policy-unknown")
        return verdict
    if not 0 <= facts.age_seconds <= facts_seconds:
        facts = replace(NOTHING_KNOWN, position=facts.position)
    purposes = [policy.purposes[question.purpose] for policy in policies if question.purpose in policy.purposes]
    asked = set(question.fields) or {element for purpose in purposes for element in purpose.uses}
    for policy in policies:
        newest = {c: max(p.choices[c].version for p in policies if c in p.choices) for c in policy.choices}
        _Version(policy, question, facts, asked, newest, adult_age, verdict).judge()
    verdict.released = {element for element in asked if not verdict.against.get(element)}
    if verdict.released:
        if question.fields and verdict.released != asked:
            verdict.no.add("fields-withheld")
    elif purposes:
        verdict.no.add("nothing-released")
    verdict.allowed = not verdict.no and bool(verdict.released)
    if not verdict.allowed:
        verdict.released = set()
    return verdict


@dataclass
class _Version:
    """The question under one policy version."""

    policy: Policy
    question: Question
    facts: Facts
    asked: set[str]
    newest: Mapping[str, int]
    adult_age: int
    verdict: Verdict

    def judge(self) -> None:
        """Add everything that speaks for or against."""
        self.asked_properly()
        self.handed_over()
        for element in self.asked:
            if element not in self.policy.elements:
                self.withhold(element, "field-unknown")
        purpose = self.policy.purposes.get(self.question.purpose)
        if purpose is None:
            self.verdict.no.add("purpose-unknown")
            return
        self.purpose = purpose
        self.rule = purpose.channels.get(self.question.channel)
        self.basis = (self.rule.basis if self.rule and self.question.channel else "") or purpose.basis
        self.owed = self.is_owed()
        self.declared()
        self.conditions()
        self.grounds()
        self.person()
        self.marketing_to_minors()
        self.choices()
        self.objections()
        self.restrictions()
        for element in self.known_elements():
            self.element(element)

    def known_elements(self) -> set[str]:
        return self.asked & set(self.policy.elements)

    # What the question says of itself

    def asked_properly(self) -> None:
        if self.question.at.tzinfo is None:
            self.verdict.no.add("time-without-zone")
        if self.question.operation not in ALL_OPERATIONS:
            self.verdict.no.add("operation-unknown")
        if self.question.operation == "send" and self.question.channel == "":
            self.verdict.no.add("channel-missing")

    def handed_over(self) -> None:
        question, policy = self.question, self.policy
        to = policy.recipients.get(question.recipient)
        if question.recipient == "" and question.operation in ("disclose", "transfer"):
            self.verdict.no.add("recipient-missing")
        if question.recipient != "" and question.recipient not in policy.recipients:
            self.verdict.no.add("recipient-unknown")
        if to and question.purpose in policy.purposes and question.purpose not in to.purposes:
            self.verdict.no.add("recipient-not-for-purpose")
        if question.destination == "" and question.operation == "transfer":
            self.verdict.no.add("destination-missing")
        if question.destination != "":
            there = question.destination
            if to is None or there not in (to.country, *to.stored_in, *to.reached_from):
                self.verdict.no.add("destination-undeclared")
            elif there in (policy.organisation.country, *policy.transfers.home):
                pass
            elif not to.safeguard and not any(self.safe(to, name, there) for name in to.safeguards):
                self.verdict.no.add("safeguard-missing")

    def safe(self, to: Recipient, name: str, country: str) -> bool:
        paper = self.policy.transfers.safeguards.get(name)
        if paper is None or paper.choice or paper.itinerary or paper.elements or not paper.where.anywhere:
            return False
        today = self.today.isoformat()
        if today < paper.signed or (paper.until and paper.until < today):
            return False
        if paper.countries and country not in paper.countries:
            return False
        return not paper.parties or to.id in paper.parties

    # What the purpose opens

    def is_owed(self) -> bool:
        if self.question.operation in ("profile", "decide", "track"):
            return False
        if self.rule is not None and self.rule.needs_choice:
            return False
        return self.basis in ALWAYS_OWED and not self.purpose.direct_marketing

    def declared(self) -> None:
        question, purpose = self.question, self.purpose
        if len(purpose.relationships) == 0:
            self.verdict.no.add("purpose-for-nobody")
        if question.channel != "" and question.channel not in purpose.channels:
            self.verdict.no.add("channel-closed")
        if question.operation == "decide":
            self.verdict.no.add("operation-not-declared")
        may_profile = purpose.profiling is True and self.basis in ("consent", "legitimate-interest")
        if question.operation == "profile" and not may_profile:
            self.verdict.no.add("operation-not-declared")
        if question.operation == "track" and self.basis != "consent":
            self.verdict.no.add("operation-not-declared")

    def conditions(self) -> None:
        purpose, today = self.purpose, self.today.isoformat()
        to = self.policy.recipients.get(self.question.recipient)
        begins = [purpose.starts, to.starts if to else ""]
        if any(day > today for day in begins) or (purpose.intended and purpose.starts == ""):
            self.verdict.no.add("not-begun")
        if len(purpose.readers) > 0 and self.question.role not in purpose.readers:
            self.verdict.no.add("role-not-reader")
        if to and to.contract:
            late = to.contract.until != "" and to.contract.until < today
            if late or to.contract.signed > today:
                self.verdict.no.add("contract-not-in-force")
        if any(self.unread(to)):
            self.verdict.no.add("condition-unread")

    def unread(self, to: Recipient | None) -> list[object]:
        """Everything declared that nobody looks at; whatever is not empty closes."""
        purpose = self.purpose
        found: list[object] = [not purpose.where.anywhere, purpose.needs_case, purpose.at_least]
        found += [purpose.data != "personal", purpose.ground is not None and purpose.ground.rules]
        if not self.owed:
            found += [purpose.opens_by, purpose.ends_by, purpose.sources]
        if self.rule is not None:
            rule = self.rule
            found += [not rule.where.anywhere, rule.needs_where, rule.soft_opt_in, rule.sources]
            found += [rule.similar_to, rule.after, rule.within, rule.at_most]
        if to is not None:
            found += [not to.only_where.anywhere, to.needs_choice, to.unless_choice, to.each_time, to.rows_of]
            found += [to.aggregates_of, to.transforms, to.fields_exactly, to.activities]
        return found

    def grounds(self) -> None:
        code = self.ground(self.basis)
        (self.verdict.yes if code == f"basis-{self.basis}" else self.verdict.no).add(code)
        if self.basis == "legitimate-interest":
            self.verdict.no |= self.unassessed()
        for element in self.known_elements():
            own = self.purpose.basis_of.get(element)
            if not own or own == self.basis:
                continue
            code = self.ground(own)
            if code == f"basis-{own}":
                self.verdict.yes.add(code)
            else:
                self.withhold(element, code)
            if own == "legitimate-interest":
                self.withhold(element, *self.unassessed())

    def ground(self, basis: str) -> str:
        if basis == "":
            return "basis-missing"
        return f"basis-{basis}" if basis in ALL_BASES else "basis-unknown"

    def unassessed(self) -> set[str]:
        if self.purpose.assessment == "":
            return {"assessment-missing"}
        if self.purpose.assessment_until == "":
            return set()
        try:
            last = date.fromisoformat(self.purpose.assessment_until)
        except ValueError:
            self.verdict.no.add("rule-failed:assessment")
            return set()
        return {"assessment-ended"} if self.today > last else set()

    @property
    def today(self) -> date:
        at = self.question.at
        return at.date() if at.tzinfo is None else at.astimezone(UTC).date()

    # What is known about the person

    def person(self) -> None:
        related = self.facts.relationships
        if related is None:
            if not self.owed:
                self.verdict.no.add("fact-missing:relationships")
        elif not related & set(self.purpose.relationships):
            self.verdict.no.add("relationship-not-covered")
        if self.facts.erased is None:
            if not self.owed:
                self.verdict.no.add("fact-missing:erased")
        elif self.facts.erased:
            kept = [r for r in self.facts.restrictions or () if self.purpose.id in r.open_to]
            if not kept:
                self.verdict.no.add("erased")
                return
            for element in self.known_elements():
                if all(r.elements and element not in r.elements for r in kept):
                    self.withhold(element, "field-erased")

    def marketing_to_minors(self) -> None:
        year = self.facts.birth_year
        guarded = self.purpose.direct_marketing or self.question.operation in ("profile", "decide")
        if guarded and year is not None and year + self.adult_age >= self.today.year:
            self.verdict.no.add("minor")

    def choices(self) -> None:
        if self.rule is not None and self.rule.needs_choice:
            choice = self.policy.choices.get(self.rule.needs_choice)
            fits = choice is not None and self.purpose.id in choice.purposes
            wanted = [choice] if choice and fits else []
        elif self.basis == "consent":
            wanted = self.spoken()
        else:
            return
        if self.facts.choices is None:
            self.verdict.no.add("fact-missing:choices")
            return
        for code in self.heard(wanted):
            (self.verdict.yes if code == "choice-yes" else self.verdict.no).add(code)

    def spoken(self) -> list[Choice]:
        about = [c for c in self.policy.choices.values() if self.purpose.id in c.purposes]
        if any(len(c.channels) == 0 for c in about):
            return [c for c in about if len(c.channels) == 0]
        if self.question.channel == "":
            return about
        return [c for c in about if self.question.channel in c.channels]

    def heard(self, wanted: list[Choice]) -> set[str]:
        codes = set() if wanted else {"choice-undeclared"}
        for choice in wanted:
            said = (self.facts.choices or {}).get(choice.id)
            if said is None:
                codes.add("choice-not-given")
            elif not said.yes:
                codes.add("choice-no")
            elif said.version < choice.version:
                codes.add("choice-outdated")
            elif said.version > self.newest[choice.id]:
                codes.add("choice-wording-unknown")
            else:
                codes.add("choice-yes")
        return codes

    def objections(self) -> None:
        if self.purpose.direct_marketing or self.basis not in NOT_OBJECTED:
            if self.facts.objections is None:
                self.verdict.no.add("fact-missing:objections")
            self.verdict.no |= self.objected()

    def objected(self) -> set[str]:
        codes = set()
        weighed = self.purpose.objection is None or not self.purpose.objection.absolute
        for no in self.facts.objections or ():
            if no.overruled and weighed and not self.purpose.direct_marketing:
                continue
            if no.channel and self.question.channel and no.channel != self.question.channel:
                continue
            if no.marketing and self.purpose.direct_marketing:
                codes.add("objection-marketing")
            if no.purpose == self.purpose.id or (no.purpose == "" and not no.marketing):
                codes.add("objection-purpose")
        return codes

    def restrictions(self) -> None:
        if self.facts.restrictions is None and not self.owed:
            self.verdict.no.add("fact-missing:restrictions")

    # Each element by itself

    def element(self, element: str) -> None:
        purpose = self.purpose
        declared = self.policy.elements[element]
        if element in purpose.never:
            self.withhold(element, "field-never")
        if element not in purpose.uses:
            self.withhold(element, "field-not-used")
        if declared.special and not purpose.special_condition:
            self.withhold(element, "field-special")
        if declared.free_text and self.question.operation not in ("collect", "read", "use"):
            self.withhold(element, "field-free-text")
        to = self.policy.recipients.get(self.question.recipient)
        if to is not None and element not in to.elements:
            self.withhold(element, "field-not-for-recipient")
        self.brought(element, declared.category)
        self.hangs_on_choice(element, special=bool(declared.special))
        self.hangs_on_objection(element)
        self.restricted(element)

    def brought(self, element: str, category: str) -> None:
        fitting = (self.facts.relationships or frozenset[str]()) & set(self.purpose.relationships)
        groups = [self.policy.relationships[name].categories for name in fitting if name in self.policy.relationships]
        if fitting and not any(category in group for group in groups):
            self.withhold(element, "field-not-of-relationship")

    def hangs_on_choice(self, element: str, *, special: bool) -> None:
        explicit = special and self.purpose.special_condition == "explicit-consent"
        own = self.purpose.basis_of.get(element) == "consent" and self.basis != "consent"
        if not explicit and not own:
            return
        if self.facts.choices is None:
            self.withhold(element, "fact-missing:choices")
            return
        wanted = self.spoken()
        heard = self.heard(wanted)
        self.verdict.yes |= heard & {"choice-yes"}
        self.withhold(element, *heard - {"choice-yes"})
        if explicit and any(choice.strength != "explicit" for choice in wanted):
            self.withhold(element, "choice-not-explicit")

    def hangs_on_objection(self, element: str) -> None:
        if self.purpose.direct_marketing or self.basis not in NOT_OBJECTED:
            return
        if self.purpose.basis_of.get(element, self.basis) in NOT_OBJECTED:
            return
        if self.facts.objections is None:
            self.withhold(element, "fact-missing:objections")
        self.withhold(element, *self.objected())

    def restricted(self, element: str) -> None:
        standing, keeping, live = True, False, False
        opened = False
        for restriction in self.facts.restrictions or ():
            if restriction.elements and element not in restriction.elements:
                continue
            opens = self.purpose.id in restriction.open_to
            if restriction.until is None:
                standing = standing and opens
            else:
                keeping = True
                opened = opened or opens
                live = live or (opens and restriction.until >= self.today)
        if not standing:
            self.withhold(element, "restricted")
        if keeping and not live:
            self.withhold(element, "keeping-over" if opened else "kept-for-other-purposes")

    def withhold(self, element: str, *codes: str) -> None:
        self.verdict.against.setdefault(element, set()).update(codes)
