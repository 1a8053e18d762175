"""Whether counters, their thresholds and steps, and the zones of the score make sense."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterator

from domain.packs.model import Comparison, Counter, Expiry, ExpiryMode, Shape, Step, StepMode, Threshold, Zone
from domain.packs.problems import Fault, Path, shown

FITTING = {
    Shape.CREDIT: (Comparison.AT_OR_BELOW, Comparison.BELOW),
    Shape.DEBT: (Comparison.AT_OR_ABOVE, Comparison.ABOVE),
}


RESERVED = ("PERSON", "EXTERNAL", "ZERO_TOLERANCE")


def counter_faults(counter: Counter, path: Path) -> Iterator[Fault]:
    """What is wrong with one counter, its name, its expiry and its thresholds."""
    name = str(path[-1])
    if "/" in name or name in RESERVED:
        yield Fault(path, name, f"a name without a slash, other than {', '.join(RESERVED)}, which are channels of their own")
    yield from _range_faults(counter, path)
    if isinstance(counter.weight, str) and counter.weight != "POINTS":
        yield Fault((*path, "weight"), shown(counter.weight), '"POINTS" or a whole number of at least 1')
    yield from expiry_faults(counter.expiry, (*path, "expiry"))
    for index, threshold in enumerate(counter.thresholds):
        yield from _threshold_faults(counter, threshold, (*path, "thresholds", index))
    for index, (milder, stricter) in enumerate(zip(counter.thresholds, counter.thresholds[1:], strict=False), 1):
        yield from _order_faults(counter.shape, milder, stricter, (*path, "thresholds", index))


def expiry_faults(expiry: Expiry, path: Path) -> Iterator[Fault]:
    """Fields that the mode needs and lacks, or has and cannot use."""
    if expiry.mode is ExpiryMode.PER_ENTRY and expiry.days is None:
        yield Fault((*path, "days"), "nothing", "a number of days, since the mode is PER_ENTRY")
    if expiry.mode is ExpiryMode.CALENDAR and not expiry.months:
        yield Fault((*path, "months"), "nothing", "the months, 1 to 12, since the mode is CALENDAR")
    if expiry.mode is not ExpiryMode.PER_ENTRY and expiry.days is not None:
        yield Fault((*path, "days"), shown(expiry.days), f"nothing, since the mode is {expiry.mode}")
    if expiry.mode is not ExpiryMode.CALENDAR and expiry.months:
        yield Fault((*path, "months"), "months", f"nothing, since the mode is {expiry.mode}")


def step_faults(step: Step, path: Path) -> Iterator[Fault]:
    """A proposal without its time limit, or what only a proposal can have."""
    if step.mode is StepMode.PROPOSED:
        if step.approve_within is None:
            yield Fault((*path, "approve_within"), "nothing", "a duration, since the step is PROPOSED")
        return
    if step.approve_within is not None:
        yield Fault((*path, "approve_within"), str(step.approve_within), "nothing, since the step is IMMEDIATE")
    if step.interim:
        yield Fault((*path, "interim"), "true", "false, since the step is IMMEDIATE")


def zone_faults(zones: tuple[Zone, ...], score: Counter) -> Iterator[Fault]:
    """Gaps and overlaps between the zones, from the lowest score to the highest."""
    if score.highest is None:
        if score.shape is Shape.DEBT:
            yield Fault(("counters", "score", "highest"), "nothing", "a figure, since zones cover the score up to its highest value")
        return
    expected = score.lowest
    for index in sorted(range(len(zones)), key=lambda index: zones[index].lowest):
        zone = zones[index]
        if zone.lowest != expected:
            kind = "a gap" if zone.lowest > expected else "an overlap"
            yield Fault(("zones", index, "lowest"), f"{zone.lowest}, {kind} below zone {zone.name}", str(expected))
        if zone.highest < zone.lowest:
            yield Fault(("zones", index, "highest"), shown(zone.highest), f"at least its lowest, {zone.lowest}")
        expected = max(expected, zone.highest + 1)
    if expected != score.highest + 1:
        yield Fault(("zones",), f"zones up to {expected - 1}", f"zones up to the highest score, {score.highest}")
    repeated = [name for name, count in Tally(zone.name for zone in zones).items() if count > 1]
    yield from (Fault(("zones",), f"{count_name} more than once", "one name for each zone") for count_name in repeated)


def _range_faults(counter: Counter, path: Path) -> Iterator[Fault]:
    if counter.highest is None:
        if counter.shape is Shape.CREDIT:
            yield Fault((*path, "highest"), "nothing", "a figure, since a credit has a highest value")
        if counter.base < counter.lowest:
            yield Fault((*path, "base"), shown(counter.base), f"at least the lowest value, {counter.lowest}")
    elif counter.highest < counter.lowest:
        yield Fault((*path, "highest"), shown(counter.highest), f"more than the lowest value, {counter.lowest}")
    elif not counter.lowest <= counter.base <= counter.highest:
        yield Fault((*path, "base"), shown(counter.base), f"a figure from {counter.lowest} to {counter.highest}")


def _threshold_faults(counter: Counter, threshold: Threshold, path: Path) -> Iterator[Fault]:
    if threshold.at < counter.lowest or (counter.highest is not None and threshold.at > counter.highest):
        most = "any figure above" if counter.highest is None else str(counter.highest)
        yield Fault((*path, "at"), shown(threshold.at), f"within the counter's range, {counter.lowest} to {most}")
    if threshold.comparison not in FITTING[counter.shape]:
        right = " or ".join(FITTING[counter.shape])
        yield Fault((*path, "comparison"), shown(threshold.comparison), f"{right}, since the counter is a {counter.shape}")
    for index, step in enumerate(threshold.steps):
        yield from step_faults(step, (*path, "steps", index))


def _order_faults(shape: Shape, milder: Threshold, stricter: Threshold, path: Path) -> Iterator[Fault]:
    first, second = (_strictness(shape, threshold) for threshold in (milder, stricter))
    if first == second:
        yield Fault((*path, "at"), f"{stricter.at} {stricter.comparison} a second time", "each threshold once")
    elif first > second:
        direction = "falling" if shape is Shape.CREDIT else "rising"
        yield Fault((*path, "at"), f"{stricter.at} after {milder.at}", f"thresholds from mild to strict: {direction} for a {shape}")


def _strictness(shape: Shape, threshold: Threshold) -> tuple[int, bool]:
    inclusive = threshold.comparison in (Comparison.AT_OR_BELOW, Comparison.AT_OR_ABOVE)
    return (-threshold.at if shape is Shape.CREDIT else threshold.at, not inclusive)
