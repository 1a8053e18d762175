"""What the benchmarks play: real commands on creator accounts under the shipped packs, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random

from application.governance import Governance, Request
from application.library import Library, read_packs
from application.store import Log, Store
from application.wiring import CREATORS, RULES
from domain.creator import decider
from domain.creator.content import LabelContent
from domain.creator.finding import Content, ContentKind, Detection, Finding
from domain.creator.grammar import Command, Order
from domain.creator.notices import ReadNotice, SendNotice
from domain.creator.scheme import AccountType, RegisterCreator
from domain.creator.state import Account
from domain.creator.violations import ConfirmViolation, violation_id
from domain.facts import Actor, ActorKind, Draft, Fact, Personal, placed
from domain.identity import ContentId, CreatorId, NoticeId, creator_id, derived
from domain.packs.catalogue import Catalogue
from domain.packs.model import Pack
from domain.packs.publishing import PublishPack

PACKS = Path(__file__).parent.parent / "packs"
MASTER_KEY = bytes(32)
COMMANDS_AT_ONCE = 100
START = datetime(2026, 3, 2, 10, tzinfo=UTC)
LATE = timedelta(days=5)
MARKET = "US"
MODERATOR = Actor(ActorKind.REVIEWER, "moderator-us-1", "MODERATOR", "US commerce", ("en",))
INGEST = Actor(ActorKind.SYSTEM, "ingest", "SERVICE")


@dataclass(frozen=True)
class Site:
    """A store with the shipped packs published, and what handles commands on it; no read models follow."""

    store: Store
    library: Library
    governance: Governance[Account, Catalogue]

    @property
    def log(self) -> Log[Account]:
        """The accounts' histories."""
        return self.store.log(CREATORS)


@contextmanager
def site(folder: Path, database: str = "") -> Iterator[Site]:
    """A site in a folder, made if it is not there; its log in a PostgreSQL database if one is named."""
    with Store.open(folder, MASTER_KEY, database=database) as store:
        library = Library(store, clock)
        for found in read_packs(PACKS):
            library.publish(PublishPack(found.pack), MODERATOR)
        yield Site(store, library, Governance(store, RULES, library.catalogue, clock))


def made_of(site: Site, facts: int, seed: int, late: float = 0.0) -> CreatorId:
    """An account of at least so many facts, made by real commands; that share of its violations is recorded late."""
    requests = Scene(site.library.catalogue(), seed, late).history("creator-1", facts)
    for start in range(0, len(requests), COMMANDS_AT_ONCE):
        site.governance.handle_all(requests[start:start + COMMANDS_AT_ONCE])
    return creator_id("creator-1")


def clock() -> datetime:
    """The time at which commands come that do not say when."""
    return START


class Scene:
    """Commands as they might come, decided by the rules alone as they are made: each is sure to be accepted, and its facts are known.

    An incident is four commands, hours apart: a violation confirmed, its content labelled, the creator told, the notice read. The share `late` of
    the violations is recorded up to LATE after they happened.
    """

    def __init__(self, packs: Catalogue, seed: int, late: float = 0.0) -> None:
        self.packs, self.random, self.late = packs, Random(seed), late  # noqa: S311  # a history, not a secret
        self.accounts: dict[CreatorId, Account] = {}
        self.facts: dict[CreatorId, list[Fact]] = {}
        self.now, self.requests = START, 0

    @property
    def pack(self) -> Pack:
        """The pack that the accounts live under."""
        return self.packs.in_force(MARKET, START).pack

    def register(self, name: str) -> Request:
        """Open an account."""
        id = creator_id(name)
        self.accounts[id], self.facts[id] = decider.empty(), []
        return self._taken(RegisterCreator(
            adult=True, creator=id, external_id=name, account_type=AccountType.PRIVATE, market=MARKET, handle=Personal(f"@{name}")), INGEST)

    def incident(self, id: CreatorId) -> Iterator[Request]:
        """One violation of an account, and what is done about it."""
        finding = self._finding()
        violation, content = violation_id(id, finding), finding.content.id
        confirm = ConfirmViolation(creator=id, finding=finding, facts=Personal("The product is said to cure."))
        yield self._taken(confirm, MODERATOR, self.random.random() * LATE if self.late and self.random.random() < self.late else None)
        yield self._taken(LabelContent(creator=id, content_id=content, violation_id=violation, label="INFORMATION"), MODERATOR)
        yield self._taken(SendNotice(
            creator=id, subject=violation, channel="IN_APP", language="en", template="violation", template_version="4",
            sha256=sha256(violation.bytes).hexdigest()), INGEST)
        notice = NoticeId(derived(id, "notice", violation, self.accounts[id].version))
        yield self._taken(ReadNotice(creator=id, notice_id=notice), INGEST)

    def history(self, name: str, facts: int) -> list[Request]:
        """An account with incidents until it has at least so many facts."""
        requests = [self.register(name)]
        id = creator_id(name)
        while len(self.facts[id]) < facts:
            requests += self.incident(id)
        return requests

    def _finding(self) -> Finding:
        policies = self.pack.policies
        name = self.random.choice(sorted(policies))
        content = Content(
            id=ContentId(f"video-{self.requests}"), kind=ContentKind.VIDEO, created_at=self.now, markets=(MARKET,), feature="SHORT_VIDEO",
            category="BEAUTY")
        return Finding(
            policy=name, severity=self.random.choice(policies[name].severities), content=content,
            detection=Detection(self.now, automated=True, detector="classifier", detector_version="2026.3", confidence=0.93))

    def _taken(self, command: Command, by: Actor, late: timedelta | None = None) -> Request:
        """The command as a request, when the rules have decided it and the account has taken its facts in."""
        self.requests += 1
        self.now += timedelta(minutes=self.random.randint(10, 300))
        id = command.creator
        occurred_at = max(self.now - late, START + timedelta(days=1)) if late and self.now > START + timedelta(days=2) else None
        request = Request(command, by, f"request-{self.requests}", self.now, occurred_at)
        self._take(id, decider.settle(self.accounts[id], self.now, self.packs), request.key)
        self._take(id, decider.decide(self.accounts[id], Order(command, by, self.now, occurred_at), self.packs), request.key)
        return request

    def _take(self, id: CreatorId, drafts: Sequence[Draft], key: str) -> None:
        facts = placed(drafts, id, self.accounts[id].version, self.now, key)
        self.accounts[id] = decider.fold(self.accounts[id], facts)
        self.facts[id] += facts
