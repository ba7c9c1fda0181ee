"""To whom data goes, and where it gets to."""

from troth.gate.reference.said import Said
from troth.gate.reference.world import DISGUISE
from troth.model.policy_guard import Safeguard


class Handed(Said):
    """Recipients and countries."""

    def handed_over(self) -> None:
        """What holds of a recipient whatever the purpose."""
        question, policy, to = self.question, self.policy, self.to
        if question.recipient == "" and question.operation in ("disclose", "transfer"):
            self.no("recipient-missing")
        if question.recipient != "" and question.recipient not in policy.recipients:
            self.no("recipient-unknown")
        if to and question.purpose in policy.purposes and question.purpose not in to.purposes:
            self.no("recipient-not-for-purpose")
        if question.destination == "" and question.operation == "transfer":
            self.no("destination-missing")
        if question.destination != "" and (
            to is None or question.destination not in (to.country, *to.stored_in, *to.reached_from)
        ):
            self.no("destination-undeclared")
        if to is None:
            return
        self.agreed()
        self.kept_where_it_may()
        for country in self.reached():
            if not self.at_home(country):
                self.protected(country)

    def agreed(self) -> None:
        """What was agreed with it."""
        question, to = self.question, self.to
        assert to is not None  # noqa: S101 - told by the caller
        if to.starts > self.iso:
            self.no("not-begun")
        if to.contract is not None:
            if not self.in_time(to.contract.signed, to.contract.until):
                self.no("contract-not-in-force")
            if to.contract.instruction == "each" and question.instruction == "":
                self.no("not-said:instruction")
        if to.activities:
            here = {question.activity} if question.activity else {each.id for each in self.activities()}
            if len(here) == 0:
                self.no("not-said:activity")
            elif any(name not in to.activities for name in here):
                self.no("activity-other")
        if to.aggregates_of > 0 and DISGUISE.get(question.form, 0) < DISGUISE["aggregated"]:
            self.no("form-not-open")
        if to.aggregates_of > question.group:
            self.no("group-too-small")
        if to.fields_exactly and not set(question.fields) <= to.elements:
            self.no("fields-not-exact")
        if to.operation in ("sell", "rent", "share") and to.needs_choice == "" and to.unless_choice == "":
            self.no("sale-not-opened")

    def kept_where_it_may(self) -> None:
        """Data is kept only where any may be."""
        to, there = self.to, self.question.destination
        assert to is not None  # noqa: S101 - told by the caller
        if not self.policy.transfers.allowed:
            return
        for country in to.stored_in or {to.country}:
            if there not in ("", country) or country in self.policy.transfers.allowed:
                continue
            if not self.at_home(country):
                self.no("place-not-allowed")

    def protected(self, country: str) -> None:
        """Something protects this person's data there."""
        to = self.to
        assert to is not None  # noqa: S101 - told by the caller
        ours = any(law.ours for law in self.policy.laws)
        safe = [self.safe(law, country, wholly=True) for law in self.laws_outside(country)]
        if to.safeguard and ours and False not in safe:
            return
        papers = [self.policy.transfers.safeguards[n] for n in to.safeguards if n in self.policy.transfers.safeguards]
        papers = [paper for paper in papers if self.reaches(paper, country)]
        found = [self.about_person(paper) for paper in papers]
        if set() in found:
            opened = [paper for paper, codes in zip(papers, found, strict=True) if codes == set()]
            for element in self.known_elements():
                if not any(_covers(paper, element) for paper in opened):
                    self.withhold(element, "safeguard-missing")
            return
        waiting = {code for codes in found for code in codes} - {"safeguard-missing"}
        self.no(*(waiting or {"safeguard-missing"}))

    def reaches(self, paper: Safeguard, country: str) -> bool:
        """Whether it is in force there, for this recipient, today."""
        assert self.to is not None  # noqa: S101 - told by the caller
        if not self.in_time(paper.signed, paper.until):
            return False
        if paper.assessment_until and self.iso > paper.assessment_until:
            return False
        weighed = self.policy.assessments.get(paper.assessment)
        if weighed and weighed.outcome == "closed":
            return False
        if paper.countries and country not in paper.countries:
            return False
        if paper.parties and self.to.id not in paper.parties:
            return False
        if paper.itinerary and country not in self.question.itinerary:
            return False
        if paper.mechanism == "adequacy":
            return all(self.safe(law, country, wholly=False) for law in self.laws_outside(country) if law.safe)
        return True

    def about_person(self, paper: Safeguard) -> set[str]:
        """What keeps it from protecting this person."""
        codes = set()
        holds = self.condition(paper.where)
        if holds is False:
            codes.add("safeguard-missing")
        elif holds is not True:
            codes |= holds
        if paper.choice:
            if self.facts.choices is None:
                codes.add("fact-missing:choices")
            elif paper.choice not in self.policy.choices:
                codes.add("choice-undeclared")
            else:
                codes |= self.open(self.policy.choices[paper.choice], only_yes=True) - {"choice-yes"}
        return codes


def _covers(paper: Safeguard, element: str) -> bool:
    if paper.elements and element not in paper.elements:
        return False
    return not paper.where.element or element in paper.where.element
