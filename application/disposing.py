"""Evidence whose retention has ended is forgotten: the keys that its notes are sealed under are destroyed.

The facts say what is to be forgotten. How far they were followed is kept beside the keys, in the same transaction: whenever this is
stopped, or an older copy of the keys is put back, it is done again.
"""

from __future__ import annotations

from application.sealing import KeyStore
from application.store import Log, Logs
from domain.creator.retention import EvidenceRetentionEnded
from domain.creator.state import Account

AT_ONCE = 1000
REMEMBER_EVERY = 10_000  # facts of other kinds


class Disposal:
    """What destroys the keys of evidence as the accounts' facts say."""

    def __init__(self, accounts: Logs[Account], keys: KeyStore) -> None:
        self._accounts = accounts
        self._keys = keys
        self._come_to: dict[int, int] = {}

    def catch_up(self) -> int:
        """Destroy the keys of all evidence whose retention has ended so far. Gives of how many pieces."""
        return sum(self._catch_up_with(log) for log in self._accounts.all)

    def _catch_up_with(self, log: Log[Account]) -> int:
        last, remembered = log.last_position(), self._keys.disposed(log.name)
        come_to = max(self._come_to.get(log.number, 0), remembered)
        come_to = come_to if come_to <= last else 0  # the log is an older one than was followed before
        count = 0
        while facts := log.facts_named((EvidenceRetentionEnded,), come_to, last, AT_ONCE):
            pieces = [(fact.stream, piece.evidence_id) for fact in facts if isinstance(fact.event, EvidenceRetentionEnded)
                      for piece in fact.event.evidence]
            come_to = facts[-1].position
            self._keys.dispose(log.name, pieces, come_to)
            count += len(pieces)
        if abs(last - remembered) >= REMEMBER_EVERY and not count:
            self._keys.dispose(log.name, (), last)
        self._come_to[log.number] = last
        return count
