"""Whether a dossier is right, found out without a database, a network or a setting.

Whoever is to trust it can read it in one sitting, with what it rests on: `dossier_reading.py`, and `dossier.py`, `heads.py` and `merkle.py` of
`domain/proof/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from hashlib import sha256
from itertools import chain, islice, zip_longest
from typing import IO
from zipfile import ZipFile

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from application.proving.dossier_reading import MOST_FILES, Fault, NoDossier, content, faults_of_archive, lines, opened, printable, read
from domain.proof.dossier import (
    ABOUT,
    FACTS,
    HEAD,
    PACK,
    PROOFS,
    SINCE,
    About,
    Head,
    Path,
    Proof,
    Since,
    StoredFact,
    account_of,
    content_of,
    pack_file,
    pinned,
)
from domain.proof.heads import LogHead, SignedTreeHead, bytes_of, signed_bytes
from domain.proof.merkle import is_consistent, root_by_inclusion

MOST_FAULTS = 20  # that are told; the others are counted

Progress = Callable[[int, int], None]


class Findings(msgspec.Struct, frozen=True):
    """What was found of a dossier: of whom it is, and what is wrong with it. `more` counts the faults beyond those told.

    What is said of the account, its facts and the head is so only if there are no faults. `key_expected` and `head_compared` tell what the
    caller had it compared with.
    """

    faults: tuple[Fault, ...]
    more: int = 0
    account: str = ""
    stream: str = ""
    log: str = ""
    facts: int = 0
    packs: int = 0
    taken_at: str = ""
    origin: str = ""
    key: str = ""
    key_expected: bool = False
    head_compared: bool = False

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


class _Seen:
    """What was come across among the facts so far: the account's own name, the packs pinned, and where the last fact stood."""

    def __init__(self) -> None:
        self.account = ""
        self.packs: set[str] = set()
        self.version = 0
        self.position = 0


def check(file: IO[bytes], key: bytes | None = None, earlier: SignedTreeHead | None = None,
          progress: Progress = lambda _done, _all: None) -> Findings:
    """What is wrong with a dossier, if anything; NoDossier if it is none.

    `key` is the public key that it must be signed with (32 bytes), `earlier` a head that was got elsewhere before, with which its own must
    agree. `progress` hears of the facts checked, and all.
    """
    with opened(file) as archive:
        if faults := tuple(islice(faults_of_archive(archive), MOST_FAULTS)):
            return Findings(faults)
        try:
            about = read(content(archive, ABOUT), About)
        except ValueError as error:
            raise NoDossier(f"{ABOUT}: {error}") from None
        try:
            head = read(content(archive, HEAD), Head)
            since = read(content(archive, SINCE), Since) if SINCE in archive.namelist() else None
        except ValueError as error:
            return Findings((Fault(HEAD, f"The head, or that of before: {error}"),))
        if any(it and it.head.at.utcoffset() != timedelta(0) for it in (head.signed, since and since.signed, earlier)):
            return Findings((Fault(HEAD, "The time of a head is not told in UTC."),))
        seen, signed = _Seen(), head.signed.head
        found = chain(
            _faults_of_head(head, key), _faults_since(head, since, earlier),
            _faults_of_facts(archive, about, signed.of(about.log), seen, progress), _faults_of_packs(archive, seen))
        faults, more = tuple(islice(found, MOST_FAULTS)), sum(1 for _ in found)
    return Findings(
        faults, more, printable(seen.account), str(about.stream), printable(about.log), seen.version, len(seen.packs), signed.at.isoformat(),
        printable(signed.origin), printable(head.key), key is not None, earlier is not None)


def _faults_of_head(head: Head, expected: bytes | None) -> Iterator[Fault]:
    """What is wrong with the head: who signed it, and whether they did."""
    try:
        key = bytes_of(head.key)
        _verify(head.signed, key)
    except ValueError:
        yield Fault(HEAD, "The public key is none.")
    except InvalidSignature:
        yield Fault(HEAD, "The head is not signed with the key that stands beside it: the head was changed, or whoever made it has not the key.")
    else:
        if head.signed.head.origin != sha256(key).hexdigest():
            yield Fault(HEAD, f"The head names another key as its origin than the one beside it, whose SHA-256 is {sha256(key).hexdigest()}.")
        if expected is not None and key != expected:
            yield Fault(HEAD, "The head is signed with another key than the one expected.")
    names = [log.log for log in head.signed.head.logs]
    if names != sorted(set(names)):
        yield Fault(HEAD, "Its logs are not in order, each once.")


def _verify(signed: SignedTreeHead, key: bytes) -> None:
    """InvalidSignature unless it was signed with that key; ValueError if the key is none."""
    try:
        signature = bytes_of(signed.signature)
    except ValueError:
        raise InvalidSignature from None
    Ed25519PublicKey.from_public_bytes(key).verify(signature, signed_bytes(signed.head))


def _faults_of_facts(archive: ZipFile, about: About, log: LogHead | None, seen: _Seen, progress: Progress) -> Iterator[Fault]:
    """What is wrong with the facts, in their order."""
    if log is None:
        yield Fault(HEAD, f"The head knows no log {printable(about.log)}.")
        return
    try:
        for fact_line, proof_line in zip_longest(lines(archive, FACTS), lines(archive, PROOFS)):
            if fact_line is None or proof_line is None:
                yield Fault(FACTS if fact_line is None else PROOFS, f"It has no fact {seen.version + 1}, unlike the other.", version=seen.version + 1)
                return
            yield from _faults_of_fact(fact_line, proof_line, about, log, seen)
            progress(seen.version, about.facts)
    except ValueError as error:
        yield Fault(FACTS, f"After fact {seen.version}: {error}", version=seen.version + 1)
    if seen.version != about.facts:
        yield Fault(FACTS, f"The last fact is {seen.version}, not {about.facts}.", version=seen.version + 1)


