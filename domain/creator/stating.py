"""When reasons are stated: in the decision that restricts the creator, and so no later than the effect; corrected in the one that undoes it.

What falls due by itself neither restricts nor corrects: a restriction that comes to its end was said to end then.
"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from domain.calendar import local_date
from domain.creator import content, penalties
from domain.creator.commission import CommissionForfeited, CommissionReinstated
from domain.creator.finding import SourceKind
from domain.creator.grammar import SKEW, Work
from domain.creator.notices import appeal_deadline
from domain.creator.penalties import find
from domain.creator.reasons import Restricting, applied_on, leading, statement_of
from domain.creator.state import Account, ApprovalCause, Penalty
from domain.creator.statements import (
    Correction,
    SorAfterEffect,
    StatementOfReasonsCorrected,
    StatementOfReasonsIssued,
    StatementSubject,
)
from domain.facts import Draft
from domain.identity import PenaltyId, StatementId, derived
from domain.packs.model import Restricts
from domain.statements.checking import SorIncomplete
from domain.statements.restricting import decisions_of, measure_of, scope_of
from domain.statements.schema import LAST_DAY, Monetary


def state_reasons(work: Work) -> None:
    """State the reasons for every restriction of this decision, and correct what it undoes."""
    first = work.account.version - len(work.drafts) + 1
    for version, draft in enumerate(tuple(work.drafts), start=first):
        match draft.event:
            case penalties.PenaltyImposed() | penalties.PermissionSuspended() | penalties.PermissionRevoked() \
                    | penalties.RecommendationEligibilityRevoked():
                issued = issue(work, draft, restricting_penalty(work, draft.event.penalty_id), version)
                correct(work, draft.event.penalty_id, Correction.CONFIRMED, version, issued)
            case penalties.PenaltyShortened():
                shortened(work, draft, draft.event.penalty_id, version)
            case penalties.PenaltyLifted() | penalties.PenaltyReversed() | penalties.PermissionRestored() \
                    | penalties.RecommendationEligibilityRestored() | penalties.PenaltyProposalDeclined() | penalties.PenaltyProposalLapsed():
                correct(work, draft.event.penalty_id, ended(draft), version)
            case content.ContentRemoved() | content.ContentDemoted() | content.ContentLabelled():
                issue(work, draft, restricting_measure(work, draft, draft.event), version)
            case content.ContentRestored():
                event = draft.event
                correct(work, content.measure_id(event.violation_id, event.content_id, event.measure), ended(draft), version)
            case CommissionForfeited():
                issue(work, draft, restricting_forfeit(work, draft, draft.event), version)
            case CommissionReinstated():
                correct(work, draft.event.forfeiture_id, ended(draft), version)
            case _:
                pass


def ended(draft: Draft) -> Correction:
    """How a restriction ended early: as the rules' own consequence of a decision that fell, or because a person ended it."""
    return Correction.OVERTURNED if draft.cause else Correction.LIFTED


def shortened(work: Work, draft: Draft, id: PenaltyId, version: int) -> None:
    """Correct what was stated of a penalty, and state it anew if it is still in force."""
    if live(work.account, id) is None:
        return
    goes_on = id in work.account.standing.penalties and leading(work.account, restricting_penalty(work, id).violations)
    correct(work, id, Correction.SHORTENED, version, issue(work, draft, restricting_penalty(work, id), version) if goes_on else None)


def live(account: Account, subject: UUID, but: StatementId | None = None) -> StatementId | None:
    """The statement about a subject that holds."""
    return next((id for id, it in account.statements.items() if it.subject == subject and not it.corrected and id != but), None)


def correct(work: Work, subject: UUID, correction: Correction, cause: int, by: StatementId | None = None) -> None:
    """Record that what was stated about a subject does not hold any more, if anything was."""
    if known := live(work.account, subject, but=by):
        work.follow(StatementOfReasonsCorrected(statement_id=known, subject=subject, correction=correction, replaced_by=by), cause)


