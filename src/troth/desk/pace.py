"""When the worker keeps still, and how much it takes at once: about the operation of one installation, not a promise.

In quiet hours nothing is applied. Requests are still filed and planned, copies are still delivered, and what a restore
brought back is erased again at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from troth.model.problem import InputError

BATCH = 20
"""Pieces of work after which their events get positions, and a checkpoint is signed."""
MOST = 1000
KEYS = ("quiet", "zone", "batch")


@dataclass(frozen=True)
class Later:
    """Work that is not done now, when it is due again, and a code that says why."""

    at: datetime
    code: str = "quiet-hours"


@dataclass(frozen=True)
class Quiet:
    """Hours of every day, on the clocks of one place. They may pass midnight."""

    starts: time
    ends: time
    zone: tzinfo

    def until(self, at: datetime) -> datetime | None:
        """When the quiet hours that hold at this moment are over; None where none hold."""
        local = at.astimezone(self.zone)
        now, day = local.time(), local.date()
        if self.starts < self.ends:
            if not self.starts <= now < self.ends:
                return None
        elif now >= self.starts:
            day += timedelta(days=1)
        elif now >= self.ends:
            return None
        # In the hour that a clock goes through twice, the same one of the two.
        end = datetime.combine(day, self.ends, tzinfo=self.zone).replace(fold=local.fold)
        return end.astimezone(UTC)


@dataclass(frozen=True)
class Pace:
    """How the worker goes about its work."""

    quiet: Quiet | None = None
    batch: int = BATCH


STEADY = Pace()
"""At any hour, the usual batch."""


def pace_from(said: Mapping[str, object]) -> Pace:
    """Read the table `[work]` of the settings. Raises InputError `bad-work-settings`, naming the key."""
    for key in said:
        if key not in KEYS:
            raise _bad(key, "is not a setting of `[work]`", f"it may hold {', '.join(f'`{known}`' for known in KEYS)}")
    batch = said.get("batch", BATCH)
    if type(batch) is not int or not 1 <= batch <= MOST:
        raise _bad("batch", "is not a number of pieces of work", f"write a whole number from 1 to {MOST}")
    if "quiet" not in said:
        if "zone" in said:
            raise _bad("zone", "stands alone", "it says where the hours of `quiet` are read: write both or neither")
        return Pace(batch=batch)
    return Pace(_quiet(str(said["quiet"]), str(said.get("zone", "UTC"))), batch)


def _quiet(hours: str, zone: str) -> Quiet:
    try:
        place = ZoneInfo(zone) if zone != "UTC" else UTC
    except (ValueError, OSError, KeyError):
        remedy = "write one such as `Europe/Madrid`"
        raise _bad("zone", f"`{zone}` is not a time zone that this machine knows", remedy) from None
    starts, _, ends = hours.partition("-")
    try:
        quiet = Quiet(time.fromisoformat(starts.strip()), time.fromisoformat(ends.strip()), place)
    except ValueError:
        raise _bad("quiet", f"`{hours}` are not hours", 'write them as "06:00-22:00"') from None
    if quiet.starts == quiet.ends or quiet.starts.tzinfo or quiet.ends.tzinfo:
        raise _bad("quiet", f"`{hours}` has no end", "`troth pause` stops all work")
    return quiet


def _bad(key: str, what: str, remedy: str) -> InputError:
    return InputError("bad-work-settings", f"settings.toml, `{key}` in `[work]`: {what}", remedy, exit_code=3)
