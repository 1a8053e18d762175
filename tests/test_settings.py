from __future__ import annotations

import json
import logging
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import structlog
import typer
from pydantic import ValidationError
from structlog.testing import capture_logs
from typer.testing import CliRunner

from api.cli import app
from api.cli_common import Commands
from application.logs import configure, request_context
from application.master import KEY_BYTES
from application.settings import Settings, SettingsInvalid, master_key, places_of, signing_key
from application.wiring import opened
from domain.refusals import Refused
from tests.postgres import settings_in

KEY = bytes(range(KEY_BYTES))
KEY_TEXT = b64encode(KEY).decode()
URL = "postgresql://governance:s3cr3t@db.example/governance"


def problems_of(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsInvalid) as caught:
        Settings.load(environ)
    return caught.value.problems


# Reading them

def test_without_variables_everything_has_its_default() -> None:
    settings = Settings.load({"PATH": "/bin"})
    assert (settings.folder, settings.host, settings.port) == (Path("governance-data"), "127.0.0.1", 8000)
    assert (settings.log_level, settings.log_format, settings.development) == ("INFO", "console", True)
    assert (settings.snapshot_every, settings.settle_every, settings.wait_for_read_models) == (500, 60, 5)
    assert settings.master_key is None
    assert settings.database is None
    assert (settings.signing_key, settings.heads_to, settings.head_every) == (None, None, None)
    assert (settings.ready_within, settings.stop_within) == (None, 10)
    assert settings.packs.name == "packs"


def test_each_variable_is_read(tmp_path: Path) -> None:
    settings = Settings.load({
        "GOVERNANCE_FOLDER": "/srv/data", "GOVERNANCE_HOST": "::1", "GOVERNANCE_PORT": "81", "GOVERNANCE_MASTER_KEY": KEY_TEXT,
        "GOVERNANCE_LOG_LEVEL": "DEBUG", "GOVERNANCE_LOG_FORMAT": "json", "GOVERNANCE_DEVELOPMENT": "false",
        "GOVERNANCE_PACKS": str(tmp_path), "GOVERNANCE_SNAPSHOT_EVERY": "7", "GOVERNANCE_SETTLE_EVERY": "0.5",
        "GOVERNANCE_WAIT_FOR_READ_MODELS": "0", "GOVERNANCE_DATABASE": URL, "GOVERNANCE_READY_WITHIN": "30", "GOVERNANCE_STOP_WITHIN": "25",
        "GOVERNANCE_SIGNING_KEY": KEY_TEXT, "GOVERNANCE_HEADS_TO": "heads.jsonl, https://host/heads", "GOVERNANCE_HEAD_EVERY": "3600",
    })
    assert (settings.folder, settings.host, settings.port, settings.packs) == (Path("/srv/data"), "::1", 81, tmp_path)
    assert (settings.log_level, settings.log_format, settings.development) == ("DEBUG", "json", False)
    assert (settings.snapshot_every, settings.settle_every, settings.wait_for_read_models) == (7, 0.5, 0)
    assert (settings.ready_within, settings.stop_within) == (30, 25)
    assert master_key(settings) == signing_key(settings) == KEY
    assert (places_of(settings.heads_to), settings.head_every) == (["heads.jsonl", "https://host/heads"], 3600)
    assert settings.database is not None
    assert settings.database.get_secret_value() == URL


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert Settings.load({"GOVERNANCE_PORT": ""}).port == Settings().port


def test_only_the_given_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVERNANCE_PORT", "81")
    assert Settings.load({}).port == Settings().port == 8000


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 1


# What is wrong with them

def test_all_that_is_wrong_is_said_at_once() -> None:
    found = problems_of({"GOVERNANCE_PROT": "80", "GOVERNANCE_PORT": "eighty", "GOVERNANCE_SNAPSHOT_EVERY": "0"})
    assert found == (
        "GOVERNANCE_PROT is not a setting; did you mean GOVERNANCE_PORT?",
        "GOVERNANCE_PORT is 'eighty'; it must be a TCP port from 0 to 65535 (0: any free one).",
        "GOVERNANCE_SNAPSHOT_EVERY is '0'; it must be a number of facts, 1 or more.",
    )


