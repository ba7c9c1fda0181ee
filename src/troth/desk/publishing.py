"""A policy folder becomes a version in force: immutable, named by its hash, signed, kept with its text.

What lies in the folder is a draft until then. People's words are taken down under a draft too, but nothing is planned,
signed or carried out under one.
"""

from datetime import UTC, date, datetime, time
from pathlib import Path

from troth.desk.house import House, Seals
from troth.desk.staff import acting
from troth.model.plan import Approval
from troth.model.policy import Policy
from troth.model.problem import InputError
from troth.policy.compile import FILES
from troth.policy.folder import read_folder
from troth.policy.report import Report
from troth.ports.state import PolicyVersion, Unit


def publish(house: House, folder: Path, approval: Approval) -> PolicyVersion:
    """Keep the folder's text under the policy's hash, with who signed it. The same version again changes nothing.

    Raises InputError `unknown-staff`, `bad-signature`.
    """
    actor = acting(house.policy, approval.signer)
    if approval.plan != house.policy.hash or not _holds(house.policy, house.seals, approval):
        message = f"this is no signature of `{approval.signer}` under this version"
        raise InputError("bad-signature", message, "sign with the key that staff.yaml declares", exit_code=2)
    starts = datetime.combine(date.fromisoformat(house.policy.effective_from), time(), tzinfo=UTC)
    texts = read_folder(folder, FILES, Report()).texts
    version = PolicyVersion(house.policy.hash, texts, starts, _as_text(approval))
    with house.unit(actor) as unit:
        unit.policies.add(version)
    house.state.ledger.place()
    return version


def not_in_force(policy: Policy, unit: Unit, seals: Seals) -> InputError | None:
    """What keeps this policy from being the one in force at the unit's moment; None when it is.

    Codes `policy-not-published`, `policy-not-in-force`, `policy-not-signed`.
    """
    current = unit.policies.current()
    if current is not None and current.hash == policy.hash:
        if _holds(policy, seals, _from_text(policy.hash, current.approved_by)):
            return None
        return _problem("policy-not-signed", "its publication bears no signature of declared staff", "see the ledger")
    if policy.hash not in {known for known, _ in unit.policies.all()}:
        return _problem("policy-not-published", "what lies in the policy folder is a draft", "`troth publish`")
    instead = f"version `{current.hash[:12]}` is" if current else f"it is from {policy.effective_from} on"
    remedy = "wait for its day, or give the folder a later `effective-from` and publish it"
    return _problem("policy-not-in-force", f"the version in the policy folder is not in force, {instead}", remedy)


def outside(house: House) -> InputError | None:
    """What keeps the house's policy from being in force now; None when it is."""
    with house.unit() as unit:
        return not_in_force(house.policy, unit, house.seals)


def require_in_force(house: House) -> None:
    """Refuse to act under a policy that is not the one in force. Raises InputError as `not_in_force` says."""
    if problem := outside(house):
        raise problem


def _holds(policy: Policy, seals: Seals, approval: Approval | None) -> bool:
    member = policy.staff.get(approval.signer) if approval else None
    if approval is None or member is None:
        return False
    return (member.role, member.public_key) == (approval.role, approval.public_key) and seals.holds(approval)


def _as_text(approval: Approval) -> str:
    return f"{approval.signer} {approval.role} {approval.at} {approval.public_key} {approval.signature}"


def _from_text(hash_: str, text: str) -> Approval | None:
    words = text.split(" ")
    if len(words) != 5:  # noqa: PLR2004 - the five of `_as_text`
        return None
    signer, role, at, public_key, signature = words
    return Approval(plan=hash_, signer=signer, role=role, at=at, signature=signature, public_key=public_key)


def _problem(code: str, message: str, remedy: str) -> InputError:
    return InputError(code, message, remedy, exit_code=3)