def _faults_of_fact(fact_line: bytes, proof_line: bytes, about: About, log: LogHead, seen: _Seen) -> Iterator[Fault]:
    """What is wrong with the next fact."""
    try:
        fact, proof = read(fact_line, StoredFact), read(proof_line, Proof)
    except ValueError as error:
        seen.version += 1
        yield Fault(FACTS, f"Fact {seen.version}, or its proof: {error}", version=seen.version)
        return
    if wrong := _wrong(fact, proof, about, log, seen):
        yield Fault(FACTS, f"Fact {fact.version} ({printable(fact.name)}, position {fact.position}): {wrong}", fact.position, fact.version)
    seen.version, seen.position = fact.version, fact.position
    said = content_of(fact.state)
    seen.account = seen.account or account_of(said)
    seen.packs.update(pinned(said))
    if len(seen.packs) > MOST_FILES:
        raise ValueError(f"They pin more than {MOST_FILES} packs.")


def _wrong(fact: StoredFact, proof: Proof, about: About, log: LogHead, seen: _Seen) -> str:
    """What is wrong with a fact that comes after those seen; "" if nothing is."""
    if fact.version != seen.version + 1:
        return f"It stands where fact {seen.version + 1} ought to: facts were left out, added, or exchanged."
    if fact.stream != about.stream:
        return f"It belongs to another account, {fact.stream}."
    if fact.position <= seen.position:
        return f"It follows on a fact that was recorded later, at position {seen.position}."
    return _unproved(fact, proof, log)


def _unproved(fact: StoredFact, proof: Proof, log: LogHead) -> str:
    """Why a fact is not proved to be in the log; "" if it is."""
    if proof.position != fact.position:
        return f"Its proof is one of position {proof.position}."
    if _root(bytes.fromhex(proof.leaf), proof, log) != log.root:
        return f"It is not proved: its path does not lead to the root of the log {printable(log.log)}."
    if fact.leaf.hex() != proof.leaf:
        return f"It is not what was recorded there: the leaf in the log is {proof.leaf}, and that of this fact {fact.leaf.hex()}."
    return ""


def _root(leaf: bytes, proof: Proof, log: LogHead) -> str:
    """The root (hex) to which a path leads from a leaf; "" if to none."""
    return (root_by_inclusion(proof.position - 1, log.size, leaf, [bytes.fromhex(it) for it in proof.path]) or b"").hex()


def _faults_of_packs(archive: ZipFile, seen: _Seen) -> Iterator[Fault]:
    """What is wrong with the packs: each that a fact pins has to be there, with the content that its hash names, and no other."""
    there = {found[1] for name in archive.namelist() if (found := PACK.fullmatch(name))}
    for name in sorted(seen.packs | there):
        file = pack_file(name)
        if name not in there:
            yield Fault(file, "It is not there, although facts pin it.")
        elif name not in seen.packs:
            yield Fault(file, "No fact pins it.")
        elif (wrong := _wrong_pack(archive, file, name)):
            yield Fault(file, wrong)


def _wrong_pack(archive: ZipFile, file: str, name: str) -> str:
    """What is wrong with a pack of that hash; "" if nothing is."""
    try:
        found = sha256(content(archive, file)).hexdigest()
    except ValueError as error:
        return str(error)
    return "" if found == name else f"It is not the pack that the facts pin: the SHA-256 of its content is {found}."


def _faults_since(head: Head, since: Since | None, earlier: SignedTreeHead | None) -> Iterator[Fault]:
    """Where the head does not agree with the one of before that the dossier has, and with the one that the caller has."""
    if since is not None:
        if since.paths.keys() != {log.log for log in since.signed.head.logs}:
            yield Fault(SINCE, "It has not one path for each log of the head of before.")
        yield from _disagreements(SINCE, head, since.signed, since.paths)
    if earlier is not None and (since is None or since.signed != earlier):
        yield from _disagreements(HEAD, head, earlier, {})


def _disagreements(file: str, head: Head, before: SignedTreeHead, paths: Mapping[str, Path]) -> Iterator[Fault]:
    """Where a head does not begin with one of before."""
    try:
        _verify(before, bytes_of(head.key))
    except (InvalidSignature, ValueError):
        yield Fault(file, "The head of before is not signed with this dossier's key.")
    if before.head.at > head.signed.head.at:
        yield Fault(file, f"That head was taken later than the dossier's: {before.head.at.isoformat()}. Only one of before can be compared.")
        return
    for old in before.head.logs:
        if wrong := _disagreement(old, head.signed.head.of(old.log), paths.get(old.log)):
            yield Fault(file, f"The log {printable(old.log)}: {wrong}")


def _disagreement(old: LogHead, new: LogHead | None, path: Path | None) -> str:
    """Why a log does not begin as it was then; "" if it does."""
    if new is None or new.size < old.size:
        return f"It had {old.size} facts and has {new.size if new else 0} now: facts were taken away."
    if path is None and old.size in (0, new.size):
        path = ()
    if path is None:
        return "Nothing in this dossier shows that it still begins as it was then; ask for one that was made with --since that head."
    try:
        roots = bytes.fromhex(old.root), bytes.fromhex(new.root)
    except ValueError:
        return "One of its roots is none."
    if not is_consistent(old.size, new.size, *roots, [bytes.fromhex(it) for it in path]):
        return f"Its first {old.size} facts are not what they were then: its history was rewritten."
    return ""
