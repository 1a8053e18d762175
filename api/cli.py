"""The command line: each command reads its arguments, asks the application, and prints the answer.

What a person can put right (settings, a refusal, a file that is not there) is one message on standard error and exit code 2; Ctrl-C
is 130, without a word.
"""

from __future__ import annotations

import os
from importlib.metadata import version
from typing import Annotated

import typer

from api.cli_common import Commands, NotFound, progress_bar
from api.cli_copy import copy
from api.cli_dossier import dossier, verify_dossier
from api.cli_export import export
from api.cli_heads import TREE, heads, rebuild_trees
from api.cli_import import import_
from api.cli_keys import keys
from api.cli_packs import packs
from api.cli_project import project
from api.cli_replay import replay
from api.cli_serve import demo, schema, serve
from api.cli_status import status
from api.cli_verify import verify
from application.logs import configure
from application.rebuilding import InProcesses
from application.settings import Settings
from application.wiring import opened
from projections.catalogue import CASE_MODELS, READ_MODELS

app = typer.Typer(
    name="governance",
    cls=Commands,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_show_locals=False,
    help="Creator Governance: the system of record for how a marketplace treats its creators.\n\n"
         "Examples: `governance demo` · `governance packs show US` · `governance serve` · `governance COMMAND --help`\n\n"
         "Settings are `GOVERNANCE_*` environment variables, such as `GOVERNANCE_FOLDER=/srv/governance`.",
)
app.add_typer(packs, name="packs")
app.add_typer(export, name="export")
app.add_typer(keys, name="keys")
app.add_typer(heads, name="heads")
app.command()(demo)
app.command()(serve)
app.command()(project)
app.command()(schema)
app.command()(copy)
app.command()(status)
app.command()(replay)
app.command()(verify)
app.command()(dossier)
app.command()(verify_dossier)
app.command("import")(import_)


WITHOUT_SETTINGS = {"verify-dossier"}  # an auditor has none


def show_version(asked: Annotated[bool, "whether --version was given"]) -> None:
    """Print the version and stop, if that was asked."""
    if asked:
        typer.echo(f"governance {version('creator-governance')}")
        raise typer.Exit


@app.callback()
def options(
    ctx: typer.Context,
    version_asked: Annotated[  # noqa: ARG001 (Typer makes an option of it, and its callback answers)
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version and exit.")] = False,
) -> None:
    """Take the options that come before a command, and read the settings."""
    if ctx.invoked_subcommand not in WITHOUT_SETTINGS:
        ctx.obj = Settings.load(os.environ)
        configure(ctx.obj)


@app.command()
def settle(ctx: typer.Context) -> None:
    """Record what has fallen due on any account: points, penalties, rewards, notices, packs that came into force.

    `serve` does the same every `GOVERNANCE_SETTLE_EVERY` seconds.

    Example:
        governance settle

    """
    with opened(ctx.obj) as system, progress_bar() as show:
        system.projector.catch_up()
        count = system.settle(lambda done, all_: show("Settling accounts", done, all_))
    typer.echo(f"{count} accounts had something due." if count else "Nothing is due.")


@app.command()
def rebuild(
        ctx: typer.Context,
        name: Annotated[str | None, typer.Argument(help="The read model (default: all), or `tree` for the trees over the logs.")] = None,
        processes: Annotated[int | None, typer.Option(
            min=1, help="How many processes build (default: as many as there are cores; one with SQLite, which takes one writer).")] = None) -> None:
    """Build read models anew from the log, beside those in use, and swap them in.

    The trees over the logs are built anew only when they are named: what they kept is what tells which facts were changed.

    Examples:
        governance rebuild

        governance rebuild timeline

        governance rebuild tree

        governance rebuild --processes 8

    """
    if name == TREE:
        rebuild_trees(ctx)
        return
    known = [*READ_MODELS, *CASE_MODELS, TREE]
    if name is not None and name not in known:
        raise NotFound(f"There is no read model {name!r}; there are {', '.join(known)}.")
    with opened(ctx.obj) as system, progress_bar() as show:
        count = processes or (os.cpu_count() or 1 if ctx.obj.database else 1)
        system.projector.rebuild(name, lambda done, all_: show(f"Rebuilding {name or 'all'}", done, all_), InProcesses(ctx.obj, count))
    typer.echo("Rebuilt.")


def main() -> None:
    """Run the command line: the `governance` script."""
    app()
