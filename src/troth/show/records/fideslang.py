"""The data map in Fideslang, as Fides 2 reads it (the model of fideslang 3): datasets, systems, and words of our own.

A word is mapped where it is certain; an element about which the vocabulary leaves doubt is `user`. Purposes and groups
of people that it does not have are exported as its own kinds of custom words, so nothing is bent to fit.
"""

from collections.abc import Iterable
from typing import Any

import yaml

from troth.catalog import Catalog
from troth.model.datamap import ColumnMap, StoreMap, TableMap
from troth.model.policy import Policy, Purpose, Recipient
from troth.model.policy_contact import Activity
from troth.show.records.article30 import JOINT, PROCESSOR, lines
from troth.show.records.law import point
from troth.show.records.reading import Reading, stores_of
from troth.show.records.vocabulary import vocabulary
from troth.show.terminal import json_text, safe

ID = "fideslang"
Entry = dict[str, Any]
_OURSELVES = "organisation"
"""Key of the system that stands for whatever is not tied to one activity."""


def as_json(policy: Policy, catalog: Catalog) -> str:
    """The export as JSON."""
    return json_text(document(policy, catalog)) + "\n"


def as_yaml(policy: Policy, catalog: Catalog) -> str:
    """The export as YAML; what would steer a terminal is written as an escape."""
    body = document(policy, catalog)
    text = yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=120)
    return text if safe(text) == text else yaml.safe_dump(body, sort_keys=False, allow_unicode=False, width=120)


def document(policy: Policy, catalog: Catalog) -> Entry:
    """One list for each kind of resource; the order is the policy's own."""
    return _Export(policy, catalog).document()


