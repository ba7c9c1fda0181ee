"""How a key of a declared thing reads when it changes: wider, narrower, another thing, or only in other words.

The lists are the whole knowledge of `diff`, and they are lists of exceptions: a key that none of them names counts as
wider whatever becomes of it, so a noun that gets a new field cannot change without anybody being told.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum, auto
from typing import Any

from troth.model.period import Period


class Reads(Enum):
    """What a change of a value means."""

    MORE_IS_WIDER = auto()
    """A set that grows, a number or a period that rises, a flag that is put up."""
    MORE_IS_NARROWER = auto()
    """The reverse: a set of what stays closed, a protection, a promise to act."""
    ANY_IS_WIDER = auto()
    """Another value is another thing."""
    WORDS = auto()
    """Wording, names of ours, addresses, evidence."""


INNER = frozenset({"id", "place", "language", "number"})
"""Fields that say where or under which name a thing stands, and nothing about people."""

_WORDS = frozenset({
    "address", "announces", "approve", "approved_by", "assessment", "assessment_sections", "assessment_until",
    "authorities", "authority", "because", "blocks", "by", "checked", "cites", "compatibility",
    "compatibility_until", "consequence", "contact", "court", "disable", "document", "dpo",
    "drift_to", "email", "evidence", "factors", "facts", "file", "free_phone",
    "granted_by", "holidays", "hundredths_of", "instruction", "interests", "internal_first", "label", "links", "module",
    "name", "notice_at", "number", "occasions", "owner", "phone", "policy", "reasons", "records",
    "register", "responsible", "reviewed", "says", "sections", "short",
    "signed", "similar_to", "standard", "stop", "text", "title", "version",
    "without", "works_without",
})  # fmt: skip

_MORE = frozenset({
    "account_needed", "activities", "affiliates", "allowed", "answers_within", "at_most", "categories", "channels",
    "compatible_with", "countries", "days", "despite_objection", "due", "elements", "escalate_after", "expires",
    "found", "gives", "home", "hours", "in_clear_for", "inputs", "intended", "lifetime", "mandatory", "months",
    "necessary", "one_off_ends_after", "open_to", "opens_by", "our_copy", "outside_control",
    "own_purposes", "partial", "partners", "passes_on_to", "profiling", "programme", "purposes",
    "reached_from", "readers", "recertify_every", "recipients", "regions", "relationships", "remind_after",
    "review_every", "review_within", "roles", "silence_after", "soft_opt_in", "sources", "spares", "stored_in",
    "support_within", "takes_along", "tell_within", "uses", "within", "years",
})  # fmt: skip

_LESS = frozenset({
    "against", "aggregates_of", "ahead", "anyone", "at_least", "before_effect", "blocks_until_done",
    "choices", "decided_by", "direct_marketing", "each_person", "each_time", "ends_by",
    "ends_purposes", "every_use_logged",
    "fields_exactly", "free_text", "hard_limit", "kept_apart", "languages", "log_shown", "measures", "must",
    "needs", "needs_case", "needs_choice", "never", "not_by_who_did", "notices", "obligations", "old_choice_ends",
    "possible", "protect", "regimes", "regimes_follow", "routes", "safeguards", "session", "signals", "speaks_of",
    "tell_at_first_message", "tells", "told_before", "told_on_leaving", "unless_choice", "who", "withdraw_by",
    "withheld",
})  # fmt: skip

_OF_A_NOUN: Mapping[tuple[str, str], Reads] = {
    ("Choice", "purposes"): Reads.ANY_IS_WIDER,
    ("Choice", "channels"): Reads.ANY_IS_WIDER,
    ("Choice", "recipients"): Reads.ANY_IS_WIDER,
    ("TableMap", "retain"): Reads.ANY_IS_WIDER,
    ("TableMap", "clock"): Reads.ANY_IS_WIDER,
    ("Organisation", "name"): Reads.ANY_IS_WIDER,
    ("Recipient", "name"): Reads.ANY_IS_WIDER,
    ("Recipient", "says"): Reads.ANY_IS_WIDER,
    ("Choice", "says"): Reads.ANY_IS_WIDER,
    ("Organisation", "regions"): Reads.WORDS,
}
"""Where a key means something else than under its name elsewhere: these words are what people said yes to."""

ZERO_IS_MOST = frozenset({("Role", "at_most"), ("ChannelRule", "at_most"), ("RightOffer", "days")})
"""Numbers whose 0 says that nothing of our own limits it."""
EMPTY_IS_ALL = frozenset(
    {
        *(("Purpose", field) for field in ("readers", "opens_by", "sources", "activities")),
        *(("Safeguard", field) for field in ("countries", "elements", "parties")),
        ("Recipient", "activities"),
        ("Transfers", "allowed"),
        ("Role", "elements"),
        ("Source", "readers"),
        ("Source", "purposes"),
        ("Matter", "readers"),
        ("Obligation", "countries"),
    }
)
"""Sets that limit nothing where they are empty: with the last of them gone, everything is let in."""
_UNSAID_IS_NONE = frozenset({"ahead"})
"""Periods that are nothing where they are not said; any other is without end then."""
_ENDLESS = 10**9


def reads(noun: type, field: str) -> Reads:
    """How a change of this field reads."""
    special = _OF_A_NOUN.get((noun.__name__, field))
    if special:
        return special
    if field in _WORDS:
        return Reads.WORDS
    if field in _MORE:
        return Reads.MORE_IS_WIDER
    return Reads.MORE_IS_NARROWER if field in _LESS else Reads.ANY_IS_WIDER


def size(noun: type, field: str, value: Any) -> int | frozenset[str] | None:
    """What two values of a field are compared by; None where there is no more and less."""
    if not value and (noun.__name__, field) in EMPTY_IS_ALL:
        return _ENDLESS
    if isinstance(value, Period):
        return _hours(value) or (0 if field in _UNSAID_IS_NONE else _ENDLESS)
    if isinstance(value, bool | int):
        return _ENDLESS if not value and (noun.__name__, field) in ZERO_IS_MOST else int(value)
    if isinstance(value, str):
        return frozenset({value} - {""})
    if isinstance(value, Mapping):
        return frozenset(f"{key}: {worded(each)}" for key, each in value.items())
    if isinstance(value, frozenset | tuple):
        return frozenset(worded(each) for each in value)
    return None


def worded(value: Any) -> str:
    """A value in a few words, without what was not said."""
    if isinstance(value, bool):
        return ("no", "yes")[value]
    if isinstance(value, Period):
        parts = {"year": value.years, "month": value.months, "day": value.days, "hour": value.hours}
        return " ".join(f"{number} {unit}{'s' * (number != 1)}" for unit, number in parts.items() if number)
    if isinstance(value, Mapping):
        return ", ".join(sorted(f"{key}: {worded(each)}" for key, each in value.items()))
    if isinstance(value, frozenset | tuple):
        return ", ".join(sorted(worded(each) for each in value))
    if is_dataclass(value):
        said = {field.name: getattr(value, field.name) for field in fields(value) if field.name not in INNER}
        words = {name: worded(each) for name, each in said.items() if each}
        return ", ".join(f"{name.replace('_', ' ')} {each}" for name, each in words.items() if each)
    return "" if value is None else str(value)


def _hours(period: Period) -> int:
    """By and large: only whether it grew matters."""
    return ((period.years * 366 + period.months * 31 + period.days) * 24) + period.hours
