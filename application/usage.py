"""How much this process uses what it has opened: connections, and transactions that callers share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import QueuePool

from application.recorder import Datastore
from application.recorder_postgres import PostgresLogs
from application.recorder_sqlite import SQLiteLogs
from application.together import Figures
from application.wiring import System


class PoolUse(NamedTuple):
    """How many connections of a pool are used and idle, and how many there may be."""

    name: str
    used: int
    idle: int
    most: int


def appends_of(datastore: Datastore) -> Mapping[str, Figures]:
    """How busy the appending to each log is, by name; nothing where callers share no transactions."""
    return datastore.figures() if isinstance(datastore, PostgresLogs) else {}


def pools_of(system: System) -> list[PoolUse]:
    """The pools of connections to the log and to the read models."""
    pools = [log_pool(system.store.datastore)]
    views = system.views.pool
    if isinstance(views, QueuePool):
        most = views.size() + views._max_overflow  # noqa: SLF001  # it has no public name
        pools.append(PoolUse("views", views.checkedout(), views.checkedin(), most))
    return pools


def log_pool(datastore: Datastore) -> PoolUse:
    """The pool of connections to the log."""
    match datastore:
        case PostgresLogs(pool=pool):
            known = pool.get_stats()
            idle = known.get("pool_available", 0)
            return PoolUse("log", known.get("pool_size", 0) - idle, idle, known.get("pool_max", 0))
        case SQLiteLogs(pool=pool):
            return PoolUse("log", pool.num_in_use, pool.num_in_pool, pool.pool_size + pool.max_overflow)
        case other:
            raise TypeError(f"{type(other).__name__} is not known here.")
