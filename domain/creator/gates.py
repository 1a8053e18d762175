"""The gates before a reward, and the restrictions that exclude it: the same for deciding and for explaining."""

from __future__ import annotations

import msgspec

from domain.creator.ledger import Tally
from domain.creator.penalties import restrictions_of
from domain.creator.state import Account, Penalty
from domain.packs.model import Comparison, CounterGate
from domain.packs.model import Reward as RewardRule

PROMOTION_SCORE = "PROMOTION_SCORE"


class Gate(msgspec.Struct, frozen=True):
    """A gate before a reward: a counter by its name, or PROMOTION_SCORE (in hundredths), with its value and what it has to be."""

    name: str
    value: int
    comparison: Comparison
    at: int

    @property
    def open(self) -> bool:
        """Whether it lets the creator through."""
        return self.comparison.holds(self.value, self.at)


def gates_of(account: Account, rule: RewardRule, promotion_score: int) -> tuple[Gate, ...]:
    """Every gate before a reward as the account stands, with this Promotion Performance Score (in hundredths)."""
    least = rule.promotion_score
    first = () if least is None else (Gate(PROMOTION_SCORE, promotion_score, Comparison.AT_OR_ABOVE, least),)
    return first + tuple(Gate(gate.counter, gate_value(account, gate), gate.comparison, gate.at) for gate in rule.gates)


def gate_value(account: Account, gate: CounterGate) -> int:
    """The value a gate looks at; of a counter with groups, all of them together."""
    ledger = account.standing.ledger
    groups = {entry.tally for entry in ledger.entries.values() if entry.tally.startswith(f"{gate.counter}/")}
    return sum(ledger.value(tally) for tally in groups) if groups else ledger.value(Tally(gate.counter))


def excluding(account: Account, rule: RewardRule) -> dict[str, tuple[Penalty, ...]]:
    """The restricted capabilities that exclude a reward, each with the penalties in force that it comes from."""
    found: dict[str, dict[Penalty, None]] = {}
    for restriction, ids in restrictions_of(account).items():
        if restriction.capability in rule.not_while_restricted:
            found.setdefault(restriction.capability, {}).update(dict.fromkeys(account.standing.penalties[id] for id in ids))
    return {capability: tuple(penalties) for capability, penalties in found.items()}
