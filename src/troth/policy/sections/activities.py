"""activities.yaml: what we do that brings or uses data, in which role, from when, and which notice governs it."""

from troth.model.policy_contact import Activity
from troth.policy.common import Places, day, flag, ref, refs, says, wording
from troth.policy.section import Section, made_of
from troth.policy.shapes import Field, OneOf, Record, Table

ACTIVITY = Record(
    says("what we do"),
    Field("role", OneOf("controller", "joint-controller", "processor"), "what we are in it"),
    refs("with", "recipient", "who decides with us, or for whom we work", into="partners"),
    wording("essence", "what a joint arrangement comes to"),
    ref("requests-to", "recipient", "who answers requests about it in the first place"),
    ref("notice", "notice", "the specific notice that governs it beside the main one"),
    Field("countries", Places(), "where it takes place, if not at home"),
    refs("for", "relationship", "whom it concerns", into="relationships"),
    day("starts", "its first day: before it, it is closed"),
    flag("intended", "it is planned, and the notice says so"),
    day("ends", "its last day"),
    flag("account-needed", "nobody takes part without an account"),
    makes=Activity,
)
ACTIVITIES = Field("activities", Table(ACTIVITY, kind="activity"), "by id", required=True)

SECTION = Section(
    "activities",
    "activities.yaml",
    "What we do that brings or uses data.",
    Record(ACTIVITIES),
    made_of(ACTIVITIES),
    kinds=("activity",),
    required=False,
)
