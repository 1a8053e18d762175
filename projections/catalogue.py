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
from projections.rewards import REWARDS
from projections.statements import STATEMENTS
from projections.timeline import TIMELINE
from projections.violations import VIOLATIONS

READ_MODELS: dict[str, ReadModel] = {
    model.name: model for model in (
        CREATORS, VIOLATIONS, PENALTIES, APPEALS, DECISIONS, REWARDS, REMEDIES, STATEMENTS, TIMELINE, ECOSYSTEM)}
CASE_MODELS: dict[str, ReadModel] = {CASES.name: CASES}
CREATORS_LOG, CASES_LOG = 0, 1  # the numbers of the logs
MODELS_OF: dict[int, dict[str, ReadModel]] = {CREATORS_LOG: READ_MODELS, CASES_LOG: CASE_MODELS}
