"""Where an account stands at the moment it is asked about, by the domain's own functions: score, entries, restrictions."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.gathering import Document, explained, inside, named, value
from api.schema.words import Comparison
from api.view import View
from domain.creator.explaining.penalties import explain_restriction
from domain.creator.ledger import SCORE_TALLY, Entry
from domain.creator.penalties import restrictions_of
from domain.creator.points import source_id
from domain.creator.state import Account
from domain.creator.state import Penalty as LivePenalty
from domain.packs.catalogue import Published
from domain.packs.model import Shape
from projections import tables

if TYPE_CHECKING:
    from api.schema.explanation import RestrictionExplanation
    from api.schema.penalty import Penalty
    from api.schema.violation import Violation


@strawberry.type(description="What a ledger entry was made for.")
class EntryCause:
    """What an entry was made for."""

    loaded: strawberry.Private[dict[str, Any]]
    violation: Annotated[Violation, strawberry.lazy("api.schema.violation")] | None = named(
        "The violation, if it was made for one.", tables.violations, "violation_id", by=lambda it, _: None if it.earned else it.source)
    earning_rule: str | None = value("The pack's earning rule, if it was earned.", by=lambda it, _: it.earned)


@strawberry.type(description="A live entry of the ledger.")
class LedgerEntry:
    """A live entry of the ledger."""

    loaded: strawberry.Private[dict[str, Any]]
    id: strawberry.ID = value("The entry's id, by which earned points are clawed back.")
    tally: str = value("What it counts in: a counter, or one group of it.")
    points: int = value("How much it weighs; with a sign, as it is added to the counter's base.")
    at: datetime = value("When it was made.")
    expires_at: datetime | None = value("When it stops to weigh; none: never.")
    cause: EntryCause = inside("What it was made for.", by=lambda it, _: it)


@strawberry.type(description="The next threshold of the health score that a deduction may reach.")
class Milestone:
    """The next threshold of the score."""

    at: int = value("The score at which it fires.")
    comparison: Comparison = value("How the score has to stand to it.")
    distance: int = value("How many points are left until then.")


@strawberry.type(description="The health score and what it is made of, evaluated at the moment it is asked for.")
class Health:
    """The health score."""

    loaded: strawberry.Private[dict[str, Any]]
    score: int = value("The score.")
    zone: str = value("The zone it lies in.")
    scheme: str = value("The scheme it is counted by.")
    pack_hash: str = value("The pack it is counted by, by the hash of its content.")
    pack_version: int = value("The version of that pack, from 1.")
    next_milestone: Milestone | None = inside("The next milestone that is armed.", by=lambda it, _: milestone(it.account, it.published))
    entries: list[LedgerEntry] = inside("The live entries of all counters, oldest first.", by=lambda it, _: entries(it.account, it.published))
    as_of: datetime = value("The moment it was evaluated at.")


@strawberry.type(description="A penalty in force that a restriction comes from.")
class RestrictionCause:
    """A penalty that a restriction comes from."""

    loaded: strawberry.Private[dict[str, Any]]
    kind: str = value("The kind of the penalty.")
    until: datetime | None = value("When it ends; none: without end.")
    automatic: bool = value("Whether the rules imposed it, as opposed to a person.")
    interim: bool = value("Whether it holds only until a proposal is decided.")
    penalty: Annotated[Penalty, strawberry.lazy("api.schema.penalty")] | None = named(
        "The penalty.", tables.penalties, "penalty_id", by=lambda it, _: it.id)
    violations: list[Annotated[Violation, strawberry.lazy("api.schema.violation")]] = named(
        "The violations it rests on.", tables.violations, "violation_id", by=lambda it, _: list(it.violations))


@strawberry.type(description="Something the creator may not do now; `*` means all.")
class Restriction:
    """Something the creator may not do now."""

    loaded: strawberry.Private[dict[str, Any]]
    capability: str = value("What may not be done.")
    category: str = value("In which category.")
    territory: str = value("In which territory.")
    item: str = value("With which content item.")
    kind: str = value("The kind of the penalty that lasts longest.")
    until: datetime | None = value("When the last of its causes ends; none: without end.")
    explanation: Annotated[RestrictionExplanation, strawberry.lazy("api.schema.explanation")] | None = explained(
        "Why.", by=lambda it, view: explain_restriction(view.chronicle(it.creator_id), it.account, it.restriction))
    causes: list[RestrictionCause] = inside("The penalties it comes from, the one that lasts longest first.", by=lambda it, _: it.causes)


def health_of(row: Any, view: View) -> Document:
    """What is told of a creator's health."""
    account = view.standing(row)
    published = view.published(account)
    score = account.standing.ledger.score
    return Document({
        "account": account, "published": published, "score": score, "zone": published.pack.zone(score), "scheme": published.pack.pack.scheme,
        "pack_hash": published.hash, "pack_version": published.version, "as_of": view.now})


def milestone(account: Account, published: Published) -> Document | None:
    """The armed threshold of the score that is nearest."""
    ledger = account.standing.ledger
    armed = [t for t in published.pack.score.thresholds if ledger.armed(SCORE_TALLY, t.at, t.comparison)]
    if not armed:
        return None
    falls = published.pack.score.shape is Shape.CREDIT
    nearest = (max if falls else min)(armed, key=lambda threshold: threshold.at)
    distance = ledger.score - nearest.at if falls else nearest.at - ledger.score
    return Document({"at": nearest.at, "comparison": nearest.comparison, "distance": distance})


def entries(account: Account, published: Published) -> list[Any]:
    """The live entries as rows."""
    earned = {source_id(account.id, name): name for name in published.pack.earning}
    live = sorted(account.standing.ledger.entries.values(), key=lambda entry: (entry.at, entry.version))
    return [entry_row(entry, earned.get(entry.source)) for entry in live]


def entry_row(entry: Entry, earned: str | None) -> Document:
    """A live entry as a row."""
    return Document({
        "id": entry.id, "tally": entry.tally, "points": entry.delta, "at": entry.at, "expires_at": entry.expires_at, "source": entry.source,
        "earned": earned})


def restrictions_at(row: Any, view: View) -> list[Any]:
    """What a creator may not do now, as rows."""
    return restrictions_in(view.standing(row))


def restrictions_in(account: Account) -> list[Any]:
    """What a creator may not do with an account as it is, as rows."""
    live = account.standing.penalties
    found = []
    for restriction, ids in restrictions_of(account).items():
        causes = sorted((live[id] for id in ids), key=lasting, reverse=True)
        found.append(Document({
            "creator_id": account.id, "account": account, "restriction": restriction,
            "capability": restriction.capability, "category": restriction.category, "territory": restriction.territory,
            "item": restriction.item, "kind": causes[0].kind, "until": causes[0].ends_at, "causes": [cause_row(it) for it in causes]}))
    return sorted(found, key=lambda it: (it.capability, it.category, it.territory, it.item))


def lasting(penalty: LivePenalty) -> tuple[bool, datetime]:
    """How long a penalty lasts, to be compared."""
    return penalty.ends_at is None, penalty.ends_at or penalty.starts_at


def cause_row(penalty: LivePenalty) -> Document:
    """A penalty in force as a row."""
    return Document({
        "id": penalty.id, "kind": penalty.kind, "until": penalty.ends_at, "automatic": not penalty.by_person, "interim": penalty.interim,
        "violations": penalty.violations})
