"""What the gate should say, told a second time: slowly, without the rules, as plain sentences about one question.

It shares the nouns with the gate and nothing else, so that a mistake in one is not repeated in the other. It gives no
words, clauses or law: a comparison needs the decision, the codes and what is released. Never used to answer anybody.
"""

from dataclasses import replace

from troth.gate.reference.version import Version
from troth.gate.reference.world import Verdict
from troth.model.policy import Policy
from troth.model.question import NOTHING_KNOWN, Facts, Question

__all__ = ["Verdict", "decide"]


def decide(
    policies: tuple[Policy, ...], question: Question, facts: Facts, *, facts_seconds: float = 2.0, adult_age: int = 18
) -> Verdict:
    """Say what the gate should say."""
    verdict = Verdict()
    if not policies:
        verdict.no.add("policy-unknown")
        return verdict
    if not 0 <= facts.age_seconds <= facts_seconds:
        facts = replace(NOTHING_KNOWN, position=facts.position)
    purposes = [policy.purposes[question.purpose] for policy in policies if question.purpose in policy.purposes]
    asked = set(question.fields) or {element for purpose in purposes for element in purpose.uses}
    for policy in policies:
        newest = {c: max(p.choices[c].version for p in policies if c in p.choices) for c in policy.choices}
        Version(policy, question, facts, asked, newest, adult_age, verdict, policies[-1]).judge()
    verdict.released = {element for element in asked if not verdict.against.get(element)}
    if verdict.released:
        if question.fields and verdict.released != asked:
            verdict.no.add("fields-withheld")
    elif purposes:
        verdict.no.add("nothing-released")
    verdict.allowed = not verdict.no and bool(verdict.released)
    if not verdict.allowed:
        verdict.released = set()
    return verdict
