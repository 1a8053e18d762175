"""`governance verify`: whether anything in the logs was changed, and what."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.text import Text

from api.cli_common import NotFound, progress_bar, say
from api.cli_drift import as_data, lines_of
from application.drift import check
from application.proving.evidence import NoHeads
from application.proving.findings import Verified
from application.proving.trees import refuse_unless_made
from application.proving.verifying import verified
from application.settings import Settings, decoded
from application.wiring import followed_logs, opened

FOUND = 1


def verify(
        ctx: typer.Context,
        heads: Annotated[list[Path] | None, typer.Option(
            "--heads", help="A file of heads that was held elsewhere, or a folder of them (a git repository that they were sent to).")] = None,
        key: Annotated[list[str] | None, typer.Option(
            "--key", help="The public key (base64) that heads must be signed under (default: this deployment's own).")] = None,
        read_models: Annotated[bool, typer.Option(
            "--read-models", help="Compare the read models with a replay of everything, row by row, instead of the logs with their trees.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Print it as one JSON object, for programs.")] = False) -> None:
    """Read every fact of every log, hash it again, and compare that with the trees and with every signed head. It changes nothing.

    Whoever could write the database could rewrite logs, trees and the folder's heads alike: what is held elsewhere (--heads, --key) tells.

    The exit code is 0 if nothing was changed, 1 if something was, 2 if there is nothing to check.

    Examples:
        governance verify

        governance verify --heads /mnt/other/heads.jsonl --key "$(cat governance.pub)"

        governance verify --read-models

        governance verify --json | jq '.findings[] | {kind, log, position, stream}'

    """
    if read_models:
        if heads or key:
            raise NotFound("--heads and --key are of no use with --read-models, which looks at no head; run `governance verify` twice.")
        compare_read_models(ctx.obj, as_json=as_json)
        return
    keys = [public_key(text) for text in key or ()]
    try:
        with progress_bar() as show:
            found = verified(ctx.obj, heads or [], keys, show)
    except NoHeads as problem:
        raise NotFound(str(problem)) from problem
    if as_json:
        typer.echo(msgspec.json.encode(found))
    else:
        tell(found)
    if not found.well:
        raise typer.Exit(FOUND)


def compare_read_models(settings: Settings, *, as_json: bool) -> None:
    """Tell which rows of the read models are not what history gives; those of another version count as wrong, for nothing vouches for them."""
    refuse_unless_made(settings)
    with opened(settings, projecting=False) as system, progress_bar() as show:
        logs = followed_logs(system.store)
        found = check(logs, system.views, show)
        names = system.log_names()
    if as_json:
        typer.echo(msgspec.json.encode(as_data(found, names), enc_hook=str))  # tables have names of a kind of their own
    else:
        typer.echo("\n".join(lines_of(found, names)))
    if found.drifted or found.left_out:
        raise typer.Exit(FOUND)


def public_key(text: str) -> bytes:
    """A public key as it was given."""
    try:
        return decoded(text.strip())
    except ValueError as error:
        raise NotFound(f"--key is {error}; it must be the base64 of 32 bytes that `governance heads key` prints.") from error


def tell(found: Verified) -> None:
    """Print it for people."""
    console = Console(highlight=False, soft_wrap=True)
    for log in found.logs:
        console.print(f"{log.log:<14} {log.facts:>12,} facts, {log.in_tree:,} in the tree, {log.in_head:,} in a signed head that fits")
    for it in found.findings:
        console.print(Text(it.words, "bold red"))
    if found.more:
        console.print(Text(f"{found.more:,} more things are wrong, and not listed.", "bold red"))
    if not found.heads:
        say("No signed head was checked: only the trees vouch for the logs, and whoever can write the database can rewrite both. "
            "`governance heads take` takes one.")
    alone = sum(max(0, log.facts - max(log.in_tree, log.in_head)) for log in found.logs)
    if alone:
        say(f"Nothing vouches yet for {alone:,} {'fact' if alone == 1 else 'facts'}: no tree has taken them in, so no change to them could be told. "
            "`governance heads take` takes them in.")
    wrong = len(found.findings) + found.more
    console.print(f"{wrong:,} {'thing is' if wrong == 1 else 'things are'} wrong." if wrong else
                  f"{'Of all others nothing' if alone else 'Nothing'} was changed: every fact gives the hash that it gave, and every head fits "
                  f"({found.heads:,}).")
