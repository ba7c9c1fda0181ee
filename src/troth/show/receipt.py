"""A receipt: what became of each line, what is left where and until when, and where the proof stands."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from troth.model.plan import GLYPHS, Approval, Verb
from troth.model.receipt import Receipt, ReceiptLine, StoreLine
from troth.plan.codes import EXCEPTIONS, GROUNDS
from troth.show.blocks import Block, Blocks, Heading, Line, Lines, Pairs, Para, Tone
from troth.show.plan import SAYS, TONES
from troth.show.words import count, day, listed, moment, short

KEPT = "kept"


def receipt(done: Receipt) -> Blocks:
    """Readable by the person it concerns; it holds no value of theirs."""
    late = done.closed_at.date() > done.due
    blocks: list[Block] = [
        Heading(f"Receipt for case {done.case}"),
        Para(f"{done.organisation} carried out a request for {done.right}."),
        Pairs(
            [
                ("opened", moment(done.opened_at)),
                ("due", day(done.due)),
                ("closed", moment(done.closed_at) + (" (late)" if late else "")),
                ("plan", done.plan),
                ("policy", short(done.policy)),
                (
                    "signed by",
                    f"{done.approval.signer} as {done.approval.role}, {done.approval.at}"
                    if done.approval
                    else "no signature was asked for",
                ),
                ("ledger positions", listed(tuple(str(position) for position in done.events))),
            ]
        ),
        Heading("What was done", 2),
        Lines([_line(line) for line in done.lines]),
        Heading("What is left", 2),
        Lines([_store(line) for line in done.stores]),
    ]
    if done.told:
        blocks += [Heading("Who was told", 2), Lines([Line("!", told, says="told") for told in done.told])]
    if done.waiting:
        matched = count(done.waiting, "row")
        blocks.append(Para(f"{matched} matched only an identifier that may be shared: a person decides.", Tone.CARE))
    return tuple(blocks)


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
    if verb in (Verb.RETAIN, Verb.BLOCK):
        text = f"{KEPT} {where}: {count(line.planned, 'row')}"
    else:
        text = f"{SAYS[verb]} {where}: {line.changed} of {count(line.planned, 'row')}"
    details = [_with_law(_grounds(line.ground), line.law)]
    if line.otherwise:
        details.append(_shared(line))
    if line.exception:
        words = EXCEPTIONS.get(line.exception, line.exception).replace("`{}` refers", "another row refers")
        details.append(f"exception: {_with_law(words, line.exception_law)}")
    if line.until:
        details.append(f"kept until {day(line.until)}, then destroyed")
    return Line(GLYPHS[verb], text, details, TONES.get(verb, Tone.PLAIN), SAYS[verb])


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
    text = f"{line.store}: looked again, {count(line.left, 'row')} left, {line.retained} retained"
    if line.to_read:
        text += f", {line.to_read} left for a person to read"
    details = [f"unrecoverable by {day(line.unrecoverable_by)}"] + ([line.note] if line.note else [])
    return Line(
        "✓" if clean else "✗", text, details, Tone.GOOD if clean else Tone.BAD, "clean" if clean else "not clean"
    )
