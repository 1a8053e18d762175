"""The creator account as a whole: what may happen to it, and what each fact means."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter

from domain.creator import (  # noqa: F401  # each file registers what it decides and what its events mean
    appeals,
    approvals,
    carrying_out,
    commission,
    content,
    earning,
    erasure,
    external,
    hearing,
    holds,
    judgement,
    notices,
    overruling,
    overturn,
    points,
    quizzes,
    relations,
    remedies,
    retention,
    rewards,
    sanctions,
    scheme,
    statements,
    violations,
    warnings,
)
from domain.creator.appeals import close_moot
from domain.creator.approvals import ApprovePenalty
from domain.creator.deadlines import running
from domain.creator.digest import digest
from domain.creator.grammar import (
    DECISIONS,
    MEANINGS,
    AccountNotRegistered,
    Command,
    Order,
    Work,
    bookkeeping,
    decides,
    evolve,
    not_in_future,
)
from domain.creator.owing import owe
from domain.creator.penalties import RestrictionApplied, RestrictionFailed, RestrictionLifted, RestrictionRequested
from domain.creator.retention import next_expiry, schedule
from domain.creator.scheme import RegisterCreator
from domain.creator.settling import due, release_over, settle_due
from domain.creator.state import Account, Submitted
from domain.creator.stating import state_reasons
from domain.creator.wellformed import refuse_malformed
from domain.facts import SYSTEM, Draft, Event, Fact, placed
from domain.identity import CreatorId
from domain.packs.catalogue import Catalogue
from domain.refusals import Refused


class ConcurrencyConflict(Refused):
    """Something was decided on the account since the version the caller had seen."""


class PreviewChanged(Refused):
    """What the command leads to is not what the caller had seen before."""


class PreviewRequired(Refused):
    """Whoever decides this must have seen what it leads to."""


class SettleAccount(Command, frozen=True, kw_only=True):
    """Record what fell due by now, and nothing else; the sweeper asks so."""


class OccurredBeforeLatest(Refused):
    """The account has a later fact: nothing can be put in before it."""


class OccurredBeforeRegistration(Refused):
    """Nothing can have happened to an account before it was registered."""


@decides(SettleAccount)
def settle_only(work: Work, command: SettleAccount) -> None:
    """What fell due was settled before this was asked; there is nothing left to decide."""


bookkeeping(RestrictionRequested, RestrictionApplied, RestrictionFailed, RestrictionLifted)
MUST_BE_SEEN: tuple[type[Command], ...] = (ApprovePenalty,)
EVENTS: dict[str, type[Event]] = {event.__name__: event for event in sorted(MEANINGS, key=attrgetter("__name__"))}
COMMANDS: dict[str, type[Command]] = {command.__name__: command for command in sorted(DECISIONS, key=attrgetter("__name__"))}


def empty() -> Account:
    """An account of which nothing is known."""
    return Account()


def fold(account: Account, facts: Iterable[Fact]) -> Account:
    """The account after more facts; the one given is left as it is."""
    folded = account.copy()
    for fact in facts:
        evolve(folded, fact)
    return folded


def settle(account: Account, until: datetime, packs: Catalogue) -> list[Draft]:
    """What falls due by `until` (UTC), in order."""
    if not account.registered or not due(account, packs, until):
        return []
    work = Work(account, Order(Command(creator=CreatorId(account.id)), SYSTEM, until), packs)
    settle_due(work, until)
    return work.drafts


def decide(account: Account, order: Order, packs: Catalogue) -> list[Draft]:
    """What a command leads to, on an account that has been settled; a refusal if it may not be. The same again leads to nothing."""
    drafts = foresee(account, order, packs)
    if not order.preview and isinstance(order.command, MUST_BE_SEEN):
        raise PreviewRequired("Look at the preview of this decision first, and give its digest.", field="preview")
    if order.preview and order.preview != digest(account, (draft.event for draft in drafts)):
        raise PreviewChanged("This does not lead to what you have seen any more: look at the preview again.", field="preview")
    return drafts


def decide_past(account: Account, order: Order, packs: Catalogue) -> list[Draft]:
    """What a command led to at the time it says, in an account that was not settled beyond it: first what fell due by then, then as `decide`.

    So histories of another system are told in their order; what is older than the account's latest fact is refused.
    """
    at = order.occurred_at or order.at
    not_in_future(at, order.at, "occurred_at")
    due = settle(account, at, packs)
    settled = fold(account, placed(due, account.id, account.version, order.at, "")) if due else account
    if settled.opened_at and settled.at and settled.opened_at <= at < settled.at and not isinstance(order.command, RegisterCreator):
        raise OccurredBeforeLatest(
            f"This was so at {at:%Y-%m-%d %H:%M:%S} UTC; the account's latest fact is of {settled.at:%Y-%m-%d %H:%M:%S} UTC.", field="occurred_at")
    return [*due, *decide(settled, order, packs)]


def foresee(account: Account, order: Order, packs: Catalogue) -> list[Draft]:
    """What a command would lead to, whether anybody has seen that before or not; otherwise as `decide`."""
    if not account.registered and not isinstance(order.command, RegisterCreator):
        raise AccountNotRegistered("This creator account has not been registered: register it first.", field="creator")
    if order.occurred_at is not None:
        not_in_future(order.occurred_at, order.at, "occurred_at")
        if account.opened_at is not None and order.occurred_at < account.opened_at:
            raise OccurredBeforeRegistration(f"The account was registered at {account.opened_at:%Y-%m-%d %H:%M} UTC.", field="occurred_at")
    if order.expected_version is not None and order.expected_version > account.version:
        raise ConcurrencyConflict(
            f"The account is in version {account.version}; nobody can have seen version {order.expected_version}.", field="expected_version")
    if order.expected_version is not None and order.expected_version < account.cause_version:
        raise ConcurrencyConflict(
            f"The account was changed in version {account.cause_version}; you had seen version {order.expected_version}. Look again.",
            field="expected_version")
    refuse_malformed(order.command)
    work = Work(account, order, packs)
    DECISIONS[type(order.command)](work, order.command)
    release_over(work)
    owe(work)
    close_moot(work)
    state_reasons(work)
    schedule(work, tuple(work.drafts))
    return work.drafts


def next_change(account: Account) -> datetime | None:
    """When the next thing falls due by time alone (UTC); None if nothing will."""
    standing = account.standing
    ahead = [entry.expires_at for entry in standing.ledger.entries.values()]
    ahead += [penalty.ends_at for penalty in standing.penalties.values()]
    ahead += [proposal.lapses_at for proposal in standing.proposals.values()]
    ahead += [reward.ends_at for reward in account.rewards.values()]
    waiting = [appeal for appeal in account.appeals.values() if isinstance(appeal, Submitted)]
    ahead += [clock.due_at for appeal in waiting for clock in running(appeal)]
    ahead += [appeal.question.until for appeal in waiting if appeal.question]
    ahead += [notice.deemed_at for notice in account.notices.values() if not notice.bounced and notice.informed_at is None]
    ahead += next_expiry(account)
    return min((at for at in ahead if at is not None), default=None)
