"""Every event can be told to a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import msgspec
import pytest
from msgspec import inspect

from application.disclosing import FIELDS
from domain.creator.decider import EVENTS
from domain.creator.warnings import WarningKind
from domain.facts import Personal
from projections.columns import document_text
from projections.sentences import PLAIN, TO_CREATORS, TOLD, sentence, sentence_to_creators
from tests.test_projections_histories import varied

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)


def example(kind: inspect.Type, *, full: bool) -> Any:  # noqa: C901, PLR0911, PLR0912  # one for each kind of type
    """A value of a type; with `full`, what may be left out is there."""
    match kind:
        case inspect.StructType():
            given = [field for field in kind.fields if full or field.required]
            return kind.cls(**{field.name: example(field.type, full=full) for field in given})
        case inspect.UnionType():
            options = [option for option in kind.types if not isinstance(option, inspect.NoneType)]
            return example(options[0], full=full) if full else None
        case inspect.EnumType():
            return next(iter(kind.cls))
        case inspect.VarTupleType():
            return (example(kind.item_type, full=full),)
        case inspect.DictType():
            return {"score": example(kind.value_type, full=full)}
        case inspect.UUIDType():
            return UUID(int=1)
        case inspect.DateTimeType():
            return AT
        case inspect.DateType():
            return AT.date()
        case inspect.IntType():
            return 3
        case inspect.FloatType():
            return 0.5
        case inspect.BoolType():
            return True
        case inspect.StrType():
            return "something"
        case inspect.CustomType(cls=cls) if cls is Personal:
            return Personal(token="1:X.1:AAAA")  # noqa: S106  # no password
        case _:
            raise AssertionError(f"no example of {kind}")


def parameters(event: Any) -> Mapping[str, Any]:
    """As the timeline keeps them."""
    found: Mapping[str, Any] = msgspec.json.decode(document_text(event))
    return found


def is_a_sentence(text: str) -> bool:
    return text[0].isupper() or text[0].isdigit()


@pytest.mark.parametrize("full", [True, False], ids=["all said", "the least said"])
@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_event_is_told_in_a_sentence(name: str, *, full: bool) -> None:
    told = sentence(name, parameters(example(inspect.type_info(EVENTS[name]), full=full)))
    assert is_a_sentence(told)
    assert told.endswith(".")
    assert not any(sign in told for sign in ("{", "}", "None", "AAAA", "  ")), told


@pytest.mark.parametrize(("name", "field"), sorted(key for key in FIELDS if key[0] in EVENTS), ids=".".join)
def test_creators_read_nothing_in_a_sentence_that_they_are_not_told(name: str, field: str) -> None:
    given = parameters(example(inspect.type_info(EVENTS[name]), full=True))
    told = sentence_to_creators(name, given)
    assert is_a_sentence(told)
    assert told == sentence_to_creators(name, {**given, field: "planted"})


def test_no_sentence_is_left_over_and_none_is_there_twice() -> None:
    assert PLAIN.keys() | TOLD.keys() == EVENTS.keys()
    assert PLAIN.keys() & TOLD.keys() == set()
    assert TO_CREATORS.keys() - EVENTS.keys() == set()


@pytest.mark.parametrize("kind", WarningKind)
def test_every_kind_of_warning_is_told(kind: WarningKind) -> None:
    assert "warned" in sentence("WarningIssued", {"kind": kind.value})


def test_the_facts_of_a_history_are_told() -> None:
    told = [sentence(type(fact.event).__name__, parameters(fact.event)) for fact in varied(2000).facts]
    assert "The account is under version 1 of creator health rating: the health score went from 200 to 200." in told
    assert "A moderate violation of misleading promotion was confirmed in" in " ".join(told)
    assert [text for text in told if not is_a_sentence(text) or not text.endswith(".")] == []


def test_an_enum_is_told_by_its_value() -> None:
    assert all(isinstance(kind, Enum) for kind in WarningKind)
    assert sentence("AppealSubmitted", {"subject_kind": "CONTENT_MEASURE", "level": 2}) == (
        "An appeal against a content measure was submitted at level 2.")
