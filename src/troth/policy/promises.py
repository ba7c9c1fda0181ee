"""promises.tsv -> which promise stands how: each row is read against the compiled policy and the known controls.

    id       kind     clause   carries                       standing  by               remark
    AVI-009  purpose  journey  purpose:journey element:meal  enforced  gate-purpose

A row claims; this module believes only what resolves. A clause that the notice does not have, a thing that nobody
declared or a control without a test is a problem, and the promise counts as not yet kept.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from troth.model.policy import Policy
from troth.model.problem import Place, Problem
from troth.model.promise import Control, Coverage, Promise, Standing
from troth.policy.report import Report, did_you_mean, listed, shown
from troth.policy.things import named, things

COLUMNS = ("id", "kind", "clause", "carries", "standing", "by", "remark")
DECIDERS = ("matter", "right", "role")
"""Kinds of declared things by which a person comes to decide."""


@dataclass(frozen=True)
class _Row:
    """One line, split; `at` gives the place of a column."""

    file: str
    number: int
    cells: tuple[str, ...]

    def __getitem__(self, column: str) -> str:
        return self.cells[COLUMNS.index(column)]

    def words(self, column: str) -> tuple[str, ...]:
        return tuple(self[column].split())

    def at(self, column: str) -> Place:
        before = self.cells[: COLUMNS.index(column)]
        return Place(self.file, self.number, 1 + sum(len(cell) + 1 for cell in before))


def read_promises(
    text: str, file: str, policy: Policy, controls: Mapping[str, Control]
) -> tuple[Coverage, list[Problem]]:
    """Read a promises.tsv. Every row comes back, with the standing that it has and not the one it claims."""
    report = Report()
    reader = _Reader(frozenset(things(policy)), frozenset(named(clause) for clause in policy.clauses), controls, report)
    seen: set[str] = set()
    promises = []
    for row in _rows(text, file, report):
        if row["id"] in seen:
            report.say("duplicate-id", f"promise `{row['id']}` stands here twice", row.at("id"))
            continue
        seen.add(row["id"])
        promises.append(reader.promise(row))
    return Coverage(policy.organisation.name, tuple(promises)), report.problems


def _rows(text: str, file: str, report: Report) -> Iterator[_Row]:
    lines = text.splitlines()
    if not lines or tuple(lines[0].split("\t")) != COLUMNS:
        message = f"the first line is not {listed(COLUMNS)}, in this order and with tabs between"
        report.say("wrong-value", message, Place(file, 1, 1))
        return
    for number, line in enumerate(lines[1:], 2):
        cells = line.split("\t")
        if line.strip() and len(cells) in (len(COLUMNS) - 1, len(COLUMNS)):
            yield _Row(file, number, tuple([*(cell.strip() for cell in cells), ""][: len(COLUMNS)]))
        elif line.strip():
            message = f"{len(cells)} columns stand here, and {len(COLUMNS)} are expected"
            report.say("wrong-value", message, Place(file, number, 1))


@dataclass(frozen=True)
class _Reader:
    declared: frozenset[str]
    clauses: frozenset[str]
    controls: Mapping[str, Control]
    report: Report

    def promise(self, row: _Row) -> Promise:
        before = len(self.report.problems)
        self._known(row, "clause", self.clauses, "clause of the notice")
        self._known(row, "carries", self.declared, "declared thing")
        claimed = self._claimed(row)
        if claimed is not Standing.NOT_YET:
            self._whole(row, claimed)
        held = len(self.report.problems) == before
        return Promise(
            id=row["id"],
            kind=row["kind"],
            clauses=row.words("clause"),
            carries=row.words("carries"),
            standing=claimed if held else Standing.NOT_YET,
            by=row.words("by"),
            place=row.at("id"),
            remark=row["remark"],
        )

    def _claimed(self, row: _Row) -> Standing:
        try:
            return Standing(row["standing"] or Standing.NOT_YET)
        except ValueError:
            hint = did_you_mean(row["standing"], list(Standing)) or f"one of {listed(Standing)}"
            self.report.say(
                "wrong-value", f"`{shown(row['standing'])}` is no standing of a promise", row.at("standing"), hint
            )
            return Standing.NOT_YET

    def _whole(self, row: _Row, claimed: Standing) -> None:
        """Whoever claims more than `not-yet` names a clause, a declared thing, and what keeps, shows or decides it."""
        for column in ("clause", "carries", "by"):
            if not row[column]:
                message = f"promise `{row['id']}` is called `{claimed}`, and its `{column}` is empty"
                self.report.say("missing-key", message, row.at(column), "fill it, or write `not-yet`")
        match claimed:
            case Standing.ENFORCED:
                self._known(row, "by", self.controls, "control")
                for name in row.words("by"):
                    if name in self.controls and not self.controls[name].tests:
                        self.report.say(
                            "wrong-value", f"control `{name}` has no test, so it keeps nothing", row.at("by")
                        )
            case Standing.PERSON:
                deciders = [name for name in self.declared if name.partition(":")[0] in DECIDERS]
                self._known(row, "by", deciders, "matter, right or role")
            case _:
                self._known(row, "by", RECORDS, "record")

    def _known(self, row: _Row, column: str, known: Iterable[str], what: str) -> None:
        names = frozenset(known)
        for name in row.words(column):
            if name not in names:
                hint = did_you_mean(name, names)
                self.report.say("unknown-reference", f"no {what} is called `{shown(name)}`", row.at(column), hint)


RECORDS = frozenset({"notice", "article-30", "recipients", "transfers", "trackers", "package"})
"""Where a statement of fact is shown: the notice, a generated record, or the copy that a person gets."""
