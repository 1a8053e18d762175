"""By when an appeal must be decided: the platform's own limit and the law's, each a clock that runs from the filing.

While the appellant is asked for more, pausable clocks stand still; a clock that has run out is recorded as missed.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from domain.calendar import end_of, put_off
from domain.creator.grammar import Work, evolves
from domain.creator.state import Account, Clock, Question, Submitted
from domain.facts import Event, Fact
from domain.identity import AppealId

PLATFORM = "PLATFORM"


class AppealDeadlineMissed(Event, frozen=True, kw_only=True):
    """An appeal was not decided in time. `rule` names the limit."""

    appeal_id: AppealId
    rule: str
    due_at: datetime


class AppealResumed(Event, frozen=True, kw_only=True):
    """The appellant answered, or the time for it is over: these are the times by which the appeal must be decided now."""

    appeal_id: AppealId
    clocks: tuple[Clock, ...]


def clocks_of(work: Work) -> tuple[Clock, ...]:
    """The clocks of an appeal filed now: it counts when it is filed."""
    filed, rule = max(work.at, work.order.at), work.pack.appeal
    clocks = [Clock(f"{PLATFORM}: {rule.decide_within}", end_of(filed, rule.decide_within, work.zone), rule.decide_within.unit, pausable=True)
              ] if rule.decide_within else []
    clocks += [
        Clock(f"{limit.jurisdiction}: {limit.within}", end_of(filed, limit.within, work.zone), limit.within.unit, limit.pausable)
        for limit in rule.decision_limits if limit.applies(work.account.jurisdictions)]
    return tuple(clocks)


def due_clocks(account: Account, until: datetime) -> list[tuple[datetime, AppealId, Clock | Question]]:
    """The clocks and questions of open appeals that run out by `until`."""
    found: list[tuple[datetime, AppealId, Clock | Question]] = []
    for id, appeal in account.appeals.items():
        if isinstance(appeal, Submitted):
            found += [(clock.due_at, id, clock) for clock in running(appeal) if clock.due_at <= until]
            if appeal.question is not None and appeal.question.until <= until:
                found.append((appeal.question.until, id, appeal.question))
    return found


def running(appeal: Submitted) -> tuple[Clock, ...]:
    """The clocks that do not stand still."""
    return tuple(clock for clock in appeal.clocks if appeal.question is None or not clock.pausable)


def record_run_out(work: Work, id: AppealId, what: Clock | Question) -> None:
    """Record, at the moment it is so, that a clock ran out, or that the time for an answer is over."""
    appeal = work.account.appeals[id]
    if not isinstance(appeal, Submitted):
        return
    match what:
        case Clock():
            work.follow(AppealDeadlineMissed(appeal_id=id, rule=what.rule, due_at=what.due_at), appeal.filed, at=what.due_at)
        case Question():
            resume(work, id, appeal, what.version, what.until)


def resume(work: Work, id: AppealId, appeal: Submitted, cause: int, at: datetime) -> None:
    """Let the clocks that stood still run on; the time in between does not count."""
    question = appeal.question
    if question is not None:
        clocks = tuple(
            msgspec.structs.replace(clock, due_at=put_off(clock.due_at, clock.unit, question.since, at, work.zone)) if clock.pausable else clock
            for clock in appeal.clocks)
        work.follow(AppealResumed(appeal_id=id, clocks=clocks), cause, at=at)


@evolves(AppealDeadlineMissed)
def missed(account: Account, event: AppealDeadlineMissed, fact: Fact) -> None:
    appeal = account.appeals[event.appeal_id]
    if isinstance(appeal, Submitted):
        late = tuple(clock for clock in appeal.clocks if clock.rule == event.rule)
        left = tuple(clock for clock in appeal.clocks if clock.rule != event.rule)
        account.appeals[event.appeal_id] = msgspec.structs.replace(appeal, clocks=left, missed=(*appeal.missed, *late))


@evolves(AppealResumed)
def resumed(account: Account, event: AppealResumed, fact: Fact) -> None:
    appeal = account.appeals[event.appeal_id]
    if isinstance(appeal, Submitted):
        account.appeals[event.appeal_id] = msgspec.structs.replace(appeal, clocks=event.clocks, question=None)
