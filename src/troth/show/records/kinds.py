"""All kinds of record, by id: whatever lists them derives from here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from troth.catalog import Catalog
from troth.model.policy import Policy
from troth.show.records import article30, dpv, fideslang, recipients, trackers, transfers
from troth.show.records.record import Record

Making = Callable[[Policy, Catalog, str, date], Record]
Writing = Callable[[Policy, Catalog], str]


@dataclass(frozen=True)
class Export:
    """The policy in a vocabulary of others, in one or more forms (`json`, `yaml`); the first is the usual one."""

    id: str
    says: str
    forms: Mapping[str, Writing]


RECORDS: Mapping[str, Making] = {
    article30.ID: article30.article_30,
    transfers.ID: transfers.transfers,
    recipients.ID: recipients.recipients,
    trackers.ID: trackers.trackers,
}
"""What people read, by id."""

EXPORTS: Mapping[str, Export] = {
    dpv.ID: Export(dpv.ID, "the policy in the Data Privacy Vocabulary, as JSON-LD", {"json": dpv.json_ld}),
    fideslang.ID: Export(
        fideslang.ID, "the data map in Fideslang", {"yaml": fideslang.as_yaml, "json": fideslang.as_json}
    ),
}
"""What other programs read, by id."""
