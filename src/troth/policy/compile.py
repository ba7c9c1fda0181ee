"""Folder in, `(Policy, [Problem])` out: all problems at once, and never an exception for a mistake of the author's.

It reads files and nothing else: no clock, no database, no network.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from troth.catalog import Catalog
from troth.model.datamap import StoreMap
from troth.model.policy import Policy
from troth.model.problem import Place, Problem
from troth.policy.checks import check_declarations
from troth.policy.folder import Folder, read_folder
from troth.policy.mapcheck import check_map
from troth.policy.nodes import Entries, read_yaml
from troth.policy.notice import read_notices, trace
from troth.policy.report import Report
from troth.policy.section import Context, Section, brought_by
from troth.policy.sections import (
    choices,
    elements,
    organisation,
    purposes,
    recipients,
    relationships,
    retention,
    rights,
    staff,
    stores,
)
from troth.policy.shapes import NOWHERE, Values

T = TypeVar("T")

SECTIONS = (
    organisation.SECTION,
    elements.SECTION,
    relationships.SECTION,
    purposes.SECTION,
    choices.SECTION,
    recipients.SECTION,
    retention.SECTION,
    rights.SECTION,
    staff.SECTION,
    stores.SECTION,
)
"""In the order in which they are built: a later one may read what an earlier one told the context."""

FILES = frozenset(section.file for section in SECTIONS if "/" not in section.file)


def compile_folder(folder: Path, catalog: Catalog) -> tuple[Policy | None, list[Problem]]:
    """Compile a policy folder.

    Returns the policy, or None where any problem is an error, and every problem found, ordered by file and line.
    """
    report = Report()
    files = read_folder(folder, FILES, report)
    if not files.hash:
        return None, report.problems
    for kind, names in brought_by(catalog).items():
        for name in names:
            report.declare(kind, name, Place("packs"))
    context = Context(catalog, report, files.texts)
    policy = _assemble(files, context)
    report.resolve()
    check_declarations(policy, context)
    for store in policy.stores.values():
        check_map(store, policy, report)
    problems = sorted(set(report.problems), key=lambda problem: (problem.place, problem.code, problem.message))
    return None if report.broken else policy, problems


def _assemble(files: Folder, context: Context) -> Policy:
    head = _one(organisation.SECTION, files, context)
    vocabulary = _one(elements.SECTION, files, context)
    return Policy(
        hash=files.hash,
        effective_from=head.effective_from,
        organisation=head.organisation,
        elements=vocabulary.elements,
        categories=vocabulary.categories,
        relationships=_one(relationships.SECTION, files, context),
        purposes=_one(purposes.SECTION, files, context),
        choices=_one(choices.SECTION, files, context),
        recipients=_one(recipients.SECTION, files, context),
        retentions=_one(retention.SECTION, files, context),
        rights=_one(rights.SECTION, files, context),
        staff=_one(staff.SECTION, files, context),
        stores=_stores(files, context),
        clauses=(clauses := read_notices(files, context)),
        spoken_of=trace(clauses, context),
    )


def _one(section: Section[T], files: Folder, context: Context) -> T:
    """Read and build a section that has one file."""
    values: Values | None = None
    if section.file in files.texts:
        values = _read(section, section.file, files, context)
    elif section.file in files.refused:
        context.report.unread.update(section.kinds)
    elif section.required:
        context.report.unread.update(section.kinds)
        context.report.say("missing-file", f"`{section.file}` is missing", Place(section.file))
    return section.build(values or NOWHERE, context)


def _stores(files: Folder, context: Context) -> Mapping[str, StoreMap]:
    found: dict[str, StoreMap] = {}
    for name in files.under("stores"):
        values = _read(stores.SECTION, name, files, context)
        if values is not None:
            store = stores.SECTION.build(values, context)
            found.setdefault(store.name, store)
    if not (files.under("stores") or any(name.startswith("stores/") for name in files.refused)):
        context.report.say("missing-file", "no store is mapped", Place("stores"), "map one in `stores/NAME.yaml`")
    return MappingProxyType(found)


def _read(section: Section[T], name: str, files: Folder, context: Context) -> Values | None:
    node = read_yaml(name, files.texts[name], context.report)
    values = section.shape.read(node, context.report) if node else None
    if not isinstance(node, Entries) or (section.required and not node.entries):
        context.report.unread.update(section.kinds)
    return values
