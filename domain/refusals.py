"""What the rules say when they say no."""

from __future__ import annotations

import re


class Refused(Exception):
    """A command that the rules do not allow.

    Each refusal is a class of its own, in the file of its rule. The class name in UPPER_SNAKE is its public code; the message is a
    sentence to the person refused, with the figures that matter. `field` names the part of the command that was at fault, if one was.
    """

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    @classmethod
    def code(cls) -> str:
        """The public code: `AppealWindowClosed` is APPEAL_WINDOW_CLOSED."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).upper()


def refusal_codes() -> dict[str, type[Refused]]:
    """Every refusal of the domain by its public code; complete once the domain's modules are imported."""
    found: dict[str, type[Refused]] = {}
    waiting = list(Refused.__subclasses__())
    while waiting:
        refusal = waiting.pop()
        waiting += refusal.__subclasses__()
        found[refusal.code()] = refusal
    return dict(sorted(found.items()))
