"""Restore: a backup brought back what was erased, and it is erased again as the plans said that erased it first.

Rows are found by decision, never by name: the person's identifiers are gone, and whoever came back under the same
address since is not to lose anything. Which rows under the keys of erased ones are those rows, and not given to us
anew, is found out before (`troth.desk.restoring`). A row that no earlier plan speaks of is touched only where it hangs
under a row that goes, since its owner cannot be there and be erased; if its date is not before the backup's, it may
have come since the restore, and waits for somebody to decide.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

from troth.model.case import Case
from troth.model.person import ROW
from troth.model.plan import Assign, Effect, Plan, Verb, Waiting
from troth.model.policy import Policy
from troth.model.schema import Schema
from troth.model.sight import Key, Sight
from troth.plan.codes import GROUNDS, REACH, WHEN_ASKED, Cite, reason
from troth.plan.erasing import lines_of
from troth.plan.fates import Fate, Verdict, judge
from troth.plan.making import make
from troth.plan.preflight import preflight
from troth.plan.view import RowId, View, views_of

RESTORE = "restore"
"""The right of a plan that erases again."""
BACK = "restored"
KEPT = "kept-before"
SINCE = "given-since"
"""What brought a waiting row in that may have come since the restore."""
KEEPS = (Verb.RETAIN, Verb.BLOCK)
ERASED_ROWS = Mapping[tuple[str, str, Key], str]
"""Store, table, key -> hash of the plan under which the row was erased."""


def replay(
    policy: Policy,
    case: Case,
    person: str,
    erased: ERASED_ROWS,
    earlier: Mapping[str, Plan],
    sights: Mapping[str, Sight],
    schemas: Mapping[str, Schema],
    at: datetime,
    cite: Cite,
    *,
    made: date | None = None,
) -> Plan:
    """The plan that erases a person's rows again. `earlier`: those plans by hash whose words are still there.

    `made`: the day of the backup; where it is not known, that of the first of those plans stands for it.

    Verbs and values are those of the newest earlier plan that speaks of a row. Where its words are gone, the row is
    deleted or masked as its table says. What an earlier plan kept, or did not touch, stays as it is.
    """
    views = views_of(policy, sights, schemas)
    effects, problems = [], []
    since: list[Waiting] = []
    before = made or min((plan.made_at.date() for plan in earlier.values()), default=None)
    for view in views:
        again = _Again(view, erased, earlier, at, before)
        lines, found = lines_of(view, again.verdicts(), cite)
        since += again.waiting()
        lines = [worded for line in lines for worded in again.as_before(line, cite)]
        effects += lines
        checked = preflight(lines, view.schema, view.store)
        problems += [*(problem for problem in found if problem.code not in {p.code for p in checked}), *checked]
    plan = make(policy, case, RESTORE, person, at, views, effects, problems)
    return replace(plan, waiting=(*plan.waiting, *since))


@dataclass(frozen=True)
class _Again:
    """What earlier plans said about the rows of one store."""

    view: View
    erased: ERASED_ROWS
    earlier: Mapping[str, Plan]
    at: datetime
    before: date | None
    """Rows of this day or later may have come since the restore."""

    @cached_property
    def said(self) -> Mapping[RowId, Sequence[Effect]]:
        """Lines of the newest plan that names a row; of the plan that erased it, where that is known."""
        found: dict[RowId, dict[str, list[Effect]]] = {}
        for digest, plan in sorted(self.earlier.items(), key=lambda pair: pair[1].made_at):
            for effect in plan.effects:
                for key in effect.rows if effect.store == self.view.store.name else ():
                    found.setdefault((effect.table, key), {}).setdefault(digest, []).append(effect)
        return {
            row_id: by_plan.get(self._plan_of(row_id)) or next(reversed(by_plan.values()))
            for row_id, by_plan in found.items()
        }

    def verdicts(self) -> dict[RowId, Verdict]:
        """The fate of every row in sight."""
        verdicts = {row_id: self._verdict(row_id) for row_id in self.view.rows}
        fresh = judge(self.view, self._grounds(), self.at.date())
        unnamed = self._unnamed()
        while under := [row_id for row_id in unnamed if self._hangs_under_going(row_id, verdicts)]:
            for row_id in under:
                verdicts[row_id] = Verdict(Fate.STAY, ("no-ground",)) if self._came_since(row_id) else fresh[row_id]
            unnamed = [row_id for row_id in unnamed if row_id not in under]
        return verdicts

    def waiting(self) -> Iterator[Waiting]:
        """Rows under others that go, which may have come since the restore, by table."""
        verdicts = self.verdicts()
        found: dict[str, list[Key]] = {}
        for table, key in self._unnamed():
            if self._came_since((table, key)) and self._hangs_under_going((table, key), verdicts):
                found.setdefault(table, []).append(key)
        yield from (Waiting(self.view.store.name, table, tuple(keys), SINCE) for table, keys in found.items())

    def _unnamed(self) -> list[RowId]:
        return [row_id for row_id in self.view.rows if row_id not in self.said and not self._plan_of(row_id)]

    def _came_since(self, row_id: RowId) -> bool:
        """Whether its date does not say that the row is older than the backup, and nobody decided whose it is."""
        row = self.view.rows[row_id]
        return bool(self.before and row.clock and row.clock >= self.before and row.by != ROW)

    def as_before(self, line: Effect, cite: Cite) -> Iterator[Effect]:
        """The line in the words of the earlier plan: what was written then, and nothing new about what was kept."""
        if line.owner_columns:  # swept by owner, whatever was seen
            yield line
            return
        groups: dict[tuple[tuple[Assign, ...], tuple[Assign, ...], bool], list[Key]] = {}
        for key in line.rows:
            before = next((e for e in self.said.get((line.table, key), ()) if e.verb is line.verb), None)
            words = (line.assigns, line.otherwise) if before is None else self._words(line, before)
            groups.setdefault((*words, before is not None), []).append(key)
        for (assigns, otherwise, known), keys in groups.items():
            worded = replace(line, rows=tuple(keys), assigns=assigns, otherwise=otherwise)
            if known and line.exception and line.verb in KEEPS:
                worded = replace(worded, ground=reason([KEPT], cite), exception=None)
            yield replace(worded, then=None) if known else worded

    def _words(self, line: Effect, before: Effect) -> tuple[tuple[Assign, ...], tuple[Assign, ...]]:
        """What was written then, and the pointers that have to be cut now."""
        pointers = {column for key in self.view.foreign_keys(line.table) for column in key.columns}

        def cuts(now: Sequence[Assign], then: Sequence[Assign]) -> Iterator[Assign]:
            done = {assign.column for assign in then}
            return (a for a in now if a.value is None and a.column in pointers - done)

        assigns = (*before.assigns, *cuts(line.assigns, before.assigns))
        if not (line.shared and before.shared):
            return assigns, line.otherwise
        return assigns, (*before.otherwise, *cuts(line.otherwise, before.otherwise))

    def _plan_of(self, row_id: RowId) -> str:
        return self.erased.get((self.view.store.name, *row_id), "")

    def _verdict(self, row_id: RowId) -> Verdict:
        table, lines = self.view.map_of(row_id[0]), self.said.get(row_id, ())
        by_table = Fate.MASK if table.erase == "mask" else Fate.GO
        if not lines:
            return Verdict(by_table, (BACK,)) if self._plan_of(row_id) else Verdict(Fate.STAY, ("no-ground",))
        verbs, grounds = {line.verb for line in lines}, _codes(lines)
        kept = next((e for e in lines if e.verb in KEEPS and (e.exception or e.ground.code == KEPT)), None)
        rule = self.view.policy.retentions.get(table.retain)
        if Verb.DELETE in verbs:
            return Verdict(Fate.GO, grounds)
        if kept and rule:
            return Verdict(Fate.KEEP, grounds, rule, kept.until)
        masks = [line for line in lines if line.verb is Verb.MASK]
        if not masks:
            return Verdict(Fate.STAY, ("no-ground",))
        if any(line.exception for line in masks) or by_table is Fate.MASK:  # a shell, where a row still refers to it
            return Verdict(by_table, grounds)
        return Verdict(Fate.TRIM, grounds, elements=frozenset(e for line in masks for e in line.datum))

    def _hangs_under_going(self, row_id: RowId, verdicts: Mapping[RowId, Verdict]) -> bool:
        claims = self.view.map_of(row_id[0]).claims
        owners = {target for claim in claims for target in self.view.targets(row_id, claim).rows}
        return any(verdicts[owner].fate is Fate.GO and self.view.rows[owner].root is None for owner in owners)

    def _grounds(self) -> Sequence[str]:
        """Grounds of the earlier plans, for rows that hang under what they erased."""
        codes = {code for lines in self.said.values() for code in _codes(lines)}
        return [code for code in REACH if code in codes] or WHEN_ASKED


def _codes(lines: Sequence[Effect]) -> tuple[str, ...]:
    """Why the row was erased, and that it came back."""
    codes = dict.fromkeys(code for line in lines for code in line.ground.code.split("+") if code in GROUNDS)
    return tuple(dict.fromkeys([*codes, BACK]))
