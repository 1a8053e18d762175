"""`governance heads`: signed tree heads, taken, listed, sent, and compared."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from api.cli_common import Commands, NotFound, progress_bar, say
from application.proving.consistency import consistency as consistent
from application.proving.heads import Heads, HistoryDiffers, heads_of
from application.proving.signing import key_text, verify
from application.proving.trees import NotInTree, TreeStopped
from application.wiring import opened
from domain.proof.heads import SignedTreeHead

FAILED = 1
TREE = "tree"  # as `governance rebuild` knows it

heads = typer.Typer(
    cls=Commands, no_args_is_help=True, rich_markup_mode="markdown",
    help="Signed tree heads: how long each log is, and what is in it, put into a few hashes that others can hold.\n\n"
         "Example: `governance heads take`")


@heads.callback()
def signed() -> None:
    """Take, list, send and compare signed tree heads."""


@heads.command()
def take(ctx: typer.Context) -> None:
    """Sign how every log stands now, keep that in heads.jsonl in the folder, and send it to the places in `GOVERNANCE_HEADS_TO`.

    The exit code is 1 if a place could not be reached (it is sent the head the next time), or if a log does not begin as the last head says.

    Examples:
        governance heads take

        GOVERNANCE_HEADS_TO=/mnt/other/heads.jsonl,https://witness.example/heads governance heads take

    """
    with opened_heads(ctx) as found, progress_bar() as show:
        taken = found.take(show)
        problems = found.send()
    for log in taken.head.logs:
        typer.echo(f"{log.log:<14} {log.size:>12,} facts  {log.root}")
    typer.echo(f"{'all':<14} {sum(log.size for log in taken.head.logs):>12,} facts  {taken.head.root}")
    refuse(problems)


@heads.command("list")
def list_(
        ctx: typer.Context,
        as_json: Annotated[bool, typer.Option("--json", help="Print each as a line of JSON, as it is sent.")] = False) -> None:
    """List the heads that are kept in the folder, the oldest first, by the numbers that `consistency` takes.

    Examples:
        governance heads list

        governance heads list --json > heads.jsonl

    """
    with opened_heads(ctx) as found:
        kept, waiting = found.kept(), found.unsent()
        own = found.signer.public_key
    if as_json:
        for it in kept:
            typer.echo(msgspec.json.encode(it))
        return
    table = Table("Number", "Taken (UTC)", "Facts", "Root over all logs", "Signature", box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for number, it in enumerate(kept, start=1):
        facts = sum(log.size for log in it.head.logs)
        signature = "of this key" if verify(it, own) else "WRONG, or of another key"
        table.add_row(str(number), f"{it.head.at:%Y-%m-%d %H:%M:%S}", f"{facts:,}", f"{it.head.root[:16]}…", signature)
    Console(highlight=False, soft_wrap=True).print(table if kept else "No head was taken yet; `governance heads take` takes one.")
    for place, count in waiting.items():
        typer.echo(f"{place}: {f'{count} heads wait to be sent' if count else 'has them all'}.")


@heads.command()
def send(ctx: typer.Context) -> None:
    """Send every place in `GOVERNANCE_HEADS_TO` the heads it has not taken yet. The exit code is 1 if one could not be reached.

    Example:
        governance heads send

    """
    with opened_heads(ctx) as found:
        if not found.sinks:
            raise NotFound("There is nowhere to send heads to; set GOVERNANCE_HEADS_TO to files, http(s) addresses or git repositories.")
        problems = found.send()
    refuse(problems)
    typer.echo("Every place has all heads.")


@heads.command()
def key(ctx: typer.Context) -> None:
    """Print the public key (Ed25519, base64) that auditors check signatures with. Give it to them by another way than the heads.

    Example:
        governance heads key > governance.pub

    """
    with opened_heads(ctx) as found:
        typer.echo(key_text(found.signer.public_key))
        say(f"Origin in the heads (SHA-256 of the key): {found.signer.origin}")


@heads.command()
def consistency(
        ctx: typer.Context,
        first: Annotated[int | None, typer.Argument(min=1, help="The earlier head, by its number in the list (default: the last but one).")] = None,
        second: Annotated[int | None, typer.Argument(min=1, help="The later one (default: the last).")] = None) -> None:
    """Prove that every log of the later head begins with that of the earlier one, as JSON (RFC 6962, section 2.1.2).

    The exit code is 1 if it cannot be proved, for the trees say otherwise.

    Examples:
        governance heads consistency 1 7

        governance heads consistency > proof.json

    """
    with opened_heads(ctx) as found:
        kept = found.kept()
        proof = consistent(found.trees, chosen(kept, first, len(kept) - 1), chosen(kept, second, len(kept)))
    typer.echo(msgspec.json.format(msgspec.json.encode(proof)))
    refuse([f"It cannot be proved for the log {log}; `governance verify` finds out why." for log in proof.broken])


def rebuild_trees(ctx: typer.Context) -> None:
    """Build the trees over the logs anew, unless a log does not give what the latest head says."""
    with opened_heads(ctx) as found, progress_bar() as show:
        found.rebuild_trees(show)
    typer.echo("Rebuilt.")


def chosen(kept: list[SignedTreeHead], number: int | None, otherwise: int) -> SignedTreeHead:
    """A head by its number in the list."""
    wanted = number or otherwise
    if not 1 <= wanted <= len(kept):
        there = f"there are {len(kept)}" if kept else "none was taken yet"
        raise NotFound(f"There is no head {wanted}: {there}; see `governance heads list`." if number else
                       f"It takes two heads to compare, and {there}; `governance heads take` takes one.")
    return kept[wanted - 1]


def refuse(problems: list[str]) -> None:
    """Say what failed, and end with 1 if anything did."""
    for problem in problems:
        say(problem)
    if problems:
        raise typer.Exit(FAILED)


@contextmanager
def opened_heads(ctx: typer.Context) -> Iterator[Heads]:
    """The heads of the deployment; what cannot be signed or proved ends with 1."""
    try:
        with opened(ctx.obj, projecting=False) as system:
            yield heads_of(system)
    except (HistoryDiffers, TreeStopped, NotInTree) as problem:
        refuse([str(problem)])
