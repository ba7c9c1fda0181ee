"""Purposes and choices: grounds that hold, choices that can give them, and nothing that contradicts itself."""

from collections.abc import Iterator

from troth.model.policy import BasisRule, ChannelRule, Choice, Policy, Purpose
from troth.model.where import ANYWHERE, Where
from troth.policy.report import Report, listed
from troth.policy.section import Context


def check_purposes(policy: Policy, context: Context) -> None:
    """Report every contradiction."""
    for purpose in policy.purposes.values():
        _categories_allowed(policy, purpose, context.report)
        _some_law_knows_the_basis(purpose, context)
        _consent_has_a_choice(policy, purpose, context)
        _choices_fit(policy, purpose, context.report)
        _interest_is_assessed(purpose, context)
        _special_is_opened(policy, purpose, context.report)
        _default_has_a_reason(policy, purpose, context.report)
        _rules_are_reached(purpose, context.report)
        _objection_is_possible(purpose, context.report)
        _occasions_are_named(purpose, context.report)
        _agrees_with_others(policy, purpose, context.report)
        _a_yes_is_asked(policy, purpose, context)
        _law_lets_it_be_opt_out(policy, purpose, context)
        _compatibility_is_assessed(purpose, context.report)
    for choice in policy.choices.values():
        _choice_agrees(policy, choice, context.report)
    _no_circles(policy, context.report)


def _categories_allowed(policy: Policy, purpose: Purpose, report: Report) -> None:
    """A purpose uses only categories that one of its relationships may have."""
    relationships = [policy.relationships[name] for name in purpose.relationships if name in policy.relationships]
    if not relationships:
        return
    allowed = frozenset[str]().union(*(relationship.categories for relationship in relationships))
    used = {policy.elements[name].category for name in purpose.uses if name in policy.elements}
    for category in sorted(used - allowed):
        names = listed(relationship.id for relationship in relationships)
        message = f"purpose `{purpose.id}` uses `{category}`, which {names} may not have"
        report.say("category-not-allowed", message, purpose.place)


def _rules(purpose: Purpose) -> tuple[BasisRule, ...]:
    return purpose.ground.rules if purpose.ground else ()


def bases(purpose: Purpose) -> set[str]:
    """Every ground that a purpose may rest on."""
    return {purpose.basis, *purpose.basis_of.values(), *(rule.basis for rule in _rules(purpose))} - {""}


def _some_law_knows_the_basis(purpose: Purpose, context: Context) -> None:
    """A ground that only a law of elsewhere offers is none here."""
    for name in sorted(bases(purpose)) if context.regimes else ():
        somewhere = context.catalog.basis(context.catalog.laws, name)
        if somewhere and context.catalog.basis(context.regimes, name) is None:
            known = listed({basis: None for pack in context.catalog.regimes(context.regimes) for basis in pack.bases})
            message = f"none of the organisation's regimes knows the basis `{name}`"
            context.report.say("unknown-reference", message, purpose.place, f"they know {known}")


def _consent_has_a_choice(policy: Policy, purpose: Purpose, context: Context) -> None:
    """Where a basis needs a choice, some choice names the purpose."""
    chosen = any(purpose.id in choice.purposes for choice in policy.choices.values())
    if chosen or "choice" in context.report.unread:
        return
    for name in sorted(bases(purpose)):
        basis = context.catalog.basis(context.regimes, name)
        if basis and basis.needs_choice:
            message = f"purpose `{purpose.id}` rests on `{name}`, and no choice opens it"
            context.report.say("consent-without-choice", message, purpose.place)


def _choices_fit(policy: Policy, purpose: Purpose, report: Report) -> None:
    """A choice that a channel needs covers that purpose and that channel; so does one that a rule needs."""
    for rule in purpose.channels.values():
        for name in (rule.needs_choice, *rule.needs_where):
            choice = policy.choices.get(name)
            if choice is None or choice.reach != "named":
                continue
            if purpose.id not in choice.purposes:
                message = f"choice `{choice.id}` does not cover purpose `{purpose.id}`"
                report.say("choice-mismatch", message, rule.place)
            if rule.channel not in choice.channels:
                message = f"choice `{choice.id}` does not cover channel `{rule.channel}`"
                report.say("choice-mismatch", message, rule.place)
    for needing in _rules(purpose):
        choice = policy.choices.get(needing.needs)
        if choice and choice.reach == "named" and purpose.id not in choice.purposes:
            message = f"choice `{choice.id}` does not cover purpose `{purpose.id}`"
            report.say("choice-mismatch", message, needing.place)


