"""Rewards: benefits for healthy creators, behind the gates of the pack."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from domain.calendar import end_of
from domain.creator.gates import PROMOTION_SCORE, Gate, excluding, gates_of
from domain.creator.grammar import Command, Work, decides, evolves
from domain.creator.penalties import find
from domain.creator.remedies import offered_again
from domain.creator.state import Account, Confirmed, Reward, Suspected
from domain.creator.warnings import require_reasons
from domain.facts import Event, Fact, Personal
from domain.identity import PackHash, PenaltyId, RewardId, ViolationId, derived
from domain.packs.model import Pack
from domain.packs.model import Reward as RewardRule
from domain.refusals import Refused


class RewardGranted(Event, frozen=True, kw_only=True):
    """A benefit was granted; the figures are those the gates were checked with. `promotion_score` (0 to 5) in hundredths."""

    reward_id: RewardId
    kind: str
    ends_at: datetime | None
    promotion_score: int
    values: dict[str, int]
    pack: PackHash


class RewardRevoked(Event, frozen=True, kw_only=True):
    """A benefit was taken back; `because` of these violations or penalties, if of any."""

    reward_id: RewardId
    reasons: Personal
    because: tuple[UUID, ...] = ()


class RewardExpired(Event, frozen=True, kw_only=True):
    """A benefit came to its end."""

    reward_id: RewardId


class RewardTierChanged(Event, frozen=True, kw_only=True):
    """The creator's reward tier changed; `promotion_score` (0 to 5) in hundredths."""

    before: str
    tier: str
    promotion_score: int


class GrantReward(Command, frozen=True, kw_only=True):
    """Grant a benefit of the pack to a creator with this Promotion Performance Score (0 to 5, in hundredths)."""

    kind: str
    promotion_score: int


class RevokeReward(Command, frozen=True, kw_only=True):
    """Take a benefit back; once all that this is `because` of has fallen, the benefit is owed again."""

    reward_id: RewardId
    reasons: Personal
    because: tuple[UUID, ...] = ()


class ChangeRewardTier(Command, frozen=True, kw_only=True):
    """Put the creator into another reward tier; `promotion_score` (0 to 5) in hundredths is what it was found by."""

    tier: str
    promotion_score: int


class RewardNotInMarket(Refused):
    """The pack has no such reward."""


class RewardNotEligible(Refused):
    """A gate of the reward is closed."""


class RewardWhilePenalised(Refused):
    """A restriction in force excludes the reward."""


class RewardAlreadyGranted(Refused):
    """The reward is in force."""


class RewardUnknown(Refused):
    """No reward in force has that id."""


class RewardBasisUnknown(Refused):
    """A reward can be taken back only because of a violation that stands or is suspected, or a penalty that was not reversed."""


class PromotionScoreInvalid(Refused):
    """A Promotion Performance Score lies between 0 and 5."""


@decides(GrantReward)
def grant(work: Work, command: GrantReward) -> None:
    """Grant a benefit to a creator for whom every gate is open."""
    check_score(command.promotion_score)
    rule = rule_of(work.pack, command.kind)
    if any(reward.kind == command.kind for reward in work.account.rewards.values()):
        raise RewardAlreadyGranted(f"{rule.title} is in force already.", field="kind")
    gates = gates_of(work.account, rule, command.promotion_score)
    refuse_unless_eligible(work.account, rule, gates)
    values = {gate.name: gate.value for gate in gates if gate.name != PROMOTION_SCORE}
    id = RewardId(derived(work.creator, "reward", command.kind, work.account.version + 1))
    version = work.record(RewardGranted(
        reward_id=id, kind=command.kind, ends_at=end_of(work.at, rule.duration, work.zone) if rule.duration else None,
        promotion_score=command.promotion_score, values=values, pack=work.scheme_hash))
    offered_again(work, command.kind, id, version)


def rule_of(pack: Pack, kind: str) -> RewardRule:
    """The pack's reward of that kind, or a refusal."""
    rule = pack.rewards.get(kind)
    if rule is None:
        raise RewardNotInMarket(f"The pack has no reward {kind}; it has: {', '.join(pack.rewards) or 'none'}.", field="kind")
    return rule


def refuse_unless_eligible(account: Account, rule: RewardRule, gates: tuple[Gate, ...]) -> None:
    """Refuse with the first closed gate."""
    for gate in gates:
        if not gate.open and gate.name == PROMOTION_SCORE:
            raise RewardNotEligible(
                f"{rule.title} asks for a Promotion Performance Score of {gate.at / 100:.2f}; it is {gate.value / 100:.2f}.",
                field="promotion_score")
        if not gate.open:
            wanted = gate.comparison.lower().replace("_", " ")
            raise RewardNotEligible(f"{rule.title} asks for {gate.name} {wanted} {gate.at}; it is {gate.value}.", field="kind")
    if excluded := excluding(account, rule):
        raise RewardWhilePenalised(f"{rule.title} is not granted while {', '.join(sorted(excluded))} is restricted.", field="kind")


def check_score(score: int) -> None:
    """Refuse a Promotion Performance Score that cannot be."""
    if not 0 <= score <= 500:  # noqa: PLR2004  # the score's own scale, 0.00 to 5.00
        raise PromotionScoreInvalid("A Promotion Performance Score lies between 0 and 500 hundredths.", field="promotion_score")


@decides(RevokeReward)
def revoke(work: Work, command: RevokeReward) -> None:
    """Take a benefit back."""
    require_reasons(command.reasons)
    if command.reward_id not in work.account.rewards:
        raise RewardUnknown(f"No reward {command.reward_id} is in force.", field="reward_id")
    unknown = next((id for id in command.because if not can_take_back(work.account, id)), None)
    if unknown is not None:
        raise RewardBasisUnknown(f"The account has no violation {unknown} that stands or is suspected, and no such penalty.", field="because")
    work.record(RewardRevoked(reward_id=command.reward_id, reasons=command.reasons, because=tuple(dict.fromkeys(command.because))))


def can_take_back(account: Account, id: UUID) -> bool:
    """Whether a reward may be taken back because of the violation or penalty of that id."""
    penalty = find(account, PenaltyId(id))
    return isinstance(account.violations.get(ViolationId(id)), Confirmed | Suspected) or (penalty is not None and not penalty.reversed)


@decides(ChangeRewardTier)
def change_tier(work: Work, command: ChangeRewardTier) -> None:
    """Change the tier; the same one again records nothing."""
    check_score(command.promotion_score)
    if command.tier != work.account.tier:
        work.record(RewardTierChanged(before=work.account.tier, tier=command.tier, promotion_score=command.promotion_score))


@evolves(RewardGranted)
def granted(account: Account, event: RewardGranted, fact: Fact) -> None:
    account.rewards[event.reward_id] = Reward(event.kind, event.ends_at, fact.version)


@evolves(RewardRevoked)
def revoked(account: Account, event: RewardRevoked, fact: Fact) -> None:
    reward = account.rewards.pop(event.reward_id, None)
    if reward and event.because:
        account.lost[event.reward_id] = msgspec.structs.replace(reward, because=event.because)


@evolves(RewardExpired)
def expired(account: Account, event: RewardExpired, fact: Fact) -> None:
    account.rewards.pop(event.reward_id, None)


@evolves(RewardTierChanged)
def tier_changed(account: Account, event: RewardTierChanged, fact: Fact) -> None:
    account.tier = event.tier
