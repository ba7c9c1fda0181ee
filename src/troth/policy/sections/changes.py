"""changes.yaml: how the notice is changed, and what opens a purpose that was not told before."""

from troth.model.policy_guard import Changes, NewPurpose, NewPurposeRule, Rating
from troth.policy.common import WHERE, flag, one_of, ref, says, span
from troth.policy.section import Context, Section
from troth.policy.shapes import Field, Many, OneOf, Record, Table, Values

RATINGS = ("any", "minor", "moderate", "material")
NEEDED = Many(OneOf("assessment", "notice", "legal-basis", "choice", blank=""), one_ok=True)
RATING = Record(
    says("which changes these are"),
    Field(
        "by",
        Many(OneOf("page", "banner", "message", "fresh-choice", blank=""), one_ok=True),
        "how people learn of it",
        required=True,
        into="measures",
    ),
    flag("before-effect", "they learn of it before it takes effect"),
    span("ahead", "how long before"),
    flag("each-person", "whoever was not reached stays under the old version"),
    flag("despite-objection", "it goes also to those who want no advertising"),
    flag("old-choice-ends", "an earlier yes does not cover the new text"),
    makes=Rating,
)
RULE = Record(
    Field("where", WHERE, "for whom", required=True),
    Field("needs", NEEDED, "what else is needed for them", required=True),
    makes=NewPurposeRule,
)
NEW_PURPOSE = Record(
    Field("compatible", NEEDED, "what opens one that is compatible with an earlier purpose"),
    Field("unrelated", NEEDED, "what opens any other"),
    Field("rules", Many(RULE), "what else some people need"),
    makes=NewPurpose,
)
ALL = Record(
    Field(
        "ratings", Table(RATING, key=one_of(*RATINGS)), "weight of a change -> how people learn of it", required=True
    ),
    Field("new-purpose", NEW_PURPOSE, "what opens a new purpose"),
    Field("automated-decisions", OneOf(*RATINGS, blank=""), "the weight that any change of them has"),
    span("review-every", "how often the notice is looked at"),
    ref("drift-to", "role", "whose task it is when notice and practice part"),
    makes=Changes,
)


def build(values: Values, context: Context) -> Changes:
    """Without the file nothing is declared."""
    made: Changes | None = ALL.make(values, values.place, context)
    return made or Changes()


SECTION = Section("changes", "changes.yaml", "How the notice is changed.", ALL, build, required=False)
