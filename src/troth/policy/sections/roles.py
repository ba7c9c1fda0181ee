"""roles.yaml: what a job needs to see, who grants it, and when that is looked at again."""

from troth.model.policy_guard import BreakGlass, Role
from troth.policy.common import elements, flag, ref, refs, says, span
from troth.policy.section import Section, made_of
from troth.policy.shapes import Count, Field, Record, Table

BREAK_GLASS = Record(
    refs("for", "purpose", "purposes that open in an emergency", required=True, into="purposes"),
    ref("review-by", "role", "who looks at each such access afterwards", required=True),
    span("within", "in which time", required=True),
    makes=BreakGlass,
)
ROLE = Record(
    says("the job"),
    refs("for", "purpose", "purposes that it needs", into="purposes"),
    elements("sees", "only these of what the purposes use", into="elements"),
    ref("only-own", "element", "only rows whose value is the reader's own: a station, a branch"),
    ref("granted-by", "role", "who grants it"),
    span("recertify-every", "how often each holder is confirmed anew, or loses it"),
    Field("at-most", Count(1), "how many people may hold it"),
    flag("every-use-logged", "each reading is written down"),
    Field("break-glass", BREAK_GLASS, "access beyond it in an emergency"),
    makes=Role,
)
ROLES = Field("roles", Table(ROLE, kind="role"), "by id", required=True)

SECTION = Section(
    "roles", "roles.yaml", "What a job needs to see.", Record(ROLES), made_of(ROLES), kinds=("role",), required=False
)
