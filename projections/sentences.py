"""What a person reads of a fact: one English sentence, from the event's name and its parameters as the timeline keeps them.

It names no reviewer and opens no personal text. Times are UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from domain.facts import Event
from projections.columns import document_text

Parameters = Mapping[str, Any]
Teller = Callable[[Parameters], str]

PLAIN: dict[str, str] = {
    "AccountLinked": "The account was linked with the account {other}.",
    "AccountMarketChanged": "The account moved from market {before} to market {market}.",
    "AccountUnlinked": "The link with the account {other} was undone.",
    "AppealDeadlineMissed": "The appeal was not decided in time ({rule}).",
    "AppealEvidenceAdded": "Evidence was added to the appeal.",
    "AppealResumed": "The clocks of the appeal run on.",
    "AppealSettled": "The appeal was closed, because what it was about does not stand any more.",
    "AppealSubmitted": "An appeal against a {subject_kind} was submitted at level {level}.",
    "AppealWithdrawn": "The appeal was withdrawn.",
    "ContentDeletedByOwner": "The creator deleted the content {content_id}.",
    "ContentDemoted": "The content {content_id} is shown less.",
    "ContentLabelled": "The content {content_id} was labelled {label}.",
    "ContentRemoved": "The content {content_id} was removed.",
    "ContentRestored": "The content {content_id} is not {measure} any more.",
    "CreatorAccountOpened": "The account {external_id} was registered in market {market}.",
    "CreatorErased": "The personal data of the account was erased ({ground}).",
    "DisputeOpened": "A decision about a {subject_kind} is before {body}.",
    "DisputeOutcomeImplemented": "What the body outside the platform decided was carried out.",
    "ErasureDeclined": "The erasure of the account's personal data was declined.",
    "ErasureRequested": "The erasure of the account's personal data was asked for ({ground}).",
    "EvidenceChanged": "The evidence {reference} is not what it was.",
    "EvidenceRetentionEnded": "Evidence is no longer kept: the time of its retention class is over.",
    "InformationProvided": "The appellant answered what was asked.",
    "LegalHoldPlaced": "What is on record of the account must be kept (legal hold).",
    "LegalHoldReleased": "A legal hold on the account was released.",
    "MilestoneReversed": "The milestone {threshold} counts as not reached; whatever was enforced at it was undone.",
    "NoticeBounced": "A notice to the creator could not be delivered.",
    "NoticeSent": "A notice was sent to the creator by {channel}.",
    "PenaltyApproved": "A second person approved the penalty.",
    "PenaltyExpired": "The penalty came to its end.",
    "PenaltyLifted": "The penalty was lifted.",
    "PenaltyProposalDeclined": "A second person declined the proposed penalty.",
    "PenaltyProposalLapsed": "The proposed penalty lapsed.",
    "PenaltyReversed": "The penalty was reversed, because what it rested on fell.",
    "PermissionRestored": "The suspended capabilities were given back.",
    "QuizFailed": "The quiz about {policy} was not passed: {score} of {full} answers were right.",
    "QuizPassed": "The quiz about {policy} was passed with all {full} answers right.",
    "RecommendationEligibilityRestored": "What was not recommended may be recommended again.",
    "RemedyFulfilled": "What was owed to the creator was given.",
    "RepresentativeRevoked": "The representative {representative} may not act for the creator any more.",
    "RestrictionApplied": "The platform carried out the penalty.",
    "RestrictionFailed": "The platform could not carry out the penalty or its end.",
    "RestrictionLifted": "The platform carried out the end of the penalty.",
    "RestrictionRequested": "The platform was asked again to carry out the penalty or its end.",
    "RewardExpired": "The reward came to its end.",
    "RewardRevoked": "The reward was taken back.",
    "StatementOfReasonsCorrected": "A statement of reasons does not hold any more ({correction}).",
    "StatementOfReasonsIssued": "A statement of reasons was issued in {language}.",
    "StatementOfReasonsRejected": "The DSA Transparency Database did not take a statement of reasons.",
    "StatementOfReasonsSubmitted": "The DSA Transparency Database took a statement of reasons as {remote_id}.",
    "StrikeExpired": "A strike of {tally} expired.",
    "StrikeIssued": "A strike was counted by {tally}, which is at {value} now.",
    "StrikeRemoved": "A strike of {tally} was taken away with what it stood for.",
    "ViolationCorrected": "The creator put the suspected violation right.",
    "ViolationDismissed": "The suspected violation was dismissed.",
}
TO_CREATORS = {
    "AccountLinked": "The account was linked with another account.",
    "AccountUnlinked": "The link with another account was undone.",
    "EvidenceChanged": "A piece of evidence is not what it was.",
    "QualityReviewRecorded": "The quality of a decision was reviewed.",
}
TOLD: dict[str, Teller] = {}


def sentence(kind: str, parameters: Parameters) -> str:
    """What a person reads of an event of that name. KeyError if there is no such event."""
    if tell := TOLD.get(kind):
        return tell(parameters)
    spoken = {name: worded(value) if isinstance(value, str) and name in WORDED else value for name, value in parameters.items()}
    return PLAIN[kind].format_map(Missing(spoken))


def sentence_to_creators(kind: str, parameters: Parameters) -> str:
    """What the creator reads of it: nothing of other accounts, of evidence that others gave, and of the staff's own work."""
    return TO_CREATORS.get(kind) or sentence(kind, parameters)


