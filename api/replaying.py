"""How a moment is asked for, and the view of an account as it was then: every field of the ordinary types works in it, and of its time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Annotated, Any
from uuid import UUID

import strawberry

from api.errors import BadUserInput
from api.view import View
from domain.creator.explaining.chronicle import Chronicle
from domain.creator.grammar import SKEW
from domain.creator.replaying import AtVersion, Moment, Replayed, When
from domain.creator.state import Account
from domain.facts import Fact
from projections.past import NotReplayable

AsOf = Annotated[datetime | None, strawberry.argument(
    description="As it was at that time; none: at `knownAt`, or now.")]
KnownAt = Annotated[datetime | None, strawberry.argument(
    description="Of what was known at that time, and not of what was recorded since; none: of what is known now.")]
Version = Annotated[int | None, strawberry.argument(
    name="atVersion", description="As its first so many facts made it, with nothing that fell due beyond; given alone.")]


def when_of(now: datetime, as_of: datetime | None, known_at: datetime | None, version: int | None, argument: str = "") -> When | None:
    """The moment that arguments name, which may be the fields of one `argument`; None if they name none. Raises BadUserInput."""
    before = f"{argument}." if argument else ""
    if version is not None:
        if as_of is not None or known_at is not None:
            raise BadUserInput("Give either `atVersion`, or `asOf` and `knownAt`.", argument=f"{before}atVersion")
        if version < 1:
            raise BadUserInput(f"Versions count from 1; {version} is none.", argument=f"{before}atVersion")
        return AtVersion(version)
    for name, at in (("asOf", as_of), ("knownAt", known_at)):
        if at is not None and at > now + SKEW:
            raise BadUserInput(f"`{name}` must not lie in the future: it is {at:%Y-%m-%d %H:%M:%S} UTC, and now is {now:%Y-%m-%d %H:%M:%S} UTC.",
                               argument=f"{before}{name}")
    if as_of is None and known_at is None:
        return None
    return Moment(as_of or known_at or now, known_at or now)


@dataclass
class PastView(View):
    """The account `replay` as it was, through the same eyes; `counting` gives the facts that count then. Nothing else can be seen in it."""

    replay: Replayed = field(kw_only=True)
    counting: Callable[[], list[Fact]] = field(kw_only=True)

    def standing(self, row: Any) -> Account:  # noqa: ARG002  # there is but one
        """The account as it was."""
        return self.replay.account

    def read_chronicles(self, creators: Collection[UUID]) -> None:
        """Have the chronicle of the account, of what counts at the moment."""
        for id in set(creators) - self._chronicles.keys():
            self._chronicles[id] = Chronicle(self.counting(), self.packs)


@contextmanager
def past_of(view: View, creator: UUID, when: When) -> Iterator[PastView | None]:
    """The view of a creator's account at a moment; None if it was not opened by then. Raises BadUserInput for what cannot be had."""
    replays = view.system.replays
    replay = replays.at(creator, when)
    if replay is None:
        yield None
        return
    counting = cache(lambda: replays.facts(creator, when))
    with replays.reader(creator, counting) as reader:
        past = PastView(view.system, view.principal, reader, replay.at, accessed=view.accessed, replay=replay, counting=counting)
        try:
            yield past
        except NotReplayable as error:
            raise BadUserInput(
                f"What is told of {error.table} is not of one account's history, and is not kept as it was: ask for it without a moment.",
                argument="asOf") from error
        view.reading = past.reading
