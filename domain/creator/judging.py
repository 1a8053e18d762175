"""By which rule a content item is judged: the policy in force at its date, and the schedule of sanctions."""

from __future__ import annotations

from datetime import datetime

from domain.calendar import end_of_days, local_date
from domain.creator.finding import Finding
from domain.creator.grammar import Work, not_in_future
from domain.packs.catalogue import MarketNotCovered, Published
from domain.packs.model import Policy
from domain.refusals import Refused


class PolicyNotInMarket(Refused):
    """The pack of the account's market has no such policy."""


class PolicyNotEffective(Refused):
    """The policy was not in force at the content's date."""


class SeverityNotInPolicy(Refused):
    """The policy knows no violation of that severity, or no such leaf."""


class ContentTooOld(Refused):
    """The content is older than the pack lets count."""


def judged_by(work: Work, finding: Finding) -> tuple[Published, Policy]:
    """The pack in force in the market at the content's date, and its policy."""
    made, market = finding.content.created_at, work.account.market
    not_in_future(made, work.at, "finding.content.created_at")
    if finding.policy not in work.pack.policies:
        raise PolicyNotInMarket(f"Market {market} has no policy {finding.policy}; it has: {', '.join(work.pack.policies)}.", field="finding.policy")
    try:
        published = work.packs.in_force(market, made)
    except MarketNotCovered as refusal:
        raise PolicyNotEffective(f"No policy was in force in market {market} on {made:%Y-%m-%d}.", field="finding.content.created_at") from refusal
    policy = published.pack.policies.get(finding.policy)
    if policy is None or not in_effect(policy, made, published):
        raise PolicyNotEffective(f"{finding.policy} was not in force in market {market} on {made:%Y-%m-%d}.", field="finding.policy")
    if finding.severity not in policy.severities:
        raise SeverityNotInPolicy(f"{finding.policy} knows the severities {', '.join(policy.severities)}.", field="finding.severity")
    if finding.leaf and finding.leaf not in policy.leaves:
        raise SeverityNotInPolicy(f"{finding.policy} has the leaves {', '.join(policy.leaves)}.", field="finding.leaf")
    return published, policy


def in_effect(policy: Policy, at: datetime, published: Published) -> bool:
    """Whether a policy applies at a time; its days are those of its pack's time zone."""
    day = local_date(at, published.pack.pack.time_zone)
    return (policy.effective_from is None or policy.effective_from <= day) and (policy.effective_until is None or day < policy.effective_until)


def schedule_of(work: Work, finding: Finding) -> Published:
    """The schedule of sanctions: the account's scheme as it was at the content's date, or as adopted where it did not exist then."""
    scheme = work.packs.by_hash(work.scheme_hash)
    return work.packs.version_at(scheme.id, finding.content.created_at) or scheme


def refuse_if_too_old(work: Work, finding: Finding) -> None:
    """Refuse content older than the pack lets count; the last day counts to its end."""
    days = work.pack.content.greatest_age_days
    if days is not None and end_of_days(finding.content.created_at, days, work.zone) <= work.at:
        raise ContentTooOld(f"The content is older than {days} days, which this market does not let count.", field="finding.content.created_at")
