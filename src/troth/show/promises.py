"""How the promises of a notice stand: by kind, by what keeps them, and each one that nothing keeps yet."""

from typing import Any

from troth.model.promise import Coverage, Promise, Standing
from troth.show.blocks import Block, Blocks, Heading, Line, Lines, Pairs, Para, Table, Tone

WORDS = {
    Standing.ENFORCED: "enforced",
    Standing.PERSON: "routed to a person",
    Standing.RECORDED: "recorded only",
    Standing.NOT_YET: "not yet",
}
_GLYPHS = {
    Standing.ENFORCED: ("✓", Tone.GOOD),
    Standing.PERSON: ("☞", Tone.PLAIN),
    Standing.RECORDED: ("·", Tone.QUIET),
    Standing.NOT_YET: ("✗", Tone.CARE),
}


def promises(coverage: Coverage, *, each: bool = False) -> Blocks:
    """The coverage as blocks; with `each`, every promise with what keeps it."""
    blocks: list[Block] = [
        Heading(f"Promises of {coverage.organisation}"),
        Pairs(_totals(coverage)),
        Table("By kind of promise", ("kind", *WORDS.values()), _kinds(coverage), frozenset(range(1, len(WORDS) + 1))),
        Table(
            "What keeps the enforced ones (one promise may have several)",
            ("control", "promises"),
            [(name, str(number)) for name, number in coverage.by_control().items()],
            frozenset({1}),
        ),
    ]
    if each:
        blocks += [Heading("Each promise", 2), Lines([_line(promise) for promise in coverage.promises])]
    elif coverage.count(Standing.NOT_YET):
        blocks.append(Para("Each promise, and what nothing keeps yet: `troth promises --each`", Tone.QUIET))
    return tuple(blocks)


def as_json(coverage: Coverage) -> dict[str, Any]:
    """Totals, and one object for each promise."""
    return {
        "organisation": coverage.organisation,
        "promises": len(coverage.promises),
        "declared": coverage.declared,
        "standing": {standing.value: coverage.count(standing) for standing in Standing},
        "each": [
            {
                "id": promise.id,
                "kind": promise.kind,
                "clauses": list(promise.clauses),
                "carries": list(promise.carries),
                "standing": promise.standing.value,
                "by": list(promise.by),
                "remark": promise.remark,
            }
            for promise in coverage.promises
        ],
    }


def _totals(coverage: Coverage) -> list[tuple[str, str]]:
    total = len(coverage.promises)
    return [
        ("promises", str(total)),
        ("declared", f"{coverage.declared} have a clause and a declared thing"),
        *((words, _share(coverage.count(standing), total)) for standing, words in WORDS.items()),
    ]


def _share(part: int, whole: int) -> str:
    return f"{part} ({round(100 * part / whole)} %)" if whole else "0"


def _kinds(coverage: Coverage) -> list[list[str]]:
    return [
        [kind.replace("_", " "), *(str(counts[standing] or "") for standing in WORDS)]
        for kind, counts in coverage.by_kind().items()
    ]


def _line(promise: Promise) -> Line:
    glyph, tone = _GLYPHS[promise.standing]
    by = f": {', '.join(promise.by)}" if promise.by and promise.standing is not Standing.NOT_YET else ""
    details = [f"carried by {', '.join(promise.carries)}"] if promise.carries else []
    if promise.remark:
        details.append(promise.remark)
    return Line(glyph, f"{promise.id} {WORDS[promise.standing]}{by}", details, tone, WORDS[promise.standing])
