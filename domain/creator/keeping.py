"""Evidence as it is recorded: under a retention class of the pack, its note sealed so that it can be forgotten before the rest."""

from __future__ import annotations

from uuid import UUID

import msgspec

from domain.creator.finding import Evidence, Finding
from domain.creator.grammar import Work
from domain.creator.state import Account, Kept
from domain.facts import Fact, Personal
from domain.identity import EvidenceId, derived
from domain.refusals import Refused


class RetentionClassUnknown(Refused):
    """The account's pack has retention classes, and none of that name."""


def evidence_id(creator: UUID, version: int, number: int) -> EvidenceId:
    """What names a piece of evidence: the fact it was given in, and which of those it is, from 0."""
    return EvidenceId(derived(creator, "kept evidence", version, number))


def link_id(creator: UUID, other: str) -> UUID:
    """What names the link with another account."""
    return derived(creator, "link", other)


def to_record(work: Work, evidence: tuple[Evidence, ...], field: str = "evidence") -> tuple[Evidence, ...]:
    """Evidence for the next fact to be recorded; a refusal if it is of a class that the pack does not have."""
    return tuple(classed(work, each, number, f"{field}.{number}.retention") for number, each in enumerate(evidence))


def classed(work: Work, each: Evidence, number: int, field: str) -> Evidence:
    """A piece of evidence whose note has a key of its own, if it is of a class. A pack without classes takes any, as an earlier one did."""
    classes = work.pack.retention
    if not each.retention or not classes:
        return each
    if each.retention not in classes:
        raise RetentionClassUnknown(f"The pack keeps evidence as {', '.join(sorted(classes))}; it has no class {each.retention!r}.", field=field)
    if not each.note:
        return each
    own = evidence_id(work.creator, work.account.version + 1, number)
    return msgspec.structs.replace(each, note=Personal(each.note.text, apart=own))


def with_evidence(work: Work, finding: Finding) -> Finding:
    """A finding for the next fact to be recorded, with its evidence."""
    if not finding.evidence:
        return finding
    return msgspec.structs.replace(finding, evidence=to_record(work, finding.evidence, "finding.evidence"))


def take_in(account: Account, evidence: tuple[Evidence, ...], given_in: UUID, matter: UUID, fact: Fact) -> None:
    """Evidence was given: each piece of a class is kept for the decision it belongs to."""
    for number, each in enumerate(evidence):
        if each.retention:
            account.kept[evidence_id(fact.stream, fact.version, number)] = Kept(
                each.reference, each.sha256, each.retention, given_in, matter, fact.occurred_at)
