"""organisation.yaml: who makes the promises, in which languages, under which laws, and from when."""

from dataclasses import dataclass

from troth.catalog import knows_place
from troth.model.policy import Contact, Organisation, Region, Register, VersionNote
from troth.policy.assessments import SECTIONS as ASSESSMENT_KINDS
from troth.policy.common import LINK, Places, flag, one_of, says, text, wording
from troth.policy.section import Context, Section
from troth.policy.shapes import (
    COUNTRY,
    ID,
    LANGUAGE_PATTERN,
    TEXT,
    Day,
    Field,
    Line,
    Many,
    OneOf,
    Record,
    Ref,
    Table,
    Values,
)

ID_ = Field("id", ID, "short id, for URLs and keys", required=True)
NAME = Field("name", TEXT, "the name people know", required=True)
ADDRESS = Field("address", TEXT, "postal address", required=True)
CONTACT = Field("contact", TEXT, "where a person writes to the privacy office", required=True)
COUNTRY_ = Field("country", COUNTRY, "where it is established", required=True)
LANGUAGES = Field(
    "languages",
    Many(Line("a language code such as `en`", LANGUAGE_PATTERN), one_ok=True),
    "languages of all wordings; the first one is always there",
    required=True,
)
REGIMES = Field("regimes", Many(Ref("law pack"), one_ok=True), "law packs that apply", required=True)
AUTHORITY = Field("authority", TEXT, "the supervisory authority", required=True)
HOLIDAYS = Field(
    "holidays",
    Line("a country or a country and state such as `DE-HH`", "[A-Z]{2}(-[A-Z0-9]{1,3})?"),
    "place whose public holidays move a last day",
)

REGISTER = Record(
    text("court", "where it is registered", required=True),
    text("number", "under which number", required=True),
    makes=Register,
)
DPO = Record(
    text("name", "who it is", required=True),
    text("email", "where letters reach them", required=True),
    text("phone", "their telephone"),
    text("address", "their postal address, where it is another"),
    makes=Contact,
)
REGION = Record(
    says("what the region is called"),
    Field("countries", Places(parts=True), "countries whose people it is for"),
    text("name", "the name under which we act there"),
    text("address", "our address there"),
    text("contact", "where people there write to"),
    text("phone", "our telephone there"),
    Field("authority", Ref("authority"), "who watches there"),
    flag("default", "shown together with a list of all, where the region of a visitor is not known"),
    makes=Region,
)
SECTIONS = Field(
    "assessment-sections",
    Table(Many(ID, one_ok=True), key=one_of(*ASSESSMENT_KINDS)),
    "kind of assessment -> sections that ours have besides",
)
MORE = (
    Field("register", REGISTER, "where the organisation is registered"),
    Field("dpo", DPO, "the data protection officer"),
    text("phone", "its telephone"),
    text("free-phone", "a telephone that costs the caller nothing"),
    Field("regions", Table(REGION, kind="organisation-region"), "regional variants"),
    Field("authorities", Many(Ref("authority"), one_ok=True), "authorities in the law packs that are named too"),
    wording("internal-first", "an invitation to complain to us first, which never stands before the authority"),
    Field("default-basis", Ref("basis"), "basis of every purpose that does not say why it has another"),
    Field(
        "regimes-follow",
        Many(OneOf("residence", "citizenship", "stay", blank=""), one_ok=True),
        "what of a person brings further regimes; one is enough",
        default=("residence",),
    ),
    Field("notice-at", LINK, "the one address that always shows the newest notice"),
    SECTIONS,
)
_ORGANISATION = Record(
    ID_, NAME, ADDRESS, CONTACT, COUNTRY_, LANGUAGES, REGIMES, AUTHORITY, HOLIDAYS, *MORE, makes=Organisation
)

BODY = Field(
    "organisation",
    _ORGANISATION,
    "who makes the promises",
    required=True,
)
EFFECTIVE = Field("effective-from", Day(), "the day from which this version applies", required=True)
VERSION = Field(
    "version",
    Record(
        Field("reason", OneOf("legal", "technical", "business", blank=""), "why it was made", required=True),
        says("what is new"),
        text("author", "who made it", required=True),
        makes=VersionNote,
    ),
    "why this version was made, and by whom",
)


@dataclass(frozen=True)
class Head:
    """What organisation.yaml says."""

    organisation: Organisation
    effective_from: str
    version: VersionNote | None


def build(values: Values, context: Context) -> Head:
    """Read first of all: it tells the others languages and regimes."""
    body = values[BODY]
    context.languages = tuple(language for language in body[LANGUAGES] if language) or context.languages
    context.regimes = body[REGIMES]
    context.effective_from = values[EFFECTIVE]
    if body[ID_]:
        context.report.declare("organisation", body[ID_], values.at(BODY))
    if body[HOLIDAYS] and not knows_place(body[HOLIDAYS]):
        message = f"the public holidays of `{body[HOLIDAYS]}` are not known"
        context.report.say(
            "wrong-value", message, body.at(HOLIDAYS), "write a country, or a country and its part: `DE-HH`"
        )
    context.own_sections = {kind.key: kind.value for kind in body[SECTIONS]}
    organisation: Organisation = _ORGANISATION.make(
        Values(body.place, body.found, body.places),  # where the file is missing, an organisation of blanks
        values.at(BODY),
        context,
        languages=context.languages,
        regimes=context.regimes,
    )
    return Head(organisation, values[EFFECTIVE], VERSION.shape.make(values[VERSION], values.at(VERSION), context))


SECTION = Section(
    "organisation",
    "organisation.yaml",
    "Who makes the promises, under which laws.",
    Record(EFFECTIVE, VERSION, BODY),
    build,
    kinds=("organisation",),
)
