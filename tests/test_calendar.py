"""Days and months as people count them: the first day is not counted, the last one ends at local midnight."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import (
    Duration,
    Unit,
    add_months,
    add_weekdays,
    end_of,
    end_of_days,
    end_of_following_month,
    local_date,
    midnight,
    next_reset,
)

ZONES = ("UTC", "America/Los_Angeles", "Asia/Ho_Chi_Minh", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Auckland", "America/Havana")
TICK = timedelta(microseconds=1)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


def of(value: int, unit: Unit) -> Duration:
    return Duration(value, unit)


@pytest.mark.parametrize("at", [utc(2026, 3, 2), utc(2026, 3, 2, 10), utc(2026, 3, 3) - TICK])
def test_a_day_imposed_at_any_hour_of_monday_is_over_when_tuesday_is(at: datetime) -> None:
    assert end_of_days(at, 1, "UTC") == utc(2026, 3, 4)


def test_a_day_imposed_as_tuesday_begins_is_over_when_wednesday_is() -> None:
    assert end_of_days(utc(2026, 3, 3), 1, "UTC") == utc(2026, 3, 5)


def test_no_days_end_with_the_day_itself() -> None:
    assert end_of_days(utc(2026, 3, 2, 10), 0, "UTC") == utc(2026, 3, 3)


def test_days_end_at_midnight_in_the_time_zone_of_the_pack() -> None:
    assert end_of_days(utc(2026, 1, 1, 10), 7, "Asia/Ho_Chi_Minh") == utc(2026, 1, 8, 17)
    assert end_of_days(utc(2026, 1, 1, 17), 7, "Asia/Ho_Chi_Minh") == utc(2026, 1, 9, 17), "there it is the second of January"
    assert end_of_days(utc(2026, 1, 1, 17) - TICK, 7, "Asia/Ho_Chi_Minh") == utc(2026, 1, 8, 17)


@pytest.mark.parametrize(("at", "ends"), [
    (utc(2026, 3, 1, 20), utc(2026, 3, 9, 7)),  # into summer time: midnight is an hour earlier in UTC
    (utc(2026, 10, 25, 20), utc(2026, 11, 2, 8))])
def test_the_midnight_is_the_local_one_also_across_a_change_of_the_clocks(at: datetime, ends: datetime) -> None:
    assert end_of_days(at, 7, "America/Los_Angeles") == ends


def test_where_the_clocks_skip_midnight_the_day_begins_at_its_first_instant() -> None:
    begins = midnight(date(2026, 3, 8), "America/Havana")
    assert begins == utc(2026, 3, 8, 5)
    assert local_date(begins, "America/Havana") == date(2026, 3, 8)
    assert local_date(begins - TICK, "America/Havana") == date(2026, 3, 7)


def test_where_midnight_comes_twice_the_day_begins_with_the_first() -> None:
    assert midnight(date(2026, 11, 1), "America/Havana") == utc(2026, 11, 1, 4)


def test_hours_are_hours_whatever_the_clocks_do() -> None:
    assert end_of(utc(2026, 3, 8, 9), of(48, Unit.HOURS), "America/Los_Angeles") == utc(2026, 3, 10, 9)


@pytest.mark.parametrize(("day", "months", "result"), [
    (date(2026, 8, 31), 6, date(2027, 2, 28)), (date(2027, 8, 31), 6, date(2028, 2, 29)), (date(2026, 1, 31), 1, date(2026, 2, 28)),
    (date(2026, 11, 30), 1, date(2026, 12, 30)), (date(2026, 12, 31), 2, date(2027, 2, 28)), (date(2026, 12, 15), 12, date(2027, 12, 15)),
    (date(2026, 5, 5), 0, date(2026, 5, 5))])
def test_a_month_ends_on_the_same_day_or_on_the_last_one_that_the_month_has(day: date, months: int, result: date) -> None:
    assert add_months(day, months) == result


def test_six_months_from_the_end_of_august_are_over_when_february_is() -> None:
    assert end_of(utc(2026, 8, 31, 10), of(6, Unit.MONTHS), "UTC") == utc(2027, 3, 1)


@pytest.mark.parametrize(("day", "count", "result"), [
    (date(2026, 3, 2), 0, date(2026, 3, 2)), (date(2026, 3, 2), 4, date(2026, 3, 6)), (date(2026, 3, 2), 5, date(2026, 3, 9)),
    (date(2026, 3, 6), 1, date(2026, 3, 9)), (date(2026, 3, 7), 1, date(2026, 3, 9)), (date(2026, 3, 8), 1, date(2026, 3, 9)),
    (date(2026, 3, 2), 14, date(2026, 3, 20))])
def test_saturdays_and_sundays_are_no_weekdays(day: date, count: int, result: date) -> None:
    assert add_weekdays(day, count) == result


def test_fourteen_weekdays_are_over_at_the_midnight_after_the_fourteenth() -> None:
    assert end_of(utc(2026, 3, 2, 10), of(14, Unit.WEEKDAYS), "UTC") == utc(2026, 3, 21)


@pytest.mark.parametrize(("at", "ends"), [
    (utc(2026, 3, 1), utc(2026, 5, 1)), (utc(2026, 3, 31, 23), utc(2026, 5, 1)), (utc(2026, 4, 1), utc(2026, 6, 1)),
    (utc(2026, 11, 15), utc(2027, 1, 1)), (utc(2026, 12, 31), utc(2027, 2, 1))])
def test_the_following_month_is_over_when_the_one_after_begins(at: datetime, ends: datetime) -> None:
    assert end_of_following_month(at, "UTC") == ends


@pytest.mark.parametrize(("at", "months", "reset"), [
    (utc(2026, 4, 1) - TICK, (4, 10), utc(2026, 4, 1)), (utc(2026, 4, 1), (4, 10), utc(2026, 10, 1)), (utc(2026, 10, 1), (4, 10), utc(2027, 4, 1)),
    (utc(2026, 4, 15), (4,), utc(2027, 4, 1)), (utc(2026, 12, 31), tuple(range(1, 13)), utc(2027, 1, 1))])
def test_a_reset_is_the_next_beginning_of_a_named_month_never_the_present_instant(at: datetime, months: tuple[int, ...], reset: datetime) -> None:
    assert next_reset(at, months, "UTC") == reset


def test_a_reset_begins_at_local_midnight() -> None:
    assert next_reset(utc(2026, 3, 31, 16), (4,), "Asia/Singapore") == utc(2027, 3, 31, 16), "there April has begun"
    assert next_reset(utc(2026, 3, 31, 16) - TICK, (4,), "Asia/Singapore") == utc(2026, 3, 31, 16)


def test_a_duration_reads_as_its_rule_gives_it() -> None:
    assert [str(of(14, unit)) for unit in Unit] == ["14 hours", "14 days", "14 weekdays", "14 months"]


moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # hypothesis adds the zone


@given(moments, st.sampled_from(ZONES), st.sampled_from([Unit.DAYS, Unit.WEEKDAYS, Unit.MONTHS]), st.integers(0, 400), st.integers(0, 400))
def test_whatever_is_longer_or_begins_later_ends_no_sooner_and_always_as_a_local_day_begins(
        at: datetime, zone: str, unit: Unit, value: int, other: int) -> None:
    ends = end_of(at, of(value, unit), zone)
    assert at < ends
    assert local_date(ends, zone) == local_date(ends - TICK, zone) + timedelta(days=1)
    assert end_of(at, of(max(value, other), unit), zone) >= ends
    assert end_of(at + timedelta(hours=other), of(value, unit), zone) >= ends


@given(moments, st.sampled_from(ZONES), st.integers(0, 400))
def test_so_many_days_are_so_many_local_days_after_the_first(at: datetime, zone: str, days: int) -> None:
    assert local_date(end_of_days(at, days, zone), zone) - local_date(at, zone) == timedelta(days=days + 1)
    assert at.astimezone(ZoneInfo(zone)).date() == local_date(at, zone)


@given(moments, st.sampled_from(ZONES), st.sets(st.integers(1, 12), min_size=1))
def test_a_reset_lies_ahead_within_a_year_and_a_day_and_none_lies_between(at: datetime, zone: str, months: set[int]) -> None:
    reset = next_reset(at, tuple(months), zone)
    assert at < reset <= at + timedelta(days=367)
    assert local_date(reset, zone).day == 1
    assert local_date(reset, zone).month in months
    between = (reset - timedelta(days=days) for days in range(1, (reset - at).days))
    assert not [day for day in between if local_date(day, zone).day == 1 and local_date(day, zone).month in months]
