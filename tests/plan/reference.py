"""A slow, obvious database: rows in dictionaries, every key checked after every statement. It knows no planner."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from troth.model.plan import Assign, Effect, Verb
from troth.model.schema import ForeignKey, Schema
from troth.model.sight import Key

Row = dict[str, object]


class KeyBrokenError(Exception):
    """A key or a NOT NULL was broken."""


@dataclass
class Database:
    """Tables with a key column `id`. `others` says on how many other people's hands a row is, by its shared root."""

    schema: Schema
    tables: dict[str, dict[Key, Row]]
    others: dict[tuple[str, Key], int] = field(default_factory=dict)

    def run(self, effects: Sequence[Effect]) -> None:
        """All lines in their order, then the check at commit."""
        for effect in effects:
            if effect.verb in {Verb.DELETE, Verb.MASK, Verb.DETACH}:
                self._statement(effect)
                self.check(at_commit=False)
        self.check(at_commit=True)

    def _statement(self, effect: Effect) -> None:
        for key in effect.rows:
            stays = bool(effect.shared) and self.others.get((effect.table, key), 0) > 0
            if stays:
                self._write(effect.table, key, effect.otherwise)
            elif effect.verb is Verb.DELETE:
                del self.tables[effect.table][key]
                if self.schema.engine == "mariadb":
                    self.check(at_commit=False)
            else:
                self._write(effect.table, key, effect.assigns)

    def _write(self, table: str, key: Key, assigns: Sequence[Assign]) -> None:
        for assign in assigns:
            if assign.value is None and not self.schema.tables[table].columns[assign.column].nullable:
                raise KeyBrokenError(f"{table}.{assign.column} may not be NULL")
            self.tables[table][key][assign.column] = assign.value

    def check(self, *, at_commit: bool) -> None:
        """Every pointer leads to a row. A deferrable key is checked at commit alone."""
        for child in self.schema.tables.values():
            for key in child.foreign_keys:
                if at_commit or not key.deferrable:
                    self._check_key(child.name, key)

    def _check_key(self, child: str, key: ForeignKey) -> None:
        present = {tuple(row[c] for c in key.parent_columns) for row in self.tables[key.parent].values()}
        for row in self.tables[child].values():
            pointer = tuple(row[c] for c in key.columns)
            if None not in pointer and pointer not in present:
                raise KeyBrokenError(f"{child}.{key.columns} points at nothing")
