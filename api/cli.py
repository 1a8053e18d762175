"""The command line: each command reads its arguments, asks the application, and prints the answer.

What a person can put right (settings, a refusal, a file that is not there) is one message on standard error and exit code 2; Ctrl-C
is 130, without a word.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from application.settings import SettingsInvalid
from domain.refusals import Refused

CANNOT = 2
NOT_THERE = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError)


class Commands(TyperGroup):
    """The commands, and the one place where their failures become messages."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; exit with 2 and a message where the caller can put it right."""
        try:
            return super().invoke(ctx)
        except (SettingsInvalid, Refused) as problem:
            say(str(problem))
        except NOT_THERE as problem:
            say(f"{problem.filename}: {problem.strerror}.")
        raise typer.Exit(CANNOT)


app = typer.Typer(
    name="governance",
    cls=Commands,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_show_locals=False,
    help="Creator Governance: the system of record for how a marketplace treats its creators.\n\n"
         "Settings are `GOVERNANCE_*` environment variables.",
)


def say(message: str) -> None:
    """Tell the person at the terminal what is wrong, on standard error."""
    Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(message)


def show_version(asked: Annotated[bool, "whether --version was given"]) -> None:
    """Print the version and stop, if that was asked."""
    if asked:
        typer.echo(f"governance {version('creator-governance')}")
        raise typer.Exit


@app.callback()
def options(
    version_asked: Annotated[  # noqa: FBT002 (Typer makes an option of it)
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version and exit.")] = False,
) -> None:
    """Take the options that come before a command."""


def main() -> None:
    """Run the command line: the `governance` script."""
    app()
