"""trackers.yaml: everything that recognises a device, by category, and the signals that are honoured."""

from troth.model.policy_contact import Tracker, TrackerCategory, Tracking
from troth.policy.common import SIGNALS, elements, flag, one_of, ref, refs, says, span, wording
from troth.policy.section import Context, Section
from troth.policy.sections.outside import HOST
from troth.policy.shapes import TEXT, Field, Many, OneOf, Record, Ref, Table, Values

FOUND = ("web", "app", "email", "product")
METHODS = ("cookie", "local-storage", "pixel", "beacon", "sdk", "link-parameter", "tag-id", "fingerprint")

CATEGORY = Record(
    says("what these trackers are for"),
    flag("necessary", "nothing works without them: no choice is asked"),
    wording("because", "why they are necessary"),
    ref("choice", "choice", "the choice that allows them"),
    wording("without", "what is missing when they are refused"),
    makes=TrackerCategory,
)
TRACKER = Record(
    says("what it does, in plain words"),
    Field("category", Ref("tracker-category"), "its category", required=True),
    Field("names", Many(TEXT, one_ok=True), "as a browser shows them; `*` for any ending", required=True),
    Field("method", OneOf(*METHODS), "how it recognises a device"),
    Field("found", Many(OneOf(*FOUND, blank=""), one_ok=True), "where", required=True),
    ref("owner", "recipient", "whose it is; unsaid: ours"),
    Field("hosts", Many(HOST, one_ok=True), "hosts that set or read it"),
    flag("session", "it ends with the browser's session"),
    span("lifetime", "how long it lives, not renewed beyond that"),
    elements("brings", "what it brings about a person", into="elements"),
    refs("for", "purpose", "purposes that may use that", into="purposes"),
    wording("disable", "how to switch it off"),
    makes=Tracker,
)
CATEGORIES = Field("categories", Table(CATEGORY, kind="tracker-category"), "by id", required=True)
TRACKERS = Field("trackers", Table(TRACKER, kind="tracker"), "by id", required=True)
ALL = Record(
    CATEGORIES,
    TRACKERS,
    Field(
        "signals",
        Table(Many(Ref("tracker-category"), one_ok=True), key=one_of(*SIGNALS)),
        "signal of a browser -> categories that it refuses",
    ),
    wording("works-without", "what works with all of it off"),
    Field("never", Many(OneOf(*METHODS, blank=""), one_ok=True), "methods that are not used, not even as a fallback"),
    makes=Tracking,
)


def build(values: Values, context: Context) -> Tracking:
    """Without the file nothing is declared."""
    made: Tracking | None = ALL.make(values, values.place, context)
    return made or Tracking()


SECTION = Section(
    "trackers",
    "trackers.yaml",
    "Everything that recognises a device.",
    ALL,
    build,
    kinds=("tracker-category", "tracker"),
    required=False,
)
