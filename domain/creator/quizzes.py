"""Policy quizzes: a full score gives back points of a live deduction, within the pack's caps and windows."""

from __future__ import annotations

from domain.calendar import end_of_days, end_of_following_month
from domain.creator.grammar import Command, Work, decides, evolves
from domain.creator.ledger import SCORE_TALLY, Entry
from domain.creator.points import RestoreReason, restore
from domain.creator.state import Account, Confirmed, QuizAttempts, QuizCredit
from domain.facts import Event, Fact
from domain.identity import EntryId, ViolationId
from domain.packs.model import Quiz
from domain.refusals import Refused


class QuizTaken(Event, frozen=True, kw_only=True):
    """The creator took a policy quiz about a deduction; `score` of `full` answers were right. Attempts count from 1."""

    quiz_id: str
    policy: str
    entry_id: EntryId
    score: int
    full: int
    attempt: int


class QuizPassed(QuizTaken, frozen=True, kw_only=True):
    """All answers were right."""


class QuizFailed(QuizTaken, frozen=True, kw_only=True):
    """Not all answers were right."""


class TakeQuiz(Command, frozen=True, kw_only=True):
    """Record the result of a quiz about one policy; it counts for the latest live deduction under that policy."""

    quiz_id: str
    policy: str
    score: int
    full: int


class QuizNotOffered(Refused):
    """The pack has no quiz, or nothing that one could give back."""


class QuizScoreInvalid(Refused):
    """The score does not lie between none and all answers."""


class QuizWindowClosed(Refused):
    """The quiz was open until the end of the month after the deduction."""


class QuizAttemptsExhausted(Refused):
    """All attempts for this deduction have been used."""


class QuizCapReached(Refused):
    """No more can be given back for this policy for now."""


class QuizAlreadyPassed(Refused):
    """The quiz has given points of this deduction back before; another pass gives none."""


class PointsNotReducible(Refused):
    """Points of so grave a violation must age out."""


@decides(TakeQuiz)
def take(work: Work, command: TakeQuiz) -> None:
    """Record an attempt; a full score gives points back."""
    quiz = work.pack.quiz
    if quiz is None:
        raise QuizNotOffered("This market offers no policy quiz.")
    if not 0 <= command.score <= command.full or command.full < 1:
        raise QuizScoreInvalid(f"The score must lie between 0 and {command.full}.", field="score")
    entry = deduction_for(work, command.policy, quiz)
    attempt = work.account.quiz_attempts.get(entry.id, QuizAttempts(0)).used + 1
    refuse_if_closed(work, quiz, entry, command.policy, attempt)
    passed = command.score == command.full
    version = work.record((QuizPassed if passed else QuizFailed)(
        quiz_id=command.quiz_id, policy=command.policy, entry_id=entry.id, score=command.score, full=command.full, attempt=attempt))
    if passed:
        restore(work, entry, min(quiz.credit, abs(entry.delta)), RestoreReason.QUIZ, version)


def deduction_for(work: Work, policy: str, quiz: Quiz) -> Entry:
    """The latest live deduction under a policy whose points may be reduced, and have not been by this quiz."""
    entries = [(entry, found) for entry in work.account.standing.ledger.on(SCORE_TALLY) if (found := violation_of(work, entry, policy))]
    reducible = [entry for entry, found in entries if found.severity not in quiz.not_reducible]
    if entries and not reducible:
        raise PointsNotReducible(f"Points of severity {', '.join(quiz.not_reducible)} cannot be reduced; they expire.", field="policy")
    if not reducible:
        raise QuizNotOffered(f"No live deduction under {policy} is there to be reduced.", field="policy")
    attempts = work.account.quiz_attempts
    left = [entry for entry in reducible if entry.id not in attempts or not attempts[entry.id].passed]
    if not left:
        raise QuizAlreadyPassed(f"The quiz about {policy} was passed before; another pass gives nothing back.", field="policy")
    return max(left, key=lambda entry: entry.version)


def violation_of(work: Work, entry: Entry, policy: str) -> Confirmed | None:
    """The violation an entry was made for, if it is one under that policy."""
    found = work.account.violations.get(ViolationId(entry.source))
    return found if isinstance(found, Confirmed) and found.policy == policy else None


def refuse_if_closed(work: Work, quiz: Quiz, entry: Entry, policy: str, attempt: int) -> None:
    """Refuse an attempt outside the quiz's window, attempts and cap."""
    closes = end_of_following_month(entry.at, work.zone)
    if work.at >= closes:
        raise QuizWindowClosed(f"The quiz was open until {closes:%Y-%m-%d %H:%M} UTC.", field="policy")
    if attempt > quiz.attempts:
        raise QuizAttemptsExhausted(f"All {quiz.attempts} attempts for this deduction have been used.", field="policy")
    given = [
        credit for credit in work.account.quiz_credits
        if credit.policy == policy and work.at < end_of_days(credit.at, quiz.cap_days, work.zone)]
    if len(given) >= quiz.cap:
        raise QuizCapReached(f"At most {quiz.cap} credit in {quiz.cap_days} days is given for {policy}.", field="policy")


@evolves(QuizPassed)
def passed(account: Account, event: QuizPassed, fact: Fact) -> None:
    account.quiz_attempts[event.entry_id] = QuizAttempts(event.attempt, passed=True)
    account.quiz_credits = (*account.quiz_credits, QuizCredit(event.policy, account.at or fact.occurred_at))


@evolves(QuizFailed)
def failed(account: Account, event: QuizFailed, fact: Fact) -> None:
    account.quiz_attempts[event.entry_id] = QuizAttempts(event.attempt)
