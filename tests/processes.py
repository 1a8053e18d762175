"""Several processes that work at the same moments, and what each of them tells."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import closing
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from typing import Any

SPAWN = multiprocessing.get_context("spawn")
MANY = multiprocessing.get_context("forkserver")  # each is forked from one that has imported everything: many start in the time of a few
MANY.set_forkserver_preload(["tests.test_store_start_process"])


def in_processes(work: Callable[..., None], arguments: list[tuple[Any, ...]], context: BaseContext = SPAWN) -> list[list[Any]]:
    """What each of several processes tells, all of which work at the same moments."""
    start = context.Barrier(len(arguments))
    pipes = [context.Pipe(duplex=False) for _ in arguments]
    processes: list[Any] = [
        context.Process(target=work, args=(*given, start, tell))  # type: ignore[attr-defined]
        for given, (_, tell) in zip(arguments, pipes, strict=True)]
    for process, (_, tell) in zip(processes, pipes, strict=True):
        process.start()
        tell.close()
    found = [list(all_heard(heard)) for heard, _ in pipes]
    for process in processes:
        process.join()
        assert process.exitcode == 0
    return found


def all_heard(heard: Connection) -> Iterator[Any]:
    """All that a process tells until it ends."""
    with closing(heard):
        while True:
            try:
                yield heard.recv()
            except EOFError:
                return
