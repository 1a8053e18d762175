"""The dossier of an account, for an auditor outside: which files it is made of, and how each of them is written.

Every file that proves something is written in one way only, so that whoever checks it can write it again and compare: not one byte of it is
without meaning. Facts and their proofs are lines, so that neither whoever makes a dossier nor whoever checks one holds all of them at once.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from domain.proof.heads import SignedTreeHead
from domain.proof.merkle import entry, leaf_hash

ABOUT = "dossier.json"
FACTS = "facts.jsonl"
PROOFS = "proofs.jsonl"
HEAD = "head.json"
SINCE = "since.json"
PAGE = "index.html"
README = "README.txt"
FILES = frozenset({ABOUT, FACTS, PROOFS, HEAD, SINCE, PAGE, README})
PACK = re.compile(r"packs/([0-9a-f]{64})\.json")

PINNING = frozenset({"hash", "pack", "schedule", "text_pack"})  # the fields of events in which a pack is named by the hash of its content
SHA256 = re.compile(r"[0-9a-f]{64}")

Count = Annotated[int, msgspec.Meta(ge=1, le=(1 << 63) - 1)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Hash = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Path = Annotated[tuple[Hash, ...], msgspec.Meta(max_length=2 * 64)]


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something that a dossier holds as JSON."""


FORMAT: Literal["creator-governance dossier v1"] = "creator-governance dossier v1"


class About(Part, frozen=True):
    """What a dossier is of: so many facts, from the first on, of a stream in a log."""

    format: Literal["creator-governance dossier v1"]
    stream: UUID
    log: Name
    facts: Count


class StoredFact(Part, frozen=True):
    """A fact as it is stored. Its bytes are `text` if they are UTF-8, as they always ought to be, or else in base64."""

    position: Count
    stream: UUID
    version: Count
    name: Name
    text: str | None = None
    base64: str | None = None

    @classmethod
    def of(cls, position: int, stream: UUID, version: int, name: str, state: bytes) -> StoredFact:
        """The fact of a place with those bytes."""
        try:
            return cls(position, stream, version, name, text=state.decode())
        except UnicodeDecodeError:
            return cls(position, stream, version, name, base64=b64encode(state).decode())

    @property
    def state(self) -> bytes:
        """The bytes as they are stored; ValueError if none are told."""
        if self.text is not None:
            return self.text.encode()
        return b64decode(self.base64 or "!", validate=True)

    @property
    def leaf(self) -> bytes:
        """The hash of its leaf in the log's tree."""
        return leaf_hash(entry(self.stream, self.version, self.name, self.state))

    def as_written(self) -> StoredFact:
        """The same as it is to be written."""
        return self.of(self.position, self.stream, self.version, self.name, self.state)


class Proof(Part, frozen=True):
    """Where a fact is in the log's tree: its leaf, and the hashes (hex) that lead from there to the root, from below."""

    position: Count
    leaf: Hash
    path: Path


class Head(Part, frozen=True):
    """The signed head that the proofs lead to, with the public key (base64 of its 32 bytes)."""

    key: str
    signed: SignedTreeHead


class Since(Part, frozen=True):
    """A head of before, and for each of its logs the hashes which show that the log still begins as it was then."""

    signed: SignedTreeHead
    paths: dict[Name, Path]


def pack_file(name: str) -> str:
    """The file of a pack, by the hash of its content."""
    return f"packs/{name}.json"


def written(part: msgspec.Struct) -> bytes:
    """How a part is written."""
    return msgspec.json.encode(part, order="deterministic") + b"\n"


def pinned(content: Any) -> Iterator[str]:
    """The packs that a fact's content names, by their hashes."""
    waiting = [content]
    while waiting:
        match waiting.pop():
            case dict() as fields:
                yield from (it for name, it in fields.items() if name in PINNING and isinstance(it, str) and SHA256.fullmatch(it))
                waiting += fields.values()
            case list() as several:
                waiting += several
            case _:
                pass


def content_of(state: bytes) -> Any:
    """What a fact's bytes say, None where they are no JSON."""
    try:
        return msgspec.json.decode(state)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def account_of(content: Any) -> str:
    """The platform's own id of the account, if that is the content of the fact that opened it; else ""."""
    event = content.get("event") if isinstance(content, dict) else None
    named = event.get("external_id") if isinstance(event, dict) else None
    return named if isinstance(named, str) else ""
