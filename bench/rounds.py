"""What each way took, round by round: rates and ratios are medians over the rounds, so that one slow moment decides nothing."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from statistics import median
from time import perf_counter
from typing import TypeVar

R = TypeVar("R")


class Rounds:
    """The seconds of each way, and the amount of work, of each round."""

    def __init__(self, ways: Iterable[str]) -> None:
        self.seconds: dict[str, list[float]] = {way: [] for way in ways}
        self.amounts: list[int] = []

    def timed(self, way: str, work: Callable[[], R]) -> R:
        """Do it and note how long it took."""
        gc.collect()
        start = perf_counter()
        result = work()
        self.took(way, perf_counter() - start)
        return result

    def took(self, way: str, seconds: float) -> None:
        """Note how long something took that was timed elsewhere."""
        self.seconds[way].append(seconds)

    def forget(self) -> None:
        """Forget what was noted: it only warmed up."""
        self.amounts.clear()
        for seconds in self.seconds.values():
            seconds.clear()

    def rate(self, way: str) -> float:
        """How much of the work it does in a second."""
        return median(amount / seconds for amount, seconds in zip(self.amounts, self.seconds[way], strict=True))

    def middle(self, way: str) -> float:
        """How many seconds it takes."""
        return median(self.seconds[way])

    def ratio(self, way: str, other: str) -> float:
        """How many times as fast the one is as the other in the same round."""
        return median(theirs / own for own, theirs in zip(self.seconds[way], self.seconds[other], strict=True))

    def has(self, way: str) -> bool:
        """Whether it was measured at all."""
        return bool(self.seconds[way])
