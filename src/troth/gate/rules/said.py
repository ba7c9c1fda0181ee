"""What the person said: choices, objections, restrictions. What cannot be read is never guessed."""

from collections.abc import Iterator
from datetime import datetime

from troth.gate import bases
from troth.gate.circumstances import facts_in, judge, with_person
from troth.gate.codes import quoted
from troth.gate.laws import advertising
from troth.gate.reading import Reading, covering
from troth.gate.rules.choosing import heard, open_to
from troth.gate.rules.people import shared
from troth.gate.rules.rule import NOTHING, WHOLE, Finding, fields, told, unless_known
from troth.model.question import Facts, Objection, Operation, Restriction

# --- Choices ----------------------------------------------------------------------------------------------------------


def hangs_on_choice(r: Reading) -> tuple[str, ...]:
    """A question that hangs on no choice has no part in it."""
    return NOTHING if r.choices is None else WHOLE


def choice(r: Reading, facts: Facts, at: datetime) -> Iterator[Finding]:
    """Every choice the question hangs on stands open; on consent only a yes opens."""
    if not r.choices:
        yield Finding("choice-undeclared")
    strict = r.basis == bases.CONSENT
    for name in r.choices or ():
        yield from open_to(r, facts, at, name, strict=strict)


def choosing(r: Reading) -> tuple[str, ...]:
    """Elements that hang on a choice of their own."""
    return r.choosing


def choice_of_fields(r: Reading, facts: Facts, at: datetime) -> Iterator[Finding]:
    """The same for elements that rest on consent of their own; explicit where a special category asks for it."""
    ids = r.choices_for_fields()
    if not ids:
        yield Finding("choice-undeclared", elements=r.choosing)
    special = tuple(e for e in r.choosing if r.is_special(e) and r.condition_of(e) == bases.EXPLICIT_CONSENT)
    for name in ids:
        yield from open_to(r, facts, at, name, strict=True, elements=r.choosing)
        if special and r.policy.choices[name].strength != bases.EXPLICIT:
            yield Finding("choice-not-explicit", f"choice:{name}", special, quoted(name))


def choice_where(r: Reading, facts: Facts, at: datetime) -> Iterator[Finding]:
    """A choice that a channel needs of some people: needed wherever it may be."""
    circumstances = with_person(r.circumstances, facts, r.day)
    for name, where in r.channel.needs_where.items() if r.channel else ():
        concerned = not where.element or not where.element.isdisjoint(r.asked)
        if concerned and judge(where, circumstances) is not False:
            yield from open_to(r, facts, at, name, strict=r.basis == bases.CONSENT)


def where_facts(r: Reading) -> frozenset[str]:
    """The facts on which it hangs for whom a channel needs a choice, and what silence means there."""
    wheres = tuple(r.channel.needs_where.values()) if r.channel else ()
    return facts_in(wheres) | kind_facts(r)


def kind_facts(r: Reading) -> frozenset[str]:
    """The facts on which it hangs what silence means."""
    asked = {*(r.choices or ()), *(r.channel.needs_where if r.channel else ()), *(name for name, _, _ in _others(r))}
    known = (r.policy.choices[name] for name in asked if name in r.policy.choices)
    return facts_in(tuple(rule.where for each in known for rule in each.kind_rules))


def choices_in(r: Reading) -> frozenset[str]:
    """Every choice on which the answer may hang."""
    named = {*(r.choices or ()), *r.refusing, *r.wide, *(name for name, _, _ in _others(r))}
    named |= {paper.choice for crossing in r.crossings for paper in crossing.papers}
    named |= set(r.choices_for_fields()) if r.choosing else set()
    if r.channel is not None:
        named |= {r.channel.needs_choice, *r.channel.needs_where, *r.channel.blocks.values()}
    if r.new is not None:
        named |= set(covering(r.new.today.policy.choices, r.question))
    for name in tuple(named & r.policy.choices.keys()):
        followed = r.policy.tracking.categories.get(r.policy.choices[name].follows)
        named |= {followed.choice} if followed else set()
    return frozenset(named - {""})


