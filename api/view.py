"""What one request sees: the read models at one moment, through the eyes of whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from anyio import CapacityLimiter, to_thread

from api.errors import NotYetKnown
from api.identity import Principal
from api.ids import no_position, positions_of
from api.live import Followers
from api.metrics import Metrics
from api.selection import Field
from application.logs import request_id
from application.search import comparable
from application.wiring import System
from domain.creator.explaining.chronicle import Chronicle
from domain.creator.state import Account
from domain.facts import Fact
from domain.packs.catalogue import Catalogue, Published
from projections import tables
from projections.reading import Reader
from projections.reading_now import standing_at

T = TypeVar("T")


@dataclass
class View:
    """A moment of the read models, as `principal` may see it."""

    system: System
    principal: Principal
    reader: Reader
    now: datetime
    reading: Field | None = None  # the field that is being read
    accessed: dict[UUID, set[str]] = field(default_factory=dict)  # of whom which personal fields were opened for somebody else
    _accounts: dict[UUID, Account] = field(default_factory=dict)
    _chronicles: dict[UUID, Chronicle] = field(default_factory=dict)
    _facts: dict[tuple[int, int], Fact] = field(default_factory=dict)

    @cached_property
    def packs(self) -> Catalogue:
        """Every published pack."""
        return self.system.packs()

    @property
    def is_staff(self) -> bool:
        """Whether internal data may be shown."""
        return self.principal.is_staff

    def standing(self, row: Any) -> Account:
        """The account of a creator's row, as it is now."""
        account = self._accounts.get(row.creator_id)
        if account is None:
            account = self._accounts[row.creator_id] = standing_at(row.health, self.packs, self.now)
        return account

    def published(self, account: Account) -> Published:
        """The pack that an account lives under."""
        if account.scheme is None:
            raise LookupError(f"The account {account.id} lives under no pack.")
        return self.packs.by_hash(account.scheme.hash)

    def read_chronicles(self, creators: Collection[UUID]) -> None:
        """Have the chronicles of these creators, as far as the read models have come: those not read yet, in one statement."""
        missing = set(creators) - self._chronicles.keys()
        if missing:
            histories = self.system.histories(missing, self.reader.come_to())
            self._chronicles |= {id: Chronicle(facts, self.packs) for id, facts in histories.items()}

    def chronicle(self, creator: UUID) -> Chronicle:
        """The chronicle of a creator, which was read before."""
        return self._chronicles[creator]

    def facts_at(self, places: Sequence[tuple[int, int]]) -> list[Fact]:
        """The facts at these places, each the number of a log and a position in it: those not read yet, in one statement for each log."""
        if missing := set(places) - self._facts.keys():
            self._facts |= self.system.facts_at(missing)
        return [self._facts[place] for place in places]

    def opened(self, creator: UUID, token: str, name: str = "") -> str | None:
        """Personal text; None where there is none, or where it was erased.

        That it was opened for anybody but the creator is noted, to be recorded before it is shown: under `name`, or that of the field read.
        """
        text = self.system.open_text(creator, token) if token else None
        if text and self.principal.own != creator:
            self.accessed.setdefault(creator, set()).add(name or (self.reading.full_name if self.reading else ""))
        return text

    def found(self, field: str, text: str) -> list[UUID]:
        """The creators who have that personal text in that field, which whoever searched so knows of them then.

        A mark alone is no proof: its fact may not have been stored.
        """
        column, marked = f"{field}_token", self.system.store.keys.streams_with(field, text)
        rows = self.reader.by_key(tables.creators, "creator_id", marked, (column,))
        asked = comparable(text)
        return [id for id, row in rows.items() if comparable(self.opened(id, getattr(row, column), f"CreatorFilter.{field}") or "") == asked]

    def seen(self, creators: Collection[UUID]) -> frozenset[UUID]:
        """Those among the creators whose accounts may be shown: to a creator its own, to representatives those they act for."""
        if self.is_staff or not creators:
            return frozenset(creators)
        if self.principal.own is not None:
            return frozenset({self.principal.own}.intersection(creators))
        rows = self.reader.by_key(tables.creators, "creator_id", creators, ("representatives",))
        return frozenset(id for id, row in rows.items() if any(self._acts_as(it) for it in row.representatives))

    def _acts_as(self, representative: dict[str, Any]) -> bool:
        until = representative["until"]
        return (
            (representative["representative"], representative["kind"]) == (self.principal.id, self.principal.role)
            and (until is None or self.now < datetime.fromisoformat(until)))


@dataclass(frozen=True)
class Context:
    """What every resolver of a request is given."""

    system: System
    principal: Principal | None
    threads: CapacityLimiter
    followers: Followers
    metrics: Metrics

    async def in_thread(self, work: Callable[[], T]) -> T:
        """The result of something that blocks, done beside the event loop."""
        return await to_thread.run_sync(work, limiter=self.threads)

    async def read(self, principal: Principal, work: Callable[[View], T], at_least: str | None = None) -> T:
        """What can be read by that principal, once the read models have come to `at_least`."""
        return await self.in_thread(lambda: self.read_now(principal, work, at_least))

    def read_now(self, principal: Principal, work: Callable[[View], T], at_least: str | None = None) -> T:
        """As `read`, in a thread that may block. Personal data that were opened for anybody but their creator are recorded as read."""
        if at_least is not None:
            with self.metrics.waiting():
                self._wait_for(positions_of(at_least, "atLeast"))
        with self.system.views.connect() as connection:
            view = View(self.system, principal, Reader(connection), self.system.clock())
            answer = work(view)
        operation = view.reading.info.field_name if view.reading else ""
        self.system.accesses.record(principal.acting(), operation, view.accessed, request_id())
        return answer

    def has_come_to(self, log: int, position: int) -> bool:
        """Whether the read models of a log have come to a position in time."""
        return self.system.projector.has_come_to(log, position, self.system.settings.wait_for_read_models)

    def _wait_for(self, come_to: dict[int, int]) -> None:
        if not all(map(self.system.projector.knows, come_to)):
            raise no_position("atLeast")
        if not all(self.has_come_to(log, position) for log, position in come_to.items()):
            raise NotYetKnown("The read models have not come to that position in time; ask again.")
