"""What a command names is never blank, and a digest is a digest: in every command, as its own types say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_type_hints

import msgspec
import pytest
from msgspec import inspect

from domain.creator import decider
from domain.creator.finding import Evidence
from domain.creator.grammar import Command, Order
from domain.creator.notices import NoticeSent, SendNotice
from domain.creator.rewards import ChangeRewardTier, RewardTierChanged
from domain.creator.violations import SuspectViolation
from domain.creator.wellformed import DigestMalformed, TextBlank, TextPadded
from domain.facts import Personal
from domain.identity import Sha256
from domain.refusals import Refused
from tests.rulebook import MODERATOR, START, Story, stories_are_replayed
from tests.test_rules_complete import COMMANDS, example

__all__ = ["stories_are_replayed"]

Path = tuple[str | int, ...]
NO_TEXT = (
    inspect.IntType, inspect.FloatType, inspect.BoolType, inspect.UUIDType, inspect.DateTimeType, inspect.EnumType, inspect.NoneType)


def texts(info: Any, path: Path = (), *, may_be_empty: bool = False) -> Iterator[tuple[Path, bool]]:
    """The paths of the text in a type, each with whether it may be empty. A type that nobody thought of here is an error."""
    match info:
        case inspect.StrType():
            yield path, may_be_empty
        case inspect.StructType(fields=fields):
            for field in fields:
                yield from texts(field.type, (*path, field.name), may_be_empty=field.default is None or field.default == "")
        case inspect.UnionType(types=types):
            for one in types:
                yield from texts(one, path, may_be_empty=may_be_empty)
        case inspect.VarTupleType(item_type=item):
            yield from texts(item, (*path, 0))
        case inspect.CustomType(cls=cls):
            assert cls is Personal
        case _:
            assert isinstance(info, NO_TEXT), f"nobody said whether there is text in {info}"


def put(value: Any, path: Path, text: str) -> Any:
    """The same with that text at the path."""
    if not path:
        return text
    first, *others = path
    if isinstance(first, int):
        return (*value[:first], put(value[first], tuple(others), text), *value[first + 1:])
    return msgspec.structs.replace(value, **{first: put(getattr(value, first), tuple(others), text)})


FIELDS = [(kind, path, may) for kind in COMMANDS for path, may in texts(inspect.type_info(kind))]
REQUIRED = [(kind, path) for kind, path, may in FIELDS if not may or path[-1] == "sha256"]
OPTIONAL = [(kind, path) for kind, path, may in FIELDS if may and path[-1] != "sha256"]


def ids(fields: list[tuple[type, Path]]) -> list[str]:
    return [f"{kind.__name__}.{'.'.join(map(str, path))}" for kind, path in fields]


def refused(command: Command) -> Refused:
    """The refusal that a command meets on an account that is registered."""
    story = Story()
    with pytest.raises(Refused) as caught:
        decider.decide(story.account, Order(command, MODERATOR, START), story.packs)
    return caught.value


@pytest.mark.parametrize("blank", ["", "  "], ids=["nothing", "spaces"])
@pytest.mark.parametrize(("kind", "path"), REQUIRED, ids=ids(REQUIRED))
def test_every_text_that_a_command_must_give_names_something(kind: type, path: Path, blank: str) -> None:
    refusal = refused(put(example(kind), path, blank))
    assert type(refusal) is (DigestMalformed if path[-1] == "sha256" else TextBlank)
    assert refusal.field == ".".join(map(str, path))


@pytest.mark.parametrize(("kind", "path"), OPTIONAL, ids=ids(OPTIONAL))
def test_a_text_that_may_be_left_out_may_be_empty_but_is_not_made_of_spaces(kind: type, path: Path) -> None:
    refusal = refused(put(example(kind), path, "  "))
    assert (type(refusal), refusal.field) == (TextBlank, ".".join(map(str, path)))
    story, command = Story(), put(example(kind), path, "")
    try:
        decider.decide(story.account, Order(command, MODERATOR, START), story.packs)
    except Refused as other:
        assert not isinstance(other, TextBlank | TextPadded | DigestMalformed)  # noqa: PT017  # the sample is no fit command otherwise


def test_the_fields_of_which_this_speaks_are_there() -> None:
    required, optional = ids(REQUIRED), ids(OPTIONAL)
    assert {"SendNotice.channel", "SendNotice.sha256", "SubmitAppeal.evidence.0.sha256", "ConfirmViolation.finding.content.id",
            "ConfirmViolation.finding.evidence.0.reference",
            "ConfirmViolation.language", "SuspendPermission.restrictions.0.item", "FreezeCommission.orders.0", "AdoptScheme.pack"} <= set(required)
    assert {"ConfirmViolation.finding.leaf", "DecideAppeal.root_cause", "AmendViolation.leaf"} <= set(optional)


@pytest.mark.parametrize("tier", ["", " ", "\t", "\u00a0"])
def test_a_space_of_any_kind_names_nothing(tier: str) -> None:
    story = Story()
    assert story.when(ChangeRewardTier(creator=story.creator, tier=tier, promotion_score=300)).refused(TextBlank).field == "tier"


@pytest.mark.parametrize("tier", [" GOLD", "GOLD ", "GOLD\n"])
def test_a_code_with_a_space_around_it_would_be_another_code(tier: str) -> None:
    story = Story()
    command = ChangeRewardTier(creator=story.creator, tier=tier, promotion_score=300)
    assert story.when(command).refused(TextPadded).field == "tier"
    story.when(msgspec.structs.replace(command, tier="GOLD")).then(RewardTierChanged)


@pytest.mark.parametrize("digest", ["", "ab" * 31, "ab" * 33, "AB" * 32, "xy" * 32, "ab" * 32 + "\n", "sha256:" + "ab" * 32])
def test_a_digest_is_64_hexadecimal_digits_in_lower_case(digest: str) -> None:
    story = Story()
    story.confirm()
    sending = SendNotice(
        creator=story.creator, subject=story.latest, channel="INBOX", language="en", template="t", template_version="1", sha256=digest)
    assert story.when(sending).refused(DigestMalformed).field == "sha256"


def test_a_finding_is_held_to_it_in_each_of_its_pieces_of_evidence() -> None:
    story = Story()
    evidence = (Evidence("frame/1", "0" * 64), Evidence("frame/2"))
    command = SuspectViolation(creator=story.creator, finding=story.finding(evidence=evidence))
    assert story.when(command).refused(DigestMalformed).field == "finding.evidence.1.sha256"
    story.when(put(command, ("finding", "evidence", 1, "sha256"), "1" * 64)).includes()


def test_history_is_read_as_it_was_recorded_whatever_commands_are_held_to() -> None:
    assert get_type_hints(NoticeSent, include_extras=True)["sha256"] == Sha256
    old = msgspec.json.decode(b'{"reference":"","sha256":"none"}', type=Evidence)
    assert (old.reference, old.sha256) == ("", "none")
    assert msgspec.json.decode(b'{"reference":"e-1"}', type=Evidence).sha256 == ""
