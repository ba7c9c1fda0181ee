"""The published notice: made from the policy's clauses, so it cannot say what the machine does not know."""

from troth.model.policy import Policy
from troth.show.blocks import Block, Blocks, Heading, Pairs, Para, Rich, Tone
from troth.show.words import short


def notice(policy: Policy, language: str = "") -> Blocks:
    """All clauses of one language, in the author's order."""
    organisation = policy.organisation
    wanted = language or organisation.languages[0]
    blocks: list[Block] = [
        Heading(f"Privacy notice of {organisation.name}"),
        Pairs(
            [
                ("in force from", policy.effective_from),
                ("who answers", organisation.name),
                ("address", organisation.address),
                ("write to", organisation.contact),
                ("you may complain to", organisation.authority),
            ]
        ),
    ]
    for clause in policy.clauses:
        if clause.language == wanted:
            blocks += [Heading(clause.title, 2), Rich(clause.text)]
    return (*blocks, Para(f"Version {short(policy.hash)}", Tone.QUIET))
