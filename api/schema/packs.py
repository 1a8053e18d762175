"""Policy packs as published: policies, counters, thresholds and steps, zones, appeals, and where each figure comes from."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.gathering import Document, inside, value
from api.schema.penalty import Duration
from api.schema.words import Certificate, Comparison, CountedFrom, ExpiryMode, Group, Mark, Severity, Shape, StepMode
from domain.facts import Actor as Acting
from domain.packs.model import Pack, Provenance, Source

if TYPE_CHECKING:
    from api.schema.timeline import Actor


@strawberry.type(description="Where figures come from.")
class FigureSource:
    """Where figures come from."""

    of: str | None = value("The figure; none: all of the table that are not named.")
    mark: Mark = value("How sure it is: O an official page or statute, S a secondary source, P our own choice.")
    source: str = value("The source.")
    note: str = value("What is to be known about it.")


def sources(table: Any, _view: Any) -> list[Any]:
    """Where the figures of a table come from, as rows."""
    provenance: Provenance | None = table.provenance
    if provenance is None:
        return []
    return [source_row(None, provenance), *(source_row(key, source) for key, source in provenance.but.items())]


def actor_row(actor: Acting) -> Document:
    """Who acted, as the timeline has it."""
    return Document({
        "actor_kind": actor.kind, "actor_id": actor.id, "actor_role": actor.role, "actor_team": actor.team,
        "actor_qualifications": actor.qualifications, "on_behalf_of": actor.on_behalf_of})


def source_row(of: str | None, source: Source) -> Document:
    """Where one figure comes from."""
    return Document({"of": of, "mark": source.mark, "source": source.source, "note": source.note})


def sourced() -> Any:
    """The field that says where a table's figures come from."""
    return inside("Where the figures come from.", by=sources)


@strawberry.type(description="When entries of a counter stop to weigh.")
class PackExpiry:
    """When entries stop to weigh."""

    loaded: strawberry.Private[dict[str, Any]]
    mode: ExpiryMode = value("After so many days each, when a named month begins, or never.")
    days: int | None = value("After how many days.")
    months: list[int] = value("The months, 1 to 12, with whose beginning they do.", by=lambda it, _: list(it.months))
    sources: list[FigureSource] = sourced()


@strawberry.type(description="A penalty that a threshold leads to.")
class PackStep:
    """A penalty that a threshold leads to."""

    loaded: strawberry.Private[dict[str, Any]]
    kind: str = value("What kind of penalty it is.")
    duration: Duration | None = inside("How long it lasts; none: without end.", by=lambda it, _: it.duration)
    capabilities: list[str] = value("What may not be done.", by=lambda it, _: list(it.capabilities))
    categories: list[str] = value("In which categories; `*` means all.", by=lambda it, _: list(it.categories))
    territories: list[str] = value("In which territories; `*` means all.", by=lambda it, _: list(it.territories))
    on_content: bool = value("Whether it is confined to the content item of the violation.")
    mode: StepMode = value("Whether it takes effect by itself or waits for a second person.")
    approve_within: Duration | None = inside("How long it waits.", by=lambda it, _: it.approve_within)
    interim: bool = value("Whether it restricts while it waits.")
    restorable: bool = value("Whether people may end it early.")
    sources: list[FigureSource] = sourced()


@strawberry.type(description="A value of a counter at which steps follow.")
class PackThreshold:
    """A value of a counter."""

    loaded: strawberry.Private[dict[str, Any]]
    at: int = value("The value.")
    comparison: Comparison = value("How the counter has to stand to it.")
    steps: list[PackStep] = inside("What follows.", by=lambda it, _: list(it.steps))
    sources: list[FigureSource] = sourced()


