"""Places outside the database that heads are sent to: a file, an HTTP endpoint, a git repository.

Whoever can write the database can rewrite what is kept beside it too; not what others hold. Heads are sent at least once each, in their order.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from itertools import groupby
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import msgspec

from domain.proof.heads import SignedTreeHead

HTTP_SECONDS = 10
GIT_SECONDS = 60
MANY = 1000
IDENTITY = ("-c", "user.name=Creator Governance", "-c", "user.email=governance@localhost")


class CannotSend(Exception):
    """A place took no heads; the message says why, and holds no secret."""


class Sink(Protocol):
    """A place that heads are sent to. `name` is what it is called in messages, `at_once` how many heads it is sent at a time."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def at_once(self) -> int:
        """How many heads it is sent at a time."""

    def send(self, heads: Sequence[SignedTreeHead]) -> None:
        """Hand them over: all of them are there when this returns. CannotSend if not."""


class FileSink:
    """A file that heads are appended to, one on a line; its folder is there."""

    at_once = MANY

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)

    def send(self, heads: Sequence[SignedTreeHead]) -> None:
        """Append them."""
        try:
            append(self.path, heads)
        except OSError as error:
            raise CannotSend(f"{self.name}: {error.strerror}.") from error


class HttpSink:
    """An endpoint that each head is POSTed to, as JSON; it answers 2xx. The path may be a secret, and is not told."""

    at_once = 1

    def __init__(self, url: str) -> None:
        self.url = url
        self.name = "{0.scheme}://{0.netloc}".format(urlsplit(url))

    def send(self, heads: Sequence[SignedTreeHead]) -> None:
        """POST each."""
        for head in heads:
            request = Request(self.url, line(head), {"content-type": "application/json"}, method="POST")  # noqa: S310 - it is http(s)
            try:
                with build_opener(Unmoved).open(request, timeout=HTTP_SECONDS):
                    pass
            except (OSError, HTTPException) as error:  # what is answered with another status than 2xx is among them
                raise CannotSend(f"{self.name}: {error}.") from error


class Unmoved(HTTPRedirectHandler):
    """Follows no redirection: a POST that is sent on becomes a GET, and nobody has taken anything."""

    def redirect_request(self, *_: object) -> None:
        """Stay."""


class GitSink:
    """The work tree of a git repository, with a file for each day (UTC), to which heads are committed. To push is for a hook of its own."""

    at_once = MANY

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = str(folder)

    def send(self, heads: Sequence[SignedTreeHead]) -> None:
        """Append them to their days' files and commit these."""
        files = []
        for day, some in groupby(heads, lambda signed: f"heads-{signed.head.at:%Y-%m-%d}.jsonl"):
            self._write(self.folder / day, list(some))
            files.append(day)
        self._git("add", "--", *files)
        if self._git("status", "--porcelain", "--", *files):
            self._git(*IDENTITY, "commit", "--quiet", f"--message=Tree head of {heads[-1].head.at:%Y-%m-%d %H:%M:%S} UTC", "--", *files)

    def _write(self, path: Path, heads: Sequence[SignedTreeHead]) -> None:
        """Append those that a try before has not left there, uncommitted."""
        try:
            there = frozenset(path.read_bytes().split(b"\n") if path.exists() else ())
            append(path, [head for head in heads if line(head) not in there])
        except OSError as error:
            raise CannotSend(f"{self.name}: {error.strerror}.") from error

    def _git(self, *arguments: str) -> str:
        """What git says."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}  # of a hook that started this, say
        try:
            done = subprocess.run(  # noqa: S603 - the arguments are ours
                ["git", "-C", str(self.folder), *arguments],  # noqa: S607 - whichever git there is
                capture_output=True, text=True, timeout=GIT_SECONDS, env=clean, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CannotSend(f"{self.name}: git could not be run: {error}.") from error
        if done.returncode:
            raise CannotSend(f"{self.name}: git: {(done.stderr or done.stdout).strip()}")
        return done.stdout


def line(signed: SignedTreeHead) -> bytes:
    """A head as it is sent and kept."""
    return msgspec.json.encode(signed)


def append(path: Path, heads: Sequence[SignedTreeHead]) -> None:
    """Append heads to a file, in one write that is on disk afterwards; what a write before left half done is a line of its own."""
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    with open(descriptor, "r+b", buffering=0) as file:  # noqa: PTH123 - of a descriptor
        end = file.seek(0, os.SEEK_END)
        file.seek(max(0, end - 1))
        broken = end > 0 and file.read(1) != b"\n"
        file.write(b"\n" * broken + b"".join(line(head) + b"\n" for head in heads))
        os.fsync(descriptor)


def sinks_of(places: Sequence[str]) -> Mapping[str, Sink]:
    """The places that are named in the settings, each by its name there."""
    return {place: sink_of(place) for place in places}


def sink_of(place: str) -> Sink:
    """A place: an http(s) address, the folder of a git repository, or else a file."""
    if place.startswith(("http://", "https://")):
        return HttpSink(place)
    return GitSink(Path(place)) if Path(place).is_dir() else FileSink(Path(place))
