"""What a deployment may choose: one frozen object, read once from `GOVERNANCE_*` variables.

All that is wrong is said at once, before anything starts. A secret never appears in a message, a log or a `repr`.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

import structlog
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import AfterValidator, BeforeValidator, DirectoryPath, Field, SecretBytes, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from application.files import new_file
from application.master import KEY_BYTES, MasterKey, fingerprint_in

PREFIX = "GOVERNANCE_"
SECRET = frozenset({  # what is wrong with them is told, and not what they are
    "master_key", "new_master_key", "database", "signing_key", "heads_to"})
MOST_LOGS = 64
KEY_FILE = "master.key"
NEW_KEY_FILE = "master.key.new"  # while keys are wrapped under it, and until it takes the other's name
KEYS_FILE = "keys.db"
SIGNING_KEY_FILE = "signing.key"

log = structlog.stdlib.get_logger(__name__)


class SettingsInvalid(Exception):
    """Settings that cannot be started with: one sentence for each thing that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(["The settings are wrong:", *(f"  {problem}" for problem in problems)]))
        self.problems = tuple(problems)


def decoded(key: str | bytes) -> bytes:
    """The 32 bytes of a key in base64; ValueError, which says nothing of its content, if it is not one."""
    try:
        raw = b64decode(key, validate=True)
    except ValueError:
        raise ValueError("not base64") from None
    if len(raw) != KEY_BYTES:
        raise ValueError(f"base64 of {len(raw)} bytes")
    return raw


Key = Annotated[SecretBytes, BeforeValidator(decoded)]


def is_postgres(text: str) -> bool:
    """Whether that is meant as a PostgreSQL URL."""
    return text.startswith(("postgresql://", "postgres://"))


def postgres(url: SecretStr) -> SecretStr:
    """A PostgreSQL URL; ValueError, which says nothing of its content, if it is not one."""
    dsn = url.get_secret_value()
    if not is_postgres(dsn):
        raise ValueError("no URL that begins with postgresql://")
    try:
        conninfo_to_dict(dsn)
    except ProgrammingError:
        raise ValueError("no URL that PostgreSQL's client understands") from None
    return url


DatabaseUrl = Annotated[SecretStr, AfterValidator(postgres)]


def places_of(setting: SecretStr | None) -> list[str]:
    """The places that heads are sent to."""
    return [place.strip() for place in setting.get_secret_value().split(",")] if setting else []


def places(setting: SecretStr) -> SecretStr:
    """Places that heads can be sent to; ValueError, which names the first that is none by its number alone, for an address may be a secret."""
    for number, place in enumerate(places_of(setting), start=1):
        if problem := why_no_place(place):
            raise ValueError(f"wrong in its part {number}, which is {problem}")
    return setting


def why_no_place(place: str) -> str:
    """Why nothing can be sent to a place ("": it can, as far as its name tells)."""
    if not place:
        return "empty"
    if "://" not in place:
        return "a folder but no git repository" if Path(place).is_dir() and not (Path(place) / ".git").exists() else ""
    try:
        url = urlsplit(place)
    except ValueError:
        return "no address"
    if url.scheme not in ("http", "https") or not url.hostname:
        return "no address that begins with http:// or https:// and a host"
    return "an address with a user's name or password, which are not sent" if "@" in url.netloc else ""


Places = Annotated[SecretStr, AfterValidator(places)]


