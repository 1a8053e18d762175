from __future__ import annotations

import gc
import logging
import os
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
import structlog
from hypothesis import settings as hypothesis_settings

from application.settings import Settings
from tests.asking import World, world
from tests.postgres import database as new_database
from tests.postgres import server

gc.set_threshold(100_000, 50, 100)  # what is imported is much, and does not go: to look through it again and again takes a tenth of the time
hypothesis_settings.register_profile("house", deadline=None, print_blob=True)  # a busy machine is no failure
hypothesis_settings.load_profile("house")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The DSN of a PostgreSQL server: the one that GOVERNANCE_TEST_DATABASE names, or else one of our own."""
    given = os.environ.get("GOVERNANCE_TEST_DATABASE")
    with nullcontext(given) if given else server() as dsn:
        yield dsn


def empty_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The database of a log, empty: "" for SQLite in a folder, or the DSN of one in PostgreSQL."""
    if request.param == "sqlite":
        yield ""
    else:
        with new_database(request.getfixturevalue("postgres")) as dsn:
            yield dsn


BOTH = ("sqlite", "postgres")
database = pytest.fixture(params=BOTH, name="database")(empty_database)
database_of_module = pytest.fixture(params=BOTH, name="database_of_module", scope="module")(empty_database)
other_database_of_module = pytest.fixture(params=BOTH, name="other_database_of_module", scope="module")(empty_database)


@pytest.fixture
def postgres_database(postgres: str) -> Iterator[str]:
    """The DSN of an empty database in PostgreSQL."""
    with new_database(postgres) as dsn:
        yield dsn


@pytest.fixture
def asked(tmp_path: Path, database: str) -> Iterator[World]:
    """A new system that is asked over HTTP."""
    with world(tmp_path, database) as made:
        yield made


@pytest.fixture
def ann(asked: World) -> str:
    """The id of a creator just registered."""
    return asked.registered()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(folder=tmp_path / "data")


@pytest.fixture
def log_restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()
