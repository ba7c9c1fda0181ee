"""Where people and their data meet us: recipients, sources, forms, trackers, activities."""

from troth.model.policy import Policy, Recipient
from troth.model.policy_contact import Activity, Form, FormField, Source, Tracker, TrackerCategory
from troth.model.problem import Place
from troth.model.where import Where
from troth.policy.check.purposes import asks_first, bases
from troth.policy.report import Report, listed
from troth.policy.section import Context

TERMINAL_EQUIPMENT = "terminal-equipment"
"""Code under which a law pack cites what it says of devices."""
CREDENTIAL = "credential"
"""What only serves to check a secret: nobody is ever shown it."""


def check_people(policy: Policy, context: Context) -> None:
    """Report every contradiction."""
    for activity in policy.activities.values():
        _activity_agrees(policy, activity, context.report)
    for source in policy.sources.values():
        _source_agrees(source, context.report)
    for recipient in policy.recipients.values():
        _recipient_agrees(policy, recipient, context.report)
    for form in policy.forms.values():
        _form_agrees(policy, form, context)
    for category in policy.tracking.categories.values():
        _category_agrees(category, context.report)
        _law_wants_a_yes(policy, category, context)
    for tracker in policy.tracking.trackers.values():
        _tracker_agrees(policy, tracker, context.report)
    _signals_refuse_something(policy, context.report)
    _elements_are_seen(policy, context.report)
    _credentials_are_withheld(policy, context.report)
    _things_are_named(policy, context.report)


def _activity_agrees(policy: Policy, activity: Activity, report: Report) -> None:
    """Joint controllers name each other and say what they agreed; a processor names for whom."""
    if activity.role == "joint-controller" and not (activity.essence and activity.partners):
        message = f"activity `{activity.id}` is joint, and does not say with whom or what was agreed"
        report.say("joint-without-essence", message, activity.place)
    if activity.essence and activity.role != "joint-controller":
        message = f"activity `{activity.id}` has the essence of an arrangement, and is not joint"
        report.say("no-effect", message, activity.place, "write `role: joint-controller`, or delete `essence`")
    served = any(activity.id in space.activities for space in policy.spaces.values())
    if activity.role == "processor" and not (activity.partners or served):
        message = f"activity `{activity.id}` is done as a processor, and nobody is named for whom"
        report.say("missing-key", message, activity.place, "add `with:`, or name it in a space")


def _source_agrees(source: Source, report: Report) -> None:
    for element in sorted(source.gives & source.never):
        message = f"source `{source.id}` both gives `{element}` and never gives it"
        report.say("uses-and-never", message, source.place)


def _recipient_agrees(policy: Policy, recipient: Recipient, report: Report) -> None:
    """What is said of its fields and choices fits what it gets."""
    for element in sorted(recipient.transforms.keys() - recipient.elements):
        message = f"recipient `{recipient.id}` gets no `{element}` that could be handed over in another form"
        report.say("declarations-disagree", message, recipient.place)
    if recipient.rows_of and recipient.rows_of not in policy.elements:
        return
    for element in sorted(recipient.elements):
        known = policy.elements.get(element)
        if known and known.sensitive == CREDENTIAL:
            message = f"recipient `{recipient.id}` gets `{element}`, which is never shown to anybody"
            report.say("withheld-yet-given", message, recipient.place)
    refusing = policy.choices.get(recipient.unless_choice)
    if refusing and refusing.kind == "opt-in" and not refusing.kind_rules:
        message = f"recipient `{recipient.id}` gets nothing after a no to `{refusing.id}`, which is closed until a yes"
        report.say("choice-mismatch", message, recipient.place, "write `needs-choice`, or let the choice be `opt-out`")
    opening = policy.choices.get(recipient.needs_choice)
    if opening and opening.kind == "opt-out" and not opening.kind_rules:
        message = f"recipient `{recipient.id}` needs a yes to `{opening.id}`, which takes silence for one"
        report.say("choice-mismatch", message, recipient.place, "write `unless-choice`, or let the choice be `opt-in`")


