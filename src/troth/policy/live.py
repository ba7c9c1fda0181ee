"""A data map against a real database: pure, told the schema, never asking it.

Nothing is undeclared: a table or a column that nobody declared closes the plans that would pass it by. What would make
every request slow, or half done, is told as a warning with the statement that mends it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from troth.catalog import Catalog, Sounds
from troth.model.datamap import Claim, IdentifierColumn, StoreMap, TableMap
from troth.model.problem import Place, Problem
from troth.model.schema import Column, Schema, Table
from troth.policy.report import Report, did_you_mean, listed, shown

_FAMILIES = (
    (
        "number",
        re.compile(r"^(?:tiny|small|medium|big)?int|^integer|^(?:small|big)?serial|^numeric|^decimal", re.IGNORECASE),
    ),
    ("text", re.compile(r"char|text|clob|^citext|^enum|^name$", re.IGNORECASE)),
    ("uuid", re.compile(r"^uuid", re.IGNORECASE)),
    ("moment", re.compile(r"^date|^timestamp", re.IGNORECASE)),
)
"""Types that compare with each other. SQLite keeps dates as text or numbers, so both may be a clock there."""
_LOOSE = frozenset({"sqlite"})


def check_against_schema(store: StoreMap, schema: Schema) -> list[Problem]:
    """Everything in which a declaration and its database differ, in the order of the declaration."""
    report = Report()
    sounds = Catalog.load().sounds
    _undeclared_tables(store, schema, sounds, report)
    for name, table in store.tables.items():
        real = schema.tables.get(name)
        if real is None:
            hint = did_you_mean(name, schema.tables.keys() - store.tables.keys())
            report.say("no-such-table", f"store `{store.name}` has no table `{shown(name)}`", table.place, hint)
        elif table.personal:
            _TableCheck(store, schema, table, real, sounds, report).run()
        else:
            _whole_table_sounds_personal(table, real, sounds, report)
    return sorted(set(report.problems), key=lambda problem: (problem.place, problem.code, problem.message))


def _undeclared_tables(store: StoreMap, schema: Schema, sounds: Sounds, report: Report) -> None:
    for name in schema.tables.keys() - store.tables.keys():
        message = f"store `{store.name}` has a table `{shown(name)}` that is not declared"
        if _parts(name) & sounds.tables or any(_personal_columns(schema.tables[name], sounds)):
            message += ", and it sounds as if it held people"
        hint = did_you_mean(name, store.tables.keys() - schema.tables.keys())
        report.say("undeclared-table", message, store.place, hint)


def _whole_table_sounds_personal(table: TableMap, real: Table, sounds: Sounds, report: Report) -> None:
    for name in _personal_columns(real, sounds):
        message = f"`{table.name}` is declared not personal, and its column `{shown(name)}` sounds personal"
        report.say(
            "sounds-personal", message, table.place, "map the table, and give this column its element or a reason"
        )


@dataclass(frozen=True)
class _TableCheck:
    """One mapped table beside the real one: a method for each truth."""

    store: StoreMap
    schema: Schema
    table: TableMap
    real: Table
    sounds: Sounds
    report: Report

    def run(self) -> None:
        """All truths."""
        self._columns_declared()
        self._columns_exist()
        self._names_and_reasons()
        self._rows_told_apart()
        self._clock_is_a_date()
        self._claims_fit()
        self._rows_found_by_index()
        self._phones_as_written()
        self._in_transactions()

    @property
    def _claims(self) -> tuple[Claim, ...]:
        return (*self.table.claims, *((self.table.shared,) if self.table.shared else ()))

    @property
    def _declared(self) -> set[str]:
        return set(self.table.columns) | {identifier.column for identifier in self.table.identifiers}

    def _columns_declared(self) -> None:
        """No column is passed over in silence."""
        for name in self.real.columns.keys() - self._declared:
            message = f"`{self.table.name}` has a column `{shown(name)}` that is not declared"
            if _sounds(name, self.sounds):
                message += ", and it sounds personal"
            self.report.say("undeclared-column", message, self.table.place)

    def _columns_exist(self) -> None:
        """Every column that the map names anywhere exists."""
        table, real = self.table, self.real
        named = [(column.column, column.place) for column in table.columns.values()]
        named += [(identifier.column, identifier.place) for identifier in table.identifiers]
        named += [(column, claim.place) for claim in self._claims for column, _ in claim.when]
        named += [(column, table.place) for column, _ in table.retain_when]
        named += [(table.clock, table.place)] if table.clock else []
        for name, place in dict(reversed(named)).items():  # of several places, the first
            if name not in real.columns:
                hint = did_you_mean(name, real.columns.keys() - self._declared) or f"it has {listed(real.columns, 20)}"
                self.report.say("no-such-column", f"`{table.name}` has no column `{shown(name)}`", place, hint)

    def _names_and_reasons(self) -> None:
        """A column declared not personal whose name says otherwise has its author's reason."""
        keys = {column for claim in self._claims for column in claim.columns} | set(self.table.key)
        for name, column in self.table.columns.items():
            explained = column.element or column.not_personal_because or name in keys or name not in self.real.columns
            if not explained and _sounds(name, self.sounds):
                message = f"`{self.table.name}.{name}` is declared not personal, and sounds personal"
                self.report.say("sounds-personal", message, column.place)

    def _rows_told_apart(self) -> None:
        """By a primary key, or by declared columns."""
        if self.real.primary_key or self.table.key:
            return
        unique = next(iter(self.real.unique), ())
        hint = f"name `key: [{', '.join(unique)}]`, which is unique" if unique else ""
        message = f"`{self.table.name}` has no primary key, and no `key:` is declared"
        self.report.say("no-key", message, self.table.place, hint)

    def _clock_is_a_date(self) -> None:
        column = self.real.columns.get(self.table.clock)
        if column and self.schema.engine not in _LOOSE and _family(column) != "moment":
            message = f"`{self.table.name}.{column.name}` is of type `{shown(column.type)}`"
            self.report.say("clock-not-a-date", message, self.table.place)

    def _claims_fit(self) -> None:
        """A claim has as many columns as the key it points at, of types that compare."""
        for claim in self._claims:
            owner, declared = self.schema.tables.get(claim.parent), self.store.tables.get(claim.parent)
            if owner is None or declared is None:
                continue
            wanted = claim.parent_columns or declared.key or owner.primary_key
            if not wanted:
                continue  # an owner without a key is a problem of its own
            if len(wanted) == len(claim.columns):
                for column, target in zip(claim.columns, wanted, strict=True):
                    self._compares(claim.place, column, owner, target)
            else:
                message = f"{_written(self.table.name, claim.columns)} points at {_written(claim.parent, wanted)}"
                self.report.say("claim-arity", message, claim.place)

    def _compares(self, place: Place, column: str, owner: Table, target: str) -> None:
        here, there = self.real.columns.get(column), owner.columns.get(target)
        if there is None:
            hint = did_you_mean(target, owner.columns)
            self.report.say("no-such-column", f"`{owner.name}` has no column `{shown(target)}`", place, hint)
        elif here and _family(here) != _family(there):
            ours, theirs = f"`{self.table.name}.{column}`", f"`{owner.name}.{target}`"
            message = f"{ours} is of type `{shown(here.type)}`, and {theirs} of type `{shown(there.type)}`"
            self.report.say("claim-types-differ", message, place)

    def _rows_found_by_index(self) -> None:
        """Rows are found through identifiers and claims, and what refers to a deleted row through its key: by index."""
        nothing: frozenset[str] = frozenset()
        searched: list[tuple[tuple[str, ...], frozenset[str], Place]] = []
        searched += [((self._compared(column),), nothing, column.place) for column in self.table.identifiers]
        searched += [(claim.columns, frozenset(dict(claim.when)), claim.place) for claim in self._claims]
        claimed = {columns for columns, _, _ in searched}
        keys = [key for key in self.real.foreign_keys if key.columns not in claimed and self._holds_people(key.parent)]
        searched += [(key.columns, nothing, self._place_of(key.columns[0])) for key in keys]
        for columns, conditions, place in searched:
            there = {c.removeprefix("lower(").removesuffix(")") for c in columns} <= self.real.columns.keys()
            if there and not _indexed(columns, conditions, self.real):
                name = re.sub(r"\W+", "_", "_".join([self.table.name, *columns])).strip("_")[:60]
                statement = f"CREATE INDEX {name} ON {self.table.name} ({', '.join(columns)})"
                self.report.say("missing-index", f"{_written(self.table.name, columns)} has no index", place, statement)

    def _phones_as_written(self) -> None:
        """A number is looked for in the usual spellings with its country; what else may stand there is not found."""
        for column in self.table.identifiers:
            if column.kind == "phone" and column.column in self.real.columns:
                where = f"`{self.table.name}.{column.column}`"
                message = f"in {where} a number without its country, or grouped in an unusual way, is not looked for"
                self.report.say("phone-as-written", message, column.place)

    def _compared(self, identifier: IdentifierColumn) -> str:
        """What an index has to hold: an address is looked for whatever its capitals, if the engine tells them apart."""
        plain = identifier.kind != "email" or self.schema.engine != "postgresql"
        return identifier.column if plain or self.real.says_lower(identifier.column) else f"lower({identifier.column})"

    def _holds_people(self, table: str) -> bool:
        declared = self.store.tables.get(table)
        return declared is None or declared.personal

    def _place_of(self, column: str) -> Place:
        declared = self.table.columns.get(column)
        return declared.place if declared else self.table.place

    def _in_transactions(self) -> None:
        if not self.real.transactional:
            hint = f"ALTER TABLE {self.table.name} ENGINE=InnoDB" if self.schema.engine == "mariadb" else ""
            message = f"`{self.table.name}` takes part in no transaction"
            self.report.say("no-transactions", message, self.table.place, hint)


def _indexed(columns: tuple[str, ...], conditions: frozenset[str], real: Table) -> bool:
    """An index helps when its leading columns are the ones searched for; a `when` column may stand for one."""
    every = (real.primary_key, *real.unique, *real.indexes)
    leading = [index[: len(columns)] for index in every if len(index) >= len(columns)]
    return any(index[0] in columns and set(index) <= set(columns) | conditions for index in leading)


def _personal_columns(real: Table, sounds: Sounds) -> Iterator[str]:
    return (name for name in real.columns if _sounds(name, sounds))


def _sounds(name: str, sounds: Sounds) -> bool:
    return bool(_parts(name) & sounds.columns) or any(phrase in name.lower() for phrase in sounds.phrases)


def _parts(name: str) -> set[str]:
    """`customerEmail_1` -> customer, email; plurals lose their `s`."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)
    lowered = {word.lower() for word in words}
    return lowered | {word.removesuffix("s") for word in lowered}


def _family(column: Column) -> str:
    return next((family for family, pattern in _FAMILIES if pattern.search(column.type)), column.type.lower())


def _written(table: str, columns: Iterable[str]) -> str:
    return f"`{table}({', '.join(columns)})`"
