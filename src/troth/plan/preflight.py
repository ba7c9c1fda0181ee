"""What the database would refuse, or do by itself, found and said before the first statement. Reads declarations only.

A cascade or trigger that reaches rows the plan does not name is an error here, so that nothing runs; so is a mask that
a constraint will not take. A CHECK is code: unless NULL passes it for sure, only its author can judge a mask.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from troth.model.datamap import StoreMap, TableMap
from troth.model.plan import Assign, Effect, Verb
from troth.model.problem import Place, Problem, Severity
from troth.model.schema import Check, ForeignKey, Schema, Table

CHANGES = {Verb.DELETE, Verb.MASK, Verb.DETACH, Verb.AMEND}
LEAST_TOKEN = 8
"""A store shortens a token to fit its column, down to this many characters; fewer no longer tell rows apart."""
_CALL = re.compile(r"(\w+)\s*\(")
_PASSES_NULL = {
    "and",
    "or",
    "not",
    "in",
    "any",
    "like",
    "check",
    "length",
    "char_length",
    "lower",
    "upper",
    "trim",
    "btrim",
}
_TELLS_NULL = re.compile(r"\b(is|case|coalesce|ifnull|nvl|nullif)\b|<=>", re.IGNORECASE)


def preflight(effects: Sequence[Effect], schema: Schema, store_map: StoreMap) -> tuple[Problem, ...]:
    """Problems of carrying these lines out on this store, worst first. A store that describes no tables has none.

    What the data map and the schema disagree about (undeclared, no key, no index) is the policy's check.
    """
    if not schema.tables:
        return ()
    flight = _Flight(tuple(e for e in effects if e.store == store_map.name), schema, store_map)
    found = dict.fromkeys(problem for check in CHECKS for problem in check(flight))
    return tuple(sorted(found, key=lambda p: p.severity is not Severity.ERROR))


@dataclass(frozen=True)
class _Flight:
    """The lines of one store, with what is declared and what is there."""

    effects: tuple[Effect, ...]
    schema: Schema
    store: StoreMap

    def changing(self) -> Iterator[tuple[Effect, Table, TableMap]]:
        """Lines that change rows, with the table as it is and as it is declared."""
        for effect in self.effects:
            shape, declared = self.schema.tables.get(effect.table), self.store.tables.get(effect.table)
            if effect.verb in CHANGES and shape and declared:
                yield effect, shape, declared

    def name(self, table: str, column: str = "") -> str:
        """How a problem names a place in the store."""
        return f"`{self.store.name}.{table}{'.' + column if column else ''}`"

    def place(self, table: str, column: str = "") -> Place:
        """The line of the policy that speaks of it."""
        declared = self.store.tables.get(table)
        if declared is None:
            return self.store.place
        return declared.columns[column].place if column in declared.columns else declared.place


# --- Masks ------------------------------------------------------------------------------------------------------------


def _mask_problems(flight: _Flight) -> Iterator[Problem]:
    for effect, shape, declared in flight.changing():
        for assign in (*effect.assigns, *effect.otherwise):
            place = flight.place(effect.table, assign.column)
            where = flight.name(effect.table, assign.column)
            yield from _null_problem(shape, assign, where, place)
            yield from _length_problem(shape, assign, where, place)
            yield from _unique_problem(shape, assign, where, place)
            if _in_a_key(flight, effect, shape, assign.column):
                message = f"{where} belongs to a key that other rows use"
                yield Problem("key-mask", message, place, "declare no mask for it")
            column = declared.columns.get(assign.column)
            if column is not None and column.mask_declared:
                continue  # its author answers, and the database is asked about the very rows (`mask-refused`)
            for check in shape.checks:
                if _mentions(check, assign.column) and not (assign.value is None and _null_passes(check)):
                    yield _check_problem(check, where, place)


def _null_problem(shape: Table, assign: Assign, where: str, place: Place) -> Iterator[Problem]:
    real = shape.columns.get(assign.column)
    if real is not None and assign.value is None and not real.nullable:
        hint = f"declare a mask for it, of type {real.type}; `{{token}}` in a text becomes unique for each row"
        yield Problem("not-null-mask", f"{where} may not be NULL, and no other mask is declared", place, hint)


def _length_problem(shape: Table, assign: Assign, where: str, place: Place) -> Iterator[Problem]:
    real = shape.columns.get(assign.column)
    size = len((assign.value or "").replace("{token}", "x" * LEAST_TOKEN))
    if real is not None and real.length is not None and size > real.length:
        message = f"the mask of {where} has {size} characters, the column takes {real.length}"
        yield Problem("mask-too-long", message, place, f"shorten it; `{{token}}` counts {LEAST_TOKEN}")


def _unique_problem(shape: Table, assign: Assign, where: str, place: Place) -> Iterator[Problem]:
    unique = any(assign.column in columns for columns in shape.unique)
    if unique and assign.value is not None and "{token}" not in assign.value:
        message = f"{where} is unique, and its mask is the same for every row"
        yield Problem("unique-mask", message, place, "put `{token}` into the mask")


def _in_a_key(flight: _Flight, effect: Effect, shape: Table, column: str) -> bool:
    """Whether a column is part of the key, or is referred to by rows that stay."""
    staying = {e.table for e in flight.effects if e.verb is not Verb.DELETE} - {effect.table}
    referred = any(
        column in key.parent_columns and child in staying for child, key in flight.schema.children_of(effect.table)
    )
    return column in shape.primary_key or column in effect.key_columns or referred


def _check_problem(check: Check, where: str, place: Place) -> Problem:
    message = f"{where}: CHECK `{check.name}` speaks about it, and no mask is declared"
    return Problem("check-mask", message, place, f"declare a mask that satisfies: {check.expression}")


def _mentions(check: Check, column: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(column)}(?!\w)", check.expression, re.IGNORECASE) is not None


def _null_passes(check: Check) -> bool:
    """Whether NULL in a column makes the whole condition unknown, which every engine lets pass."""
    calls = {name.lower() for name in _CALL.findall(check.expression)}
    return not _TELLS_NULL.search(check.expression) and calls <= _PASSES_NULL


def _kept_keys(flight: _Flight) -> Iterator[Problem]:
    for effect, shape, declared in flight.changing():
        if effect.verb is not Verb.MASK or effect.exception is None:
            continue
        identifiers = {identifier.column for identifier in declared.identifiers}
        for column in shape.primary_key:
            found = declared.columns.get(column)
            if column in identifiers or (found and found.element):
                yield Problem(
                    "key-stays",
                    f"{flight.name(effect.table, column)} is part of a key and stays on rows kept as empty shells",
                    flight.place(effect.table, column),
                    "tell the person, or give the table a key without meaning",
                    severity=Severity.WARNING,
                )


# --- What the database would do by itself -----------------------------------------------------------------------------


def _cascades(flight: _Flight) -> Iterator[Problem]:
    for effect, _, _ in flight.changing():
        if effect.verb is not Verb.DELETE:
            continue
        for child, key in flight.schema.children_of(effect.table):
            if key.on_delete in {"cascade", "set null", "set default"} and not _named(flight, child, key):
                yield Problem(
                    "cascade-reaches",
                    f"deleting from {flight.name(effect.table)} would {_does(key)} rows of {flight.name(child)} "
                    "that the plan does not name",
                    flight.place(child),
                    f"declare in `{child}` whose its rows are through `{', '.join(key.columns)}`, "
                    "or change the key to ON DELETE NO ACTION",
                )


def _named(flight: _Flight, child: str, key: ForeignKey) -> bool:
    """Whether every row that the cascade reaches is in the plan, or holds nothing about people and only lets go."""
    declared = flight.store.tables.get(child)
    if declared is None:
        return False
    if not declared.personal:
        return key.on_delete == "set null"
    ways = [*declared.claims, *([declared.shared] if declared.shared else [])]
    return any(way.parent == key.parent and set(way.columns) == set(key.columns) and not way.when for way in ways)


def _does(key: ForeignKey) -> str:
    return "delete" if key.on_delete == "cascade" else "change"


def _triggers(flight: _Flight) -> Iterator[Problem]:
    for effect, shape, declared in flight.changing():
        events = {"delete" if effect.verb is Verb.DELETE else "update"} | ({"update"} if effect.otherwise else set())
        for trigger in shape.triggers:
            if not any(event in trigger.event.lower() for event in events):
                continue
            strange = (
                None if trigger.writes is None else set(trigger.writes) - {declared.trigger_history, declared.name}
            )
            if strange is None or strange:
                wrote = (
                    "tables that could not be read" if strange is None else ", ".join(f"`{t}`" for t in sorted(strange))
                )
                yield Problem(
                    "trigger-reaches",
                    f"trigger `{trigger.name}` of {flight.name(effect.table)} would run and write to {wrote}",
                    declared.place,
                    f"declare `trigger_history` on `{declared.name}` when it keeps old values, else change the trigger",
                )


CHECKS: tuple[Callable[[_Flight], Iterator[Problem]], ...] = (
    _mask_problems,
    _cascades,
    _triggers,
    _kept_keys,
)
"""Everything that is looked at, in the order in which it is told."""
