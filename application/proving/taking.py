"""Heads taken and sent at intervals, for as long as a server runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import structlog

from application.proving.heads import Heads, heads_of
from application.wiring import System

STOPPING_SECONDS = 1.0  # a head that is being sent meanwhile is sent the next time

log = structlog.stdlib.get_logger(__name__)


@contextmanager
def heads_taken(system: System) -> Iterator[None]:
    """Meanwhile take a head every GOVERNANCE_HEAD_EVERY seconds, the first at once, and send what waits; nothing if that is not set.

    None is taken at the end: to stop is to be quick, and the next start takes one.
    """
    every = system.settings.head_every
    if every is None:
        yield
        return
    ended = Event()
    thread = Thread(target=take_again_and_again, args=(heads_of(system), every, ended), name="heads", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(STOPPING_SECONDS)


def take_again_and_again(heads: Heads, every: float, ended: Event) -> None:
    """Take and send until the end; a failure is logged and tried again the next time."""
    while not ended.is_set():
        try:
            taken = heads.take_when_due(every)
            if taken:
                log.info("tree head taken", root=taken.head.root, facts=sum(it.size for it in taken.head.logs))
            for problem in heads.send():
                log.error("heads could not be sent; they are sent the next time", why=problem)
        except Exception:
            log.exception("no tree head was taken; it is tried again", seconds=every)
        ended.wait(every)
