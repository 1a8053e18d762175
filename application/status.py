"""How a deployment is doing, as data: how far everything has come, what is behind, what has stopped, how large it is.

The database is asked in a fixed number of statements, and only read. Positions are dense from 1 in each log, so the last one is also the
number of its facts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from application.proving.heads import latest_in
from application.status_asking import Asking
from projections.catalogue import FIRST_LOGS, models_of
from projections.readmodel import ReadModel
from projections.storing import BESIDE

State = Literal["follows", "stopped", "outdated"]
Place = tuple[str, int]  # a log's name and a position in it


class LogStatus(msgspec.Struct, frozen=True):
    """A log. `number` is its own among those that read models follow (None: none follows it); `position` its last, `facts` their number."""

    name: str
    number: int | None
    position: int
    facts: int


class ModelStatus(msgspec.Struct, frozen=True):
    """A read model of one log.

    `backlog` is the number of facts it lacks, `lag_seconds` how long ago the oldest of them was recorded (0: it lacks none; None: it
    cannot be read). It is "outdated", and must be rebuilt, if its `version` is not the program's (`wanted`), or if it is ahead of the log.
    `stopped_at` is the position of the fact that stopped it.
    """

    name: str
    log: str
    state: State
    position: int
    backlog: int
    lag_seconds: float | None
    version: int
    wanted: int
    stopped_at: int | None = None
    error: str = ""

    @property
    def problem(self) -> str:
        """What is wrong with it, and what to do ("": nothing)."""
        match self.state:
            case "follows":
                return ""
            case "stopped":
                return f"{self.name} (log {self.log}) stopped at position {self.stopped_at}"
            case "outdated" if self.version != self.wanted:
                return f"{self.name} (log {self.log}) is of version {self.version}, not {self.wanted}: governance rebuild {self.name}"
            case "outdated":
                return f"{self.name} (log {self.log}) is ahead of its log: governance rebuild {self.name}"


class FollowerStatus(msgspec.Struct, frozen=True):
    """Something else that follows a log: the appeals desk, or a read model that is being built anew beside the one in use.

    What follows from no fact is noted only now and then, so some backlog is usual.
    """

    name: str
    log: str
    position: int
    backlog: int


class Following(msgspec.Struct, frozen=True):
    """How far everything has come."""

    logs: tuple[LogStatus, ...]
    models: tuple[ModelStatus, ...]
    followers: tuple[FollowerStatus, ...]

    @property
    def problems(self) -> list[str]:
        """What has stopped or must be rebuilt, a line for each."""
        return [model.problem for model in self.models if model.problem]


class SnapshotStatus(msgspec.Struct, frozen=True):
    """The snapshots of a log's streams. `stream` is the one whose snapshot lacks most facts: so many must be folded to load it."""

    log: str
    snapshots: int
    stream: str | None = None
    version: int = 0
    lacks: int = 0


class DatabaseStatus(msgspec.Struct, frozen=True):
    """Which database it is, and how large its parts are, in bytes."""

    kind: str
    version: str
    log_bytes: int
    views_bytes: int
    keys_bytes: int


class HeadStatus(msgspec.Struct, frozen=True):
    """The latest signed tree head: when it was taken (UTC), how long ago, and how many facts it covers."""

    at: datetime
    age_seconds: float
    facts: int


class Status(msgspec.Struct, frozen=True):
    """All of it, at one time (UTC). `keys` is the number of creators who have a key, and so personal text that can be read."""

    at: datetime
    healthy: bool
    problems: tuple[str, ...]
    database: DatabaseStatus
    logs: tuple[LogStatus, ...]
    models: tuple[ModelStatus, ...]
    followers: tuple[FollowerStatus, ...]
    snapshots: tuple[SnapshotStatus, ...]
    keys: int
    head: HeadStatus | None = None


class Recorded(msgspec.Struct):
    """What every stored fact says of itself, whatever it is."""

    recorded_at: datetime


_recorded = msgspec.json.Decoder(Recorded)


def status(asking: Asking, at: datetime) -> Status:
    """How a deployment is doing."""
    now = following(asking, at)
    problems = tuple(now.problems)
    version, log_bytes, views_bytes, keys_bytes = asking.measured()
    return Status(
        at, not problems, problems, DatabaseStatus(asking.kind, version, log_bytes, views_bytes, keys_bytes), now.logs, now.models, now.followers,
        tuple(snapshots_of(asking, log.name) for log in now.logs), asking.keys(), head_of(asking.folder, at))


def head_of(folder: Path, at: datetime) -> HeadStatus | None:
    """What is to be known of the latest head in a folder, if one was taken."""
    latest = latest_in(folder)
    return HeadStatus(latest.head.at, (at - latest.head.at).total_seconds(), sum(it.size for it in latest.head.logs)) if latest else None


def following(asking: Asking, at: datetime) -> Following:
    """How far everything has come, in four statements at most."""
    names = asking.logs()
    rows = asking.positions()
    last = asking.last_positions(names)  # after the positions: nothing is ahead of what was seen
    name_of = {number: name for name in names if (number := number_of(name)) is not None}
    lags = lags_of(asking, {(name_of[row[1]], row[3]) for row in rows if row[1] in name_of}, last, at)
    logs = tuple(LogStatus(name, number_of(name), last[name], last[name]) for name in names)
    models, followers = [], []
    for row in rows:
        name, number, position = row[0], row[1], row[3]
        log = name_of.get(number, str(number))
        if model := models_of(number).get(name):
            models.append(model_status(model, row, log, last.get(log, 0), lags.get((log, position), 0.0)))
        else:
            followers.append(FollowerStatus(told(name), log, position, max(0, last.get(log, 0) - position)))
    return Following(logs, tuple(models), tuple(followers))


def model_status(model: ReadModel, row: Sequence[Any], log: str, last: int, lag: float | None) -> ModelStatus:
    """A read model by its row (name, log, version, position, where it failed, the error)."""
    _, _, version, position, failed_at, error = row
    outdated = version != model.version or position > last
    state: State = "outdated" if outdated else "stopped" if failed_at is not None else "follows"
    return ModelStatus(model.name, log, state, position, max(0, last - position), lag, version, model.version, failed_at, error)


def lags_of(asking: Asking, places: Collection[Place], last: Mapping[str, int], at: datetime) -> dict[Place, float | None]:
    """For each place how long ago the fact after it was recorded, in seconds; None if it does not say. Where none comes after: nothing."""
    behind = sorted((log, position) for log, position in places if position < last.get(log, 0))
    return {(log, position): seconds_since(state, at) for log, position, state in asking.facts_at_next(behind)}


def seconds_since(state: bytes, at: datetime) -> float | None:
    """How long before that time a stored fact was recorded."""
    try:
        return max(0.0, (at - _recorded.decode(state).recorded_at.astimezone(UTC)).total_seconds())
    except (msgspec.MsgspecError, ValueError):
        return None


def snapshots_of(asking: Asking, log: str) -> SnapshotStatus:
    """What is to be known of a log's snapshots."""
    count, oldest = asking.snapshots(log)
    return SnapshotStatus(log, count, *oldest) if oldest else SnapshotStatus(log, count)


def number_of(log: str) -> int | None:
    """The number of a log that read models follow: a further one of accounts ends with it."""
    kind, _, further = log.partition("_")
    return int(further) if further.isdigit() else FIRST_LOGS.get(kind)


def told(name: str) -> str:
    """What a follower is called."""
    return f"{name.removesuffix(BESIDE)} (being built anew)" if name.endswith(BESIDE) else name
