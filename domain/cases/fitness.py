"""Who may work on a case: somebody who took no part in the decision, is certified for it, and has it in hand."""

from __future__ import annotations

from datetime import datetime

from domain.cases.case import Case, CaseOpened
from domain.creator.appeals import ReviewerConflict
from domain.facts import Actor
from domain.packs.model import Certificate, Pack
from domain.refusals import Refused


class CaseNotLeased(Refused):
    """Whoever asks does not have the appeal in hand."""


class ReviewerRecused(Refused):
    """Whoever declared that they may not work on an appeal does not."""


class NotQualified(Refused):
    """Whoever asks lacks the certificate of the language or the policy that the pack asks for."""


def require_decider(case: Case, opened: CaseOpened, actor: Actor, at: datetime, pack: Pack) -> None:
    """Refuse whoever may not decide the appeal of that case at that time."""
    require_fit(case, opened, actor, pack)
    if pack.appeal.lease is not None:
        require_lease(case, actor, at)


def require_fit(case: Case, opened: CaseOpened, actor: Actor, pack: Pack) -> None:
    """Refuse whoever may not work on the case, whoever has it in hand."""
    require_impartial(case, opened, actor.id)
    for certificate in pack.appeal.certificates:
        require_certificate(opened, actor, certificate)


def require_impartial(case: Case, opened: CaseOpened, reviewer: str, field: str = "") -> None:
    """Refuse whoever took part in the decision, or is recused."""
    if reviewer in opened.conflicted:
        raise ReviewerConflict(f"{reviewer} took part in the decision; another person must work on the appeal against it.", field=field)
    if reviewer in case.recused:
        raise ReviewerRecused(f"{reviewer} has declared that they may not work on this appeal.", field=field)


def require_certificate(opened: CaseOpened, actor: Actor, certificate: Certificate) -> None:
    """Refuse whoever can write to the creator in none of its languages, or is not certified for every policy concerned."""
    held = set(actor.qualifications)
    match certificate:
        case Certificate.LANGUAGE:
            asked = {f"LANGUAGE:{language}" for language in opened.languages}
            lacking = asked if not asked & held else set()
        case Certificate.POLICY:
            lacking = set() if "POLICY:*" in held else {f"POLICY:{policy}" for policy in opened.policies} - held
    if lacking:
        which = "one of " if certificate is Certificate.LANGUAGE and len(lacking) > 1 else ""
        raise NotQualified(f"This appeal asks for {which}{', '.join(sorted(lacking))}, which {actor.id} does not hold.")


def require_lease(case: Case, actor: Actor, at: datetime) -> None:
    """Refuse whoever does not have the case in hand."""
    if case.held_by(at) != actor.id:
        holder = case.held_by(at)
        now = f"{holder} has it{until(case)}" if holder else "nobody has"
        raise CaseNotLeased(f"{actor.id} does not have this appeal in hand, {now}; claim it.", field="appeal_id")


def until(case: Case) -> str:
    """Until when the case is in somebody's hands, in words."""
    end = case.lease.until if case.lease else None
    return f" until {end:%Y-%m-%d %H:%M} UTC" if end else ""
