"""A first policy: a small folder that compiles, made of parts for what an organisation does, for its author to change.

The parts are files as a policy has them, in starter/. Parts are joined section by section, wordings in other languages
than the chosen ones are left out, and the result gets the one form of all policy files.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dateutil.relativedelta import relativedelta

from troth.catalog import Catalog
from troth.model.problem import InputError
from troth.policy.author.formatting import in_order
from troth.policy.author.layout import render
from troth.policy.author.tree import File, Group, parse
from troth.policy.report import did_you_mean

_PARTS = Path(__file__).with_name("starter")
LANGUAGES = ("en", "de")
"""Languages in which the parts have words."""
ENGINES = ("postgresql", "mariadb", "sqlite")
ACTIVITIES: Mapping[str, str] = {
    "website": "visitor",
    "newsletter": "subscriber",
    "customers": "customer",
    "applicants": "applicant",
    "contact-form": "writer",
}
"""What an organisation may do -> the relationship that it brings."""
_PLAIN = re.compile(r"[A-Za-z](?:[A-Za-z0-9 .()/-]*[A-Za-z0-9.)])?")
_WORDS_OF_YAML = {"yes", "no", "true", "false", "null", "on", "off", "y", "n"}


@dataclass(frozen=True)
class Answers:
    """What somebody said about their organisation."""

    name: str
    address: str
    contact: str
    country: str
    authority: str
    languages: tuple[str, ...]
    does: tuple[str, ...]
    engine: str
    begins: date
    """First day of the policy; an assessment has to be looked at again a year later."""


def read_country(text: str, catalog: Catalog) -> str:
    """A country whose law a pack has, for whoever is established there."""
    known = sorted(frozenset[str]().union(*(law.established_in for law in catalog.laws.values())) - {"CN"})
    if text.upper() not in known:
        remedy = f"one of {', '.join(known)}; for another place begin with one of these and change `regimes`"
        raise InputError("bad-answer", f"no first policy is ready for `{text}`", remedy)
    return text.upper()


def read_line(text: str) -> str:
    """A text of one line."""
    words = " ".join(text.split())
    if not words or not words.isprintable():
        raise InputError("bad-answer", "a text of one line is needed", "say it in letters that can be seen")
    return words


def read_words(text: str, known: Sequence[str], *, most: int = 100) -> tuple[str, ...]:
    """Words of a closed list, separated by commas or blanks, each once."""
    words = tuple(dict.fromkeys(re.findall(r"[^\s,]+", text)))
    for word in words:
        if word not in known:
            raise InputError("bad-answer", f"`{word}` is not known here", did_you_mean(word, known) or ", ".join(known))
    if not words or len(words) > most:
        raise InputError(
            "bad-answer", f"{len(words)} words were said", f"{'one' if most == 1 else 'some'} of {', '.join(known)}"
        )
    return words


def regimes_of(country: str, catalog: Catalog) -> tuple[str, ...]:
    """The law packs of a country: the one that stands by itself, then what stands beside it."""
    codes = [code for code, law in catalog.laws.items() if country in law.established_in]
    return tuple(sorted(codes, key=lambda code: (bool(catalog.laws[code].beside), code)))


def authority_of(country: str, catalog: Catalog) -> str:
    """The one authority that watches everybody in a country; empty where there are several."""
    laws = [catalog.laws[code] for code in regimes_of(country, catalog)]
    names = {a.says for law in laws for a in law.authorities.values() if a.area == country and a.of == "all"}
    return min(names) if len(names) == 1 else ""


def first_policy(answers: Answers, catalog: Catalog) -> dict[str, str]:
    """The files of a first policy: name -> text."""
    parts = [_PARTS / "base", *(_PARTS / name for name in ACTIVITIES if name in answers.does)]
    values = _values(answers, catalog)
    names = sorted({path.relative_to(part).as_posix() for part in parts for path in part.rglob("*.yaml")})
    files = {name: _section(name, parts, values, answers.languages) for name in names}
    for path in (path for part in parts for path in part.glob("assessments/*.md")):
        files[f"assessments/{path.name}"] = _filled(path.read_text("utf-8"), values)
    for language in answers.languages:
        clauses = [part / f"notice.{language}.md" for part in (parts[0], *parts[1:])]
        texts = [_filled(path.read_text("utf-8"), values).strip() for path in clauses]
        title, _, rights = texts[0].partition("\n")
        files[f"notice/{language}.md"] = "\n\n".join([title, *texts[1:], rights.strip()]) + "\n"
    return files


def _values(answers: Answers, catalog: Catalog) -> Mapping[str, str]:
    regimes = regimes_of(answers.country, catalog)
    people = [ACTIVITIES[name] for name in ACTIVITIES if name in answers.does]
    readers = [name for name in people if name in {"subscriber", "customer"}]
    keep, vouchers = _vouchers(regimes, answers.begins, catalog)
    return {
        "id": re.sub(r"[^a-z0-9]+", "-", answers.name.lower()).strip("-0123456789") or "organisation",
        "name": answers.name,
        "address": answers.address,
        "contact": answers.contact,
        "country": answers.country,
        "authority": answers.authority,
        "from": answers.begins.isoformat(),
        "until": (answers.begins + relativedelta(years=1)).isoformat(),
        "languages": f"[{', '.join(answers.languages)}]",
        "regimes": f"[{', '.join(regimes)}]",
        "engine": answers.engine,
        "relationships": f"[{', '.join(people)}]",
        "newsletter-for": f"[{', '.join(readers)}]",
        "voucher-period": keep,
        "voucher-rule": vouchers,
    }


def _vouchers(regimes: Sequence[str], day: date, catalog: Catalog) -> tuple[str, str]:
    """How long tax law keeps invoices, and the rest of that rule; a period to be looked up where no pack knows."""
    for code in regimes:
        duty = catalog.laws[code].retention.get("tax-voucher")
        period = duty.at(day) if duty else None
        if period is not None:
            rest = ("statutory: true", f"law: {code} tax-voucher", "open-to: bookkeeping")
            return f"{period.years} years", "\n".join(f"    {line}" for line in (f"starts: {period.starts}", *rest))
    unknown = (
        "    # Which law asks for it, and how long? Say so: `statutory: true`, `cites: …`, `open-to: bookkeeping`."
    )
    return "10 years", f"{unknown}\n    starts: end-of-year"


_RAW = {"languages", "regimes", "relationships", "newsletter-for", "voucher-period", "voucher-rule", "from"}
"""Values that are YAML already."""


def _section(name: str, parts: Sequence[Path], values: Mapping[str, str], languages: tuple[str, ...]) -> str:
    """One file: the entries of every part, under the words of the first that has it."""
    quoted = {key: value if key in _RAW else _quoted(value) for key, value in values.items()}
    files = [parse(_filled((part / name).read_text("utf-8"), quoted)) for part in parts if (part / name).is_file()]
    whole = files[0]
    for file in files[1:]:
        _join(whole.root, file.root)
    _speak(whole.root, languages)
    in_order(name, whole)
    return render(whole if whole.root.entries else File(whole.head, Group(mapping=True, flow=False)))


def _join(whole: Group, more: Group) -> None:
    """Put the entries of one mapping behind those of another, key by key."""
    mine = {entry.key: entry for entry in whole.entries}
    for entry in more.entries:
        known = mine.get(entry.key)
        if known is None or not isinstance(entry.value, Group):
            whole.entries.append(entry)
        elif isinstance(known.value, Group):
            _join(known.value, entry.value)
        else:
            known.value = entry.value


def _speak(group: Group, languages: tuple[str, ...]) -> None:
    """Leave out wordings in other languages; a single one needs no mark of its language."""
    for entry in group.entries:
        value = entry.value
        if not isinstance(value, Group):
            continue
        if value.mapping and value.entries and all(inner.key in LANGUAGES for inner in value.entries):
            value.entries = [inner for inner in value.entries if inner.key in languages]
            if len(languages) == 1:
                entry.value = value.entries[0].value
        else:
            _speak(value, languages)


def _filled(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"@([a-z-]+)@", lambda found: values[found[1]], text)


def _quoted(value: str) -> str:
    plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS_OF_YAML
    return value if plain else json.dumps(value, ensure_ascii=False)
