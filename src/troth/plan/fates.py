"""What becomes of each row in an erasure: judged by itself first, then together with the rows that refer to it.

A row is never deleted under a row that stays and points at it. The pointer is cut where it may be NULL; where it may
not, the row behind it stays as an empty shell. This module decides; it writes no lines.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from troth.model.datamap import TableMap
from troth.model.plan import Verb
from troth.model.policy import Purpose, Retention
from troth.model.schema import ForeignKey
from troth.model.sight import SeenRow
from troth.plan.codes import ANY, ENDS_MARKETING, REACH
from troth.plan.periods import last_day
from troth.plan.view import RowId, View


class Fate(StrEnum):
    """How one row ends."""

    GO = "go"
    """Deleted; a shared one only where nobody else is left."""
    MASK = "mask"
    """Declared so: the row stays, the values go."""
    KEEP = "keep"
    """Retained under a law until a date."""
    SHELL = "shell"
    """Stays, emptied, because another row refers to it."""
    TRIM = "trim"
    """Only the values whose ground holds go."""
    STAY = "stay"
    """No ground reaches it: not touched."""


CUTTABLE = (Fate.KEEP, Fate.MASK, Fate.SHELL)
"""Fates of rows that stay and whose own pointers may be cut: a row without a ground is not touched at all."""


@dataclass(frozen=True)
class Verdict:
    """The fate of one row and what it rests on."""

    fate: Fate
    grounds: tuple[str, ...] = ()
    """Codes of the grounds of erasure."""
    rule: Retention | None = None
    until: date | None = None
    because: str = ""
    """For a shell: the table that refers to it."""
    elements: frozenset[str] = frozenset()
    """For a trim: the elements whose ground holds."""


@dataclass
class Settled:
    """The fates of all rows of one store, and the pointers that are cut so that they can be carried out."""

    fates: dict[RowId, Verdict]
    cuts: dict[RowId, set[str]] = field(default_factory=dict)
    """Pointers of rows that stay, set to NULL beforehand."""
    cuts_if_last: dict[RowId, set[str]] = field(default_factory=dict)
    """The same, only where nobody else is left on the shared row."""
    cuts_if_others: dict[RowId, set[str]] = field(default_factory=dict)
    """Pointers of shared rows, set to NULL where the row stays for others."""
    held_by: dict[RowId, set[RowId]] = field(default_factory=dict)
    """Shell -> the rows that refer to it."""

    def forget_cuts(self) -> None:
        """Forget which pointers are cut: they follow from the fates, and these have changed."""
        self.cuts.clear()
        self.cuts_if_last.clear()
        self.cuts_if_others.clear()


def judge(view: View, grounds: Sequence[str], today: date) -> dict[RowId, Verdict]:
    """The fate of every row that enters, each by itself and its owner's period."""
    by_ground = {seen.table: _by_ground(view, seen.table, grounds) for seen in view.tables()}
    fates = {row_id: _judge(view, row_id, row, by_ground[row_id[0]], today) for row_id, row in view.rows.items()}
    _inherit_periods(view, fates, by_ground)
    return fates


def judge_due(view: View, due: Mapping[RowId, Verb]) -> dict[RowId, Verdict]:
    """The fate of rows whose day has come, by what was said then; everything else in sight is not touched."""
    ends = {Verb.DELETE: Fate.GO, Verb.MASK: Fate.MASK}
    return {
        row_id: Verdict(ends[due[row_id]], ("period-over",)) if row_id in due else Verdict(Fate.STAY, ("not-due",))
        for row_id in view.rows
    }


def settle(view: View, verdicts: Mapping[RowId, Verdict]) -> Settled:
    """Make the fates agree with the keys between the rows."""
    settled = Settled(dict(verdicts))
    for row_id, row in view.rows.items():
        child = next(_blockers(view, row_id[0], row), "")
        if child and settled.fates[row_id].fate is Fate.GO:
            settled.fates[row_id] = replace(settled.fates[row_id], fate=Fate.SHELL, because=child)
    while _hold_all(view, settled):
        settled.forget_cuts()  # a new shell stays too: what it points at is asked again
    _date_shells(settled)
    return settled