@strawberry.type(description="Something that is counted for each account; the health score is the counter named `score`.")
class PackCounter:
    """Something that is counted."""

    loaded: strawberry.Private[dict[str, Any]]
    name: str = value("Its name.", by=lambda it, _: it[0])
    shape: Shape = value("Whether it falls from its base or rises from it.", by=lambda it, _: it[1].shape)
    base: int = value("Where it begins.", by=lambda it, _: it[1].base)
    lowest: int = value("The least value it is read as.", by=lambda it, _: it[1].lowest)
    highest: int | None = value("The greatest value it is read as.", by=lambda it, _: it[1].highest)
    weight: str = value("What an entry weighs: POINTS of the violation, or a number.", by=lambda it, _: str(it[1].weight))
    group: Group = value("What is counted apart.", by=lambda it, _: it[1].group)
    near_warning: int | None = value("How near a threshold has to be for a warning.", by=lambda it, _: it[1].near_warning)
    expiry: PackExpiry = inside("When entries stop to weigh.", by=lambda it, _: it[1].expiry)
    thresholds: list[PackThreshold] = inside("Where steps follow.", by=lambda it, _: list(it[1].thresholds))
    sources: list[FigureSource] = inside("Where the figures come from.", by=lambda it, view: sources(it[1], view))


@strawberry.type(description="A named stretch of the score, both ends included.")
class PackZone:
    """A named stretch of the score."""

    loaded: strawberry.Private[dict[str, Any]]
    name: str = value("Its name.")
    lowest: int = value("Its least score.")
    highest: int = value("Its greatest score.")
    sources: list[FigureSource] = sourced()


@strawberry.type(description="The text of a policy in one language.")
class PolicyText:
    """The text of a policy."""

    language: str = value("The language.", by=lambda it, _: it[0])
    text: str = value("The text.", by=lambda it, _: it[1])


@strawberry.type(description="A normative rule as published.")
class Policy:
    """A normative rule."""

    loaded: strawberry.Private[dict[str, Any]]
    code: str = value("Its code.", by=lambda it, _: it[0])
    title: str = value("Its title.", by=lambda it, _: it[1].title)
    leaves: list[str] = value("What it distinguishes.", by=lambda it, _: list(it[1].leaves))
    severities: list[Severity] = value("The severities a violation of it may have.", by=lambda it, _: list(it[1].severities))
    texts: list[PolicyText] = inside("Its text.", by=lambda it, _: list(it[1].text.items()))
    effective_from: date | None = value("The first local day on which it applies; none: with the pack.", by=lambda it, _: it[1].effective_from)
    effective_until: date | None = value("The local day on which it applies no more.", by=lambda it, _: it[1].effective_until)
    dsa_category: str = value("Its category in the DSA Transparency Database.", by=lambda it, _: it[1].dsa_category)
    correction: Duration | None = inside("How long a creator may put a violation right.", by=lambda it, _: it[1].correction)
    sources: list[FigureSource] = inside("Where the figures come from.", by=lambda it, view: sources(it[1], view))


@strawberry.type(description="One row of the matrix of type, severity and occurrence; the first that fits gives the points.")
class PointRule:
    """One row of the matrix."""

    loaded: strawberry.Private[dict[str, Any]]
    policies: list[str] = value("The policies it fits; none: all.", by=lambda it, _: list(it.policies))
    severities: list[Severity] = value("The severities it fits; none: all.", by=lambda it, _: list(it.severities))
    occurrence: int = value("It fits from this occurrence on.")
    points: int = value("The points.")
    lowest: int | None = value("The fewest a person may choose, with reasons.", by=lambda it, _: it.range[0] if it.range else None)
    highest: int | None = value("The most a person may choose, with reasons.", by=lambda it, _: it.range[1] if it.range else None)
    warning: bool = value("Whether it gives a warning in place of points.")
    sources: list[FigureSource] = sourced()


@strawberry.type(description="The least time a law gives for an appeal.")
class LegalMinimum:
    """The least time a law gives."""

    loaded: strawberry.Private[dict[str, Any]]
    jurisdiction: str = value("Whose law.")
    window: Duration = inside("The time.", by=lambda it, _: it.window)
    sources: list[FigureSource] = sourced()


