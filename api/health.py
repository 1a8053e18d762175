"""Whether the process lives, and whether requests can be answered: what an orchestrator asks, and Prometheus."""

from __future__ import annotations

import structlog
from anyio import CapacityLimiter, fail_after, to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.http import JSON, as_json
from api.metrics import Metrics
from application.status import Following, following
from application.status_asking import of_system
from application.wiring import System

THREADS = 2
PATIENCE_SECONDS = 5

log = structlog.stdlib.get_logger(__name__)


class Health:
    """Answers about one system, with threads of its own: it must be heard where all others wait."""

    def __init__(self, system: System, metrics: Metrics) -> None:
        self._system = system
        self._metrics = metrics
        self._threads = CapacityLimiter(THREADS)

    @property
    def routes(self) -> list[Route]:
        """Where it answers."""
        return [Route("/health/live", self.live), Route("/health/ready", self.ready), Route("/metrics", self.told)]

    async def live(self, _request: Request) -> Response:
        """That the process answers. It looks no further: to start it anew helps against nothing else."""
        return as_json({"status": "live"}, JSON, 200, {})

    async def ready(self, _request: Request) -> Response:
        """Whether requests can be answered from read models that follow: 200, or 503 with what is wrong."""
        found = await self._found()
        problems = found.problems + late(found, self._system.settings.ready_within) if found else ["the database does not answer"]
        return as_json({"status": "not ready" if problems else "ready", "problems": problems}, JSON, 503 if problems else 200, {})

    async def told(self, request: Request) -> Response:
        """The metrics."""
        found, accept = await self._found(), request.headers.get("accept", "")
        body, media = await to_thread.run_sync(lambda: self._metrics.told(found, accept))
        return Response(body, 200, {"cache-control": "no-store", "content-type": media})

    async def _found(self) -> Following | None:
        """How far everything has come; None if the database does not answer in time."""
        try:
            with fail_after(PATIENCE_SECONDS):
                return await to_thread.run_sync(
                    lambda: following(of_system(self._system), self._system.clock()), limiter=self._threads, abandon_on_cancel=True)
        except Exception as error:
            log.warning("the database does not answer", error=type(error).__name__, exc_info=not isinstance(error, TimeoutError))
            return None


def late(found: Following, within: float | None) -> list[str]:
    """What lags further behind than it may, a line for each."""
    if within is None:
        return []
    return [f"{model.name} (log {model.log}) lags {model.lag_seconds:,.0f} seconds behind, more than {within:g}" for model in found.models
            if not model.problem and model.lag_seconds is not None and model.lag_seconds > within]
