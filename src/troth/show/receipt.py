"""A receipt: what became of each part, what is left where and until when, and where the proof stands.

First what a person asks, in words; the lines with their tables, codes and counts come last, for whoever checks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from itertools import groupby
from typing import Any

from troth.model.law import NOBODY, cited
from troth.model.plan import Approval, Verb
from troth.model.receipt import Receipt, ReceiptLine, StoreLine
from troth.plan.codes import EXCEPTIONS, FREE_TEXT, GROUNDS
from troth.plan.receipt import NOT_CONFIRMED
from troth.show.blocks import Block, Blocks, Heading, Line, Lines, Pairs, Para, Table, Tone
from troth.show.unchecked import once
from troth.show.words import count, day, listed, short

ACCESS = "access"
KEEPS = (Verb.RETAIN, Verb.BLOCK)
SAYS = {
    Verb.READ: "copied",
    Verb.DELETE: "erased",
    Verb.DETACH: "what pointed at you was cut out",
    Verb.MASK: "your values were written over",
    Verb.AMEND: "corrected",
    Verb.ANNOTATE: "a note was added",
    Verb.BLOCK: "kept, closed to other uses",
    Verb.RETAIN: "kept",
    Verb.TELL: "told",
}
GLYPHS = {Verb.RETAIN: "=", Verb.BLOCK: "="}
TONES = {Verb.DELETE: Tone.GOOD, Verb.RETAIN: Tone.CARE, Verb.BLOCK: Tone.CARE}
"""Whoever asked for erasure reads that something is gone as good news, and what is kept with care."""


def receipt(done: Receipt) -> Blocks:
    """Readable by the person it concerns; it holds no value of theirs."""
    late = done.closed_at.date() > done.due
    answered = "answered part of" if _open(done) else "carried out"
    asked = Pairs(
        [
            ("asked on", day(done.opened_at.date())),
            ("answer due", day(done.due)),
            ("answered on", day(done.closed_at.date()) + (" (late)" if late else "")),
        ]
    )
    blocks: list[Block] = [
        Heading(f"Receipt for case {done.case}"),
        Para(f"{done.organisation} {answered} a request for {done.right}."),
        asked,
        Heading("In short", 2),
        Lines(_in_short(done)),
        Heading("What was done, part by part", 2),
        Lines([line for group in _parts(done) for line in _part(group)]),
        *_left(done),
    ]
    if done.told:
        blocks += [Heading("Who was told", 2), Lines([Line("!", told, says="told") for told in done.told])]
    return once((*blocks, *_still_open(done), *_remedies(done), *_for_checking(done)))


def _open(done: Receipt) -> int:
    """Records of which this receipt is not the last word."""
    return sum(line.to_read for line in done.lines) + done.waiting + sum(line.planned for line in _held_back(done))


def _held_back(done: Receipt) -> list[ReceiptLine]:
    return [line for line in done.lines if line.verb == Verb.READ and line.exception == FREE_TEXT]


def _names(lines: Sequence[ReceiptLine]) -> str:
    return "; ".join(dict.fromkeys(line.says or f"{line.store}.{line.table}" for line in lines))


def _in_short(done: Receipt) -> list[Line]:
    """What a person asks first: what went, what stays and until when, what is open."""
    found: list[Line] = []
    copied = [line for line in done.lines if line.verb == Verb.READ and not line.exception]
    erased = [line for line in done.lines if line.verb == Verb.DELETE and line.changed]
    for lines, verb in ((copied, Verb.READ), (erased, Verb.DELETE)):
        if lines:
            text = f"{SAYS[verb].capitalize()} ({count(sum(e.changed for e in lines), 'record')}): {_names(lines)}"
            found.append(Line("✓", text, tone=Tone.GOOD, says="done"))
    kept = sorted((line for line in done.lines if _is_kept(line)), key=lambda line: line.until or date.max)
    for until, group in groupby(kept, key=lambda line: line.until):
        lines = list(group)
        text = f"Kept until {day(until)}" if until else "Kept, and no day can be given"
        text += f" ({count(sum(e.planned for e in lines), 'record')}): {_names(lines)}"
        found.append(Line("=", text, tone=Tone.CARE, says="kept"))
    if waits := _open(done):
        text = f"Still open: {count(waits, 'record')} that somebody has to look at first"
        found.append(Line("?", text, tone=Tone.CARE, says="open"))
    return found or [Line("·", "Nothing was held, so nothing was done.", tone=Tone.QUIET)]


def _is_kept(line: ReceiptLine) -> bool:
    return Verb(line.verb) in KEEPS and bool(line.exception)


def _parts(done: Receipt) -> list[list[ReceiptLine]]:
    """Lines of one table with the same end and the same reasons are one for the person."""

    def alike(line: ReceiptLine) -> tuple[str, ...]:
        apart = _numbered(line) if line.otherwise else ""
        reasons = (line.ground, line.exception, line.exception_says, str(line.until), apart)
        return (line.store, line.table, line.verb, *reasons)

    groups: dict[tuple[str, ...], list[ReceiptLine]] = {}
    for line in done.lines:
        groups.setdefault(alike(line), []).append(line)
    return list(groups.values())


def _part(lines: Sequence[ReceiptLine]) -> list[Line]:
    first, verb = lines[0], Verb(lines[0].verb)
    glyph, says, tone = GLYPHS.get(verb, "✓"), SAYS[verb], TONES.get(verb, Tone.PLAIN)
    if verb is Verb.READ and first.exception:
        waits = first.exception == FREE_TEXT
        glyph, says, tone = "?" if waits else "=", "not copied yet" if waits else "not copied", Tone.CARE
    elif first.otherwise and not first.changed:
        glyph, says, tone = "?" if first.to_read else "=", "stays for the others", Tone.CARE
    elif verb not in KEEPS and not any(line.changed for line in lines):
        glyph, says, tone = "?", f"not {says}", Tone.CARE
    return [Line(glyph, f"{_names(lines)}: {says} ({_number(lines, verb)})", _reasons(first, verb), tone, says)]


def _number(lines: Sequence[ReceiptLine], verb: Verb) -> str:
    """How many records; more than planned is said with its cause, fewer with how many."""
    planned, changed = sum(line.planned for line in lines), sum(line.changed for line in lines)
    if verb in (*KEEPS, Verb.READ) or changed in (0, planned):
        return count(planned, "record")
    if changed > planned:
        return f"{count(changed, 'record')}, {changed - planned} more than the plan had counted"
    return f"{changed} of {count(planned, 'record')}"


def _left(done: Receipt) -> list[Block]:
    """What remains of an erasure. A copy takes nothing away, so that nothing is said to be left of it."""
    if done.right != ACCESS:
        return [Heading("What is left", 2), Lines([_store(line) for line in done.stores])]
    until = (
        f" The copy waits for you until {day(done.copy_until)} and is then destroyed here." if done.copy_until else ""
    )
    return [Para(f"Your data was copied, not changed.{until}")]


def _still_open(done: Receipt) -> list[Block]:
    """What a person has to look at, and where to ask about it."""
    if not _open(done):
        return []
    says = []
    if held := sum(line.planned for line in _held_back(done)):
        says.append(f"{count(held, 'record')} may speak of other people: somebody has to read that before you get it.")
    if to_read := sum(line.to_read for line in done.lines):
        says.append(f"{count(to_read, 'record')} kept for others may still name you: somebody has to read that.")
    if done.waiting:
        matched = count(done.waiting, "record")
        says.append(f"{matched} matched only an identifier that may be shared: a person decides.")
    ask = f"To ask how this stands, write to {done.contact} and name case {done.case}."
    return [Heading("What is still open", 2), *(Para(text, Tone.CARE) for text in says), Para(ask)]


def _remedies(done: Receipt) -> list[Block]:
    """What whoever was refused a part must be told (GDPR Art. 12(4))."""
    at = f" ({done.address})" if done.address else ""
    return [
        Heading("If you disagree", 2),
        Para(
            f"What was not done is listed above with the reason. If you think that is wrong, write to "
            f"{done.contact}{at}. You can complain to this authority, or to the one where you live or work: "
            f"{done.authority}. You can also go to court ({cited('GDPR Art. 12(4), 77, 79', NOBODY)})."
        ),
    ]


def _for_checking(done: Receipt) -> list[Block]:
    """What a machine or a lawyer asks for; it comes last."""
    signed = done.approval
    blocks: list[Block] = [
        Heading("For checking", 2),
        Pairs(
            [
                ("plan", done.plan),
                ("policy", short(done.policy)),
                (
                    "signed by",
                    f"{signed.signer} as {signed.role}, {signed.at}" if signed else "no signature was asked for",
                ),
                ("opened", done.opened_at.isoformat(timespec="seconds")),
                ("closed", done.closed_at.isoformat(timespec="seconds")),
                ("ledger positions", listed(tuple(str(position) for position in done.events))),
            ]
        ),
        _table(done.lines),
    ]
    return blocks


def _table(lines: Sequence[ReceiptLine]) -> Table:
    """The lines as they were signed, with what became of them."""
    columns = ("line", "where", "what", "rows", "changed", "stayed for others", "why")
    rows = [
        (
            *(_numbered(line), f"{line.store}.{line.table}", line.verb),
            *(str(line.planned), str(line.changed), str(line.otherwise)),
            "; ".join(code for code in (line.ground, line.exception) if code),
        )
        for line in lines
    ]
    return Table("Line by line, as it was signed", columns, rows, frozenset({0, 3, 4, 5}))


def _numbered(line: ReceiptLine) -> str:
    """The line's number in its plan; of an earlier one, with enough of its hash."""
    return f"{line.number} of {short(line.plan)}" if line.plan else str(line.number)


