"""`governance verify`: whether anything in the logs was changed, and what."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.text import Text

from api.cli_common import NotFound, progress_bar, say
from application.proving.evidence import NoHeads
from application.proving.findings import Verified
from application.proving.verifying import verified
from application.settings import decoded

FOUND = 1


def verify(
        ctx: typer.Context,
        heads: Annotated[list[Path] | None, typer.Option(
            "--heads", help="A file of heads that was held elsewhere, or a folder of them (a git repository that they were sent to).")] = None,
        key: Annotated[list[str] | None, typer.Option(
            "--key", help="The public key (base64) that heads must be signed under (default: this deployment's own).")] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Print it as one JSON object, for programs.")] = False) -> None:
    """Read every fact of every log, hash it again, and compare that with the trees and with every signed head. It changes nothing.

    Whoever could write the database could rewrite logs, trees and the folder's heads alike: what is held elsewhere (--heads, --key) tells.

    The exit code is 0 if nothing was changed, 1 if something was, 2 if there is nothing to check.

    Examples:
        governance verify

        governance verify --heads /mnt/other/heads.jsonl --key "$(cat governance.pub)"

        governance verify --json | jq '.findings[] | {kind, log, position, stream}'

    """
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
    console.print(f"{len(found.findings) + found.more:,} things are wrong." if not found.well else
                  f"Nothing was changed: every fact gives the hash that it gave, and all {found.heads:,} heads fit.")
