"""The library of policy packs: published and retired as facts of their own log, and looked up by every decision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from threading import Lock
from uuid import UUID

from eventsourcing.persistence import IntegrityError

from application.statements import wording
from application.store import Aggregate, Log, Store
from domain.facts import Actor, Fact, placed
from domain.identity import PackId, pack_id
from domain.packs import publishing
from domain.packs.catalogue import Catalogue
from domain.packs.publishing import Command, PackStream, PublishPack, RetirePack
from domain.packs.reading import Resolved, read_layers
from projections.catalogue import PACKS_LOG

PACKS: Aggregate[PackStream] = Aggregate("packs", publishing.EVENTS, publishing.empty, publishing.fold, "2", PackStream, number=PACKS_LOG)
ATTEMPTS = 20
PAGE = 1000


def read_packs(folder: Path) -> tuple[Resolved, ...]:
    """The packs that the `*.toml` files of a folder make; PackFilesInvalid with all that is wrong in them, FileNotFoundError if none is there.

    TextsBroken if their statements of reasons could not be said.
    """
    return read_files(pack_files(folder))


def read_files(files: Mapping[str, bytes]) -> tuple[Resolved, ...]:
    """As `read_packs`, of the contents of files by name."""
    found = read_layers(files)
    for rule in filter(None, (one.pack.statement for one in found)):
        for language, text in rule.texts.items():
            wording(language, text)
    return found


def pack_files(folder: Path) -> Mapping[str, bytes]:
    """The content of a folder's pack files by name, with the messages beside them."""
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise FileNotFoundError(2, "there are no pack files (*.toml)", str(folder))
    return contents(files)


def contents(files: Iterable[Path]) -> Mapping[str, bytes]:
    """The content of pack files by name, with the messages (`messages/*/*.ftl`) that lie beside any of them."""
    files = list(files)
    messages = {path.relative_to(folder).as_posix(): path for folder in {file.parent for file in files} for path in folder.glob("messages/*/*.ftl")}
    return {name: path.read_bytes() for name, path in ({file.name: file for file in files} | messages).items()}


class Library:
    """The packs of one store. `after` is called with the number of their log and its last position once something is committed."""

    def __init__(
            self, store: Store, clock: Callable[[], datetime], after: Callable[[int, int], object] = lambda _log, _position: None) -> None:
        self._log: Log[PackStream] = store.log(PACKS)
        self._clock = clock
        self._after = after
        self._lock = Lock()
        self._position = 0
        self._streams: dict[UUID, PackStream] = {}
        self._catalogue = Catalogue()

    def catalogue(self) -> Catalogue:
        """Every published version, as of now."""
        with self._lock:
            if self._log.last_position() > self._position:
                self._read_on()
            return self._catalogue

    def streams(self) -> tuple[PackStream, ...]:
        """Every pack with all its versions."""
        self.catalogue()
        return tuple(self._streams.values())

    def publish(self, command: PublishPack, by: Actor) -> bool:
        """Publish a pack; False if this content was published before. Raises Refused."""
        header = command.pack.pack
        return self._handle(pack_id(header.scheme, header.market), command, by)

    def retire(self, command: RetirePack, by: Actor) -> bool:
        """Withdraw a pack; False if that was done before. Raises Refused."""
        return self._handle(command.id, command, by)

    def facts(self, id: PackId) -> list[Fact]:
        """The history of one pack."""
        return self._log.facts(id)

    def _handle(self, stream: PackId, command: Command, by: Actor) -> bool:
        for _ in range(ATTEMPTS):
            state, at = self._log.load(stream), self._clock()
            facts = placed(publishing.decide(state, command, by, at), stream, state.version, at, "")
            try:
                last = self._log.append(facts)
            except IntegrityError:  # another process published meanwhile: decide anew on what it did
                continue
            self._after(self._log.number, last + len(facts))
            return bool(facts)
        raise TimeoutError("Other processes keep publishing this pack; try again.")

    def _read_on(self) -> None:
        while facts := self._log.facts_after(self._position, PAGE):
            for fact in facts:
                self._streams[fact.stream] = publishing.fold(self._streams.get(fact.stream, publishing.empty()), [fact])
            self._position = facts[-1].position
        self._catalogue = Catalogue(version for stream in self._streams.values() for version in publishing.published(stream))
