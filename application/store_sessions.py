"""What all sessions with a PostgreSQL server have in common, and those of the log beside."""

from __future__ import annotations

import select
from typing import Any

import psycopg
from psycopg.abc import PQGen
from psycopg.errors import Diagnostic
from psycopg_pool import PoolTimeout

MAKING = 0x676F7665  # the advisory lock under which tables are made
# A machine that is gone without a word is found out in half a minute, whoever is to speak next.
LIVELY: dict[str, Any] = {"connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 30_000}


class Session(psycopg.Connection[tuple[Any, ...]]):
    """A session of the log, which is given up when the server says nothing for `patience` seconds: nobody waits for ever.

    `unsure` when the server has committed without waiting for the standbys that it was told to wait for.
    """

    patience: float | None = None
    unsure = False

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer, as long as the caller says or else as long as patience lasts."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.patience)
        except psycopg.errors._WaitTimeout:  # noqa: SLF001 - it has no other name
            self.close()
            raise psycopg.OperationalError(f"The database has said nothing for {self.patience:g} seconds.") from None

    def heed(self, notice: Diagnostic) -> None:
        """Hear what the server adds: a wait for standbys that somebody cancelled ends in success, and a mere warning."""
        self.unsure |= notice.source_function == "SyncRepWaitForLSN"


def has_spoken(connection: psycopg.Connection[Any]) -> bool:
    """Whether the server has said anything while nobody asked, as it does when it ends a session. To ask it would cost a round trip."""
    return bool(select.select([connection.fileno()], (), (), 0)[0])


def records_nothing(error: psycopg.Error) -> bool:
    """Whether an error leaves no doubt that its transaction was undone: the server itself says so, and goes on."""
    return isinstance(error, PoolTimeout) or error.diag.severity_nonlocalized == "ERROR"
