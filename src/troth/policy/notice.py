"""notice/<language>.md -> clauses, and the two-way trace between clauses and declared things.

    ## What we send you {#newsletter}
    number: 4.2
    in short: News only if you asked for them.
    speaks of: purpose:newsletter, recipient:mailer
    under: gdpr

    Markdown text, which may point at [another clause](#your-rights) …

notice/<id>/<language>.md is a specific notice, which governs an activity or stands at a form beside the main one. The
text itself is not judged here; only that every promise is tied to something, everything to a promise, and that
pointers lead somewhere.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from troth.model.policy import Clause
from troth.model.problem import Place
from troth.policy.folder import Folder
from troth.policy.report import Report, did_you_mean, listed, shown
from troth.policy.section import Context
from troth.policy.shapes import ID_PATTERN

MUST_BE_SPOKEN_OF = (
    "purpose", "recipient", "retention", "right", "choice", "activity", "source", "obligation", "safeguard", "hold",
    "limit", "tracker-category", "decision", "outside",
)  # fmt: skip
MAY_BE_SPOKEN_OF = (
    *MUST_BE_SPOKEN_OF, "category", "element", "organisation", "organisation-region", "relationship", "store", "event",
    "form", "tracker", "matter", "role", "measure", "risk", "space", "notice",
)  # fmt: skip

_HEADING = re.compile(r"^## +(?P<title>.*?) *(?:\{#(?P<id>[^}]*)\})? *$")
_SPEAKS = "speaks of:"
_SHORT = "in short:"
_NUMBER = "number:"
_UNDER = "under:"
_POINTER = re.compile(r"\]\(#(?P<id>[^)\s]*)\)")


@dataclass
class _Draft:
    """A clause while its lines are read."""

    id: str
    title: str
    place: Place
    lines: list[str]
    speaks_of: tuple[str, ...] = ()
    spoke: bool = False
    short: str = ""
    number: str = ""
    under: tuple[str, ...] = ()
    pointers: list[tuple[str, Place]] = field(default_factory=list)


def declare_notices(folder: Folder, context: Context) -> tuple[str, ...]:
    """The specific notices: one for each folder in notice/."""
    notices = folder.folders_under("notice")
    for name in notices:
        place = Place(f"notice/{name}/{context.languages[0]}.md")
        if re.fullmatch(ID_PATTERN, name):
            context.report.declare("notice", name, place)
        else:
            message = f"`{shown(name)}` is not an id (small ASCII letters, digits and single hyphens)"
            context.report.say("bad-id", message, place)
    return notices


def read_notices(folder: Folder, context: Context) -> tuple[Clause, ...]:
    """The clauses of all languages, in the files' order: the main notice first."""
    specific = folder.folders_under("notice")
    clauses = [clause for language in context.languages for clause in _in_language(language, specific, folder, context)]
    for within in ("notice", *(f"notice/{name}" for name in specific)):
        _no_other_language(within, folder, context)
    return tuple(clauses)


def _in_language(language: str, specific: tuple[str, ...], folder: Folder, context: Context) -> Iterator[Clause]:
    """A clause id stands for one promise, so it is there once in all notices of a language."""
    seen: dict[str, Place] = {}
    numbers: dict[str, Place] = {}
    pointers: list[tuple[str, Place]] = []
    for notice in ("", *specific):
        name = f"notice/{notice}/{language}.md" if notice else f"notice/{language}.md"
        if name not in folder.texts:
            if name not in folder.refused:
                context.report.say("missing-file", f"`{shown(name)}` is missing", Place(shown(name)))
            continue
        for draft in _drafts(name, folder.texts[name], context.report):
            pointers += draft.pointers
            if _is_new(draft, seen, numbers, context.report):
                yield Clause(
                    id=draft.id,
                    title=draft.title,
                    text="\n".join(draft.lines).strip(),
                    language=language,
                    speaks_of=draft.speaks_of,
                    place=draft.place,
                    notice=notice,
                    short=draft.short,
                    number=draft.number,
                    under=draft.under,
                )
    for pointed, place in pointers:
        if pointed not in seen:
            hint = did_you_mean(pointed, seen) or f"the clauses are {listed(seen)}"
            context.report.say("broken-pointer", f"no clause is called `{shown(pointed)}`", place, hint)


def _is_new(draft: _Draft, seen: dict[str, Place], numbers: dict[str, Place], report: Report) -> bool:
    if not draft.spoke:
        report.say("clause-speaks-of-nothing", f"clause `{shown(draft.id)}` speaks of nothing declared", draft.place)
    if draft.number and draft.number in numbers:
        message = f"number `{shown(draft.number)}` is given twice, first at {numbers[draft.number]}"
        report.say("duplicate-id", message, draft.place)
    numbers.setdefault(draft.number, draft.place)
    if draft.id in seen:
        report.say("duplicate-id", f"clause `{draft.id}` is declared twice, first at {seen[draft.id]}", draft.place)
        return False
    seen[draft.id] = draft.place
    return True


def _no_other_language(within: str, folder: Folder, context: Context) -> None:
    for name in folder.under(within):
        if name.removeprefix(f"{within}/").removesuffix(".md") not in context.languages:
            message = f"`{shown(name)}` is in none of the organisation's languages"
            context.report.say(
                "unknown-file", message, Place(name), "add the language to `languages`, or rename the file"
            )


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
        else:
            _take(line, draft, Place(name, number), report)
    if draft:
        yield draft


def _take(line: str, draft: _Draft, place: Place, report: Report) -> None:
    """A line of a clause: one of the few keys before its text, or its text."""
    begun = any(draft.lines)
    if line.startswith(_SPEAKS) and not begun:
        draft.spoke = True
        draft.speaks_of += tuple(_references(line, place, report))
    elif line.startswith(_UNDER) and not begun:
        laws = list(_words_after(_UNDER, line, place))
        draft.under = tuple(law for law, _ in laws)
        for law, at in laws:
            report.refer(("law pack",), law, at)
    elif line.startswith(_SHORT) and not begun:
        draft.short = line[len(_SHORT) :].strip()
    elif line.startswith(_NUMBER) and not begun:
        draft.number = line[len(_NUMBER) :].strip()
    else:
        draft.lines.append(line)
        if "](#" in line:
            found = _POINTER.finditer(line)
            draft.pointers += [(p["id"], Place(place.file, place.line, p.start("id") + 1)) for p in found]


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
    for word, at in _words_after(_SPEAKS, line, place):
        kind, _, name = word.partition(":")
        if not name:
            report.say("wrong-value", f"`{shown(word)}` is not of the form `kind:id`", at)
        elif kind not in MAY_BE_SPOKEN_OF:
            hint = did_you_mean(kind, MAY_BE_SPOKEN_OF) or f"one of {listed(MAY_BE_SPOKEN_OF, 20)}"
            report.say("wrong-value", f"a clause cannot speak of a `{shown(kind)}`", at, hint)
        else:
            report.refer((kind,), name, at)
            yield word


def _words_after(key: str, line: str, place: Place) -> Iterator[tuple[str, Place]]:
    """The words of a line such as `speaks of: …, …`, each with its place."""
    column = len(key) + 1
    for part in line[len(key) :].split(","):
        yield part.strip(), Place(place.file, place.line, column + len(part) - len(part.lstrip()))
        column += len(part) + 1
