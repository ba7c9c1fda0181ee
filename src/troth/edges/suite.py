"""An organisation's own cases: files beside the policy, put to the gate or planned with no installation and no server.

A case with a `request` is planned over rows that it brings, in a file of its own that is gone afterwards.

A case that names somebody or something the policy does not declare is wrong, and not merely failed: otherwise a
misspelt choice would make a case weaker without a word.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from troth import wire
from troth.catalog import Catalog
from troth.desk.gather import look_around
from troth.gate.cases import Case, check, read_case
from troth.model.case import Case as Filed
from troth.model.case import CaseState
from troth.model.person import Identifier
from troth.model.personal import Personal
from troth.model.policy import Policy
from troth.model.problem import InputError
from troth.plan import access, erasure
from troth.plan.cases import PlanCase, differences, read_plan_case
from troth.policy import Unreadable, normal_form
from troth.policy.report import did_you_mean
from troth.show.tried import Tried

CASES = "cases"


def beside(policy: Path) -> Path:
    """Where the cases of a policy folder stand unless somebody says otherwise: in `cases`, beside it."""
    return policy.resolve().parent / CASES


def try_cases(where: Path, policy: Policy, catalog: Catalog) -> list[Tried]:
    """Put every case of a file, or of the `*.yaml` files of a folder, to the gate.

    Raises InputError where there is no case at all: a check that looks at nothing must not pass.
    """
    files = sorted(where.glob("*.yaml")) if where.is_dir() else [where] if where.is_file() else []
    found = [each for file in files for each in _file(file, policy, catalog)]
    if not found:
        raise InputError("no-cases", f"`{where}` holds no case", "write cases there, or name the place: `--cases`")
    return _with_names_of_their_own(found)


def _file(file: Path, policy: Policy, catalog: Catalog) -> list[Tried]:
    try:
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{file.name}:{mark.line + 1}" if mark else file.name
        return [
            Tried(place, "", code="broken-yaml", says="this is not YAML", remedy=str(getattr(error, "problem", "")))
        ]
    if not isinstance(raw, list):
        says = "a list of cases is expected here"
        return [Tried(file.name, "", code="case-form", says=says, remedy="begin each with `- case: …`")]
    return [_try(file.name, each, policy, catalog) for each in raw]


def _try(file: str, raw: Any, policy: Policy, catalog: Catalog) -> Tried:
    name = str(raw.get("case", "")) if isinstance(raw, dict) else ""
    try:
        if isinstance(raw, dict) and "request" in raw:
            return Tried(file, name, _planned(raw, policy, catalog))
        case = _read(raw)
        _declared(case.person, policy)
        differs = check(case, (policy,), lambda code: catalog.cite(policy.organisation.regimes, code))
    except InputError as error:
        return Tried(file, name, code=error.code, says=error.message, remedy=error.remedy)
    return Tried(file, name, differs)


def _planned(raw: Mapping[str, Any], policy: Policy, catalog: Catalog) -> tuple[str, ...]:
    """How the plan over the rows of a case differs from the lines that it expects. Raises InputError."""
    case = read_plan_case(raw)
    _mapped(case, policy)
    regimes = policy.organisation.regimes
    asked = [_identifier(kind, text, policy.organisation.country) for kind, text in case.person.items()]
    with TemporaryDirectory() as folder:
        stores = {name: wire.trial_store(policy.stores[name], rows, Path(folder)) for name, rows in case.rows.items()}
        try:
            schemas = {name: store.describe() for name, store in stores.items()}
            sights = look_around(policy.stores, stores, asked).sights
        finally:
            for store in stores.values():
                store.close()
    about = Filed("case", case.request, "person", CaseState.OPEN, case.at, case.at.date(), case.at.date())
    world = (policy, about, "person", sights, schemas, case.at, lambda code: catalog.cite(regimes, code))
    plan = access(*world) if case.request == "access" else erasure(*world, ground=case.ground)
    return differences(case, plan)


def _mapped(case: PlanCase, policy: Policy) -> None:
    """Whatever the rows name is mapped: rows of nowhere would make a case weaker without a word."""
    for store, tables in case.rows.items():
        if store not in policy.stores or policy.stores[store].ours:
            hint = did_you_mean(store, policy.stores) or "a store of the policy that is not Troth's own"
            raise InputError("case-undeclared", f"no store `{store}` is declared", hint)
        known = {name for name, table in policy.stores[store].tables.items() if table.personal}
        for table in tables:
            if table not in known:
                hint = did_you_mean(table, known) or f"mapped are: {', '.join(sorted(known))}"
                raise InputError("case-undeclared", f"`{store}` maps no rows of people in `{table}`", hint)


def _identifier(kind: str, text: str, region: str) -> Identifier:
    try:
        return Identifier(kind, Personal(normal_form(kind, text, region)), proven=True, origin="request")
    except Unreadable as error:
        raise InputError("case-form", f"the `{kind}` of the person cannot be read", "write it out in full") from error


def _read(raw: Any) -> Case:
    if not isinstance(raw, dict) or not isinstance(raw.get("person") or {}, dict):
        raise InputError("case-form", "a case is a mapping, and so is its `person`", "begin each with `- case: …`")
    case = read_case(raw)
    if not isinstance(case.expected["answer"], bool):
        raise InputError("case-form", f"the answer of case `{case.name}` is neither `yes` nor `no`", "say one of them")
    _lists(raw, ("fields", "because", "released", "duties"), case.name)
    _lists(case.person, ("is", "objected-to", "restricted"), case.name)
    said = case.person.get("said", {})
    if not isinstance(said, dict):
        raise InputError("case-form", f"`said` in case `{case.name}` is not a mapping", "say `said: {CHOICE: yes}`")
    return case


def _lists(raw: Mapping[str, Any], keys: Iterable[str], name: str) -> None:
    for key in keys:
        if key in raw and not isinstance(raw[key], list):
            raise InputError("case-form", f"`{key}` in case `{name}` is not a list", f"say `{key}: [{raw[key]}]`")


def _declared(person: Mapping[str, Any], policy: Policy) -> None:
    """Whatever is told about the person exists. What is asked for need not: that it is closed may be the point."""
    objected = {str(words).removesuffix(" overruled").partition(" by ")[0] for words in person.get("objected-to", ())}
    for kind, told, known in (
        ("relationship", person.get("is", ()), policy.relationships),
        ("choice", person.get("said", ()), policy.choices),
        ("purpose", objected - {"marketing", "everything"}, policy.purposes),
        ("event", person.get("happened", ()), policy.events),
        ("matter", person.get("open-cases", ()), policy.matters),
        ("relationship", (*person.get("since", ()), *person.get("known-with", ())), policy.relationships),
    ):
        for word in told:
            if word not in known:
                hint = did_you_mean(str(word), known) or "`troth explain` shows what is declared"
                raise InputError("case-undeclared", f"no {kind} `{word}` is declared", hint)


def _with_names_of_their_own(found: list[Tried]) -> list[Tried]:
    """Two cases of one name are a mistake: a failed one could not be found."""
    seen: set[tuple[str, str]] = set()
    named: list[Tried] = []
    for each in found:
        twice = (each.file, each.case) in seen and bool(each.case)
        seen.add((each.file, each.case))
        says = f"two cases are called `{each.case}`"
        named.append(Tried(each.file, each.case, code="case-twice", says=says, remedy="rename one") if twice else each)
    return named
