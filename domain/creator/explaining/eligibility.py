"""Whether a creator is eligible for a reward as the account stands, gate by gate, by the very gates that the decision looks at."""

from __future__ import annotations

from domain.creator.enforcement import RULES_REVISION
from domain.creator.explaining.explanations import EligibilityExplained, Exclusion, Source
from domain.creator.explaining.thresholds import rule
from domain.creator.gates import excluding, gates_of
from domain.creator.rewards import check_score, rule_of
from domain.creator.state import Account, Penalty
from domain.packs.catalogue import Published


def explain_eligibility(account: Account, published: Published, kind: str, promotion_score: int) -> EligibilityExplained:
    """Why a reward of the pack would or would not be granted at this Promotion Performance Score (in hundredths).

    RewardNotInMarket if the pack has none of that kind, PromotionScoreInvalid if there can be no such score.
    """
    check_score(promotion_score)
    reward = rule_of(published.pack, kind)
    granted = next((live for live in account.rewards.values() if live.kind == kind), None)
    return EligibilityExplained(
        revision=RULES_REVISION, kind=kind, title=reward.title, rule=rule(published, f"rewards.{kind}", None),
        gates=gates_of(account, reward, promotion_score),
        exclusions=tuple(exclusion(*found) for found in sorted(excluding(account, reward).items())), in_force=granted is not None,
        in_force_until=granted.ends_at if granted else None)


def exclusion(capability: str, penalties: tuple[Penalty, ...]) -> Exclusion:
    """A restricted capability, from when the first of its penalties began until the last ends."""
    ends = [penalty.ends_at for penalty in penalties]
    return Exclusion(
        capability=capability, since=min(penalty.starts_at for penalty in penalties),
        until=None if None in ends else max(end for end in ends if end), penalties=tuple(source(penalty) for penalty in penalties))


def source(penalty: Penalty) -> Source:
    """A penalty in force as it is told."""
    return Source(
        penalty=penalty.id, kind=penalty.kind, channel=penalty.channel, trigger=penalty.trigger, violations=penalty.violations,
        since=penalty.starts_at, until=penalty.ends_at)
