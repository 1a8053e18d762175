"""Emmett (npm) as a peer: a child process in Node that is asked by lines of JSON. Where Node or its packages are missing, it is left out."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from bench.figures import progress

PEERS = Path(__file__).parent / "peers"
OLDEST_NODE = 20
LOADED_AT_ONCE = 5


class EmmettFailed(Exception):
    """Emmett could not do what it was asked for."""


class Happened(NamedTuple):
    """One event as Emmett is given it: the very JSON that we store, under the same name."""

    stream: str
    version: int
    type: str
    data: str


class Emmett:
    """A running Emmett with its event store in one database."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def append(self, parts: Sequence[Sequence[Happened]]) -> float:
        """Seconds to append each part by a caller of its own, one event a transaction."""
        return float(self._asked("append", parts=[[it._asdict() for it in part] for part in parts])["seconds"])

    def fill(self, events: Sequence[Happened]) -> None:
        """Append events, all of a stream at once."""
        streams: dict[str, list[dict[str, str]]] = {}
        for it in events:
            streams.setdefault(it.stream, []).append({"type": it.type, "data": it.data})
        self._asked("fill", streams=streams)

    def load(self, stream: str, events: int) -> float:
        """Seconds to read a stream and fold it by counting: the median of a few, for they are timed in Node."""
        answer = self._asked("load", stream=stream, times=LOADED_AT_ONCE)
        if answer["events"] != events:
            raise EmmettFailed(f"{events} events were expected in {stream}, and {answer['events']} read.")
        return float(median(answer["seconds"]))

    def project(self, name: str, types: Sequence[str], events: int) -> float:
        """Seconds to project all events into one document for each stream."""
        answer = self._asked("project", name=name, types=list(types))
        if answer["events"] != events:
            raise EmmettFailed(f"{events} events were expected in the documents, and {answer['events']} are.")
        return float(answer["seconds"])

    def _asked(self, request: str, **given: Any) -> dict[str, Any]:
        assert self._process.stdin is not None  # noqa: S101 - it was started with pipes
        assert self._process.stdout is not None  # noqa: S101
        self._process.stdin.write(json.dumps({"do": request, **given}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise EmmettFailed(f"Emmett ended while it was to {request}.")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise EmmettFailed(answer["error"])
        return answer


def missing() -> str:
    """Why Emmett cannot be asked, and what to do about it; "" if it can."""
    node = shutil.which("node")
    if node is None:
        return f"Emmett is left out: there is no Node on the path. Install Node {OLDEST_NODE} or newer, then `npm ci` in {PEERS}."
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603
    if not told.startswith("v") or int(told[1:].partition(".")[0]) < OLDEST_NODE:
        return f"Emmett is left out: this is Node {told or '?'}, and it needs {OLDEST_NODE} or newer."
    if not (PEERS / "node_modules" / "@event-driven-io" / "emmett-postgresql").exists():
        return f"Emmett is left out: its packages are not installed. Run `npm ci` in {PEERS}."
    return ""


def installed_version() -> str:
    """Emmett's version and Node's."""
    told: dict[str, str] = json.loads((PEERS / "node_modules" / "@event-driven-io" / "emmett-postgresql" / "package.json").read_text())
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()  # noqa: S607
    return f"Emmett {told['version']}, Node {node.removeprefix('v')}"


@contextmanager
def emmett(dsn: str, callers: int = 1, *, wanted: bool = True) -> Iterator[Emmett | None]:
    """An Emmett with its event store in that database, and as many connections as callers; None, and a word, where it cannot run."""
    if not wanted:
        yield None
        return
    if why := missing():
        progress(why + "\n")
        yield None
        return
    process = subprocess.Popen(  # noqa: S603
        ["node", str(PEERS / "emmett.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PEERS)  # noqa: S607
    with process:
        running = Emmett(process)
        try:
            running._asked("open", dsn=dsn, callers=callers)  # noqa: SLF001 - made here
            yield running
            running._asked("close")  # noqa: SLF001
        finally:
            process.kill()