@strawberry.type(description="The rule about appeals.")
class AppealRule:
    """The rule about appeals."""

    loaded: strawberry.Private[dict[str, Any]]
    window: Duration = inside("The platform's window, from the moment the creator was informed.", by=lambda it, _: it.window)
    levels: int = value("How many levels there are.")
    second_window: Duration | None = inside("The window for the second level.", by=lambda it, _: it.second_window)
    person_required: bool = value("Whether a person must decide.")
    lease: Duration | None = inside(
        "How long somebody who claims an appeal has it in hand, and alone may decide it; none: it need not be claimed.", by=lambda it, _: it.lease)
    certificates: list[Certificate] = value(
        "What whoever works on an appeal must be certified for.", by=lambda it, _: list(it.certificates))
    legal_minimums: list[LegalMinimum] = inside("The least times laws give.", by=lambda it, _: list(it.legal_minimums))
    sources: list[FigureSource] = sourced()


@strawberry.type(description="A retention class: how long evidence is kept.")
class RetentionClass:
    """How long evidence of a class is kept."""

    loaded: strawberry.Private[dict[str, Any]]
    name: str = value("Its name.", by=lambda it, _: it[0])
    after: Duration = inside("How long it is kept after that moment.", by=lambda it, _: it[1].after)
    counted_from: CountedFrom = value(
        "From when that counts; what can still be contested is kept until it cannot.", by=lambda it, _: it[1].counted_from)
    sources: list[FigureSource] = inside("Where the figures come from.", by=lambda it, view: sources(it[1], view))


def content(name: str) -> Any:
    """A part of the pack, as a list."""

    def found(published: Any, _view: Any) -> list[Any]:
        pack: Pack = published.pack
        part: Any = getattr(pack, name)
        return list(part.items() if isinstance(part, dict) else part)

    return found


@strawberry.type(description="A version of a policy pack: a scheme in a market, immutable, named by the hash of its content.")
class PolicyPack:
    """A version of a policy pack."""

    loaded: strawberry.Private[dict[str, Any]]
    hash: str = value("The hash of its content (SHA-256, in hexadecimal).")
    version: int = value("Its number among the versions of the scheme in the market, from 1.")
    scheme: str = value("The scheme.", by=lambda it, _: it.pack.pack.scheme)
    market: str = value("The market.", by=lambda it, _: it.pack.pack.market)
    title: str = value("Its title.", by=lambda it, _: it.pack.pack.title)
    markets: list[str] = value("The account markets it holds for.", by=lambda it, _: list(it.markets))
    time_zone: str = value("The time zone in which its days end.", by=lambda it, _: it.pack.pack.time_zone)
    effective_from: datetime = value("When it comes or came into force.")
    effective_until: datetime | None = value("When it is in force no more; none: until a later version is.")
    published_at: datetime = value("When it was published.")
    published_by: Annotated[Actor, strawberry.lazy("api.schema.timeline")] = inside("Who published it.", by=lambda it, _: actor_row(it.published_by))
    in_force: bool = value("Whether it is in force now.", by=lambda it, view: view.packs.version_at(it.id, view.now) == it)
    policies: list[Policy] = inside("The policies.", by=content("policies"))
    counters: list[PackCounter] = inside("What is counted, and what follows.", by=content("counters"))
    zones: list[PackZone] = inside("The zones of the score.", by=content("zones"))
    points: list[PointRule] = inside("What violations cost.", by=content("points"))
    retention: list[RetentionClass] = inside("How long evidence is kept.", by=content("retention"))
    appeal_rule: AppealRule = inside("The rule about appeals.", by=lambda it, _: it.pack.appeal)
    sources: list[FigureSource] = inside("Where the figures of its header come from.", by=lambda it, view: sources(it.pack.pack, view))
