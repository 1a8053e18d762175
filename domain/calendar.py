"""Days and months as people count them: in the pack's time zone, the first day not counted, the last one ending at local midnight.

So a day-long suspension imposed on Monday at any hour is over when Tuesday is, and 31 August plus six months is the end of February
(the rule of Regulation 1182/71, Art. 3, used for every window and duration alike). All intervals are half-open: at the returned instant
the thing is over.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

SATURDAY = 5


class Unit(StrEnum):
    """In what a duration is counted."""

    HOURS = "HOURS"
    DAYS = "DAYS"
    WEEKDAYS = "WEEKDAYS"
    MONTHS = "MONTHS"


class Duration(msgspec.Struct, frozen=True):
    """A length of time in the unit in which the rule gives it."""

    value: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.value} {self.unit.value.lower()}"


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The time zone of that IANA name."""
    return ZoneInfo(name)


def midnight(day: date, time_zone: str) -> datetime:
    """The instant (UTC) at which a local day begins."""
    return datetime.combine(day, time(), zone(time_zone)).astimezone(UTC)


def local_date(at: datetime, time_zone: str) -> date:
    """The local day of an instant."""
    return at.astimezone(zone(time_zone)).date()


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def add_weekdays(day: date, count: int) -> date:
    """The day that many weekdays on; Saturdays and Sundays do not count."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < SATURDAY
    return day


def end_of(at: datetime, duration: Duration, time_zone: str) -> datetime:
    """When a duration that begins at `at` is over (UTC); hours to the second, anything longer at local midnight."""
    day = local_date(at, time_zone)
    match duration.unit:
        case Unit.HOURS:
            return at + timedelta(hours=duration.value)
        case Unit.DAYS:
            last = day + timedelta(days=duration.value)
        case Unit.WEEKDAYS:
            last = add_weekdays(day, duration.value)
        case Unit.MONTHS:
            last = add_months(day, duration.value)
    return midnight(last + timedelta(days=1), time_zone)


def end_of_days(at: datetime, days: int, time_zone: str) -> datetime:
    """When that many days from `at` are over (UTC)."""
    return end_of(at, Duration(days, Unit.DAYS), time_zone)


def end_of_following_month(at: datetime, time_zone: str) -> datetime:
    """When the month after the local month of `at` is over (UTC)."""
    return midnight(add_months(local_date(at, time_zone).replace(day=1), 2), time_zone)


def next_reset(at: datetime, months: tuple[int, ...], time_zone: str) -> datetime:
    """The first instant after `at` at which one of the calendar months begins (UTC)."""
    first = local_date(at, time_zone).replace(day=1)
    begins = (add_months(first, ahead) for ahead in range(1, 13))
    return next(midnight(day, time_zone) for day in begins if day.month in months)


def put_off(due: datetime, unit: Unit, since: datetime, until: datetime, time_zone: str) -> datetime:
    """When something due is due after all (UTC), if the time from `since` to `until` does not count: in whole local days, unless by the hour."""
    first, last = local_date(since, time_zone), local_date(until, time_zone)
    passed = (last - first).days
    day = local_date(due, time_zone)
    match unit:
        case Unit.HOURS:
            return due + (until - since)
        case Unit.DAYS | Unit.MONTHS:
            return midnight(day + timedelta(days=passed), time_zone)
        case Unit.WEEKDAYS:
            weekdays = sum(1 for ahead in range(1, passed + 1) if (first + timedelta(days=ahead)).weekday() < SATURDAY)
            return midnight(add_weekdays(day - timedelta(days=1), weekdays) + timedelta(days=1), time_zone)
