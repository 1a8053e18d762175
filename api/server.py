"""Runs the API: uvicorn on one process, and beside it the sweeper that settles what falls due.

SIGTERM and Ctrl-C end it gently: nobody is let in any more, who is in is answered, WebSockets are told to come back elsewhere, the sweeper
ends between two transactions, and what was to be recorded is. What takes longer than it may is cut off; nothing answered is lost by that.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from threading import Event, Timer

import structlog
import uvicorn
from anyio import to_thread
from starlette.applications import Starlette

from api.app import create_app
from api.http import LARGEST_BODY
from api.metrics import Metrics
from api.roomy import roomy
from api.websocket import Live
from application.proving.taking import heads_taken
from application.wiring import System

PING_SECONDS = 20
OF_STOPPING = 0.8  # the part of the time for stopping that requests have; the rest is for what they were to record
CUT_OFF = 1  # the exit code

log = structlog.stdlib.get_logger(__name__)


class Stopped(Exception):
    """The server ends, and a sweep with it."""


class Server(uvicorn.Server):
    """Uvicorn, which takes leave of WebSockets as it ends, and ends in so many seconds."""

    def __init__(self, config: uvicorn.Config, live: Live, seconds: float) -> None:
        super().__init__(config)
        self._live = live
        self._seconds = seconds

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let nobody in, and see to it that who is in is answered."""
        limit = Timer(self._seconds, cut_off)
        limit.daemon = True
        limit.start()
        for server in self.servers:
            server.close()
        await self._live.leave()
        await super().shutdown(sockets)


def cut_off() -> None:
    """End at once."""
    log.error("stopping took too long, and what was not answered is cut off")
    os._exit(CUT_OFF)


def run(system: System) -> None:
    """Serve until SIGTERM or Ctrl-C; what is being answered is answered first."""
    app = create_app(system)
    app.router.lifespan_context = lambda _app: sweeping(system, app.state.metrics)
    seconds = system.settings.stop_within
    server = Server(configured(app, system.settings.host, system.settings.port, seconds * OF_STOPPING), app.state.live, seconds)
    signal.signal(signal.SIGTERM, server.handle_exit)  # Uvicorn raises the signal again when it has ended, and that is to be no other end
    gc.collect()
    gc.freeze()
    with suppress(KeyboardInterrupt), heads_taken(system):
        roomy(server.run)()


def configured(app: Starlette, host: str, port: int, stop_within: float = 8) -> uvicorn.Config:
    """How the server is run. A WebSocket that does not answer is closed; requests are answered within so many seconds when it ends."""
    return uvicorn.Config(
        app, host=host, port=port, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=max(1, int(stop_within)),
        ws_max_size=LARGEST_BODY, ws_ping_interval=PING_SECONDS, ws_ping_timeout=PING_SECONDS)


@asynccontextmanager
async def sweeping(system: System, metrics: Metrics) -> AsyncIterator[None]:
    """Settle at intervals for as long as the server runs."""
    ended = Event()
    task = asyncio.create_task(sweep(system, metrics, ended))
    try:
        yield
    finally:
        ended.set()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def sweep(system: System, metrics: Metrics, ended: Event) -> None:
    """Catch the read models up and settle, again and again; a failure is logged and tried again the next time."""
    while True:
        try:
            await to_thread.run_sync(lambda: settle(system, metrics, ended))
        except Stopped:
            return
        except Exception:
            log.exception("settling failed; it is tried again", seconds=system.settings.settle_every)
        await asyncio.sleep(system.settings.settle_every)


def settle(system: System, metrics: Metrics, ended: Event) -> None:
    """Settle once. Stopped, between two transactions, if the server has ended."""

    def go_on(done: int, all_: int) -> None:
        log.info("settled", accounts=done, of=all_)
        if ended.is_set():
            raise Stopped

    with metrics.settling():
        system.keep_up()
        metrics.settled.inc(system.settle(go_on))
