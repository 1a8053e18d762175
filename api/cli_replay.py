"""`governance replay`: an account at any moment, and what each fact of its history changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.cli_common import NotFound
from api.ids import id_of, uuid_of
from application.wiring import System, opened
from domain.creator.changing import Change, Step
from domain.creator.grammar import SKEW
from domain.creator.penalties import restrictions_of
from domain.creator.replaying import AtVersion, Moment, Replayed, When
from domain.creator.state import Confirmed, Submitted
from domain.identity import CreatorId, creator_id
from domain.packs.catalogue import Catalogue
from projections.columns import document_text
from projections.creators import status_of
from projections.sentences import sentence
from projections.timeline import rule

AT_ONCE = 100
FIRST_TOLD = 2  # the first fact opens an account, the second puts it under a pack
TELLING = (
    "name", "policy", "severity", "kind", "tally", "delta", "threshold", "subject", "level", "starts_at", "ends_at", "expires_at", "measure",
    "amount", "retention", "due_at", "ground")


def time(text: str) -> datetime:
    """A time as an option."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no time; write 2026-03-02 (its first instant in UTC) or 2026-03-02T10:00:00Z.") from None
    if at.tzinfo is None and len(text) > len("2026-03-02"):
        raise typer.BadParameter(f"{text!r} has no offset from UTC; write 2026-03-02T10:00:00Z.")
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def replay(
        ctx: typer.Context,
        creator: Annotated[str, typer.Argument(help="The creator: its id, or the platform's own account id.")],
        as_of: Annotated[datetime | None, typer.Option(
            parser=time, metavar="TIME", help="As it was at that time (default: at --known-at, or now).")] = None,
        known_at: Annotated[datetime | None, typer.Option(
            parser=time, metavar="TIME", help="Of what was known at that time, not what was recorded since (default: now).")] = None,
        version: Annotated[int | None, typer.Option(min=1, help="As its first so many facts made it; in place of the two times.")] = None,
        step: Annotated[bool, typer.Option("--step", help="Print step by step what each fact changed.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Print a JSON line for the account, after one for each step.")] = False) -> None:
    """Fold an account from its history as it was at any moment, and tell where it stood; with `--step` what made it so. It changes nothing.

    Examples:
        governance replay shop-4711

        governance replay shop-4711 --as-of 2026-03-02T10:00:00Z --step

        governance replay shop-4711 --as-of 2026-03-02 --known-at 2026-03-05

        governance replay shop-4711 --version 12 --step --json | jq -c '[.version, .kind, .changes[]?.part]'

    """
    with opened(ctx.obj) as system:
        when = asked(system.clock(), as_of, known_at, version)
        id = found(system, creator)
        replayed = system.replays.at(id, when)
        if replayed is None:
            raise NotFound(not_then(creator, when))
        if step:
            (print_json if as_json else print_steps)(told_steps(system, id, when, replayed))
        account = told_account(replayed, when, system.packs())
        if as_json:
            typer.echo(msgspec.json.encode(account))
        else:
            print_account(account)


def asked(now: datetime, as_of: datetime | None, known_at: datetime | None, version: int | None) -> When:
    """The moment that the options name."""
    if version is not None:
        if as_of is not None or known_at is not None:
            raise typer.BadParameter("give either --version, or --as-of and --known-at.")
        return AtVersion(version)
    for name, at in (("--as-of", as_of), ("--known-at", known_at)):
        if at is not None and at > now + SKEW:
            raise typer.BadParameter(f"{name} must not lie in the future: it is {at:%Y-%m-%d %H:%M:%S} UTC, and now is {now:%Y-%m-%d %H:%M:%S} UTC.")
    return Moment(as_of or known_at or now, known_at or now)


def found(system: System, given: str) -> CreatorId:
    """The account of that name, NotFound if there is none."""
    own = id_of(given, "Creator")
    for id in (CreatorId(own) if own else None, creator_id(given)):
        if id is not None and system.replays.at(id, AtVersion(FIRST_TOLD)):
            return id
    raise NotFound(f"There is no creator {given!r}: give its id, or the platform's own account id.")


def not_then(given: str, when: When) -> str:
    """That there was no such account at a moment."""
    if isinstance(when, AtVersion) and when.version < FIRST_TOLD:
        return f"{given} lives under a pack from version {FIRST_TOLD} of its history on; there is nothing to tell of it before."
    if isinstance(when, AtVersion):
        return f"The history of {given} has fewer than {when.version} facts."
    return f"{given} was not registered as of {when.as_of:%Y-%m-%d %H:%M:%S} UTC, as far as was known at {when.known_at:%Y-%m-%d %H:%M:%S} UTC."


def told_steps(system: System, id: CreatorId, when: When, replayed: Replayed) -> Iterator[dict[str, Any]]:
    """Each fact that counts, and what it changed, then what had fallen due; read some at a time."""
    after = 0
    while some := system.replays.steps(id, when, after, AT_ONCE):
        yield from map(told, some)
        after = some[-1].fact.version
    for step in system.replays.fell_due(id, when, replayed):
        yield told(step) | {"version": None, "recorded_at": None}


def told(step: Step) -> dict[str, Any]:
    """A step as plain data."""
    fact, kind = step.fact, type(step.fact.event).__name__
    under = rule(fact.event)
    return {
        "version": fact.version, "kind": kind, "sentence": sentence(kind, msgspec.json.decode(document_text(fact.event))),
        "occurred_at": fact.occurred_at, "recorded_at": fact.recorded_at,
        "actor": {"kind": fact.actor.kind, "id": fact.actor.id, "role": fact.actor.role},
        "cause_version": fact.cause.version if fact.cause and fact.cause.stream == fact.stream else None,
        "policy": under.get("policy") or None, "pack": under.get("pack_hash") or step.pack or None, "changes": step.changes}