def _interest_is_assessed(purpose: Purpose, context: Context) -> None:
    """Where a basis needs an assessment, one is named."""
    for name in sorted(bases(purpose)):
        basis = context.catalog.basis(context.regimes, name)
        if basis and basis.needs_assessment and not purpose.assessment:
            message = f"purpose `{purpose.id}` rests on `{name}`, and names no assessment"
            context.report.say("assessment-missing", message, purpose.place, law=str(basis.cite))


def _special_is_opened(policy: Policy, purpose: Purpose, report: Report) -> None:
    """Special categories are used only under a condition."""
    special = sorted(name for name in purpose.uses if name in policy.elements and policy.elements[name].special)
    closed = [name for name in special if not (purpose.special_condition or purpose.condition_of.get(name))]
    if closed:
        special = closed
        message = f"purpose `{purpose.id}` uses {listed(special)}, a special category"
        report.say("special-without-condition", message, purpose.place)


def _default_has_a_reason(policy: Policy, purpose: Purpose, report: Report) -> None:
    """Where the organisation has a basis by default, another one is explained."""
    default = policy.organisation.default_basis
    other = sorted(bases(purpose) - {default}) if default else []
    if other and not (purpose.ground and purpose.ground.because):
        message = f"purpose `{purpose.id}` rests on {listed(other)} and not on `{default}`, and does not say why"
        report.say("basis-without-reason", message, purpose.ground.place if purpose.ground else purpose.place)


def _rules_are_reached(purpose: Purpose, report: Report) -> None:
    """No rule stands behind one that holds whenever it does."""
    earlier: list[Where] = []
    for rule in _rules(purpose):
        if any(rule.where.within(before) for before in earlier):
            message = f"a rule above decides whenever this one of purpose `{purpose.id}` would"
            report.say("rule-never-reached", message, rule.place)
        earlier.append(rule.where)


def _objection_is_possible(purpose: Purpose, report: Report) -> None:
    """Whoever says that nobody can object says why; and never of advertising, whose messages are no service."""
    objection = purpose.objection
    if objection and not objection.possible:
        if purpose.direct_marketing or purpose.kind == "marketing":
            message = f"purpose `{purpose.id}` is advertising, and calls an objection impossible"
            report.say("objection-is-absolute", message, objection.place)
        elif not objection.because:
            message = f"purpose `{purpose.id}` does not say why nobody can object"
            report.say("missing-key", message, objection.place, "add `because:`")
    if purpose.direct_marketing and purpose.kind == "service":
        message = f"purpose `{purpose.id}` is direct marketing, and calls its messages a service"
        report.say("marketing-is-no-service", message, purpose.place)


def _occasions_are_named(purpose: Purpose, report: Report) -> None:
    """A window or a number of messages is counted from an event."""
    for rule in purpose.channels.values():
        if (rule.within or rule.at_most) and not rule.after:
            message = f"channel `{rule.channel}` of purpose `{purpose.id}` is limited after nothing"
            report.say("no-effect", message, rule.place, "name the event with `after:`")


def _agrees_with_others(policy: Policy, purpose: Purpose, report: Report) -> None:
    """What a purpose names does not exclude it: matters, roles, sources, obligations."""
    for kind, name, others, why in _named(policy, purpose):
        if others and purpose.id not in others:
            message = f"purpose `{purpose.id}` names {kind} `{name}`, which {why} only {listed(others)}"
            report.say("declarations-disagree", message, purpose.place)
    for name in purpose.obligations:
        duty = policy.obligations.get(name)
        beyond = sorted(duty.elements - purpose.uses) if duty else []
        if beyond:
            message = f"obligation `{name}` is about {listed(beyond)}, which purpose `{purpose.id}` does not use"
            report.say("declarations-disagree", message, purpose.place)
    for role in policy.roles.values():
        if purpose.readers and purpose.id in role.purposes and role.id not in purpose.readers:
            message = f"role `{role.id}` is for purpose `{purpose.id}`, which only {listed(purpose.readers)} may use"
            report.say("declarations-disagree", message, role.place)


def _named(policy: Policy, purpose: Purpose) -> Iterator[tuple[str, str, tuple[str, ...], str]]:
    """Kind and id of what a purpose names, the purposes that this names in turn, and in which words."""
    for name in purpose.needs_case:
        if name in policy.matters:
            yield "matter", name, policy.matters[name].purposes, "opens"
    for name in purpose.readers:
        if name in policy.roles:
            yield "role", name, policy.roles[name].purposes or ("nothing",), "is for"
    for name in purpose.sources:
        if name in policy.sources:
            yield "source", name, policy.sources[name].purposes, "is for"
    for name in purpose.obligations:
        if name in policy.obligations:
            yield "obligation", name, policy.obligations[name].purposes, "is for"


