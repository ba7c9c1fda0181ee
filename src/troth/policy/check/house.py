"""How we work: roles, matters, decisions, changes, spaces."""

from troth.model.policy import Policy
from troth.model.policy_contact import Space
from troth.model.policy_guard import Decision, Matter
from troth.model.problem import Place
from troth.policy.report import Report, did_you_mean, listed
from troth.policy.section import Context


def check_house(policy: Policy, context: Context) -> None:
    """Report every contradiction."""
    report = context.report
    _somebody_may_sign(policy, report)
    _roles_are_declared(policy, report)
    _not_too_many(policy, report)
    for matter in policy.matters.values():
        _matter_agrees(matter, report)
    for decision in policy.decisions.kinds.values():
        _decision_is_allowed(policy, decision, report)
    _changes_are_told(policy, report)
    for space in policy.spaces.values():
        _space_agrees(policy, space, report)


def _somebody_may_sign(policy: Policy, report: Report) -> None:
    """A right that needs a signature has somebody to give it; an empty staff list means keys come from elsewhere."""
    roles = {member.role for member in policy.staff.values()}
    for right in policy.rights.values() if roles else ():
        if right.approve and not roles & set(right.approve):
            message = f"right `{right.id}` is signed by {listed(right.approve)}, and no member of staff has such a role"
            report.say("nobody-may-sign", message, right.place)


def _roles_are_declared(policy: Policy, report: Report) -> None:
    """Where roles are declared, staff and signatures have one of them."""
    named: list[tuple[str, Place]] = [(member.role, member.place) for member in policy.staff.values()]
    named += [(role, right.place) for right in policy.rights.values() for role in right.approve]
    for role, place in named if policy.roles else ():
        if role and role not in policy.roles:
            hint = did_you_mean(role, policy.roles) or f"one of {listed(policy.roles)}"
            report.say("unknown-reference", f"no role is called `{role}`", place, hint)


def _not_too_many(policy: Policy, report: Report) -> None:
    for role in policy.roles.values():
        holders = [member.id for member in policy.staff.values() if member.role == role.id]
        if role.at_most and len(holders) > role.at_most:
            message = f"{len(holders)} members of staff have the role `{role.id}`, and {role.at_most} may"
            report.say("too-many-holders", message, role.place)


def _matter_agrees(matter: Matter, report: Report) -> None:
    """Four eyes look at a step that comes before; whoever learns of lateness is named; a letter has a form."""
    earlier: list[str] = []
    for step in matter.steps.values():
        if step.not_by_who_did and step.not_by_who_did not in earlier:
            message = f"step `{step.id}` of matter `{matter.id}` follows no step called `{step.not_by_who_did}`"
            before = f"before it stand {listed(earlier)}" if earlier else ""
            hint = did_you_mean(step.not_by_who_did, earlier) or before
            report.say("unknown-reference", message, step.place, hint)
        earlier.append(step.id)
    if matter.escalate_after and not matter.escalate_to:
        message = f"matter `{matter.id}` says when it is late and not who learns of it"
        report.say("no-effect", message, matter.place, "add `escalate-to:`")
    if matter.silence_after and not matter.owner:
        message = f"matter `{matter.id}` asks nobody after a silence"
        report.say("no-effect", message, matter.place, "add `owner:`")


_NEEDED = {"explicit-consent": "choice", "law": "obligation", "contract": "because", "human-decides": "reviewed_by"}
"""Exception -> what it stands on."""


def _decision_is_allowed(policy: Policy, decision: Decision, report: Report) -> None:
    """Each exception stands on something, somebody looks again, and special categories stay out (GDPR Art. 22)."""
    wanted = _NEEDED.get(decision.exception, "")
    if wanted and not getattr(decision, wanted):
        key = wanted.replace("_", "-")
        message = f"decision `{decision.id}` is allowed by `{decision.exception}`, and has no `{key}`"
        report.say("decision-not-allowed", message, decision.place, f"add `{key}:`")
    if not decision.reviewed_by and decision.exception in {"contract", "explicit-consent"}:
        message = f"nobody decides `{decision.id}` anew when asked"
        report.say("decision-not-allowed", message, decision.place, "add `reviewed-by:`")
    choice = policy.choices.get(decision.choice)
    if choice and choice.strength != "explicit":
        message = f"decision `{decision.id}` rests on the choice `{choice.id}`, which is not explicit"
        report.say("decision-not-allowed", message, decision.place, "write `strength: explicit` in choices.yaml")
    special = sorted(e for e in decision.inputs if e in policy.elements and policy.elements[e].special)
    if special and not decision.special_condition:
        message = f"decision `{decision.id}` weighs {listed(special)}, a special category"
        report.say("special-without-condition", message, decision.place, law="GDPR Art. 22(4)")
    purpose = policy.purposes.get(decision.purpose)
    beyond = sorted(decision.inputs - purpose.uses) if purpose else []
    if beyond:
        message = f"decision `{decision.id}` weighs {listed(beyond)}, which purpose `{decision.purpose}` does not use"
        report.say("declarations-disagree", message, decision.place)


def _changes_are_told(policy: Policy, report: Report) -> None:
    """Whoever promises to reach each person writes to each person."""
    changes = policy.changes
    for rating in changes.ratings.values():
        if (rating.each_person or rating.despite_objection) and "message" not in rating.measures:
            message = f"changes rated `{rating.id}` are to reach each person, and no message is sent"
            report.say("declarations-disagree", message, rating.place, "add `message` to `by`")
        if rating.ahead and not rating.before_effect:
            message = f"changes rated `{rating.id}` are told ahead of nothing"
            report.say("no-effect", message, rating.place, "add `before-effect: true`")
        if rating.old_choice_ends and "fresh-choice" not in rating.measures:
            message = f"changes rated `{rating.id}` end earlier choices, and nobody is asked anew"
            report.say("declarations-disagree", message, rating.place, "add `fresh-choice` to `by`")
    rated = changes.automated_decisions
    if rated and rated not in changes.ratings:
        hint = did_you_mean(rated, changes.ratings) or f"one of {listed(changes.ratings)}"
        report.say("unknown-reference", f"no rating is called `{rated}`", changes.place, hint)


def _space_agrees(policy: Policy, space: Space, report: Report) -> None:
    """A customer's data stays where the customer lets it be, and we are its processor there."""
    for name in space.stores:
        store = policy.stores.get(name)
        beyond = sorted(store.stored_in - space.regions) if store and space.regions else []
        if beyond:
            message = f"store `{name}` is in {listed(beyond)}, where customer `{space.id}` lets no data be"
            report.say("place-not-allowed", message, space.place)
    for name in space.activities:
        activity = policy.activities.get(name)
        if activity and activity.role != "processor":
            message = f"activity `{name}` is done for customer `{space.id}`, and not as a processor"
            report.say("declarations-disagree", message, space.place)
