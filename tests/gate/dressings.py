"""One kind of declaration after another, put on the airline at random: the words beyond the plain ones.

Each takes a policy and gives it back with something declared. A world (worlds.py) puts on one or a few of them and asks
in their words, so that each is met as a yes, as a no, and as something that nobody knows.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from tests.gate.policies import HERE

from troth.model.law import Advertising, Law, Safe
from troth.model.period import Period
from troth.model.policy import (
    Basis,
    BasisRule,
    ChannelRule,
    Choice,
    ChoiceKind,
    Contract,
    Interest,
    NoObjection,
    Policy,
    Purpose,
    Relationship,
    Retention,
)
from troth.model.policy_contact import (
    Activity,
    Form,
    FormField,
    Instruction,
    Source,
    Space,
    Tracker,
    TrackerCategory,
    Tracking,
)
from troth.model.policy_guard import (
    Assessment,
    BreakGlass,
    Changes,
    Decision,
    Decisions,
    NewPurpose,
    NewPurposeRule,
    Obligation,
    Role,
    Safeguard,
    Transfers,
)
from troth.model.where import Where

SAYS = {"en": "x"}
DAYS = ("2026-02-28", "2026-03-01", "2026-03-02")
"""The day before the question, its own, the day after."""
EVENTS = ("booked", "landed")
MATTERS = ("inquiry", "emergency")
SOURCES = ("agent", "person", "network")
ACTIVITIES = ("shop", "trips", "office")
TOPICS = ("trips", "hotels")
ROLES = ("desk", "crew", "trainer")
SPACES = ("hotel", "agency")
TRACKERS = ("counter", "session", "dot")
DECISIONS = ("upgrade", "refuse")
COUNTRIES = ("DE", "IE", "MA", "US-CA")


def one(rng: Random, *values: Any) -> Any:
    """One of the values."""
    return rng.choice(values)


def some(rng: Random, items: tuple[str, ...], chance: float = 0.5) -> tuple[str, ...]:
    """A random part of the items, in their order."""
    return tuple(item for item in items if rng.random() < chance)


def anywhere(rng: Random, *, element: bool = True) -> Where:
    """A condition on one thing, or on two."""
    parts: list[dict[str, Any]] = [
        {"residence": frozenset({one(rng, "DE", "US-CA", "US")})},
        {"citizenship": frozenset({one(rng, "DE", "ES")})},
        {"relationship": frozenset({one(rng, "member", "customer", "visitor")})},
        {"younger_than": one(rng, 18, 46, 47)},
        {"source": frozenset({"agent"})},
        {"channel": frozenset({one(rng, "email", "post")})},
        {"destination": frozenset({one(rng, "MA", "IE")})},
        {"activity": frozenset({one(rng, "shop", "trips")})},
    ]
    parts += [{"element": frozenset({one(rng, "name", "email", "interests")})}] if element else []
    return Where(**(one(rng, *parts) | one(rng, {}, {}, *parts)))


def purposes(policy: Policy, change: Callable[[Purpose], Mapping[str, Any]]) -> Policy:
    """All purposes with something changed."""
    return replace(policy, purposes={n: replace(p, **change(p)) for n, p in policy.purposes.items()})


def channels(policy: Policy, change: Callable[[ChannelRule], Mapping[str, Any]]) -> Policy:
    """All channels of all purposes with something changed."""
    return purposes(policy, lambda p: {"channels": {n: replace(r, **change(r)) for n, r in p.channels.items()}})


def recipients(policy: Policy, **change: Any) -> Policy:
    """All recipients with something changed."""
    return replace(policy, recipients={n: replace(r, **change) for n, r in policy.recipients.items()})


def choices(policy: Policy, change: Callable[[Choice], Mapping[str, Any]]) -> Policy:
    """All choices with something changed."""
    return replace(policy, choices={n: replace(c, **change(c)) for n, c in policy.choices.items()})


# --- What is asked ----------------------------------------------------------------------------------------------------


def forms_of_data(policy: Policy, rng: Random) -> Policy:
    """Purposes that take data in one form, and results about enough people."""
    form, least = one(rng, "personal", "pseudonymous", "aggregated", "anonymous"), one(rng, 0, 5)
    return purposes(policy, lambda _: {"data": form, "at_least": least})


def activities(policy: Policy, rng: Random) -> Policy:
    """Activities that run or do not, and purposes within them."""
    declared = {
        name: Activity(
            name,
            SAYS,
            HERE,
            role=one(rng, "controller", "controller", "processor"),
            relationships=one(rng, (), (), ("member",), ("customer", "visitor")),
            starts=one(rng, "", *DAYS),
            ends=one(rng, "", *DAYS),
            intended=rng.random() < 0.2,
        )
        for name in ACTIVITIES[:2]
    }
    within = one(rng, (), ("shop",), ("shop", "trips"))
    return purposes(replace(policy, activities=declared), lambda _: {"activities": within})


def topics(policy: Policy, rng: Random) -> Policy:
    """Channels for one topic, purposes and choices about one."""
    about = one(rng, "", "trips", "hotels")
    policy = purposes(policy, lambda _: {"topic": about})
    policy = choices(policy, lambda _: {"topic": one(rng, "", "trips")})
    return channels(policy, lambda _: {"similar_to": one(rng, "", "trips", "trips")})


def sources(policy: Policy, rng: Random) -> Policy:
    """Sources that give some things for some purposes to some readers."""
    declared = {
        name: Source(
            name,
            SAYS,
            HERE,
            kind,
            gives=one(rng, frozenset(), frozenset(policy.elements), frozenset({"name", "flight"})),
            never=one(rng, frozenset(), frozenset({"interests"})),
            purposes=one(rng, (), (), tuple(policy.purposes)[:4]),
            activities=one(rng, (), (), ("shop",)),
            where=one(rng, Where(), Where(), anywhere(rng)),
            aggregates_of=one(rng, 0, 0, 5),
            readers=one(rng, (), (), ("desk",)),
        )
        for name, kind in (("agent", "agent"), ("person", "person"))
    }
    wanted = one(rng, (), ("agent",), ("agent", "person"))
    policy = purposes(replace(policy, sources=declared), lambda _: {"sources": wanted})
    return channels(policy, lambda _: {"sources": one(rng, (), (), ("agent",))})


def collecting(policy: Policy, rng: Random) -> Policy:
    """Forms that ask for some things."""
    field = one(rng, "name", "email", "flight")
    form = Form(
        "sign-up",
        SAYS,
        HERE,
        "web",
        activity=one(rng, "", "shop"),
        purposes=one(rng, (), tuple(policy.purposes)[:5]),
        fields={"f": FormField("f", field, HERE)},
        takes_along=frozenset(some(rng, tuple(policy.elements))),
    )
    return replace(policy, forms={"sign-up": form})


def trackers(policy: Policy, rng: Random) -> Policy:
    """Trackers in categories, necessary or chosen; choices that came with them."""
    categories = {
        "needed": TrackerCategory("needed", SAYS, HERE, necessary=True),
        "counting": TrackerCategory("counting", SAYS, HERE, choice=one(rng, "cookies", "cookies", "lost", "")),
        "mails": TrackerCategory("mails", SAYS, HERE, choice=one(rng, "push-offers", "newsletter")),
    }
    declared = {
        name: Tracker(
            name,
            SAYS,
            HERE,
            category,
            (name,),
            one(rng, "cookie", "cookie", "fingerprint"),
            ("web",),
            elements=one(rng, frozenset(), frozenset({"interests", "email"})),
            purposes=one(rng, (), ("cookies", "newsletter", "statistics")),
        )
        for name, category in (("counter", "counting"), ("session", one(rng, "needed", "gone")))
    }
    follow = one(rng, "", "counting", "mails")
    policy = replace(policy, tracking=Tracking(categories, declared, never=("fingerprint",)))
    return choices(policy, lambda _: {"follows": follow})


def decisions(policy: Policy, rng: Random) -> Policy:
    """None, or some that weigh some things under an exception."""
    kinds = {
        "upgrade": Decision(
            "upgrade",
            SAYS,
            HERE,
            one(rng, "statistics", "flight-service", "newsletter"),
            frozenset(some(rng, tuple(policy.elements), 0.7)),
            SAYS,
            SAYS,
            one(rng, "contract", "law", "explicit-consent", "human-decides", "whim"),
            choice=one(rng, "", "assistance", "newsletter", "lost"),
            obligation=one(rng, "", "tax"),
            special_condition=one(rng, "", "explicit-consent"),
            assessment=one(rng, "", "assessments/offers.md"),
            assessment_until=one(rng, "", *DAYS),
        )
    }
    policy = replace(policy, decisions=Decisions(rng.random() < 0.9, one(rng, kinds, kinds, kinds, {})))
    return obligations(policy, rng) if rng.random() < 0.5 else policy


def profiles(policy: Policy, rng: Random) -> Policy:
    """Purposes that profile, and such as are advertising by their messages alone."""
    kind, profiling = one(rng, "neither", "marketing", "service"), rng.random() < 0.7
    return purposes(policy, lambda _: {"kind": kind, "profiling": profiling})


# --- On which ground --------------------------------------------------------------------------------------------------


def grounds(policy: Policy, rng: Random) -> Policy:
    """Another basis for some people."""
    rules = tuple(
        BasisRule(
            anywhere(rng),
            one(rng, "consent", "legitimate-interest", "contract", "consent", "whim"),
            HERE,
            one(rng, "", "", "newsletter", "lost"),
        )
        for _ in range(one(rng, 1, 2))
    )
    return purposes(policy, lambda _: {"ground": Basis(HERE, rules=rules)})


def obligations(policy: Policy, rng: Random) -> Policy:
    """Duties that some purposes fulfil."""
    duty = Obligation(
        "tax",
        SAYS,
        HERE,
        "Act 1",
        "record",
        purposes=one(rng, (), ("tax",)),
        countries=one(rng, frozenset(), frozenset({"DE"}), frozenset({"US"})),
    )
    kept = Retention("kept", SAYS, 1, 0, 0, "event", "delete", HERE, statutory=one(rng, "", "Act 2"))
    ground = one(rng, None, None, Basis(HERE, cites=one(rng, "", "Act 3")))
    named = one(rng, (), ("tax",), ("other",))
    policy = replace(policy, obligations={"tax": duty}, retentions={"kept": kept})
    return purposes(
        policy, lambda _: {"obligations": named, "retention": one(rng, "", "kept", "lost"), "ground": ground}
    )


def assessments(policy: Policy, rng: Random) -> Policy:
    """What was weighed came out for it, or against it."""
    files = {p.assessment for p in policy.purposes.values() if p.assessment} | {"assessments/compatible.md"}
    found = {
        f: Assessment(f, "impact", "2027-01-01", "", one(rng, "open", "closed"), (), HERE)
        for f in sorted(files)
        if rng.random() < 0.8
    }
    return replace(policy, assessments=found)


def special(policy: Policy, rng: Random) -> Policy:
    """Conditions for special categories, element by element."""
    conditions = {"meal": one(rng, "explicit-consent", "vital-interests"), "name": "explicit-consent"}
    policy = replace(
        policy, elements=policy.elements | {"name": replace(policy.elements["name"], special=one(rng, "", "religion"))}
    )
    return purposes(policy, lambda _: {"condition_of": conditions, "special_condition": one(rng, "", "health-care")})


# --- Who --------------------------------------------------------------------------------------------------------------


def roles(policy: Policy, rng: Random) -> Policy:
    """Roles for some purposes that see some things, and may go beyond that in an emergency."""
    glass = BreakGlass(HERE, tuple(policy.purposes), "dpo", Period(days=3))
    declared = {
        name: Role(
            name,
            SAYS,
            HERE,
            purposes=one(rng, tuple(policy.purposes), some(rng, tuple(policy.purposes))),
            elements=one(rng, frozenset(), frozenset({"name", "email", "flight"})),
            break_glass=one(rng, None, glass, replace(glass, purposes=("tax",))),
        )
        for name in ROLES[:2]
    }
    readers = one(rng, (), ("desk",))
    return purposes(replace(policy, roles=declared), lambda _: {"readers": readers})


def spaces(policy: Policy, rng: Random) -> Policy:
    """A customer for whom we process data."""
    orders = {
        name: Instruction(
            name,
            SAYS,
            HERE,
            purposes=one(rng, (), tuple(policy.purposes), ("tax",)),
            elements=one(rng, frozenset(), frozenset({"name", "email", "flight"}), frozenset({"interests"})),
            roles=one(rng, (), (), ("desk",)),
            given=one(rng, "2025-01-01", *DAYS),
            until=one(rng, "", "", *DAYS),
        )
        for name in ("host", "help")[: one(rng, 0, 1, 1, 2)]
    }
    space = Space(
        "hotel",
        "Hotel",
        HERE,
        "privacy@hotel.example",
        activities=one(rng, (), (), ("shop",)),
        contract_signed=one(rng, "2025-01-01", *DAYS),
        contract_until=one(rng, "", "", *DAYS),
        regions=one(rng, frozenset(), frozenset({"DE"})),
        instructions=orders,
        own_purposes=one(rng, (), (), tuple(policy.purposes)[:4]),
    )
    return replace(policy, spaces={"hotel": space})


# --- To whom ----------------------------------------------------------------------------------------------------------


def terms(policy: Policy, rng: Random) -> Policy:
    """What was agreed with recipients."""
    contract = Contract(
        HERE,
        "processing",
        one(rng, "2025-01-01", *DAYS),
        one(rng, "", *DAYS),
        instruction=one(rng, "standing", "each"),
    )
    parts: dict[str, Any] = {
        "contract": contract,
        "activities": ("shop",),
        "aggregates_of": 5,
        "fields_exactly": True,
        "operation": one(rng, "sell", "rent", "share", "publish"),
        "needs_choice": one(rng, "newsletter", "lost"),
        "unless_choice": one(rng, "newsletter", "push-offers"),
        "each_time": "inquiry",
        "only_where": anywhere(rng),
        "starts": one(rng, *DAYS),
        "role": one(rng, "processor", "controller"),
    }
    put = one(rng, 1, 2)
    return recipients(policy, **dict(rng.sample(sorted(parts.items(), key=lambda item: item[0]), put)))


def chosen_recipients(policy: Policy, rng: Random) -> Policy:
    """Recipients that need a yes, or get nothing after a no."""
    needed, refused = one(rng, "", "push-offers", "lost"), one(rng, "", "newsletter")
    policy = standing(policy, rng) if rng.random() < 0.5 else policy
    return recipients(policy, needs_choice=needed, unless_choice=refused)


def safeguards(policy: Policy, rng: Random) -> Policy:
    """Papers that protect some transfers of some people."""
    declared = {
        name: Safeguard(
            name,
            SAYS,
            HERE,
            one(rng, "scc", "adequacy", "necessity"),
            countries=one(rng, frozenset(), frozenset(), frozenset({"MA", "IE"})),
            parties=one(rng, (), (), ("handler",)),
            signed=one(rng, "2025-01-01", "2025-01-01", *DAYS),
            until=one(rng, "", "", *DAYS),
            **one(
                rng,
                {},
                {"assessment": "assessments/offers.md", "assessment_until": one(rng, "", *DAYS)},
                {"itinerary": "flight"},
                {"choice": one(rng, "newsletter", "push-offers", "lost")},
                {"elements": frozenset(some(rng, ("name", "email", "flight"), 0.7)) or frozenset({"name"})},
                {"where": anywhere(rng)},
            ),
        )
        for name in ("paper", "clauses")
    }
    moved = Transfers(
        home=one(rng, frozenset(), frozenset(), frozenset({"IE"})),
        safeguards=declared,
        allowed=one(rng, frozenset(), frozenset(), frozenset({"MA"}), frozenset({"US-CA"})),
    )
    policy = replace(policy, transfers=moved)
    policy = laws(policy, rng) if rng.random() < 0.6 else policy
    policy = assessments(policy, rng) if rng.random() < 0.2 else policy
    return recipients(
        policy,
        safeguards=one(rng, ("paper",), ("paper", "clauses"), ("clauses", "lost"), ()),
        safeguard=one(rng, "", "", "words"),
        country=one(rng, "DE", "IE", "MA"),
        stored_in=one(rng, frozenset(), frozenset({"DE"}), frozenset({"MA", "DE"})),
        reached_from=one(rng, frozenset(), frozenset(), frozenset({"MA"}), frozenset({"IE"})),
    )


def laws(policy: Policy, rng: Random) -> Policy:
    """What the law packs say of homes, safe countries and advertising."""
    union = Law(
        "gdpr",
        ours=one(rng, True, True, False),
        established_in=one(rng, frozenset(), frozenset({"DE"})),
        residents_of=frozenset({"DE"}),
        home=one(rng, frozenset({"DE"}), frozenset({"DE", "IE"}), frozenset()),
        safe=one(
            rng,
            (),
            (Safe(frozenset({"MA"}), one(rng, *DAYS), one(rng, "", *DAYS), partly=rng.random() < 0.4),),
            (Safe(frozenset({"IE"}), "2020-01-01"),),
        ),
        advertising=one(rng, (), (_advertising(rng),), (_advertising(rng),)),
    )
    abroad = Law(
        "us-ca",
        ours=one(rng, True, False),
        residents_of=frozenset({"US-CA"}),
        advertising=one(rng, (), (_advertising(rng),)),
    )
    island = Law("ie", ours=rng.random() < 0.3, home=frozenset({"IE", "DE"}), safe=(Safe(frozenset({"MA"}), DAYS[1]),))
    policy = replace(
        policy,
        organisation=replace(
            policy.organisation, regimes_follow=one(rng, ("residence",), ("residence", "citizenship"), ())
        ),
    )
    return replace(policy, laws=(union, abroad, island))


def _advertising(rng: Random) -> Advertising:
    return Advertising(
        one(rng, ("email", "sms"), ("post",), ("email", "push", "post")),
        one(rng, "2020-01-01", "2020-01-01", *DAYS),
        one(rng, True, True, False),
        one(rng, "", "", *DAYS),
        one(
            rng,
            (),
            ("obtained-in-sale", "own-similar-goods", "opt-out-in-each-message"),
            ("not-objected", "same-legal-person", "opt-out-at-collection"),
        ),
    )


# --- Of whom, and when ------------------------------------------------------------------------------------------------


def conditions(policy: Policy, rng: Random) -> Policy:
    """Conditions on purposes and channels."""
    wanted = one(rng, Where(), anywhere(rng))
    policy = purposes(policy, lambda _: {"where": wanted})
    return channels(policy, lambda _: {"where": one(rng, Where(), Where(), anywhere(rng))})


def events(policy: Policy, rng: Random) -> Policy:
    """Events that open and end purposes."""
    opens, ends = one(rng, (), ("booked",), ("booked", "landed")), one(rng, (), ("landed",))
    return purposes(policy, lambda _: {"opens_by": opens, "ends_by": ends})


def occasions(policy: Policy, rng: Random) -> Policy:
    """Channels that are used after an event, for a time, so many times."""
    return channels(
        policy,
        lambda _: {
            "after": one(rng, "", "booked"),
            "within": one(rng, Period(), Period(days=1), Period(months=1)),
            "at_most": one(rng, 0, 1, 2),
        },
    )


def matters(policy: Policy, rng: Random) -> Policy:
    """Purposes and recipients that need an open case."""
    kinds = one(rng, ("inquiry",), ("inquiry", "emergency"), ())
    policy = purposes(policy, lambda _: {"needs_case": kinds})
    return recipients(policy, each_time=one(rng, "", "emergency"))


def relationships(policy: Policy, rng: Random) -> Policy:
    """Relationships that end, that ask for somebody beside them, that can be no party."""

    def changed(each: Relationship) -> Relationship:
        return replace(
            each,
            minor=rng.random() < 0.15,
            needs=one(rng, (), (), ("guardian",), ("guardian", "teacher")),
            party=one(rng, "person", "contract", "third-person"),
            ends_by=one(rng, (), (), ("landed",), ("landed", "booked")),
        )

    return replace(policy, relationships={n: changed(each) for n, each in policy.relationships.items()})


def contract_of_fields(policy: Policy, rng: Random) -> Policy:
    """Elements on a contract of their own, of people who can be no party."""
    own = {one(rng, "name", "email", "interests"): one(rng, "contract", "pre-contract", "legal-obligation")}
    third = one(rng, "third-person", "person")
    policy = replace(policy, relationships={n: replace(r, party=third) for n, r in policy.relationships.items()})
    return purposes(policy, lambda p: {"basis_of": own, "assessment": p.assessment or "assessments/offers.md"})


# --- What was said ----------------------------------------------------------------------------------------------------


def standing(policy: Policy, rng: Random) -> Policy:
    """Choices that are confirmed, that go stale, that take silence for a yes."""
    return choices(
        policy,
        lambda _: {
            "confirm": one(rng, "", "", "double"),
            "expires": one(rng, Period(), Period(days=1), Period(days=28), Period(months=1)),
            "kind": one(rng, "opt-in", "opt-in", "opt-out"),
            "kind_rules": one(rng, (), (), (ChoiceKind(one(rng, "opt-in", "opt-out"), anywhere(rng), HERE),)),
            "recipients": one(rng, (), (), (), ("mailer",)),
        },
    )


def needed_somewhere(policy: Policy, rng: Random) -> Policy:
    """Choices that a channel needs of some people."""
    return channels(policy, lambda _: {"needs_where": {one(rng, "push-offers", "newsletter", "lost"): anywhere(rng)}})


def refusals(policy: Policy, rng: Random) -> Policy:
    """Choices that are open until a no, and such as reach further than they name."""
    wide = Choice(
        "no-ads",
        SAYS,
        1,
        (),
        (),
        HERE,
        kind="opt-out",
        reach=one(rng, "marketing", "contact"),
        spares=one(rng, (), ("newsletter",), ("flight-service", "quotes")),
    )
    named = Choice(
        "less",
        SAYS,
        1,
        one(rng, ("offers", "statistics"), tuple(policy.purposes)),
        one(rng, (), ("post",), ("email",)),
        HERE,
        kind=one(rng, "opt-out", "opt-out", "opt-in"),
        kind_rules=one(rng, (), (ChoiceKind("opt-in", anywhere(rng), HERE),)),
        recipients=one(rng, (), (), ("mailer", "printer")),
    )
    return replace(policy, choices=policy.choices | {"no-ads": wide, "less": named})


def soft(policy: Policy, rng: Random) -> Policy:
    """Soft opt-ins, under laws or none."""
    policy = laws(policy, rng) if rng.random() < 0.6 else policy
    party = one(rng, "contract", "contract", "person")
    policy = replace(policy, relationships={n: replace(r, party=party) for n, r in policy.relationships.items()})
    policy = choices(policy, lambda _: {"kind": one(rng, "opt-in", "opt-out")})
    topic, whose = one(rng, "", "trips"), one(rng, "", "", "mailer")
    policy = purposes(policy, lambda _: {"topic": topic, "interest": Interest(SAYS, HERE, whose=whose)})
    return channels(
        policy,
        lambda rule: {
            "soft_opt_in": rng.random() < 0.7,
            "similar_to": one(rng, "trips", "trips", ""),
            "stop": one(rng, "link", "link", ""),
            "needs_choice": one(rng, rule.needs_choice, "", "newsletter"),
        },
    )


def objections(policy: Policy, rng: Random) -> Policy:
    """Objections that are possible or not, and purposes that are part of another."""
    no = one(rng, None, NoObjection(HERE, possible=rng.random() < 0.5, absolute=rng.random() < 0.5))
    above = one(rng, "", "offers", "statistics", "unheard-of")
    advertises = one(rng, None, True, False)
    return purposes(
        policy,
        lambda p: {
            "objection": no,
            "part_of": above,
            "direct_marketing": p.direct_marketing if advertises is None else advertises,
        },
    )


# --- Two versions -----------------------------------------------------------------------------------------------------


def terms_for_new(policy: Policy, rng: Random) -> Policy:
    """What a version says of purposes that come later, and what later ones say of themselves."""
    needs = ("assessment", "notice", "legal-basis", "choice")
    told = NewPurpose(
        HERE,
        compatible=one(rng, ("assessment", "notice"), some(rng, needs)),
        unrelated=one(rng, ("notice", "legal-basis"), some(rng, needs)),
        rules=one(rng, (), (NewPurposeRule(HERE, anywhere(rng), (one(rng, "choice", "notice", "hope"),)),)),
    )
    policy = replace(policy, changes=Changes(new_purpose=one(rng, None, told, told, told)))
    policy = assessments(policy, rng) if rng.random() < 0.3 else policy
    compatible, file, until = (
        one(rng, (), ("tax", "statistics"), ("offers",)),
        one(rng, "", "assessments/compatible.md", "assessments/compatible.md"),
        one(rng, "", *DAYS),
    )
    return purposes(
        policy, lambda _: {"compatible_with": compatible, "compatibility": file, "compatibility_until": until}
    )


DRESSINGS: tuple[Callable[[Policy, Random], Policy], ...] = (
    forms_of_data,
    activities,
    topics,
    sources,
    collecting,
    trackers,
    trackers,
    decisions,
    profiles,
    grounds,
    obligations,
    assessments,
    special,
    roles,
    spaces,
    terms,
    terms,
    terms,
    chosen_recipients,
    safeguards,
    safeguards,
    laws,
    conditions,
    events,
    occasions,
    matters,
    relationships,
    contract_of_fields,
    standing,
    standing,
    standing,
    needed_somewhere,
    refusals,
    soft,
    objections,
    terms_for_new,
    terms_for_new,
    terms_for_new,
)

HOUR = timedelta(hours=1)
