"""Evidence whose retention has ended is forgotten: the keys that its notes are sealed under are destroyed."""

from __future__ import annotations

from collections.abc import Sequence

from application.forgetting import Forgetting
from application.sealing import KeyStore
from application.store import Logs
from domain.creator.retention import EvidenceRetentionEnded
from domain.creator.state import Account
from domain.facts import Fact


class Disposal:
    """What destroys the keys of evidence as the accounts' facts say."""

    def __init__(self, accounts: Logs[Account], keys: KeyStore) -> None:
        self._keys = keys
        self._forgetting = Forgetting(accounts, keys, EvidenceRetentionEnded, self._dispose)

    def catch_up(self) -> None:
        """Destroy the keys of all evidence whose retention has ended so far."""
        self._forgetting.catch_up()

    def _dispose(self, facts: Sequence[Fact]) -> None:
        self._keys.dispose([(fact.stream, piece.evidence_id) for fact in facts if isinstance(fact.event, EvidenceRetentionEnded)
                            for piece in fact.event.evidence])