def restricting_penalty(work: Work, id: PenaltyId) -> Restricting:
    """A penalty as it is after this decision; the violation that set it off first."""
    penalty, rule = find(work.account, id), work.pack.statement
    if penalty is None:
        raise TypeError(f"penalty {id} was never imposed")
    latest_first = penalty.violations[::-1]
    violations = sorted(latest_first, key=lambda violation: violation != penalty.trigger)
    capabilities = tuple(dict.fromkeys(one.capability for one in penalty.restrictions))
    restricts = {(rule.restricts if rule else {}).get(name, Restricts.PART_OF_SERVICE) for name in capabilities}
    approved = any(isinstance(cause, ApprovalCause) and cause.penalty == id for cause in work.account.causes)
    return Restricting(
        id, StatementSubject.PENALTY, tuple(violations), decisions_of(restricts, last_day(work, penalty), final=not penalty.restorable),
        penalty.by_person, approved, capabilities, tuple(one.territory for one in penalty.restrictions))


def last_day(work: Work, penalty: Penalty) -> date | None:
    """The last local day of a penalty, not before the one it is applied on; None: it has no end."""
    if penalty.ends_at is None:
        return None
    return min(LAST_DAY, max(applied_on(work), local_date(penalty.ends_at - timedelta(microseconds=1), work.zone)))


def restricting_measure(work: Work, draft: Draft, event: content.ContentMeasured) -> Restricting | None:
    """A measure on a content item; an authority's order is none of ours to give reasons for (Art. 17(5))."""
    known, measure = leading(work.account, (event.violation_id,)), content.MEASURES[type(event)]
    if known and known.noticed.source is SourceKind.ORDER:
        return None
    return Restricting(
        event.measure_id, StatementSubject.CONTENT, (event.violation_id,), measure_of(measure),
        work.actor.is_person)


def restricting_forfeit(work: Work, draft: Draft, event: CommissionForfeited) -> Restricting | None:
    """Commission that is lost, because of what the penalty under which it was held rests on."""
    if event.penalty_id is None:
        return None
    return Restricting(
        event.forfeiture_id, StatementSubject.COMMISSION, restricting_penalty(work, event.penalty_id).violations,
        {"decision_monetary": Monetary.TERMINATION}, draft.actor.is_person)


def issue(work: Work, draft: Draft, restricting: Restricting | None, cause: int) -> StatementId | None:
    """Record the reasons for a restriction where the creator is owed them. Gives the statement's id."""
    rule = work.pack.statement
    if restricting is None or rule is None or not rule.required(work.account.jurisdictions):
        return None
    scope = scope_of(restricting.territories, rule.territories)
    if not scope:
        return None
    refuse_late(work, draft)
    found = leading(work.account, restricting.violations)
    if found is None:
        raise SorIncomplete("The creator is owed the facts that this rests on: name the violation.", field="violations")
    id = StatementId(derived(work.creator, "statement", work.account.version + 1))
    published = work.packs.by_hash(work.scheme_hash)
    work.follow(StatementOfReasonsIssued(
        statement_id=id, puid=str(id), schema_version=rule.schema_version, subject=restricting.subject, subject_kind=restricting.kind,
        violations=restricting.violations, policy=found.policy, content_id=found.content_id,
        content_kind=found.noticed.kind, capabilities=restricting.capabilities,
        appeal_window=appeal_deadline(work, work.at)[1].window, pack=published.hash, language=rule.spoken(work.account.languages),
        template=rule.template, template_version=published.version, statement=statement_of(work, rule, restricting, found, scope, str(id))), cause)
    return id


def refuse_late(work: Work, draft: Draft) -> None:
    """Refuse a restriction as of an earlier time, whether somebody asks for it or it follows from a decision that is dated back."""
    if draft.occurred_at + SKEW < work.order.at:
        raise SorAfterEffect(
            f"This would have taken effect at {draft.occurred_at:%Y-%m-%d %H:%M} UTC; the creator is owed the reasons no later than the effect.",
            field="occurred_at")
