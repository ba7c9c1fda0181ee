"""Every code the gate emits, with the sentence behind it. A code is stable; the law behind it is the pack's to cite.

`{}` stands for the words in question. Two codes carry a name (`fact-missing:choices`, `rule-failed:choice`).
Nothing here decides. The case files and the reference page are compared with these tables by tests.
"""

from collections.abc import Mapping
from types import MappingProxyType

OPENS: Mapping[str, str] = MappingProxyType(
    {
        "basis-consent": "It rests on the person's consent.",
        "basis-contract": "A contract with the person needs it.",
        "basis-pre-contract": "The person asked for steps before a contract.",
        "basis-legal-obligation": "A law obliges us to.",
        "basis-vital-interests": "Somebody's life or health depends on it.",
        "basis-public-task": "It is a task in the public interest.",
        "basis-legitimate-interest": "It rests on a legitimate interest.",
        "basis-recognised-interest": "It rests on an interest that the law itself recognises.",
        "choice-yes": "The person said yes to {}.",
    }
)
"""Reasons for a yes."""

CLOSES: Mapping[str, str] = MappingProxyType(
    {
        "policy-unknown": "No policy version governs this question.",
        "time-without-zone": "The moment asked about has no time zone.",
        "purpose-unknown": "The policy declares no purpose {}.",
        "purpose-for-nobody": "The purpose {} is declared for no relationship.",
        "operation-unknown": "There is no operation {}.",
        "operation-not-declared": "The purpose {} does not say that this may be done.",
        "channel-missing": "A message needs a channel, and none was named.",
        "channel-closed": "The purpose does not open the channel {}.",
        "basis-missing": "No legal basis is declared.",
        "basis-unknown": "{} is not a legal basis.",
        "assessment-missing": "The legitimate interest was never assessed.",
        "assessment-ended": "The assessment of the legitimate interest ended on {}.",
        "not-begun": "{} has not begun.",
        "role-not-reader": "The purpose is not for the role {}.",
        "condition-unread": "It hangs on {}, which nobody here can look at yet.",
        "contract-not-in-force": "No contract with {} is in force on that day.",
        "recipient-missing": "A disclosure needs a recipient, and none was named.",
        "recipient-unknown": "The policy declares no recipient {}.",
        "recipient-not-for-purpose": "The recipient {} is not declared for this purpose.",
        "destination-missing": "A transfer needs a destination, and none was named.",
        "destination-undeclared": "No declared recipient receives this in {}.",
        "safeguard-missing": "No safeguard is declared for a transfer to {}.",
        "field-unknown": "The policy declares no element {}.",
        "field-never": "The policy promises never to use {} for this.",
        "field-not-used": "The purpose does not use {}.",
        "field-special": "{} is of a special category, and no condition for it is declared.",
        "field-free-text": "{} is free text: it may speak of others, and leaves only through a person's hands.",
        "field-not-for-recipient": "The recipient is not declared for {}.",
        "relationship-not-covered": "The purpose is not for anybody in this person's relationship to us.",
        "field-not-of-relationship": "This person's relationship to us does not bring {}.",
        "erased": "The person's data was erased, and nothing was kept for this purpose.",
        "field-erased": "{} was erased, or was not kept for this purpose.",
        "choice-undeclared": "The policy declares no choice that could open this.",
        "choice-not-given": "The person was not asked, or never answered: {}.",
        "choice-no": "The person said no to {}.",
        "choice-outdated": "The person said yes to an earlier wording of {}, which meant something else.",
        "choice-wording-unknown": "The person said yes to a wording of {} that no policy version in force knows.",
        "choice-not-explicit": "{} asks for an ordinary yes where an explicit one is needed.",
        "objection-marketing": "The person objected to direct marketing.",
        "objection-purpose": "The person objected to this purpose.",
        "minor": "The person is, or may be, under age.",
        "restricted": "{} is restricted, and not open to this purpose.",
        "kept-for-other-purposes": "{} is only kept for other purposes.",
        "keeping-over": "The period for which {} was kept is over.",
        "nothing-released": "No field is left that may be used.",
        "fields-withheld": "Of the fields asked for by name, {} may not be used: ask again without.",
        "fact-missing": "{} is not known, or only from too long ago, and this hangs on it.",
        "rule-failed": "The rule {} failed, so the answer is no.",
    }
)
"""Reasons for a no, or for withholding a field."""

CODES: Mapping[str, str] = MappingProxyType({**OPENS, **CLOSES})

_LONGEST_WORD = 80


def base_of(code: str) -> str:
    """The code without the name it carries: `fact-missing:choices` -> `fact-missing`."""
    return code.partition(":")[0]


def quoted(*words: str) -> str:
    """Words in backticks, shortened and free of characters that would hide or turn the text."""
    return ", ".join(f"`{_tame(word)}`" for word in words)


def _tame(word: str) -> str:
    if len(word) > _LONGEST_WORD:
        word = word[:_LONGEST_WORD] + "…"
    if word.isprintable() and "`" not in word:
        return word
    return "".join(c if c.isprintable() and c != "`" else "\N{REPLACEMENT CHARACTER}" for c in word)
