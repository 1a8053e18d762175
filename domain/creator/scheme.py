"""The account itself: opened, its market, and the scheme it lives under."""

from __future__ import annotations

import re
from enum import StrEnum

from domain.creator.grammar import Command, Work, decides, evolves
from domain.creator.ledger import Figures, counter_of, figures_of
from domain.creator.points import ScoreChange
from domain.creator.state import Account, Scheme, SchemeCause
from domain.facts import Cause, Event, Fact, Personal
from domain.identity import EntryId, PackHash, PackId, creator_id
from domain.packs.catalogue import Published
from domain.packs.model import OldEntries
from domain.refusals import Refused

JURISDICTION = re.compile("[A-Z]{2}(-[A-Z0-9]{1,3})?")


class AccountType(StrEnum):
    """Whether the creator acts as a business; European law gives businesses a longer notice before termination."""

    BUSINESS = "BUSINESS"
    PRIVATE = "PRIVATE"


class CreatorAccountOpened(Event, frozen=True, kw_only=True):
    """An account was registered. `external_id` is the platform's own id of it, a pseudonym; `adult` that the age was checked (18 or more)."""

    external_id: str
    account_type: AccountType
    market: str
    jurisdictions: tuple[str, ...]
    languages: tuple[str, ...] = ()
    adult: bool = True
    handle: Personal | None = None
    contact: Personal | None = None

    searchable = ("handle", "contact")


class SchemeAdopted(Event, frozen=True, kw_only=True):
    """The account lives under this pack from now on, by these figures, with the entries kept; every milestone is armed, none fires."""

    scheme: str
    pack: PackId
    version: int
    hash: PackHash
    figures: dict[str, Figures]
    kept: tuple[EntryId, ...] = ()
    keeps_entries: bool = False
    score: ScoreChange


class AccountMarketChanged(Event, frozen=True, kw_only=True):
    """The account moved to another market, or in it under other law."""

    before: str
    market: str
    jurisdictions: tuple[str, ...]


class RegisterCreator(Command, frozen=True, kw_only=True):
    """Open an account for a creator, under the pack in force in the market."""

    external_id: str
    account_type: AccountType
    market: str
    jurisdictions: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    adult: bool
    handle: Personal | None = None
    contact: Personal | None = None


class AdoptScheme(Command, frozen=True, kw_only=True):
    """Put the account under another published pack that covers its market."""

    pack: PackHash


class ChangeMarket(Command, frozen=True, kw_only=True):
    """Move the account to another market and the pack in force there."""

    market: str
    jurisdictions: tuple[str, ...] = ()


class AccountAlreadyRegistered(Refused):
    """The platform's account id has been registered, otherwise than asked for now."""


class JurisdictionInvalid(Refused):
    """A jurisdiction is a country code, with a part of the country where its law is its own: VN, US-TX, EU."""


class CreatorUnderAge(Refused):
    """Creators must be of age."""


class ExternalIdInvalid(Refused):
    """The platform's account id is too long, or not the one the creator id is derived from."""


class SchemeNotEffective(Refused):
    """The pack is not in force at that time."""


class SchemeNotInMarket(Refused):
    """The pack does not cover the account's market."""


@decides(RegisterCreator)
def register(work: Work, command: RegisterCreator) -> None:
    """Open the account once; the same registration again records nothing."""
    if len(command.external_id) > 200 or creator_id(command.external_id) != command.creator:  # noqa: PLR2004  # a column's width
        raise ExternalIdInvalid("Give the platform's own account id, at most 200 characters; the creator id follows from it.", field="external_id")
    refuse_unknown_law(command.jurisdictions)
    if not command.adult:
        raise CreatorUnderAge("A creator must be 18 or older to sell.", field="adult")
    if work.account.registered:
        known, asked = work.account, (command.market, command.jurisdictions or (command.market,), command.account_type)
        if (known.market, known.jurisdictions, known.account_type) != asked:
            raise AccountAlreadyRegistered(
                f"This account is registered in market {known.market}, under the law of {', '.join(known.jurisdictions)}, as {known.account_type}.",
                field="market")
        return
    published = first_scheme(work, command.market)
    version = work.record(CreatorAccountOpened(
        external_id=command.external_id, account_type=command.account_type, market=command.market,
        jurisdictions=command.jurisdictions or (command.market,), languages=command.languages, handle=command.handle, contact=command.contact))
    adopt(work, published, version)


def first_scheme(work: Work, market: str) -> Published:
    """The pack in force as the account is opened; one that is older than any pack of its market lives under the first."""
    first = work.packs.first(market)
    if first is not None and work.at < first.effective_from <= work.order.at:
        return first
    return work.packs.in_force(market, work.at)


