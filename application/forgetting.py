"""Keys are destroyed as facts say: those of one kind are followed through the accounts' logs, and how far is kept beside the keys.

So it is done again whenever a process died in between, an older copy of the keys was put back, or another log was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from application.sealing import KeyStore
from application.store import Log, Logs
from domain.creator.state import Account
from domain.facts import Event, Fact

AT_ONCE = 500
REMEMBER_EVERY = 5000  # positions: where there was nothing to forget is not worth a write each time


class Forgetting:
    """Calls `forget` with every fact of a kind that is recorded, in any order and perhaps more than once."""

    def __init__(self, accounts: Logs[Account], keys: KeyStore, event: type[Event], forget: Callable[[Sequence[Fact]], object]) -> None:
        self._accounts, self._keys, self._event, self._forget = accounts, keys, event, forget

    def catch_up(self) -> None:
        """Follow whatever was recorded by now."""
        for log in self._accounts.all:
            self._catch_up_with(log)

    def _catch_up_with(self, log: Log[Account]) -> None:
        last, known = log.last_position(), self._known(log)
        come_to = known
        while facts := log.facts_named([self._event], come_to, last, AT_ONCE):
            self._forget(facts)
            come_to = facts[-1].position
        if last and (come_to > known or last - known >= REMEMBER_EVERY):
            self._keys.remember_followed(self._event.__name__, log.name, last, fact_at(log, last))

    def _known(self, log: Log[Account]) -> int:
        """How far the log was followed; 0 if it is another one by now, an older copy that was put back for one."""
        position, fact = self._keys.followed(self._event.__name__, log.name)
        return position if position and fact_at(log, position) == fact else 0


def fact_at(log: Log[Account], position: int) -> str:
    """Which fact stands at a position of a log; "" if none does."""
    return "".join(f"{UUID(stream)}/{version}" for stream, version, _, _, at in log.recorder.log_rows(position - 1, 1) if at == position)
