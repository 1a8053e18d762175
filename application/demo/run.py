"""Makes the demo's store: packs published, a year played, in a folder of its own that appears only when it is whole."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from application.demo.agenda import register
from application.demo.people import POLICY_OWNER, invent
from application.demo.play import Play, PlayedClock
from application.library import read_packs
from application.settings import Settings, SettingsInvalid, variable
from application.wiring import CREATORS, System, opened
from domain.packs.model import Severity
from domain.packs.publishing import PublishPack

SEED = 20
CREATORS_INVENTED = 2000
NOTE = "demo.txt"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Played:
    """What a demo holds."""

    creators: int
    commands: int
    facts: int
    refused: dict[str, int]


def is_there(folder: Path) -> bool:
    """Whether the folder holds a whole demo."""
    return (folder / NOTE).exists()


def make(settings: Settings, today: date, progress: Progress, *, creators: int = CREATORS_INVENTED, seed: int = SEED) -> Played:
    """Play the year that ends at the midnight with which `today` begins (UTC). One that was interrupted before is begun anew.

    `progress` hears of the stage, how much of it is done, and how much there is.
    """
    making = settings.folder.with_name(settings.folder.name + ".making")
    shutil.rmtree(making, ignore_errors=True)
    end = datetime.combine(today, time(), UTC)
    clock = PlayedClock(a_year_before(end))
    with opened(settings.model_copy(update={"folder": making}), clock, projecting=False) as system:
        if facts_in(system) or tuple(system.packs()):
            raise SettingsInvalid([f"{variable('database')} names a database that is not empty, and {settings.folder} holds no demo of it."])
        played = play(system, clock, end, progress, creators, seed)
        system.projector.rebuild(None, lambda done, all_: progress("Building the read models", done, all_))
    (making / NOTE).write_text(f"A demo of {creators} invented creators, seed {seed}, until {today}.\n")
    shutil.rmtree(settings.folder, ignore_errors=True)
    making.rename(settings.folder)
    return played


def a_year_before(end: datetime) -> datetime:
    """When the year that ends then began."""
    return end.replace(year=end.year - 1) if (end.month, end.day) != (2, 29) else end - timedelta(days=365)


def play(system: System, clock: PlayedClock, end: datetime, progress: Progress, creators: int, seed: int) -> Played:
    """Publish the packs and play the year."""
    for pack in read_packs(system.settings.packs):
        system.library.publish(PublishPack(pack.pack), POLICY_OWNER)
    packs, start = system.packs(), clock.now
    year = Play(clock, system.governance, system.desk, system.store.logs(CREATORS), packs, seed, creators, start, end)
    mild = {Severity.MINOR, Severity.MODERATE}
    policies = sorted({name for version in packs for name, policy in version.pack.policies.items() if mild & {*policy.severities}})
    for number in range(creators):
        creator = invent(number, seed, policies)
        year.put(start + timedelta(days=creator.random.triangular(0, 300, 0)), creator, register)
    year.run(lambda done, all_: progress("Playing a year", done, all_))
    return Played(creators, year.commands, facts_in(system), year.refused)


def facts_in(system: System) -> int:
    """How many facts there are about accounts."""
    return sum(log.last_position() for log in system.store.logs(CREATORS).all)