def refuse_unknown_law(jurisdictions: tuple[str, ...]) -> None:
    """Refuse what cannot be a jurisdiction: a law that is misspelt would silently not apply."""
    for name in jurisdictions:
        if not JURISDICTION.fullmatch(name):
            raise JurisdictionInvalid(f"{name!r} is no jurisdiction; write a code such as VN, US-TX or EU.", field="jurisdictions")


@decides(AdoptScheme)
def adopt_scheme(work: Work, command: AdoptScheme) -> None:
    """Adopt a pack by hand; the one in force already is no change."""
    published = work.packs.by_hash(command.pack)
    if command.pack == work.scheme_hash:
        return
    if work.account.market not in published.markets:
        raise SchemeNotInMarket(f"{published.pack.pack.title} covers {', '.join(published.markets)}, not {work.account.market}.", field="pack")
    if work.packs.version_at(published.id, work.at) != published:
        raise SchemeNotEffective(
            f"Version {published.version} of {published.pack.pack.title}, in force from {published.effective_from:%Y-%m-%d %H:%M} UTC "
            f"until it ends or a later one begins, is not in force at {work.at:%Y-%m-%d %H:%M} UTC.", field="pack")
    adopt(work, published, None)


@decides(ChangeMarket)
def change_market(work: Work, command: ChangeMarket) -> None:
    """Move to another market, or under other law; the entries are treated as that market's pack says. The same pack is not adopted anew."""
    refuse_unknown_law(command.jurisdictions)
    published, before = work.packs.in_force(command.market, work.at), work.account.market
    jurisdictions = command.jurisdictions or (work.account.jurisdictions if command.market == before else (command.market,))
    if (command.market, jurisdictions) == (before, work.account.jurisdictions):
        return
    version = work.record(AccountMarketChanged(before=before, market=command.market, jurisdictions=jurisdictions))
    if command.market != before and published.hash != work.scheme_hash:
        adopt(work, published, version)


def adopt(work: Work, published: Published, cause: int | Cause | None) -> None:
    """Record that the account lives under a pack from now on."""
    header = published.pack.pack
    same = work.account.scheme is not None and work.account.scheme.name == header.scheme
    keep = (header.when_adopted_from_an_earlier_version if same else header.when_adopted_from_another_scheme) is OldEntries.KEEP
    after = Account(scheme=work.account.scheme, standing=work.account.standing.copy())
    adopt_figures(after, published, keep=keep)
    ledger = work.account.standing.ledger
    before = ledger.score if work.account.scheme else after.standing.ledger.score
    score = after.standing.ledger.score
    zone_before = work.pack.zone(before) if work.account.scheme else published.pack.zone(score)
    event = SchemeAdopted(
        scheme=header.scheme, pack=published.id, version=published.version, hash=published.hash, figures=after.standing.ledger.figures,
        kept=tuple(after.standing.ledger.entries), keeps_entries=keep,
        score=ScoreChange(before, score, zone_before, published.pack.zone(score)))
    if cause is None:
        work.record(event)
    else:
        work.follow(event, cause)


def adopt_figures(account: Account, published: Published, *, keep: bool) -> None:
    """Take a pack's counters over into the ledger; entries whose counter the pack does not have are dropped."""
    account.scheme = Scheme(published.pack.pack.scheme, published.id, published.version, published.hash)
    figures = {name: figures_of(counter) for name, counter in published.pack.counters.items()}
    entries = account.standing.ledger.entries.values()
    same_shape = {name for name, new in figures.items() if (old := account.standing.ledger.figures.get(name)) and old.shape is new.shape}
    kept = tuple(entry.id for entry in entries if keep and counter_of(entry.tally) in same_shape)
    account.standing.ledger.adopt(figures, kept)


@evolves(CreatorAccountOpened)
def opened(account: Account, event: CreatorAccountOpened, fact: Fact) -> None:
    account.id, account.market, account.jurisdictions = fact.stream, event.market, event.jurisdictions
    account.opened_at, account.account_type, account.languages = fact.occurred_at, event.account_type, event.languages


@evolves(SchemeAdopted)
def adopted(account: Account, event: SchemeAdopted, fact: Fact) -> None:
    account.scheme = Scheme(event.scheme, event.pack, event.version, event.hash)
    account.standing.ledger.adopt(event.figures, event.kept)
    account.causes.append(SchemeCause(account.at or fact.occurred_at, event.hash, event.keeps_entries))


@evolves(AccountMarketChanged)
def moved(account: Account, event: AccountMarketChanged, fact: Fact) -> None:
    account.market, account.jurisdictions = event.market, event.jurisdictions