def of_nobody(kept: Mapping[str, Any]) -> Blocks:
    """The end of a request by somebody of whom nothing is held: a negative confirmation."""
    says = (
        f"A request for {kept['right']} was answered: we looked everywhere with what was given to us, and we hold "
        "nothing about anybody that is known by it."
    )
    return (Heading(f"Receipt for case {kept['case']}"), Para(says))


def kept_receipt(kept: Mapping[str, Any]) -> Blocks:
    """Whatever a closed case left."""
    return of_nobody(kept) if kept.get("nobody") else receipt(from_json(kept))


def as_json(done: Receipt) -> dict[str, Any]:
    """Plain JSON values, in the order of the fields: this form is hashed and proven."""
    approval = done.approval
    return {
        "case": done.case,
        "right": done.right,
        "organisation": done.organisation,
        "policy": done.policy,
        "opened_at": done.opened_at.isoformat(),
        "due": done.due.isoformat(),
        "closed_at": done.closed_at.isoformat(),
        "plan": done.plan,
        "approval": asdict(approval) if approval else None,
        "lines": [_json_line(line) for line in done.lines],
        "stores": [_json_store(line) for line in done.stores],
        "told": list(done.told),
        "waiting": done.waiting,
        "events": list(done.events),
        "contact": done.contact,
        "address": done.address,
        "authority": done.authority,
        "copy_until": done.copy_until.isoformat() if done.copy_until else None,
    }


