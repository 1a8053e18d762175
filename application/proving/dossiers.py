"""Dossiers: one file with all that is stored of an account, for an auditor outside, and the proof of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from errno import EEXIST
from functools import lru_cache
from pathlib import Path
from typing import IO, TypeVar
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from application.files import new_file
from application.mapper import Row
from application.proving.consistency import consistency
from application.proving.dossier_checking import Findings, check
from application.proving.dossier_page import Told, page, readme
from application.proving.heads import Heads, HistoryDiffers
from application.proving.signing import key_text
from application.proving.trees import NotInTree, Progress, TreeStopped, unheard
from application.wiring import System
from domain.identity import PackHash
from domain.packs.reading import canonical
from domain.proof.dossier import (
    ABOUT,
    FACTS,
    FORMAT,
    HEAD,
    PAGE,
    PROOFS,
    README,
    SINCE,
    About,
    Head,
    Proof,
    Since,
    StoredFact,
    account_of,
    content_of,
    pack_file,
    pinned,
    written,
)
from domain.proof.heads import SignedTreeHead
from domain.proof.merkle import inclusion_path

FACTS_AT_ONCE = 500
SUBTREES_REMEMBERED = 10_000
WHOLE_LOG = (1 << 63) - 1
UNIX = 3
READABLE = 0o644 << 16

T = TypeVar("T")


class CannotMake(Exception):
    """No dossier can be made; the message says why."""


@dataclass(frozen=True)
class Dossiers:
    """The dossiers of a deployment that is open."""

    system: System
    heads: Heads

    def write(self, creator: UUID, file: Path, since: SignedTreeHead | None = None, progress: Progress = unheard) -> Findings:
        """Write the dossier of an account, as a whole or not at all, under a head taken now. Tells what an auditor will find.

        `since` is a head of before that the auditor has: the dossier shows that every log still begins as it was then. CannotMake,
        FileExistsError. `progress` hears of each stage.
        """
        if file.exists():
            raise FileExistsError(EEXIST, "It is there already, and no dossier takes the place of another", str(file))
        if not self.has_facts(creator):
            raise CannotMake(f"Nothing is recorded of the account {creator}.")
        if since is not None and since.head.origin != self.heads.signer.origin:
            raise CannotMake("The head of before is not one of this deployment, or was signed with another key.")
        making = _Making(self, creator, self._head_now(progress), since, progress)
        with new_file(file) as beside:
            making.write(beside)
            found = check(beside, self.heads.signer.public_key, since, lambda done, all_: progress("Checking", done, all_))
            if not found.sound:
                raise CannotMake(f"What is stored is not what was recorded: {found.faults[0].message} `governance verify` finds out more.")
        return found

    def _head_now(self, progress: Progress) -> SignedTreeHead:
        try:
            return self.heads.take(progress)
        except (HistoryDiffers, TreeStopped, NotInTree) as problem:
            raise CannotMake(str(problem)) from problem

    def has_facts(self, creator: UUID) -> bool:
        """Whether anything is recorded of an account."""
        return next(self._rows(creator, WHOLE_LOG), None) is not None

    def facts(self, creator: UUID, size: int) -> Iterator[StoredFact]:
        """The facts of an account as they are stored, among the first of its log, so many."""
        return (StoredFact.of(position, UUID(stream), version, name, state) for stream, version, name, state, position in self._rows(creator, size))

    def _rows(self, creator: UUID, size: int) -> Iterator[Row]:
        recorder, version = self.system.log_of(creator).recorder, 0
        while rows := recorder.rows_by_stream(creator, version, creator, size, FACTS_AT_ONCE):
            yield from rows
            version = rows[-1][1]


class _Making:
    """A dossier that is being written, file by file."""

    def __init__(self, dossiers: Dossiers, creator: UUID, signed: SignedTreeHead, since: SignedTreeHead | None, progress: Progress) -> None:
        self._dossiers, self._creator, self._since, self._progress = dossiers, creator, since, progress
        self._head = Head(key_text(dossiers.heads.signer.public_key), signed)
        self._log = dossiers.system.log_of(creator).name
        self._places: list[tuple[int, bytes]] = []  # of each fact its position and its leaf
        self._packs: set[str] = set()
        self._account = ""

    def write(self, file: IO[bytes]) -> None:
        """All of it."""
        with ZipFile(file, "w", ZIP_DEFLATED, allowZip64=False) as archive:
            self._put(archive, FACTS, map(self._noted, self._facts()))
            self._put(archive, PROOFS, map(written, self._proofs()))
            about = About(FORMAT, self._creator, self._log, len(self._places))
            self._put(archive, ABOUT, [written(about)])
            self._put(archive, HEAD, [written(self._head)])
            if self._since is not None:
                self._put(archive, SINCE, [written(self._began(self._since))])
            packs = {name: self._dossiers.system.packs().by_hash(PackHash(name)).pack for name in sorted(self._packs)}
            for name, pack in packs.items():
                self._put(archive, pack_file(name), [canonical(pack)])
            told = Told(self._account, about, self._head, {name: pack.pack for name, pack in packs.items()})
            self._put(archive, PAGE, (piece.encode() for piece in page(told, self._heard("Page", self._facts(), about.facts))))
            self._put(archive, README, [readme(told).encode()])

    def _put(self, archive: ZipFile, name: str, pieces: Iterable[bytes]) -> None:
        info = ZipInfo(name, self._head.signed.head.at.timetuple()[:6])
        info.compress_type, info.create_system, info.external_attr = ZIP_DEFLATED, UNIX, READABLE
        with archive.open(info, "w") as file:
            for piece in pieces:
                file.write(piece)

    def _facts(self) -> Iterator[StoredFact]:
        log = self._head.signed.head.of(self._log)
        return self._dossiers.facts(self._creator, log.size if log else 0)

    def _noted(self, fact: StoredFact) -> bytes:
        content = content_of(fact.state)
        self._packs.update(pinned(content))
        self._account = self._account or account_of(content)
        self._places.append((fact.position, fact.leaf))
        self._progress("Facts", fact.version, fact.version)
        return written(fact)

    def _proofs(self) -> Iterator[Proof]:
        log, trees = self._head.signed.head.of(self._log), self._dossiers.heads.trees
        tree = lru_cache(SUBTREES_REMEMBERED)(trees.subtree(self._log))  # neighbours have most of their paths in common
        for position, leaf in self._heard("Proofs", self._places, len(self._places)):
            path = inclusion_path(position - 1, log.size if log else 0, tree)
            yield Proof(position, leaf.hex(), tuple(it.hex() for it in path))

    def _began(self, before: SignedTreeHead) -> Since:
        """The proof that every log begins as it did."""
        proof = consistency(self._dossiers.heads.trees, before, self._head.signed)
        return Since(before, {it.log: it.path for it in proof.logs if before.head.of(it.log)})

    def _heard(self, stage: str, items: Iterable[T], count: int) -> Iterator[T]:
        for done, item in enumerate(items, start=1):
            yield item
            self._progress(stage, done, count)
