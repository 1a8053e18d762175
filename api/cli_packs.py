"""`governance packs`: check pack files, publish them, and show what is in force."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from api.cli_common import OPERATOR, Commands, NotFound
from application.library import Library, contents, read_files, read_packs
from application.settings import Settings
from application.wiring import opened
from domain.identity import PackHash
from domain.packs.catalogue import Published
from domain.packs.model import Pack
from domain.packs.publishing import PublishPack
from domain.packs.reading import Resolved
from domain.packs.sources import Figure

packs = typer.Typer(
    cls=Commands, no_args_is_help=True, rich_markup_mode="markdown",
    help="Policy packs: the rules' numbers, as data.\n\nExamples: `governance packs check` · `governance packs publish` · `governance packs show US`")

Folder = Annotated[Path | None, typer.Option("--folder", help="Folder of pack files (default: the shipped ones, or GOVERNANCE_PACKS).")]
OURS = "ours"
MARKS = {"O": "official", "S": "secondary", "P": OURS}


def out() -> Console:
    """The terminal, as wide as it is; when the output is piped, wide enough for a table."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=180)


def resolved(folder: Path | None, settings: Settings) -> tuple[Resolved, ...]:
    """The packs of a folder of files."""
    return read_packs(folder or settings.packs)


@packs.command()
def check(
        ctx: typer.Context,
        files: Annotated[list[Path] | None, typer.Argument(help="Pack files that belong together (default: all of the folder).")] = None,
        folder: Folder = None) -> None:
    """Check pack files; every problem is told at once, with file, key, what was found and what would be right.

    Examples:
        governance packs check

        governance packs check my-scheme.toml

    """
    settings: Settings = ctx.obj
    found = read_files(contents(files)) if files else resolved(folder, settings)
    for pack in found:
        typer.echo(f"ok  {pack.pack.pack.title}  {pack.hash[:12]}  from {' + '.join(pack.layers)}")


@packs.command()
def publish(ctx: typer.Context, folder: Folder = None) -> None:
    """Publish every pack of a folder; what was published before with the same content is left as it is.

    Example:
        governance packs publish --folder my-packs

    """
    settings: Settings = ctx.obj
    with opened(settings) as system:
        for pack in resolved(folder, settings):
            done = system.library.publish(PublishPack(pack.pack), OPERATOR)
            typer.echo(f"{'published' if done else 'unchanged'}  {pack.pack.pack.title}  {pack.hash[:12]}")


@packs.command("list")
def list_(ctx: typer.Context) -> None:
    """List every published version.

    Example:
        governance packs list

    """
    settings: Settings = ctx.obj
    with opened(settings) as system:
        versions = sorted(system.library.catalogue(), key=lambda one: (one.pack.pack.scheme, one.pack.pack.market, one.version))
    if not versions:
        typer.echo("No pack has been published yet. Publish the shipped ones: governance packs publish")
        return
    table = Table("scheme", "market", "version", "in force from (UTC)", "until", "covers", "hash")
    for one in versions:
        header = one.pack.pack
        until = f"{one.effective_until:%Y-%m-%d %H:%M}" if one.effective_until else "–"
        table.add_row(
            header.scheme, header.market, str(one.version), f"{one.effective_from:%Y-%m-%d %H:%M}", until, ", ".join(one.markets), one.hash[:12])
    out().print(table)


@packs.command()
def show(
        ctx: typer.Context, market: Annotated[str, typer.Argument(help="A market that packs cover, such as US or VN.")],
        scheme: Annotated[str, typer.Option(help="Only this scheme.")] = "", folder: Folder = None) -> None:
    """Show every figure that holds in a market, from which file it comes, and how sure it is (official, secondary, ours).

    Examples:
        governance packs show US

        governance packs show VN --scheme creator-health-rating

    """
    settings: Settings = ctx.obj
    found = [pack for pack in resolved(folder, settings) if market in (pack.pack.pack.covers or (pack.pack.pack.market,))]
    found = [pack for pack in found if not scheme or pack.pack.pack.scheme == scheme]
    if not found:
        known = sorted({name for pack in resolved(folder, settings) for name in (pack.pack.pack.covers or (pack.pack.pack.market,))})
        raise NotFound(f"No pack covers market {market!r}; there are packs for: {', '.join(known)}.")
    for pack in found:
        table = Table("figure", "value", "mark", "source", "file", title=f"{pack.pack.pack.title}\n{' → '.join(pack.layers)}  {pack.hash[:12]}")
        for figure in pack.figures:
            table.add_row(figure.key, figure.value, MARKS.get(figure.mark, figure.mark), told_source(figure), figure.file)
        out().print(table)


def told_source(figure: Figure) -> str:
    """Where a figure comes from, with the note on it; of our own only the note."""
    if figure.source == OURS and figure.note:
        return figure.note.removeprefix("ours: ")
    return " – ".join(filter(None, (figure.source, figure.note)))


@packs.command()
def diff(
        ctx: typer.Context, before: Annotated[str, typer.Argument(help="Hash (or its beginning) of a published version.")],
        after: Annotated[str, typer.Argument(help="Hash of another one; without it, the version the files make now.")] = "",
        folder: Folder = None) -> None:
    """Show what differs between two versions.

    Examples:
        governance packs diff 3f2a 9c01

        governance packs diff 3f2a

    """
    settings: Settings = ctx.obj
    with opened(settings) as system:
        old = by_beginning(system.library, before).pack
        new = by_beginning(system.library, after).pack if after else of_files(old, resolved(folder, settings))
    left, right = dict(flat(old)), dict(flat(new))
    changed = [key for key in sorted(left.keys() | right.keys()) if left.get(key) != right.get(key)]
    if not changed:
        typer.echo("The two are the same.")
        return
    table = Table("key", "before", "after")
    for key in changed:
        table.add_row(key, left.get(key, "–"), right.get(key, "–"))
    out().print(table)


def by_beginning(library: Library, name: str) -> Published:
    """The published version whose hash begins so."""
    found = [one for one in library.catalogue() if PackHash(one.hash).startswith(name)]
    if len(found) != 1:
        raise NotFound(f"{len(found)} published versions have a hash that begins with {name!r}; `governance packs list` shows them.")
    return found[0]


def of_files(old: Pack, found: tuple[Resolved, ...]) -> Pack:
    """The pack of the files that belongs to the same scheme and market."""
    for one in found:
        if (one.pack.pack.scheme, one.pack.pack.market) == (old.pack.scheme, old.pack.market):
            return one.pack
    raise NotFound(f"No file makes a pack of {old.pack.scheme} in {old.pack.market}.")


def flat(value: object) -> Iterator[tuple[str, str]]:
    """Every leaf of a pack with the path to it."""
    yield from leaves(msgspec.to_builtins(value), "")


def leaves(node: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every leaf below a node."""
    match node:
        case dict():
            for key, inner in node.items():
                yield from leaves(inner, f"{path}.{key}" if path else str(key))
        case list() | tuple():
            for index, inner in enumerate(node):
                yield from leaves(inner, f"{path}[{index}]")
        case _:
            yield path, str(node)