def _a_yes_is_asked(policy: Policy, purpose: Purpose, context: Context) -> None:
    """Where a ground is consent, no choice that opens the purpose counts silence as a yes (GDPR Art. 4(11))."""
    for choice in policy.choices.values():
        if purpose.id not in choice.purposes or choice.reach != "named":
            continue
        for name, place in ((purpose.basis, ANYWHERE), *((rule.basis, rule.where) for rule in _rules(purpose))):
            basis = context.catalog.basis(context.regimes, name)
            if basis and basis.needs_choice and not asks_first(choice, place):
                message = f"choice `{choice.id}` takes silence for a yes, and purpose `{purpose.id}` rests on `{name}`"
                context.report.say("silence-is-no-consent", message, choice.place, law=str(basis.cite))


def asks_first(choice: Choice, where: Where) -> bool:
    """Whether everybody to whom the condition applies is asked before anything is open."""
    for rule in choice.kind_rules:
        if where.within(rule.where):
            return rule.kind == "opt-in"
        if rule.kind == "opt-out":
            return False
    return choice.kind == "opt-in"


def _law_lets_it_be_opt_out(policy: Policy, purpose: Purpose, context: Context) -> None:
    """Where a regime wants a yes before a channel advertises, the choice asks its people first."""
    if not (purpose.direct_marketing or purpose.kind == "marketing"):
        return
    for rule in purpose.channels.values():
        choice = policy.choices.get(rule.needs_choice)
        if choice and not rule.soft_opt_in and (choice.kind == "opt-out" or choice.kind_rules):
            _asked_under_each_regime(rule, choice, context)


def _asked_under_each_regime(rule: ChannelRule, choice: Choice, context: Context) -> None:
    for pack in context.catalog.regimes(context.regimes):
        for law in pack.marketing.values():
            wanted = rule.channel in law.channels and law.needs != "no-objection"
            if wanted and not asks_first(choice, Where(residence=pack.residents_of)):
                message = f"choice `{choice.id}` takes silence for a yes to advertising over `{rule.channel}`"
                hint = f"let it be `opt-in` for people of `{pack.code}`: `kind: {{default: …, rules: […]}}`"
                context.report.say("silence-is-no-consent", message, choice.place, hint, law=str(law.cite))
                return


def _compatibility_is_assessed(purpose: Purpose, report: Report) -> None:
    """What calls itself compatible was weighed."""
    if purpose.compatible_with and not purpose.compatibility:
        message = f"purpose `{purpose.id}` calls itself compatible, and names no assessment of that"
        report.say("assessment-missing", message, purpose.place, "name it with `compatibility:`", law="GDPR Art. 6(4)")


def _choice_agrees(policy: Policy, choice: Choice, report: Report) -> None:
    """A yes is never wider than what was named; what only a wide no has does nothing elsewhere."""
    if choice.reach != "named" and (choice.kind != "opt-out" or choice.kind_rules):
        message = f"choice `{choice.id}` reaches all of `{choice.reach}`: only a no can"
        report.say("wide-yes", message, choice.place)
    if choice.spares and choice.reach == "named":
        message = f"choice `{choice.id}` spares purposes from a no that reaches no further than it names"
        report.say("no-effect", message, choice.place, "add `reach:`, or delete `spares`")
    category = policy.tracking.categories.get(choice.follows)
    if category and category.necessary:
        message = f"choice `{choice.id}` follows `{category.id}`, which nobody is asked about"
        report.say("declarations-disagree", message, choice.place)
    earlier: list[Where] = []
    for rule in choice.kind_rules:
        if any(rule.where.within(before) for before in earlier):
            report.say(
                "rule-never-reached", f"a rule above decides whenever this one of `{choice.id}` would", rule.place
            )
        earlier.append(rule.where)


def _no_circles(policy: Policy, report: Report) -> None:
    """Nothing is a part of itself."""
    for kind, things in (("purpose", policy.purposes), ("choice", policy.choices)):
        for thing in things.values():
            above, seen = thing.part_of, {thing.id}
            while above and above not in seen and above in things:
                seen.add(above)
                above = things[above].part_of
            if above == thing.id:
                report.say("part-of-itself", f"{kind} `{thing.id}` is a part of itself", thing.place)
