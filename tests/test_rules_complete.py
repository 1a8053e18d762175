"""Nothing is forgotten: every event has one meaning, every command one decision, every refusal a test that meets it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from msgspec import inspect

from domain.cases import case, desk
from domain.creator import decider
from domain.creator.grammar import (
    BOOKKEEPING,
    DECISIONS,
    MEANINGS,
    AccountNotRegistered,
    Command,
    Order,
    decides,
    evolves,
)
from domain.creator.scheme import RegisterCreator
from domain.facts import Event, Personal
from domain.refusals import Refused, refusal_codes
from tests.rulebook import MODERATOR, SHIPPED, START

TESTS = Path(__file__).parent
NOT_REACHABLE: dict[str, str] = {}  # code of a refusal that no command can meet: why it is there all the same


def subclasses(kind: type) -> Iterator[type]:
    found: type
    for found in kind.__subclasses__():
        yield found
        yield from subclasses(found)


def of_the_account(kind: type, packages: tuple[str, ...] = ("domain.creator",)) -> list[type]:
    """The classes of a kind that the creator's account, or another package, defines, by name."""
    return sorted((found for found in set(subclasses(kind)) if found.__module__.startswith(packages)), key=lambda found: found.__name__)


def names_in(node: ast.AST) -> set[str]:
    return {found.id for found in ast.walk(node) if isinstance(found, ast.Name)}


def refused_in(source: str) -> set[str]:
    """The names of the refusals that a test file expects: `.refused(X)`, `pytest.raises(X)`, also where X is a parameter of the test."""
    expected: set[str] = set()
    for function in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)):
        calls = (node for node in ast.walk(function) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))
        expecting = (call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in ("refused", "raises"))
        names = {name for call in expecting for argument in call.args[:1] for name in names_in(argument)}
        given = {argument.arg for argument in function.args.args}
        expected |= names
        expected |= {name for decorator in function.decorator_list for name in names_in(decorator) if names & given}
    return expected


REFUSALS = of_the_account(Refused, ("domain.creator", "domain.cases"))
CASES = [*case.EVENTS.values(), *subclasses(desk.Command)]
EVENTS = of_the_account(Event)
LEAVES = [event for event in EVENTS if event in MEANINGS]
COMMANDS = of_the_account(Command)
named = lambda kind: kind.__name__  # noqa: E731  # an id for pytest


# Refusals


def test_every_refusal_of_the_account_is_met_by_a_test() -> None:
    met = {name for file in TESTS.glob("test_rules_*.py") for name in refused_in(file.read_text())}
    unmet = {refusal.code() for refusal in REFUSALS if issubclass(refusal, Refused) and refusal.__name__ not in met}
    assert set(NOT_REACHABLE) == unmet


def test_every_refusal_has_a_public_code_of_its_own() -> None:
    codes = refusal_codes()
    assert len(codes) == len(set(subclasses(Refused)))
    assert all(re.fullmatch("[A-Z]+(_[A-Z]+)*", code) for code in codes)
    assert {refusal.code() for refusal in REFUSALS if issubclass(refusal, Refused)} <= set(codes)


# Events and commands


def test_every_event_has_a_meaning_unless_it_is_only_the_kind_of_others() -> None:
    without = [event.__name__ for event in EVENTS if event not in MEANINGS and not event.__subclasses__()]
    assert without == []
    assert [event.__name__ for event in LEAVES if event.__subclasses__()] == []
    assert {event.__name__: event for event in LEAVES} == decider.EVENTS


def test_every_command_has_a_decision() -> None:
    assert {command.__name__: command for command in COMMANDS} == decider.COMMANDS
    assert set(COMMANDS) == set(DECISIONS)


def test_no_event_is_given_a_second_meaning() -> None:
    event = LEAVES[0]
    with pytest.raises(TypeError):
        evolves(event)(MEANINGS[event])


def test_no_command_is_given_a_second_decision() -> None:
    with pytest.raises(TypeError):
        decides(RegisterCreator)(DECISIONS[RegisterCreator])


def test_bookkeeping_is_some_of_the_events() -> None:
    assert set(MEANINGS) > BOOKKEEPING


@pytest.mark.parametrize("kind", [*EVENTS, *COMMANDS, *REFUSALS, *CASES], ids=named)
def test_every_event_command_and_refusal_says_in_a_sentence_what_it_is(kind: type) -> None:
    said = kind.__dict__.get("__doc__") or ""
    assert said.split("\n\n")[0].rstrip().endswith(".")
    assert not said.startswith(f"{kind.__name__}(")  # not what Python makes up


# Samples


def sample(info: inspect.Type | object) -> Any:  # noqa: PLR0911  # one line for each type that a field may have
    """Some value of a type, with every field filled."""
    match info:
        case inspect.StructType(cls=cls, fields=fields):
            return cls(**{field.name: sample(field.type) for field in fields})
        case inspect.UnionType(types=types):
            return sample(next(one for one in types if not isinstance(one, inspect.NoneType)))
        case inspect.CustomType(cls=cls) if cls is Personal:
            return Personal("said in confidence")
        case inspect.VarTupleType(item_type=item):
            return (sample(item), sample(item))
        case inspect.TupleType(item_types=items):
            return tuple(sample(item) for item in items)
        case inspect.DictType(key_type=key, value_type=value):
            return {sample(key): sample(value)}
        case inspect.EnumType(cls=cls):
            return list(cls)[-1]
        case _:
            return PLAIN[type(info)]


PLAIN: dict[type, Any] = {
    inspect.StrType: "ab" * 32, inspect.IntType: 7, inspect.FloatType: 0.25, inspect.BoolType: True, inspect.UUIDType: UUID(int=7),
    inspect.DateType: date(2026, 3, 2), inspect.DateTimeType: datetime(2026, 3, 2, 10, 0, 0, 123456, tzinfo=UTC)}


def example(kind: type) -> Any:
    return sample(inspect.type_info(kind))


def written(value: Any) -> Any:
    assert isinstance(value, Personal)
    return value.text


def read(kind: type, value: Any) -> Any:
    assert kind is Personal
    return Personal(value)


@pytest.mark.parametrize("event", [*LEAVES, *case.EVENTS.values()], ids=named)
def test_every_event_survives_its_way_through_json(event: type) -> None:
    full = example(event)
    stored = msgspec.json.encode(full, enc_hook=written)
    assert msgspec.json.decode(stored, type=event, dec_hook=read) == full


@pytest.mark.parametrize("event", [*LEAVES, *case.EVENTS.values()], ids=named)
def test_an_event_cannot_be_changed(event: type) -> None:
    full = example(event)
    with pytest.raises(AttributeError):
        setattr(full, full.__struct_fields__[0], None)


@pytest.mark.parametrize("command", [command for command in COMMANDS if command is not RegisterCreator], ids=named)
def test_every_command_but_the_registration_is_refused_on_an_account_that_was_never_registered(command: type) -> None:
    with pytest.raises(AccountNotRegistered):
        decider.decide(decider.empty(), Order(example(command), MODERATOR, START), SHIPPED)
