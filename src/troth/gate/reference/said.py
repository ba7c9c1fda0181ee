"""What the person said, and what may be done without it."""

from troth.gate.reference.asked import Asked
from troth.model.policy import Choice


class Said(Asked):
    """Choices and objections."""

    def asks_choice(self, name: str, *, only_yes: bool, elements: list[str] | None = None) -> None:
        """A choice that must stand open."""
        if self.facts.choices is None:
            self.say({"fact-missing:choices"}, elements)
        elif name not in self.policy.choices:
            self.say({"choice-undeclared"}, elements)
        else:
            self.say(self.open(self.policy.choices[name], only_yes=only_yes), elements)

    def open(self, choice: Choice, *, only_yes: bool) -> set[str]:
        """What there is to say of a choice, where choices are known."""
        found = set()
        if self.question.topic and choice.topic and choice.topic != self.question.topic:
            found.add("topic-other")
        heard = self.hears(choice)
        if only_yes or heard in ("choice-yes", "choice-no", "choice-ended"):
            return found | {heard}
        kind, missing = self.decided([(rule.where, rule.kind) for rule in choice.kind_rules], choice.kind)
        if missing:
            return found | missing
        return found | {"choice-not-refused" if kind == "opt-out" else heard}

    def hears(self, choice: Choice) -> str:
        """What was said to a choice."""
        choices = self.facts.choices or {}
        said = choices.get(choice.id)
        if said is None:
            return "choice-not-given"
        if not said.yes:
            return "choice-no"
        category = self.policy.tracking.categories.get(choice.follows)
        brought = category.choice if category and category.choice != choice.id else ""
        if brought in choices and not choices[brought].yes:
            return "choice-ended"
        if said.version < choice.version:
            return "choice-outdated"
        if said.version > self.newest[choice.id]:
            return "choice-wording-unknown"
        if choice.confirm == "double" and said.confirmed is False:
            return "choice-unconfirmed"
        if choice.expires and self.now > choice.expires.after(said.at):
            return "choice-expired"
        return "choice-yes"

    def spoken(self, policy_choices: list[Choice]) -> list[Choice]:
        """The choices that speak of this purpose here."""
        about = [c for c in policy_choices if self.question.purpose in c.purposes]
        to = self.question.recipient
        if to:
            about = [c for c in about if c.recipients == () or to in c.recipients]
        elif any(c.recipients == () for c in about):
            about = [c for c in about if c.recipients == ()]
        if any(len(c.channels) == 0 for c in about):
            return [c for c in about if len(c.channels) == 0]
        if self.question.channel == "":
            return about
        return [c for c in about if self.question.channel in c.channels]

    def softly(self) -> bool:
        """Whether a soft opt-in stands in place of a yes."""
        return self.rule is not None and self.rule.soft_opt_in and self.basis != "consent"

    def choices(self) -> None:
        """The choices on which the whole question hangs."""
        wanted: list[str] = []
        mismatch = hangs = False
        if self.rule is not None and self.rule.needs_choice:
            choice = self.policy.choices.get(self.rule.needs_choice)
            fits = choice is not None and (self.purpose.id in choice.purposes or choice.reach != "named")
            mismatch = not fits
            if fits and not self.softly():
                wanted.append(self.rule.needs_choice)
        elif self.basis == "consent":
            wanted += [choice.id for choice in self.spoken(list(self.policy.choices.values()))]
            mismatch = wanted == []
        hangs = mismatch or wanted != [] or self.needs != []
        if any(name not in self.policy.choices for name in self.needs):
            mismatch = True
        if hangs and self.facts.choices is None:
            self.no("fact-missing:choices")
        elif mismatch:
            self.no("choice-undeclared")
        elif hangs:
            for name in {*wanted, *self.needs}:
                self.asks_choice(name, only_yes=self.basis == "consent")
        self.wanted = set() if mismatch else {*wanted, *self.needs}

    def choices_of_some(self) -> None:
        """The choices that a channel needs of some people, and those of a recipient."""
        needed = self.rule.needs_where if self.rule is not None else {}
        if needed and self.facts.choices is None:
            self.no("fact-missing:choices")
        for name, where in needed.items() if self.facts.choices is not None else ():
            if where.element and not where.element & self.asked:
                continue
            if self.condition(where) is not False:
                self.asks_choice(name, only_yes=self.basis == "consent")
        if self.to is not None and self.to.needs_choice:
            self.asks_choice(self.to.needs_choice, only_yes=True)
        if self.to is not None and self.to.unless_choice:
            self.asks_choice(self.to.unless_choice, only_yes=False)

    def refusals(self) -> None:
        """A no to something that is open until one, or to all of a kind."""
        against = []
        asked = {self.rule.needs_choice} if self.rule is not None else set()
        for choice in self.policy.choices.values():
            if choice.reach == "named":
                about = self.purpose.id in choice.purposes and choice.id not in self.wanted | asked
                over = choice.channels == () or self.question.channel in ("", *choice.channels)
                them = choice.recipients == () or self.question.recipient in choice.recipients
                may_be_silent = choice.kind == "opt-out" or len(choice.kind_rules) > 0
                if about and over and them and may_be_silent:
                    against.append(choice.id)
            elif self.purpose.id not in choice.spares:
                writes = self.question.operation == "send" or self.question.channel != ""
                if self.advertises or (choice.reach == "contact" and writes):
                    against.append(choice.id)
        if against and self.facts.choices is None and not self.owed:
            self.no("fact-missing:choices")
        said = self.facts.choices or {}
        if any(name in said and not said[name].yes for name in against):
            self.no("choice-no")

    def without_yes(self) -> None:
        """Advertising that rests on no yes."""
        message = self.advertises and self.question.operation == "send"
        if self.basis == "consent" or self.rule is None or not (self.softly() or message):
            return
        choice = self.policy.choices.get(self.rule.needs_choice)
        if choice is not None and self.facts.choices is None:
            if self.softly():
                self.no("fact-missing:choices")
            return
        heard = self.hears(choice) if choice is not None else "choice-not-given"
        if heard in ("choice-no", "choice-ended", "choice-yes"):
            if self.softly():
                self.say({heard})
            return
        lacking = self.asked_instead() - self.true_instead()
        if self.softly() and not lacking:
            self.yes("marketing-soft-opt-in")
        elif self.softly():
            self.no("soft-opt-in-not-met")
        elif lacking:
            self.no("marketing-needs-yes")

    def asked_instead(self) -> set[str]:
        """What has to be true in place of a yes."""
        asked = {"own-customer", "own-similar-goods", "opt-out-in-each-message"} if self.softly() else set()
        home, lives, citizen = self.policy.organisation, self.facts.residence, self.facts.citizenship
        for law in self.policy.laws:
            established = law.ours and _lies(home.country, law.established_in)
            if lives is None:
                binds = established or (law.ours and law.residents_of != frozenset())
            else:
                follows = law.ours or "residence" in home.regimes_follow
                binds = established or (follows and _lies(lives, law.residents_of))
                if "citizenship" in home.regimes_follow and citizen is not None:
                    binds = binds or _lies(citizen, law.residents_of)
            for row in law.advertising if binds else ():
                if self.question.channel in row.channels and row.needs_yes and self.in_time(row.since, row.until):
                    asked |= set(row.unless) or {"a-yes"}
        return asked

    def true_instead(self) -> set[str]:
        """What of it is true here."""
        true = {"not-objected"}
        names = self.standing() if self.facts.relationships is not None else []
        for name in names:
            if name in self.policy.relationships and self.policy.relationships[name].party == "contract":
                true |= {"obtained-in-sale", "earlier-contract", "obtained-lawfully", "own-customer"}
        others = self.purpose.interest is not None and self.purpose.interest.whose != ""
        if not others and (self.to is None or self.to.role == "processor"):
            true.add("same-legal-person")
        topic = self.question.topic or self.purpose.topic
        if self.rule.similar_to and self.rule.similar_to == topic:
            true.add("own-similar-goods")
        if self.rule.soft_opt_in:
            true.add("opt-out-at-collection")
        if self.rule.stop:
            true.add("opt-out-in-each-message")
        return true

    def heard_against(self, basis: str) -> bool:
        """Whether an objection is heard."""
        if self.advertises:
            return True
        if self.purpose.objection is not None:
            return self.purpose.objection.possible
        return basis not in ("contract", "pre-contract", "legal-obligation", "vital-interests")

    def objections(self) -> None:
        """A no to the whole, or to elements on another basis."""
        if self.heard_against(self.basis):
            if self.facts.objections is None:
                self.no("fact-missing:objections")
            self.no(*self.objected())
            return
        for element in self.known_elements():
            if self.heard_against(self.own_basis.get(element, self.basis)):
                if self.facts.objections is None:
                    self.withhold(element, "fact-missing:objections")
                self.withhold(element, *self.objected())

    def objected(self) -> set[str]:
        """What was objected to."""
        codes = set()
        family = [self.purpose.id]
        while family[-1] in self.policy.purposes and self.policy.purposes[family[-1]].part_of not in ("", *family):
            family.append(self.policy.purposes[family[-1]].part_of)
        weighed = self.purpose.objection is None or not self.purpose.objection.absolute
        for no in self.facts.objections or ():
            if no.overruled and weighed and not self.advertises:
                continue
            if no.channel and self.question.channel and no.channel != self.question.channel:
                continue
            if no.marketing and self.advertises:
                codes.add("objection-marketing")
            if no.purpose in family or (no.purpose == "" and not no.marketing):
                codes.add("objection-purpose")
        return codes

    def standing(self) -> list[str]:
        """Said elsewhere."""
        raise NotImplementedError

    needs: list[str]
    wanted: set[str]
    owed: bool


def _lies(place: str, places: frozenset[str]) -> bool:
    return place in places or place.split("-", maxsplit=1)[0] in places
