"""The digest of what somebody is shown before deciding: it stays the same until something in it has changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from domain.creator.remedies import RemedyOwed
from domain.creator.state import Account, Application, Penalty, RemedyKind
from domain.facts import Event

MOMENTARY = frozenset({"served_seconds", "seconds"})


def digest(account: Account, events: Iterable[Event]) -> str:
    """The SHA-256 (hex) of what would be recorded on a settled account, and of what that decision is about.

    It covers the events; the violations and proposals they name, as they are now; the score, the pack and the penalties in force. It leaves
    out what depends on the moment alone (times that would be set, seconds served and what is owed for them), personal text, and where in the
    history the facts would stand: an id that is new is told by the order it comes in. So neither a minute nor bookkeeping changes it; unless
    the decision is dated back, for it takes effect no earlier than the account's last fact.
    """
    told = Told(account)
    content = [[type(event).__name__, told.plain(event)] for event in events if not is_momentary(event)]
    named = [told.plain(grounds) for grounds in told.grounds]
    return sha256(msgspec.json.encode([content, named, standing(account)], order="deterministic")).hexdigest()


def is_momentary(event: Event) -> bool:
    """Whether an event follows from the moment alone: a second later something was served for which time is owed."""
    return isinstance(event, RemedyOwed) and event.kind is RemedyKind.SERVED_TIME


def standing(account: Account) -> Any:
    """What whoever decides sees of the account; nothing of one that is not registered."""
    if account.scheme is None:
        return None
    return account.standing.ledger.score, account.scheme.hash, [unmarked(penalty) for penalty in account.standing.penalties.values()]


def unmarked(penalty: Penalty) -> Penalty:
    """A penalty, however far the platform has come with it."""
    return msgspec.structs.replace(penalty, application=Application.REQUESTED)


class Told:
    """Tells values without the moment; `grounds` collects what of the account they name."""

    def __init__(self, account: Account) -> None:
        parts = (account, account.standing, account.standing.ledger)
        self.homes = [home for part in parts for name in part.__struct_fields__ if isinstance(home := getattr(part, name), dict)]
        self.grounded: dict[Any, Any] = {**account.violations, **account.standing.proposals}
        self.named: dict[UUID, Any] = {}
        self.new: dict[UUID, str] = {}

    @property
    def grounds(self) -> list[Any]:
        """The violations and proposals named so far."""
        return list(self.named.values())

    def plain(self, value: msgspec.Struct) -> Any:
        """A struct as plain data; what is personal is left out."""
        return self.without_moment(msgspec.to_builtins(value, builtin_types=(datetime, UUID), enc_hook=lambda _: None))

    def without_moment(self, value: Any) -> Any:
        """Plain data in which a time only says that there is one."""
        match value:
            case dict():
                return {key: self.without_moment(it) for key, it in value.items() if it is not None and key not in MOMENTARY}
            case list() | tuple():
                return [self.without_moment(it) for it in value]
            case datetime():
                return "TIME"
            case UUID():
                return self.name(value)
            case _:
                return value

    def name(self, id: UUID) -> str:
        """An id that the account knows as it is, another one by its number."""
        if id in self.grounded:
            self.named[id] = self.grounded[id]
        if any(id in home for home in self.homes):
            return str(id)
        return self.new.setdefault(id, f"new {len(self.new) + 1}")
