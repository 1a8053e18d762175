"""For how long a creator was restricted, and for how much of that without reason once something has fallen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from domain.creator.penalties import find, wider
from domain.creator.state import Account, Penalty, Restriction

Stretch = tuple[datetime, datetime]


def served_in_excess(account: Account, told: Account, now: datetime) -> dict[Restriction, int]:
    """For how many seconds until now each restriction was in force that should not have been.

    `told` is the account as its causes, as they stand now, would have made it. What people placed by hand was in its place unless it fell.
    """
    served = [(penalty, stretch(penalty, now)) for penalty in every(account)]
    due = [*rightly(account, told, now), *((one, time) for one, time in served if one.by_person and not one.reversed)]
    restrictions = dict.fromkeys(restriction for penalty, _ in served for restriction in penalty.restrictions)
    return {
        restriction: beyond(
            [time for penalty, time in served if restriction in penalty.restrictions],
            [time for penalty, time in due if any(wider(one, restriction) for one in penalty.restrictions)])
        for restriction in restrictions}


def every(account: Account) -> Iterator[Penalty]:
    """The penalties in force and over."""
    yield from account.standing.penalties.values()
    yield from account.ended.values()


def stretch(penalty: Penalty, now: datetime) -> Stretch:
    """For how long a penalty was in force until now."""
    return penalty.starts_at, min(now, penalty.over_at or now, penalty.ends_at or now)


def rightly(account: Account, told: Account, now: datetime) -> Iterator[tuple[Penalty, Stretch]]:
    """The automatic penalties of the other history, without those that fell by themselves, and no longer than they were made to last."""
    for penalty in every(told):
        known = find(account, penalty.id)
        if known is None or not known.reversed:
            begins, ends = stretch(penalty, now)
            yield penalty, (begins, min(ends, known.ends_at or ends) if known else ends)


def beyond(served: Iterable[Stretch], due: Iterable[Stretch]) -> int:
    """The seconds of some stretches of time that lie in none of the others."""
    right = united(due)
    return sum(int((end - begin).total_seconds()) - inside(right, begin, end) for begin, end in united(served))


def united(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Stretches of time as their union, in order, none touching another."""
    found: list[Stretch] = []
    for begin, end in sorted(one for one in stretches if one[0] < one[1]):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((begin, end))
    return found


def inside(stretches: Iterable[Stretch], begin: datetime, end: datetime) -> int:
    """The seconds between two instants that lie in one of the stretches."""
    return sum(max(0, int((min(end, until) - max(begin, since)).total_seconds())) for since, until in stretches)
