"""The roots of what can be asked. Each reads all that was selected below it, in a thread, before anything else runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

import strawberry
from strawberry import Info

from api.access import MAY_SEE, allowed
from api.errors import BadUserInput
from api.exporting import MOST_FACTS, exported
from api.gathering import After, First, List, asked_for, columns_of, counts, gather, listed, named_in, node_columns, refuse_too_large
from api.identity import Principal
from api.ids import id_of, thing_of
from api.replaying import AsOf, KnownAt, Version, when_of
from api.schema.appeal import Appeal
from api.schema.audit import AuditLogEntry, AuditLogFilter, AuditLogOrder, audit_page
from api.schema.case import AppealDeskConnection
from api.schema.creator import Creator, CreatorConnection
from api.schema.decisions import story_of
from api.schema.ecosystem import EcosystemHealth, days_of
from api.schema.filters import (
    DESK_ORDERS,
    EVIDENCE_ORDER,
    AppealDeskFilter,
    CreatorFilter,
    CreatorOrder,
    EvidenceDueFilter,
    RemedyFilter,
    RemedyOrder,
    of_creators,
    of_desk,
    of_desk_status,
    of_evidence,
    of_remedies,
    order_of,
    order_of_remedies,
)
from api.schema.lists import Connection, Node
from api.schema.packs import PolicyPack
from api.schema.penalty import Penalty
from api.schema.previews import Previews
from api.schema.proof import ConsistencyProof, InclusionProof, TreeHead, consistency_proof, inclusion_proof, tree_head
from api.schema.remedy import Remedy
from api.schema.replay import CreatorHistory, ReplayDiff
from api.schema.replay_roots import CreatorGiven, ExternalId, creator_at, creator_history, named_by, replay, replay_diff
from api.schema.retained import RetainedEvidence
from api.schema.review import AppealReview, review_of
from api.schema.reward import Reward
from api.schema.statement import StatementOfReasons
from api.schema.timeline import TYPES, TimelineEvent
from api.schema.violation import Violation
from api.schema.words import JSON, AppealDeskOrder, Role
from api.selection import Field, Selected, root_of
from api.view import Context, View
from domain.packs.catalogue import MarketNotCovered, Published
from projections import tables
from projections.reading import Condition, Order, Stored

Asked = Info[Context, None]
Id = Annotated[strawberry.ID, strawberry.argument(description="A global id, or the plain UUID.")]
Puid = Annotated[str, strawberry.argument(description="The name it has in the DSA Transparency Database.")]
Subject = Annotated[strawberry.ID, strawberry.argument(
    description="A violation, penalty, appeal, reward, milestone, measure on content, forfeiture or dispute: its global id, or the plain UUID.")]
AppealGiven = Annotated[strawberry.ID, strawberry.argument(description="The appeal: its global id, or the plain UUID.")]
AtLeast = Annotated[str | None, strawberry.argument(description="The position of a mutation's answer: read models must have come to it.")]
Which = Annotated[CreatorFilter | None, strawberry.argument(name="filter", description="Which of them.")]
OrderBy = Annotated[CreatorOrder | None, strawberry.argument(description="In which order; by default as registered.")]
WhichRemedies = Annotated[RemedyFilter | None, strawberry.argument(name="filter", description="Which of them.")]
RemediesBy = Annotated[RemedyOrder | None, strawberry.argument(name="orderBy", description="In which order; by default due first.")]
WhichEvidence = Annotated[EvidenceDueFilter | None, strawberry.argument(name="filter", description="Which of it.")]
WhichCases = Annotated[AppealDeskFilter | None, strawberry.argument(name="filter", description="Which of them.")]
DeskOrder = Annotated[AppealDeskOrder, strawberry.argument(description="In which order.")]
WhichFacts = Annotated[AuditLogFilter | None, strawberry.argument(name="filter", description="Which of them.")]
FactsBy = Annotated[AuditLogOrder | None, strawberry.argument(name="orderBy", description="In which order.")]
Market = Annotated[str | None, strawberry.argument(description="A market; none: all, or the one of what else is given.")]
Hash = Annotated[str | None, strawberry.argument(name="hash", description="The hash of its content.")]
FirstDay = Annotated[date | None, strawberry.argument(name="from", description="The first day.")]
LastDay = Annotated[date | None, strawberry.argument(name="to", description="The last day.")]

TABLES = {
    "Creator": (tables.creators, "creator_id"),
    "Violation": (tables.violations, "violation_id"),
    "Penalty": (tables.penalties, "penalty_id"),
    "Appeal": (tables.appeals, "appeal_id"),
    "Reward": (tables.rewards, "reward_id"),
    "CrossedMilestone": (tables.milestones, "milestone_id"),
    "ContentMeasure": (tables.content_measures, "measure_id"),
    "Commission": (tables.commission, "freeze_id"),
    "Dispute": (tables.disputes, "dispute_id"),
    "Remedy": (tables.remedies, "remedy_id"),
    "StatementOfReasons": (tables.statements, "statement_id"),
}


async def read(info: Asked, work: Callable[[View, Field], Any], at_least: str | None = None) -> Any:
    """What whoever asks may see, read as a whole."""
    principal = allowed(info.context.principal, info.field_name, MAY_SEE)
    root = root_of(info)

    def found(view: View) -> Any:
        view.reading = root
        return work(view, root)

    return await info.context.read(principal, found, at_least)


def one(view: View, selection: Selected, type_name: str, id: Any) -> Any:
    """The thing of that type and id with what was selected of it; None if there is none, or it may not be seen."""
    refuse_too_large(selection)
    table, key = TABLES[type_name]
    rows = view.reader.by_key(table, key, [id], {*columns_of(selection), "creator_id"})
    row = rows.get(id)
    if row is None or row.creator_id not in view.seen([row.creator_id]):
        return None
    return gather(view, selection, [row])[0]


async def of_id(info: Asked, type_name: str, given: str, at_least: str | None) -> Any:
    """The thing of that type that a given id names."""
    id = id_of(given, type_name)
    return await read(info, lambda view, root: None if id is None else one(view, root.below, type_name, id), at_least)


def creators_page(view: View, root: Field, which: CreatorFilter | None, order: CreatorOrder | None) -> Any:
    """A page of creators."""
    page = page_of(view, root, tables.creators, order_of(order), lambda: of_creators(which, view))
    settled = view.reader.settled_until(view.now) if named_in(root.below, "settledUntil") else None
    return gather(view, root.below, [page._replace(settled_until=settled)])[0]


def remedies_page(view: View, root: Field, which: RemedyFilter | None, order: RemedyOrder | None) -> Any:
    """A page of remedies."""
    return gather(view, root.below, [page_of(view, root, tables.remedies, order_of_remedies(order), lambda: of_remedies({"which": which}))])[0]


def evidence_page(view: View, root: Field, which: EvidenceDueFilter | None) -> Any:
    """A page of evidence, what is due first first."""
    return gather(view, root.below, [page_of(view, root, tables.kept_evidence, EVIDENCE_ORDER, lambda: of_evidence(which))])[0]


def page_of(view: View, root: Field, table: Stored, order: Order, where: Callable[[], tuple[Condition, ...]]) -> List:
    """A page of a whole table; `where` may read, and is asked once the query is known not to be too large."""
    asked = asked_for(root, table, order, ())
    refuse_too_large(root.below, asked.first)
    asked = replace(asked, where=where())
    page = view.reader.page(table, node_columns(root.below), asked)
    return listed(page, asked, view.reader.total(table, asked.where) if counts(root.below) else None)


def desk_page(view: View, root: Field, which: AppealDeskFilter | None, order: AppealDeskOrder) -> Any:
    """A page of the appeals desk."""
    cases = of_desk(which, view.now)
    where = (*cases, *of_desk_status(which, view.now))
    asked = asked_for(root, tables.cases, DESK_ORDERS[order], where)
    refuse_too_large(root.below, asked.first)
    page = view.reader.page(tables.cases, node_columns(root.below), asked)
    total = view.reader.total(tables.cases, where) if counts(root.below) else None
    by_status = view.reader.case_counts(cases, view.now) if named_in(root.below, "counts") else None
    return gather(view, root.below, [listed(page, asked, total)._replace(counts=by_status)])[0]


@strawberry.type(description="Whoever asks.")
class Viewer:
    """Whoever asks."""

    loaded: strawberry.Private[dict[str, Any]]
    role: Role = strawberry.field(description="The role.")
    id: str = strawberry.field(description="The id in the staff directory or account system.")

    @classmethod
    def of(cls, principal: Principal) -> Viewer:
        """The viewer that a principal is."""
        return cls(loaded={}, role=principal.role, id=principal.id)


async def viewer(info: Asked) -> Any:
    """Whoever asks."""
    return Viewer.of(allowed(info.context.principal, info.field_name, MAY_SEE))


async def node(info: Asked, id: Id, at_least: AtLeast = None) -> Any:
    """Anything that has an id."""
    type_name, own = thing_of(id) or ("", None)
    if type_name not in TABLES:
        return await read(info, lambda _view, _root: None)
    return await read(info, lambda view, root: one(view, root.below_as(type_name), type_name, own), at_least)


async def creator(
        info: Asked, id: CreatorGiven = None, external_id: ExternalId = None, as_of: AsOf = None, known_at: KnownAt = None,
        at_version: Version = None, at_least: AtLeast = None) -> Any:
    """A creator, now or at a moment."""
    given = named_by(id, external_id)
    when = when_of(info.context.system.clock(), as_of, known_at, at_version)
    if when is None:
        return await of_id(info, "Creator", given, at_least)
    return await replay(info, given, lambda view, root, found: creator_at(view, root, found, when), at_least)


async def creators(
        info: Asked, which: Which = None, order_by: OrderBy = None, first: First = 20, after: After = None,  # noqa: ARG001  # read from the field
        at_least: AtLeast = None) -> Any:
    """Creators, in pages."""
    return await read(info, lambda view, root: creators_page(view, root, which, order_by), at_least)


async def remedies(
        info: Asked, which: WhichRemedies = None, order_by: RemediesBy = None, first: First = 20, after: After = None,  # noqa: ARG001  # as above
        at_least: AtLeast = None) -> Any:
    """Remedies, in pages."""
    return await read(info, lambda view, root: remedies_page(view, root, which, order_by), at_least)


async def evidence_due(
        info: Asked, which: WhichEvidence = None, first: First = 20, after: After = None,  # noqa: ARG001  # as above
        at_least: AtLeast = None) -> Any:
    """Evidence that falls due, in pages."""
    return await read(info, lambda view, root: evidence_page(view, root, which), at_least)


async def export_creator_data(info: Asked, creator_id: Id, at_least: AtLeast = None) -> Any:
    """Everything that is held about a creator."""
    id = id_of(creator_id, "Creator")
    return await read(info, lambda view, _root: None if id is None else exported(view, id), at_least)


async def violation(info: Asked, id: Id, at_least: AtLeast = None) -> Any:
    """A violation."""
    return await of_id(info, "Violation", id, at_least)


async def penalty(info: Asked, id: Id, at_least: AtLeast = None) -> Any:
    """A penalty."""
    return await of_id(info, "Penalty", id, at_least)


async def appeal(info: Asked, id: Id, at_least: AtLeast = None) -> Any:
    """An appeal."""
    return await of_id(info, "Appeal", id, at_least)


async def appeal_desk(
        info: Asked, which: WhichCases = None, order_by: DeskOrder = AppealDeskOrder.DUE_FIRST, first: First = 20, after: After = None,  # noqa: ARG001  # read from the field
        at_least: AtLeast = None) -> Any:
    """The appeals desk, in pages."""
    return await read(info, lambda view, root: desk_page(view, root, which, order_by), at_least)


async def statement_of_reasons(info: Asked, puid: Puid, at_least: AtLeast = None) -> Any:
    """A statement of reasons."""
    return await of_id(info, "StatementOfReasons", puid, at_least)


async def decision_timeline(
        info: Asked, subject: Subject, first: First = 20, after: After = None, at_least: AtLeast = None) -> Any:  # noqa: ARG001  # read from the field
    """The story of a decision."""
    def told(view: View, root: Field) -> Any:
        refuse_too_large(root.below, max(0, first))
        return story_of(view, root, subject)

    return await read(info, told, at_least)


async def creator_history_for_appeal(info: Asked, appeal: AppealGiven, at_least: AtLeast = None) -> Any:
    """What a reviewer has to see."""
    id = id_of(appeal, "Appeal")
    return await read(info, lambda view, root: None if id is None else review_of(view, root, id), at_least)


async def policy_packs(info: Asked, market: Market = None) -> Any:
    """Every published version of every policy pack."""
    return await read(info, lambda view, root: gather(view, root.below, [
        it for it in sorted(view.packs, key=in_order) if market is None or market in it.markets]))


async def policy_pack(info: Asked, named: Hash = None, market: Market = None) -> Any:
    """A version of a policy pack."""
    if (named is None) == (market is None):
        raise BadUserInput("Give either `hash` or `market`.", argument="hash")
    return await read(info, lambda view, root: next(iter(gather(view, root.below, found_packs(view, named, market))), None))


async def audit_log(
        info: Asked, which: WhichFacts = None, order_by: FactsBy = None, first: First = 20, after: After = None,  # noqa: ARG001  # as above
        at_least: AtLeast = None) -> Any:
    """The audit log, in pages."""
    return await read(info, lambda view, root: audit_page(view, root, which, order_by), at_least)


async def ecosystem_health(
        info: Asked, market: Market = None, first: FirstDay = None, last: LastDay = None, at_least: AtLeast = None) -> Any:
    """How a marketplace fared."""
    return await read(info, lambda view, root: gather(view, root.below, [days_of(market, first, last, view.now)])[0], at_least)


def in_order(published: Published) -> tuple[str, str, int]:
    """How packs are sorted."""
    return published.pack.pack.scheme, published.pack.pack.market, published.version


def found_packs(view: View, named: str | None, market: str | None) -> list[Published]:
    """The version of that hash, or the one in force in a market."""
    if named is not None:
        return [it for it in view.packs if it.hash == named]
    try:
        return [view.packs.in_force(market or "", view.now)]
    except MarketNotCovered:
        return []


@strawberry.type(description="What can be asked.")
class Query(Previews):  # type: ignore[misc]  # it is made as the program starts
    """What can be asked."""

    viewer: Viewer | None = strawberry.field(resolver=viewer, description="Whoever asks.")
    node: Node | None = strawberry.field(resolver=node, description="Anything that has an id; none if it is unknown.")
    creator: Creator | None = strawberry.field(
        resolver=creator, description=(
            "A creator by its id or by the platform's own account id, now or as it was; none if it is unknown, or was not registered by then."))
    creator_history: CreatorHistory | None = strawberry.field(
        resolver=creator_history, description=(
            "An account at a moment, straight from its history: where it stood, and what each fact changed; none if it is unknown, or was not "
            "registered by then."))
    replay_diff: ReplayDiff | None = strawberry.field(
        resolver=replay_diff, description="What is not the same at two moments of an account, and why; none if it is unknown.")
    creators: CreatorConnection | None = strawberry.field(resolver=creators, description="Creators, in pages.")
    remedies: Connection[Remedy] | None = strawberry.field(
        resolver=remedies, description="What is or was owed to creators because decisions fell, in pages; what is due first, first.")
    evidence_due: Connection[RetainedEvidence] | None = strawberry.field(
        resolver=evidence_due, description="Evidence with a date on which it is due to go, in pages; what is due first, first.")
    export_creator_data: JSON | None = strawberry.field(resolver=export_creator_data, description=(
        f"Everything that is held about a creator, for the creator (Articles 15 and 20 of the GDPR), of at most {MOST_FACTS:,} facts; "
        "none if the account is unknown."))
    violation: Violation | None = strawberry.field(resolver=violation, description="A violation; none if it is unknown.")
    penalty: Penalty | None = strawberry.field(resolver=penalty, description="A penalty; none if it is unknown.")
    appeal: Appeal | None = strawberry.field(resolver=appeal, description="An appeal; none if it is unknown.")
    appeal_desk: AppealDeskConnection | None = strawberry.field(
        resolver=appeal_desk, description="The work on appeals, in pages: what waits, who has it in hand, and when it is due.")
    statement_of_reasons: StatementOfReasons | None = strawberry.field(
        resolver=statement_of_reasons, description="A statement of reasons; none if it is unknown.")
    decision_timeline: Connection[TimelineEvent] | None = strawberry.field(
        resolver=decision_timeline, description=(
            "Everything that led to a decision and followed from it, across violation, penalty, appeal and what they caused, a cause always "
            "before what follows from it; none if it is unknown."))
    creator_history_for_appeal: AppealReview | None = strawberry.field(
        resolver=creator_history_for_appeal,
        description="What a fair reviewer of an appeal has to see, for those who review; none if it is unknown.")
    policy_packs: list[PolicyPack] | None = strawberry.field(
        resolver=policy_packs, description="Every published version of every policy pack, or those that hold for one market.")
    policy_pack: PolicyPack | None = strawberry.field(
        resolver=policy_pack,
        description="A version of a policy pack: by its hash, or the one in force in a market; none if there is none.")
    audit_log: Connection[AuditLogEntry] | None = strawberry.field(
        resolver=audit_log, description="Every fact of every log, in pages: what happened to accounts, at the desk and to policy packs, and who "
        "read whose personal data.")
    ecosystem_health: EcosystemHealth | None = strawberry.field(
        resolver=ecosystem_health, description="How a marketplace fared over some days, by default the last 30.")
    tree_head: TreeHead | None = strawberry.field(
        resolver=tree_head, description="The latest signed head over all logs; if there is none yet, one taken now.")
    inclusion_proof: InclusionProof | None = strawberry.field(
        resolver=inclusion_proof, description="The proof that a fact is in a log, by its position, or by log and number.")
    consistency_proof: list[ConsistencyProof] | None = strawberry.field(
        resolver=consistency_proof, description=(
            "The proof that logs still begin as they were: of each log between two heads that were kept, or of one log between two sizes."))


OTHER_TYPES: tuple[type, ...] = (Reward, *TYPES)
