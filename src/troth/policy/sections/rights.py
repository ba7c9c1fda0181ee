"""rights.yaml: the rights as this organisation offers them."""

from collections.abc import Mapping
from types import MappingProxyType

from troth.model.policy import Agent, Fee, Proof, RightOffer
from troth.policy.common import ROUTES, flag, ref, roles, span, where, wordings
from troth.policy.report import did_you_mean, listed
from troth.policy.section import Context, Section
from troth.policy.shapes import ID, WORDS, Count, Field, Flag, Many, OneOf, Record, Ref, Table, Values

PROOFS = (
    "id-copy", "account", "sender-address", "reply-to-known-address", "two-facts", "signed-statement",
)  # fmt: skip
SAYS = Field("says", WORDS, "how the right is offered", required=True)
APPROVE = Field("approve", Many(ID, one_ok=True), "staff roles that may sign its plan; none: no signature is needed")
DAYS = Field("days", Count(1, 365), "our own shorter promise, in days")

PROOF = Record(
    Field("when", OneOf("never", "on-doubt", "always"), "when somebody has to show who they are", required=True),
    Field("kinds", Many(OneOf(*PROOFS, blank=""), one_ok=True), "what serves"),
    Field("deleted-after", OneOf("decision", "matter", blank=""), "when it is deleted"),
    ref("asked-by", "role", "who may ask for it"),
    makes=Proof,
)
FEE = Record(
    Field("may", OneOf("never", "unfounded-or-excessive"), "when anything may be charged", required=True),
    roles("approve", "who has to find that"),
    Field("told-before", Flag(), "the person is told before work goes on", default=True),
    makes=Fee,
)
AGENT = Record(
    Field("allowed", Flag(), "whether somebody may ask for somebody else", required=True),
    Field(
        "needs",
        Many(OneOf("signed-permission", "person-confirms", "power-of-attorney", "registration", blank=""), one_ok=True),
        "what that takes",
    ),
    where("whose agents"),
    makes=Agent,
)
RIGHT = Record(
    SAYS,
    APPROVE,
    DAYS,
    where("whom it is offered to beyond the law"),
    flag("to-anyone", "offered to everybody, wherever they live"),
    Field("routes", Many(OneOf(*ROUTES, blank=""), one_ok=True), "the ways to ask; one message is enough"),
    flag("account-needed", "it takes an account"),
    Field("proof", PROOF, "when somebody has to show who they are"),
    Field("fee", FEE, "whether it may cost something"),
    Field("agent", AGENT, "whether somebody may ask for somebody else"),
    roles("decided-by", "who decides"),
    Field("exceptions", Many(Ref("exemption"), one_ok=True), "the only exceptions on which we rely"),
    Field("conditions", Many(Ref("ground"), one_ok=True), "the only conditions that we ask for"),
    ref("first", "recipient", "to whom it goes first, the person told"),
    Field("direct", OneOf("when-feasible", "always", blank=""), "whether a copy goes straight to another controller"),
    flag("at-once", "the effect comes first, the decision after"),
    flag("told-before-end", "it does not end before the person was told"),
    span("measured-within", "our own time from asking to effect"),
    wordings("steps", "what is done, in this order"),
    makes=RightOffer,
)
RIGHTS = Field("rights", Table(RIGHT, kind="right"), "by the law's own id", required=True)


def build(values: Values, context: Context) -> Mapping[str, RightOffer]:
    """By id; each must be a right that one of the regimes grants."""
    offers = {}
    for named in values[RIGHTS]:
        if context.regimes and context.catalog.right(context.regimes, named.key) is None:
            granted = {name for pack in context.catalog.regimes(context.regimes) for name in pack.rights}
            hint = did_you_mean(named.key, granted) or f"they grant {listed(granted)}"
            message = f"none of the organisation's regimes grants a right `{named.key}`"
            context.report.say("unknown-reference", message, named.place, hint)
        elif context.regimes and not named.value[DAYS] and not context.catalog.names_period(context.regimes, named.key):
            message = f"no law names a period for `{named.key}`, and the policy promises none"
            context.report.say("missing-key", message, named.place, "add `days: 30`, or what you will keep")
        offers[named.key] = RIGHT.make(named.value, named.place, context, id=named.key)
    return MappingProxyType(offers)


SECTION = Section(
    "rights", "rights.yaml", "Rights as this organisation offers them.", Record(RIGHTS), build, kinds=("right",)
)
