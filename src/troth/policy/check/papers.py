"""Signatures and days: what is unsigned, ended, planned without a day, or overdue when the policy takes effect."""

from collections.abc import Iterator
from datetime import date

from dateutil.relativedelta import relativedelta

from troth.model.datamap import StoreMap
from troth.model.period import Period
from troth.model.policy import Policy, Purpose, Recipient
from troth.model.policy_contact import Activity
from troth.model.policy_guard import Safeguard
from troth.model.problem import Place
from troth.policy.report import Report, listed
from troth.policy.section import ADEQUACY, Context
from troth.policy.sections.transfers import SIGNED


def check_papers(policy: Policy, context: Context) -> None:
    """Report everything that does not hold on the day from which the policy applies."""
    _signed_and_running(policy, context.report)
    _begins_before_it_ends(policy, context.report)
    _planned_for_a_day(policy, context.report)
    _assessments_fit(policy, context.report)
    _looked_at_in_time(policy, context.report)
    _transfers_protected(policy, context)
    for name, safeguard in policy.transfers.safeguards.items():
        _parties_use_it(policy, name, safeguard, context.report)


Paper = tuple[str, str, str, Place, bool]
"""What it is in words, signed, until, where, and whether nothing works without a signature."""


def _papers(policy: Policy) -> Iterator[Paper]:
    for safeguard in policy.transfers.safeguards.values():
        what = f"safeguard `{safeguard.id}`"
        yield what, safeguard.signed, safeguard.until, safeguard.place, safeguard.mechanism in SIGNED
    for recipient in policy.recipients.values():
        paper = recipient.contract
        if paper:
            yield f"the contract with `{recipient.id}`", paper.signed, paper.until, paper.place, True
    for space in policy.spaces.values():
        what = f"the contract with the customer `{space.id}`"
        yield what, space.contract_signed, space.contract_until, space.place, True


def _signed_and_running(policy: Policy, report: Report) -> None:
    day = policy.effective_from
    for what, signed, until, place, needed in _papers(policy):
        if needed and not signed:
            report.say("unsigned", f"{what} is not signed", place)
        elif day and signed > day:
            report.say("unsigned", f"{what} is signed on {signed}, after the policy takes effect", place)
        if day and until and until < day:
            report.say("expired", f"{what} ended on {until}, before the policy takes effect", place)


def _begins_before_it_ends(policy: Policy, report: Report) -> None:
    spans = [(what, signed, until, place) for what, signed, until, place, _ in _papers(policy)]
    spans += [(f"activity `{a.id}`", a.starts, a.ends, a.place) for a in policy.activities.values()]
    for space in policy.spaces.values():
        spans += [(f"instruction `{i.id}`", i.given, i.until, i.place) for i in space.instructions.values()]
    for what, begins, ends, place in spans:
        if begins and ends and ends < begins:
            report.say("ends-before-it-begins", f"{what} ends on {ends} and begins on {begins}", place)


def _planned_for_a_day(policy: Policy, report: Report) -> None:
    planned: list[tuple[str, Purpose | Activity]] = [("purpose", purpose) for purpose in policy.purposes.values()]
    planned += [("activity", activity) for activity in policy.activities.values()]
    for kind, thing in planned:
        if thing.intended and not thing.starts:
            report.say("intended-without-start", f"{kind} `{thing.id}` is planned for no day", thing.place)
        elif thing.intended and thing.starts <= policy.effective_from:
            message = f"{kind} `{thing.id}` is called planned, and has begun on {thing.starts}"
            report.say("declarations-disagree", message, thing.place, "delete `intended`, or correct `starts`")


def _assessments_fit(policy: Policy, report: Report) -> None:
    """Each is of the kind that is asked for, open, and runs on the first day."""
    for file, kinds, what, place in _assessed(policy):
        found = policy.assessments.get(file)
        if found is None:
            continue
        if found.kind not in kinds:
            message = f"`{file}` is an assessment of `{found.kind}`, and {what} needs one of {listed(kinds)}"
            report.say("assessment-of-another-kind", message, place)
        if found.outcome == "closed":
            report.say("assessment-closed", f"`{file}` came out against it: {what} stays closed", place)
        if found.until and found.until < policy.effective_from:
            report.say("assessment-ended", f"`{file}` ended on {found.until}: {what} is closed", place)


def _assessed(policy: Policy) -> Iterator[tuple[str, tuple[str, ...], str, Place]]:
    for purpose in policy.purposes.values():
        what = f"purpose `{purpose.id}`"
        yield purpose.assessment, ("legitimate-interest", "impact"), what, purpose.place
        yield purpose.compatibility, ("compatibility",), what, purpose.place
    for safeguard in policy.transfers.safeguards.values():
        yield safeguard.assessment, ("transfer", "impact"), f"safeguard `{safeguard.id}`", safeguard.place
    for decision in policy.decisions.kinds.values():
        yield decision.assessment, ("impact",), f"decision `{decision.id}`", decision.place


