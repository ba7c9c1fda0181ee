"""The rules of the gate, one ordered tuple, readable from top to bottom; each stands in the file of its subject.

A rule says which part of the question hangs on it (`touches`), which facts it cannot do without (`reads`) and what it
finds (`check`). It is given nothing else: no clock, no other person, no other rule. Each is a test of one row of facts
against what the question means, so that the same tuple can be put to a whole set of people at once.

A rule never repeats what another one says: an element that is not declared is told once, not once a rule.
"""

from troth.gate import bases
from troth.gate.circumstances import OF_PERSON
from troth.gate.rules import actors, asked, grounds, happened, judging, leaving, newly, people, said
from troth.gate.rules.choosing import HEARD
from troth.gate.rules.rule import NOTHING, WHOLE, Finding, Rule, everything, where

__all__ = ["NOTHING", "RULES", "WHOLE", "Finding", "Rule"]

_GROUNDS = tuple(f"basis-{basis}" for basis in sorted(bases.KNOWN))
_OBJECTED = ("objection-marketing", "objection-purpose")
_CHOICES = frozenset({"choices"})
_STANDING = frozenset({"events", "since", "known_with"})
"""Facts that tell whether a relationship still stands."""

RULES: tuple[Rule, ...] = (
    # What is asked, and whether the policy opens it at all.
    Rule("purpose", asked.purpose, ("purpose-unknown", "purpose-for-nobody"), everything, without_purpose=True),
    Rule("moment", asked.moment, ("time-without-zone",), everything, without_purpose=True),
    Rule(
        "operation",
        asked.operation,
        ("operation-unknown", "operation-not-declared"),
        everything,
        without_purpose=True,
    ),
    Rule("channel", asked.channel, ("channel-missing", "channel-closed"), everything, without_purpose=True),
    Rule("form", asked.form, ("form-unknown", "form-not-open", "group-too-small"), everything),
    Rule("begun", asked.begun, ("not-begun",), everything),
    Rule("activity", asked.activity, ("activity-unknown", "activity-other", "activity-not-running"), everything),
    Rule("topic", asked.topic, ("topic-other",), everything),
    Rule(
        "source",
        asked.source,
        (
            "source-unknown",
            "source-other",
            "source-not-for-purpose",
            "field-refused-from-source",
            "field-not-of-source",
        ),
        everything,
    ),
    Rule("collecting", asked.collecting, ("field-not-asked",), everything),
    Rule(
        "tracker",
        judging.tracker,
        ("tracker-unknown", "tracker-not-for-purpose", "tracker-never", "field-not-of-tracker"),
        everything,
    ),
    Rule(
        "decision",
        judging.decision,
        ("decision-unknown", "decision-not-for-purpose", "exception-not-met", "field-not-weighed"),
        everything,
    ),
    # On which ground.
    Rule("basis", grounds.basis, (*_GROUNDS, "basis-missing", "basis-unknown"), everything),
    Rule(
        "assessment",
        grounds.assessment,
        ("assessment-missing", "assessment-ended", "assessment-against"),
        everything,
    ),
    Rule("obligation", grounds.obligation, ("obligation-missing",), everything),
    # Who does it, and on whose behalf.
    Rule(
        "role",
        actors.role,
        ("role-unknown", "role-not-reader", "role-not-for-purpose", "field-not-for-role"),
        everything,
    ),
    Rule(
        "space",
        actors.space,
        ("space-unknown", "outside-region", "not-instructed", "field-not-instructed"),
        everything,
    ),
    # To whom, and where.
    Rule(
        "recipient",
        leaving.recipient,
        ("recipient-missing", "recipient-unknown", "recipient-not-for-purpose"),
        everything,
        without_purpose=True,
    ),
    Rule(
        "terms",
        leaving.terms,
        ("contract-not-in-force", "fields-not-exact", "sale-not-opened"),
        everything,
        without_purpose=True,
    ),
    Rule(
        "destination",
        leaving.destination,
        ("destination-missing", "destination-undeclared", "place-not-allowed"),
        everything,
        without_purpose=True,
    ),
    # Which fields.
    Rule("fields-declared", leaving.declared, ("field-unknown",), everything, without_purpose=True),
    Rule("fields-promised", leaving.promised, ("field-never", "field-not-used", "field-special"), everything),
    Rule("fields-leaving", leaving.outward, ("field-free-text", "field-not-for-recipient"), everything),
    # Under which circumstances. From here on a rule hangs on what is known of the person.
    Rule(
        "circumstances",
        happened.circumstances,
        ("circumstances-not-met",),
        where(lambda r: r.wheres),
        heeds=OF_PERSON,
        heeding=happened.circumstances_facts,
    ),
    Rule(
        "safeguard",
        leaving.safeguard,
        ("safeguard-missing",),
        where(lambda r: r.crossings),
        heeds=OF_PERSON | _CHOICES,
        heeding=leaving.safeguard_facts,
        without_purpose=True,
    ),
    Rule(
        "opened",
        happened.opened,
        ("not-opened", "ended"),
        where(lambda r: r.purpose.opens_by or r.purpose.ends_by),
        reads=frozenset({"events"}),
        spares_service=True,
    ),
    Rule(
        "case",
        happened.case,
        ("no-open-case",),
        where(lambda r: r.purpose.needs_case or (r.recipient is not None and r.recipient.each_time)),
        reads=frozenset({"matters"}),
    ),
    Rule(
        "occasion",
        happened.occasion,
        ("not-opened", "occasion-over"),
        where(lambda r: r.channel is not None and r.channel.after),
        reads=frozenset({"events"}),
    ),
    Rule(
        "often",
        happened.often,
        ("enough-sent",),
        where(lambda r: r.channel is not None and r.channel.at_most),
        reads=frozenset({"messages"}),
        heeds=frozenset({"events"}),
        heeding=lambda r: frozenset({"events"} if r.channel is not None and r.channel.after else ()),
    ),
    Rule(
        "new-purpose",
        newly.new_purpose,
        (
            "purpose-compatible",
            "purpose-told",
            "purpose-not-told",
            "compatibility-missing",
            "compatibility-ended",
        ),
        where(lambda r: r.new is not None),
        heeds=OF_PERSON | _CHOICES | {"told"},
        heeding=newly.new_facts,
        without_purpose=True,
    ),
    # Who the person is to us. What is owed to a person goes on while we cannot look.
    Rule(
        "relationship",
        people.relationship,
        ("relationship-not-covered", "relationship-over", "nobody-beside", "field-not-of-relationship"),
        everything,
        reads=frozenset({"relationships"}),
        heeds=_STANDING,
        heeding=people.relationship_facts,
        spares_service=True,
    ),
    Rule(
        "party",
        people.party,
        ("not-a-party",),
        people.contracted,
        reads=frozenset({"relationships"}),
        heeds=_STANDING,
        heeding=people.relationship_facts,
        spares_service=True,
    ),
    Rule(
        "erased",
        people.erased,
        ("erased", "field-erased"),
        everything,
        reads=frozenset({"erased"}),
        heeds=frozenset({"restrictions"}),
        spares_service=True,
    ),
    Rule("minor", people.minor, ("minor",), people.suspected, heeds=frozenset({"birth_year", "relationships"})),
    # What the person said. A choice or an objection that cannot be read is never guessed.
    Rule(
        "choice",
        said.choice,
        HEARD,
        said.hangs_on_choice,
        reads=_CHOICES,
        heeds=OF_PERSON,
        heeding=said.kind_facts,
    ),
    Rule(
        "choice-of-fields",
        said.choice_of_fields,
        (*HEARD, "choice-not-explicit"),
        said.choosing,
        reads=_CHOICES,
    ),
    Rule(
        "choice-somewhere",
        said.choice_where,
        HEARD,
        where(lambda r: r.channel is not None and r.channel.needs_where),
        reads=_CHOICES,
        heeds=OF_PERSON,
        heeding=said.where_facts,
    ),
    Rule(
        "choice-of-others",
        said.choice_of_others,
        (*HEARD, "choice-not-explicit"),
        said.asked_by_others,
        reads=_CHOICES,
        heeds=OF_PERSON,
        heeding=said.kind_facts,
    ),
    Rule(
        "refused",
        said.refused,
        ("choice-no",),
        where(lambda r: r.refusing or r.wide),
        reads=_CHOICES,
        spares_service=True,
    ),
    Rule(
        "without-yes",
        said.soft_opt_in,
        (
            "marketing-soft-opt-in",
            "soft-opt-in-not-met",
            "marketing-needs-yes",
            "choice-no",
            "choice-ended",
            "choice-yes",
        ),
        said.without_yes,
        heeds=_STANDING | _CHOICES | {"relationships", "residence", "citizenship"},
    ),
    Rule("objection", said.objection, _OBJECTED, said.may_be_objected, reads=frozenset({"objections"})),
    Rule(
        "objection-of-fields",
        said.objection_of_fields,
        _OBJECTED,
        said.fields_objected,
        reads=frozenset({"objections"}),
    ),
    Rule(
        "restriction",
        said.restriction,
        ("restricted", "kept-for-other-purposes", "keeping-over"),
        everything,
        reads=frozenset({"restrictions"}),
        spares_service=True,
    ),
)