# --- One row by itself ------------------------------------------------------------------------------------------------


def _judge(view: View, row_id: RowId, row: SeenRow, verdict: Verdict, today: date) -> Verdict:
    table = view.map_of(row_id[0])
    rule = view.policy.retentions.get(table.retain)
    if verdict.fate is Fate.STAY or not rule or not rule.statutory or (table.retain_when and not row.retained):
        return verdict
    until = last_day(rule, row.clock) if row.clock else None
    if until and until < today:
        return verdict
    return replace(verdict, fate=Fate.KEEP, rule=rule, until=until)


def _by_ground(view: View, name: str, grounds: Sequence[str]) -> Verdict:
    """What the grounds alone bring about: the whole row, some of its values, or nothing."""
    table = view.map_of(name)
    elements = frozenset(view.element(name, column) for column, _ in view.personal_columns(name)) or frozenset({""})
    holds = {element: _ground_of(view, table, element, grounds) for element in elements}
    used = tuple(code for code in grounds if code in holds.values())
    reached = frozenset(element for element, code in holds.items() if code)
    if not reached:
        return Verdict(Fate.STAY, ("no-ground",))
    if reached != elements:
        return Verdict(Fate.TRIM, used, elements=reached)
    return Verdict(Fate.MASK if table.erase == "mask" else Fate.GO, used)


def _ground_of(view: View, table: TableMap, element: str, grounds: Sequence[str]) -> str:
    """The first ground that ends every purpose for which this table holds the element; no name: the row itself."""
    purposes = [view.policy.purposes[p] for p in table.purposes if p in view.policy.purposes]
    using = [purpose for purpose in purposes if not element or element in purpose.uses]
    return next((code for code in grounds if all(_ends(code, purpose, element) for purpose in using)), "")


def _ends(code: str, purpose: Purpose, element: str) -> bool:
    if REACH[code] == ANY or (purpose.direct_marketing and code in ENDS_MARKETING):
        return True
    return purpose.basis_of.get(element, purpose.basis) in REACH[code]


def _inherit_periods(view: View, fates: dict[RowId, Verdict], by_ground: Mapping[str, Verdict]) -> None:
    """A row without a date of its own (a line of an invoice) is kept as long as its owner, or falls with it."""
    for row_id, verdict in fates.items():
        if verdict.fate is not Fate.KEEP or verdict.until or view.map_of(row_id[0]).clock:
            continue
        claims = view.map_of(row_id[0]).claims
        owners = [fates[target] for claim in claims for target in view.targets(row_id, claim).rows]
        untils = [owner.until for owner in owners if owner.fate is Fate.KEEP and owner.until]
        if untils:
            fates[row_id] = replace(verdict, until=max(untils))
        elif owners and not any(owner.fate is Fate.KEEP for owner in owners):
            fates[row_id] = by_ground[row_id[0]]


# --- Rows together ----------------------------------------------------------------------------------------------------


def _blockers(view: View, table: str, row: SeenRow) -> Iterator[str]:
    """Tables with rows of other people that refer to this one. Ties to a shared row are counted under the lock."""
    for blocker in row.blockers:
        child, _, column = blocker.removesuffix("?").partition(".")
        declared = view.store.tables.get(child)
        tie = declared and declared.shared and declared.shared.parent == table and column in declared.shared.columns
        if not (row.root is not None and tie) and not _engine_lets_go(view, table, child, column):
            yield child


def _engine_lets_go(view: View, table: str, child: str, column: str) -> bool:
    """Whether the database itself cuts a pointer of a table that holds nothing about people."""
    declared = view.store.tables.get(child)
    if declared is None or declared.personal:
        return False
    keys = [fk for name, fk in view.schema.children_of(table) if name == child and column in fk.columns]
    return bool(keys) and all(fk.on_delete == "set null" for fk in keys)


