"""Cases of plans as data: rows of a few tables, a request, and the lines that must come.

    - case: An erasure takes the letters and leaves the neighbour's
      request: erasure
      person: {email: ada@example.org}
      rows:
        letters:
          conversation:
            - {conversation_id: 1, email: ada@example.org, writer_name: Ada}
            - {conversation_id: 2, email: bo@example.org, writer_name: Bo}
      plan:
        - delete letters.conversation 1 (unlawful)

Only what a case says is read here; whoever tries it makes the stores. Nothing here opens or prints.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from troth.model.plan import Effect, Plan, Verb
from troth.model.problem import InputError, Severity
from troth.model.sight import Scalar

MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
"""When a plan is made for a case that names no `when`."""
REQUESTS = ("access", "erasure")
KEYS = ("case", "request", "ground", "when", "person", "rows", "plan", "waiting", "errors")

Rows = Mapping[str, Mapping[str, Sequence[Mapping[str, Scalar]]]]
"""Store -> table -> rows."""


@dataclass(frozen=True)
class PlanCase:
    """One written example of a plan."""

    name: str
    request: str
    ground: str
    at: datetime
    person: Mapping[str, str]
    """Kind of identifier -> value, as the person gave it and proved it."""
    rows: Rows
    plan: tuple[str, ...]
    waiting: tuple[str, ...]
    errors: tuple[str, ...]


def read_plan_case(raw: Mapping[str, Any]) -> PlanCase:
    """Read one case from plain values. Raises InputError `case-unknown-word`, `case-incomplete`, `case-form`."""
    name = str(raw.get("case", ""))
    for key in raw:
        if key not in KEYS:
            raise InputError("case-unknown-word", f"`{key}` is not known in `{name}`", f"one of: {', '.join(KEYS)}")
    for key in ("case", "person", "rows", "plan"):
        if key not in raw:
            raise InputError("case-incomplete", f"case `{name}` has no `{key}`", f"say `{key}:` in the case")
    if raw["request"] not in REQUESTS:
        known = ", ".join(REQUESTS)
        raise InputError("case-form", f"`{raw['request']}` is no request that is planned", f"one of: {known}")
    return PlanCase(
        name=name,
        request=raw["request"],
        ground=str(raw.get("ground", "")),
        at=_moment(raw.get("when", MOMENT), name),
        person={kind: str(value) for kind, value in _mapping(raw["person"], "person", name).items()},
        rows={store: _tables(tables, name) for store, tables in _mapping(raw["rows"], "rows", name).items()},
        plan=_texts(raw, "plan", name),
        waiting=_texts(raw, "waiting", name),
        errors=_texts(raw, "errors", name),
    )


def differences(case: PlanCase, plan: Plan) -> tuple[str, ...]:
    """How a plan differs from what the case expects; empty: it does not. An error nobody expects is a difference."""
    errors = sorted({problem.code for problem in plan.findings if problem.severity is Severity.ERROR})
    waiting = [f"{w.store}.{w.table} {_keys(w.rows)} by {w.by}" for w in plan.waiting]
    told = (("plan", case.plan, lines(plan)), ("waiting", case.waiting, waiting), ("errors", case.errors, errors))
    return tuple(words for what, wanted, got in told for words in _differs(what, wanted, got))


def lines(plan: Plan) -> list[str]:
    """A plan as cases write it: `delete letters.conversation 1 (unlawful)`, one line for each effect."""
    return [line(effect) for effect in plan.effects]


def line(effect: Effect) -> str:
    """Verb, place, keys, columns read or written, condition, the ground in round brackets, the exception in square."""
    if effect.verb is Verb.TELL:
        parts = ["tell", effect.recipient]
    else:
        written = effect.columns if effect.verb is Verb.READ else tuple(assign.column for assign in effect.assigns)
        ground = "" if effect.verb is Verb.READ else f"({effect.ground.code})"
        parts = [effect.verb.value, f"{effect.store}.{effect.table}", _keys(effect.rows), ",".join(written)]
        parts += [f"if last on {effect.shared}"] if effect.shared else []
        parts += [f"else {','.join(assign.column for assign in effect.otherwise)}"] if effect.otherwise else []
        parts.append(ground)
    return " ".join(filter(None, [*parts, f"[{effect.exception.code}]" if effect.exception else ""]))


def _differs(what: str, wanted: Sequence[str], got: Sequence[str]) -> list[str]:
    """Each line that is missing, and each that is too many; the same one counts as often as it stands there."""
    missing, spare = Counter(wanted) - Counter(got), Counter(got) - Counter(wanted)
    return [
        *(f"{what}: expected, and not there: {each}" for each in missing.elements()),
        *(f"{what}: there, and not expected: {each}" for each in spare.elements()),
    ]


def _keys(rows: Sequence[Sequence[Scalar]]) -> str:
    return " ".join("/".join(str(part) for part in key) for key in rows)


def _mapping(value: Any, key: str, case: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not value:
        raise InputError("case-form", f"`{key}` in case `{case}` is not a mapping", f"say `{key}: {{…}}`")
    return value


def _tables(tables: Any, case: str) -> Mapping[str, Sequence[Mapping[str, Scalar]]]:
    found = _mapping(tables, "rows", case)
    for table, rows in found.items():
        if not isinstance(rows, list) or not rows or not all(isinstance(each, dict) and each for each in rows):
            says = f"the rows of `{table}` in case `{case}` are no list"
            raise InputError("case-form", says, "begin each with `- {…}`")
    return {table: [{str(k): _plain(v) for k, v in row.items()} for row in rows] for table, rows in found.items()}


def _plain(value: Any) -> Scalar:
    """Days as texts, which every engine compares; a yes and a no as numbers."""
    if isinstance(value, date):
        return value.isoformat()
    return int(value) if isinstance(value, bool) else value


def _texts(raw: Mapping[str, Any], key: str, case: str) -> tuple[str, ...]:
    found = raw.get(key) or ()
    if not isinstance(found, list | tuple) or not all(isinstance(each, str) for each in found):
        raise InputError("case-form", f"`{key}` in case `{case}` is not a list of lines", "begin each with `- `")
    return tuple(" ".join(each.split()) for each in found)


def _moment(value: Any, case: str) -> datetime:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(12), UTC)
    raise InputError("case-form", f"`when` in case `{case}` is no day", "write it as 2026-01-31")