def refused(r: Reading, facts: Facts, _: datetime) -> Iterator[Finding]:
    """A no to a choice that is open until one, or that reaches further than it names."""
    for name in (*r.refusing, *r.wide):
        said = told(facts.choices).get(name)
        if said is not None and said.yes is not True:
            yield Finding("choice-no", f"choice:{name}", words=quoted(name))


def asked_by_others(r: Reading) -> tuple[str, ...]:
    """Whether recipient, tracker or decision hang on a choice of their own."""
    return WHOLE if any(True for _ in _others(r)) else NOTHING


def choice_of_others(r: Reading, facts: Facts, at: datetime) -> Iterator[Finding]:
    """A recipient, a tracker, a decision has the yes it needs, or no no against it."""
    for name, strict, explicit in _others(r):
        yield from open_to(r, facts, at, name, strict=strict)
        known = r.policy.choices.get(name)
        if explicit and known is not None and known.strength != bases.EXPLICIT:
            yield Finding("choice-not-explicit", f"choice:{name}", words=quoted(name))


def _others(r: Reading) -> Iterator[tuple[str, bool, bool]]:
    """Choice, whether only a yes opens, whether that has to be explicit."""
    if r.recipient is not None and r.recipient.needs_choice:
        yield r.recipient.needs_choice, True, False
    if r.recipient is not None and r.recipient.unless_choice:
        yield r.recipient.unless_choice, False, False
    if r.category is not None and r.category.choice and not r.category.necessary:
        yield r.category.choice, False, False
    if r.decision is not None and r.decision.choice:
        explicit = bases.EXPLICIT_CONSENT in (r.decision.exception, r.decision.special_condition)
        yield r.decision.choice, True, explicit


# --- Advertising without a yes ----------------------------------------------------------------------------------------

_CUSTOMER = ("obtained-in-sale", "earlier-contract", "obtained-lawfully", "own-customer")


def without_yes(r: Reading) -> tuple[str, ...]:
    """A message that advertises and hangs on no consent; or one that a soft opt-in opens."""
    if r.basis == bases.CONSENT or r.channel is None:
        return NOTHING
    return WHOLE if r.soft or (r.advertises and r.question.operation == Operation.SEND) else NOTHING


def soft_opt_in(r: Reading, facts: Facts, at: datetime) -> Iterator[Finding]:
    """In place of a yes: our own customer, something similar, a way out at once and in each message, and no no."""
    name = r.channel.needs_choice if r.channel else ""
    declared = r.policy.choices.get(name)
    if declared is not None and facts.choices is None:
        yield from (unless_known("choices"),) if r.soft else ()
        return
    said = heard(r, facts, at, declared) if declared is not None else "choice-not-given"
    if said in ("choice-no", "choice-ended", "choice-yes"):
        yield from (Finding(said, f"choice:{name}", words=quoted(name)),) if r.soft else ()
        return
    lacking = [each for each in _asked_by_law(r, facts) if each not in _kept(r, facts, at)]
    if r.soft and not lacking:
        yield Finding("marketing-soft-opt-in")
    elif lacking:
        yield Finding("soft-opt-in-not-met" if r.soft else "marketing-needs-yes", words=quoted(*lacking))


def _asked_by_law(r: Reading, facts: Facts) -> tuple[str, ...]:
    """What has to be true without a yes: what the laws say, and what a soft opt-in always means."""
    asked = ["own-customer", "own-similar-goods", "opt-out-in-each-message"] if r.soft else []
    for rule in advertising(r.policy, r.question.channel, facts, r.day.isoformat()):
        if rule.needs_yes:
            asked += rule.unless or ("a-yes",)
    return tuple(dict.fromkeys(asked))