def _looked_at_in_time(policy: Policy, report: Report) -> None:
    if not policy.effective_from:
        return
    today = date.fromisoformat(policy.effective_from)
    for measure in policy.protection.measures.values():
        if not (measure.reviewed and measure.review_every):
            continue
        due = _after(date.fromisoformat(measure.reviewed), measure.review_every)
        if due < today:
            report.say("review-overdue", f"measure `{measure.id}` was to be looked at by {due}", measure.place)


def _after(day: date, period: Period) -> date:
    days = period.days + -(-period.hours // 24)
    return day + relativedelta(years=period.years, months=period.months, days=days)


# --- Transfers --------------------------------------------------------------------------------------------------------


def _transfers_protected(policy: Policy, context: Context) -> None:
    """Whatever lies outside home has a safeguard that reaches there."""
    homes = homes_of(policy, context)
    for recipient in policy.recipients.values():
        places = frozenset({recipient.country, *recipient.stored_in, *recipient.reached_from}) - {""}
        outside = sorted(place for place in places if any(place not in home for home in homes))
        if outside and not (recipient.safeguard or recipient.safeguards):
            message = f"recipient `{recipient.id}` sits in {listed(outside)}, and nothing protects the transfer"
            context.report.say("transfer-without-safeguard", message, recipient.place)
        elif outside and recipient.safeguards:
            _reached(policy, recipient, outside, context)
        _only_where_allowed(policy, f"recipient `{recipient.id}`", recipient.stored_in, recipient.place, homes, context)
    for store in policy.stores.values():
        _store_at_home(policy, store, homes, context)


def homes_of(policy: Policy, context: Context) -> list[frozenset[str]]:
    """Regions in each of which data is at home: our own promise, or what each regime says."""
    if policy.transfers.home:
        return [policy.transfers.home]
    return [pack.home for pack in context.catalog.regimes(context.regimes) if pack.home]


def _reached(policy: Policy, recipient: Recipient, outside: list[str], context: Context) -> None:
    """Each country outside is reached by one of the recipient's safeguards."""
    known = [policy.transfers.safeguards[name] for name in recipient.safeguards if name in policy.transfers.safeguards]
    for country in outside if len(known) == len(recipient.safeguards) else ():
        if not any(_reaches(safeguard, recipient, country, context) for safeguard in known):
            names = listed(recipient.safeguards)
            message = f"none of {names} reaches `{recipient.id}` in `{country}`"
            context.report.say("safeguard-elsewhere", message, recipient.place)


def _reaches(safeguard: Safeguard, recipient: Recipient, country: str, context: Context) -> bool:
    if safeguard.countries and country not in safeguard.countries:
        return False
    if safeguard.parties and recipient.id not in safeguard.parties:
        return False
    return safeguard.mechanism != ADEQUACY or _adequate(country, context)


def _adequate(country: str, context: Context) -> bool:
    """Whether each regime with a home takes the country for safe on the first day; without a list nobody says no."""
    day = date.fromisoformat(context.effective_from) if context.effective_from else date.max
    for pack in context.catalog.regimes(context.regimes):
        if pack.home and country not in pack.home and pack.adequate:
            found = [one for one in pack.adequate.values() if country in one.countries and one.cite.applies(day)]
            if not found:
                return False
    return True


def _parties_use_it(policy: Policy, name: str, safeguard: Safeguard, report: Report) -> None:
    """Necessity names what makes it necessary; a safeguard that no recipient and no party names protects nothing."""
    if safeguard.mechanism == "necessity-contract" and not (safeguard.itinerary and safeguard.elements):
        message = f"safeguard `{name}` is a necessity, and does not say of which data and for which countries"
        report.say("missing-key", message, safeguard.place, "add `itinerary:` and `of:`")
    if safeguard.mechanism == "explicit-consent" and not safeguard.choice:
        message = f"safeguard `{name}` is a consent, and no choice gives it"
        report.say("missing-key", message, safeguard.place, "add `choice:`")
    if not any(name in recipient.safeguards for recipient in policy.recipients.values()):
        report.say("unused", f"no recipient rests on the safeguard `{name}`", safeguard.place)


def _store_at_home(policy: Policy, store: StoreMap, homes: list[frozenset[str]], context: Context) -> None:
    outside = sorted(place for place in store.stored_in if any(place not in home for home in homes))
    recipient = policy.recipients.get(store.hosted_by)
    if outside and not (recipient and (recipient.safeguard or recipient.safeguards)):
        message = f"store `{store.name}` is in {listed(outside)}, and nothing protects the transfer"
        context.report.say(
            "transfer-without-safeguard", message, store.place, "bring it home, or name who hosts it there"
        )
    _only_where_allowed(policy, f"store `{store.name}`", store.stored_in, store.place, homes, context)


def _only_where_allowed(
    policy: Policy,
    what: str,
    places: frozenset[str],
    place: Place,
    homes: list[frozenset[str]],
    context: Context,
) -> None:
    allowed = policy.transfers.allowed
    beyond = sorted(one for one in places - allowed if any(one not in home for home in homes)) if allowed else []
    if beyond:
        context.report.say("place-not-allowed", f"{what} keeps data in {listed(beyond)}, where none may be", place)
