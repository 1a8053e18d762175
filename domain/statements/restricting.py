"""From what a marketplace does to the words of the DSA Transparency Database."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from domain.packs.model import Restricts
from domain.statements.schema import EEA, EU, AccountDecision, Monetary, Provision, Visibility

DECISIONS: dict[Restricts, tuple[str, str, Any, Any]] = {  # the decision, its end, its value for a time and for good
    Restricts.VISIBILITY: (
        "decision_visibility", "end_date_visibility_restriction", (Visibility.CONTENT_DEMOTED,), (Visibility.CONTENT_DEMOTED,)),
    Restricts.PAYMENTS: ("decision_monetary", "end_date_monetary_restriction", Monetary.SUSPENSION, Monetary.TERMINATION),
    Restricts.PART_OF_SERVICE: (
        "decision_provision", "end_date_service_restriction", Provision.PARTIAL_SUSPENSION, Provision.PARTIAL_TERMINATION),
    Restricts.SERVICE: ("decision_provision", "end_date_service_restriction", Provision.TOTAL_SUSPENSION, Provision.TOTAL_TERMINATION),
    Restricts.ACCOUNT: ("decision_account", "end_date_account_restriction", AccountDecision.SUSPENDED, AccountDecision.TERMINATED)}


def decisions_of(restricts: Collection[Restricts], last_day: date | None, *, final: bool) -> dict[str, Any]:
    """The attributes of a penalty that restricts all of that, until the end of a day (None: without end), or for good."""
    found: dict[str, Any] = {}
    for kind, (decision, end, suspended, terminated) in DECISIONS.items():  # the whole service after a part of it: the whole counts
        if kind in restricts:
            found |= {decision: terminated if final else suspended, end: last_day}
    return found


def measure_of(measure: str) -> dict[str, Any]:
    """The attributes of what was done to a content item: REMOVED, DEMOTED, LABELLED."""
    return {"decision_visibility": (Visibility[f"CONTENT_{measure}"],)}


def scope_of(territories: Iterable[str], everywhere: tuple[str, ...]) -> tuple[str, ...]:
    """The countries of the European Economic Area among the territories restricted; "*" is `everywhere`."""
    found: set[str] = set()
    for name in territories:
        found.update(everywhere if name == "*" else EU if name == "EU" else {name} & EEA)
    return tuple(sorted(found))