def test_a_name_that_is_near_to_none_is_answered_with_all_of_them() -> None:
    (found,) = problems_of({"GOVERNANCE_X": "1"})
    assert found.startswith("GOVERNANCE_X is not a setting; there are GOVERNANCE_FOLDER, ")
    assert all(f"GOVERNANCE_{field.upper()}" in found for field in Settings.model_fields)


@pytest.mark.parametrize(("field", "value"), [
    ("port", "65536"), ("port", "-1"), ("log_level", "LOUD"), ("log_format", "xml"), ("development", "perhaps"),
    ("settle_every", "0"), ("settle_every", "nan"), ("wait_for_read_models", "-1"), ("wait_for_read_models", "inf"),
    ("packs", "/no/such/folder"),
])
def test_an_unfit_value_is_named_with_what_would_be_right(field: str, value: str) -> None:
    (found,) = problems_of({f"GOVERNANCE_{field.upper()}": value})
    assert found.startswith(f"GOVERNANCE_{field.upper()} is ")
    assert value in found
    assert found.endswith(f"; it must be {Settings.model_fields[field].description}.")


def test_every_setting_says_what_it_must_be() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


# Secrets

@pytest.mark.parametrize(("key", "found"), [
    ("not base64!", "not base64"), ("schlüssel", "not base64"), (b64encode(KEY[:16]).decode(), "base64 of 16 bytes"),
])
def test_a_wrong_master_key_is_described_but_not_shown(key: str, found: str) -> None:
    assert problems_of({"GOVERNANCE_MASTER_KEY": key}) == (f"GOVERNANCE_MASTER_KEY is {found}; it must be base64 of 32 random bytes.",)


@pytest.mark.parametrize(("url", "found"), [
    ("mysql://root:s3cr3t@db/x", "no URL that begins with postgresql://"),
    ("postgresql://root:s3cr3t@db/x?sslmod=require", "no URL that PostgreSQL's client understands"),
])
def test_a_wrong_database_is_described_but_not_shown(url: str, found: str) -> None:
    (told,) = problems_of({"GOVERNANCE_DATABASE": url})
    assert told == (
        f"GOVERNANCE_DATABASE is {found}; it must be postgresql://user:password@host/name, or not set for SQLite in the folder.")


def test_a_database_may_be_on_any_of_several_servers() -> None:
    url = "postgresql://governance@db-a,db-b:5433/governance?target_session_attrs=read-write"
    database = Settings.load({"GOVERNANCE_DATABASE": url}).database
    assert database is not None
    assert database.get_secret_value() == url


def test_a_database_that_cannot_be_reached_is_said_at_start(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, f"postgresql://root:s3cr3t@/x?host={tmp_path}")
    with pytest.raises(SettingsInvalid, match="GOVERNANCE_DATABASE names a database that cannot be reached") as caught, opened(settings):
        pass
    assert "s3cr3t" not in str(caught.value)


def test_a_secret_under_a_mistyped_name_is_not_shown() -> None:
    assert problems_of({"GOVERNANCE_MASTERKEY": KEY_TEXT}) == (
        "GOVERNANCE_MASTERKEY is not a setting; did you mean GOVERNANCE_MASTER_KEY?",)


def test_the_master_key_is_in_no_repr() -> None:
    settings = Settings.load({"GOVERNANCE_MASTER_KEY": KEY_TEXT})
    assert KEY_TEXT not in f"{settings!r} {settings}"
    assert str(KEY) not in f"{settings!r} {settings}"


def test_the_databases_password_is_in_no_repr() -> None:
    settings = Settings.load({"GOVERNANCE_DATABASE": URL})
    assert "s3cr3t" not in f"{settings!r} {settings}"