def sentence_of(event: Event) -> str:
    """What a person will read of an event that may not be recorded yet."""
    return sentence(type(event).__name__, msgspec.json.decode(document_text(event)))


WORDED = frozenset({"subject_kind", "measure", "correction", "ground"})


class Missing(dict[str, Any]):
    """Parameters of which those that have their default were not kept."""

    def __missing__(self, _name: str) -> str:
        return ""


def tells(kind: str) -> Callable[[Teller], Teller]:
    """The function tells events of that name."""

    def register(tell: Teller) -> Teller:
        TOLD[kind] = tell
        return tell

    return register


def worded(code: str) -> str:
    """A code as words."""
    return code.lower().replace("_", " ")


def day(instant: str | None) -> str:
    """A time as a person reads it."""
    return on_day(datetime.fromisoformat(instant)) if instant else ""


def on_day(at: datetime) -> str:
    """A time (UTC) as a person reads it."""
    return f"{at.day} {at:%B %Y %H:%M} UTC"


def until(instant: str | None) -> str:
    """Until when."""
    return f"until {day(instant)}" if instant else "without end"


def points(number: int) -> str:
    """So many points."""
    return f"{number} point" if number == 1 else f"{number} points"


def moved(score: Parameters) -> str:
    """From which score to which, with the zone where that changed."""
    zone = f" (zone {score['zone_after']})" if score["zone_after"] != score["zone_before"] else ""
    return f"the health score went from {score['before']} to {score['after']}{zone}"


def money(parameters: Parameters) -> str:
    """An amount in minor units."""
    return f"{parameters['amount']} {parameters['currency']} (minor units) of commission"


def restricted(restrictions: list[Parameters]) -> str:
    """What is restricted."""
    return ", ".join(dict.fromkeys(worded(one["capability"]) for one in restrictions)) or "nothing"


OUTCOMES = {
    "UPHELD": "The appeal was denied: the decision stands.",
    "PARTIALLY_REVERSED": "The appeal was granted in part: something milder takes the decision's place.",
    "REVERSED": "The appeal was granted: the decision was reversed.",
    "OMITTED": "The appeal was closed without a decision on its merits.",
}


@tells("AppealDecided")
def appeal_decided(it: Parameters) -> str:
    """How."""
    return OUTCOMES[it["outcome"]]


@tells("EvidenceRetentionScheduled")
def retention_scheduled(it: Parameters) -> str:
    """Until when evidence is kept."""
    if not it.get("due_at"):
        return "Evidence is kept until the decision it belongs to can be contested no more."
    return f"Evidence is kept {until(it['due_at'])}."


@tells("LateAppealAdmitted")
def late_appeal_admitted(it: Parameters) -> str:
    """Until when."""
    return f"A late appeal was admitted for good cause {until(it['until'])}."


@tells("InformationRequested")
def information_requested(it: Parameters) -> str:
    """Until when."""
    return f"The appellant was asked for more, to be answered {until(it['until'])}."


