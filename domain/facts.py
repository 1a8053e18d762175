"""A fact is an event in its place: who did it, when it was so, when we knew, and what it follows from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

import msgspec


class ActorKind(StrEnum):
    """In which capacity somebody or something acts."""

    SYSTEM = "SYSTEM"
    MODEL = "MODEL"
    REVIEWER = "REVIEWER"
    POLICY_OWNER = "POLICY_OWNER"
    CREATOR = "CREATOR"
    SELLER = "SELLER"
    AGENCY = "AGENCY"
    GUARDIAN = "GUARDIAN"
    NOTIFIER = "NOTIFIER"
    AUTHORITY = "AUTHORITY"


class Actor(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Who acts, with team and qualifications as they were then.

    `id` is a pseudonym of the platform's staff directory or account system, never a name. `on_behalf_of` names whom a representative
    acts for.
    """

    kind: ActorKind
    id: str
    role: str = ""
    team: str = ""
    qualifications: tuple[str, ...] = ()
    on_behalf_of: str = ""

    @property
    def is_person(self) -> bool:
        """Whether a person of the platform, or of an authority, acts: one who may decide, unlike a model, the system or a party."""
        return self.kind in (ActorKind.REVIEWER, ActorKind.POLICY_OWNER, ActorKind.AUTHORITY)


SYSTEM = Actor(ActorKind.SYSTEM, "governance")


class Cause(msgspec.Struct, frozen=True, gc=False):
    """The fact that another one follows from, also in another stream."""

    stream: UUID
    version: int


class Personal:
    """Text that tells who somebody is, or that somebody wrote: sealed under the creator's own key before it is stored.

    It is `text` in a command and in the event just decided, and `token` (ciphertext) in an event read back. The rules never look inside.
    What is to be forgotten before the rest is `apart`: sealed under a key of that name as well, which can be destroyed by itself.
    """

    __slots__ = ("apart", "text", "token")

    def __init__(self, text: str = "", *, token: str = "", apart: UUID | None = None) -> None:
        self.text = text
        self.token = token
        self.apart = apart

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Personal) and (self.text, self.token) == (other.text, other.token)

    def __hash__(self) -> int:
        return hash((self.text, self.token))

    def __bool__(self) -> bool:
        return bool(self.text or self.token)

    def __repr__(self) -> str:
        return "Personal(…)"


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Something that happened, in the past tense. It is stored under its class name, which is never renamed or reused.

    `searchable` names those of its own fields of personal text that an account can be found by.
    """

    searchable: ClassVar[tuple[str, ...]] = ()


class Fact(msgspec.Struct, frozen=True, gc=False):
    """An event in its place.

    `version` counts from 1 within the stream; `position` from 1 within the log (0 until it is stored). `occurred_at` is when it was so,
    `recorded_at` when we knew; both are UTC. `request` is the idempotency key of the caller whose command led to it.
    """

    stream: UUID
    version: int
    event: Event
    occurred_at: datetime
    recorded_at: datetime
    actor: Actor
    cause: Cause | None = None
    request: str = ""
    position: int = 0


class Draft(msgspec.Struct, frozen=True, gc=False):
    """An event as the rules decided it, before it has a place. `cause` is the fact it follows from (None: the command itself)."""

    event: Event
    occurred_at: datetime
    actor: Actor
    cause: Cause | None = None


def placed(drafts: Sequence[Draft], stream: UUID, version: int, recorded_at: datetime, request: str) -> list[Fact]:
    """The drafts of one decision as facts of a stream that so far ends at `version`."""
    return [
        Fact(stream, version + ahead, draft.event, draft.occurred_at, recorded_at, draft.actor, draft.cause, request)
        for ahead, draft in enumerate(drafts, start=1)
    ]
