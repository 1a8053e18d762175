"""What a fair reviewer of an appeal has to see, on one page: the decision, its rule, and the account as it was then and is now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import strawberry

from api.gathering import MOST, Document, columns_of, gather, inside, listing, named, refuse_too_large, value
from api.schema.appeal import Appeal
from api.schema.creator import Creator
from api.schema.decisions import Story, history_columns
from api.schema.health import Restriction, restrictions_in
from api.schema.lists import Connection
from api.schema.penalty import Penalty
from api.schema.timeline import TimelineEvent, WarningEvent
from api.schema.violation import Evidence, Violation, evidence, ids
from api.schema.words import CreatorStatus
from api.selection import Field
from api.view import View
from domain.creator.penalties import (
    ExternalPenaltyRecorded,
    PenaltyImposed,
    PenaltyProposed,
    PermissionRevoked,
    PermissionSuspended,
    RecommendationEligibilityRevoked,
)
from domain.creator.state import Account
from domain.creator.violations import ViolationConfirmed
from domain.creator.warnings import WarningIssued
from projections import subjects, tables
from projections.causality import happened_of
from projections.creators import status_of

if TYPE_CHECKING:
    from domain.packs.model import Policy

DECISIONS = {kind.__name__ for kind in subjects.MILESTONES | subjects.MEASURES | subjects.FORFEITURES | {
    ViolationConfirmed, PenaltyProposed, PenaltyImposed, PermissionSuspended, PermissionRevoked, RecommendationEligibilityRevoked,
    ExternalPenaltyRecorded}}
OF_VIOLATIONS = (
    "violation_id", "creator_id", "policy", "leaf", "text_pack", "text_version", "text_sha256", "text_language", "evidence")


@strawberry.type(description="A policy as it was pinned: the text in force when the content was made, in the creator's language if there is one.")
class PinnedPolicy:
    """A policy as it was pinned."""

    code: str = value("Its code.")
    leaf: str = value("The leaf that was found; empty: none.")
    title: str = value("Its title.")
    text: str = value("Its text.")
    language: str = value("The language of that text.")
    pinned_language: str = value("The language of the text that was pinned.")
    pinned_sha256: str = value("The SHA-256 of the text that was pinned, in hexadecimal.")
    pack_hash: str = value("The pack with the text, by the hash of its content.")
    pack_version: int = value("The version of that pack.")


@strawberry.type(description="Where an account stood at one moment.")
class AccountStanding:
    """Where an account stood."""

    loaded: strawberry.Private[dict[str, Any]]
    at: datetime = value("The moment.")
    status: CreatorStatus = value("Where it stood.", by=lambda it, _: CreatorStatus(status_of(it.account.standing.penalties)))
    score: int = value("Its health score.", by=lambda it, _: it.account.standing.ledger.score)
    zone: str = value(
        "The zone of that score.", by=lambda it, view: view.published(it.account).pack.zone(it.account.standing.ledger.score))
    penalties: list[Penalty] = named(
        "The penalties in force.", tables.penalties, "penalty_id", by=lambda it, _: list(it.account.standing.penalties))
    restrictions: list[Restriction] = inside("What might not be done.", by=lambda it, _: restrictions_in(it.account))


def then(page: Any, view: View) -> Document | None:
    """The account before the decision."""
    if page.decision is None:
        return None
    account: Account = view.system.account_before(page.creator_id, page.decision.version)
    return Document({"at": page.decided_at, "account": account})


def pinned(page: Any, view: View) -> list[Any]:
    """The policies that violations were found under, each pinned text once."""
    rows = {(it.policy, it.leaf, it.text_pack): it for it in page.found if it.text_pack}
    return [pinned_row(it, page.row.languages, view) for it in rows.values()]


def pinned_row(violation: Any, languages: list[str], view: View) -> Document:
    """A pinned policy as a row."""
    policy: Policy = view.packs.by_hash(violation.text_pack).pack.policies[violation.policy]
    language = next((it for it in languages if it in policy.text), violation.text_language)
    return Document({
        "code": violation.policy, "leaf": violation.leaf, "title": policy.title, "text": policy.text[language], "language": language,
        "pinned_language": violation.text_language, "pinned_sha256": violation.text_sha256, "pack_hash": violation.text_pack,
        "pack_version": violation.text_version})


def earlier(description: str, table: Any, key: str, part: str) -> Any:
    """A field with what happened before, by the ids that were found."""
    return named(description, table, key, by=lambda page, _: getattr(page, part))


@strawberry.type(description=(
    "What a fair reviewer of an appeal has to see, on one page. Lists without pages hold the newest 100 at most, newest first."))
class AppealReview:
    """What a reviewer has to see."""

    loaded: strawberry.Private[dict[str, Any]]
    appeal: Appeal | None = named("The appeal.", tables.appeals, "appeal_id", by=lambda page, _: page.appeal)
    creator: Creator | None = named("Whose it is.", tables.creators, "creator_id", by=lambda page, _: page.creator_id)
    violation: Violation | None = named(
        "The decision, if it is a violation that was found.", tables.violations, "violation_id", by=lambda page, _: page.subject)
    penalty: Penalty | None = named(
        "The decision, if it is a penalty.", tables.penalties, "penalty_id", by=lambda page, _: page.subject)
    violations: list[Violation] = earlier(
        "The violations that the decision is or rests on.", tables.violations, "violation_id", "violations")
    policies: list[PinnedPolicy] = inside("The policies of those violations, as pinned.", by=pinned)
    evidence: list[Evidence] = inside(
        "References to evidence: of those violations, then the appeal's.",
        by=lambda page, view: [one for row in (*page.found, page.filed) for one in evidence(row, view) or ()])
    decided_at: datetime | None = value("When the decision was made.")
    standing_then: AccountStanding | None = inside("The account as it was before the decision.", by=then)
    standing_now: AccountStanding = inside(
        "The account as it is now.", by=lambda page, view: Document({"at": view.now, "account": view.standing(page.row)}))
    earlier_violations: list[Violation] = earlier(
        "Violations of the same policies confirmed before; each tells its outcome.", tables.violations, "violation_id", "earlier_violations")
    earlier_appeals: list[Appeal] = earlier(
        "Appeals submitted before; each tells its outcome.", tables.appeals, "appeal_id", "earlier_appeals")
    penalties_in_force: list[Penalty] = named(
        "The penalties in force now.", tables.penalties, "penalty_id", by=lambda page, view: list(view.standing(page.row).standing.penalties))
    warnings: list[WarningEvent] = inside("The warnings the creator was given.", by=lambda page, _: page.warnings)
    decision_timeline: Connection[TimelineEvent] = listing(
        "Everything that led to the decision and followed from it, in causal order.", Story())
    time_zone: str = value(
        "The time zone in which the account's days end.", by=lambda page, view: view.published(view.standing(page.row)).pack.pack.time_zone)
    jurisdictions: list[str] = value("Under whose laws the account is.", by=lambda page, _: page.row.jurisdictions)


def review_of(view: View, root: Field, id: UUID) -> Any:
    """The page about an appeal; None if there is no such appeal."""
    selection = root.below
    refuse_too_large(selection)
    filed = view.reader.by_key(tables.appeals, "appeal_id", [id], ("appeal_id", "creator_id", "subject", "evidence")).get(id)
    if filed is None:
        return None
    row = view.reader.by_key(
        tables.creators, "creator_id", [filed.creator_id], ("health", "jurisdictions", "languages"))[filed.creator_id]
    columns = {*history_columns(fields(root, "decisionTimeline")), "policy", "occurred_at"}
    columns |= {column for field in fields(root, "warnings") for column in columns_of(field.below)}
    history = view.reader.history_of(filed.creator_id, columns)
    decision = next((it for it in history if it.kind in DECISIONS and happened_of(it).own == filed.subject), None)
    found = violations_of(view, decision)
    return gather(view, selection, [Document(
        before(history, filed, decision, found), appeal=id, filed=filed, row=row, creator_id=filed.creator_id, subject=filed.subject, found=found,
        violations=[it.violation_id for it in found], history=history)])[0]


def fields(root: Field, name: str) -> list[Field]:
    """The fields of that name below the root."""
    return [field for field in root.below_as(AppealReview.__name__) if field.name == name]


def violations_of(view: View, decision: Any) -> list[Any]:
    """The violations that a decision is or rests on; a forfeiture rests on those of its penalty."""
    wanted = [decision.violation_id] if decision is not None and decision.violation_id else []
    if decision is not None and decision.penalty_id:
        penalty = view.reader.by_key(tables.penalties, "penalty_id", [decision.penalty_id], ("violations",))[decision.penalty_id]
        wanted = ids(penalty.violations)
    rows = view.reader.by_key(tables.violations, "violation_id", wanted, OF_VIOLATIONS)
    return [rows[id] for id in wanted if id in rows]


def before(history: Sequence[Any], filed: Any, decision: Any, found: list[Any]) -> dict[str, Any]:
    """What came before the decision and the appeal, newest first."""
    policies, ours = {it.policy for it in found}, {filed.subject, *(it.violation_id for it in found)}
    newest = history[::-1]
    version = decision.version if decision else 0
    appeals = [row.appeal_id for row in newest if row.kind == "AppealSubmitted"]
    return {
        "decision": decision, "decided_at": decision.occurred_at if decision else None,
        "earlier_violations": [row.violation_id for row in newest if row.kind == ViolationConfirmed.__name__ and row.version < version
                               and row.policy in policies and row.violation_id not in ours][:MOST],
        "earlier_appeals": appeals[appeals.index(filed.appeal_id) + 1:][:MOST],
        "warnings": [row for row in newest if row.kind == WarningIssued.__name__][:MOST]}
