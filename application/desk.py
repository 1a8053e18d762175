"""The appeals desk follows the accounts: what happens to an appeal opens and closes its case, and whoever decides it needs the case in hand.

Accounts and cases are in two logs. What is due at the desk follows from the accounts' log alone and may be done twice, for the second
time records nothing: so it does not matter where a process dies, nor how many of them follow.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from application.governance import Answer, Governance, Request, Rules
from application.projector_views import writing
from application.store import Aggregate, Log, Logs
from domain.cases import case, desk
from domain.cases.case import Case
from domain.cases.desk import AssignAppeal, ClaimAppeal, Command, Order, ReassignAppeal
from domain.cases.fitness import require_decider
from domain.cases.following import FOLLOWED, awaits_decision, case_of, react
from domain.creator.appeals import ReviewerConflict
from domain.creator.grammar import Order as AccountOrder
from domain.creator.hearing import RequestInformation
from domain.creator.judgement import DecideAppeal
from domain.creator.state import Account
from domain.creator.subjects import took_part
from domain.facts import SYSTEM, Actor, Fact
from domain.identity import case_id
from domain.packs.catalogue import Catalogue
from domain.refusals import Refused
from projections import places
from projections.catalogue import CASES_LOG

CASES: Aggregate[Case] = Aggregate("cases", case.EVENTS, case.empty, case.fold, "1", Case, number=CASES_LOG)
FOLLOWER = "desk"
AT_ONCE = 500
REMEMBER_EVERY = 5000  # positions: what nothing follows from is not worth a write each time


def stream_of(command: Command) -> UUID:
    """The case that a command is about."""
    return case_id(command.appeal_id)


RULES: Rules[Case, Catalogue] = Rules(
    CASES, lambda _case, _at, _packs: [], desk.decide,
    lambda command, actor, at, occurred_at, _expected, _preview: Order(command, actor, at, occurred_at), desk.decide, stream_of)


def impartial(accounts: Logs[Account]) -> Callable[[Case, Order, Catalogue], None]:
    """What refuses to give an appeal into the hands of somebody who by now took part in the decision, also since the case was opened."""

    def guard(_case: Case, order: Order, _packs: Catalogue) -> None:
        match order.command:
            case AssignAppeal(assignee=who) | ReassignAppeal(assignee=who):
                pass
            case ClaimAppeal():
                who = order.actor.id
            case _:
                return
        account, id = accounts.load(order.command.creator), order.command.appeal_id
        if awaits_decision(account, id) and who in took_part(account, account.appeals[id].subject):
            raise ReviewerConflict(f"{who} took part in the decision; another person must work on the appeal against it.")

    return guard


class Shared:
    """Work that is done once for all who wait for it: whoever comes while it is under way waits for the next, with all who came meanwhile."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._turn, self._counting = Lock(), Lock()
        self._came = self._served = 0

    def __call__(self) -> None:
        """Come back when the work has been done once from now on."""
        with self._counting:
            self._came += 1
            mine = self._came
        with self._turn:
            if self._served >= mine:
                return
            serving = self._came
            self._work()
            self._served = serving


class Desk:
    """The cases, kept up with the `accounts` whose appeals they are about; `views` holds how far that has come."""

    def __init__(self, accounts: Logs[Account], cases: Log[Case], governance: Governance[Case, Catalogue], views: Engine) -> None:
        self._accounts = accounts
        self._cases = cases
        self._views = views
        self._come_to = {log.number: 0 for log in accounts.all}
        self._following = {log.number: Shared(partial(self._catch_up_with, log)) for log in accounts.all}
        self.governance = governance

    def handle(self, command: Command, *, by: Actor, key: str = "") -> Answer:
        """Decide one command about a case as it is by now. Raises Refused."""
        self.catch_up()
        return self.governance.handle(command, by=by, key=key)

    def catch_up(self) -> None:
        """Do at the desk whatever follows from the accounts' facts so far."""
        for follow in self._following.values():
            follow()

    def catch_up_with(self, log: int) -> None:
        """Do at the desk whatever follows from the facts so far of one of the accounts' logs, by its number."""
        self._following[log]()

    def _catch_up_with(self, log: Log[Account]) -> None:
        last, remembered = log.last_position(), self._remembered(log)
        come_to = max(self._come_to[log.number], remembered)
        come_to = come_to if come_to <= last else 0  # the log is an older one than was followed before
        followed = 0
        while facts := log.facts_named(FOLLOWED, come_to, last, AT_ONCE):
            self._follow(log, facts)
            come_to, followed = facts[-1].position, followed + len(facts)
        self._come_to[log.number] = last
        if followed or abs(last - remembered) >= REMEMBER_EVERY:
            self._remember(log, last)

    def guard(self, account: Account, order: AccountOrder, packs: Catalogue) -> None:
        """Refuse to let an appeal be decided, or its appellant asked, by who may not, or has it not in hand where the pack asks for that."""
        command = order.command
        if not isinstance(command, DecideAppeal | RequestInformation) or not awaits_decision(account, command.appeal_id):
            return  # the account's own rules know what to say
        found = self._cases.load(case_id(command.appeal_id))
        opened = found.opened or case_of(account, command.appeal_id)
        require_decider(found, opened, order.actor, order.at, packs.by_hash(opened.pack).pack)

    def _follow(self, log: Log[Account], facts: list[Fact]) -> None:
        requests = [
            Request(command, SYSTEM, occurred_at=fact.occurred_at) for fact in facts
            if (command := react(fact, log.state_at(fact.stream, fact.version)))]
        for outcome in self.governance.handle_all(requests):
            if isinstance(outcome, Refused):
                raise outcome

    def _remembered(self, log: Log[Account]) -> int:
        with self._views.connect() as connection:
            known: Any = places.read(connection, log.number).get(FOLLOWER)
            return known.position if known else 0

    def _remember(self, log: Log[Account], position: int) -> None:
        with writing(self._views) as connection:
            places.note(connection, log.number, FOLLOWER, position)
