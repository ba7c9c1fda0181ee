"""organisation.yaml: who makes the promises, in which languages, under which laws, and from when."""

from dataclasses import dataclass

from troth.catalog import knows_place
from troth.model.policy import Organisation
from troth.policy.section import Context, Section
from troth.policy.shapes import COUNTRY, ID, LANGUAGE_PATTERN, TEXT, Day, Field, Line, Many, Record, Ref, Values

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

BODY = Field(
    "organisation",
    Record(ID_, NAME, ADDRESS, CONTACT, COUNTRY_, LANGUAGES, REGIMES, AUTHORITY, HOLIDAYS),
    "who makes the promises",
    required=True,
)
EFFECTIVE = Field("effective-from", Day(), "the day from which this version applies", required=True)


@dataclass(frozen=True)
class Head:
    """What organisation.yaml says."""

    organisation: Organisation
    effective_from: str


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
    organisation = Organisation(
        id=body[ID_],
        name=body[NAME],
        address=body[ADDRESS],
        contact=body[CONTACT],
        country=body[COUNTRY_],
        languages=context.languages,
        regimes=context.regimes,
        authority=body[AUTHORITY],
        place=values.at(BODY),
        holidays=body[HOLIDAYS],
    )
    return Head(organisation, values[EFFECTIVE])


SECTION = Section(
    "organisation",
    "organisation.yaml",
    "Who makes the promises, under which laws.",
    Record(EFFECTIVE, BODY),
    build,
    kinds=("organisation",),
)
