"""What the writers of the soak test do, each in a process of its own."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from random import Random
from threading import Lock

import psycopg
from eventsourcing.persistence import OperationalError

from application.governance import Answer, Governance
from domain.identity import creator_id
from tests.test_store_process import ALICE, Fill, Jar, Place, governance

CREATORS = [creator_id(f"creator-{number}") for number in range(24)]
THREADS = 8
LOST = (psycopg.Error, OperationalError)  # the session was ended: whether it was recorded is not known


def write_for_ever(place: Place, writer: str, told: Connection) -> None:
    """Fill jars from several threads until killed; whose session ended while it opened the store is started again."""
    while True:
        with suppress(*LOST), place.open() as store:
            write_on(governance(store), writer, told)


def write_on(jars: Governance[Jar, int], writer: str, told: Connection) -> None:
    """Ask again under the same key until there is an answer, and tell it."""
    lock = Lock()
    with ThreadPoolExecutor(THREADS) as threads:

        def write(thread: int) -> None:
            chance = Random(f"{writer}-{thread}")  # noqa: S311  # a choice, not a secret
            for number in itertools.count():
                key = f"{writer}-{thread}-{number}"
                answer = answered(jars, Fill(chance.choice(CREATORS), chance.randint(1, 9)), key)
                with lock:
                    told.send((key, answer.stream, answer.last_version, answer.position))

        list(threads.map(write, range(THREADS)))


def answered(jars: Governance[Jar, int], command: Fill, key: str) -> Answer:
    """The answer to a command, asked until there is one."""
    while True:
        try:
            return jars.handle(command, by=ALICE, key=key)
        except LOST:
            continue
