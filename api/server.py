"""Runs the API: uvicorn on one process, and beside it the sweeper that settles what falls due."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
import uvicorn
from anyio import to_thread
from starlette.applications import Starlette

from api.app import create_app
from api.http import LARGEST_BODY
from api.roomy import roomy
from application.wiring import System

PING_SECONDS = 20

log = structlog.stdlib.get_logger(__name__)


def run(system: System) -> None:
    """Serve until interrupted; what is being answered is answered first."""
    app = create_app(system)
    app.router.lifespan_context = lambda _app: sweeping(system)
    config = configured(app, system.settings.host, system.settings.port)
    gc.collect()
    gc.freeze()
    with suppress(KeyboardInterrupt):
        roomy(uvicorn.Server(config).run)()


def configured(app: Starlette, host: str, port: int) -> uvicorn.Config:
    """How the server is run. A WebSocket that does not answer is closed; so are all of them when the server ends."""
    return uvicorn.Config(
        app, host=host, port=port, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=10,
        ws_max_size=LARGEST_BODY, ws_ping_interval=PING_SECONDS, ws_ping_timeout=PING_SECONDS)


@asynccontextmanager
async def sweeping(system: System) -> AsyncIterator[None]:
    """Settle at intervals for as long as the server runs."""
    task = asyncio.create_task(sweep(system))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def sweep(system: System) -> None:
    """Catch the read models up and settle, again and again; a failure is logged and tried again the next time."""
    while True:
        try:
            await to_thread.run_sync(system.keep_up)
            await to_thread.run_sync(system.settle)
        except Exception:
            log.exception("settling failed; it is tried again", seconds=system.settings.settle_every)
        await asyncio.sleep(system.settings.settle_every)
