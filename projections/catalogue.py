"""All read models, by name."""

from __future__ import annotations

from projections.appeals import APPEALS
from projections.creators import CREATORS
from projections.ecosystem import ECOSYSTEM
from projections.penalties import PENALTIES
from projections.readmodel import ReadModel
from projections.rewards import REWARDS
from projections.statements import STATEMENTS
from projections.timeline import TIMELINE
from projections.violations import VIOLATIONS

READ_MODELS: dict[str, ReadModel] = {
    model.name: model for model in (CREATORS, VIOLATIONS, PENALTIES, APPEALS, REWARDS, STATEMENTS, TIMELINE, ECOSYSTEM)}
