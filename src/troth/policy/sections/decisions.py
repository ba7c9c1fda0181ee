"""decisions.yaml: decisions that a machine takes about people: none, or each kind with its logic."""

from troth.model.policy_guard import Decision, Decisions
from troth.policy.common import elements, ref, says, span, text, wording
from troth.policy.section import Context, Section
from troth.policy.shapes import Either, Field, OneOf, Record, Ref, Table, Values

ASSESSMENT = text("assessment", "file with the assessment of its impact")
DECISION = Record(
    says("what is decided"),
    ref("purpose", "purpose", "what for", required=True),
    elements("weighs", "what goes into it", required=True, into="inputs"),
    wording("logic", "how it comes to its result, and what weighs how much", required=True),
    wording("consequences", "what it means for the person", required=True),
    Field(
        "exception",
        OneOf("contract", "law", "explicit-consent", "human-decides", blank=""),
        "why a machine may decide (GDPR Art. 22(2)), or that a person does in the end",
        required=True,
    ),
    wording("because", "why the contract needs it"),
    ref("choice", "choice", "the explicit consent to it"),
    ref("obligation", "obligation", "the law that allows it"),
    Field("special-condition", Ref("condition"), "what lets special categories go into it"),
    ref("reviewed-by", "role", "who decides anew when asked"),
    span("review-within", "in which time"),
    ASSESSMENT,
    makes=Decision,
)
NO_DECISIONS = OneOf("none")
KINDS = Table(DECISION, kind="decision")
DECISIONS = Field(
    "decisions", Either(NO_DECISIONS, KINDS, into=lambda _word, _place: ()), "`none`, or each kind by id", required=True
)


def build(values: Values, context: Context) -> Decisions:
    """Declared as none is another thing than not declared."""
    if DECISIONS not in values:
        return Decisions()
    kinds = {
        named.key: DECISION.make(
            named.value,
            named.place,
            context,
            id=named.key,
            assessment_until=context.assessed(named.value[ASSESSMENT], named.value.at(ASSESSMENT)),
        )
        for named in values[DECISIONS]
    }
    return Decisions(declared=True, kinds=kinds, place=values.at(DECISIONS))


SECTION = Section(
    "decisions",
    "decisions.yaml",
    "Decisions that a machine takes.",
    Record(DECISIONS),
    build,
    kinds=("decision",),
    required=False,
)