def from_json(kept: Mapping[str, Any]) -> Receipt:
    """The receipt as it was kept."""
    signed = kept["approval"]
    lines = tuple(
        ReceiptLine(**{**line, "datum": tuple(line["datum"]), "until": _date(line["until"])}) for line in kept["lines"]
    )
    stores = tuple(
        StoreLine(**{**line, "unrecoverable_by": _date(line["unrecoverable_by"])}) for line in kept["stores"]
    )
    return Receipt(
        case=kept["case"],
        right=kept["right"],
        organisation=kept["organisation"],
        policy=kept["policy"],
        opened_at=datetime.fromisoformat(kept["opened_at"]),
        due=date.fromisoformat(kept["due"]),
        closed_at=datetime.fromisoformat(kept["closed_at"]),
        plan=kept["plan"],
        approval=Approval(**signed) if signed else None,
        lines=lines,
        stores=stores,
        told=tuple(kept["told"]),
        waiting=kept["waiting"],
        events=tuple(kept["events"]),
        contact=kept["contact"],
        address=kept["address"],
        authority=kept["authority"],
        copy_until=_date(kept["copy_until"]),
    )


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _json_line(line: ReceiptLine) -> dict[str, Any]:
    return {
        **{name: getattr(line, name) for name in line.__dataclass_fields__},
        "datum": list(line.datum),
        "until": line.until.isoformat() if line.until else None,
    }


