"""How the files of this package say what they decide and what an event means: one function for each command, one for each event.

    @decides(ConfirmViolation)                 @evolves(ViolationConfirmed)
    def confirm(work, command): ...            def confirmed(account, event, fact): ...

A decision reads `work.account` and records events; what it records is part of the account for the rest of the decision. A meaning writes
to the account it is given, which is a copy made for the purpose, and never refuses.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from domain.creator.state import Account
from domain.facts import SYSTEM, Actor, Cause, Draft, Event, Fact
from domain.identity import CreatorId, PackHash
from domain.packs.catalogue import Catalogue
from domain.packs.model import Pack
from domain.refusals import Refused


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is asked of one creator's account, in the imperative."""

    creator: CreatorId


class Order(msgspec.Struct, frozen=True):
    """A command with who asks and when: `at` is now (UTC), `occurred_at` when it was so (None: now).

    With `expected_version` the command is refused if anything was decided on the account since that version; bookkeeping does not count.
    With `preview`, the digest of a preview, it is refused unless it still leads to what was seen.
    """

    command: Command
    actor: Actor
    at: datetime
    occurred_at: datetime | None = None
    expected_version: int | None = None
    preview: str = ""


C = TypeVar("C", bound=Command)
E = TypeVar("E", bound=Event)
Decision = Callable[["Work", C], None]
Meaning = Callable[[Account, E, Fact], None]

DECISIONS: dict[type[Command], Callable[[Work, Command], None]] = {}
MEANINGS: dict[type[Event], Callable[[Account, Event, Fact], None]] = {}
BOOKKEEPING: set[type[Event]] = set()


def decides(command: type[C]) -> Callable[[Decision[C]], Decision[C]]:
    """The function decides that command."""

    def register(decision: Decision[C]) -> Decision[C]:
        if command in DECISIONS:
            raise TypeError(f"{command.__name__} is decided elsewhere")
        DECISIONS[command] = decision  # type: ignore[assignment]  # looked up by the command's own type
        return decision

    return register


def evolves(event: type[E]) -> Callable[[Meaning[E]], Meaning[E]]:
    """The function says what that event means."""

    def register(meaning: Meaning[E]) -> Meaning[E]:
        if event in MEANINGS:
            raise TypeError(f"{event.__name__} has a meaning elsewhere")
        MEANINGS[event] = meaning  # type: ignore[assignment]  # looked up by the event's own type
        return meaning

    return register


def bookkeeping(*events: type[Event]) -> None:
    """These events report what came of a decision; none of them decides anything, so none conflicts with an expected version."""
    BOOKKEEPING.update(events)


def evolve(account: Account, fact: Fact) -> None:
    """Let the account take a fact in."""
    account.version = fact.version
    if account.at is None or account.at < fact.occurred_at:
        account.at = fact.occurred_at
    if fact.cause is None and type(fact.event) not in BOOKKEEPING:
        account.cause_version = fact.version
    MEANINGS[type(fact.event)](account, fact.event, fact)


class AccountNotRegistered(Refused):
    """The command is about an account that was never opened."""


class Work:
    """A decision being made: the account so far, who asks and when, and the events recorded."""

    def __init__(self, account: Account, order: Order, packs: Catalogue) -> None:
        self.account = account.copy()
        self.order = order
        self.actor = order.actor
        self.packs = packs
        self.drafts: list[Draft] = []
        self.claimed = order.occurred_at or order.at
        self.at = max(self.claimed, account.at) if account.at else self.claimed

    @property
    def creator(self) -> CreatorId:
        """Whose account it is."""
        return self.order.command.creator

    @property
    def pack(self) -> Pack:
        """The pack the account lives under."""
        return self.packs.by_hash(self.scheme_hash).pack

    @property
    def scheme_hash(self) -> PackHash:
        """The hash of the pack the account lives under."""
        if self.account.scheme is None:
            raise AccountNotRegistered("This creator account has not been registered.", field="creator")
        return self.account.scheme.hash

    @property
    def zone(self) -> str:
        """The time zone in which the account's days end."""
        return self.pack.pack.time_zone

    def record(self, event: Event) -> int:
        """Record what the command asked for. Gives the fact's version."""
        return self._take(Draft(event, self.claimed, self.actor))

    def follow(self, event: Event, cause: int | Cause, *, at: datetime | None = None) -> int:
        """Record what the rules make of an earlier fact (a version of this account, or a fact elsewhere); the system is its actor.

        Gives the new fact's version.
        """
        return self._take(Draft(event, at or self.at, SYSTEM, Cause(self.creator, cause) if isinstance(cause, int) else cause))

    def _take(self, draft: Draft) -> int:
        self.drafts.append(draft)
        version = self.account.version + 1
        evolve(self.account, Fact(self.creator, version, draft.event, draft.occurred_at, self.order.at, draft.actor, draft.cause))
        return version


class TimeInFuture(Refused):
    """Something is said to have happened later than now."""


SKEW = timedelta(seconds=5)


def not_in_future(moment: datetime, now: datetime, field: str) -> None:
    """Refuse a time later than now; a few seconds between two clocks are forgiven."""
    if moment > now + SKEW:
        raise TimeInFuture(f"{moment:%Y-%m-%d %H:%M:%S} UTC is later than now ({now:%Y-%m-%d %H:%M:%S} UTC).", field=field)
