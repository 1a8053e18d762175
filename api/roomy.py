"""Room for deep recursion on interpreters that give it out by the page.

CPython keeps Python frames in chunks of 16 KB (python/cpython#142183; 3.11, 3.12 and early 3.13 and 3.14). A recursion that crosses the end
of a chunk for every item of a list, as GraphQL's does, maps and unmaps memory each time, which costs 5 to 8 times the throughput. A
function whose own frame asks for a large stack makes the interpreter start a chunk that all it calls fits into.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
SLOTS = 32_768


def roomy(function: Callable[P, R]) -> Callable[P, R]:
    """The function, with one large chunk for all the frames below it."""

    def call(*given: Any, **named: Any) -> R:
        return function(*given, **named)

    call.__code__ = call.__code__.replace(co_stacksize=SLOTS)
    return call
