"""Who of ours acts: whoever stands in the ledger as an actor is declared, and some acts need a role."""

from collections.abc import Collection

from troth.model.policy import Policy
from troth.model.problem import InputError


def acting(policy: Policy, staff: str, roles: Collection[str] = ()) -> str:
    """The actor `staff:ID`, in one of these roles where any are named. Raises InputError `unknown-staff`, `wrong-role`.

    It is believed that whoever types the name is that person: what cannot be undone asks for their key as well.
    """
    member = policy.staff.get(staff)
    if member is None:
        remedy = f"declared: {', '.join(sorted(policy.staff)) or 'nobody'}; `troth staff ID` makes the key of a new one"
        raise InputError("unknown-staff", f"`{staff}` is not declared in staff.yaml", remedy, exit_code=2)
    if roles and member.role not in roles:
        message = f"`{staff}` is `{member.role}` and may not do this"
        raise InputError("wrong-role", message, f"may: {', '.join(sorted(roles))}", exit_code=2)
    return f"staff:{staff}"


def roles_that_erase(policy: Policy) -> tuple[str, ...]:
    """Roles that may sign an erasure: they also say whose a row is, and accept a loss. Empty: everybody declared."""
    offered = policy.rights.get("erasure")
    return offered.approve if offered else ()
