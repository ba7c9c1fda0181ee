"""Every code a problem can carry, with its meaning and remedy. docs/reference/problems.md is made from this."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from troth.model.problem import Severity

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING


@dataclass(frozen=True)
class Code:
    """One kind of mistake."""

    code: str
    means: str
    remedy: str
    severity: Severity = _ERROR
    law: str = ""


_ALL = (
    # the folder and its text
    Code("no-folder", "The policy folder does not exist.", "give the path of a folder with `organisation.yaml` in it"),
    Code(
        "missing-file",
        "A file that every policy needs is not there.",
        "create it; docs/reference/policy.md shows its shape",
    ),
    Code("unknown-file", "A file stands in the folder that no policy has.", "rename it, or move it out of the folder"),
    Code("unreadable-file", "A file cannot be read.", "make it an ordinary file that the current user may read"),
    Code("policy-too-large", "The folder is larger than any policy.", "move what is no policy text out of the folder"),
    Code("wrong-encoding", "A file is not UTF-8 text.", "save the file as UTF-8"),
    Code("control-character", "A control character (a NUL, say) stands in a file.", "delete the character"),
    Code(
        "hidden-character",
        "An invisible or direction-changing character could make the text read otherwise than it works.",
        "delete the character",
    ),
    Code("broken-yaml", "The YAML cannot be parsed.", "mend the line; quotes around a text help in most cases"),
    Code("yaml-alias", "YAML anchors and aliases are not read.", "write the value out where it belongs"),
    Code("yaml-tag", "YAML tags are not read.", "delete the tag; the policy's own shapes give types"),
    Code("yaml-too-deep", "The YAML is nested too deeply.", "flatten it; no part of a policy is that deep"),
    Code("several-documents", "A file holds more than one YAML document.", "keep one document in each file"),
    Code("duplicate-key", "One key is said twice in one mapping.", "keep one of the two"),
    # shapes
    Code("unknown-key", "A key is not known at this place.", "delete the key or correct it"),
    Code("missing-key", "A required key is absent.", "add the key"),
    Code("wrong-type", "Another kind of value is expected.", "write the value in the form that is asked for"),
    Code("wrong-value", "The value is not one that is allowed here.", "write one of the allowed values"),
    Code("empty-list", "A list has nothing in it.", "fill it, or delete its key"),
    Code("bad-id", "An id is not in lower-kebab ASCII.", "use small ASCII letters, digits and single hyphens"),
    Code("missing-language", "A text has no wording in the policy's first language.", "add the wording"),
    Code(
        "unknown-language", "A wording's language is not among the organisation's.", "add the language to `languages`"
    ),
    Code(
        "secret-in-clear",
        "A password stands in a connection address.",
        "write `${NAME}` and set it in the environment",
        law="GDPR Art. 32",
    ),
    # references
    Code("duplicate-id", "Two things of one kind have the same id.", "rename one of them"),
    Code("unknown-reference", "A word names nothing that is declared.", "declare it, or correct the word"),
    # contradictions between declarations
    Code(
        "uses-and-never", "A purpose uses an element that it also excludes.", "take it out of `uses` or out of `never`"
    ),
    Code(
        "category-not-allowed",
        "A purpose uses a category that none of its relationships may have.",
        "add the category to a relationship's `may-have`, or take it out of `uses`",
        law="GDPR Art. 5(1)(c)",
    ),
    Code(
        "consent-without-choice",
        "A purpose rests on consent and no choice can give it.",
        "declare a choice for the purpose in choices.yaml",
        law="GDPR Art. 7(1)",
    ),
    Code(
        "choice-mismatch",
        "A channel needs a choice that does not cover purpose or channel.",
        "extend the choice, or name another",
    ),
    Code(
        "assessment-missing",
        "A purpose rests on a legitimate interest and its assessment is not in the folder: the purpose stays closed.",
        "write the assessment and name it with `assessment:`",
        law="GDPR Art. 6(1)(f)",
    ),
    Code(
        "assessment-without-end",
        "An assessment says no day on which it ends.",
        "add a line `until: 2027-12-31` below its title",
    ),
    Code(
        "special-without-condition",
        "A purpose uses a special category without saying which condition opens it.",
        "add `special-condition:`",
        law="GDPR Art. 9(2)",
    ),
    Code(
        "transfer-without-safeguard",
        "A recipient sits outside the home region and nothing protects the transfer.",
        "add `safeguard:`",
        law="GDPR Art. 44",
    ),
    Code(
        "statutory-without-citation",
        "A period is called statutory and no law is cited.",
        "name the pack's duty with `law:`, or cite the provision with `cites:`",
        law="GDPR Art. 17(3)(b)",
    ),
    Code(
        "period-differs-from-law",
        "A statutory period is not as long as the cited duty on the day the policy takes effect.",
        "correct the period, or cite the provision that says otherwise",
        _WARNING,
    ),
    Code("bad-public-key", "A public key is not 32 bytes of base64.", "copy the key again, as `troth` printed it"),
    Code(
        "nobody-may-sign",
        "A right needs a signature and no member of staff has the role.",
        "give somebody the role in staff.yaml",
    ),
    Code(
        "basis-without-reason",
        "The organisation has a basis by default, and a purpose has another without saying why.",
        "add `because:` to the purpose's `basis`",
    ),
    Code(
        "silence-is-no-consent",
        "A choice takes silence for a yes where the law asks for a yes.",
        "let the choice be `opt-in` there: `kind: {default: …, rules: […]}`",
        law="GDPR Art. 4(11)",
    ),
    Code("wide-yes", "A yes is to reach further than what was named.", "only an `opt-out` may have `reach:`"),
    Code("rule-never-reached", "A rule above decides whenever this one would.", "delete it, or put it above"),
    Code(
        "objection-is-absolute",
        "Nobody may call an objection to advertising impossible.",
        "delete `objection:`",
        law="GDPR Art. 21(3)",
    ),
    Code(
        "marketing-is-no-service",
        "Messages are called a service and are direct marketing.",
        "keep one of the two",
    ),
    Code("no-effect", "Something is said that does nothing here.", "complete it, or delete it"),
    Code(
        "declarations-disagree",
        "Two declarations say different things of one matter.",
        "correct one of the two",
    ),
    Code("part-of-itself", "Something is a part of itself.", "correct `part-of`"),
    Code(
        "assessment-of-another-kind",
        "An assessment weighs something else than what it is named for.",
        "name the right file, or correct its line `kind: …`",
    ),
    Code("assessment-incomplete", "An assessment lacks a section of its kind.", "write the section"),
    Code(
        "assessment-closed",
        "An assessment came out against what it is named for: that stays closed.",
        "stop it, or weigh it anew",
        _WARNING,
    ),
    Code(
        "assessment-ended",
        "An assessment ended before the policy takes effect: what it is named for is closed.",
        "weigh it anew",
        _WARNING,
    ),
    # who gets what, and where
    Code("no-such-place", "A word is no country, no part of one, and no region of a law pack.", "write its ISO code"),
    Code("unsigned", "A paper is not signed, or not before the policy takes effect.", "have it signed; add `signed:`"),
    Code("expired", "A paper ended before the policy takes effect.", "renew it, and correct `until:`"),
    Code("ends-before-it-begins", "A last day lies before the first.", "correct one of the two days"),
    Code(
        "safeguard-elsewhere",
        "No safeguard of a recipient reaches the country in which the data is.",
        "name one that covers country and recipient",
        law="GDPR Art. 46",
    ),
    Code(
        "place-not-allowed",
        "Data is kept in a country in which none may be.",
        "keep it elsewhere, or change what is promised",
    ),
    Code(
        "joint-without-essence",
        "An activity is joint, and its arrangement is not told.",
        "add `with:` and `essence:`",
        law="GDPR Art. 26(2)",
    ),
    Code(
        "withheld-yet-given",
        "A recipient gets an element that is never shown to anybody.",
        "take it out of `gets`",
        law="GDPR Art. 32",
    ),
    Code("intended-without-start", "Something is planned for no day.", "add `starts:`"),
    Code("review-overdue", "A measure was to be looked at before the policy takes effect.", "look at it", _WARNING),
    Code("unused", "Something is declared that nothing names.", "name it where it belongs, or delete it"),
    # where data is collected
    Code(
        "no-consequence",
        "A mandatory field does not say what follows from leaving it empty.",
        "add `consequence:`",
        law="GDPR Art. 13(2)(e)",
    ),
    Code("law-not-named", "A field is asked because of a law that is not named.", "add `obligation:`"),
    Code(
        "taken-for-nothing",
        "A form takes an element that none of its purposes uses.",
        "take it out of the form, or add it to a purpose's `uses`",
        law="GDPR Art. 5(1)(c)",
    ),
    Code(
        "interest-not-told",
        "A form collects on a legitimate interest and does not tell it.",
        "add `interests:`",
        law="GDPR Art. 13(1)(d)",
    ),
    Code("not-announced", "A conversation is recorded and nothing is announced.", "add `announces:`"),
    Code(
        "tracker-without-choice",
        "Trackers that are not necessary are allowed by no choice.",
        "add `choice:`, or `necessary: true` with the reason",
        law="Directive 2002/58/EC Art. 5(3)",
    ),
    Code(
        "tracker-lifetime",
        "A tracker says no end, or two.",
        "write `session: true` or `lifetime:`, one of the two",
    ),
    # how we work
    Code("too-many-holders", "More people have a role than may.", "take the role from somebody, or raise `at-most`"),
    Code(
        "decision-not-allowed",
        "A machine decides without what the law asks for.",
        "add what is missing, or let a person decide",
        law="GDPR Art. 22",
    ),
    Code(
        "beyond-limit",
        "The policy breaks one of its own limits.",
        "take back what goes beyond, or change the limit",
    ),
    Code(
        "limit-not-met",
        "Something lacks what a limit of the policy demands.",
        "declare it, or change the limit",
    ),
    # the data map
    Code("empty-store", "A store declares no table.", "map its tables under `tables:`"),
    Code("identifier-without-element", "An identifier column does not say which element it is.", "add `element:`"),
    Code("personal-and-not", "A column is declared personal and not personal.", "keep one of the two"),
    Code(
        "nobodys-rows",
        "A personal table says neither whose its rows are nor how to find them.",
        "add `person:`, `owner:` or `shared:`",
    ),
    Code(
        "overlapping-claims",
        "Two claims of one row can hold at once.",
        "tell them apart with `when:`, or make the parent shared",
    ),
    Code(
        "claim-on-nobody",
        "A claim points at a table that is declared not personal.",
        "map that table, or drop the claim",
    ),
    Code(
        "claim-arity",
        "A claim has another number of columns than what it points at.",
        "name as many columns as the owner's key has",
    ),
    Code(
        "whose-without-claim",
        "A column belongs to the holder of a claim that the table does not make.",
        "name the owner table of a claim, on a shared table",
    ),
    Code(
        "retain-without-clock",
        "A retained table does not say from which date the period runs.",
        "add `clock:` with a date column",
    ),
    Code(
        "table-without-purpose",
        "Personal rows are held without a purpose.",
        "add `purposes:`",
        law="GDPR Art. 5(1)(b)",
    ),
    Code(
        "element-without-purpose",
        "A table holds an element that none of its purposes uses.",
        "add the element to a purpose's `uses`, or stop holding it",
        _WARNING,
        law="GDPR Art. 5(1)(c)",
    ),
    # the notice
    Code("clause-without-id", "A clause has no id.", "end the heading with `{#an-id}`"),
    Code(
        "clause-speaks-of-nothing",
        "A clause is tied to nothing that is declared.",
        "add a line `speaks of: purpose:…` below the heading",
    ),
    Code("broken-pointer", "A clause points at a clause that is not there.", "correct `(#…)`"),
    Code("text-outside-clause", "Text of the notice stands outside any clause.", "give it a `## Heading {#an-id}`"),
    Code("clause-not-in-language", "A clause is absent from the notice in another language.", "translate it"),
    Code(
        "not-in-notice",
        "A declared thing is mentioned by no clause.",
        "let a clause speak of it",
        law="GDPR Art. 13",
    ),
    # against the real database
    Code("undeclared-table", "A table of the mapped schema is not declared.", "map it, or say `not personal`"),
    Code("undeclared-column", "A column of a mapped table is not declared.", "give its element, or say `not personal`"),
    Code("no-such-table", "A declared table is not in the database.", "correct the name, or delete the declaration"),
    Code("no-such-column", "A declared column is not in the database.", "correct the name, or delete the declaration"),
    Code(
        "no-key",
        "Nothing tells the rows of a table apart.",
        "add a primary key, or name `key:` columns that are unique",
    ),
    Code("claim-types-differ", "A claim compares columns of different types.", "name columns of the same type"),
    Code("clock-not-a-date", "A period runs from a column that is not a date.", "name a date column"),
    Code(
        "missing-index",
        "A column by which rows are found has no index: every request reads the whole table.",
        "create the index",
        _WARNING,
    ),
    Code(
        "phone-as-written",
        "Telephone numbers are looked for in the usual spellings with their country, and in no other.",
        "store them in one form with their country, such as `+4940123456`; rows in other forms are found by other ways",
        _WARNING,
    ),
    Code(
        "no-transactions",
        "A table takes part in no transaction: a failure leaves it half done.",
        "move it to an engine with transactions",
        _WARNING,
    ),
    Code(
        "sounds-personal",
        "A name sounds personal and is declared not personal.",
        "give its element, or say why: `{not-personal: reason}`",
        _WARNING,
    ),
)

CODES: Mapping[str, Code] = MappingProxyType({entry.code: entry for entry in _ALL})
