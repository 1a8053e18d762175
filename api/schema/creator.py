"""The creator's account: who it is, where it stands now, and everything that was decided about it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import Info

from api.errors import BadUserInput
from api.gathering import READ, Answering, Document, Listed, inside, listing, named, value
from api.ids import global_id, position_text
from api.schema.erasure import ErasureRequest, LegalHold, erased_at, holds_of, request_of
from api.schema.filters import (
    AppealFilter,
    PenaltyFilter,
    RemedyFilter,
    RewardFilter,
    TimelineFilter,
    ViolationFilter,
    of_appeals,
    of_penalties,
    of_remedies,
    of_rewards,
    of_timeline,
    of_violations,
)
from api.schema.health import Health, Restriction, health_of, restrictions_at
from api.schema.lists import Connection, Node
from api.schema.violation import all_of
from api.schema.words import AccountType, BigInt, CreatorStatus, Relation, RepresentativeKind
from api.view import View
from domain.creator.explaining.eligibility import explain_eligibility
from domain.creator.explaining.explanations import EligibilityExplained
from domain.creator.rewards import PromotionScoreInvalid, RewardNotInMarket
from domain.creator.state import Account, Freeze
from domain.identity import FreezeId
from projections import tables
from projections.creators import status_of
from projections.reading import Order

if TYPE_CHECKING:
    from api.schema.appeal import Appeal
    from api.schema.contested import Commission, CrossedMilestone, Dispute
    from api.schema.explanation import EligibilityExplanation
    from api.schema.packs import PolicyPack
    from api.schema.penalty import Penalty
    from api.schema.remedy import Remedy
    from api.schema.reward import Reward
    from api.schema.timeline import TimelineEvent
    from api.schema.violation import Violation

RewardKind = Annotated[str, strawberry.argument(description="The kind of the reward, in the pack's words.")]
PromotionScore = Annotated[int, strawberry.argument(description="The Promotion Performance Score (0 to 5), in hundredths.")]
NEWEST_FIRST = Order(("sequence",), descending=True)


@strawberry.type(description="Somebody who may act for the creator.")
class Representative:
    """Somebody who may act for the creator."""

    representative: str = value("The platform's own id of the account that acts.")
    kind: RepresentativeKind = value("In which capacity.", "kind", by=lambda it, _: RepresentativeKind(it.kind))
    until: datetime | None = value(
        "Until when; none: until revoked.", "until", by=lambda it, _: datetime.fromisoformat(it.until) if it.until else None)


@strawberry.type(description="Another account that this one has to do with.")
class AccountLink:
    """Another account that this one has to do with."""

    other: str = value("The platform's own id of the other account.")
    relation: Relation = value("How they belong together.", "relation", by=lambda it, _: Relation(it.relation))


@strawberry.type(description="Commission held because of a penalty.")
class CommissionFreeze:
    """Commission held because of a penalty."""

    loaded: strawberry.Private[dict[str, Any]]
    id: strawberry.ID = value("What to release or forfeit it by.", by=lambda it, _: global_id("Commission", it.id))
    amount: BigInt = value("How much, in minor units of the currency.")
    currency: str = value("The currency (ISO 4217).")
    penalty: Annotated[Penalty, strawberry.lazy("api.schema.penalty")] | None = named(
        "The penalty it is held because of.", tables.penalties, "penalty_id", by=lambda it, _: it.penalty)


def frozen(account: Account) -> list[Any]:
    """What is held, as rows."""
    return [freeze_row(id, freeze) for id, freeze in account.freezes.items()]


def freeze_row(id: FreezeId, freeze: Freeze) -> Document:
    """What is held under one id."""
    return Document({"id": id, "amount": freeze.amount, "currency": freeze.currency, "penalty": freeze.penalty})


def pack_of(row: Any, view: View) -> Any:
    """The pack the account lives under."""
    return view.published(view.standing(row))


def zone_of(row: Any, view: View) -> str:
    """The zone the score lies in."""
    account = view.standing(row)
    return view.published(account).pack.zone(account.standing.ledger.score)


def eligibility_asked(root: Any, info: Info[Any, Any], reward: RewardKind, promotion_score: PromotionScore) -> Any:  # noqa: ARG001  # was read before
    """What was found out before."""
    return root.loaded[info.path.key]


def eligibility_of(row: Any, view: View, reward: str, promotion_score: int) -> EligibilityExplained | None:
    """Whether the creator could be granted a reward now. Raises BadUserInput."""
    account = view.standing(row)
    try:
        return explain_eligibility(account, view.published(account), reward, promotion_score)
    except RewardNotInMarket:
        return None
    except PromotionScoreInvalid as refused:
        raise BadUserInput(refused.message, argument="promotionScore") from refused


def of_the_creator(table: Any, where: Any, order: Order = NEWEST_FIRST) -> Listed:
    """What belongs to the creator, newest first."""
    return Listed(table, "creator_id", ("creator_id",), order, where)


@strawberry.type(description=(
    "A creator account. What is told of it is so now, whatever fell due since it was last written; the figures that count decisions are as "
    "last recorded."))
class Creator(Node):
    """A creator account."""

    id: strawberry.ID = value("Its id among all things; opaque.", "creator_id", by=lambda row, _: global_id("Creator", row.creator_id))
    external_id: str = value("The platform's own id of the account.")
    account_type: AccountType = value(
        "Whether the creator acts as a business.", "account_type", by=lambda row, _: AccountType(row.account_type))
    market: str = value("The market it is in.")
    jurisdictions: list[str] = value("Under whose laws it is.")
    languages: list[str] = value("The languages it can be written to in.")
    status: CreatorStatus = value(
        "Where it stands now.", "creator_id", "health",
        by=lambda row, view: CreatorStatus(status_of(view.standing(row).standing.penalties)))
    score: int = value("Its health score now.", "creator_id", "health", by=lambda row, view: view.standing(row).standing.ledger.score)
    zone: str = value("The zone its score lies in now.", "creator_id", "health", by=zone_of)
    tier: str = value("Its reward tier; empty: none.")
    handle: str | None = value(
        "How it calls itself; none once erased.", "creator_id", "handle_token",
        by=lambda row, view: view.opened(row.creator_id, row.handle_token))
    contact: str | None = value(
        "How to reach it; none once erased.", "creator_id", "contact_token",
        by=lambda row, view: view.opened(row.creator_id, row.contact_token))
    erased_at: datetime | None = value(
        "When its personal data was erased; none: it was not.", "creator_id", "health", by=erased_at)
    erasure_request: ErasureRequest | None = inside(
        "The erasure of its personal data that waits for a second person; none is told to creators.", "creator_id", "health", by=request_of)
    legal_holds: list[LegalHold] | None = inside(
        "Because of which matters everything on record is kept; none is told to creators.", "creator_id", "health", by=holds_of)
    violations_confirmed: int = value("How many violations were ever confirmed.")
    violations_standing: int = value("How many of those were not overturned.")
    appeals_open: int = value("How many appeals wait for a decision.")
    warnings: int = value("How many warnings it was given.")
    representatives: list[Representative] = inside(
        "Who may act for it.", "representatives", by=lambda row, _: [Document(it) for it in row.representatives])
    links: list[AccountLink] | None = inside(
        "Which accounts it has to do with; none is told to creators.", "links",
        by=lambda row, view: [Document(it) for it in row.links] if view.is_staff else None)
    registered_at: datetime = value("When it was registered.")
    changed_at: datetime = value("When something was last recorded about it.")
    version: int = value("The number of facts recorded about it; give it as `expectedVersion`.")
    position: str = value(
        "Where the last fact about it lies; give it as `after` to follow what comes.", "log", "position",
        by=lambda row, _: position_text((row.log, row.position)))
    policy_pack: Annotated[PolicyPack, strawberry.lazy("api.schema.packs")] = inside(
        "The pack it lives under.", "creator_id", "health", by=pack_of)
    health: Health = inside("Its health score now.", "creator_id", "health", by=health_of)
    restrictions: list[Restriction] = inside(
        "What it may not do now: the union over all penalties in force.", "creator_id", "health", by=restrictions_at)
    explain_eligibility: Annotated[EligibilityExplanation, strawberry.lazy("api.schema.explanation")] | None = strawberry.field(
        resolver=eligibility_asked, description="Whether it could be granted a reward now, gate by gate; none if its pack has no such reward.",
        metadata={READ: Answering(("creator_id", "health"), eligibility_of)})
    commission_frozen: list[CommissionFreeze] = inside(
        "Commission held now.", "creator_id", "health", by=lambda row, view: frozen(view.standing(row)))
    timeline: Connection[Annotated[TimelineEvent, strawberry.lazy("api.schema.timeline")]] = listing(
        "Everything that happened, latest first.",
        of_the_creator(tables.timeline, of_timeline, Order(("version",), descending=True)), TimelineFilter)
    violations: Connection[Annotated[Violation, strawberry.lazy("api.schema.violation")]] = listing(
        "Its violations, newest first.", of_the_creator(tables.violations, of_violations), ViolationFilter)
    penalties: Connection[Annotated[Penalty, strawberry.lazy("api.schema.penalty")]] = listing(
        "Its penalties, newest first.", of_the_creator(tables.penalties, of_penalties), PenaltyFilter)
    appeals: Connection[Annotated[Appeal, strawberry.lazy("api.schema.appeal")]] = listing(
        "Its appeals, newest first.", of_the_creator(tables.appeals, of_appeals), AppealFilter)
    milestones: Connection[Annotated[CrossedMilestone, strawberry.lazy("api.schema.contested")]] = listing(
        "The milestones and other thresholds it reached, newest first.", of_the_creator(tables.milestones, all_of))
    commission: Connection[Annotated[Commission, strawberry.lazy("api.schema.contested")]] = listing(
        "Commission that was held, and what became of it, newest first.", of_the_creator(tables.commission, all_of))
    disputes: Connection[Annotated[Dispute, strawberry.lazy("api.schema.contested")]] = listing(
        "Its disputes before bodies outside the platform, newest first.", of_the_creator(tables.disputes, all_of))
    rewards: Connection[Annotated[Reward, strawberry.lazy("api.schema.reward")]] = listing(
        "Its rewards, newest first.", of_the_creator(tables.rewards, of_rewards), RewardFilter)
    remedies: Connection[Annotated[Remedy, strawberry.lazy("api.schema.remedy")]] = listing(
        "What is or was owed to it because decisions fell, newest first.", of_the_creator(tables.remedies, of_remedies), RemedyFilter)


@strawberry.type(description="A page of creators.")
class CreatorConnection(Connection[Creator]):
    """A page of creators."""

    settled_until: datetime = value(
        "Until when what filters and orders go by (score, zone, status) is what the passing of time alone makes of it.",
        by=lambda page, _: page.settled_until)


