"""Heads as evidence: those that were kept in the folder, and those that come from outside, with what is wrong with them by themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from application.proving.findings import Finding, Kind
from application.proving.signing import origin_of, verify
from domain.proof.heads import SignedTreeHead

_decode = msgspec.json.Decoder(SignedTreeHead).decode


@dataclass(frozen=True)
class Witness:
    """A head in a file, at a line; `outside`, if the deployment could not have rewritten it. None: the line is no head."""

    file: str
    line: int
    signed: SignedTreeHead | None
    outside: bool = False

    @property
    def place(self) -> str:
        """Where it stands."""
        return f"{self.file}, line {self.line}"


class NoHeads(Exception):
    """A file that is to hold heads holds nothing."""


def witnesses_in(path: Path, *, outside: bool) -> Iterator[Witness]:
    """The heads in a file, one on a line, or in all files of that kind in a folder. FileNotFoundError if it is not there."""
    for file in sorted(path.glob("*.jsonl")) if path.is_dir() else [path]:
        for number, text in enumerate(file.read_bytes().split(b"\n"), start=1):
            if text.strip():
                yield Witness(str(file), number, head_in(text), outside)


def from_outside(paths: Iterable[Path]) -> Iterator[Witness]:
    """The heads that others hold. NoHeads if one of these files, or folders, holds none."""
    for path in paths:
        found = list(witnesses_in(path, outside=True))
        if not found:
            raise NoHeads(f"{path} holds no tree heads; name a file with one on each line, as `governance heads take` sends them.")
        yield from found


def head_in(text: bytes) -> SignedTreeHead | None:
    """The head on a line, if it is one."""
    try:
        return _decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def distrusted(witnesses: Iterable[Witness], keys: Collection[bytes]) -> Iterator[Finding]:
    """What is wrong with heads by themselves: lines that are none, and signatures under no key that is known."""
    for it in witnesses:
        if it.signed is None:
            yield Finding(Kind.HEAD, f"{it.place}: this is no tree head; it was damaged or rewritten.")
        elif not trusted(it.signed, keys):
            yield Finding(Kind.HEAD, f"{it.place}: {why(it.signed, keys)}")


def trusted(signed: SignedTreeHead, keys: Collection[bytes]) -> bool:
    """Whether a head was signed under one of these public keys."""
    return any(verify(signed, key) for key in keys)


def why(signed: SignedTreeHead, keys: Collection[bytes]) -> str:
    """Why a head is not trusted."""
    at = f"the head of {signed.head.at:%Y-%m-%d %H:%M:%S} UTC"
    if signed.head.origin in map(origin_of, keys):
        return f"{at} is not what was signed: it, or its signature, was rewritten."
    return f"{at} is of another origin ({signed.head.origin[:16]}…) and cannot be checked; if that is right, give its public key with --key."


def withheld(witnesses: Collection[Witness], keys: Collection[bytes]) -> Iterator[Finding]:
    """Heads that are held outside, and are not in the folder any more."""
    own = {it.signed.signature for it in witnesses if it.signed and not it.outside}
    for it in witnesses:
        if it.outside and it.signed and it.signed.signature not in own and trusted(it.signed, keys):
            yield Finding(Kind.HEAD, f"{it.place}: the head of {it.signed.head.at:%Y-%m-%d %H:%M:%S} UTC is not in the folder's own file any more; "
                                     "it was taken out, or the file was put back to an older one.")