def _hold_all(view: View, settled: Settled) -> bool:
    changed = False
    for row_id in view.rows:
        changed |= _hold(view, settled, row_id)
    return changed


def _hold(view: View, settled: Settled, row_id: RowId) -> bool:
    """Cut what this row points at, or keep that as a shell. Says whether a row became a shell."""
    row, fate = view.rows[row_id], settled.fates[row_id].fate
    if fate is Fate.GO and row.root is None:
        return False
    hold = _hold_for_others if fate is Fate.GO else _hold_for_staying
    changed = False
    for key in view.foreign_keys(row_id[0]):
        changed |= hold(view, settled, row_id, key)
    return changed


def _hold_for_others(view: View, settled: Settled, row_id: RowId, key: ForeignKey) -> bool:
    """A shared row that may stay for others: its pointer at a row of this person alone is cut where it stays."""
    targets = view.targets(row_id, key)
    alone = [target for target in targets.rows if view.rows[target].root is None]
    columns = view.cuttable(row_id[0], key.columns)
    if not alone:
        return False
    if columns and targets.exact:
        if any(settled.fates[target].fate is Fate.GO for target in alone):
            settled.cuts_if_others.setdefault(row_id, set()).update(columns)
        return False
    return bool(view.others(view.rows[row_id])) and _shells(settled, row_id, alone)


def _hold_for_staying(view: View, settled: Settled, row_id: RowId, key: ForeignKey) -> bool:
    """A row that stays: its pointer is cut where that is allowed and known, else what it points at stays as a shell."""
    fate, row, targets = settled.fates[row_id].fate, view.rows[row_id], view.targets(row_id, key)
    columns = view.cuttable(row_id[0], key.columns)
    leaving = [target for target in targets.rows if target != row_id and settled.fates[target].fate is Fate.GO]
    if not (columns and fate in CUTTABLE):
        return _shells(settled, row_id, targets.rows)
    # A pointer that only may lead to a leaving row is not cut out of a document that a law keeps whole.
    if fate is Fate.KEEP and not (targets.exact and len(leaving) == len(targets.rows)):
        return _shells(settled, row_id, targets.rows)
    if leaving:
        same_root = row.root is not None and all(view.rows[target].root == row.root for target in leaving)
        cuts = settled.cuts_if_last if same_root else settled.cuts
        cuts.setdefault(row_id, set()).update(columns)
    return False


def _shells(settled: Settled, row_id: RowId, targets: Iterable[RowId]) -> bool:
    """Keep every leaving target as a shell, and note who holds it."""
    changed = False
    for target in targets:
        verdict = settled.fates[target]
        if target == row_id or verdict.fate not in {Fate.GO, Fate.SHELL}:
            continue
        if verdict.fate is Fate.GO:
            settled.fates[target] = replace(verdict, fate=Fate.SHELL, because=row_id[0])
            changed = True
        settled.held_by.setdefault(target, set()).add(row_id)
    return changed


def _date_shells(settled: Settled) -> None:
    """A shell is destroyed on the day of the last row that needs it; without such a day, with that row."""
    shells = [row_id for row_id, verdict in settled.fates.items() if verdict.fate is Fate.SHELL]
    ends = {
        row_id: (verdict.until or date.max) if verdict.fate is Fate.KEEP else date.max
        for row_id, verdict in settled.fates.items()
    } | {shell: date.min for shell in shells if settled.held_by.get(shell)}
    for _ in shells:  # shells hold shells: as many rounds as the longest chain has links
        if not _later(ends, shells, settled):
            break
    for shell in shells:
        until = None if ends[shell] in {date.min, date.max} else ends[shell]
        settled.fates[shell] = replace(settled.fates[shell], until=until)


def _later(ends: dict[RowId, date], shells: Iterable[RowId], settled: Settled) -> bool:
    moved = False
    for shell in shells:
        end = max([ends[shell], *(ends[holder] for holder in settled.held_by.get(shell, ()))])
        moved |= end > ends[shell]
        ends[shell] = end
    return moved
