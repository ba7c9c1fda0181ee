"""outside.yaml: hosts and services that the notice does not cover."""

from troth.model.policy_contact import Outside
from troth.policy.common import LINK, flag, says, text
from troth.policy.section import Section, made_of
from troth.policy.shapes import Field, Line, Many, Record, Table

HOST = Line("the name of a host", r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+")
ENTRY = Record(
    says("what it is, and that it is not ours"),
    Field("hosts", Many(HOST, one_ok=True), "its hosts; `*.` stands for any below", required=True),
    Field("policy", LINK, "where its own notice stands"),
    text("responsible", "who answers for it"),
    flag("told-on-leaving", "a link to it says that one leaves"),
    makes=Outside,
)
OUTSIDE = Field("outside", Table(ENTRY, kind="outside"), "by id", required=True)

SECTION = Section(
    "outside",
    "outside.yaml",
    "Hosts and services that the notice does not cover.",
    Record(OUTSIDE),
    made_of(OUTSIDE),
    kinds=("outside",),
    required=False,
)