def _form_agrees(policy: Policy, form: Form, context: Context) -> None:
    report = context.report
    for field in form.fields.values():
        _field_agrees(form, field, report)
    _asks_for_what_is_used(policy, form, report)
    _asks_whom_it_may(policy, form, report)
    if form.needs_choice and form.needs_choice not in form.choices:
        message = f"form `{form.id}` needs the choice `{form.needs_choice}` and does not show it"
        report.say("choice-mismatch", message, form.place, f"add `{form.needs_choice}` to `choices`")
    resting = {
        name for purpose in form.purposes if purpose in policy.purposes for name in bases(policy.purposes[purpose])
    }
    known = (context.catalog.basis(context.regimes, name) for name in sorted(resting))
    weighed = next((basis for basis in known if basis and basis.needs_assessment), None)
    if weighed and not form.interests:
        message = f"form `{form.id}` collects on a legitimate interest and does not tell it"
        report.say("interest-not-told", message, form.place)
    media = [name for name in sorted(form.takes_along) if name in policy.elements and policy.elements[name].media]
    if media and form.by in {"phone", "video", "in-person"} and not form.announces:
        report.say("not-announced", f"form `{form.id}` records {listed(media)} and announces nothing", form.place)


def _field_agrees(form: Form, field: FormField, report: Report) -> None:
    if field.mandatory and not field.consequence:
        message = f"field `{field.id}` of form `{form.id}` is mandatory and does not say what follows without it"
        report.say("no-consequence", message, field.place)
    if field.why == "law" and not field.obligation:
        message = f"field `{field.id}` of form `{form.id}` is asked because of a law that is not named"
        report.say("law-not-named", message, field.place)
    if field.obligation and field.why != "law":
        message = f"field `{field.id}` of form `{form.id}` names an obligation and is asked as `{field.why}`"
        report.say("declarations-disagree", message, field.place)
    if field.mandatory and field.why == "optional":
        message = f"field `{field.id}` of form `{form.id}` is mandatory and optional"
        report.say("declarations-disagree", message, field.place)


def _asks_for_what_is_used(policy: Policy, form: Form, report: Report) -> None:
    purposes = [policy.purposes[name] for name in form.purposes if name in policy.purposes]
    used = frozenset[str]().union(*(purpose.uses for purpose in purposes))
    for element, place in _taken(form):
        if purposes and element in policy.elements and element not in used:
            message = f"form `{form.id}` takes `{element}`, and none of its purposes uses it"
            report.say("taken-for-nothing", message, place)


def _asks_whom_it_may(policy: Policy, form: Form, report: Report) -> None:
    relationships = [policy.relationships[name] for name in form.relationships if name in policy.relationships]
    allowed = frozenset[str]().union(*(relationship.categories for relationship in relationships))
    for element, place in _taken(form):
        category = policy.elements[element].category if element in policy.elements else ""
        if relationships and category and category not in allowed:
            names = listed(relationship.id for relationship in relationships)
            message = f"form `{form.id}` takes `{element}` of `{category}`, which {names} may not have"
            report.say("category-not-allowed", message, place)


def _taken(form: Form) -> list[tuple[str, Place]]:
    typed = [(field.element, field.place) for field in form.fields.values()]
    return typed + [(element, form.place) for element in sorted(form.takes_along)]


def _category_agrees(category: TrackerCategory, report: Report) -> None:
    """What is necessary says why and is not asked about; everything else is asked about."""
    if category.necessary and category.choice:
        message = f"tracker category `{category.id}` is necessary, and a choice is asked about it"
        report.say("declarations-disagree", message, category.place)
    if category.necessary and not category.because:
        message = f"tracker category `{category.id}` does not say why it is necessary"
        report.say("missing-key", message, category.place, "add `because:`", law="Directive 2002/58/EC Art. 5(3)")
    if not category.necessary and not category.choice:
        message = f"tracker category `{category.id}` is not necessary, and no choice allows it"
        report.say("tracker-without-choice", message, category.place)


