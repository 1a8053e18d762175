"""`governance demo`, `serve` and `schema`."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from api.cli_common import NotFound, progress_bar, say
from api.contracts import CONTRACTS, differing, write
from application.demo.run import CREATORS_INVENTED, SEED, is_there, make
from application.settings import Settings
from application.wiring import System, opened

DEMO_FOLDER = Path("governance-demo")
WORST = """{ creators(filter: {market: ["US"]}, orderBy: {field: SCORE}, first: 5) { totalCount edges { node {
       externalId status health { score zone } restrictions { capability until causes { kind violations { policy } } } } } } }"""
ONE = """{ creator(externalId: "%s") { health { score zone nextMilestone { at distance } entries { points expiresAt } }
       timeline(first: 10) { edges { node { occurredAt sentence actor { kind role } ... on PointsEvent { scoreAfter } } } } } }"""
MARKET = """{ ecosystemHealth(market: "US") { zones { day zone creators } flows { day policy measure count points } } }"""
QUERIES = (("Creators whose health is worst, and what restricts them", WORST), ("One creator's health and timeline", ONE),
           ("What was decided in a market, day by day", MARKET))


def demo(
        ctx: typer.Context,
        creators: Annotated[int, typer.Option(min=1, help="How many creators to invent.")] = CREATORS_INVENTED,
        seed: Annotated[int, typer.Option(help="Another seed, another history; the same one, the same.")] = SEED,
        folder: Annotated[Path, typer.Option(help="Where the demo lives.")] = DEMO_FOLDER,
        only_make: Annotated[bool, typer.Option("--only-make", help="Make the demo and do not serve it.")] = False) -> None:
    """Play a year of an invented marketplace through the real commands, and serve it.

    A second run finds the demo and serves it as it is; remove its folder for a new one.

    Examples:
        governance demo

        governance demo --creators 200 --seed 7 --folder /tmp/demo

    """
    settings: Settings = ctx.obj.model_copy(update={"folder": folder})
    if is_there(folder):
        say(f"Found the demo in {folder}/; it is served as it is. For a new one, remove the folder.")
    elif folder.exists() and any(folder.iterdir()):
        raise NotFound(f"{folder}/ is there and holds no demo; name another folder with --folder.")
    else:
        with progress_bar() as show:
            played = make(settings, datetime.now(UTC).date(), show, creators=creators, seed=seed)
        say(f"{played.creators} creators, {played.commands} commands, {played.facts} facts; "
            f"{sum(played.refused.values())} commands were refused by the rules.")
    if not only_make:
        refuse_taken_port(settings)
        with opened(settings) as system, system.followed():
            welcome(system)
            serving(system)


def serve(ctx: typer.Context) -> None:
    """Serve the API and GraphiQL, and settle what falls due in the background. Ctrl-C ends it.

    Examples:
        governance serve

        GOVERNANCE_PORT=9000 GOVERNANCE_FOLDER=/srv/governance governance serve

    """
    refuse_taken_port(ctx.obj)
    with opened(ctx.obj) as system, system.followed():
        if system.settings.development:
            say("Development mode: anyone can make a token. Set GOVERNANCE_DEVELOPMENT=false in production.")
        if not tuple(system.packs()):
            say("No policy pack has been published yet; `governance packs publish` publishes the shipped ones.")
        say(f"Serving http://{system.settings.host}:{system.settings.port} – stop with Ctrl-C.")
        serving(system)


def refuse_taken_port(settings: Settings) -> None:
    """Say so before all else if somebody listens there already."""
    try:
        with socket.create_server((settings.host, settings.port)):
            return
    except OSError as error:
        raise NotFound(
            f"Cannot listen on {settings.host}:{settings.port} ({error.strerror}); set GOVERNANCE_PORT to a free port.") from error


def welcome(system: System) -> None:
    """Say where the demo is, what to ask it, and how to stop it."""
    address = f"http://{system.settings.host}:{system.settings.port}"
    typer.echo(f"\nGraphiQL and the API: {address}\n\nThree queries worth trying (GraphiQL asks as an auditor; other programs send the header "
               f"Authorization: Bearer dev:AUDITOR:me):\n")
    for number, (what, query) in enumerate(QUERIES, start=1):
        typer.echo(f"  {number}. {what}\n     {query.replace('%s', f'acct-{SEED}-00007')}\n")
    typer.echo("Stop with Ctrl-C.\n")


def schema(
        write_: Annotated[bool, typer.Option("--write", help="Write the contracts anew.")] = False,
        check: Annotated[bool, typer.Option("--check", help="Fail if a committed contract differs from the code.")] = False) -> None:
    """Print the GraphQL schema, or write or check the committed contracts (GraphQL schema, events as JSON Schema).

    Examples:
        governance schema > schema.graphql

        governance schema --check

    """
    if write_:
        write()
    elif check:
        if found := differing():
            named = ", ".join(str(path) for path in found)
            raise NotFound(f"{named} differs from the code: look at the difference, then `governance schema --write`.")
    else:
        typer.echo(next(iter(CONTRACTS.values()))(), nl=False)


def serving(system: System) -> None:
    """Serve until told to stop."""
    from api.server import run  # noqa: PLC0415  # it builds the schema, which no other command needs

    run(system)
