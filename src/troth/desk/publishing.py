"""A policy folder becomes a version in force: immutable, named by its hash, signed, kept with its text.

What lies in the folder is a draft until then. People's words are taken down under a draft too, but nothing is planned,
signed or carried out under one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from types import MappingProxyType

from troth.desk.house import House, Seals
from troth.desk.staff import acting
from troth.model.change import Change, Followed
from troth.model.plan import Approval
from troth.model.policy import Policy
from troth.model.problem import InputError
from troth.policy import compile_texts
from troth.policy.compile import FILES, require_text_of
from troth.policy.diff import diff
from troth.policy.duties import BY_ITSELF, MESSAGE, Duty, duties, earliest
from troth.policy.folder import read_folder
from troth.policy.report import Report
from troth.ports.state import PolicyVersion, Unit

TELL = "notice.tell"
"""The work of telling people about a version, by its hash."""
NOTHING_DONE: Mapping[str, str] = MappingProxyType({})


def publish(house: House, folder: Path, approval: Approval, done: Mapping[str, str] = NOTHING_DONE) -> PolicyVersion:
    """Keep the folder's text under the policy's hash, with who signed it. The same version again changes nothing.

    What has to be told to each person is filed as work in the same breath.

    Args:
        house: The installation; its policy is what the folder says.
        folder: The policy folder.
        approval: The signature under the policy's hash.
        done: Duty of the change (`moderate-banner`) -> a code under which the evidence is kept elsewhere.

    Raises InputError `unknown-staff`, `bad-signature`, `no-mailer`, `duties-open`, `too-early`, `choice-not-raised`.
    """
    actor = acting(house.policy, approval.signer)
    if approval.plan != house.policy.hash or not _holds(house.policy, house.seals, approval):
        message = f"this is no signature of `{approval.signer}` under this version"
        raise InputError("bad-signature", message, "sign with the key that staff.yaml declares", exit_code=2)
    starts = datetime.combine(date.fromisoformat(house.policy.effective_from), time(), tzinfo=UTC)
    judged = _judge(house, starts.date())
    owed = _owed(house, judged, done)
    texts = read_folder(folder, FILES, Report()).texts
    version = PolicyVersion(house.policy.hash, texts, starts, _as_text(approval))
    with house.unit(actor) as unit:
        unit.policies.add(version)
        _follow(unit, judged, version)
        for duty in sorted(owed):
            said = {"duty": duty, "evidence": done[duty], "version": version.hash}
            unit.events.record("policy.duty-done", said)
    house.state.ledger.place()
    return version


@dataclass(frozen=True)
class _Judged:
    """What a new version means for people."""

    duties: tuple[Duty, ...] = ()
    choices: tuple[str, ...] = ()
    """To be asked for again."""
    unread: bool = False
    """The version before no longer compiles."""


def _owed(house: House, judged: _Judged, done: Mapping[str, str]) -> frozenset[str]:
    """The duties that somebody has done elsewhere. Raises InputError `no-mailer`, `duties-open`."""
    owed = {duty.id for duty in judged.duties if duty.measure not in BY_ITSELF and not _sent(house, duty)}
    if judged.unread:
        owed.add(COMPARED)
    alone = sorted({duty.id for duty in judged.duties if duty.id in owed and duty.measure == MESSAGE and duty.waits})
    if alone:
        message = f"each person has to be told before it governs them, and no mail server is set up: {', '.join(alone)}"
        raise InputError("no-mailer", message, "declare one: `[messages]` in settings.toml", exit_code=2)
    if missing := sorted(owed - done.keys()):
        message = f"this version changes what was promised, and is not done yet: {', '.join(missing)}"
        raise InputError("duties-open", message, "do it, then `troth publish --done DUTY=EVIDENCE`", exit_code=2)
    return frozenset(owed)


def _sent(house: House, duty: Duty) -> bool:
    """Whether we carry it out ourselves."""
    return duty.measure == MESSAGE and house.mailer is not None


def _follow(unit: Unit, judged: _Judged, version: PolicyVersion) -> None:
    """Keep whom it waits for and who is told; file the telling, once more for whoever comes until it starts."""
    each = [duty for duty in judged.duties if duty.measure == MESSAGE or duty.waits]
    everybody = any(not duty.relationships for duty in each)
    change = Followed(
        version=version.hash,
        starts=max(version.effective_from, unit.at),
        waits=any(duty.waits for duty in each),
        message=any(duty.measure == MESSAGE for duty in each),
        despite_objection=any(duty.despite_objection for duty in each),
        relationships=() if everybody else tuple(sorted({name for duty in each for name in duty.relationships})),
        choices=judged.choices,
    )
    if each and unit.notices.follow(change) and change.message:
        for at in sorted({unit.at, change.starts}):
            unit.due.add(TELL, version.hash, at)


def _before(house: House, starts: date) -> Policy | None:
    """The policy that this version follows: in force just before it starts, or the house's own where there is none.

    Not the one of today: what a version of next month narrows, the one after it would otherwise widen unasked. None
    where its text no longer compiles.
    """
    with house.unit() as unit:
        earlier = [h for h, begins in unit.policies.all() if begins.date() <= starts and h != house.policy.hash]
        version = unit.policies.get(earlier[-1]) if earlier else None
    return house.policy if version is None else compile_texts(version.files, version.hash, house.catalog)


def _judge(house: House, starts: date) -> _Judged:
    """What this version asks for. Raises InputError `too-early`, `choice-not-raised`.

    By the promise in force and by the new one: whoever promised thirty days cannot take that back in the same breath.
    """
    before = _before(house, starts)
    if before is None:
        return _Judged(unread=True)
    changes, promises = diff(before, house.policy), (before, house.policy)
    days = (earliest(changes, promise, house.clock.now().date()) for promise in promises)
    day = max((each for each in days if each), default=None)
    if day and starts < day:
        message = f"this version starts on {starts}, and the notice that was promised ahead ends on {day}"
        raise InputError("too-early", message, f"`effective-from: {day}` or later", exit_code=2)
    owed = tuple(duty for promise in promises for duty in duties(changes, promise))
    again: tuple[str, ...] = ()
    if any(duty.measure == "fresh-choice" or duty.old_choice_ends for duty in owed):
        again = _asked_again(before, house.policy, changes)
    return _Judged(owed, again)


def _asked_again(before: Policy, after: Policy, changes: Sequence[Change]) -> tuple[str, ...]:
    """A fresh choice is asked for where its version rises: the gate then hears no earlier yes."""
    again = sorted({choice for change in changes for choice in change.asks_again if choice in before.choices})
    kept = [c for c in again if c in after.choices and after.choices[c].version <= before.choices[c].version]
    if kept:
        message = f"an earlier yes no longer covers what is done, and the version did not rise: {', '.join(kept)}"
        raise InputError("choice-not-raised", message, "raise `version` of these choices", exit_code=2)
    return tuple(again)


COMPARED = "compared-by-hand"
"""Owed where the version in force no longer compiles: somebody reads both."""


def not_in_force(policy: Policy, unit: Unit, seals: Seals) -> InputError | None:
    """What keeps this policy from being the one in force at the unit's moment; None when it is.

    Codes `policy-not-published`, `policy-not-in-force`, `policy-not-signed`, `policy-text-changed`.
    """
    current = unit.policies.current()
    if current is not None and current.hash == policy.hash:
        if changed := altered(current, policy):
            return changed
        if _holds(policy, seals, _from_text(policy.hash, current.approved_by)):
            return None
        return _problem("policy-not-signed", "its publication bears no signature of declared staff", "see the ledger")
    if policy.hash not in {known for known, _ in unit.policies.all()}:
        return _problem("policy-not-published", "what lies in the policy folder is a draft", "`troth publish`")
    instead = f"version `{current.hash[:12]}` is" if current else f"it is from {policy.effective_from} on"
    remedy = "wait for its day, or give the folder a later `effective-from` and publish it"
    return _problem("policy-not-in-force", f"the version in the policy folder is not in force, {instead}", remedy)


def altered(version: PolicyVersion, policy: Policy | None = None) -> InputError | None:
    """What of a kept version is not as it was signed: its texts, or, by the `policy` they say, its day."""
    try:
        require_text_of(version.files, version.hash)
    except InputError as error:
        return error
    if policy and version.effective_from.date() != date.fromisoformat(policy.effective_from):
        message = f"table `policy_version` of the state: the day of `{version.hash[:12]}` is not the one in its text"
        return _problem("policy-text-changed", message, "restore that row from a backup of the state")
    return None


def outside(house: House) -> InputError | None:
    """What keeps the house's policy from being in force now; None when it is."""
    with house.unit() as unit:
        return not_in_force(house.policy, unit, house.seals)


def require_in_force(house: House) -> None:
    """Refuse to act under a policy that is not the one in force. Raises InputError as `not_in_force` says."""
    if problem := outside(house):
        raise problem


def is_signed(policy: Policy, version: PolicyVersion, holds: Callable[[Approval], bool]) -> bool:
    """Whether a version that was kept bears the signature of staff that it declares; `holds` checks the signature."""
    return _signed(policy, holds, _from_text(policy.hash, version.approved_by))


def _holds(policy: Policy, seals: Seals, approval: Approval | None) -> bool:
    return _signed(policy, seals.holds, approval)


def _signed(policy: Policy, holds: Callable[[Approval], bool], approval: Approval | None) -> bool:
    member = policy.staff.get(approval.signer) if approval else None
    if approval is None or member is None:
        return False
    return (member.role, member.public_key) == (approval.role, approval.public_key) and holds(approval)


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
