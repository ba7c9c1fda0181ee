"""notice/<language>.md -> clauses, and the two-way trace between clauses and declared things.

    ## What we send you {#newsletter}
    speaks of: purpose:newsletter, recipient:mailer

    Markdown text …

The text itself is not judged here; only that every promise is tied to something, and everything to a promise.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from troth.model.policy import Clause
from troth.model.problem import Place
from troth.policy.folder import Folder
from troth.policy.report import Report, did_you_mean, listed, shown
from troth.policy.section import Context
from troth.policy.shapes import ID_PATTERN

MUST_BE_SPOKEN_OF = ("purpose", "recipient", "retention", "right", "choice")
MAY_BE_SPOKEN_OF = (*MUST_BE_SPOKEN_OF, "category", "element", "organisation", "relationship", "store")

_HEADING = re.compile(r"^## +(?P<title>.*?) *(?:\{#(?P<id>[^}]*)\})? *$")
_SPEAKS = "speaks of:"


@dataclass
class _Draft:
    """A clause while its lines are read."""

    id: str
    title: str
    place: Place
    lines: list[str]
    speaks_of: tuple[str, ...] = ()
    spoke: bool = False


def read_notices(folder: Folder, context: Context) -> tuple[Clause, ...]:
    """The clauses of all languages, in the files' order."""
    clauses: list[Clause] = []
    for language in context.languages:
        name = f"notice/{language}.md"
        if name in folder.texts:
            clauses.extend(_clauses(name, language, folder.texts[name], context.report))
        elif name not in folder.refused:
            context.report.say("missing-file", f"`{shown(name)}` is missing", Place(shown(name)))
    for name in folder.under("notice"):
        if name.removeprefix("notice/").removesuffix(".md") not in context.languages:
            message = f"`{shown(name)}` is in none of the organisation's languages"
            context.report.say(
                "unknown-file", message, Place(name), "add the language to `languages`, or rename the file"
            )
    return tuple(clauses)


def trace(clauses: tuple[Clause, ...], context: Context) -> Mapping[str, tuple[str, ...]]:
    """Reference -> clause ids, in order; everything that must be spoken of and is not becomes a problem."""
    spoken: dict[str, list[str]] = {}
    for clause in clauses:
        for reference in clause.speaks_of:
            ids = spoken.setdefault(reference, [])
            if clause.id not in ids:
                ids.append(clause.id)
    report = context.report
    for kind in MUST_BE_SPOKEN_OF if clauses else ():
        for name, place in report.declared.get(kind, {}).items():
            if f"{kind}:{name}" not in spoken:
                hint = f"add `{kind}:{name}` to a clause's `{_SPEAKS}` line"
                report.say("not-in-notice", f"no clause speaks of {kind} `{name}`", place, hint)
    _same_in_every_language(clauses, context)
    return MappingProxyType({reference: tuple(ids) for reference, ids in spoken.items()})


def _same_in_every_language(clauses: tuple[Clause, ...], context: Context) -> None:
    present = {
        language: {clause.id for clause in clauses if clause.language == language} for language in context.languages
    }
    for clause in clauses:
        for language, ids in present.items():
            if ids and clause.id not in ids:
                message = f"clause `{clause.id}` is not in `notice/{language}.md`"
                context.report.say("clause-not-in-language", message, clause.place)


def _clauses(name: str, language: str, text: str, report: Report) -> Iterator[Clause]:
    seen: dict[str, Place] = {}
    for draft in _drafts(name, text, report):
        if not draft.spoke:
            report.say(
                "clause-speaks-of-nothing", f"clause `{shown(draft.id)}` speaks of nothing declared", draft.place
            )
        if draft.id in seen:
            message = f"clause `{draft.id}` is declared twice, first at {seen[draft.id]}"
            report.say("duplicate-id", message, draft.place)
            continue
        seen[draft.id] = draft.place
        yield Clause(draft.id, draft.title, "\n".join(draft.lines).strip(), language, draft.speaks_of, draft.place)


def _drafts(name: str, text: str, report: Report) -> Iterator[_Draft]:
    draft: _Draft | None = None
    for number, line in enumerate(text.split("\n"), 1):
        heading = _HEADING.match(line)
        if heading:
            if draft:
                yield draft
            draft = _begun(heading, Place(name, number, 1), report)
        elif draft is None:
            if line.strip() and not line.startswith("# "):
                report.say(
                    "text-outside-clause", f"`{shown(line.strip())}` belongs to no clause", Place(name, number, 1)
                )
                return
        elif line.startswith(_SPEAKS) and not any(draft.lines):
            draft.spoke = True
            draft.speaks_of += tuple(_references(line, Place(name, number), report))
        else:
            draft.lines.append(line)
    if draft:
        yield draft


def _begun(heading: re.Match[str], place: Place, report: Report) -> _Draft:
    name = heading["id"] or ""
    if not name:
        message = f"the clause `{shown(heading['title'])}` has no id"
        report.say("clause-without-id", message, place)
        name = f"line-{place.line}"
    elif not re.fullmatch(ID_PATTERN, name):
        message = f"`{shown(name)}` is not an id (small ASCII letters, digits and single hyphens)"
        report.say("bad-id", message, place)
    return _Draft(name, heading["title"], place, [])


def _references(line: str, place: Place, report: Report) -> Iterator[str]:
    column = len(_SPEAKS) + 1
    for part in line[len(_SPEAKS) :].split(","):
        word = part.strip()
        at = Place(place.file, place.line, column + len(part) - len(part.lstrip()))
        column += len(part) + 1
        kind, _, name = word.partition(":")
        if not name:
            report.say("wrong-value", f"`{shown(word)}` is not of the form `kind:id`", at)
        elif kind not in MAY_BE_SPOKEN_OF:
            hint = did_you_mean(kind, MAY_BE_SPOKEN_OF) or f"one of {listed(MAY_BE_SPOKEN_OF, 20)}"
            report.say("wrong-value", f"a clause cannot speak of a `{shown(kind)}`", at, hint)
        else:
            report.refer((kind,), name, at)
            yield word
