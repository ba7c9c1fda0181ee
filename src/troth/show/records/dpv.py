"""The policy as JSON-LD in the W3C's Data Privacy Vocabulary, version 2. The context stands in it: nothing is fetched.

One process for each purpose in each activity, and one for each transfer. What is legal carries who checked it, in
`source`. Days on which something is looked at do not come in: the same policy makes the same bytes.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from troth.catalog import Catalog
from troth.catalog.nouns import Adequacy, Cite, Mechanism
from troth.model.period import Period
from troth.model.policy import Element, Policy, Purpose, Recipient, Retention
from troth.model.policy_contact import Activity
from troth.model.text import Text
from troth.policy.section import ADEQUACY
from troth.show.records.article30 import PROCESSOR, lines
from troth.show.records.law import point
from troth.show.records.reading import NOBODY, Reading, stores_of, tables_of
from troth.show.records.transfers import Transfer, decided, mechanisms, outside
from troth.show.records.vocabulary import vocabulary
from troth.show.terminal import json_text

ID = "dpv"
Node = dict[str, Any]

_LINKS = (
    "hasApplicableLaw", "hasContext", "hasCountry", "hasDataController", "hasDataImporter", "hasDataProtectionOfficer",
    "hasDataSource", "hasDataSubject", "hasDuration", "hasJurisdiction", "hasLegalBasis", "hasLocation",
    "hasPersonalData", "hasProcess", "hasProcessing", "hasPurpose", "hasRecipient", "hasStorageCondition",
    "hasTechnicalOrganisationalMeasure", "hasThirdCountry",
)  # fmt: skip
_TEXTS = ("hasAddress", "hasContact", "hasName")
_MECHANISM_POINTS = {("47", "", ""): "A46-2-b", ("45", "", ""): "A45-3"}
"""Articles that the vocabulary names by another one."""


def json_ld(policy: Policy, catalog: Catalog) -> str:
    """The document, nodes in the order of their ids, in all languages of the policy."""
    graph = _Graph(policy, catalog)
    body = {"@context": graph.context(), "@graph": graph.nodes()}
    return json_text(body) + "\n"


class _Graph:
    def __init__(self, policy: Policy, catalog: Catalog) -> None:
        self.policy = policy
        self.reading = Reading(policy, catalog)
        self.words = vocabulary(ID)
        self.found: dict[str, Node] = {}

    def context(self) -> Node:
        """Every prefix and term that is used."""
        organisation = self.policy.organisation
        base = f"{organisation.notice_at.partition('#')[0]}#" if organisation.notice_at else ""
        return {
            "dct": "http://purl.org/dc/terms/",
            "dpv": "https://w3id.org/dpv#",
            "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
            "loc": "https://w3id.org/dpv/loc#",
            "policy": base or f"urn:x-troth:{organisation.id}:",
            "time": "http://www.w3.org/2006/time#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
            "title": {"@id": "dct:title", "@container": "@language"},
            "source": {"@id": "dct:source"},
            "identifier": {"@id": "dct:identifier"},
            "available": {"@id": "dct:available", "@type": "xsd:date"},
            "valid": {"@id": "dct:valid", "@type": "xsd:date"},
            "hasXSDDuration": {"@id": "time:hasXSDDuration", "@type": "xsd:duration"},
            **{name: {"@id": f"dpv:{name}", "@type": "@id"} for name in _LINKS},
            **{name: {"@id": f"dpv:{name}"} for name in _TEXTS},
        }

    def nodes(self) -> list[Node]:
        """The organisation, and all that hangs on it."""
        processes = [self._process(*line) for line in lines(self.policy) if line[1]]
        processes += [self._transfer(one) for one in outside(self.reading)]
        served = [one for one in self.policy.activities.values() if one.role == PROCESSOR]
        processes += [self._served(one) for one in served]
        self._organisation(processes)
        return [self.found[name] for name in sorted(self.found)]

    def _add(self, name: str, types: str | Iterable[str], **facts: object) -> str:
        """A node under an id of ours; empty facts are left out, sets are sorted."""
        kinds = [types] if isinstance(types, str) else list(types)
        said = {key: value for key, value in facts.items() if value}
        identifier = name if ":" in name else f"policy:{name}"
        self.found[identifier] = {"@id": identifier, "@type": [f"dpv:{kind}" for kind in kinds], **said}
        return identifier

    def _organisation(self, processes: list[str]) -> None:
        organisation = self.policy.organisation
        officer = organisation.dpo
        self._add(
            "organisation",
            ("Organisation", "DataController"),
            hasName=organisation.name,
            hasAddress=organisation.address,
            hasContact=organisation.contact,
            hasDataProtectionOfficer=self._add(
                "officer", "DataProtectionOfficer", hasName=officer.name, hasContact=officer.email
            )
            if officer
            else "",
            hasJurisdiction=f"loc:{organisation.country}",
            hasApplicableLaw=[self._law(code) for code in organisation.regimes],
            hasProcess=sorted(processes),
            identifier=self.policy.hash,
            valid=self.policy.effective_from,
        )

    def _law(self, code: str) -> str:
        pack = self.reading.catalog.laws[code]
        source = [pack.source, self.reading.checked(pack.name, pack.checked)]
        return self._add(f"law/{code}", "Law", title={"en": pack.says}, source=source)

    # --- Processes ---

    def _process(self, activity: Activity | None, purpose: Purpose | None) -> str:
        assert purpose  # noqa: S101 - lines without one are left out
        return self._add(
            f"process/{activity.id}/{purpose.id}" if activity else f"process/{purpose.id}",
            "Process",
            title=self._title(activity, purpose),
            hasDataController=["policy:organisation", *self._partners(activity)],
            hasJurisdiction=f"loc:{self.policy.organisation.country}",
            hasCountry=[f"loc:{code}" for code in sorted(activity.countries)] if activity else [],
            available=max(activity.starts if activity else "", purpose.starts),
            hasRecipient=[self._recipient(one) for one in self.reading.receivers(purpose, activity)],
            **self._facts(purpose),
        )

    def _facts(self, purpose: Purpose) -> Node:
        policy = self.policy
        sources = [one for one in policy.sources.values() if one.id in purpose.sources or purpose.id in one.purposes]
        return {
            "hasPurpose": self._add(f"purpose/{purpose.id}", "Purpose", title=dict(purpose.says)),
            "hasProcessing": "dpv:Use",
            "hasLegalBasis": self._grounds(purpose),
            "hasPersonalData": [self._element(policy.elements[name]) for name in sorted(purpose.uses)],
            "hasDataSubject": [
                self._add(f"people/{name}", "DataSubject", title=dict(policy.relationships[name].says))
                for name in purpose.relationships
            ],
            "hasDataSource": [
                self._add(f"source/{one.id}", self._word("sources", one.kind, "DataSource"), title=dict(one.says))
                for one in sources
            ],
            "hasStorageCondition": self._storage(purpose),
            "hasTechnicalOrganisationalMeasure": self._measures(purpose),
            "hasContext": [
                self._add(f"decision/{one.id}", "AutomatedDecisionMaking", title=dict(one.says))
                for one in policy.decisions.kinds.values()
                if one.purpose == purpose.id
            ],
        }

    def _served(self, activity: Activity) -> str:
        """What we do for others: they decide, we process."""
        purposes = [one for one in self.policy.purposes.values() if activity.id in one.activities]
        spaces = [one for one in self.policy.spaces.values() if activity.id in one.activities]
        customers = [
            self._add(f"customer/{one.id}", "DataController", hasName=one.name, hasContact=one.contact)
            for one in spaces
        ]
        return self._add(
            f"served/{activity.id}",
            "Process",
            title=dict(activity.says),
            hasDataController=[*customers, *self._partners(activity)],
            hasPurpose=[self._add(f"purpose/{one.id}", "Purpose", title=dict(one.says)) for one in purposes],
            hasPersonalData=[
                self._element(self.policy.elements[name])
                for name in sorted(frozenset().union(*(p.uses for p in purposes)))
            ],
        )

    def _transfer(self, transfer: Transfer) -> str:
        recipient = transfer.recipient
        return self._add(
            f"transfer/{transfer.store or (recipient.id if recipient else '')}/{transfer.country}",
            "Process",
            title={"en": f"{recipient.name if recipient else transfer.store}: {', '.join(transfer.how)}"},
            hasProcessing="dpv:Transfer",
            hasDataController="policy:organisation",
            hasDataImporter=self._recipient(recipient) if recipient else "",
            hasThirdCountry=f"loc:{transfer.country}",
            hasLegalBasis=self._mechanisms(transfer),
        )

    # --- What a process has ---

    def _title(self, activity: Activity | None, purpose: Purpose) -> Text:
        if activity is None:
            return dict(purpose.says)
        said = self.policy.words
        return {lang: f"{said(activity.says, lang)}: {words}" for lang, words in purpose.says.items()}

    def _partners(self, activity: Activity | None) -> list[str]:
        return [self._recipient(self.policy.recipients[name]) for name in (activity.partners if activity else ())]

    def _grounds(self, purpose: Purpose) -> list[str]:
        regimes = self.policy.organisation.regimes
        rules = purpose.ground.rules if purpose.ground else ()
        names = [purpose.basis, *purpose.basis_of.values(), *(rule.basis for rule in rules)]
        found = [self.reading.catalog.basis(regimes, name) for name in names]
        cites = [(one.id, one.says, one.cite) for one in found if one]
        wanted = {purpose.special_condition, *purpose.condition_of.values()}
        for pack in self.reading.regimes():
            cites += [(name, one.says, one.cite) for name, one in pack.conditions.items() if name in wanted]
        return list(dict.fromkeys(self._basis(*each) for each in cites))

    def _basis(self, name: str, says: str, cite: Cite) -> str:
        """The vocabulary's own term for a point of the GDPR, else a ground under an id of ours."""
        at = point(cite)
        term = _MECHANISM_POINTS.get(at, "-".join(filter(None, (f"A{at[0]}", *at[1:])))) if at else ""
        source = self.reading.cite(cite)
        if not term:
            return self._add(f"ground/{cite.regime}/{name}", "LegalBasis", title={"en": says}, source=source)
        known = self.found.get(f"eu-gdpr:{term}", {}).get("source", [])
        return self._add(f"eu-gdpr:{term}", "LegalBasis", source=sorted({*known, source}))

    def _mechanisms(self, transfer: Transfer) -> list[str]:
        found: list[str] = []
        for name in transfer.recipient.safeguards if transfer.recipient else ():
            safeguard = self.policy.transfers.safeguards[name]
            laws: list[Mechanism | Adequacy] = [*mechanisms(self.reading, safeguard.mechanism)]
            if safeguard.mechanism == ADEQUACY:
                laws += [one for pack in self.reading.regimes() for one in decided(pack, transfer.country)]
            found += [self._basis(one.id, one.says, one.cite) for one in laws]
            if not laws:
                unlisted = self.reading.checked(self.reading.say("in-no-law"), NOBODY)
                found.append(self._add(f"safeguard/{name}", "LegalBasis", title=dict(safeguard.says), source=unlisted))
        return list(dict.fromkeys(found))

    def _element(self, element: Element) -> str:
        kinds = [self._word("provided-by", element.provided_by, "PersonalData")]
        kinds += ["SpecialCategoryPersonalData"] if element.special else []
        kinds += ["SensitivePersonalData"] if element.sensitive else []
        return self._add(f"element/{element.id}", dict.fromkeys(["PersonalData", *kinds]), title=dict(element.says))

    def _recipient(self, one: Recipient) -> str:
        places = sorted({one.country, *one.stored_in, *one.reached_from})
        kinds = dict.fromkeys(("Recipient", self._word("recipients", one.role, "Recipient")))
        return self._add(
            f"recipient/{one.id}", kinds, hasName=one.name, hasLocation=[f"loc:{place}" for place in places]
        )

    def _storage(self, purpose: Purpose) -> list[str]:
        rules = self.policy.retentions
        names = [purpose.retention, *(table.retain for table in tables_of(self.policy, purpose.id))]
        names += [self.policy.elements[name].retention for name in sorted(purpose.uses)]
        found = [self._period(rules[name]) for name in dict.fromkeys(names) if name in rules]
        for name in stores_of(self.policy, purpose.id):
            places = sorted(self.policy.stores[name].stored_in)
            if places:
                at = [f"loc:{place}" for place in places]
                found.append(self._add(f"store/{name}", "StorageLocation", hasLocation=at))
        return found

    def _period(self, rule: Retention) -> str:
        length = iso(Period(rule.years, rule.months, rule.days, rule.hours))
        duration = self._add(
            f"duration/{rule.id}", "TemporalDuration" if length else "UntilEventDuration", hasXSDDuration=length
        )
        return self._add(
            f"period/{rule.id}",
            ("StorageDuration", "StorageDeletion") if rule.then == "delete" else "StorageDuration",
            title=dict(rule.says),
            hasDuration=duration,
            source=self.reading.checked(rule.statutory, rule.checked) if rule.statutory else "",
        )

    def _measures(self, purpose: Purpose) -> list[str]:
        reached = self.reading.measures(purpose.uses, stores_of(self.policy, purpose.id))
        return [
            self._add(
                f"measure/{one.id}",
                self._word("measures", one.kind, "TechnicalOrganisationalMeasure"),
                title=dict(one.says),
                source=one.standard,
            )
            for one in reached
        ]

    def _word(self, table: str, word: str, otherwise: str) -> str:
        known: Mapping[str, str] = self.words.under(table).data
        return known.get(word, otherwise)


def iso(period: Period) -> str:
    """ISO 8601: `P8Y`, `P1DT12H`; empty where nothing was said."""
    days = "".join(f"{n}{unit}" for n, unit in ((period.years, "Y"), (period.months, "M"), (period.days, "D")) if n)
    hours = f"T{period.hours}H" if period.hours else ""
    return f"P{days}{hours}" if period else ""
