"""Every code the gate emits, with the sentence behind it. A code is stable; the law behind it is the pack's to cite.

`{}` stands for the words in question. Three carry a name: `fact-missing:erased`, `not-said:topic`, `rule-failed:often`.
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
        "choice-not-refused": "The person has not said no to {}, which is open until they do.",
        "marketing-soft-opt-in": "It goes to a customer of our own about something similar, with a way out.",
        "purpose-compatible": "It is compatible with {}, of which the person knew, and that was weighed.",
        "purpose-told": "The person was told of the new purpose.",
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
        "assessment-against": "The assessment {} came out against it.",
        "obligation-missing": "None of the declared duties obliges us to.",
        "not-begun": "{} has not begun.",
        "not-said": "The question does not say {}, and this hangs on it.",
        "form-unknown": "There is no form of data {}.",
        "form-not-open": "It takes data in no other form than {}.",
        "group-too-small": "A result must be about {} people at least.",
        "activity-unknown": "The policy declares no activity {}.",
        "activity-other": "It is not declared for that activity: {}.",
        "activity-not-running": "The activity {} has not begun, or is over.",
        "topic-other": "It is not open for the topic {}.",
        "source-unknown": "The policy declares no source {}.",
        "source-other": "Values from {} are not used for this.",
        "source-not-for-purpose": "The source {} is not declared for this purpose.",
        "field-refused-from-source": "The policy promises never to take {} from there.",
        "field-not-of-source": "That source does not give {}.",
        "field-not-asked": "No form asks for {} for this purpose.",
        "tracker-unknown": "The policy declares no tracker {}.",
        "tracker-not-for-purpose": "The tracker {} is not declared for this purpose.",
        "tracker-never": "The policy promises never to use {}.",
        "field-not-of-tracker": "The tracker is not declared to bring {}.",
        "decision-unknown": "The policy declares no automated decision {}.",
        "decision-not-for-purpose": "The decision {} is not declared for this purpose.",
        "exception-not-met": "What lets a machine decide does not hold here: {}.",
        "field-not-weighed": "{} does not go into that decision.",
        "role-unknown": "The policy declares no role {}.",
        "role-not-reader": "It is not for the role {}.",
        "role-not-for-purpose": "The role {} does not need this purpose.",
        "field-not-for-role": "That role does not see {}.",
        "space-unknown": "No customer {} is declared.",
        "outside-region": "The customer does not let its data be in {}.",
        "not-instructed": "No instruction of the customer {} in force covers this.",
        "field-not-instructed": "The customer's instruction does not cover {}.",
        "contract-not-in-force": "No contract with {} is in force on that day.",
        "fields-not-exact": "The recipient gets a fixed form, and {} stands outside it.",
        "sale-not-opened": "{} gets data for money or advertising of its own, and no choice lets it.",
        "place-not-allowed": "No data may be kept in {}.",
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
        "circumstances-not-met": "It is not open here for this person or context: {}.",
        "not-opened": "None of {} has happened, by which it opens.",
        "ended": "It ended with {}.",
        "no-open-case": "No case of the kind {} is open about this person.",
        "occasion-over": "Too long ago: {}.",
        "enough-sent": "As many messages as are promised at most have left: {}.",
        "purpose-not-told": "The person was not told of the new purpose yet.",
        "compatibility-missing": "Nobody weighed whether the new purpose is compatible.",
        "compatibility-ended": "The assessment of compatibility ended on {}.",
        "relationship-over": "The person's relationship to us is over: {}.",
        "nobody-beside": "Nobody is known who has to be known beside {}.",
        "not-a-party": "The person can be no party to a contract with us.",
        "relationship-not-covered": "The purpose is not for anybody in this person's relationship to us.",
        "field-not-of-relationship": "This person's relationship to us does not bring {}.",
        "erased": "The person's data was erased, and nothing was kept for this purpose.",
        "field-erased": "{} was erased, or was not kept for this purpose.",
        "choice-undeclared": "The policy declares no choice that could open this.",
        "choice-not-given": "The person was not asked, or never answered: {}.",
        "choice-no": "The person said no to {}.",
        "choice-outdated": "The person said yes to an earlier wording of {}, which meant something else.",
        "choice-unconfirmed": "The person never answered the message that confirms {}.",
        "choice-expired": "The person's yes to {} is too old.",
        "choice-ended": "The yes to {} ended with the no to the trackers that brought it.",
        "soft-opt-in-not-met": "It is no message to a customer of our own that needs no yes; missing: {}.",
        "marketing-needs-yes": "A law wants a yes before this channel advertises; missing in its place: {}.",
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
