"""What all sessions with a PostgreSQL server have in common."""

from __future__ import annotations

import select
from typing import Any

import psycopg

MAKING = 0x676F7665  # the advisory lock under which tables are made


def has_spoken(connection: psycopg.Connection[Any]) -> bool:
    """Whether the server has said anything while nobody asked, as it does when it ends a session. To ask it would cost a round trip."""
    return bool(select.select([connection.fileno()], (), (), 0)[0])
