"""What must hold inside a data map, before any database is asked: claims, ties, clocks, purposes of the rows."""

from itertools import combinations

from troth.model.datamap import Claim, ColumnMap, StoreMap, TableMap
from troth.model.policy import Policy
from troth.policy.report import Report, did_you_mean, listed, shown


def check_map(store: StoreMap, policy: Policy, report: Report) -> None:
    """Report every contradiction inside one store's map."""
    shared = shared_tables(store)
    for table in store.tables.values():
        if not table.personal:
            continue
        if not store.ours:  # Troth knows whose its own rows are
            _is_found_somehow(table, shared, report)
        _points_at_people(store, table, report)
        _claims_apart(store, table, shared, report)
        _whose_is_claimed(table, shared, report)
        _retention_has_a_clock(store, table, report)
        _rows_have_a_purpose(table, policy, report)


def shared_tables(store: StoreMap) -> frozenset[str]:
    """The targets of ties."""
    return frozenset(table.shared.parent for table in store.tables.values() if table.shared)


def leads_to_shared(store: StoreMap, name: str, shared: frozenset[str]) -> bool:
    """Whether rows of a table hang under a shared row and are nobody's alone."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        here = waiting.pop()
        table = store.tables.get(here)
        if here in shared:
            continue
        if here in seen or table is None or table.identifiers or table.shared or not table.claims:
            return False
        seen.add(here)
        waiting.extend(claim.parent for claim in table.claims)
    return True


def _is_found_somehow(table: TableMap, shared: frozenset[str], report: Report) -> None:
    """A personal table has an identifier, an owner or a tie, or is the shared row itself."""
    if not (table.identifiers or table.claims or table.shared or table.name in shared):
        report.say("nobodys-rows", f"nothing says whose the rows of `{table.name}` are", table.place)


def _points_at_people(store: StoreMap, table: TableMap, report: Report) -> None:
    """Owners, shared tables and histories are mapped, personal tables of the same store."""
    pointing = [(claim.parent, claim) for claim in (*table.claims, *((table.shared,) if table.shared else ()))]
    for parent, claim in pointing:
        _same_store(store, parent, claim, report)
    history = table.trigger_history
    if history and history not in store.tables:
        report.say(
            "unknown-reference",
            f"no table is called `{shown(history)}`",
            table.place,
            did_you_mean(history, store.tables),
        )


def _same_store(store: StoreMap, parent: str, claim: Claim, report: Report) -> None:
    owner = store.tables.get(parent)
    if owner is None:
        hint = did_you_mean(parent, store.tables) or f"this store has {listed(store.tables)}"
        report.say("unknown-reference", f"no table of this store is called `{shown(parent)}`", claim.place, hint)
        return
    if not owner.personal:
        report.say("claim-on-nobody", f"`{parent}` is declared not personal", claim.place)
        return
    wanted = claim.parent_columns or owner.key
    if wanted and len(wanted) != len(claim.columns):
        message = f"{len(claim.columns)} columns point at {len(wanted)} of `{parent}`"
        report.say("claim-arity", message, claim.place)


def _claims_apart(store: StoreMap, table: TableMap, shared: frozenset[str], report: Report) -> None:
    """At most one claim of one's own, and one on a shared row, hold at once. A shared row may have many holders."""
    if table.name in shared:
        return
    for one, other in combinations(table.claims, 2):
        alike = leads_to_shared(store, one.parent, shared) == leads_to_shared(store, other.parent, shared)
        if alike and _can_meet(one, other):
            message = f"the claims on `{one.parent}` and on `{other.parent}` can hold for the same row"
            report.say("overlapping-claims", message, other.place)


def _can_meet(one: Claim, other: Claim) -> bool:
    wanted = dict(one.when)
    return not any(column in wanted and wanted[column] != value for column, value in other.when)


def _whose_is_claimed(table: TableMap, shared: frozenset[str], report: Report) -> None:
    """`whose` names the owner table of a claim, on a shared table."""
    owners = {claim.parent for claim in table.claims}
    for column in table.columns.values():
        if column.whose and (column.whose not in owners or table.name not in shared):
            hint = did_you_mean(column.whose, owners) if table.name in shared else f"`{table.name}` is no shared table"
            message = f"`{column.column}` is about the holder of a claim on `{shown(column.whose)}`, which is not made"
            report.say("whose-without-claim", message, column.place, hint)


def _retention_has_a_clock(store: StoreMap, table: TableMap, report: Report) -> None:
    """A retained table names the date from which the period runs, or hangs under one with the same rule that does."""
    owners = (store.tables.get(claim.parent) for claim in table.claims)
    inherited = any(owner and owner.retain == table.retain and owner.clock for owner in owners)
    if table.retain and not table.clock and not inherited:
        report.say("retain-without-clock", f"`{table.name}` is kept by `{table.retain}`, from no date", table.place)


def _rows_have_a_purpose(table: TableMap, policy: Policy, report: Report) -> None:
    """Rows are held for a purpose, and each element in them is used by one of the table's purposes."""
    if not table.purposes:
        report.say("table-without-purpose", f"`{table.name}` names no purpose", table.place)
        return
    used = frozenset[str]().union(*(policy.purposes[name].uses for name in table.purposes if name in policy.purposes))
    reported: set[str] = set()
    for column in table.columns.values():
        if _unused(column, policy, used) and column.element not in reported:
            reported.add(column.element)
            message = f"no purpose of `{table.name}` uses `{column.element}`"
            report.say("element-without-purpose", message, column.place)


def _unused(column: ColumnMap, policy: Policy, used: frozenset[str]) -> bool:
    return column.element in policy.elements and column.element not in used
