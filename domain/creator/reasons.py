"""What a statement of reasons says of a restriction: on which ground, about what, how it came to notice, how it was decided."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from domain.calendar import local_date
from domain.creator.finding import SourceKind
from domain.creator.grammar import Work
from domain.creator.state import Account, Confirmed, Overturned, Suspected
from domain.creator.statements import StatementSubject
from domain.identity import ViolationId
from domain.packs.model import Policy, StatementRule
from domain.statements.categories import Category
from domain.statements.schema import AccountKind, Automation, ContentType, Ground, SourceType, YesOrNo
from domain.statements.statement import Statement

Found = Suspected | Confirmed
SOURCES = {
    SourceKind.OWN_INITIATIVE: SourceType.VOLUNTARY, SourceKind.NOTICE: SourceType.ARTICLE_16,
    SourceKind.TRUSTED_FLAGGER: SourceType.TRUSTED_FLAGGER, SourceKind.USER_REPORT: SourceType.TYPE_OTHER_NOTIFICATION,
    SourceKind.ORDER: SourceType.TYPE_OTHER_NOTIFICATION}


class Restricting(NamedTuple):
    """A restriction that reasons are owed for: what it rests on, its attributes in a statement, and how it was decided."""

    subject: UUID
    kind: StatementSubject
    violations: tuple[ViolationId, ...]
    attributes: dict[str, Any]
    by_person: bool
    approved: bool = False
    capabilities: tuple[str, ...] = ()
    territories: tuple[str, ...] = ("*",)


def leading(account: Account, violations: Iterable[ViolationId]) -> Found | None:
    """The first of the violations that stands or is suspected; one that fell only where there is no other."""
    known = [account.violations.get(id) for id in violations]
    fell = (it.was for it in known if isinstance(it, Overturned))
    return next((it for it in known if isinstance(it, Confirmed | Suspected)), next(fell, None))


def applied_on(work: Work) -> date:
    """The local day of this decision: the platform cannot have applied it before it was recorded."""
    return local_date(max(work.at, work.order.at), work.zone)


def statement_of(work: Work, rule: StatementRule, restricting: Restricting, found: Found, scope: tuple[str, ...], puid: str) -> Statement:
    """The statement without its texts."""
    noticed, policy = found.noticed, policy_of(work, found)
    others = [it for id in restricting.violations if isinstance(it := work.account.violations.get(id), Confirmed | Suspected)]
    category = category_of(policy, rule)
    additions = {category_of(policy_of(work, it), rule) for it in others} - {category}
    kinds = (rule.content_types.get(it.noticed.kind, ContentType.OTHER) for it in (found, *others))
    return Statement(
        **restricting.attributes, account_type=AccountKind[work.account.account_type] if work.account.account_type else None,
        decision_ground=Ground.ILLEGAL_CONTENT if policy and policy.law else Ground.INCOMPATIBLE_CONTENT,
        decision_ground_reference_url=rule.terms_address, content_type=tuple(dict.fromkeys(kinds)), category=category,
        category_addition=tuple(sorted(additions)), category_specification=policy.dsa_keywords if policy else (), territorial_scope=scope,
        content_date=local_date(noticed.content_at, work.zone), application_date=applied_on(work), source_type=SOURCES[noticed.source],
        automated_detection=YesOrNo.YES if noticed.automatically else YesOrNo.NO,
        automated_decision=automation_of(restricting, found), puid=puid)


def policy_of(work: Work, found: Found) -> Policy | None:
    """The policy of a violation as in the account's pack, whose words the statement is written with; an older scheme's may not be there."""
    return work.pack.policies.get(found.policy)


def category_of(policy: Policy | None, rule: StatementRule) -> Category:
    """The category of a policy, or the pack's for one without."""
    return Category(policy.dsa_category) if policy and policy.dsa_category else rule.category


def automation_of(restricting: Restricting, found: Found) -> Automation:
    """How far people took part: they restricted, or decided what the restriction follows from, or approved it."""
    if restricting.by_person:
        return Automation.NOT_AUTOMATED
    decided = isinstance(found, Confirmed) and not found.automated
    return Automation.PARTIALLY if decided or restricting.approved else Automation.FULLY
