"""Erasure: line by line what would be deleted, emptied, detached and kept, on which ground, and who must be told.

Fates of rows come from `fates`, the order from `order`; here they become lines. Nothing is carried out.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from troth.model.case import Case
from troth.model.datamap import ColumnMap
from troth.model.law import NOBODY, UNCHECKED, cited, uncited
from troth.model.plan import Assign, Effect, Plan, Verb
from troth.model.policy import Policy
from troth.model.problem import Problem
from troth.model.schema import Schema
from troth.model.sight import SeenRow, Sight
from troth.plan import findings
from troth.plan.codes import REACH, WHEN_ASKED, Cite, reason
from troth.plan.fates import Fate, Settled, Verdict, judge, settle
from troth.plan.history import sweep_history
from troth.plan.lines import merged
from troth.plan.making import make
from troth.plan.masks import cut_claims, masks, own_values
from troth.plan.order import in_order
from troth.plan.preflight import preflight
from troth.plan.telling import NONE_LEFT, tells
from troth.plan.view import RowId, View, views_of


def erasure(
    policy: Policy,
    case: Case,
    person: str,
    sights: Mapping[str, Sight],
    schemas: Mapping[str, Schema],
    at: datetime,
    cite: Cite,
    *,
    ground: str = "",
    released: Mapping[str, Collection[str]] = NONE_LEFT,
) -> Plan:
    """The plan of an erasure. `ground`: codes of `codes.REACH`, joined by `+`; none: `codes.WHEN_ASKED`.

    `released`: recipient -> elements that left for it about this person, as the ledger says.

    What no ground reaches is not touched, and said so.

    Its findings come from the database's own rules as well (`preflight`): an error among them forbids applying.
    """
    views = views_of(policy, sights, schemas)
    grounds = [code for code in ground.split("+") if code] or WHEN_ASKED
    known = [code for code in grounds if code in REACH]
    effects: list[Effect] = []
    problems: list[Problem] = [*findings.unknown_grounds(grounds), *findings.unseen(policy, sights)]
    for view in views:
        lines, found = lines_of(view, judge(view, known, at.date()), cite)
        effects += lines
        problems += found
    return make(
        policy, case, "erasure", person, at, views, [*effects, *tells(policy, effects, cite, released)], problems
    )


def lines_of(view: View, verdicts: Mapping[RowId, Verdict], cite: Cite) -> tuple[list[Effect], list[Problem]]:
    """The lines of one store in a safe order, and everything found on the way."""
    settled = settle(view, verdicts)
    writer = _Writer(view, settled, cite)
    effects, unreachable = sweep_history(view, merged(e for alike in writer.alike() for e in writer.lines(alike)))
    ordered, rings = in_order(view, effects)
    checked = preflight(ordered, view.schema, view.store)
    return ordered, [*findings.undated(view, settled), *unreachable, *rings, *checked]


@dataclass(frozen=True)
class _Writer:
    """Turns the fates of one store into lines."""

    view: View
    settled: Settled
    cite: Cite

    def alike(self) -> Iterator[list[RowId]]:
        """Rows of a table that are treated in the same way, so that lines are made once for all of them."""
        groups: dict[tuple[object, ...], list[RowId]] = {}
        settled = self.settled
        for row_id, row in self.view.rows.items():
            verdict = settled.fates[row_id]
            cuts = (settled.cuts, settled.cuts_if_last, settled.cuts_if_others)
            sign = (
                row_id[0],
                (verdict.fate, verdict.grounds, verdict.until, verdict.because),
                (row.root_table if row.root is not None else None, row.matched, row.own_claims),
                tuple(frozenset(cut.get(row_id, ())) for cut in cuts),
            )
            groups.setdefault(sign, []).append(row_id)
        yield from groups.values()

    def lines(self, alike: Sequence[RowId]) -> Iterator[Effect]:
        """The lines of rows that are treated alike; cuts of their pointers come first."""
        keys = tuple(key for _, key in alike)
        yield from (replace(line, rows=keys) for line in self._lines(alike[0]))

    def _lines(self, row_id: RowId) -> Iterator[Effect]:
        verdict, row = self.settled.fates[row_id], self.view.rows[row_id]
        write = {
            Fate.GO: self._go,
            Fate.MASK: self._mask,
            Fate.SHELL: self._shell,
            Fate.KEEP: self._keep,
            Fate.TRIM: self._trim,
            Fate.STAY: self._stay,
        }[verdict.fate]
        written = list(write(row_id, row, verdict))
        yield from self._cuts(row_id, row, verdict, written)
        yield from written

    def _base(self, row_id: RowId, verdict: Verdict, verb: Verb, datum: tuple[str, ...] = ()) -> Effect:
        table, key = row_id
        return Effect(
            number=0,
            store=self.view.store.name,
            table=table,
            verb=verb,
            rows=(key,),
            key_columns=self.view.key_columns(table),
            datum=datum,
            ground=reason(verdict.grounds, self.cite),
        )

    def _datum(self, table: str, columns: Sequence[str] | None = None) -> tuple[str, ...]:
        """Elements of the columns, or of all personal ones, each once and in the order of the map."""
        names = [c for c, _ in self.view.personal_columns(table)] if columns is None else columns
        return tuple(dict.fromkeys(e for c in names if (e := self.view.element(table, c))))

    def _cuts(self, row_id: RowId, row: SeenRow, verdict: Verdict, written: Sequence[Effect]) -> Iterator[Effect]:
        """Pointers to cut first, but those that the row's own lines write over in either case."""
        done = {a.column for e in written for a in e.assigns if a.value is None and (not e.shared or a in e.otherwise)}
        for cuts, shared in ((self.settled.cuts, ""), (self.settled.cuts_if_last, row.root_table)):
            columns = sorted(cuts.get(row_id, set()) - done)
            if columns:
                base = self._base(row_id, verdict, Verb.DETACH, self._datum(row_id[0], columns))
                yield replace(base, assigns=tuple(Assign(c, None) for c in columns), shared=shared)

    def _go(self, row_id: RowId, row: SeenRow, verdict: Verdict) -> Iterator[Effect]:
        line = self._base(row_id, verdict, Verb.DELETE, self._datum(row_id[0]))
        yield line if row.root is None else self._shared(line, row_id, row)

    def _mask(self, row_id: RowId, row: SeenRow, verdict: Verdict) -> Iterator[Effect]:
        yield from self._masked(row_id, row, verdict, self._emptied(row_id[0], row))

    def _emptied(self, table: str, row: SeenRow) -> tuple[Assign, ...]:
        """Everything personal masked, and the claims that this person holds on a shared row cut."""
        written = masks(self.view, table)
        return (*written, *cut_claims(self.view, table, row, {a.column for a in written}))

    def _shell(self, row_id: RowId, row: SeenRow, verdict: Verdict) -> Iterator[Effect]:
        why = reason(["kept-as-shell"], self.cite, verdict.because)
        then = Verb.DELETE if verdict.until else None
        assigns = self._emptied(row_id[0], row)
        # A row of keys alone has nothing to empty: its line still says that it stays, why and until when.
        lines = list(self._masked(row_id, row, verdict, assigns)) or [self._base(row_id, verdict, Verb.MASK)]
        yield from (replace(line, exception=why, until=verdict.until, then=then) for line in lines)

    def _keep(self, row_id: RowId, row: SeenRow, verdict: Verdict) -> Iterator[Effect]:
        rule, table = verdict.rule, row_id[0]
        if rule is None:
            return
        used = frozenset(
            e for p in rule.open_to if p in self.view.policy.purposes for e in self.view.policy.purposes[p].uses
        )
        spare = masks(self.view, table, lambda c: bool(rule.open_to) and self.view.element(table, c.column) not in used)
        dropped = {a.column for a in spare}
        kept = [c for c, _ in self.view.personal_columns(table) if c not in dropped]
        because = reason(["kept-as-proof" if self.view.store.ours else "statutory-retention"], self.cite)
        law = cited("; ".join(law for law in (rule.statutory, uncited(because.law)) if law), rule.checked)
        if UNCHECKED in because.law:
            law = cited(uncited(law), NOBODY)
        why = replace(because, says=self.view.policy.words(rule.says), law=law)
        then = Verb.MASK if rule.then == "mask" else Verb.DELETE
        line = self._base(row_id, verdict, Verb.RETAIN, self._datum(table, kept))
        yield replace(line, exception=why, until=verdict.until, then=then)
        yield from self._masked(row_id, row, verdict, spare)

    def _trim(self, row_id: RowId, row: SeenRow, verdict: Verdict) -> Iterator[Effect]:
        table = row_id[0]
        written = masks(self.view, table, lambda c: self.view.element(table, c.column) in verdict.elements)
        yield from self._masked(row_id, row, verdict, written)

    def _stay(self, row_id: RowId, _: SeenRow, verdict: Verdict) -> Iterator[Effect]:
        """Not touched and not closed; a line all the same, so that the last look knows why it is there."""
        yield self._base(row_id, verdict, Verb.RETAIN, self._datum(row_id[0]))

    def _masked(self, row_id: RowId, row: SeenRow, verdict: Verdict, assigns: tuple[Assign, ...]) -> Iterator[Effect]:
        if not assigns:
            return
        columns = [a.column for a in assigns]
        line = replace(self._base(row_id, verdict, Verb.MASK, self._datum(row_id[0], columns)), assigns=assigns)
        yield line if row.root is None else self._shared(line, row_id, row, set(columns))

    def _shared(self, line: Effect, row_id: RowId, row: SeenRow, only: set[str] | None = None) -> Effect:
        """The same line, done only where nobody else is left; where others remain, this person's own values go."""

        def wanted(column: ColumnMap) -> bool:
            return only is None or column.column in only

        own = own_values(self.view, row_id[0], row, wanted)
        done = {a.column for a in own} | {a.column for a in line.assigns if line.verb is Verb.DETACH}
        cut = sorted(self.settled.cuts_if_others.get(row_id, set()) - done)
        return replace(line, shared=row.root_table, otherwise=(*own, *(Assign(c, None) for c in cut)))
