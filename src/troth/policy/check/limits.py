"""Limits: a promise about the policy itself, kept here. Whoever widens the policy beyond it is told at the very line.

A limit speaks of one thing. From that follows a scope: the purposes, recipients, elements ... that have to do with it;
and from the scope what stands in each dimension. `only` and `never` are compared with that, nothing else.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from troth.model.policy import Policy
from troth.model.policy_guard import Limit
from troth.model.problem import Place
from troth.policy.check.papers import homes_of
from troth.policy.check.purposes import bases
from troth.policy.common import FACTORS
from troth.policy.report import Report, listed
from troth.policy.section import EVERYTHING, Context

_Thing = TypeVar("_Thing")


@dataclass
class Scope:
    """What has to do with a thing, by kind; ids only."""

    elements: frozenset[str]
    purposes: frozenset[str]
    recipients: frozenset[str]
    others: Mapping[str, frozenset[str]]
    """`roles`, `sources`, `relationships`, `activities`, `stores`, `channels`."""
    everything: bool = False
    """Whether it speaks of the organisation as a whole."""
    narrow: bool = False
    """Whether the elements are what it speaks of, so that grounds are those of these elements."""

    def of(self, kind: str) -> frozenset[str]:
        """The ids of another kind."""
        return self.others.get(kind, frozenset())


def check_limits(policy: Policy, context: Context) -> None:
    """Report everything in which the policy goes beyond one of its own limits."""
    if not policy.limits:
        return
    world = _World(policy, homes_of(policy, context))
    for limit in policy.limits.values():
        kind, _, name = limit.of.partition(":")
        lifted = limit.unless.removeprefix("notice:") in policy.notices
        if not lifted and context.report.knows((kind,), name):
            _hold(limit, world.scope(kind, name), world, context.report)
        _says_something(limit, context.report)


def _says_something(limit: Limit, report: Report) -> None:
    if not (limit.only or limit.never or limit.must):
        message = f"limit `{limit.id}` limits nothing"
        report.say("no-effect", message, limit.place, "add `only:`, `never:` or `must:`")
    for dimension in limit.only.keys() & limit.never.keys():
        both = sorted(set(limit.only[dimension]) & set(limit.never[dimension]))
        if both:
            report.say("uses-and-never", f"limit `{limit.id}` both allows and forbids {listed(both)}", limit.place)


def _hold(limit: Limit, scope: Scope, world: "_World", report: Report) -> None:
    for dimension in {**limit.only, **limit.never}:
        only, never = limit.only.get(dimension), limit.never.get(dimension, ())
        for value, place in world.found(dimension, scope):
            beside = only is not None and EVERYTHING not in only and value not in only
            if beside or value in never or EVERYTHING in never:
                kept = (
                    f"to {listed(only)}"
                    if beside and only
                    else ("empty" if EVERYTHING in never else f"without `{value}`")
                )
                message = f"limit `{limit.id}` keeps the {dimension} of `{limit.of}` {kept}, and here is `{value}`"
                hint = f"take `{value}` out, or change what is promised at {limit.place}"
                report.say("beyond-limit", message, place, hint)
    for demand in limit.must:
        for what, place in _DEMANDS[demand](world, scope):
            message = f"limit `{limit.id}` demands that {what}"
            report.say("limit-not-met", message, place, f"declare it, or change what is promised at {limit.place}")


Found = Iterator[tuple[str, Place]]


class _World:
    """The policy, asked what has to do with what."""

    def __init__(self, policy: Policy, homes: list[frozenset[str]]) -> None:
        self.policy = policy
        self.homes = homes
        self.held = {
            name: frozenset(column.element for table in store.tables.values() for column in table.columns.values())
            for name, store in policy.stores.items()
        }
        """Store -> the elements in it."""

    def scope(self, kind: str, name: str) -> Scope:
        """What has to do with one thing."""
        policy = self.policy
        match kind:
            case "organisation":
                kinds = ("roles", "sources", "relationships", "activities", "stores")
                every: dict[str, Iterable[str]] = {kind: getattr(policy, kind) for kind in kinds}
                scope = self._around(policy.elements, policy.purposes, policy.recipients, **every)
                return replace(scope, everything=True)
            case "element" | "category":
                elements = policy.categories[name].elements if kind == "category" else (name,)
                return self._around_elements(frozenset(elements))
            case "purpose":
                return self._around_purposes((name,))
            case "recipient" | "recipient-class":
                return self._around_recipients(
                    r.id for r in policy.recipients.values() if name == (r.id if kind == "recipient" else r.kind)
                )
            case "store":
                tables = policy.stores[name].tables.values()
                purposes = {purpose for table in tables for purpose in table.purposes}
                recipients = {recipient for table in tables for recipient in table.recipients}
                return self._around(self.held[name], purposes, recipients, stores={name})
            case _:
                return self._around_other(kind, name)

    def _around_other(self, kind: str, name: str) -> Scope:
        policy = self.policy
        match kind:
            case "relationship":
                about = (p.id for p in policy.purposes.values() if name in p.relationships)
                return self._around_purposes(about, relationships={name})
            case "activity":
                within = (p.id for p in policy.purposes.values() if name in p.activities)
                return self._around_purposes(within, activities={name})
            case "channel":
                return self._around_purposes(
                    (p.id for p in policy.purposes.values() if name in p.channels), channels={name}
                )
            case "source":
                source = policy.sources[name]
                taking = (p.id for p in policy.purposes.values() if name in p.sources)
                return self._around(source.gives, {*source.purposes, *taking}, (), sources={name})
            case "role":
                role = policy.roles[name]
                uses = (policy.purposes[p].uses for p in role.purposes if p in policy.purposes)
                return self._around(role.elements or frozenset().union(*uses), role.purposes, (), roles={name})
            case "space":
                space = policy.spaces[name]
                told = space.instructions.values()
                using = (*space.own_purposes, *(p for instruction in told for p in instruction.purposes))
                elements = frozenset().union(*(self.held.get(store, frozenset()) for store in space.stores))
                return self._around(elements, using, (), stores=space.stores)
            case _:
                trackers = [t for t in policy.tracking.trackers.values() if t.category == name]
                elements = frozenset().union(*(t.elements for t in trackers))
                owners = (t.owner for t in trackers if t.owner)
                return self._around(elements, (p for t in trackers for p in t.purposes), owners)

    def _around_elements(self, elements: frozenset[str]) -> Scope:
        policy = self.policy
        categories = {policy.elements[name].category for name in elements if name in policy.elements}
        scope = self._around(
            elements,
            (p.id for p in policy.purposes.values() if p.uses & elements),
            (r.id for r in policy.recipients.values() if r.elements & elements),
            roles={role for role, seen in self._seen_by_roles() if seen & elements},
            sources={s.id for s in policy.sources.values() if s.gives & elements},
            relationships={r.id for r in policy.relationships.values() if r.categories & categories},
            stores={name for name, held in self.held.items() if held & elements},
        )
        return replace(scope, narrow=True)

    def _seen_by_roles(self) -> Iterator[tuple[str, frozenset[str]]]:
        purposes = self.policy.purposes
        for role in self.policy.roles.values():
            uses = (purposes[name].uses for name in role.purposes if name in purposes)
            yield role.id, role.elements or frozenset().union(*uses)

    def _around_purposes(self, names: Iterable[str], **more: Iterable[str]) -> Scope:
        policy = self.policy
        ids = frozenset(names)
        purposes = [policy.purposes[name] for name in ids if name in policy.purposes]
        told: dict[str, Iterable[str]] = {
            "roles": {r.id for r in policy.roles.values() if ids & set(r.purposes)},
            "sources": {s.id for s in policy.sources.values() if ids & set(s.purposes)}
            | {source for purpose in purposes for source in purpose.sources},
            "relationships": {name for purpose in purposes for name in purpose.relationships},
            "stores": {s.name for s in policy.stores.values() if any(ids & set(t.purposes) for t in s.tables.values())},
        }
        return self._around(
            frozenset().union(*(purpose.uses for purpose in purposes)),
            ids,
            (r.id for r in policy.recipients.values() if ids & set(r.purposes)),
            **(told | more),
        )

    def _around_recipients(self, names: Iterable[str]) -> Scope:
        ids = frozenset(names)
        recipients = [self.policy.recipients[name] for name in ids]
        return self._around(
            frozenset().union(*(recipient.elements for recipient in recipients)),
            (purpose for recipient in recipients for purpose in recipient.purposes),
            ids,
        )

    def _around(
        self,
        elements: Iterable[str],
        purposes: Iterable[str],
        recipients: Iterable[str],
        **more: Iterable[str],
    ) -> Scope:
        policy, ids = self.policy, frozenset(purposes)
        used = [policy.purposes[name] for name in ids if name in policy.purposes]
        known: dict[str, Iterable[str]] = {
            "activities": {name for purpose in used for name in purpose.activities},
            "channels": {name for purpose in used for name in purpose.channels},
        }
        sets = {kind: frozenset(names) for kind, names in (known | more).items()}
        return Scope(frozenset(elements) - {""}, ids, frozenset(recipients), sets)

    # --- What stands in a dimension, each with the line that puts it there --------------------------------------------

    def found(self, dimension: str, scope: Scope) -> Found:
        """Values of a dimension in a scope."""
        policy = self.policy
        plain: Mapping[str, tuple[Iterable[str], Mapping[str, object]]] = {
            "purposes": (scope.purposes, policy.purposes),
            "elements": (scope.elements, policy.elements),
            "recipients": (scope.recipients, policy.recipients),
            "roles": (scope.of("roles"), policy.roles),
            "sources": (scope.of("sources"), policy.sources),
            "relationships": (scope.of("relationships"), policy.relationships),
            "activities": (scope.of("activities"), policy.activities),
            "stores": (scope.of("stores"), policy.stores),
        }
        if dimension in plain:
            names, things = plain[dimension]
            yield from ((name, _place_of(things[name])) for name in sorted(names) if name in things)
        else:
            yield from getattr(self, f"_{dimension.replace('-', '_')}")(scope)

    def _purposes(self, scope: Scope) -> Iterator[str]:
        return (name for name in sorted(scope.purposes) if name in self.policy.purposes)

    def _recipient_classes(self, scope: Scope) -> Found:
        for recipient in (
            self.policy.recipients[name] for name in sorted(scope.recipients) if name in self.policy.recipients
        ):
            if recipient.kind:
                yield recipient.kind, recipient.place

    def _channels(self, scope: Scope) -> Found:
        for name in self._purposes(scope):
            for rule in self.policy.purposes[name].channels.values():
                yield rule.channel, rule.place

    def _bases(self, scope: Scope) -> Found:
        for name in self._purposes(scope):
            purpose = self.policy.purposes[name]
            of = {purpose.basis_of.get(element, purpose.basis) for element in scope.elements & purpose.uses}
            rules = {rule.basis for rule in purpose.ground.rules} if purpose.ground else set()
            yield from ((basis, purpose.place) for basis in sorted(of | rules if scope.narrow else bases(purpose)))

    def _countries(self, scope: Scope) -> Found:
        for name in sorted(scope.recipients & self.policy.recipients.keys()):
            recipient = self.policy.recipients[name]
            places = {recipient.country, *recipient.stored_in, *recipient.reached_from} - {""}
            yield from ((place, recipient.place) for place in sorted(places))
        for name in sorted(scope.of("stores") & self.policy.stores.keys()):
            store = self.policy.stores[name]
            yield from ((place, store.place) for place in sorted(store.stored_in))

    def _operations(self, scope: Scope) -> Found:
        policy = self.policy
        for name in sorted(scope.recipients & policy.recipients.keys()):
            recipient = policy.recipients[name]
            yield recipient.operation, recipient.place
            if any(recipient.country not in home for home in self.homes):
                yield "transfer", recipient.place
        for name in self._purposes(scope):
            if policy.purposes[name].profiling:
                yield "profile", policy.purposes[name].place
        for decision in policy.decisions.kinds.values():
            if scope.everything or decision.purpose in scope.purposes or decision.inputs & scope.elements:
                yield "decide", decision.place
        for tracker in policy.tracking.trackers.values():
            if scope.everything or tracker.elements & scope.elements:
                yield "follow", tracker.place


def _place_of(thing: object) -> Place:
    place: Place = thing.place  # type: ignore[attr-defined]  # every noun has one
    return place


# --- Demands: what each thing in a scope has to declare ---------------------------------------------------------------


def _retention(world: _World, scope: Scope) -> Found:
    for name in sorted(scope.elements & world.policy.elements.keys()):
        element = world.policy.elements[name]
        using = [p for p in world.policy.purposes.values() if name in p.uses]
        if not element.retention and not (using and all(purpose.retention for purpose in using)):
            yield f"`{name}` has a rule that ends it", element.place


def _factors(world: _World, _: Scope) -> Found:
    for rule in world.policy.retentions.values():
        missing = sorted(set(FACTORS) - rule.factors.keys())
        if missing:
            yield f"`{rule.id}` names the factors {listed(missing)}", rule.place


def _approved(world: _World, _: Scope) -> Found:
    yield from (
        (f"`{r.id}` is approved by a role", r.place) for r in world.policy.retentions.values() if not r.approved_by
    )


def _source(world: _World, scope: Scope) -> Found:
    given = frozenset[str]().union(*(source.gives for source in world.policy.sources.values()))
    for name in sorted(scope.elements & world.policy.elements.keys() - given):
        yield f"some source gives `{name}`", world.policy.elements[name].place


def _activity(world: _World, scope: Scope) -> Found:
    for purpose in _each(scope.purposes, world.policy.purposes):
        if not purpose.activities:
            yield f"`{purpose.id}` belongs to an activity", purpose.place


def _notice(world: _World, scope: Scope) -> Found:
    for activity in _each(scope.of("activities"), world.policy.activities):
        abroad = any(country not in home for country in activity.countries for home in world.homes)
        if not activity.notice and (abroad or not scope.everything):
            yield f"`{activity.id}` has a notice of its own", activity.place


def _unsubscribe(world: _World, scope: Scope) -> Found:
    for purpose in _each(scope.purposes, world.policy.purposes):
        for rule in purpose.channels.values():
            if not rule.stop and (not scope.of("channels") or rule.channel in scope.of("channels")):
                yield f"`{rule.channel}` of `{purpose.id}` has a way out", rule.place


def _policy_link(world: _World, scope: Scope) -> Found:
    for recipient in _each(scope.recipients, world.policy.recipients):
        if "policy" not in recipient.links:
            yield f"`{recipient.id}` has a link to its own notice", recipient.place


def _contract(world: _World, scope: Scope) -> Found:
    for recipient in _each(scope.recipients, world.policy.recipients):
        if not recipient.contract:
            yield f"`{recipient.id}` has a contract", recipient.place


def _storage(world: _World, scope: Scope) -> Found:
    for recipient in _each(scope.recipients, world.policy.recipients):
        if not recipient.stored_in:
            yield f"`{recipient.id}` says in which countries it keeps data", recipient.place
    for store in _each(scope.of("stores"), world.policy.stores):
        if not store.stored_in and not store.ours:
            yield f"store `{store.name}` says in which countries it is", store.place


def _assessment(world: _World, scope: Scope) -> Found:
    for purpose in _each(scope.purposes, world.policy.purposes):
        if not purpose.assessment:
            yield f"`{purpose.id}` has an assessment", purpose.place


def _role(world: _World, scope: Scope) -> Found:
    seen = {name for role in world.policy.roles.values() for name in role.purposes}
    for purpose in _each(scope.purposes, world.policy.purposes):
        if purpose.id not in seen:
            yield f"some role is for `{purpose.id}`", purpose.place


def _review(world: _World, _: Scope) -> Found:
    for measure in world.policy.protection.measures.values():
        if not (measure.reviewed and measure.review_every):
            yield f"`{measure.id}` says when it is looked at", measure.place


def _each(names: frozenset[str], things: Mapping[str, _Thing]) -> Iterator[_Thing]:
    return (things[name] for name in sorted(names) if name in things)


_DEMANDS: Mapping[str, Callable[[_World, Scope], Found]] = {
    "retention": _retention,
    "factors": _factors,
    "approved": _approved,
    "source": _source,
    "activity": _activity,
    "notice-of-its-own": _notice,
    "unsubscribe": _unsubscribe,
    "policy-link": _policy_link,
    "contract": _contract,
    "storage-countries": _storage,
    "assessment": _assessment,
    "role": _role,
    "review": _review,
}
