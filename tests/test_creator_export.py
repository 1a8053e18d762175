"""A creator is given everything that is held about the account, and nothing that is others' or the platform's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from msgspec import inspect
from typer.testing import CliRunner

from api.access import STAFF
from api.cli import app
from application.accesses import ACCESSES
from application.disclosing import COLUMNS, FIELDS, PERSONAL, REASONS, SECTIONS
from application.mapper import FactMapper
from application.sealing import KeyStore
from application.taking_out import told_fact
from domain.accesses import PersonalDataAccessed
from domain.creator.decider import EVENTS
from domain.facts import Actor, ActorKind, Event, Fact, Personal
from domain.identity import creator_id
from projections.tables import metadata
from tests.asking import ADMIN, MODERATOR, REVIEWER, SERVICE, World, creator, evidence, world
from tests.raw import breaking, environment, log_database
from tests.test_projections_sentences import example
from tests.test_store_process import MASTER

pytestmark = pytest.mark.usefixtures("log_restored")
ANN = creator_id("ann")
AT = datetime(2026, 3, 2, tzinfo=UTC)
REVIEWED = Actor(ActorKind.REVIEWER, "reviewer-rosalind", "APPEALS_REVIEWER", "team-tulip")
WRITTEN = Actor(ActorKind.AGENCY, "agency-1", on_behalf_of="ann")
EXPORT = "query($id: ID!) { exportCreatorData(creatorId: $id) }"
NAMES_SOMEBODY = ("_by", "owner", "other", "reviewer", "notifier")
NAMES_NOBODY = {("PermissionRevoked", "announced_by"), ("PenaltyImposed", "announced_by"), ("StatementOfReasonsCorrected", "replaced_by")}


def fields() -> Iterator[tuple[str, inspect.Field]]:
    """The fields of every event, and of all that stands in one, with the name of what they are a field of."""
    waiting, seen = [inspect.type_info(event) for event in EVENTS.values()], set[type]()
    while waiting:
        info: Any = waiting.pop()
        if isinstance(info, inspect.StructType) and info.cls not in seen:
            seen.add(info.cls)
            yield from ((info.cls.__name__, field) for field in info.fields)
            waiting += [field.type for field in info.fields]
        waiting += [*getattr(info, "types", ()), *(it for name in ("item_type", "value_type") if (it := getattr(info, name, None)))]


def is_personal(kind: inspect.Type) -> bool:
    return any(isinstance(it, inspect.CustomType) and it.cls is Personal for it in (kind, *getattr(kind, "types", ())))


def planted(value: Any, place: tuple[str, str] = ("", "")) -> Any:
    """A value with a text of its own in every field of personal text."""
    match value:
        case Personal():
            return Personal(f"planted in {place[0]}.{place[1]}")
        case msgspec.Struct():
            kind = type(value).__name__
            return msgspec.structs.replace(value, **{
                name: planted(getattr(value, name), (kind, name)) for name in value.__struct_fields__})
        case tuple():
            return tuple(planted(it, place) for it in value)
        case _:
            return value


def told(event: type[Event], by: Actor, keys: KeyStore) -> str:
    """What the creator is told of a fact with everything in it that there can be."""
    full: Event = planted(example(inspect.type_info(event), full=True))
    mapper = FactMapper(EVENTS, keys)
    (stored,) = mapper.stored([Fact(ANN, 1, full, AT, AT, by)])
    (fact,) = mapper.facts_from_rows([(ANN.hex, 1, stored.topic, stored.state, 1)])
    return json.dumps(told_fact(fact, lambda token: keys.open(ANN, token)))


# From the types

def test_of_every_field_of_personal_text_it_is_said_whether_it_is_the_creators() -> None:
    assert {(kind, field.name) for kind, field in fields() if is_personal(field.type)} == set(PERSONAL)


def test_whatever_is_not_told_is_there_and_nobody_is_named() -> None:
    known = {(kind, field.name) for kind, field in fields()}
    assert not set(FIELDS) - known
    naming = {at for at in known if at[1].endswith(NAMES_SOMEBODY)}
    assert {at for at in naming if not at[1].startswith(("decision_", "content_type", "category_"))} - NAMES_NOBODY == naming & set(FIELDS)
    assert {*FIELDS.values(), *filter(None, PERSONAL.values()), *(why for table in COLUMNS.values() for why in table.values())} == set(REASONS)


def test_no_column_that_names_somebody_of_the_staff_is_told() -> None:
    assert {table.name for table in SECTIONS.values()} | {"creators"} == set(COLUMNS)
    naming = {(name, column.name) for name in COLUMNS for column in metadata.tables[name].columns
              if column.name.endswith((*NAMES_SOMEBODY, "root_cause", "source_reference"))}
    assert {at for at in naming if at[1] not in COLUMNS[at[0]]} == {("appeals", "submitted_by"), ("statements", "replaced_by")}
    assert all(column in metadata.tables[name].columns for name, withheld in COLUMNS.items() for column in withheld)


@pytest.mark.parametrize("by", [REVIEWED, WRITTEN], ids=["staff", "representative"])
def test_every_text_of_the_creators_is_told_and_no_other(tmp_path: Path, by: Actor) -> None:
    with closing(KeyStore(tmp_path / "keys.db", MASTER)) as keys:
        text = "".join(told(event, by, keys) for event in EVENTS.values())
        keys.destroy(ANN)
        erased = "".join(told_fact_erased for event in EVENTS.values() if "planted" in (told_fact_erased := told(event, by, keys)))
    shown = {place for place in PERSONAL if f"planted in {place[0]}.{place[1]}" in text}
    own = {place for place, why in PERSONAL.items() if why is None} | ({("Evidence", "note")} if by is WRITTEN else set())
    assert shown == own
    assert "rosalind" not in text
    assert "tulip" not in text
    assert ("agency-1" in text) is (by is WRITTEN)
    assert erased == ""


# As it is asked for

def lived_in(asked: World) -> tuple[str, str]:
    """An account with a violation, an appeal that was decided, and what nobody but staff may know."""
    ann = asked.registered(handle="@ann-planted", contact="ann@planted.example")
    source = {"kind": "NOTICE", "reference": "notice-of-nora"}
    given = asked.finding(evidence=[evidence("clip/1", retention="DECISION", note="Nora reported it.")], source=source)
    found = asked.done("confirmViolation", {"creatorId": ann, "finding": given, "facts": "It was an untrue claim."}, select="violation { id }")
    violation = found["violation"]["id"]
    asked.told(ann, violation)
    filed = asked.done("submitAppeal", {
        "creatorId": ann, "subject": violation, "grounds": "My grandmother was ill.", "evidence": [evidence("receipt/1", note="From the doctor.")],
    }, creator("ann"), "appeal { id }")
    appeal = filed["appeal"]["id"]
    asked.claimed(ann, appeal)
    asked.done("decideAppeal", {"creatorId": ann, "appealId": appeal, "outcome": "UPHELD", "reasons": "The claim is untrue.",
                                "redress": ["OUT_OF_COURT"]}, REVIEWER)
    asked.done("recordQualityReview", {"creatorId": ann, "subject": violation, "verdict": "CORRECT", "note": "Moderator 1 was quick."},
               "dev:MODERATOR:moderator-9")
    asked.done("linkAccounts", {"creatorId": ann, "other": "bob-of-elsewhere", "relation": "SHOP", "reasons": "Bob pays for both.",
                                "evidence": [evidence("bank/1", retention="ACCOUNT_LINK")]}, MODERATOR)
    asked.done("authoriseRepresentative", {"creatorId": ann, "representative": "agency-1", "kind": "AGENCY"}, SERVICE)
    return ann, violation


def reads(asked: World) -> list[tuple[str, str, tuple[str, ...]]]:
    """By whom and through what everything that is held was read."""
    found = [(fact.actor.id, fact.event) for fact in asked.system.store.log(ACCESSES).facts_after(0, 100)]
    return [(by, event.operation, event.fields) for by, event in found
            if isinstance(event, PersonalDataAccessed) and event.fields == ("CreatorData",)]


def test_a_creator_is_given_everything_and_nothing_of_others(asked: World, tmp_path: Path) -> None:
    ann, _ = lived_in(asked)
    found = asked.ask(EXPORT, creator("ann"), id=ann)["exportCreatorData"]
    text = json.dumps(found)
    for own in ("@ann-planted", "ann@planted.example", "It was an untrue claim.", "My grandmother was ill.", "From the doctor.", "receipt/1",
                "The claim is untrue.", "agency-1"):
        assert own in text, own
    for other in ("moderator-1", "moderator-9", "reviewer-1", "nora", "Nora", "clip/1", "Moderator 1 was quick.", "bob-of-elsewhere", "Bob pays",
                  "bank/1"):
        assert other not in text, other
    assert (found["account"]["externalId"], found["account"]["handle"]) == ("ann", "@ann-planted")
    assert [it["status"] for it in found["violations"]] == ["CONFIRMED"]
    assert [it["kind"] for it in found["violations"][0]["evidence"]] == ["SCREENSHOT"]
    assert [it["grounds"] for it in found["appeals"]] == ["My grandmother was ill."]
    assert found["notices"][0]["informedAt"]
    assert len(found["history"]) == found["facts"] == found["history"][-1]["version"]
    assert found["history"][0]["sentence"] == "The account ann was registered in market US."
    assert {it["what"] for it in found["notTold"]} == {"STAFF", "OTHERS", "INTERNAL", "EVIDENCE", "LEGAL"}

    out = tmp_path / "ann.json"
    answer = CliRunner().invoke(app, ["export", "creator", "ann", "--out", str(out)], env=environment(asked.system.settings))
    assert answer.exit_code == 0, answer.output
    assert json.loads(out.read_text()) | {"at": found["at"]} == found
    assert out.stat().st_mode & 0o777 == 0o600
    again = CliRunner().invoke(app, ["export", "creator", "ann", "--out", str(out)], env=environment(asked.system.settings))
    assert (again.exit_code, "there already" in again.output) == (2, True)

    assert asked.ask(EXPORT, "dev:AGENCY:agency-1", id=ann) == asked.ask(EXPORT, ADMIN, id=ann) == {"exportCreatorData": found}
    assert reads(asked) == [
        ("operator", "governance export creator", ("CreatorData",)), ("agency-1", "exportCreatorData", ("CreatorData",)),
        ("admin-1", "exportCreatorData", ("CreatorData",))], "what the creator reads of itself is not recorded"
    assert [asked.ask(EXPORT, token, id=ann)["exportCreatorData"] for token in (creator("ben"), "dev:AGENCY:agency-2")] == [None, None]
    for role in STAFF - {"ADMIN"}:
        assert asked.failed(EXPORT, f"dev:{role}:somebody", id=ann) == "FORBIDDEN"
    assert asked.ask(EXPORT, ADMIN, id=str(UUID(int=1)))["exportCreatorData"] is None

    asked.system.store.keys.destroy(ANN)
    erased = asked.ask(EXPORT, ADMIN, id=ann)["exportCreatorData"]
    assert (erased["account"]["handle"], erased["appeals"][0]["grounds"]) == ({"erased": True}, {"erased": True})
    assert not [own for own in ("planted", "grandmother", "untrue", "doctor") if own in json.dumps(erased)]
    assert erased["facts"] == found["facts"]


def test_no_file_is_written_that_cannot_be_recorded(tmp_path: Path) -> None:
    with world(tmp_path) as asked:
        asked.registered(handle="@ann-planted")
        with log_database(asked.system.settings) as file:
            for statement in breaking("accesses", "out of order", postgres=False):
                file.execute(statement)
        answer = CliRunner().invoke(app, ["export", "creator", "ann", "--out", str(tmp_path / "x.json")], env=environment(asked.system.settings))
    assert (answer.exit_code, "recorded before it is shown" in answer.output) == (2, True)
    assert [it.name for it in tmp_path.iterdir()] == ["data"]


def test_whoever_is_not_there_is_not_written(tmp_path: Path) -> None:
    answer = CliRunner().invoke(
        app, ["export", "creator", "nobody", "--out", str(tmp_path / "x.json")], env={"GOVERNANCE_FOLDER": str(tmp_path / "data")})
    assert (answer.exit_code, "There is no account 'nobody'" in answer.output) == (2, True), answer.output
    assert not (tmp_path / "x.json").exists()
