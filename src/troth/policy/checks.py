"""What must hold between the purposes, choices, recipients and rights of a policy. One function for each truth."""

from troth.model.policy import Policy, Purpose
from troth.policy.report import Report, listed
from troth.policy.section import Context


def check_declarations(policy: Policy, context: Context) -> None:
    """Report every contradiction between declarations."""
    for purpose in policy.purposes.values():
        _categories_allowed(policy, purpose, context.report)
        _consent_has_a_choice(policy, purpose, context)
        _choices_fit(policy, purpose, context.report)
        _interest_is_assessed(purpose, context)
        _special_is_opened(policy, purpose, context.report)
    _transfers_protected(policy, context)
    _somebody_may_sign(policy, context.report)


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


def _bases(purpose: Purpose) -> set[str]:
    return {purpose.basis, *purpose.basis_of.values()} - {""}


def _consent_has_a_choice(policy: Policy, purpose: Purpose, context: Context) -> None:
    """Where a basis needs a choice, some choice names the purpose."""
    chosen = any(purpose.id in choice.purposes for choice in policy.choices.values())
    if chosen or "choice" in context.report.unread:
        return
    for name in sorted(_bases(purpose)):
        basis = context.catalog.basis(context.regimes, name)
        if basis and basis.needs_choice:
            message = f"purpose `{purpose.id}` rests on `{name}`, and no choice opens it"
            context.report.say("consent-without-choice", message, purpose.place)


def _choices_fit(policy: Policy, purpose: Purpose, report: Report) -> None:
    """The choice that a channel needs covers that purpose and that channel."""
    for rule in purpose.channels.values():
        choice = policy.choices.get(rule.needs_choice)
        if choice is None:
            continue
        if purpose.id not in choice.purposes:
            message = f"choice `{choice.id}` does not cover purpose `{purpose.id}`"
            report.say("choice-mismatch", message, rule.place)
        if rule.channel not in choice.channels:
            message = f"choice `{choice.id}` does not cover channel `{rule.channel}`"
            report.say("choice-mismatch", message, rule.place)


def _interest_is_assessed(purpose: Purpose, context: Context) -> None:
    """Where a basis needs an assessment, one is named."""
    for name in sorted(_bases(purpose)):
        basis = context.catalog.basis(context.regimes, name)
        if basis and basis.needs_assessment and not purpose.assessment:
            message = f"purpose `{purpose.id}` rests on `{name}`, and names no assessment"
            context.report.say("assessment-missing", message, purpose.place, law=str(basis.cite))


def _special_is_opened(policy: Policy, purpose: Purpose, report: Report) -> None:
    """Special categories are used only under a condition."""
    special = sorted(name for name in purpose.uses if name in policy.elements and policy.elements[name].special)
    if special and not purpose.special_condition:
        message = f"purpose `{purpose.id}` uses {listed(special)}, a special category"
        report.say("special-without-condition", message, purpose.place)


def _transfers_protected(policy: Policy, context: Context) -> None:
    """A recipient outside every regime's home region has a safeguard."""
    homes = [pack.home for pack in context.catalog.regimes(context.regimes) if pack.home]
    for recipient in policy.recipients.values():
        outside = recipient.country and any(recipient.country not in home for home in homes)
        if outside and not recipient.safeguard:
            message = f"recipient `{recipient.id}` sits in `{recipient.country}`, and nothing protects the transfer"
            context.report.say("transfer-without-safeguard", message, recipient.place)


def _somebody_may_sign(policy: Policy, report: Report) -> None:
    """A right that needs a signature has somebody to give it; an empty staff list means keys come from elsewhere."""
    roles = {member.role for member in policy.staff.values()}
    for right in policy.rights.values() if roles else ():
        if right.approve and not roles & set(right.approve):
            message = f"right `{right.id}` is signed by {listed(right.approve)}, and no member of staff has such a role"
            report.say("nobody-may-sign", message, right.place)
