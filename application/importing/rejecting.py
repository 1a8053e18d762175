"""Lines that could not be taken over: each with its number, the reason, the remedy and itself, in a file to be put right and imported again."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Self

import msgspec

from application.governance import IdempotencyKeyReused
from application.importing.ordering import Numbered
from domain.creator.decider import OccurredBeforeLatest, OccurredBeforeRegistration
from domain.creator.external import ExternalReferenceReused, ExternalViolationUnknown
from domain.creator.grammar import AccountNotRegistered, TimeInFuture
from domain.creator.judging import ContentTooOld, PolicyNotEffective, PolicyNotInMarket, SeverityNotInPolicy
from domain.creator.sanctions import CapabilityUnknown, PenaltyEndBeforeStart
from domain.creator.scheme import AccountAlreadyRegistered
from domain.creator.violations import ContentAlreadyCounted, ViolationAlreadyDecided
from domain.packs.catalogue import MarketNotCovered
from domain.refusals import Refused

REMEDIES: dict[type[Refused], str] = {
    AccountNotRegistered: 'Give the account\'s own line (type "account") too, in the same file or before; if that was refused, put it right first.',
    AccountAlreadyRegistered: "Leave the line out, or give what the account is registered with.",
    MarketNotCovered: "Name a market that a published pack covers (`governance packs list`), or publish its pack first.",
    OccurredBeforeLatest: "Leave it out: what comes before a recorded fact cannot be put in any more.",
    OccurredBeforeRegistration: "Give a time at which the account was open, or leave the line out.",
    TimeInFuture: "Give the time at which it was so; it lies in the past.",
    PolicyNotInMarket: "Name the policy as the market's pack does (`governance packs show`).",
    PolicyNotEffective: "Name the policy that was in force when the content was made; where there was none, leave the line out.",
    SeverityNotInPolicy: "Name a severity and a leaf that the policy has (`governance packs show`).",
    ContentTooOld: "Leave it out: violations in content so old do not count in this market.",
    ContentAlreadyCounted: "Leave it out, or give the count group that it was counted in there.",
    ViolationAlreadyDecided: "Leave it out: this occurrence has been decided here.",
    CapabilityUnknown: "Name what is restricted as the market's pack does.",
    PenaltyEndBeforeStart: "Give the end after the beginning (`at`), or leave `ends_at` out if it has none.",
    ExternalReferenceReused: "Give each decision of an account a reference of its own.",
    ExternalViolationUnknown: "Give the violation's line too, no later than this one; if that was refused, put it right first.",
    IdempotencyKeyReused: "This decision was imported before with other content, which stands. Leave the line out.",
}
OTHERWISE = "Put the line right as the reason says."
FIELDS = {"occurred_at": "at", "creator": "account", "external_id": "account", "key": "reference"}


class Reject(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line that could not be taken over."""

    line: int
    reason: str
    remedy: str
    field: str = ""
    code: str = ""
    original: Any = None


class Rejects:
    """The file of rejected lines. It is there once the import has ended, if there were any; what an earlier run left is replaced."""

    def __init__(self, path: Path, hear: Callable[[Reject], None] = lambda _: None) -> None:
        self.path = path
        self.count = 0
        self._part = path.with_name(path.name + ".part")
        self._hear = hear
        self._file: IO[bytes] | None = None
        self._encode = msgspec.json.Encoder().encode

    def refused(self, line: Numbered, refusal: Refused) -> None:
        """A rule refuses the line."""
        names = refusal.field.removeprefix("finding.").removeprefix("origin.")
        field = FIELDS.get(names, names)
        self._add(Reject(
            line.number, refusal.message, REMEDIES.get(type(refusal), OTHERWISE), field, refusal.code(), original_of(line.text)))

    def unreadable(self, line: Numbered, reason: str, remedy: str) -> None:
        """The line is none."""
        self._add(Reject(line.number, reason, remedy, original=original_of(line.text)))

    def _add(self, reject: Reject) -> None:
        if self._file is None:
            self._file = open(self._part, "wb", opener=private)  # noqa: SIM115  # it is closed at the end
        self._file.write(self._encode(reject) + b"\n")
        self.count += 1
        self._hear(reject)

    def __enter__(self) -> Self:
        self._part.unlink(missing_ok=True)
        return self

    def __exit__(self, failed: type[BaseException] | None, *_: object) -> None:
        if self._file is not None:
            self._file.close()
            self._part.replace(self.path)
        elif failed is None:
            self.path.unlink(missing_ok=True)


def private(path: str, flags: int) -> int:
    """Open a file that its owner alone may read: lines hold personal data."""
    return os.open(path, flags, 0o600)


def original_of(text: bytes) -> Any:
    """A line as it stood there: its object, so that it can be taken out as it is, or else its text."""
    try:
        msgspec.json.decode(text)
        return msgspec.Raw(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return text.decode(errors="replace")
