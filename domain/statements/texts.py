"""The messages that statements of reasons are written with, and what each may be given. Policy managers write the texts.

The texts are in the syntax of Project Fluent (projectfluent.org): `name = text with { $parameter }`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MESSAGES: dict[str, frozenset[str]] = {
    "title": frozenset({"platform"}),
    "issued": frozenset({"platform", "date"}),
    "part-restriction": frozenset(),
    "part-facts": frozenset(),
    "part-means": frozenset(),
    "part-ground": frozenset(),
    "part-redress": frozenset(),
    "restriction": frozenset({"decision", "what", "content"}),
    "duration": frozenset({"end", "from", "until"}),
    "scope": frozenset({"countries"}),
    "facts": frozenset({"count", "kind", "date", "policy"}),
    "found": frozenset({"facts"}),
    "source": frozenset({"source"}),
    "detection": frozenset({"automated"}),
    "decision": frozenset({"automation"}),
    "ground": frozenset({"ground", "policy", "terms", "law"}),
    "explanation": frozenset({"ground", "text", "law"}),
    "address": frozenset({"address"}),
    "complaint": frozenset({"value", "unit"}),
    "settlement": frozenset(),
    "corrected": frozenset({"correction", "date"}),
    "policy": frozenset({"policy", "title"}),
    "capability": frozenset({"capability"}),
    "content-kind": frozenset({"kind"}),
    "other-content": frozenset(),
    "other-keyword": frozenset({"policy"}),
}
BEGINNING = re.compile(r"^(-?[a-zA-Z][\w-]*) *=", re.MULTILINE)
PARAMETER = re.compile(r"\$([a-zA-Z][\w-]*)")


def written(text: str) -> dict[str, str]:
    """The messages of a text by name, each with all that belongs to it."""
    begins = list(BEGINNING.finditer(text))
    ends = [*(found.start() for found in begins[1:]), len(text)]
    return {found[1]: text[found.end():end] for found, end in zip(begins, ends, strict=False)}


def faults(text: str) -> Iterator[tuple[str, str]]:
    """What is wrong with the messages in one language: what was found, and what would be right."""
    messages = written(text)
    if lacking := sorted(MESSAGES.keys() - messages.keys()):
        yield f"no message {', '.join(lacking)}", f"the messages {', '.join(sorted(MESSAGES))}"
    for name, message in messages.items():
        for parameter in set(PARAMETER.findall(message)) - MESSAGES.get(name, frozenset().union(*MESSAGES.values())):
            known = ", ".join(f"${one}" for one in sorted(MESSAGES.get(name, ()))) or "none"
            yield f"${parameter} in {name}", f"parameters that {name} is given: {known}"
