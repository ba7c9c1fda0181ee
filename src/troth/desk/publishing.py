"""A policy folder becomes a version in force: immutable, named by its hash, kept with its text."""

from datetime import UTC, date, datetime, time
from pathlib import Path

from troth.desk.house import House
from troth.policy.compile import FILES
from troth.policy.folder import read_folder
from troth.policy.report import Report
from troth.ports.state import PolicyVersion


def publish(house: House, folder: Path, *, by: str) -> PolicyVersion:
    """Keep the folder's text under the policy's hash. The same version again changes nothing."""
    starts = datetime.combine(date.fromisoformat(house.policy.effective_from), time(), tzinfo=UTC)
    version = PolicyVersion(house.policy.hash, read_folder(folder, FILES, Report()).texts, starts, by)
    with house.unit(f"staff:{by}") as unit:
        unit.policies.add(version)
    house.state.ledger.place()
    return version
