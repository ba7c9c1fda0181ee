"""Words become a question: names and types are those of the model's noun, so that a new one needs nothing here."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from troth.model.problem import InputError
from troth.model.question import Operation, Question
from troth.policy.report import did_you_mean

NO_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands in a question that is about anybody at any time; each answer has its own."""
OF_EACH_ANSWER = frozenset({"person", "at"})
LONGEST = 200
"""Characters of one word, and words of one list: names of declared things are short."""


def _word(value: object) -> str | None:
    return str(value) if isinstance(value, str) and len(value) <= LONGEST else None


def _words(value: object) -> tuple[str, ...] | None:
    if isinstance(value, str) or not isinstance(value, Collection) or len(value) > LONGEST:
        return None
    words = tuple(_word(each) for each in value)
    return None if None in words else tuple(word for word in words if word is not None)


def _set(value: object) -> frozenset[str] | None:
    words = _words(value)
    return None if words is None else frozenset(words)


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: object) -> int | None:
    """A number such as 5 or, as some programs write it, 5.0."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value < 2**31 else None


READS: Mapping[object, tuple[str, Callable[[object], Any]]] = MappingProxyType(
    {
        str: ("a word", _word),
        tuple[str, ...]: ("a list of words", _words),
        frozenset[str]: ("a list of words", _set),
        bool: ("true or false", _flag),
        int: ("a number from 0", _number),
        Operation: ("an operation", _word),
    }
)
"""Type of a field of the question -> what it is called, and how it is read; None: it cannot be."""
WORDS: Mapping[str, object] = MappingProxyType(
    {each.name: each.type for each in fields(Question) if each.name not in OF_EACH_ANSWER}
)
"""What may be said in a question, with its type."""


def question_from(words: Mapping[str, Any]) -> Question:
    """A question about anybody. Raises InputError `unknown-word`, `bad-word`, `word-missing`, `unknown-operation`."""
    read: dict[str, Any] = {}
    for name, value in words.items():
        if name not in WORDS:
            remedy = did_you_mean(name, WORDS) or f"one of {', '.join(WORDS)}"
            raise InputError("unknown-word", f"`{name[:LONGEST]}` is no word of a question", remedy, exit_code=3)
        called, reader = READS[WORDS[name]]
        if (found := reader(value)) is None:
            raise InputError("bad-word", f"`{name}` is not {called}", "see the words of a question", exit_code=3)
        read[name] = found
    for name in ("operation", "purpose"):
        if not read.get(name):
            raise InputError("word-missing", f"the question names no `{name}`", f"say `{name}`", exit_code=3)
    known = ", ".join(f"`{value}`" for value in Operation)
    if read["operation"] not in set(Operation):
        raise InputError("unknown-operation", "that is not an operation", f"one of {known}", exit_code=3)
    return Question(**{**read, "operation": Operation(read["operation"])}, person="", at=NO_MOMENT)
