"""A receipt: what became of each line, what is left where and until when, and where the proof stands."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from troth.model.plan import GLYPHS, Approval, Verb
from troth.model.receipt import Receipt, ReceiptLine, StoreLine
from troth.plan.codes import EXCEPTIONS, GROUNDS, UNCHECKED
from troth.plan.receipt import NOT_CONFIRMED
from troth.show.blocks import Block, Blocks, Heading, Line, Lines, Pairs, Para, Tone
from troth.show.plan import SAYS as PLANNED
from troth.show.plan import TONES as PLANNED_TONES
from troth.show.words import count, day, listed, moment, short

KEPT = "kept"
ACCESS = "access"
KEEPS = (Verb.RETAIN, Verb.BLOCK)
SAYS = {**PLANNED, Verb.READ: "copied"}
TONES = {**PLANNED_TONES, Verb.DELETE: Tone.GOOD, Verb.RETAIN: Tone.CARE, Verb.BLOCK: Tone.CARE}
"""Whoever asked for erasure reads that something is gone as good news, and what is kept with care."""


def receipt(done: Receipt) -> Blocks:
    """Readable by the person it concerns; it holds no value of theirs."""
    late = done.closed_at.date() > done.due
    waits = sum(line.to_read for line in done.lines) + done.waiting + len(_held_back(done))
    answered = "answered part of" if waits else "carried out"
    asked = Pairs(
        [
            ("opened", moment(done.opened_at)),
            ("due", day(done.due)),
            ("closed", moment(done.closed_at) + (" (late)" if late else "")),
        ]
    )
    blocks: list[Block] = [
        Heading(f"Receipt for case {done.case}"),
        Para(f"{done.organisation} {answered} a request for {done.right}."),
        asked,
        Heading("What was done", 2),
        Lines([_line(line) for line in done.lines]),
        *_left(done),
    ]
    if done.told:
        blocks += [Heading("Who was told", 2), Lines([Line("!", told, says="told") for told in done.told])]
    if done.waiting:
        matched = count(done.waiting, "row")
        blocks.append(Para(f"{matched} matched only an identifier that may be shared: a person decides.", Tone.CARE))
    return (*blocks, *_remedies(done), *_for_checking(done))


def _held_back(done: Receipt) -> list[ReceiptLine]:
    return [line for line in done.lines if line.verb == Verb.READ and line.exception]


def _left(done: Receipt) -> list[Block]:
    """What remains of an erasure. A copy takes nothing away, so that nothing is said to be left of it."""
    if done.right != ACCESS:
        return [Heading("What is left", 2), Lines([_store(line) for line in done.stores])]
    until = (
        f" The copy waits for you until {day(done.copy_until)} and is then destroyed here." if done.copy_until else ""
    )
    return [Para(f"Your data was copied, not changed.{until}")]


def _remedies(done: Receipt) -> list[Block]:
    """What whoever was refused a part must be told (GDPR Art. 12(4))."""
    at = f" ({done.address})" if done.address else ""
    return [
        Heading("If you disagree", 2),
        Para(
            f"What was not done is listed above with the reason. If you think that is wrong, write to "
            f"{done.contact}{at}. You can complain to {done.authority}, or to the authority where you live or work, "
            f"and you can go to court (GDPR Art. 12(4), 77, 79)."
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
                ("ledger positions", listed(tuple(str(position) for position in done.events))),
            ]
        ),
    ]
    if any(UNCHECKED in line.exception_law for line in done.lines):
        blocks.append(Para("The laws are cited as this software lists them; no lawyer has confirmed that list."))
    return blocks


def of_nobody(kept: Mapping[str, Any]) -> Blocks:
    """The end of a request by somebody of whom nothing is held: a negative confirmation."""
    says = f"A request for {kept['right']} was answered: nothing is held about anybody by what was given."
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


def _line(line: ReceiptLine) -> Line:
    verb = Verb(line.verb)
    where = f"{line.store}.{line.table}"
    if verb in KEEPS:
        text = f"{KEPT} {where}: {count(line.planned, 'row')}"
    else:
        text = f"{SAYS[verb]} {where}: {line.changed} of {count(line.planned, 'row')}"
    return Line(GLYPHS[verb], text, _reasons(line, verb), TONES.get(verb, Tone.PLAIN), SAYS[verb])


def _reasons(line: ReceiptLine, verb: Verb) -> list[str]:
    """Why: what is kept says why it is kept, and not why something else was erased."""
    words = line.exception_says or EXCEPTIONS.get(line.exception, line.exception)
    why = _with_law(words.replace("`", ""), line.exception_law.replace(f"; {UNCHECKED}", ""))
    if line.exception and verb in KEEPS:
        details = [why]
    else:
        details = [_with_law(_grounds(line.ground), line.law)] + ([f"but {why}"] if line.exception else [])
    if line.otherwise:
        details.append(_shared(line))
    if line.until:
        details.append(f"kept until {day(line.until)}, then destroyed")
    return details


def _shared(line: ReceiptLine) -> str:
    """What became of rows on which others remain: never more than really happened."""
    stays = (
        f"{count(line.otherwise, 'row')} still there, because others are on {'it' if line.otherwise == 1 else 'them'}"
    )
    own = "this person's own values were taken out" if line.written else "nothing was taken out"
    if line.to_read:
        return f"{stays} too: {own}, and what is left may name this person: left for somebody to read"
    return f"{stays} too: {own}" + ("" if line.written else ", and nothing on it is this person's alone")


def _grounds(codes: str) -> str:
    """A line may rest on several grounds, joined by `+`."""
    return "; ".join(GROUNDS.get(code, code) for code in codes.split("+"))


def _with_law(words: str, law: str) -> str:
    return f"{words} ({law})" if law else words


def _store(line: StoreLine) -> Line:
    clean = line.left == 0 and not line.to_read
    kept = f"{line.left or 'nothing'} left"
    if line.retained:
        kept += f" except {count(line.retained, 'kept record')} (see above)"
    if line.to_read:
        kept += f", and {count(line.to_read, 'row')} left for somebody to read"
    looked = "not looked at again" if NOT_CONFIRMED in line.note else f"looked again, {kept}"
    return Line(
        "✓" if clean else "✗",
        f"{line.store}: {looked}",
        _gone_by(line),
        Tone.GOOD if clean else Tone.BAD,
        "clean" if clean else "not clean",
    )


def _gone_by(line: StoreLine) -> list[str]:
    """When backups have forgotten it too. Where nothing was erased nothing is promised."""
    note = [line.note] if line.note else []
    if line.unrecoverable_by:
        return [f"also gone from backups by {day(line.unrecoverable_by)}", *note]
    return [f"{day(None)}: {line.note}"] if line.note else ["nothing had to be erased here"]