@tells("DecisionOverturned")
def decision_overturned(it: Parameters) -> str:
    """Wholly or in part, by which way."""
    how = "fell in part" if it.get("relief") else "was overturned"
    return f"A decision about a {worded(it['subject_kind'])} {how} ({worded(it['ground'])})."


@tells("QualityReviewRecorded")
def quality_reviewed(it: Parameters) -> str:
    """With what result."""
    found = "no error" if it["verdict"] == "CORRECT" else "an error"
    return f"The quality of a decision was reviewed, and {found} was found."


@tells("DisputeDecided")
def dispute_decided(it: Parameters) -> str:
    """How."""
    return f"The body outside the platform decided: {worded(it['outcome'])}."


@tells("CommissionReinstated")
def commission_reinstated(it: Parameters) -> str:
    """Owed again."""
    return f"{money(it)} that had been forfeited is owed to the creator again."


@tells("CommissionFrozen")
def commission_frozen(it: Parameters) -> str:
    """Held."""
    return f"{money(it)} is held because of a penalty."


@tells("CommissionReleased")
def commission_released(it: Parameters) -> str:
    """Let go."""
    return f"{money(it)} was released to the creator."


@tells("CommissionForfeited")
def commission_forfeited(it: Parameters) -> str:
    """Lost."""
    return f"{money(it)} was forfeited."


def reached(it: Parameters) -> str:
    """A threshold with its figures."""
    return f"went from {it['value_before']} to {it['value_after']} and reached the threshold {it['threshold']}."


@tells("MilestoneCrossed")
def milestone(it: Parameters) -> str:
    """Of the score."""
    return f"The health score {reached(it)}"


@tells("RepeatOffenceThresholdReached")
def repeated(it: Parameters) -> str:
    """Of another counter."""
    return f"The counter {it['tally']} {reached(it)}"


def informed(how: str) -> Teller:
    """How the creator was informed, and what begins with it."""

    def tell(it: Parameters) -> str:
        window = f"; an appeal may be filed until {day(it['appeal_until'])}" if it.get("appeal_until") else ""
        return f"{how}{window}."

    return tell


tells("NoticeDelivered")(informed("A notice reached the creator"))
tells("NoticeRead")(informed("The creator opened a notice"))
tells("NoticeDeemed")(informed("A notice counts as received"))


@tells("PenaltyImposed")
def penalty_imposed(it: Parameters) -> str:
    """What, and until when."""
    interim = "In the interim, the" if it.get("interim") else "The"
    return f"{interim} penalty {worded(it['kind'])} restricts {restricted(it['restrictions'])} {until(it['ends_at'])}."


@tells("PenaltyProposed")
def penalty_proposed(it: Parameters) -> str:
    """What, and how long it waits."""
    return f"The penalty {worded(it['kind'])} was proposed and waits for a second person {until(it['lapses_at'])}."


@tells("PenaltyShortened")
def penalty_shortened(it: Parameters) -> str:
    """From when to when."""
    return f"The penalty ends earlier: {until(it['ends_at'])}."


@tells("ExternalPenaltyRecorded")
def external_penalty_recorded(it: Parameters) -> str:
    """What, by whom, and until when."""
    return f"Another system ({it['origin']['system']}) restricted {restricted(it['restrictions'])} {until(it['ends_at'])}: {worded(it['kind'])}."


@tells("PermissionSuspended")
def permission_suspended(it: Parameters) -> str:
    """What, and until when."""
    return f"A person suspended {restricted(it['restrictions'])} {until(it['ends_at'])}."


@tells("PermissionRevoked")
def permission_revoked(it: Parameters) -> str:
    """What."""
    return f"A person revoked {restricted(it['restrictions'])} without end."


@tells("RecommendationEligibilityRevoked")
def not_recommended(it: Parameters) -> str:
    """What, and until when."""
    items = ", ".join(one.get("item", "*") for one in it["restrictions"])
    what = "The account" if items == "*" else f"The content {items}"
    return f"{what} is not recommended any more, {until(it['ends_at'])}."


@tells("PointsDeducted")
def points_deducted(it: Parameters) -> str:
    """How many."""
    return f"{points(it['points'])} deducted: {moved(it['score'])}."