def test_without_a_master_key_a_file_of_its_owner_alone_is_made_with_a_warning(settings: Settings) -> None:
    with capture_logs() as entries:
        key = master_key(settings)
    path = settings.folder / "master.key"
    assert len(key) == KEY_BYTES
    assert path.stat().st_mode & 0o777 == 0o600
    assert [(entry["log_level"], entry["file"]) for entry in entries] == [("warning", str(path))]
    assert [file.name for file in settings.folder.iterdir()] == ["master.key"]


def test_the_key_file_is_read_from_then_on(settings: Settings) -> None:
    key = master_key(settings)
    with capture_logs() as entries:
        assert master_key(settings) == key
    assert entries == []


def test_makers_of_a_key_file_at_the_same_time_agree_on_one_key(settings: Settings) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(master_key, [settings] * 8))) == 1


def test_a_spoilt_key_file_is_described_and_kept(settings: Settings) -> None:
    settings.folder.mkdir()
    path = settings.folder / "master.key"
    path.write_text("half a k")
    with pytest.raises(SettingsInvalid, match=r"master\.key is not base64; it must be base64 of 32 random bytes"):
        master_key(settings)
    assert path.read_text() == "half a k"


# The log

@pytest.mark.usefixtures("log_restored")
def test_the_log_is_one_json_object_a_line_with_the_request_it_belongs_to(capsys: pytest.CaptureFixture[str]) -> None:
    configure(Settings(log_format="json"))
    with request_context("r-1"):
        structlog.stdlib.get_logger("governance").info("appended", facts=3)
        logging.getLogger("uvicorn.error").info("Started on %s", "here", extra={"color_message": "\x1b[1mStarted"})
    structlog.stdlib.get_logger("governance").debug("too fine for this level")
    ours, uvicorns = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["facts"], ours["request"], ours["level"]) == ("appended", 3, "r-1", "info")
    assert (uvicorns["event"], uvicorns["request"], uvicorns["logger"]) == ("Started on here", "r-1", "uvicorn.error")
    assert "color_message" not in uvicorns


@pytest.mark.usefixtures("log_restored")
@pytest.mark.parametrize("log_format", ["console", "json"])
def test_a_traceback_shows_no_local_variable(log_format: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure(Settings.load({"GOVERNANCE_LOG_FORMAT": log_format}))
    handle = "creator-" + "handle"
    try:
        handle.index("!")
    except ValueError:
        structlog.stdlib.get_logger("governance").exception("failed")
    told = capsys.readouterr().err
    assert "ValueError" in told
    assert handle not in told


# The command line

def test_the_version_is_told() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.stdout) == (0, "governance 0.1.0\n")


def failing(problem: BaseException) -> typer.Typer:
    """A command line like ours, whose only command fails so."""
    failing_app = typer.Typer(cls=Commands)

    @failing_app.callback()
    def options() -> None:
        pass

    @failing_app.command()
    def fail() -> None:
        raise problem

    return failing_app


@pytest.mark.parametrize(("problem", "message"), [
    (SettingsInvalid(["GOVERNANCE_PORT is 'x'; it must be [1]."]), "The settings are wrong:\n  GOVERNANCE_PORT is 'x'; it must be [1].\n"),
    (Refused("The window closed on 3 May."), "The window closed on 3 May.\n"),
    (FileNotFoundError(2, "No such file or directory", "a.toml"), "a.toml: No such file or directory.\n"),
])
def test_what_a_person_can_put_right_is_one_message_on_standard_error_and_exit_code_2(problem: Exception, message: str) -> None:
    result = CliRunner().invoke(failing(problem), ["fail"])
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", message)


def test_ctrl_c_is_130_without_a_word() -> None:
    result = CliRunner().invoke(failing(KeyboardInterrupt()), ["fail"])
    assert (result.exit_code, result.output) == (130, "")


def test_a_fault_of_ours_is_not_dressed_up_as_the_callers() -> None:
    result = CliRunner().invoke(failing(RuntimeError("a bug")), ["fail"])
    assert (result.exit_code, str(result.exception)) == (1, "a bug")