def told_account(replayed: Replayed, when: When, packs: Catalogue) -> dict[str, Any]:
    """Where an account stood, as plain data."""
    account, scheme = replayed.account, replayed.account.scheme
    if scheme is None:
        raise LookupError(f"The account {account.id} lives under no pack.")
    standing, score = account.standing, account.standing.ledger.score
    return {
        "creator": account.id, "as_of": replayed.at, "known_at": when.known_at if isinstance(when, Moment) else None,
        "version": replayed.version, "status": status_of(standing.penalties), "score": score,
        "zone": packs.by_hash(scheme.hash).pack.zone(score), "market": account.market, "tier": account.tier, "scheme": scheme,
        "restrictions": [restriction.name for restriction in restrictions_of(account)],
        "violations": {str(id): it for id, it in account.violations.items() if isinstance(it, Confirmed)},
        "penalties": list(standing.penalties.values()), "proposals": list(standing.proposals.values()),
        "entries": list(standing.ledger.entries.values()), "thresholds_fired": standing.ledger.fired,
        "rewards": {str(id): it for id, it in account.rewards.items()},
        "appeals": {str(id): it for id, it in account.appeals.items() if isinstance(it, Submitted)},
        "fell_due": [type(fact.event).__name__ for fact in replayed.settled]}


def print_json(steps: Iterable[dict[str, Any]]) -> None:
    """Each step on a line."""
    for step in steps:
        typer.echo(msgspec.json.encode(step))


def print_steps(steps: Iterable[dict[str, Any]]) -> None:
    """Steps as tables of some rows each, so that the first are seen at once."""
    rows: list[dict[str, Any]] = []
    for step in steps:
        rows.append(step)
        if len(rows) == AT_ONCE:
            print_table(rows)
            rows = []
    print_table(rows)


def print_table(steps: Sequence[dict[str, Any]]) -> None:
    """Steps as one table."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("Version", "So since", "Recorded", "What happened", "By", "What it changed"):
        made.add_column(title, justify="right" if title == "Version" else "left", no_wrap=title in ("So since", "Recorded"))
    for step in steps:
        by = step["actor"]["id"] + (f" ({step['actor']['role']})" if step["actor"]["role"] else "")
        made.add_row(
            str(step["version"] or "–"), minute(step["occurred_at"]), minute(step["recorded_at"]), Text(step["sentence"]), Text(by),
            Text("\n".join(map(in_words, step["changes"]))))
    if steps:
        Console(highlight=False).print(made, "")


def minute(at: datetime | None) -> str:
    """A time in a cell."""
    return at.strftime("%Y-%m-%d %H:%M") if at else "not yet"


def in_words(change: Change) -> str:
    """A change in a cell."""
    what = " ".join((change.part.lower().replace("_", " "), change.id[:8] if uuid_of(change.id) else change.id)).strip()
    before, after = (msgspec.to_builtins(it, str_keys=True) for it in (change.before, change.after))
    if isinstance(before, dict) and isinstance(after, dict):
        differing = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        names = ["type"] if "type" in differing else differing
        return f"{what}: " + ", ".join(f"{name} {short(before.get(name))} → {short(after.get(name))}" for name in names)
    if isinstance(before, dict) or isinstance(after, dict):
        return f"{'+' if before is None else '–'} {what}" + summary(after if before is None else {})
    return f"{what}: {short(before)} → {short(after)}"


def summary(found: Any) -> str:
    """What tells most of something that came to be."""
    telling = [f"{name} {short(found[name])}" for name in TELLING if found.get(name)]
    return f": {', '.join(telling)}" if telling else ""


def short(found: Any) -> str:
    """A value in a cell."""
    text = "none" if found is None else found if isinstance(found, str) else msgspec.json.encode(found).decode()
    return text if len(text) <= len("2026-03-02T10:00:00.000000Z") else f"{text[:24]}…"


def print_account(account: dict[str, Any]) -> None:
    """Where the account stood."""
    console = Console(highlight=False, soft_wrap=True)
    known = f", as known at {minute(account['known_at'])}" if account["known_at"] else ""
    console.print(Text(f"{account['creator']} as of {minute(account['as_of'])} UTC{known}: version {account['version']}", "bold"))
    scheme = account["scheme"]
    rows = (
        ("Status", account["status"]), ("Score", f"{account['score']} ({account['zone']})"),
        ("Pack", f"{scheme.name} version {scheme.version}, {scheme.hash[:12]}, market {account['market']}"),
        ("May not", ", ".join(account["restrictions"]) or "–"),
        ("Penalties", lines(f"{it.kind} until {minute(it.ends_at) if it.ends_at else 'further notice'}" for it in account["penalties"])),
        ("Waiting for a second", lines(it.penalty.kind for it in account["proposals"])),
        ("Violations standing", str(len(account["violations"]))), ("Entries", str(len(account["entries"]))),
        ("Thresholds fired", lines(f"{it.tally} {it.comparison.lower()} {it.at}" for it in account["thresholds_fired"])),
        ("Rewards", lines(it.kind for it in account["rewards"].values())), ("Appeals waiting", str(len(account["appeals"]))),
        ("Fell due, unrecorded", ", ".join(account["fell_due"]) or "–"))
    made = Table(box=None, show_header=False, pad_edge=False, padding=(0, 3, 0, 0))
    for name, told_ in rows:
        made.add_row(name, Text(told_))
    console.print(made)


def lines(found: Iterable[str]) -> str:
    """Each on a line of a cell."""
    return "\n".join(found) or "–"
