"""How a command becomes facts: what is known is loaded, the rules decide, and what they decided is recorded with the answer at once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

import msgspec
from eventsourcing.persistence import IntegrityError

from application.recorder import Answered, OutcomeUnknown, Remembered, RequestKey, TryAgain
from application.store import Aggregate, Log, Logs, Store, Versioned
from domain.facts import Actor, Draft, Fact, Personal, placed
from domain.identity import CreatorId
from domain.refusals import Refused

ATTEMPTS_UNHELD = 2

logger = logging.getLogger(__name__)

S = TypeVar("S", bound=Versioned)
P = TypeVar("P")


class IdempotencyKeyReused(Refused):
    """The key came before, with another request."""


class Command(Protocol):
    """What somebody wants of one account, or of the work on one of its appeals."""

    @property
    def creator(self) -> CreatorId:
        """The account."""


class Request(msgspec.Struct, frozen=True):
    """A command with who gives it and when.

    `key` is the caller's idempotency key ("": none). `at` is when it is decided and recorded (None: now), `occurred_at` when what it
    says was so (None: then); `expected_version` is what the caller had seen of the account, and `preview` the digest of what the caller had
    seen this lead to ("": nothing).
    """

    command: Any
    by: Actor
    key: str = ""
    at: datetime | None = None
    occurred_at: datetime | None = None
    expected_version: int | None = None
    preview: str = ""


class Answer(msgspec.Struct, frozen=True):
    """What a command led to: the facts `first_version` to `last_version` (none if the first is past the last).

    What had fallen due before is recorded with it and not among them. A read model that has come to `position` in the log of that number
    holds all of it.
    """

    stream: UUID
    first_version: int
    last_version: int
    position: int
    repeated: bool = False
    log: int = 0


def of_creator(command: Command) -> UUID:
    """The stream that most commands are about."""
    return command.creator


@dataclass(frozen=True)
class Rules(Generic[S, P]):
    """The functions that decide.

    `settle(state, at, packs)` is what fell due by then; `order(command, actor, at, occurred_at, expected_version, preview)` what
    `decide(state, order, packs)` is asked, which may raise Refused. `foresee` is `decide` for a preview, which nobody has seen yet;
    `stream(command)` the stream a command is about. `answered_with_facts`: nothing was ever answered of a stream without facts, so that no
    key need be looked up there.
    """

    aggregate: Aggregate[S]
    settle: Callable[[S, datetime, P], list[Draft]]
    decide: Callable[[S, Any, P], list[Draft]]
    order: Callable[[Any, Actor, datetime, datetime, int | None, str], Any]
    foresee: Callable[[S, Any, P], list[Draft]]
    stream: Callable[[Any], UUID] = of_creator
    answered_with_facts: bool = False


@dataclass(frozen=True)
class Foreseen(Generic[S, P]):
    """What a request would lead to at a moment (UTC): `state` as it is once `settled` is taken in, and the facts decided on it, or a refusal."""

    state: S
    settled: list[Fact]
    outcome: list[Fact] | Refused
    packs: P
    at: datetime


def unguarded(_state: object, _order: object, _packs: object) -> None:
    """What most commands are refused by beside the rules of their own stream: nothing."""


class Appending(Protocol):
    """Where a batch is recorded: a log, or one that is held."""

    def append(self, facts: Sequence[Fact], answered: Sequence[Answered] = ()) -> int:
        """Record them in one transaction, after the position returned."""


class Governance(Generic[S, P]):
    """Handles commands.

    `packs` gives the policy packs in force whenever a batch is decided; `clock` the time. Once facts are committed, `heard` is called with
    them, then `after` with the number of the log and its last position, which is where read models catch up. `guard` is asked as `decide`
    is, just before it, and may raise Refused: it knows what lies in other streams. It may be asked while the log is held, so it reads and
    never writes.
    """

    def __init__(self, store: Store, rules: Rules[S, P], packs: Callable[[], P], clock: Callable[[], datetime],
                 after: Callable[[int, int], object] = lambda _log, _position: None, *, guard: Callable[[S, Any, P], None] = unguarded,
                 heard: Callable[[Sequence[Fact]], object] = lambda _facts: None) -> None:
        self._store = store
        self._logs: Logs[S] = store.logs(rules.aggregate)
        self._rules = rules
        self._packs = packs
        self._clock = clock
        self._after = after
        self._guard = guard
        self._heard = heard

    def handle(
            self, command: Command, *, by: Actor, key: str = "", at: datetime | None = None, occurred_at: datetime | None = None,
            expected_version: int | None = None, preview: str = "") -> Answer:
        """Decide one command and record what follows. Raises Refused."""
        outcome = self.handle_all([Request(command, by, key, at, occurred_at, expected_version, preview)])[0]
        if isinstance(outcome, Refused):
            raise outcome
        return outcome

    def handle_all(self, requests: Iterable[Request]) -> list[Answer | Refused]:
        """Decide commands in their order and record what follows, in one transaction for each log: for each an answer or a refusal.

        If another process wrote to one of the accounts meanwhile, all is decided anew on what that one recorded; the last time with
        the log held, so that it cannot happen again.
        """
        requests = list(requests)
        together: dict[int, list[int]] = {}
        for place, request in enumerate(requests):
            together.setdefault(self._log_of(request).number, []).append(place)
        outcomes: dict[int, Answer | Refused] = {}
        for places in together.values():
            try:
                outcomes |= zip(places, self._handle_in(self._log_of(requests[places[0]]), [requests[place] for place in places]), strict=True)
            except TryAgain as error:
                if outcomes and not isinstance(error, OutcomeUnknown):
                    raise OutcomeUnknown("Some of it was recorded. Ask again under the same idempotency keys.") from error
                raise
        return [outcomes[place] for place in range(len(requests))]

    def _log_of(self, request: Request) -> Log[S]:
        return self._logs.of(self._rules.stream(request.command))

    def _handle_in(self, log: Log[S], requests: list[Request]) -> list[Answer | Refused]:
        """Decide commands about streams of one log."""
        for _ in range(ATTEMPTS_UNHELD):
            batch = self._decided(log, requests)
            try:
                last = batch.record(log)
            except IntegrityError:
                logger.info("Another process wrote meanwhile; %s commands are decided anew.", len(requests))
            else:
                return self._told(batch, last)
        with log.held() as held:
            batch = self._decided(log, requests)
            last = batch.record(held)
        return self._told(batch, last)

    def foresee(self, request: Request) -> Foreseen[S, P]:
        """What a request would lead to, decided just as it would be. Nothing is recorded, and its key neither looked up nor remembered."""
        now = self._clock()
        rules = replace(self._rules, decide=self._rules.foresee)
        batch = Batch(self._log_of(request), self._store, rules, self._packs(), self._guard)
        batch.add(msgspec.structs.replace(request, key=""), now)
        return batch.foreseen(request, now)

    def _decided(self, log: Log[S], requests: list[Request]) -> Batch[S, P]:
        batch = Batch(log, self._store, self._rules, self._packs(), self._guard)
        for request in requests:
            batch.add(request, self._clock())
        return batch

    def _told(self, batch: Batch[S, P], last: int) -> list[Answer | Refused]:
        if batch.facts:
            end = last + len(batch.facts)
            attempted(lambda: self._heard(batch.facts), end)
            attempted(lambda: self._after(batch.log.number, end), end)
        return [outcome(last) for outcome in batch.outcomes]


def attempted(follow: Callable[[], object], position: int) -> None:
    """Do what follows a commit. Should that fail, what was committed is committed, and the caller must hear so."""
    try:
        follow()
    except Exception:
        logger.exception("What follows a commit failed at position %s.", position)


@dataclass
class Batch(Generic[S, P]):
    """Commands decided one after the other, each on what those before it led to, and not recorded yet."""

    log: Log[S]
    store: Store
    rules: Rules[S, P]
    packs: P
    guard: Callable[[S, Any, P], None]
    facts: list[Fact] = field(default_factory=list)
    answered: dict[RequestKey, Answered] = field(default_factory=dict)
    outcomes: list[Callable[[int], Answer | Refused]] = field(default_factory=list)
    states: dict[UUID, S] = field(default_factory=dict)
    new: set[UUID] = field(default_factory=set)
    unfolded: dict[UUID, list[Fact]] = field(default_factory=dict)

    def add(self, request: Request, now: datetime) -> None:
        """Decide one more."""
        # The state is read before the key is looked up: had the same request been recorded in between, the key would be found.
        stream = self.rules.stream(request.command)
        state = self._state(stream)
        key = RequestKey(f"{request.by.kind}:{request.by.id}", stream, request.key)
        payload = self._payload(request) if request.key else b""
        if request.key and (repeated := self._repeated(key, payload)):
            self.outcomes.append(repeated)
            return
        try:
            first, last = self._decide(state, request, now)
        except Refused as refused:
            refusal = refused  # the name after `as` ends with the block
            self.outcomes.append(lambda _: refusal)
            return
        answered = Answered(key, payload, first, last, len(self.facts))
        if request.key:
            self.answered[key] = answered
        self.outcomes.append(lambda position: self._answer(answered, position))

    def record(self, log: Appending) -> int:
        """Record all of it in one transaction, after the position returned."""
        if self.facts or self.answered:
            return log.append(self.facts, list(self.answered.values()))
        return self.log.last_position()

    def foreseen(self, request: Request, now: datetime) -> Foreseen[S, P]:
        """What its only request would lead to."""
        answer, state = self.outcomes[0](0), self.states[request.command.creator]
        settled = [fact for fact in self.facts if fact.version <= state.version]
        outcome = answer if isinstance(answer, Refused) else self.facts[len(settled):]
        return Foreseen(state, settled, outcome, self.packs, _utc(request.at or now))

    def _decide(self, state: S, request: Request, now: datetime) -> tuple[int, int]:
        stream, at = self.rules.stream(request.command), _utc(request.at or now)
        state = self._place(stream, state, self.rules.settle(state, at, self.packs), at, request.key)
        state = self._folded(stream, state)
        occurred_at = at if request.occurred_at is None else _utc(request.occurred_at)
        order = self.rules.order(request.command, request.by, at, occurred_at, request.expected_version, request.preview)
        self.guard(state, order, self.packs)
        drafts = self.rules.decide(state, order, self.packs)
        self._place(stream, state, drafts, at, request.key)
        return state.version + 1, state.version + len(drafts)

    def _place(self, stream: UUID, state: S, drafts: list[Draft], at: datetime, key: str) -> S:
        if drafts:
            facts = placed(drafts, stream, state.version, at, key)
            self.facts += facts
            self.unfolded.setdefault(stream, []).extend(facts)
        return state

    def _state(self, stream: UUID) -> S:
        state = self.states.get(stream)
        if state is None:
            state = self.states[stream] = self.log.load(stream)
            if self.rules.answered_with_facts and not state.version:
                self.new.add(stream)
        return self._folded(stream, state)

    def _folded(self, stream: UUID, state: S) -> S:
        """Facts of this batch are folded only when another decision needs them; usually none does."""
        facts = self.unfolded.pop(stream, None)
        if facts:
            state = self.states[stream] = self.rules.aggregate.fold(state, facts)
        return state

    def _repeated(self, key: RequestKey, payload: bytes) -> Callable[[int], Answer | Refused] | None:
        before: Answered | Remembered | None = self.answered.get(key)
        if before is None and key.stream not in self.new:
            before = self.log.remembered(key)
        if before is None:
            return None
        if before.payload != payload:
            refusal = IdempotencyKeyReused(f"The idempotency key {key.key!r} was used before for another request.", field="key")
            return lambda _: refusal
        return lambda position: self._answer_again(key.stream, before, position)

    def _payload(self, request: Request) -> bytes:
        command = type(request.command).__name__
        return self.store.keys.fingerprint(_encoder.encode((command, request.command, request.occurred_at)))

    def _answer(self, answered: Answered, position: int) -> Answer:
        at = position + answered.preceding
        return Answer(answered.request.stream, answered.first_version, answered.last_version, at, log=self.log.number)

    def _answer_again(self, stream: UUID, before: Answered | Remembered, position: int) -> Answer:
        at = before.position if isinstance(before, Remembered) else position + before.preceding
        return Answer(stream, before.first_version, before.last_version, at, repeated=True, log=self.log.number)


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone.")
    return at.astimezone(UTC)


def _plain(value: object) -> object:
    if isinstance(value, Personal):
        return value.text
    raise NotImplementedError(f"{type(value).__name__} cannot stand in a command.")


_encoder = msgspec.json.Encoder(enc_hook=_plain, order="deterministic")
