"""Folder in, `(Policy, [Problem])` out: all problems at once, and never an exception for a mistake of the author's.

It reads files and nothing else: no clock, no database, no network.
"""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from troth.catalog import Catalog
from troth.model.datamap import StoreMap
from troth.model.policy import Policy
from troth.model.problem import InputError, Place, Problem
from troth.policy.assessments import read_assessments
from troth.policy.check import check
from troth.policy.folder import Folder, is_text_of, read_folder
from troth.policy.law import laws_for
from troth.policy.nodes import Entries, read_yaml
from troth.policy.notice import declare_notices, read_notices, trace
from troth.policy.report import Report
from troth.policy.section import Context, Section, brought_by
from troth.policy.sections import (
    activities,
    changes,
    choices,
    decisions,
    elements,
    events,
    forms,
    limits,
    matters,
    measures,
    obligations,
    organisation,
    outside,
    purposes,
    recipients,
    relationships,
    retention,
    rights,
    roles,
    sources,
    spaces,
    staff,
    stores,
    trackers,
    transfers,
)
from troth.policy.shapes import NOWHERE, Values

T = TypeVar("T")

SECTIONS: tuple[Section[Any], ...] = (
    organisation.SECTION,
    elements.SECTION,
    relationships.SECTION,
    activities.SECTION,
    events.SECTION,
    sources.SECTION,
    purposes.SECTION,
    choices.SECTION,
    obligations.SECTION,
    recipients.SECTION,
    transfers.SECTION,
    retention.SECTION,
    limits.SECTION,
    forms.SECTION,
    trackers.SECTION,
    rights.SECTION,
    matters.SECTION,
    decisions.SECTION,
    changes.SECTION,
    measures.SECTION,
    roles.SECTION,
    spaces.SECTION,
    outside.SECTION,
    staff.SECTION,
    stores.SECTION,
)
"""In the order in which they are built: a later one may read what an earlier one told the context."""

FILES = frozenset(section.file for section in SECTIONS if "/" not in section.file)


def compile_folder(folder: Path, catalog: Catalog) -> tuple[Policy | None, list[Problem]]:
    """Compile a policy folder.

    Returns the policy, or None where any problem is an error, and every problem found, ordered by file and line.
    """
    policy, report = examine(folder, catalog)
    problems = sorted(set(report.problems), key=lambda problem: (problem.place, problem.code, problem.message))
    return None if report.broken else policy, problems


def compile_texts(texts: Mapping[str, str], hash_: str, catalog: Catalog) -> Policy | None:
    """A version that was published, from the texts that were kept with it; None where it no longer compiles.

    A law pack may have changed since, so that what compiled then need not compile now. Raises InputError
    `policy-text-changed` for texts that are not those of the hash.
    """
    require_text_of(texts, hash_)
    report = Report()
    policy = _whole(Folder(texts, frozenset(), hash_), report, catalog)
    return None if report.broken else policy


def require_text_of(texts: Mapping[str, str], hash_: str) -> None:
    """Raises InputError `policy-text-changed` for texts that are not those of the version with this hash."""
    if is_text_of(texts, hash_):
        return
    raise InputError(
        "policy-text-changed",
        f"table `policy_version` of the state: the texts kept as `{hash_[:12]}` are not those that were signed",
        "restore that row from a backup of the state; `troth doctor` names every such version",
        exit_code=3,
    )


def examine(folder: Path, catalog: Catalog) -> tuple[Policy | None, Report]:
    """What the folder says, as far as it can be read, and everything that was written down on the way."""
    report = Report()
    files = read_folder(folder, FILES, report)
    return (_whole(files, report, catalog) if files.hash else None), report


def _whole(files: Folder, report: Report, catalog: Catalog) -> Policy:
    report.brought.update(brought_by(catalog))
    context = Context(catalog, report, files.texts, regions=catalog.regions)
    policy = _assemble(files, context)
    report.resolve()
    check(policy, context)
    return policy


def _assemble(files: Folder, context: Context) -> Policy:
    head = _one(organisation.SECTION, files, context)
    context.assessments = read_assessments(files.texts, context.own_sections, context.report)
    notices = declare_notices(files, context)
    vocabulary = _one(elements.SECTION, files, context)
    endings = _one(retention.SECTION, files, context)
    sections = {section.name: _one(section, files, context) for section in SECTIONS if section.name in _AS_THEY_ARE}
    clauses = read_notices(files, context)
    return Policy(
        hash=files.hash,
        effective_from=head.effective_from,
        version=head.version,
        organisation=head.organisation,
        elements=vocabulary.elements,
        categories=vocabulary.categories,
        retentions=endings.rules,
        holds=endings.holds,
        protection=_one(measures.SECTION, files, context),
        tracking=_one(trackers.SECTION, files, context),
        stores=_stores(files, context),
        **sections,
        clauses=clauses,
        spoken_of=trace(clauses, context),
        notices=notices,
        assessments=context.assessments,
        declared=context.report.everything(),
        laws=laws_for(head.organisation.regimes, context.catalog),
    )


_AS_THEY_ARE = frozenset(field.name for field in fields(Policy)) & frozenset(section.name for section in SECTIONS) - {
    "organisation",
    "elements",
    "stores",
}
"""Sections that the policy has under their own name."""


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
