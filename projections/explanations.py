"""What a person reads of an explanation: a paragraph, made of its data alone. It names no reviewer. Times are UTC."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from math import inf

from domain.creator.enforcement import ZERO_TOLERANCE
from domain.creator.explaining.explanations import (
    Became,
    Change,
    ChangedBy,
    EligibilityExplained,
    Entry,
    Exclusion,
    PenaltyExplained,
    PointsExplained,
    RestrictionExplained,
    Rule,
    ThresholdExplained,
    Uncounted,
    UncountedEntry,
)
from domain.creator.gates import PROMOTION_SCORE, Gate
from domain.creator.state import EXTERNAL
from domain.packs.model import SCORE, Shape
from projections.sentences import on_day, points, worded

Explained = ThresholdExplained | PenaltyExplained | RestrictionExplained | PointsExplained | EligibilityExplained
ELSEWHERE = frozenset({Uncounted.OTHER_COUNTER, Uncounted.OTHER_GROUP})
GONE = {
    Uncounted.EXPIRED: "expired", Uncounted.OVERTURNED: "fell with an overturned violation", Uncounted.AMENDED: "fell with an amendment",
    Uncounted.QUIZ: "was given back by a quiz", Uncounted.CLAWED_BACK: "was clawed back",
    Uncounted.DROPPED_WITH_SCHEME: "was dropped with another pack", Uncounted.RESTORED: "was given back"}
BECAME = {
    Became.APPROVED: "was approved by a second person", Became.IMPOSED: "took effect", Became.PROPOSED_ANEW: "was proposed anew, for less",
    Became.SHORTENED: "was shortened", Became.EXPIRED: "came to its end", Became.LIFTED: "was lifted", Became.REVERSED: "was reversed",
    Became.LAPSED: "lapsed", Became.DECLINED: "was declined by a second person"}
BY = {
    ChangedBy.TIME: "", ChangedBy.DECISION: "", ChangedBy.OVERTURN: " because a violation was overturned",
    ChangedBy.AMENDMENT: " because a violation was amended", ChangedBy.REVIEW: " because the decision itself was reviewed"}


def in_words(explained: Explained) -> str:
    """The paragraph."""
    match explained:
        case ThresholdExplained():
            return paragraph(*threshold(explained))
        case PenaltyExplained():
            return paragraph(*penalty(explained))
        case RestrictionExplained():
            return paragraph(restriction(explained), *(in_words(one) for one in explained.penalties))
        case PointsExplained():
            return paragraph(*cost(explained))
        case EligibilityExplained():
            return paragraph(*eligibility(explained))


def paragraph(*sentences: str) -> str:
    """Sentences one after the other."""
    return " ".join(sentence for sentence in sentences if sentence)


def ending(at: datetime | None) -> str:
    """Until when."""
    return f"until {on_day(at)}" if at else "without end"


def by_rule(rule: Rule) -> str:
    """By which rule."""
    row = "" if rule.row is None else f" row {rule.row} of"
    scheme = worded(rule.scheme).replace("-", " ")
    return f"The rule is{row} {rule.table} in version {rule.version} of {scheme} for {rule.market} (pack {rule.hash[:12]})."


def counter_named(explained: ThresholdExplained) -> str:
    """What was counted."""
    group = f" for {worded(explained.group)}" if explained.group else ""
    return "The health score" if explained.counter == SCORE else f"The counter {explained.counter}{group}"


def threshold(it: ThresholdExplained) -> list[str]:
    """How it was reached, of what, and what was left out."""
    held = "" if it.unheld == it.value_after else f" ({it.unheld} before it was held between {it.lowest} and {it.highest})"
    limit, others = f"{worded(it.threshold.comparison)} {it.threshold.at}", [str(one.at) for one in it.crossed[:-1]]
    return [
        f"{counter_named(it)} went from {it.value_before} to {it.value_after}{held} on {on_day(it.at)}, and a threshold stands {limit}.",
        f"Crossed with it, and milder: {', '.join(others)}." if others else "",
        (f"It {'falls' if it.shape is Shape.CREDIT else 'rises'} from {it.base}, and {number(len(it.counted), 'entry', 'entries')} counted: "
         f"{listed(map(entry, it.counted))}."),
        *left_out(it.uncounted), by_rule(it.rule)]


TOLD_ONE_BY_ONE = 3


def number(count: int, one: str, several: str) -> str:
    """So many of something."""
    return f"{count} {one if count == 1 else several}"


def listed(parts: Iterable[str]) -> str:
    """One after the other."""
    return "; ".join(parts) or "none"


def entry(it: Entry) -> str:
    """What an entry weighed, for what, until when."""
    for_what = f"{worded(it.policy)} ({worded(it.severity)})" if it.severity else f"earned by {worded(it.earned_by)}"
    less = f" of {it.points:+}" if it.points != it.weighs else ""
    expiry = f"until {on_day(it.expires_at)}" if it.expires_at else "for good"
    return f"{it.weighs:+}{less} for {for_what} of {on_day(it.made_at)}, {expiry}"


def left_out(uncounted: tuple[UncountedEntry, ...]) -> list[str]:
    """What did not count in the same tally, the last few that went one by one and the others by their number; what belongs elsewhere too."""
    gone = [one for one in uncounted if one.why not in ELSEWHERE]
    latest = sorted(gone, key=lambda one: one.since.timestamp() if one.since else inf, reverse=True)[:TOLD_ONE_BY_ONE]
    before = len(gone) - len(latest)
    groups = sum(one.why is Uncounted.OTHER_GROUP for one in uncounted)
    return [
        f"Not counted: {listed(map(gone_entry, latest))}." if gone else "",
        f"Nor did {number(before, 'entry', 'entries')} that went before." if before else "",
        f"{number(groups, 'entry', 'entries')} of other groups did not count." if groups else ""]


def gone_entry(it: UncountedEntry) -> str:
    """What an entry had weighed, and when and why it did not any more."""
    when = f" on {on_day(it.since)}" if it.since else ""
    what = f"{it.entry.points:+} for {worded(it.entry.policy or it.entry.earned_by)} of {on_day(it.entry.made_at)}"
    return f"{what}, which {GONE[it.why]}{when}"


def penalty(it: PenaltyExplained) -> list[str]:
    """What, because of what, and what became of it."""
    what = ", ".join(dict.fromkeys(worded(one.capability) for one in it.restrictions)) or "nothing"
    done = "was proposed, to restrict" if it.proposed else "restricts"
    end = f"and waits for a second person {ending(it.lapses_at)}" if it.proposed else ending(it.ends_at)
    interim = f"In the interim it restricts {ending(it.ends_at)}." if it.proposed and it.starts_at else ""
    return [
        f"The penalty {worded(it.kind)} {done} {what} {end}.", interim, *because(it),
        f"It rests on {number(len(it.violations), 'violation', 'violations')}.", *map(changed, it.changes)]


def because(it: PenaltyExplained) -> list[str]:
    """By what it was decided."""
    if it.threshold:
        return threshold(it.threshold)
    if it.channel == ZERO_TOLERANCE and it.rule:
        return ["Such a violation leads to it directly, whatever the score.", by_rule(it.rule)]
    if it.channel == EXTERNAL:
        return [f"Another system placed it on {on_day(it.at)}."]
    place = " in the place of one that fell in part" if it.in_place_of else ""
    return [f"A person placed it on {on_day(it.at)}{place}."]


def changed(it: Change) -> str:
    """What became of it; a penalty that was over is not shortened, but should have ended before."""
    ends = f", and ends {ending(it.ends_at)}" if it.became is Became.IMPOSED else f" to {on_day(it.ends_at)}" if it.ends_at else ""
    over = it.became is Became.SHORTENED and it.ends_at is not None and it.ends_at < it.at
    what = f"was found that it should have ended on {on_day(it.ends_at)}" if over and it.ends_at else f"{BECAME[it.became]}{ends}"
    ground = f" ({worded(it.ground)})" if it.ground else ""
    served = f"; {it.served_seconds // 3600} hours of it had been served in excess" if it.served_seconds else ""
    return f"On {on_day(it.at)} it {what}{BY[it.by]}{ground}{served}."


def restriction(it: RestrictionExplained) -> str:
    """What is restricted, and by how many penalties."""
    where = "".join(f" in {one}" for one in (it.restriction.category, it.restriction.territory, it.restriction.item) if one != "*")
    count = number(len(it.penalties), "penalty", "penalties")
    return f"{worded(it.restriction.capability).capitalize()}{where} is restricted since {on_day(it.since)}, {ending(it.until)}, by {count}."


def cost(it: PointsExplained) -> list[str]:
    """How many points, by which row, because of what came before."""
    outcome = f"cost {points(it.points)}" if it.points else "led to a warning in place of points" if it.warned else "cost no points"
    granted = f", within {it.range[0]} to {it.range[1]}" if it.range else ""
    chosen = f"A person chose {it.chosen} within that range, with reasons." if it.chosen is not None and it.range else ""
    earlier = ", ".join(on_day(one.at) for one in it.earlier)
    counts = f"it counts as occurrence {it.occurrence} of its kind" + (f", after those of {earlier}." if earlier else ".")
    return [
        f"The {worded(it.severity)} violation of {worded(it.policy)} {outcome}: {counts}",
        "" if it.warned else f"The row gives {points(it.row_points)}{granted}.", chosen, by_rule(it.rule), *since_then(it.entry)]


def since_then(entered: Entry | None) -> list[str]:
    """What has become of the points."""
    if entered is None:
        return []
    return [f"On {on_day(loss.at)} {points(abs(loss.points))} {LOST[Uncounted(loss.why)]}." for loss in entered.losses]


LOST = GONE | {
    Uncounted.OVERTURNED: "came back because a violation was overturned", Uncounted.AMENDED: "came back because a violation was amended",
    Uncounted.QUIZ: "came back by a quiz", Uncounted.RESTORED: "came back", Uncounted.CLAWED_BACK: "clawed back",
    Uncounted.DROPPED_WITH_SCHEME: "dropped with another pack"}


def eligibility(it: EligibilityExplained) -> list[str]:
    """Gate by gate."""
    closed = sum(not gate.open for gate in it.gates)
    gates = "Every gate is open" if not closed else f"{number(closed, 'gate is', 'gates are')} closed"
    live = f"It is in force already, {ending(it.in_force_until)}." if it.in_force else ""
    verdict = "can be granted" if it.eligible else "cannot be granted now"
    return [f"{it.title} {verdict}.", f"{gates}: {listed(map(gate, it.gates))}.", *map(excluded, it.exclusions), live, by_rule(it.rule)]


def gate(it: Gate) -> str:
    """A gate, its value and what it has to be."""
    score = it.name == PROMOTION_SCORE
    value, at = (f"{it.value / 100:.2f}", f"{it.at / 100:.2f}") if score else (str(it.value), str(it.at))
    name = "the Promotion Performance Score" if score else it.name
    return f"{name} is {value} and has to be {worded(it.comparison)} {at} ({'open' if it.open else 'closed'})"


def excluded(it: Exclusion) -> str:
    """What excludes it, since when and until when."""
    kinds = ", ".join(dict.fromkeys(worded(one.kind) for one in it.penalties))
    return f"It is excluded because {worded(it.capability)} is restricted since {on_day(it.since)}, {ending(it.until)}, by {kinds}."