class _Export:
    def __init__(self, policy: Policy, catalog: Catalog) -> None:
        self.policy = policy
        self.reading = Reading(policy, catalog)
        self.words = vocabulary(ID)

    def document(self) -> Entry:
        policy = self.policy
        known = frozenset(self.words.words("people"))
        return {
            "organization": [self._organisation()],
            "data_use": [self._use(purpose) for purpose in policy.purposes.values()],
            "data_subject": [
                self._entry(one.id, self.reading.said(one.says))
                for one in policy.relationships.values()
                if one.id not in known
            ],
            "dataset": [self._dataset(store) for store in policy.stores.values()],
            "system": [*self._systems(), *(self._recipient(one) for one in policy.recipients.values())],
        }

    def _entry(self, key: str, name: str, **more: object) -> Entry:
        """A resource; what was not said is left out, as the model has it."""
        told = {what: value for what, value in more.items() if value not in ("", [], None)}
        return {"fides_key": key, "organization_fides_key": self.policy.organisation.id, "name": name, **told}

    def _organisation(self) -> Entry:
        ours = self.policy.organisation
        about = {"name": ours.name, "address": ours.address, "email": ours.contact, "phone": ours.phone}
        officer = ours.dpo
        entry: Entry = {"fides_key": ours.id, "name": ours.name, "controller": about}
        if officer:
            entry["data_protection_officer"] = {
                "name": officer.name, "address": officer.address, "email": officer.email, "phone": officer.phone,
            }  # fmt: skip
        return entry

    # --- Words ---

    def _use(self, purpose: Purpose) -> Entry:
        key = self._use_key(purpose)
        parent = key.rpartition(".")[0]
        return self._entry(key, self.reading.said(purpose.says), parent_key=parent)

    def _use_key(self, purpose: Purpose) -> str:
        above = self.words.under("uses").data.get(purpose.kind, "")
        return f"{above}.{purpose.id}" if above else purpose.id

    def _categories(self, elements: Iterable[str]) -> list[str]:
        return list(dict.fromkeys(word for name in elements for word in self.category(name)))

    def category(self, name: str) -> list[str]:
        """An element or a kind of identifier in the vocabulary's words: by its id, and by what is declared of it."""
        element = self.policy.elements.get(name)
        found = [self.words.under("elements").data.get(name, "")]
        if element:
            found.append(self.words.under("special").data.get(element.special, ""))
            found += [self.words.under("sensitive").data.get(element.sensitive, "")] if not found[0] else []
        return list(filter(None, found)) or [self.words.text("otherwise")]

    # --- Where data is ---

    def _dataset(self, store: StoreMap) -> Entry:
        tables = [table for table in store.tables.values() if table.personal]
        return self._entry(
            store.name,
            self.reading.said(store.says) or store.name,
            description=store.engine,
            collections=[*map(self._collection, tables)],
        ) | ({} if tables else {"collections": []})

    def _collection(self, table: TableMap) -> Entry:
        rule = self.policy.retentions.get(table.retain)
        identifiers = {one.column: one.kind for one in table.identifiers}
        columns = [*table.columns, *(name for name in identifiers if name not in table.columns)]
        entry = {
            "name": table.name,
            "description": self.reading.said(table.says),
            "retention": self.reading.ends(rule) if rule else self.reading.said(table.ends),
            "fields": [self._field(name, table.columns.get(name), identifiers.get(name, "")) for name in columns],
        }
        return {key: value for key, value in entry.items() if value or key == "fields"}

    def _field(self, name: str, column: ColumnMap | None, identifier: str) -> Entry:
        held = (column.element if column else "") or identifier
        element = self.policy.elements.get(held)
        entry: Entry = {"name": name}
        if held:
            entry["description"] = self.reading.said(element.says) if element else held
            entry["data_categories"] = self.category(held)
        if column and column.ends:
            entry["retention"] = self.reading.said(column.ends)
        return entry

    # --- Who does what ---

    def _systems(self) -> list[Entry]:
        found: dict[str, tuple[Activity | None, list[Purpose]]] = {}
        for activity, purpose in lines(self.policy):
            found.setdefault(_key(activity), (activity, []))[1].extend([purpose] if purpose else [])
        for activity in self.policy.activities.values():
            if activity.role == PROCESSOR:
                told = [one for one in self.policy.purposes.values() if activity.id in one.activities]
                found[_key(activity)] = (activity, told)
        return [self._system(key, *each) for key, each in found.items()]

    def _system(self, key: str, activity: Activity | None, purposes: list[Purpose]) -> Entry:
        ours, policy = self.policy.organisation, self.policy
        stores = list(dict.fromkeys(name for purpose in purposes for name in stores_of(policy, purpose.id)))
        sent = [one for one in policy.recipients.values() if any(one in self._gets(p, activity) for p in purposes)]
        entry = self._entry(
            key,
            self.reading.said(activity.says) if activity else ours.name,
            system_type="Service",
            egress=[self._flow(one) for one in sent],
            dataset_references=stores,
            responsibility=["Processor" if activity and activity.role == PROCESSOR else "Controller"],
            joint_controller_info=self._partners(activity),
            legal_name=ours.name,
            legal_address=ours.address,
            dpo=ours.dpo.email if ours.dpo else ours.contact,
            privacy_policy=ours.notice_at,
        )
        return entry | {"privacy_declarations": [self._declaration(one, activity) for one in purposes]}

    def _partners(self, activity: Activity | None) -> str:
        joint = activity is not None and activity.role == JOINT
        return ", ".join(self.reading.names("recipients", activity.partners)) if activity and joint else ""

    def _gets(self, purpose: Purpose, activity: Activity | None) -> list[Recipient]:
        return self.reading.receivers(purpose, activity)

    def _flow(self, one: Recipient) -> Entry:
        return {
            "fides_key": f"recipient.{one.id}",
            "type": "system",
            "data_categories": self._categories(sorted(one.elements)),
        }

    def _declaration(self, purpose: Purpose, activity: Activity | None) -> Entry:
        policy, receivers = self.policy, self._gets(purpose, activity)
        special = any(policy.elements[name].special for name in purpose.uses)
        shared = sorted({name for one in receivers for name in one.elements & purpose.uses})
        entry: Entry = {
            "name": self.reading.said(purpose.says),
            "data_categories": self._categories(sorted(purpose.uses)),
            "data_use": self._use_key(purpose),
            "data_subjects": list(purpose.relationships),
            "dataset_references": stores_of(policy, purpose.id),
            "egress": [f"recipient.{one.id}" for one in receivers],
            "legal_basis_for_processing": self._ground(purpose),
            "impact_assessment_location": purpose.assessment,
            "retention_period": "; ".join(self.reading.erasure(purpose)),
            "processes_special_category_data": special,
            "special_category_legal_basis": self._condition(purpose) if special else "",
            "data_shared_with_third_parties": bool(receivers),
            "third_parties": "; ".join(self.reading.receiver(one) for one in receivers),
            "shared_categories": self._categories(shared),
        }
        return {key: value for key, value in entry.items() if value not in ("", [])}

    def _ground(self, purpose: Purpose) -> str:
        """The ground of the whole purpose, where it is a point of GDPR Art. 6(1)."""
        found = self.reading.catalog.basis(self.policy.organisation.regimes, purpose.basis)
        at = point(found.cite) if found else None
        return self.words.under("grounds").text(at[2], "") if at and at[:2] == ("6", "1") else ""

    def _condition(self, purpose: Purpose) -> str:
        known = [pack.conditions for pack in self.reading.regimes() if purpose.special_condition in pack.conditions]
        at = point(known[0][purpose.special_condition].cite) if known else None
        return self.words.under("conditions").text(at[2], "") if at and at[:2] == ("9", "2") else ""

    def _recipient(self, one: Recipient) -> Entry:
        places = {one.country, *one.stored_in, *one.reached_from}
        safeguards = self.policy.transfers.safeguards
        named = [safeguards[name].mechanism for name in one.safeguards]
        known = [self.words.under("transfers").text(name, "") for name in named]
        entry = self._entry(
            f"recipient.{one.id}",
            one.name,
            system_type="Third Party",
            legal_name=one.name,
            does_international_transfers=bool(self.reading.abroad(places)),
            legal_basis_for_transfers=list(dict.fromkeys(filter(None, known))),
            privacy_policy=one.links.get("policy", ""),
            responsibility=["Processor"] if one.role == "processor" else [],
        )
        return entry | {"privacy_declarations": []}


def _key(activity: Activity | None) -> str:
    return f"activity.{activity.id}" if activity else _OURSELVES