@tells("PointsEarned")
def points_earned(it: Parameters) -> str:
    """How many, by what."""
    return f"{points(it['points'])} earned by {worded(it['source'])} ({it['quantity']}): {moved(it['score'])}."


@tells("PointsClawedBack")
def points_clawed_back(it: Parameters) -> str:
    """How many."""
    return f"{points(it['points'])} that had been earned taken back: {moved(it['score'])}."


@tells("PointsRestored")
def points_restored(it: Parameters) -> str:
    """How many, why."""
    why = {"OVERTURN": "because a violation was overturned", "AMENDMENT": "because a violation was amended", "QUIZ": "by a policy quiz"}
    return f"{points(it['points'])} restored {why[it['reason']]}: {moved(it['score'])}."


@tells("PointsExpired")
def points_expired(it: Parameters) -> str:
    """How many."""
    return f"{points(abs(it['delta']))} expired: {moved(it['score'])}."


@tells("RemedyOwed")
def remedy_owed(it: Parameters) -> str:
    """What, and by when; not by whom."""
    match it["kind"]:
        case "SERVED_TIME":
            what = f"A remedy for {it.get('seconds', 0)} seconds of a restriction that should not have been served"
        case "COMMISSION":
            what = f"A payment of {it.get('amount', 0)} {it.get('currency', 'units')} (minor units) of forfeited commission"
        case _:
            what = f"Another offer of the reward {worded(it['reward'])}" if it.get("reward") else "Another offer of a reward"
    return f"{what} is owed to the creator{due(it)}."


@tells("RemedyAssigned")
def remedy_assigned(it: Parameters) -> str:
    """By when."""
    return f"What is owed to the creator was put into the hands of a team{due(it)}."


def due(it: Parameters) -> str:
    """By when something is to be done."""
    return f", due by {day(it['due_at'])}" if it.get("due_at") else ""


@tells("RepresentativeAuthorised")
def authorised(it: Parameters) -> str:
    """Who, as what, until when."""
    end = f" until {day(it['until'])}" if it.get("until") else ""
    return f"The representative {it['representative']} may act for the creator as {worded(it['kind'])}{end}."


@tells("RewardGranted")
def reward_granted(it: Parameters) -> str:
    """Which, until when."""
    return f"The reward {worded(it['kind'])} was granted {until(it['ends_at'])}."


@tells("RewardTierChanged")
def tier_changed(it: Parameters) -> str:
    """From which to which."""
    return f"The reward tier changed from {it['before'] or 'none'} to {it['tier']}."


@tells("SchemeAdopted")
def scheme_adopted(it: Parameters) -> str:
    """Which."""
    return f"The account is under version {it['version']} of {worded(it['scheme']).replace('-', ' ')}: {moved(it['score'])}."


@tells("ViolationSuspected")
def violation_suspected(it: Parameters) -> str:
    """Of what, in what."""
    correct = f"; the creator may put it right until {day(it['correct_until'])}" if it.get("correct_until") else ""
    return f"A violation of {worded(it['finding']['policy'])} is suspected in {it['finding']['content']['id']}{correct}."


@tells("ViolationConfirmed")
def violation_confirmed(it: Parameters) -> str:
    """Of what, how grave, in what."""
    found = it["finding"]
    where = f" by another system ({origin['system']})" if (origin := it.get("origin")) else ""
    return f"A {worded(found['severity'])} violation of {worded(found['policy'])} was confirmed in {found['content']['id']}{where}."


@tells("ViolationOverturned")
def violation_overturned(it: Parameters) -> str:
    """By which way."""
    return f"The violation was overturned ({worded(it['ground'])}); what it had caused is undone."


@tells("ViolationAmended")
def violation_amended(it: Parameters) -> str:
    """To what."""
    return f"The violation was amended: its severity is {worded(it['severity'])}."


@tells("WarningIssued")
def warning_issued(it: Parameters) -> str:
    """Why."""
    if it["kind"] == "NEAR_MILESTONE":
        return f"The creator was warned: the counter is at {it.get('value')}, and the milestone at {it.get('milestone')} is near."
    why = {"FIRST_VIOLATION": " about a first violation, without points", "BY_PERSON": " by a person"}
    return f"The creator was warned{why[it['kind']]}."