class Settings(BaseSettings):
    """The settings of one deployment. Each description completes the sentence "it must be …"."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True)

    folder: Annotated[Path, Field(description="a folder, made if it is not there")] = Path("governance-data")
    database: Annotated[DatabaseUrl | None, Field(description="postgresql://user:password@host/name, or not set for SQLite in the folder")] = None
    logs: Annotated[int | None, Field(ge=1, le=MOST_LOGS, description=(
        f"a number of logs from 1 to {MOST_LOGS}, or not set for as many as the database was made with"))] = None
    host: Annotated[str, Field(min_length=1, description="a host name or address to listen on")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="a TCP port from 0 to 65535 (0: any free one)")] = 8000
    master_key: Annotated[Key | None, Field(description=f"base64 of {KEY_BYTES} random bytes")] = None
    new_master_key: Annotated[Key | None, Field(
        description=f"base64 of {KEY_BYTES} random bytes, for `governance keys rotate`, and not set otherwise")] = None
    signing_key: Annotated[Key | None, Field(description=f"base64 of {KEY_BYTES} random bytes")] = None
    heads_to: Annotated[Places | None, Field(description="files, http(s) addresses and folders of git repositories, with commas between")] = None
    head_every: Annotated[float | None, Field(
        gt=0, allow_inf_nan=False, description="a number of seconds above 0, or not set for heads on demand alone")] = None
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], Field(description="DEBUG, INFO, WARNING or ERROR")] = "INFO"
    log_format: Annotated[Literal["console", "json"], Field(description="console or json")] = "console"
    development: Annotated[bool, Field(description="true or false (true: development tokens are accepted)")] = True
    packs: Annotated[DirectoryPath, Field(description="a folder of pack files that exists")] = Path(__file__).parent.parent / "packs"
    snapshot_every: Annotated[int, Field(ge=1, description="a number of facts, 1 or more")] = 500
    settle_every: Annotated[float, Field(gt=0, allow_inf_nan=False, description="a number of seconds above 0")] = 60.0
    ready_within: Annotated[float | None, Field(
        gt=0, allow_inf_nan=False, description="a number of seconds above 0, or not set for no bound")] = None
    stop_within: Annotated[float, Field(gt=0, allow_inf_nan=False, description="a number of seconds above 0")] = 10.0
    wait_for_read_models: Annotated[float, Field(ge=0, allow_inf_nan=False, description="a number of seconds, 0 or more")] = 5.0

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (the library's signature)
        *_: PydanticBaseSettingsSource, **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is passed in: no variable of the process is read behind the caller's back."""
        return (init_settings,)

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> Self:
        """The settings of an environment, in which an empty value is as good as none; SettingsInvalid says all that is wrong with it."""
        given = {name: value for name, value in environ.items() if name.startswith(PREFIX) and value}
        source = EnvSettingsSource(cls)
        source.env_vars = {name.lower(): value for name, value in given.items()}
        problems = list(unknown(given))
        try:
            settings = cls(**source())
        except ValidationError as error:
            raise SettingsInvalid(problems + [unfit(detail) for detail in error.errors()]) from None
        if problems:
            raise SettingsInvalid(problems)
        return settings


def variable(field: str) -> str:
    """The name of a field's environment variable."""
    return PREFIX + field.upper()


def unknown(given: Mapping[str, str]) -> Iterator[str]:
    """A sentence on each variable that is no setting. Its value is not told: it may be a secret under a mistyped name."""
    known = {variable(field): field for field in Settings.model_fields}
    for name in sorted(given.keys() - known.keys()):
        near = get_close_matches(name.removeprefix(PREFIX).lower(), known.values(), n=1)
        yield f"{name} is not a setting; " + (f"did you mean {variable(near[0])}?" if near else f"there are {', '.join(known)}.")


def unfit(detail: ErrorDetails) -> str:
    """A sentence on a value of the wrong type or out of bounds: what was found, and what would be right."""
    field = str(detail["loc"][0])
    found = detail["ctx"]["error"] if field in SECRET else repr(detail["input"])
    return f"{variable(field)} is {found}; it must be {Settings.model_fields[field].description}."


def master_key(settings: Settings) -> bytes:
    """The key under which every creator's own key is sealed, 32 bytes: the setting, or else the folder's key file, made on first use."""
    if settings.master_key is not None:
        return settings.master_key.get_secret_value()
    path, new = settings.folder / KEY_FILE, settings.folder / NEW_KEY_FILE
    needed = fingerprint_in(settings.folder / KEYS_FILE)
    if needed and (key := waiting_in(new)) and MasterKey(key).fingerprint == needed:
        return key  # its file has not been given its name yet, or the program was stopped before
    if needed and not path.exists():
        raise SettingsInvalid([
            f"{variable('master_key')} is not set and {path} is not there; the keys need the master key with the fingerprint {needed}."])
    return own_key(path, "master key made; who loses it can never read personal data again, who copies it can")


def signing_key(settings: Settings) -> bytes:
    """The private key (Ed25519) that tree heads are signed with, 32 bytes: the setting, or else the folder's key file, made on first use."""
    if settings.signing_key is not None:
        return settings.signing_key.get_secret_value()
    return own_key(settings.folder / SIGNING_KEY_FILE, "signing key made; who copies it can sign another history as this one")


def own_key(path: Path, warning: str) -> bytes:
    """The key in a file, made if it is not there, with a warning."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        make_key_file(path)
        log.warning(warning, file=str(path))
    return key_in(path)


def waiting_in(path: Path) -> bytes | None:
    """The key in a file that may be given another name at any moment; None if it is not there."""
    try:
        return key_in(path)
    except FileNotFoundError:
        return None


def key_in(path: Path) -> bytes:
    """The key in a file; SettingsInvalid if there is none in it."""
    try:
        return decoded(path.read_bytes().strip())
    except ValueError as error:
        raise SettingsInvalid([f"{path} is {error}; it must be base64 of {KEY_BYTES} random bytes."]) from None


def make_key_file(path: Path) -> None:
    """A new key in a file that its owner alone can read: on disk and whole before it has its name, and the first of two makers wins."""
    with suppress(FileExistsError), new_file(path) as file:
        file.write(b64encode(os.urandom(KEY_BYTES)) + b"\n")
