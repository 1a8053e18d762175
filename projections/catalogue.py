"""All read models, by name and by the log they are made of."""

from __future__ import annotations

from projections.appeals import APPEALS
from projections.cases import CASES
from projections.creators import CREATORS
from projections.decisions import DECISIONS
from projections.ecosystem import ECOSYSTEM
from projections.penalties import PENALTIES
from projections.readmodel import ReadModel
from projections.remedies import REMEDIES
from projections.retention import RETENTION
from projections.rewards import REWARDS
from projections.statements import STATEMENTS
from projections.timeline import TIMELINE
from projections.violations import VIOLATIONS

READ_MODELS: dict[str, ReadModel] = {
    model.name: model for model in (
        CREATORS, VIOLATIONS, PENALTIES, APPEALS, DECISIONS, REWARDS, REMEDIES, RETENTION, STATEMENTS, TIMELINE, ECOSYSTEM)}
CASE_MODELS: dict[str, ReadModel] = {CASES.name: CASES}
CREATORS_LOG, CASES_LOG = 0, 1  # the numbers of the first log of accounts, whose others follow these, and of the desk's log


def models_of(log: int) -> dict[str, ReadModel]:
    """The read models that follow a log: the desk's, or one of those that accounts are spread over."""
    return CASE_MODELS if log == CASES_LOG else READ_MODELS
