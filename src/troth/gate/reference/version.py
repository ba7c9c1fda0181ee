"""One policy version from top to bottom: grounds, person, elements; and what it says of purposes new to it."""

from datetime import date, datetime

from troth.gate.reference.handed import Handed
from troth.gate.reference.world import ALL_BASES, ALWAYS_OWED
from troth.model.policy import Purpose
from troth.model.problem import Place


class Version(Handed):
    """The question under one policy version."""

    def judge(self) -> None:
        """Add everything that speaks for or against."""
        self.asked_properly()
        for element in self.asked:
            if element not in self.policy.elements:
                self.withhold(element, "field-unknown")
        purpose = self.policy.purposes.get(self.question.purpose)
        if purpose is None:
            self.purpose = self.stand_in()
            self.handed_over()
            self.not_told_of()
            return
        self.purpose = purpose
        self.find_basis()
        self.owed = self.is_owed()
        self.handed_over()
        self.declared()
        self.in_form()
        self.in_activity()
        self.about_topic()
        self.from_source()
        self.collected()
        self.by_role()
        self.for_customer()
        self.grounds()
        self.happenings()
        self.circumstances()
        self.person()
        self.minors()
        self.choices()
        self.choices_of_some()
        self.followed()
        self.decided_by_machine()
        self.refusals()
        self.without_yes()
        self.objections()
        self.restrictions()
        for element in self.known_elements():
            self.element(element)

    # --- A purpose that this version does not know

    def stand_in(self) -> Purpose:
        """A purpose of which nothing is known."""
        return Purpose(self.question.purpose, {}, (), frozenset(), frozenset(), "", {}, {}, Place(""))

    def not_told_of(self) -> None:
        """Closed, but for what this version said of new purposes."""
        terms, new = self.policy.changes.new_purpose, self.newer.purposes.get(self.question.purpose)
        if new is None or terms is None:
            self.no("purpose-unknown")
            return
        compatible = any(name in self.policy.purposes for name in new.compatible_with)
        asked = set(terms.compatible if compatible else terms.unrelated)
        if asked == set():
            self.no("purpose-unknown")
        for rule in terms.rules:
            if self.condition(rule.where) is not False:
                asked |= set(rule.needs)
        if asked - {"assessment", "notice", "legal-basis", "choice"}:
            self.no("purpose-unknown")
        if "assessment" in asked:
            weighed = self.newer.assessments.get(new.compatibility)
            if new.compatibility == "":
                self.no("compatibility-missing")
            elif new.compatibility_until and new.compatibility_until < self.iso:
                self.no("compatibility-ended")
            elif weighed and weighed.outcome == "closed":
                self.no("assessment-against")
            else:
                self.yes("purpose-compatible")
        if "notice" in asked and self.facts.told is None:
            self.no("fact-missing:told")
        elif "notice" in asked and self.newer.hash in (self.facts.told or ()):
            self.yes("purpose-told")
        elif "notice" in asked:
            self.no("purpose-not-told")
        if "choice" in asked and self.facts.choices is None:
            self.no("fact-missing:choices")
        elif "choice" in asked:
            self.chosen_anew()

    def chosen_anew(self) -> None:
        """The choices of today's version about it, as today's version hears them."""
        new, newest = self.newer, self.newest_of_all()
        later = Version(new, self.question, self.facts, self.asked, newest, self.adult_age, self.verdict, new)
        later.purpose = self.newer.purposes[self.question.purpose]
        wanted = later.spoken(list(self.newer.choices.values()))
        if wanted == []:
            self.no("choice-undeclared")
        for choice in wanted:
            later.asks_choice(choice.id, only_yes=True)

    def newest_of_all(self) -> dict[str, int]:
        """The newest wording that either version knows."""
        return {
            c: max(p.choices[c].version for p in (self.policy, self.newer) if c in p.choices)
            for c in (*self.policy.choices, *self.newer.choices)
        }

    # --- The ground

    def find_basis(self) -> None:
        """The basis of the whole, and of elements that have one of their own."""
        rules = self.purpose.ground.rules if self.purpose.ground else ()
        everywhere = [(r.where, (r.basis, r.needs)) for r in rules if not r.where.element]
        default = self.purpose.basis
        if self.rule is not None and self.rule.basis:
            everywhere, default = [], self.rule.basis
        (self.basis, need), self.unclear = self.decided(everywhere, (default, ""))
        self.needs = [need]
        self.own_basis = {}
        for element in sorted(self.asked):
            exact = [(r.where, (r.basis, r.needs)) for r in rules if element in r.where.element]
            otherwise = (self.purpose.basis_of.get(element) or self.basis, "")
            (own, need), missing = self.decided(exact, otherwise)
            self.unclear |= missing
            self.needs.append(need)
            if own != self.basis:
                self.own_basis[element] = own
        self.needs = sorted({name for name in self.needs if name})

    def is_owed(self) -> bool:
        """Whether it goes on when the person's facts are out of reach."""
        if self.question.operation in ("profile", "decide", "track") or self.advertises or self.needs:
            return False
        if self.rule is not None and (self.rule.needs_choice or self.softly()):
            return False
        return self.basis in ALWAYS_OWED

    def grounds(self) -> None:
        """Each basis in play."""
        self.no(*self.unclear)
        for whose, basis in [("", self.basis), *sorted(self.own_basis.items())]:
            if whose and whose not in self.policy.elements:
                continue
            against = self.weak(basis)
            if basis in ALL_BASES:
                self.yes(f"basis-{basis}")
            if whose == "":
                self.no(*against)
            else:
                self.withhold(whose, *against)

    def weak(self, basis: str) -> set[str]:
        """What is missing to a basis."""
        if basis == "":
            return {"basis-missing"}
        if basis not in ALL_BASES:
            return {"basis-unknown"}
        if basis == "legitimate-interest":
            return self.unassessed()
        if basis == "legal-obligation" and self.policy.obligations and not self.obliged():
            return {"obligation-missing"}
        return set()

    def unassessed(self) -> set[str]:
        """What is missing to a legitimate interest."""
        found = set()
        weighed = self.policy.assessments.get(self.purpose.assessment)
        if self.purpose.assessment == "":
            found.add("assessment-missing")
        elif self.purpose.assessment_until:
            try:
                last = date.fromisoformat(self.purpose.assessment_until)
            except ValueError:
                self.no("rule-failed:assessment")
                return set()
            if self.today > last:
                found.add("assessment-ended")
        if weighed and weighed.outcome == "closed":
            found.add("assessment-against")
        return found

    def obliged(self) -> bool:
        """Whether a law obliges us."""
        if self.purpose.ground and self.purpose.ground.cites:
            return True
        kept = self.policy.retentions.get(self.purpose.retention)
        if kept and kept.statutory:
            return True
        here = {self.policy.organisation.country, *self.policy.transfers.home}
        for duty in self.policy.obligations.values():
            named = duty.id in self.purpose.obligations or self.purpose.id in duty.purposes
            if named and (not duty.countries or duty.countries & here):
                return True
        return False

    # --- What happened, and where

    def happenings(self) -> None:
        """Events, cases, messages."""
        purpose, facts = self.purpose, self.facts
        if purpose.opens_by or purpose.ends_by:
            if facts.events is None:
                if not self.owed:
                    self.no("fact-missing:events")
            else:
                begun, over = self.last(purpose.opens_by), self.last(purpose.ends_by)
                if purpose.opens_by and begun is None:
                    self.no("not-opened")
                if over and not (begun and begun > over):
                    self.no("ended")
        kinds = [set(purpose.needs_case)] if purpose.needs_case else []
        kinds += [{self.to.each_time}] if self.to and self.to.each_time else []
        for wanted in kinds:
            if facts.matters is None:
                self.no("fact-missing:matters")
            elif not wanted & facts.matters:
                self.no("no-open-case")
        if self.rule is not None:
            self.occasions()

    def occasions(self) -> None:
        """A channel's window and number."""
        rule, facts = self.rule, self.facts
        since: datetime | None = None
        if rule.after and facts.events is None:
            self.no("fact-missing:events")
        elif rule.after:
            since = self.last([rule.after])
            if since is None:
                self.no("not-opened")
            elif rule.within and self.now > rule.within.after(since):
                self.no("occasion-over")
        if rule.at_most and facts.messages is None:
            self.no("fact-missing:messages")
        elif rule.at_most:
            left = (facts.messages or {}).get((self.purpose.id, self.question.channel), ())
            if sum(1 for moment in left if since is None or moment >= since) >= rule.at_most:
                self.no("enough-sent")

    def circumstances(self) -> None:
        """Conditions of purpose, channel, recipient and source."""
        wheres = [self.purpose.where]
        wheres += [self.rule.where] if self.rule is not None else []
        wheres += [self.to.only_where] if self.to else []
        source = self.policy.sources.get(self.question.source)
        wheres += [source.where] if source else []
        for where in wheres:
            holds = self.condition(where)
            if holds is False:
                self.no("circumstances-not-met")
            elif holds is not True:
                self.no(*holds)
            for element in self.known_elements():
                if where.element and element not in where.element:
                    self.withhold(element, "circumstances-not-met")

    # --- The person

    def standing(self) -> list[str]:
        """Relationships that the purpose is for and that stand."""
        return [name for name, why in self.related().items() if why == "stands"]

    def related(self) -> dict[str, str]:
        """Each relationship that the purpose is for: whether it stands, and if not, why."""
        found = {}
        for name in self.purpose.relationships:
            if name in (self.facts.relationships or ()):
                found[name] = self.why(name)
        return found

    def why(self, name: str) -> str:
        """Whether a relationship stands."""
        declared = self.policy.relationships.get(name)
        if declared is None:
            return "stands"
        facts = self.facts
        if declared.ends_by and facts.events is None and not self.owed:
            return "events"
        if declared.needs and facts.known_with is None and not self.owed:
            return "events" if declared.ends_by and facts.events is None else "known_with"
        ended = self.last(declared.ends_by)
        began = (facts.since or {}).get(name)
        if ended is not None and (began is None or began <= ended or began > self.now):
            return "relationship-over"
        if facts.known_with is not None and not set(declared.needs) <= facts.known_with:
            return "nobody-beside"
        return "stands"

    def person(self) -> None:
        """Who the person is to us, and whether anything of them is left."""
        if self.facts.relationships is None:
            if not self.owed:
                self.no("fact-missing:relationships")
                self.party_unknown()
        else:
            self.relationships()
        if self.facts.erased is None:
            if not self.owed:
                self.no("fact-missing:erased")
        elif self.facts.erased:
            kept = [r for r in self.facts.restrictions or () if self.purpose.id in r.open_to]
            if not kept:
                self.no("erased")
                return
            for element in self.known_elements():
                if all(r.elements and element not in r.elements for r in kept):
                    self.withhold(element, "field-erased")

    def party_unknown(self) -> None:
        """Whether somebody can be a party is not known either, of what rests on a contract."""
        if self.basis not in ("contract", "pre-contract"):
            for element in self.known_elements():
                if self.own_basis.get(element) in ("contract", "pre-contract"):
                    self.withhold(element, "fact-missing:relationships")

    def relationships(self) -> None:
        """The relationships that count, and what they bring."""
        found = self.related()
        standing = self.standing()
        if not standing:
            for why in set(found.values()):
                both = why == "events" and self.waits_for_both(found)
                self.no(*({f"fact-missing:{why}"} if why in ("events", "known_with") else {why}))
                self.no(*({"fact-missing:known_with"} if both else set()))
            if not found:
                self.no("relationship-not-covered")
            return
        fits = [not each.relationships or bool(set(each.relationships) & set(standing)) for each in self.activities()]
        if True in fits and False in fits:
            self.no("not-said:activity")
        elif False in fits:
            self.no("relationship-not-covered")
        declared = [self.policy.relationships[n] for n in standing if n in self.policy.relationships]
        for element in self.known_elements():
            if not any(self.policy.elements[element].category in each.categories for each in declared):
                self.withhold(element, "field-not-of-relationship")
        if len(declared) == len(standing) and {each.party for each in declared} == {"third-person"}:
            if self.basis in ("contract", "pre-contract"):
                self.no("not-a-party")
            else:
                for element in self.known_elements():
                    if self.own_basis.get(element) in ("contract", "pre-contract"):
                        self.withhold(element, "not-a-party")

    def waits_for_both(self, found: dict[str, str]) -> bool:
        """Whether a relationship waits for both facts that it may wait for."""
        waiting = [self.policy.relationships[name] for name, why in found.items() if why == "events"]
        return self.facts.known_with is None and any(each.needs for each in waiting)

    def minors(self) -> None:
        """Nothing that judges or advertises reaches somebody under age."""
        year = self.facts.birth_year
        sold = self.to is not None and self.to.operation in ("sell", "rent", "share")
        guarded = self.advertises or sold or self.question.operation in ("profile", "decide")
        held = [self.policy.relationships.get(name) for name in self.facts.relationships or ()]
        young = year is not None and year + self.adult_age >= self.today.year
        if guarded and (young or any(each and each.minor for each in held)):
            self.no("minor")

    def restrictions(self) -> None:
        """What is not known of restrictions."""
        if self.facts.restrictions is None and not self.owed:
            self.no("fact-missing:restrictions")

    # --- Each element by itself

    def element(self, element: str) -> None:
        """What speaks against one element."""
        purpose, declared = self.purpose, self.policy.elements[element]
        condition = purpose.condition_of.get(element) or purpose.special_condition
        if element in purpose.never:
            self.withhold(element, "field-never")
        if element not in purpose.uses:
            self.withhold(element, "field-not-used")
        if declared.special and not condition:
            self.withhold(element, "field-special")
        if declared.free_text and self.question.operation not in ("collect", "read", "use"):
            self.withhold(element, "field-free-text")
        if self.to is not None and element not in self.to.elements:
            self.withhold(element, "field-not-for-recipient")
        explicit = bool(declared.special) and condition == "explicit-consent"
        if explicit or self.own_basis.get(element) == "consent":
            self.chosen(element, explicit=explicit)
        self.restricted(element)

    def chosen(self, element: str, *, explicit: bool) -> None:
        """An element that hangs on a choice of its own."""
        if self.facts.choices is None:
            self.withhold(element, "fact-missing:choices")
            return
        wanted = self.spoken(list(self.policy.choices.values()))
        if wanted == []:
            self.withhold(element, "choice-undeclared")
        for choice in wanted:
            self.asks_choice(choice.id, only_yes=True, elements=[element])
            if explicit and choice.strength != "explicit":
                self.withhold(element, "choice-not-explicit")

    def restricted(self, element: str) -> None:
        """Restrictions that cover it."""
        standing, keeping, live, opened = True, False, False, False
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

    unclear: set[str]
