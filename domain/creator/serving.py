"""For how long a creator was restricted, and for how much of that without reason once something has fallen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import product

from domain.creator.penalties import every, find, stretches, wider
from domain.creator.state import Account, Closed, Overturned, Penalty, Restriction, Stretch, Violation

Times = list[tuple[Restriction, Stretch]]


def served_in_excess(account: Account, told: Account, now: datetime) -> dict[Restriction, int]:
    """For how many seconds until now each restriction was in force that should not have been.

    `told` is the account as its causes, as they stand now, would have made it. What people placed by hand was in its place unless it fell.
    Time under a wider restriction is counted for that one alone.
    """
    served = [(one, time) for penalty in every(account) for one in penalty.restrictions for time in stretches(penalty, now)]
    due = [*rightly(account, told, now), *placed(account, now)]
    return {
        restriction: beyond(
            [time for one, time in served if one == restriction],
            [time for one, time in due if wider(one, restriction)] + [time for one, time in served if one != restriction and wider(one, restriction)])
        for restriction in dict.fromkeys(one for one, _ in served)}


def rightly(account: Account, told: Account, now: datetime) -> Times:
    """When the automatic penalties of the other history restrict: not those that fell by themselves, and no longer than they did in this one."""
    found: Times = []
    for penalty in every(told):
        known, times = find(account, penalty.id), stretches(penalty, now)
        if known is not None:
            times = () if known.reversed else common(times, rightful(known, now))
        found += product(penalty.restrictions, times)
    return found


def placed(account: Account, now: datetime) -> Times:
    """When what people placed restricted, without what fell."""
    standing = (one for one in every(account) if one.by_person and not one.reversed and (one.over_at is None or stands_by_hand(account, one)))
    return [pair for penalty in standing for pair in product(penalty.restrictions, rightful(penalty, now))]


def rightful(penalty: Penalty, now: datetime) -> tuple[Stretch, ...]:
    """When a penalty was in force and should have been: one that was shortened may have been served beyond its end."""
    return tuple((begin, min(end, penalty.ends_at or end)) for begin, end in stretches(penalty, now))


def stands_by_hand(account: Account, penalty: Penalty) -> bool:
    """Whether what a person placed, and is over, rests on something that has not fallen since, or was kept with reasons where that fell."""
    resting = [account.violations[id] for id in penalty.violations if id in account.violations]
    fallen = [one for one in resting if does_not_stand(one) and not (isinstance(one, Overturned) and one.version < penalty.version)]
    return penalty.kept or not resting or len(fallen) < len(resting)


def does_not_stand(violation: Violation) -> bool:
    """Whether a violation was overturned, or a suspicion not borne out."""
    return isinstance(violation, Overturned) or (isinstance(violation, Closed) and not violation.corrected)


def common(some: Iterable[Stretch], others: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """The stretches of time that lie in both."""
    both = ((max(one[0], other[0]), min(one[1], other[1])) for one, other in product(some, others))
    return tuple(stretch for stretch in both if stretch[0] < stretch[1])


def beyond(served: Iterable[Stretch], due: Iterable[Stretch]) -> int:
    """The whole seconds of some stretches of time that lie in none of the others."""
    restricted = united(served)
    return int((lasting(restricted) - lasting(common(restricted, united(due)))).total_seconds())


def lasting(stretches: Iterable[Stretch]) -> timedelta:
    """How long stretches of time last of which none overlaps another."""
    return sum((end - begin for begin, end in stretches), timedelta())


def united(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Stretches of time as their union, in order, none touching another."""
    found: list[Stretch] = []
    for begin, end in sorted(one for one in stretches if one[0] < one[1]):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((begin, end))
    return found
