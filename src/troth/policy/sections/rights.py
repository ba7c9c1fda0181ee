"""rights.yaml: the rights as this organisation offers them."""

from collections.abc import Mapping
from types import MappingProxyType

from troth.model.policy import RightOffer
from troth.policy.report import did_you_mean, listed
from troth.policy.section import Context, Section
from troth.policy.shapes import ID, WORDS, Count, Field, Many, Record, Table, Values

SAYS = Field("says", WORDS, "how the right is offered", required=True)
APPROVE = Field("approve", Many(ID, one_ok=True), "staff roles that may sign its plan; none: no signature is needed")
DAYS = Field("days", Count(1, 365), "our own shorter promise, in days")

RIGHT = Record(SAYS, APPROVE, DAYS)
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
        offers[named.key] = RightOffer(
            id=named.key,
            says=context.words(named.value[SAYS], named.place),
            place=named.place,
            approve=named.value[APPROVE],
            days=named.value[DAYS],
        )
    return MappingProxyType(offers)


SECTION = Section(
    "rights", "rights.yaml", "Rights as this organisation offers them.", Record(RIGHTS), build, kinds=("right",)
)
