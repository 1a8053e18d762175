"""Statements of reasons as creators and staff read them over HTTP, and as files for the DSA Transparency Database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
from typer.testing import CliRunner

from api.cli import app
from api.ids import id_of
from application.exporting import Exported, export
from application.governance import Request
from domain.creator.content import DemoteContent, RemoveContent, RestoreContent
from domain.creator.grammar import Command
from domain.creator.state import Measure
from domain.facts import Actor, ActorKind, Personal
from domain.identity import ContentId, creator_id
from domain.packs.publishing import PublishPack
from domain.statements.checking import SorPersonalData, problems
from domain.statements.statement import Statement
from tests.asking import AUDITOR, SERVICE, World, creator, lookups, world
from tests.raw import environment

FIELDS = """puid status subjectKind language schemaVersion issuedAt decisions appliedOn endsOn territories category ground data
correction replacedBy { puid } errors remoteId penalty { id } violations { policy } creator { externalId }"""


MODERATOR = Actor(ActorKind.REVIEWER, "moderator-1", "MODERATOR")


def restricted(asked: World, name: str = "ann", languages: tuple[str, ...] = ("de",)) -> str:
    """The puid of a statement issued to a creator of that name."""
    id = asked.registered(name, jurisdictions=["DE"], languages=list(languages))
    asked.confirmed(id, f"video-of-{name}", "COUNTERFEIT", "MAJOR", facts="Seen on the film: the bag of Ann Example, ann@example.org.")
    asked.confirmed(id, f"second-of-{name}", "COUNTERFEIT", "MAJOR")
    found = asked.ask("query($n: String) { creator(externalId: $n) { restrictions { causes { penalty { statementOfReasons { puid } } } } } }", n=name)
    puid: str = found["creator"]["restrictions"][0]["causes"][0]["penalty"]["statementOfReasons"]["puid"]
    return puid


def stated(asked: World, puid: str, select: str = FIELDS, token: str = AUDITOR) -> Any:
    query = f"query($p: String!) {{ statementOfReasons(puid: $p) {{ {select} }} }}"
    return asked.ask(query, token, p=puid)["statementOfReasons"]


def test_a_statement_is_told_as_data(asked: World) -> None:
    found = stated(asked, restricted(asked))
    assert (found["status"], found["subjectKind"], found["language"], found["schemaVersion"]) == ("ISSUED", "PENALTY", "de", "2")
    assert found["decisions"] == ["DECISION_PROVISION_PARTIAL_SUSPENSION"]
    assert found["category"] == "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS"
    assert found["creator"] == {"externalId": "ann"}
    assert found["violations"] == [{"policy": "COUNTERFEIT"}] * 2
    assert problems(msgspec.convert(found["data"], Statement)) == []


def test_the_creator_reads_it_in_its_own_language_or_another_one(asked: World) -> None:
    puid = restricted(asked)
    found = stated(asked, puid, 'document english: document(language: "en") vietnamese: document(language: "vi")', creator("ann"))
    assert "Seen on the film" in found["document"]
    assert found["document"].startswith("Begründung der Entscheidung")
    assert found["english"].startswith("Statement of reasons")
    assert "Hàng giả" in found["vietnamese"]
    assert asked.failed('query($p: String!) { statementOfReasons(puid: $p) { document(language: "th") } }', p=puid) == "BAD_USER_INPUT"


def test_a_creator_sees_no_reviewer_and_nothing_of_the_database(asked: World) -> None:
    puid = restricted(asked)
    asked.done("reportStatement", {"creatorId": asked.ask('{ creator(externalId: "ann") { id } }')["creator"]["id"], "statementId": puid,
                                   "report": "SUBMITTED", "remoteId": "r-1"}, SERVICE)
    found = stated(asked, puid, FIELDS + " document", creator("ann"))
    assert "moderator" not in json.dumps(found)
    assert (found["remoteId"], found["errors"], found["status"]) == (None, None, "SUBMITTED")


def test_another_creator_sees_none(asked: World) -> None:
    puid = restricted(asked)
    asked.registered("bob")
    assert stated(asked, puid, "puid", creator("bob")) is None
    assert stated(asked, "no-such-puid", "puid") is None


def test_the_free_text_is_in_no_data(asked: World) -> None:
    found = stated(asked, restricted(asked), "data")
    assert "Ann Example" not in json.dumps(found)


def test_the_statements_of_many_penalties_are_read_in_a_fixed_number_of_statements(asked: World) -> None:
    query = "{ creators { nodes { restrictions { causes { penalty { statementOfReasons { puid document violations { id } } } } } } } }"
    counted = []
    for name in ("ann", "bob", "eve"):
        restricted(asked, name)
        with asked.statements() as heard:
            asked.ask(query)
        counted.append(lookups(heard))
    assert len(set(counted)) == 1


# Files for the database


def sent(done: Exported) -> list[dict[str, Any]]:
    return [one for file in done.files for one in json.loads(file.read_text())["statements"]]


def test_what_the_database_has_not_taken_is_written_checked_and_without_personal_data(asked: World, tmp_path: Path) -> None:
    puids = [restricted(asked, name) for name in ("ann", "bob")]
    done = export(asked.system, tmp_path / "out")
    assert [one["puid"] for one in sent(done)] == puids
    assert "Ann Example" not in done.files[0].read_text()
    assert all(problems(msgspec.convert(one, Statement)) == [] for one in sent(done))


def test_to_export_again_writes_what_is_new_alone(asked: World, tmp_path: Path) -> None:
    out = tmp_path / "out"
    restricted(asked, "ann")
    first = export(asked.system, out)
    assert (first.written, export(asked.system, out).files) == (1, ())
    puid = restricted(asked, "bob")
    again = export(asked.system, out)
    assert [one["puid"] for one in sent(again)] == [puid]
    assert [file.name for file in sorted(out.iterdir())] == ["statements-0001.json", "statements-0002.json"]


def test_what_was_taken_is_not_written(asked: World, tmp_path: Path) -> None:
    puid = restricted(asked)
    id = asked.ask('{ creator(externalId: "ann") { id } }')["creator"]["id"]
    asked.done("reportStatement", {"creatorId": id, "statementId": puid, "report": "SUBMITTED", "remoteId": "r-1"}, SERVICE)
    assert export(asked.system, tmp_path / "out").files == ()


def test_a_file_holds_as_many_as_the_database_takes_at_once(asked: World, tmp_path: Path) -> None:
    id = asked.registered(jurisdictions=["DE"])
    violation = asked.confirmed(id, "v-0", "LOW_QUALITY", "MINOR")["violation"]["id"]
    about: dict[str, Any] = {
        "creator": creator_id("ann"), "content_id": ContentId("v-0"), "violation_id": id_of(violation, "Violation")}
    commands: list[Command] = []
    for number in range(101):
        take, measure = (RemoveContent, Measure.REMOVED) if number % 2 == 0 else (DemoteContent, Measure.DEMOTED)
        commands += [take(**about), RestoreContent(**about, measure=measure, reasons=Personal("Again."))]
    asked.system.governance.handle_all(Request(command, MODERATOR) for command in commands)
    for limit, sizes in ((99, [99]), (100, [100]), (None, [100, 1])):
        done = export(asked.system, tmp_path / f"at most {limit}", limit=limit)
        assert [len(json.loads(file.read_text())["statements"]) for file in done.files] == sizes


def test_since_and_limit_choose_the_oldest_from_a_day_on(asked: World, tmp_path: Path) -> None:
    restricted(asked, "ann")
    asked.days(2)
    since = asked.clock.now
    puids = [restricted(asked, name) for name in ("bob", "eve")]
    assert [one["puid"] for one in sent(export(asked.system, tmp_path / "some", since, 1))] == puids[:1]
    assert [one["puid"] for one in sent(export(asked.system, tmp_path / "all", since))] == puids


def test_a_statement_that_is_wrong_is_left_out_and_told(asked: World, tmp_path: Path) -> None:
    us = asked.system.packs().in_force("US", asked.clock.now).pack
    assert us.statement is not None
    texts = us.statement.texts | {"de": us.statement.texts["de"].replace("content-kind =", "content-kind = Fragen an hilfe@example.org,", 1)}
    later = msgspec.structs.replace(us.pack, effective_from=asked.clock.now.date())
    wrong = msgspec.structs.replace(us, pack=later, statement=msgspec.structs.replace(us.statement, texts=texts))
    asked.system.library.publish(PublishPack(wrong), Actor(ActorKind.POLICY_OWNER, "operator"))
    puid, right = restricted(asked, "ann"), restricted(asked, "bob", ("fr",))
    done = export(asked.system, tmp_path / "out")
    assert [one["puid"] for one in sent(done)] == [right]
    ((left_out, faults),) = done.wrong
    assert (left_out, [type(fault) for fault in faults]) == (puid, [SorPersonalData])


def test_the_command_line_says_what_to_do_next(tmp_path: Path, database: str) -> None:
    with world(tmp_path, database) as asked:
        restricted(asked)
    result = CliRunner().invoke(app, ["export", "dsa", "--out", str(tmp_path / "out")], env=environment(asked.system.settings))
    assert result.exit_code == 0, result.output
    assert "1 statements written" in result.stdout
    assert "reportStatement" in result.stdout


def test_a_statement_is_dated_by_the_creators_own_day(asked: World) -> None:
    asked.days(0.75)  # 3 March, 04:00 UTC: still the evening of the 2nd in Los Angeles
    assert "2. März 2026" in stated(asked, restricted(asked), "document")["document"].partition("Was wir entschieden haben")[0]
