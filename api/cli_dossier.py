"""`governance dossier` and `governance verify-dossier`: an account for an auditor outside, and whether what came is right."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import UUID

import msgspec
import typer

from api.cli_common import NotFound, progress_bar, say
from api.cli_verify import public_key
from api.ids import id_of
from application.proving.dossier_checking import Findings, check
from application.proving.dossier_reading import NoDossier
from application.proving.dossiers import Dossiers
from application.proving.evidence import head_in as head_on
from application.proving.heads import heads_of
from application.wiring import opened
from domain.identity import creator_id
from domain.proof.dossier import Head
from domain.proof.heads import SignedTreeHead

WRONG = 1


def dossier(
        ctx: typer.Context,
        creator: Annotated[str, typer.Argument(help="The account: its id, or the platform's own account id.")],
        out: Annotated[Path | None, typer.Option("--out", help="The file (default: dossier-CREATOR.zip).")] = None,
        since: Annotated[Path | None, typer.Option("--since", help=(
            "A signed head that the auditor has (of several, the last): show that every log still begins as it was then."))] = None) -> None:
    """Write everything that is stored of an account into one file for an outside auditor, with the proof that nothing of it was changed.

    The facts as they are stored, the packs they pin, a proof for each fact, a signed head taken now, and a page that explains it. Personal
    text in it is ciphertext. It takes the place of no other file.

    Examples:
        governance dossier acct-2048

        governance dossier acct-2048 --out acct-2048.zip --since head.json

    """
    before = head_in(since) if since else None
    file = out or Path(f"dossier-{file_part(creator)}.zip")
    with opened(ctx.obj, projecting=False) as system:
        dossiers = Dossiers(system, heads_of(system))
        stream = account(dossiers, creator)
        with progress_bar() as show:
            found = dossiers.write(stream, file, before, show)
    typer.echo(file)
    facts, packs = counted(found.facts, "fact"), counted(found.packs, "pack")
    typer.echo(f"{facts} of {found.account or found.stream} and {packs}, signed with the key {found.key}\n"
               f"Next: hand it over, and the key by another way. The auditor runs: governance verify-dossier {file.name} --key KEY")


def verify_dossier(
        file: Annotated[Path, typer.Argument(help="The dossier.")],
        key: Annotated[str | None, typer.Option("--key", help="The platform's public key as you know it (base64).")] = None,
        head: Annotated[Path | None, typer.Option(
            "--head", help="A signed head that you got before (of several, the last): the dossier must agree with it.")] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Print it as one JSON object, for programs.")] = False) -> None:
    """Tell whether a dossier is right. It needs no database, no network and no settings, and changes nothing.

    It checks every fact against the root of the log, the root against the signed head, that no fact between the first and the last is left
    out, and the packs that the facts pin. Pages for reading (index.html, README.txt) are not looked at.

    The exit code is 0 if all is right, 1 if something is wrong, 2 if there is no dossier.

    Examples:
        governance verify-dossier dossier-acct-2048.zip

        governance verify-dossier dossier-acct-2048.zip --key 'base64 of the public key' --head head-of-last-month.json

        governance verify-dossier dossier-acct-2048.zip --json | jq '.faults[0]'

    """
    expected, before = public_key(key) if key is not None else None, head_in(head) if head else None
    try:
        with file.open("rb") as opened_file, progress_bar() as show:
            found = check(opened_file, expected, before, lambda done, all_: show("Facts", done, all_))
    except NoDossier as problem:
        raise NotFound(f"{file} is no dossier. {problem}") from problem
    if as_json:
        typer.echo(msgspec.json.encode({"sound": found.sound} | msgspec.to_builtins(found)))
    else:
        tell(found)
    if not found.sound:
        raise typer.Exit(WRONG)


def tell(found: Findings) -> None:
    """Print it for people."""
    for fault in found.faults:
        say(f"{fault.file}: {fault.message}" if fault.file else fault.message)
    if found.more:
        say(f"… and {found.more:,} more.")
    if not found.sound:
        typer.echo("Something is wrong with it; what it says is not proved.")
        return
    facts, packs = counted(found.facts, "fact"), counted(found.packs, "pack")
    typer.echo(f"Nothing is wrong with it. Account {found.account or found.stream}: {facts}, numbered from 1 without a gap, and {packs} pinned by "
               f"them, as they were in the log {found.log} at {found.taken_at}, signed with the key {found.key}")
    if not found.key_expected:
        typer.echo("Not checked: whose key that is. Get it in another way than the dossier, and give it with --key.")
    if not found.head_compared:
        typer.echo("Not checked: whether everybody is shown the same log. Give a head that you got before with --head.")
    typer.echo("Not proved: that the account has no later facts; and nothing that index.html and README.txt say.")


def counted(number: int, what: str) -> str:
    """So many of something, in words."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def account(dossiers: Dossiers, given: str) -> UUID:
    """The account of which something is recorded that is meant by an id; NotFound if there is none."""
    candidates = [it for it in (id_of(given, "Creator"), creator_id(given)) if it]
    for candidate in candidates:
        if dossiers.has_facts(candidate):
            return candidate
    raise NotFound(f"There is no account {given!r}: give its id, or the platform's own account id.")


def file_part(text: str) -> str:
    """Text as part of a file's name."""
    return "".join(it if it.isalnum() or it in "-_." else "_" for it in text)


def head_in(file: Path) -> SignedTreeHead:
    """The signed head in a file, of several on lines the last, or that of a dossier; NotFound if there is none."""
    last = next((line for line in reversed(file.read_bytes().splitlines()) if line.strip()), b"")
    if found := head_on(last):
        return found
    try:
        return msgspec.json.decode(last, type=Head).signed
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise NotFound(f"{file} holds no signed tree head: it must be one in JSON on a line, as they are sent, or a dossier's head.json.") from None