def _kept(r: Reading, facts: Facts, at: datetime) -> frozenset[str]:
    """What is true of it here. That nobody objected is for another rule."""
    kept = {"not-objected"}
    names = shared(r, facts, at).names if facts.relationships is not None else ()
    if any(name in r.policy.relationships and r.policy.relationships[name].party == "contract" for name in names):
        kept.update(_CUSTOMER)
    if not (r.purpose.interest and r.purpose.interest.whose) and (
        r.recipient is None or r.recipient.role == "processor"
    ):
        kept.add("same-legal-person")
    if r.channel is not None and r.channel.similar_to and r.topic == r.channel.similar_to:
        kept.add("own-similar-goods")
    if r.channel is not None and r.channel.soft_opt_in:
        kept.add("opt-out-at-collection")
    if r.channel is not None and r.channel.stop:
        kept.add("opt-out-in-each-message")
    return frozenset(kept)


# --- Objections -------------------------------------------------------------------------------------------------------


def _hears(r: Reading, basis: str) -> bool:
    """Against advertising always; otherwise as the policy says, and as the basis says where it says nothing."""
    if r.advertises:
        return True
    if r.purpose.objection is not None:
        return r.purpose.objection.possible
    return basis not in bases.WITHOUT_OBJECTION


def may_be_objected(r: Reading) -> tuple[str, ...]:
    """Whether an objection to the whole is heard."""
    return WHOLE if _hears(r, r.basis) else NOTHING


def objection(r: Reading, facts: Facts, _: datetime) -> Iterator[Finding]:
    """None; for advertising it is absolute, and for the rest it closes until a person has weighed it."""
    yield from _objected(r, facts, WHOLE)


def fields_objected(r: Reading) -> tuple[str, ...]:
    """Elements on a basis that can be objected to, within a question that as a whole cannot."""
    return NOTHING if may_be_objected(r) else tuple(e for e in r.declared if _hears(r, r.basis_of(e)))


def objection_of_fields(r: Reading, facts: Facts, _: datetime) -> Iterator[Finding]:
    """The same for elements on a basis of their own."""
    yield from _objected(r, facts, fields_objected(r))


def _objected(r: Reading, facts: Facts, elements: tuple[str, ...]) -> Iterator[Finding]:
    against = [o for o in told(facts.objections) if _in_reach(o, r.question.channel) and _counts(r, o)]
    if r.advertises and any(o.marketing for o in against):
        yield Finding("objection-marketing", elements=elements)
    if any(o.purpose in r.lineage or not (o.purpose or o.marketing) for o in against):
        yield Finding("objection-purpose", elements=elements)


def _counts(r: Reading, each: Objection) -> bool:
    """Whether it stands. Grounds of ours override none against direct marketing, or where the policy weighs nothing."""
    absolute = r.advertises or (r.purpose.objection is not None and r.purpose.objection.absolute)
    return absolute or not each.overruled


def _in_reach(each: Objection, channel: str) -> bool:
    """A no to one channel also holds where the question names none: leaving it out must not get past an objection."""
    return each.channel in ("", channel) or not channel


# --- Restrictions -----------------------------------------------------------------------------------------------------


def restriction(r: Reading, facts: Facts, _: datetime) -> Iterator[Finding]:
    """Each restriction without an end closes by itself; of reasons to keep rows until a day, one that opens will do."""
    standing = [s for s in told(facts.restrictions) if s.until is None]
    keeping = [s for s in told(facts.restrictions) if s.until is not None]
    if not standing and not keeping:
        return
    purpose = r.purpose.id
    closed = [e for e in r.declared if any(purpose not in s.open_to for s in standing if _covers(s, e))]
    yield from fields("restricted", closed)
    others, over = [], []
    for element in r.declared:
        kept = [s for s in keeping if _covers(s, element)]
        opened = [s.until for s in kept if purpose in s.open_to and s.until is not None]
        if kept and not opened:
            others.append(element)
        elif opened and max(opened) < r.day:
            over.append(element)
    yield from fields("kept-for-other-purposes", others)
    yield from fields("keeping-over", over)


def _covers(each: Restriction, element: str) -> bool:
    return not each.elements or element in each.elements
