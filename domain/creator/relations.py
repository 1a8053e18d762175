"""Whom an account has to do with: representatives who may act for the creator, and other accounts it is linked to."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from domain.creator.finding import Evidence
from domain.creator.grammar import Command, Work, decides, evolves
from domain.creator.keeping import link_id, take_in, to_record
from domain.creator.state import Account, Link, Representative
from domain.creator.warnings import require_reasons
from domain.facts import Actor, Event, Fact, Personal
from domain.identity import creator_id
from domain.refusals import Refused


class RepresentativeKind(StrEnum):
    """In which capacity somebody represents a creator."""

    AGENCY = "AGENCY"
    GUARDIAN = "GUARDIAN"


class Relation(StrEnum):
    """How two accounts are linked."""

    SHOP = "SHOP"
    SAME_OWNER = "SAME_OWNER"


class RepresentativeAuthorised(Event, frozen=True, kw_only=True):
    """Somebody may act for the creator until `until` (None: until revoked)."""

    representative: str
    kind: RepresentativeKind
    until: datetime | None = None


class RepresentativeRevoked(Event, frozen=True, kw_only=True):
    """Somebody may not act for the creator any more."""

    representative: str


class AccountLinked(Event, frozen=True, kw_only=True):
    """The account has to do with another one, as the evidence shows. `other` is the platform's own id of it."""

    other: str
    relation: Relation
    evidence: tuple[Evidence, ...]
    reasons: Personal | None = None


class AccountUnlinked(Event, frozen=True, kw_only=True):
    """The account has nothing to do with the other one, or not any more."""

    other: str
    reasons: Personal


class AuthoriseRepresentative(Command, frozen=True, kw_only=True):
    """Let somebody act for the creator."""

    representative: str
    kind: RepresentativeKind
    until: datetime | None = None


class RevokeRepresentative(Command, frozen=True, kw_only=True):
    """Let somebody not act for the creator any more."""

    representative: str


class LinkAccounts(Command, frozen=True, kw_only=True):
    """Link the account with another one, with evidence."""

    other: str
    relation: Relation
    evidence: tuple[Evidence, ...]
    reasons: Personal | None = None


class UnlinkAccounts(Command, frozen=True, kw_only=True):
    """Undo a link."""

    other: str
    reasons: Personal


class RepresentativeUnknown(Refused):
    """Nobody of that id may act for the creator."""


class AuthorisationEnded(Refused):
    """The authorisation would be over before it begins."""


class EvidenceRequired(Refused):
    """Accounts are linked only with evidence."""


class LinkUnknown(Refused):
    """The accounts are not linked."""


class LinkedToItself(Refused):
    """An account cannot be linked to itself."""


@decides(AuthoriseRepresentative)
def authorise(work: Work, command: AuthoriseRepresentative) -> None:
    """Let somebody act for the creator; the same again records nothing."""
    if command.until is not None and command.until <= work.at:
        raise AuthorisationEnded("The authorisation must end after it begins.", field="until")
    if work.account.representatives.get(command.representative) != Representative(command.kind, command.until):
        work.record(RepresentativeAuthorised(representative=command.representative, kind=command.kind, until=command.until))


@decides(RevokeRepresentative)
def revoke(work: Work, command: RevokeRepresentative) -> None:
    """Let somebody not act any more."""
    if command.representative not in work.account.representatives:
        raise RepresentativeUnknown(f"{command.representative!r} may not act for this creator.", field="representative")
    work.record(RepresentativeRevoked(representative=command.representative))


@decides(LinkAccounts)
def link(work: Work, command: LinkAccounts) -> None:
    """Link two accounts; the same relation with the same evidence again records nothing."""
    if creator_id(command.other) == command.creator:
        raise LinkedToItself("An account cannot be linked to itself.", field="other")
    if not command.evidence:
        raise EvidenceRequired("Give the evidence that the accounts belong together.", field="evidence")
    if linked_by(work.account, command.other, command.relation, command.evidence) != work.account.links.get(command.other):
        work.record(AccountLinked(
            other=command.other, relation=command.relation, evidence=to_record(work, command.evidence), reasons=command.reasons))


@decides(UnlinkAccounts)
def unlink(work: Work, command: UnlinkAccounts) -> None:
    """Undo a link."""
    require_reasons(command.reasons)
    if command.other not in work.account.links:
        raise LinkUnknown(f"The account is not linked to {command.other!r}.", field="other")
    work.record(AccountUnlinked(other=command.other, reasons=command.reasons))


def linked_by(account: Account, other: str, relation: Relation, evidence: tuple[Evidence, ...]) -> Link:
    """The link as this evidence makes it: what showed the same relation before stays known."""
    known = account.links.get(other)
    before = known.evidence if known is not None and known.relation == relation else ()
    return Link(relation, tuple(dict.fromkeys((*before, *(piece.sha256 or piece.reference for piece in evidence)))))


def represents(account: Account, actor: Actor, at: datetime) -> bool:
    """Whether somebody may act for the creator at that time, in that capacity."""
    found = account.representatives.get(actor.id)
    return found is not None and found.kind == actor.kind and (found.until is None or at < found.until)


@evolves(RepresentativeAuthorised)
def authorised(account: Account, event: RepresentativeAuthorised, fact: Fact) -> None:
    account.representatives[event.representative] = Representative(event.kind, event.until)


@evolves(RepresentativeRevoked)
def revoked(account: Account, event: RepresentativeRevoked, fact: Fact) -> None:
    account.representatives.pop(event.representative, None)


@evolves(AccountLinked)
def linked(account: Account, event: AccountLinked, fact: Fact) -> None:
    account.links[event.other] = linked_by(account, event.other, event.relation, event.evidence)
    link = link_id(fact.stream, event.other)
    take_in(account, event.evidence, link, link, fact)


@evolves(AccountUnlinked)
def unlinked(account: Account, event: AccountUnlinked, fact: Fact) -> None:
    account.links.pop(event.other, None)
