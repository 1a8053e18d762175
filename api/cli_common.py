"""What all commands of the command line share: how failures become messages, and progress bars."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from typer.core import TyperGroup

from application.copying import CannotCopy
from application.proving.dossiers import CannotMake
from application.recorder import TryAgain
from application.rotating import CannotRotate
from application.sealing import WrongMasterKey
from application.settings import SettingsInvalid
from application.statements import TextsBroken
from application.status_asking import NotMade
from application.wiring import FactGone
from domain.facts import Actor, ActorKind
from domain.refusals import Refused

CANNOT = 2
NOT_THERE = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError)
OPERATOR = Actor(ActorKind.POLICY_OWNER, "operator", "POLICY_MANAGER")


class NotFound(Exception):
    """What was asked for is not there; the message says what is."""


WRONG = (SettingsInvalid, WrongMasterKey, NotFound, NotMade, CannotCopy, CannotMake, CannotRotate, FactGone, TextsBroken, TryAgain, Refused)


class Commands(TyperGroup):
    """The commands, and the one place where their failures become messages."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; exit with 2 and a message where the caller can put it right."""
        try:
            return super().invoke(ctx)
        except WRONG as problem:
            say(str(problem))
        except NOT_THERE as problem:
            say(f"{problem.filename}: {problem.strerror}.")
        raise typer.Exit(CANNOT)


def say(message: str) -> None:
    """Tell the person at the terminal something that is not the answer, on standard error."""
    Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(message)


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """A function that shows how far each stage of long work is: its name, how much is done, how much there is."""
    columns = (TextColumn("{task.description:<26}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield show