def _json_store(line: StoreLine) -> dict[str, Any]:
    gone = line.unrecoverable_by
    return {
        **{name: getattr(line, name) for name in line.__dataclass_fields__},
        "unrecoverable_by": gone.isoformat() if gone else None,
    }


def _reasons(line: ReceiptLine, verb: Verb) -> list[str]:
    """Why: what is kept says why it is kept, and not why something else was erased."""
    words = line.exception_says or EXCEPTIONS.get(line.exception, line.exception)
    why = _with_law(words.replace("`", ""), line.exception_law)
    if line.exception and verb in KEEPS:
        details = [why]
    else:
        details = [_with_law(_grounds(line.ground), line.law)] + ([f"but {why}"] if line.exception else [])
    if line.otherwise:
        details.append(_shared(line))
    if line.until:
        closed = "; closed to other uses until that day" if line.exception and verb in KEEPS else ""
        details.append(f"until {day(line.until)}, then destroyed{closed}")
    return details


def _shared(line: ReceiptLine) -> str:
    """What became of rows on which others remain: never more than really happened."""
    one = line.otherwise == 1
    stays = (
        f"{count(line.otherwise, 'record')} {'stays' if one else 'stay'} there, because others are on "
        f"{'it' if one else 'them'} too"
    )
    own = "your own values were taken out" if line.written else "nothing was taken out"
    if line.to_read:
        return f"{stays}: {own}, and what is left may name you: somebody has to read it"
    return f"{stays}: {own}" + ("" if line.written else ", and nothing on it is yours alone")


def _grounds(codes: str) -> str:
    """A line may rest on several grounds, joined by `+`."""
    return "; ".join(GROUNDS.get(code, code) for code in codes.split("+"))


def _with_law(words: str, law: str) -> str:
    return f"{words} ({law})" if law else words


def _store(line: StoreLine) -> Line:
    """How one store ended. Only what should be gone and is there is bad; what is to be read is unfinished."""
    kept = f"{line.left or 'nothing'} left"
    if line.retained:
        kept += f" except {count(line.retained, 'kept record')} (see above)"
    if line.to_read:
        kept += f", and {count(line.to_read, 'record')} for somebody to read"
    looked = "not looked at again" if NOT_CONFIRMED in line.note else f"looked at again, {kept}"
    where = f"{line.says} ({line.store})" if line.says else line.store
    glyph, tone, says = ("✓", Tone.GOOD, "clean")
    if line.to_read or NOT_CONFIRMED in line.note:
        glyph, tone, says = ("?", Tone.CARE, "open")
    if line.left:
        glyph, tone, says = ("✗", Tone.BAD, "not clean")
    return Line(glyph, f"{where}: {looked}", _gone_by(line), tone, says)


def _gone_by(line: StoreLine) -> list[str]:
    """When backups have forgotten it too. Where nothing was erased nothing is promised."""
    note = [line.note] if line.note else []
    if line.unrecoverable_by:
        return [f"also gone from backups by {day(line.unrecoverable_by)}", *note]
    return [f"{day(None)}: {line.note}"] if line.note else ["nothing had to be erased here"]