def _law_wants_a_yes(policy: Policy, category: TrackerCategory, context: Context) -> None:
    """Where a regime wants a yes before anything is stored on a device, its people are asked first."""
    choice = policy.choices.get(category.choice)
    for pack in context.catalog.regimes(context.regimes) if choice else ():
        cite = pack.cites.get(TERMINAL_EQUIPMENT)
        if choice and cite and not asks_first(choice, Where(residence=pack.residents_of)):
            message = f"choice `{choice.id}` takes silence for a yes to the trackers of `{category.id}`"
            hint = f"let it be `opt-in` for people of `{pack.code}`: `kind: {{default: …, rules: […]}}`"
            context.report.say("silence-is-no-consent", message, choice.place, hint, law=str(cite))
            return


def _tracker_agrees(policy: Policy, tracker: Tracker, report: Report) -> None:
    if tracker.session == bool(tracker.lifetime):
        how = "ends with the session and has a lifetime" if tracker.session else "says no end"
        report.say("tracker-lifetime", f"tracker `{tracker.id}` {how}", tracker.place)
    if tracker.method in policy.tracking.never:
        message = f"tracker `{tracker.id}` is a `{tracker.method}`, which is never used"
        report.say("declarations-disagree", message, tracker.place)
    owner = policy.recipients.get(tracker.owner)
    beyond = sorted(tracker.elements - owner.elements) if owner else []
    if owner and beyond:
        message = f"tracker `{tracker.id}` brings {listed(beyond)} to `{owner.id}`, which does not get that"
        report.say(
            "declarations-disagree", message, tracker.place, f"add it to `gets` of `{owner.id}`, or drop it here"
        )


def _signals_refuse_something(policy: Policy, report: Report) -> None:
    for signal, categories in policy.tracking.signals.items():
        for name in categories:
            category = policy.tracking.categories.get(name)
            if category and category.necessary:
                message = f"signal `{signal}` refuses `{name}`, which is set with no choice"
                report.say("declarations-disagree", message, category.place)


def _elements_are_seen(policy: Policy, report: Report) -> None:
    """Whoever sees an element in clear uses it."""
    for element in policy.elements.values():
        for name in element.in_clear_for:
            purpose = policy.purposes.get(name)
            if purpose and element.id not in purpose.uses:
                message = f"`{element.id}` is shown in clear for purpose `{name}`, which does not use it"
                report.say("declarations-disagree", message, element.place)
        if element.in_clear_for and not element.shown_as and "masked" not in element.protect:
            message = f"`{element.id}` is in clear for everybody who may see it"
            report.say("no-effect", message, element.place, "say how others see it: `shown-as:` or `protect: masked`")


def _credentials_are_withheld(policy: Policy, report: Report) -> None:
    """No copy shows a credential, in whichever column it stands."""
    for store in policy.stores.values():
        for table in store.tables.values():
            for column in table.columns.values():
                element = policy.elements.get(column.element)
                if element and element.sensitive == CREDENTIAL and not column.withheld:
                    message = (
                        f"`{table.name}.{column.column}` holds `{element.id}`, a credential, and copies would show it"
                    )
                    report.say("declarations-disagree", message, column.place, "add `withheld: credential`")


def _things_are_named(policy: Policy, report: Report) -> None:
    """A specific notice governs or is shown somewhere, or lifts a limit; an event begins, ends or times something."""
    named = {(kind, reference.id) for reference in report.references for kind in reference.kinds}
    lifting = {limit.unless for limit in policy.limits.values()}
    for name, place in report.named("notice").items():
        if ("notice", name) not in named and f"notice:{name}" not in lifting:
            report.say("unused", f"no activity and no form names the specific notice `{name}`", place)
    for name, place in report.named("event").items():
        if ("event", name) not in named:
            report.say("unused", f"nothing begins, ends or is counted with the event `{name}`", place)
