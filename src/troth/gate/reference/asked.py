"""What the question says of itself, held against what the policy declares."""

from troth.gate.reference.world import ALL_OPERATIONS, DISGUISE, World


class Asked(World):
    """What is asked for, and by whom."""

    def asked_properly(self) -> None:
        """Words that a question needs, whatever it is about."""
        if self.question.at.tzinfo is None:
            self.no("time-without-zone")
        if self.question.operation not in ALL_OPERATIONS:
            self.no("operation-unknown")
        if self.question.operation == "send" and self.question.channel == "":
            self.no("channel-missing")

    def declared(self) -> None:
        """What the purpose opens at all."""
        question, purpose = self.question, self.purpose
        if len(purpose.relationships) == 0:
            self.no("purpose-for-nobody")
        if question.channel != "" and question.channel not in purpose.channels:
            self.no("channel-closed")
        decided = self.policy.decisions
        if question.operation == "decide" and not (decided.declared and len(decided.kinds) > 0):
            self.no("operation-not-declared")
        may_profile = purpose.profiling is True and self.basis in ("consent", "legitimate-interest")
        if question.operation == "profile" and not may_profile:
            self.no("operation-not-declared")
        if question.operation == "track" and not self.policy.tracking.trackers and self.basis != "consent":
            self.no("operation-not-declared")
        if purpose.starts > self.iso or (purpose.intended and purpose.starts == ""):
            self.no("not-begun")

    def in_form(self) -> None:
        """The form of the data, and the people behind a result."""
        if self.question.form not in DISGUISE:
            self.no("form-unknown")
        elif DISGUISE[self.question.form] < DISGUISE[self.purpose.data]:
            self.no("form-not-open")
        if self.purpose.at_least > self.question.group:
            self.no("group-too-small")

    def in_activity(self) -> None:
        """The activity, or each in which it may happen."""
        name = self.question.activity
        if name and name not in self.policy.activities:
            self.no("activity-unknown")
        elif name and self.purpose.activities and name not in self.purpose.activities:
            self.no("activity-other")
        for each in self.activities():
            someday = each.intended and each.starts == ""
            if someday or not self.in_time(each.starts, each.ends):
                self.no("activity-not-running")

    def about_topic(self) -> None:
        """A channel's topic."""
        if self.rule is None or self.rule.similar_to == "":
            return
        topic = self.question.topic or self.purpose.topic
        if topic == "":
            self.no("not-said:topic")
        elif topic != self.rule.similar_to:
            self.no("topic-other")

    def from_source(self) -> None:
        """Where the values came from."""
        name = self.question.source
        wanted = [self.purpose.sources]
        if self.rule is not None:
            wanted.append(self.rule.sources)
        for sources in wanted:
            if sources and name == "":
                self.no("not-said:source")
            if sources and name in self.policy.sources and name not in sources:
                self.no("source-other")
        if name == "":
            return
        if name not in self.policy.sources:
            self.no("source-unknown")
            return
        source = self.policy.sources[name]
        if source.purposes and self.purpose.id not in source.purposes:
            self.no("source-not-for-purpose")
        if source.readers and self.question.role not in source.readers:
            self.no("role-not-reader")
        for each in self.activities():
            if source.activities and each.id not in source.activities:
                self.no("activity-other")
        if source.aggregates_of > 0 and DISGUISE.get(self.question.form, 0) < DISGUISE["aggregated"]:
            self.no("form-not-open")
        if source.aggregates_of > self.question.group:
            self.no("group-too-small")
        for element in self.known_elements():
            if element in source.never:
                self.withhold(element, "field-refused-from-source")
            elif source.gives and element not in source.gives:
                self.withhold(element, "field-not-of-source")

    def collected(self) -> None:
        """What is taken is taken where somebody is told of it."""
        if self.question.operation != "collect":
            return
        if len(self.policy.sources) > 0 and self.question.source == "":
            self.no("not-said:source")
        source = self.policy.sources.get(self.question.source)
        if len(self.policy.forms) == 0 or (source is not None and source.kind != "person"):
            return
        for element in self.known_elements():
            if not any(self._asks(form, element) for form in self.policy.forms):
                self.withhold(element, "field-not-asked")

    def _asks(self, name: str, element: str) -> bool:
        form = self.policy.forms[name]
        if self.question.activity and form.activity and form.activity != self.question.activity:
            return False
        if form.purposes and self.purpose.id not in form.purposes:
            return False
        return element in form.takes_along or element in [field.element for field in form.fields.values()]

    def followed(self) -> None:
        """A tracker."""
        if self.question.operation != "track" or len(self.policy.tracking.trackers) == 0:
            return
        if self.question.tracker == "":
            self.no("not-said:tracker")
            return
        tracker = self.policy.tracking.trackers.get(self.question.tracker)
        if tracker is None:
            self.no("tracker-unknown")
            return
        if tracker.purposes and self.purpose.id not in tracker.purposes:
            self.no("tracker-not-for-purpose")
        if tracker.method in self.policy.tracking.never:
            self.no("tracker-never")
        for element in self.known_elements():
            if tracker.elements and element not in tracker.elements:
                self.withhold(element, "field-not-of-tracker")
        category = self.policy.tracking.categories.get(tracker.category)
        if category is None or (category.choice == "" and not category.necessary):
            self.no("choice-undeclared")
        elif category.choice and not category.necessary:
            self.asks_choice(category.choice, only_yes=False)

    def decided_by_machine(self) -> None:
        """A decision."""
        if self.question.operation != "decide" or len(self.policy.decisions.kinds) == 0:
            return
        if self.question.decision == "":
            self.no("not-said:decision")
            return
        decision = self.policy.decisions.kinds.get(self.question.decision)
        if decision is None:
            self.no("decision-unknown")
            return
        if decision.purpose != self.purpose.id:
            self.no("decision-not-for-purpose")
        met = {
            "contract": self.basis == "contract",
            "law": decision.obligation in self.policy.obligations,
            "explicit-consent": decision.choice in self.policy.choices,
            "human-decides": True,
        }
        if not met.get(decision.exception, False):
            self.no("exception-not-met")
        if decision.assessment_until and decision.assessment_until < self.iso:
            self.no("assessment-ended")
        weighed = self.policy.assessments.get(decision.assessment)
        if weighed and weighed.outcome == "closed":
            self.no("assessment-against")
        for element in self.known_elements():
            if element not in decision.inputs:
                self.withhold(element, "field-not-weighed")
            if self.policy.elements[element].special and decision.special_condition == "":
                self.withhold(element, "field-special")
        if decision.choice:
            self.asks_choice(decision.choice, only_yes=True)
            explicit = "explicit-consent" in (decision.exception, decision.special_condition)
            choice = self.policy.choices.get(decision.choice)
            known = self.facts.choices is not None
            if known and explicit and choice and choice.strength != "explicit":
                self.no("choice-not-explicit")

    def by_role(self) -> None:
        """Who of ours does it."""
        name = self.question.role
        role = self.policy.roles.get(name)
        if name and len(self.policy.roles) > 0 and role is None:
            self.no("role-unknown")
        glass = role.break_glass if role else None
        if self.question.emergency and glass and self.question.purpose in glass.purposes:
            return
        if len(self.purpose.readers) > 0 and name not in self.purpose.readers:
            self.no("role-not-reader")
        if role and self.purpose.id not in role.purposes:
            self.no("role-not-for-purpose")
        for element in self.known_elements():
            if role and role.elements and element not in role.elements:
                self.withhold(element, "field-not-for-role")

    def for_customer(self) -> None:
        """On whose behalf."""
        name = self.question.space
        if name == "":
            if "processor" in [each.role for each in self.activities()]:
                self.no("not-said:space")
            return
        space = self.policy.spaces.get(name)
        if space is None:
            self.no("space-unknown")
            return
        if not self.in_time(space.contract_signed, space.contract_until):
            self.no("contract-not-in-force")
        for each in self.activities():
            if space.activities and each.id not in space.activities:
                self.no("activity-other")
        for country in self.reached():
            if space.regions and country not in space.regions:
                self.no("outside-region")
        if self.purpose.id in space.own_purposes:
            return
        told = []
        for order in space.instructions.values():
            fits = order.purposes == () or self.purpose.id in order.purposes
            who = order.roles == () or self.question.role in order.roles
            if fits and who and self.in_time(order.given, order.until):
                told.append(order)
        if told == []:
            self.no("not-instructed")
        for element in self.known_elements() if told else ():
            if not any(order.elements == frozenset() or element in order.elements for order in told):
                self.withhold(element, "field-not-instructed")

    def reached(self) -> set[str]:
        """Countries to which data gets."""
        if self.to is None:
            return set()
        everywhere = {self.to.country, *self.to.stored_in, *self.to.reached_from}
        if self.question.destination == "":
            return everywhere
        if self.question.destination not in everywhere:
            return set()
        return {self.question.destination, *self.to.reached_from}

    def asks_choice(self, name: str, *, only_yes: bool) -> None:
        """Said elsewhere."""
        raise NotImplementedError
