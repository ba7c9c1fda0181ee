"""A person with the right role signs exactly one plan; the signature is checked again before anything is applied."""

from troth.desk.house import House
from troth.desk.planning import plan_of
from troth.model.case import Case, CaseState
from troth.model.plan import Approval, Plan
from troth.model.problem import InputError

APPLY = "case.apply"
"""The work that a signature makes due."""
BY_THE_HOUSE = frozenset({"retention", "restore"})
"""Runs that nobody asks for: their day was set, or their lines were signed, before."""


def approve(house: House, case_id: str, approval: Approval) -> None:
    """Keep a signature that is good. Raises InputError otherwise, naming what is wrong with it."""
    plan, digest = plan_of(house, case_id)
    if not plan.applicable:
        raise InputError(
            "plan-not-applicable", f"the plan of case `{case_id}` has errors", "mend them and plan again", exit_code=3
        )
    if approval.plan != digest:
        raise InputError(
            "plan-superseded", "the signature is under another plan", f"read `troth show {case_id}` again", exit_code=4
        )
    _check(house, plan.right, approval)
    with house.unit(f"staff:{approval.signer}") as unit:
        unit.cases.approve(case_id, approval)
        unit.due.add(APPLY, case_id, house.clock.now())
        if approval.signer != house.seals.signer:  # the installation signs at work, and finds what follows by itself
            house.wake(unit, case_id)
    house.between("approved")


def approve_as_house(house: House, case_id: str) -> bool:
    """Sign as the installation where the policy asks nobody in particular; False where it asks somebody."""
    plan, digest = plan_of(house, case_id)
    if roles_for(house, plan.right):
        return False
    approve(house, case_id, house.seals.sign(digest, house.clock.now().isoformat()))
    return True


def require_approval(house: House, case: Case, plan: Plan, digest: str) -> Approval:
    """The good signature under the case's newest plan. Raises InputError."""
    with house.unit() as unit:
        approval = unit.cases.approval(digest)
    return require_good(house, case, plan, approval)


def require_good(house: House, case: Case, plan: Plan, approval: Approval | None) -> Approval:
    """The signature under the case's newest plan, if it is good. Raises InputError."""
    if approval is None or case.state in (CaseState.OPEN, CaseState.PLANNED):
        roles = ", ".join(f"`{role}`" for role in roles_for(house, plan.right))
        remedy = f"{roles} may sign it: `troth approve {case.id}`"
        raise InputError("not-approved", f"the plan of case `{case.id}` is not signed", remedy, exit_code=2)
    _check(house, plan.right, approval)
    return approval


def roles_for(house: House, right: str) -> tuple[str, ...]:
    """Staff roles of which one has to sign; empty where the installation does. Raises InputError: right not offered."""
    if right in BY_THE_HOUSE:
        return ()
    offered = house.policy.rights.get(right)
    if offered is None:
        raise InputError("right-not-offered", f"`{right}` is not in the policy", "see rights.yaml", exit_code=3)
    return offered.approve


def _check(house: House, right: str, approval: Approval) -> None:
    roles = roles_for(house, right)
    staff = house.policy.staff.get(approval.signer)
    if roles:
        if staff is None:
            raise InputError(
                "unknown-signer",
                f"`{approval.signer}` is not declared in staff.yaml",
                "declare the public key there",
                exit_code=2,
            )
        if staff.role not in roles or approval.role != staff.role:
            raise InputError(
                "wrong-role",
                f"`{approval.signer}` is `{staff.role}` and may not sign this",
                f"may sign: {', '.join(roles)}",
                exit_code=2,
            )
        if staff.public_key != approval.public_key:
            raise InputError(
                "wrong-key",
                f"the key is not the one declared for `{approval.signer}`",
                "sign with the declared key",
                exit_code=2,
            )
    elif approval.signer != house.seals.signer:
        message = f"only the installation signs plans for `{right}`"
        raise InputError("wrong-role", message, "leave it to the worker", exit_code=2)
    if not house.seals.holds(approval):
        raise InputError(
            "bad-signature", "the signature does not hold for this plan", "sign the plan again", exit_code=2
        )
