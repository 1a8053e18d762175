"""Tree heads: how long each log was at a moment, and the root of its tree; over all of them one root, which is what is signed.

Whoever kept a signed head can later be shown that every log still begins as it was then. The bytes that are signed are lines of text, so
that whoever checks a signature needs neither this program nor a parser.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import UTC, datetime

import msgspec

from domain.proof.merkle import leaf_hash, root_of

TITLE = "creator-governance tree head v1"


class LogHead(msgspec.Struct, frozen=True, order=True):
    """How long a log was, and the root of its tree (hex)."""

    log: str
    size: int
    root: str


class TreeHead(msgspec.Struct, frozen=True):
    """The heads of all logs of a deployment at a moment (UTC), by the logs' names. `origin` names the deployment: the hash of its public key."""

    origin: str
    at: datetime
    logs: tuple[LogHead, ...]

    @property
    def root(self) -> str:
        """The root (hex) of the Merkle tree whose leaves are the lines of the logs, in the order of their names."""
        return root_of(leaf_hash(line(log).encode()) for log in sorted(self.logs)).hex()

    def of(self, log: str) -> LogHead | None:
        """The head of one log."""
        return next((it for it in self.logs if it.log == log), None)


class SignedTreeHead(msgspec.Struct, frozen=True):
    """A tree head with its Ed25519 signature (base64) under the key whose hash `head.origin` is."""

    head: TreeHead
    signature: str


def line(log: LogHead) -> str:
    """What stands for a log's head in the root over all, and in the bytes that are signed."""
    return f"{log.log} {log.size} {log.root}"


def signed_bytes(head: TreeHead) -> bytes:
    r"""What is signed: the title, origin, time (microseconds, UTC), the root over all, then a line for each log by name, each ended by "\n"."""
    at = head.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return "".join(f"{it}\n" for it in (TITLE, head.origin, at, head.root, *map(line, sorted(head.logs)))).encode()


def text_of(signature: bytes) -> str:
    """A signature as it stands in a head."""
    return b64encode(signature).decode()


def bytes_of(signature: str) -> bytes:
    """A signature as it was made; ValueError if it is none, or is written in another way than `text_of` does."""
    found = b64decode(signature, validate=True)
    if text_of(found) != signature:
        raise ValueError("Base64 that is written in another way.")
    return found
