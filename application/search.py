"""By which personal text a creator is found: by all of it, whatever its case. Only a keyed mark of it is kept (application/sealing.py)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from typing import NamedTuple
from uuid import UUID

from domain.facts import Fact, Personal


class Findable(NamedTuple):
    """A text in a searchable field of a creator's history."""

    stream: UUID
    field: str
    text: str


def findable(facts: Iterable[Fact], text_of: Callable[[UUID, Personal], str | None]) -> list[Findable]:
    """The texts in these facts that creators are found by; `text_of` tells what a personal text is, None where it was erased."""
    return [
        Findable(fact.stream, field, text)
        for fact in facts for field in fact.event.searchable
        if (personal := getattr(fact.event, field)) and (text := text_of(fact.stream, personal))]


def comparable(text: str) -> str:
    """What texts that count as the same have in common, whatever their case, width or accents' coding: "ada" of "@Ada "; empty: of none."""
    caseless = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", caseless).strip().removeprefix("@").strip()
