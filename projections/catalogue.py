"""All read models, by name and by the logs they are made of."""

from __future__ import annotations

from projections.appeals import APPEALS
from projections.audit import AUDIT_LOG
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


def named(*models: ReadModel) -> dict[str, ReadModel]:
    """Read models by their names."""
    return {model.name: model for model in models}


READ_MODELS = named(
    CREATORS, VIOLATIONS, PENALTIES, APPEALS, DECISIONS, REWARDS, REMEDIES, RETENTION, STATEMENTS, TIMELINE, ECOSYSTEM, AUDIT_LOG)
CASE_MODELS = named(CASES, AUDIT_LOG)
OTHER_MODELS = named(AUDIT_LOG)

# The numbers of logs, for ever: of the first log of accounts, whose others follow the desk's, and of those that each kind of stream has
# one of, above all that accounts can be spread over.
CREATORS_LOG, CASES_LOG = 0, 1
PACKS_LOG, ACCESSES_LOG = 1000, 1001
FIRST_LOGS = {"creators": CREATORS_LOG, "cases": CASES_LOG, "packs": PACKS_LOG, "accesses": ACCESSES_LOG}


def models_of(log: int) -> dict[str, ReadModel]:
    """The read models that follow a log: the desk's, the packs', that of accesses, or one of those that accounts are spread over."""
    return CASE_MODELS if log == CASES_LOG else OTHER_MODELS if log in (PACKS_LOG, ACCESSES_LOG) else READ_MODELS
