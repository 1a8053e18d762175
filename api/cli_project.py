"""`governance project`."""

from __future__ import annotations

import signal
from contextlib import suppress
from threading import Event

import typer

from api.cli_common import NotFound, say
from application.settings import variable
from application.wiring import opened


def project(ctx: typer.Context) -> None:
    """Keep the read models in PostgreSQL up to date, as a process of its own, until Ctrl-C or SIGTERM ends it.

    One process at a time projects a read model of a log; any other, `governance serve` too, stands by and takes over when that one ends.
    The log says which turns this one has. What was begun is finished before it ends.

    Example:
        GOVERNANCE_DATABASE=postgresql://governance@db/governance governance project

    """
    if ctx.obj.database is None:  # a second process would but write what the first has written already, and wait for SQLite's one lock
        raise NotFound(f"There is nothing to run: in SQLite whoever records something projects it at once. {variable('database')} is not set.")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with opened(ctx.obj) as system, system.followed(), suppress(KeyboardInterrupt):
        say("Following the logs – stop with Ctrl-C.")
        Event().wait()
