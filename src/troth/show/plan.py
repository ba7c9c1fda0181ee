"""A plan, line by line: what would be done, to what, why, and what is not done and why not."""

from collections.abc import Mapping, Sequence

from troth.model.person import row_name
from troth.model.plan import GLYPHS, Assign, Effect, Plan, Verb
from troth.model.policy import Policy
from troth.plan.replay import SINCE
from troth.plan.shared import to_read
from troth.show.blocks import Block, Blocks, Heading, Line, Lines, Pairs, Para, Tone
from troth.show.problems import problem_line
from troth.show.unchecked import once
from troth.show.words import because, count, day, listed, moment, short

SAYS = {
    Verb.READ: "read",
    Verb.DELETE: "delete",
    Verb.DETACH: "detach",
    Verb.MASK: "mask",
    Verb.AMEND: "amend",
    Verb.ANNOTATE: "annotate",
    Verb.BLOCK: "block",
    Verb.RETAIN: "retain",
    Verb.TELL: "tell",
}
TONES = {
    Verb.DELETE: Tone.BAD,
    Verb.MASK: Tone.CARE,
    Verb.DETACH: Tone.CARE,
    Verb.RETAIN: Tone.GOOD,
    Verb.BLOCK: Tone.GOOD,
}


def plan(planned: Plan, digest: str, policy: Policy) -> Blocks:
    """The same blocks are shown before signing, in the receipt's page, and by `apply`."""
    names = {element: policy.words(value.says) for element, value in policy.elements.items()}
    blocks: list[Block] = [
        Heading(f"Plan {short(digest)}: {planned.right} for case {planned.case}"),
        _head(planned, digest),
    ]
    for part in planned.parts:
        lines = [plan_line(effect, names, policy) for effect in planned.effects if effect.store == part.store]
        if lines:
            blocks += [Heading(f"In {part.store}", 2), Lines(lines)]
    tells = [plan_line(effect, names, policy) for effect in planned.effects if effect.verb is Verb.TELL]
    if tells:
        blocks += [Heading("Who is told", 2), Lines(tells)]
    blocks += _rest(planned)
    blocks.append(Para(f"{_summary(planned)} Nothing has been changed."))
    return once(tuple(blocks))


def _head(planned: Plan, digest: str) -> Pairs:
    return Pairs(
        [
            ("plan", digest),
            ("policy", short(planned.policy)),
            ("made at", moment(planned.made_at)),
            ("right", planned.right),
        ]
    )


def _rest(planned: Plan) -> list[Block]:
    blocks: list[Block] = []
    if planned.waiting:
        waits = [
            Line(
                "?",
                f"{w.store}.{w.table}: {count(len(w.rows), 'row')}",
                [_why_it_waits(w.by), *(row_name(w.store, w.table, key) for key in w.rows)],
                Tone.CARE,
                "undecided",
            )
            for w in planned.waiting
        ]
        blocks += [Heading("Left untouched until a person decides", 2), Lines(waits)]
    if planned.residues:
        left = [
            Line("·", f"{r.store}: {r.what}", [f"gone by {day(r.gone_by)}"], Tone.QUIET, "left behind")
            for r in planned.residues
        ]
        blocks += [Heading("What the engines leave behind", 2), Lines(left)]
    if planned.findings:
        blocks += [
            Heading("Found before anything runs", 2),
            Lines([problem_line(problem) for problem in planned.findings]),
        ]
        if not planned.applicable:
            blocks.append(Para("This plan cannot be applied until the errors above are mended.", Tone.BAD))
    return blocks


def plan_line(effect: Effect, names: Mapping[str, str], policy: Policy) -> Line:
    """One line; `names` gives the words for element ids, which stand for themselves where it is silent."""
    where = effect.recipient if effect.verb is Verb.TELL else f"{effect.table}: {count(len(effect.rows), 'row')}"
    what = listed(tuple(names.get(element, element) for element in effect.datum), "keys only")
    return Line(
        glyph=GLYPHS[effect.verb],
        text=f"{SAYS[effect.verb]} {where}: {what}",
        details=_details(effect, policy),
        tone=TONES.get(effect.verb, Tone.PLAIN),
        says=f"line {effect.number}",
    )


def _written(assigns: Sequence[Assign]) -> str:
    return listed(tuple(f"{a.column} := {'NULL' if a.value is None else repr(a.value)}" for a in assigns))


def _details(effect: Effect, policy: Policy) -> list[str]:
    details = [f"because {because(effect.ground)}"]
    if effect.exception:
        details.append(f"exception: {because(effect.exception)}")
    if effect.until:
        then = effect.then.value if effect.then else "delete"
        closed = "; closed at the gate until that day" if effect.verb in (Verb.RETAIN, Verb.BLOCK) else ""
        details.append(f"until {day(effect.until)}, then {then}{closed}")
    if effect.assigns:
        details.append(f"writes {_written(effect.assigns)}")
    if effect.shared:
        details.append(f"only where nobody else is left on the {effect.shared}, looked at under the lock")
        details += _where_others_remain(effect, policy)
    if effect.decided_by != "policy":
        details.append(f"decided by {effect.decided_by}")
    return details


def _where_others_remain(effect: Effect, policy: Policy) -> list[str]:
    said = f"writes {_written(effect.otherwise)}" if effect.otherwise else "nothing can be taken out by machine"
    if left := to_read(policy, effect):
        somebody = f"somebody reads {listed(left)} and strikes out what is about this person"
        return [f"where others remain, {said}; {somebody}"]
    return [f"where others remain, {said}"] if effect.otherwise else ["where others remain, nothing is written"]


def _summary(planned: Plan) -> str:
    parts = []
    for verb in Verb:
        lines = [effect for effect in planned.effects if effect.verb is verb]
        if lines:
            number = len(lines) if verb is Verb.TELL else sum(len(effect.rows) for effect in lines)
            parts.append(f"{number} to {SAYS[verb]}")
    waiting = sum(len(w.rows) for w in planned.waiting)
    return "; ".join([*parts, *([f"{waiting} undecided"] if waiting else [])]) + "."


def _why_it_waits(by: str) -> str:
    if by == SINCE:
        return "hangs under a row that goes, and may have come since the restore"
    return f"only the {by} matches, which may be shared"
