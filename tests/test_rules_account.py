"""Registering a creator, the scheme the account lives under, and its market."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from domain.creator import decider
from domain.creator.decider import ConcurrencyConflict, OccurredBeforeRegistration
from domain.creator.enforcement import rule_for
from domain.creator.finding import Discretion
from domain.creator.penalties import PenaltyExpired, PenaltyImposed
from domain.creator.points import MilestoneCrossed, PointsDeducted, PointsExpired
from domain.creator.scheme import (
    AccountAlreadyRegistered,
    AccountMarketChanged,
    AccountType,
    AdoptScheme,
    ChangeMarket,
    CreatorAccountOpened,
    CreatorUnderAge,
    ExternalIdInvalid,
    JurisdictionInvalid,
    RegisterCreator,
    SchemeAdopted,
    SchemeNotEffective,
    SchemeNotInMarket,
)
from domain.creator.violations import ConfirmViolation
from domain.creator.warnings import IssueWarning, WarningIssued
from domain.facts import ActorKind, Cause, Personal, placed
from domain.identity import PackHash, creator_id, pack_id
from domain.packs import publishing
from domain.packs.catalogue import Catalogue, MarketNotCovered, PolicyVersionUnknown
from domain.packs.model import OldEntries, Pack, Severity
from tests.rulebook import MODERATOR, SHIPPED, START, Story, later, pack_of, published, shipped, stories_are_replayed

__all__ = ["stories_are_replayed"]

US = pack_of(SHIPPED, "US")
VN = pack_of(SHIPPED, "VN")
VN_STARTS = datetime(2026, 1, 11, 17, tzinfo=UTC)  # 12 January begins in Viet Nam
POINTS = pack_of(SHIPPED, "VN", VN_STARTS - timedelta(seconds=1))


def registration(external_id: str = "creator-1", market: str = "US", **more: Any) -> RegisterCreator:
    creator = more.pop("creator", creator_id(external_id))
    known: dict[str, Any] = {"adult": True, "account_type": AccountType.PRIVATE} | more
    return RegisterCreator(creator=creator, external_id=external_id, market=market, **known)


def hash_of(catalogue: Catalogue, scheme: str, market: str, version: int = 1) -> PackHash:
    return next(one.hash for one in catalogue if one.id == pack_id(scheme, market) and one.version == version)


def with_header(pack: Pack, **header: Any) -> Pack:
    return msgspec.structs.replace(pack, pack=msgspec.structs.replace(pack.pack, **header))


def among(*packs: Pack) -> Catalogue:
    """The shipped packs, with these in place of those of the same stream."""
    named = {(pack.pack.scheme, pack.pack.market) for pack in packs}
    return published([*(pack for pack in shipped() if (pack.pack.scheme, pack.pack.market) not in named), *packs])


def in_viet_nam(at: datetime, packs: Catalogue = SHIPPED) -> Story:
    story = Story("VN", packs, registered=False).at(at)
    return story.given(registration(market="VN"))


# Registration


def test_a_creator_is_registered_once_and_the_same_registration_again_changes_nothing() -> None:
    story = Story(registered=False)
    story.when(registration()).then(CreatorAccountOpened, SchemeAdopted)
    story.days(40).when(registration()).then()


def test_an_account_begins_under_the_pack_in_force_in_its_market_with_its_base_and_nothing_restricted() -> None:
    story = Story(registered=False)
    adopted = story.when(registration()).one(SchemeAdopted)
    assert (adopted.scheme, adopted.hash) == ("creator-health-rating", hash_of(SHIPPED, "creator-health-rating", "US"))
    assert (adopted.score.before, adopted.score.after, adopted.score.zone_before, adopted.score.zone_after) == (200, 200, "GREEN", "GREEN")
    assert story.score == 200
    assert story.account.standing.penalties == {}


def test_an_account_is_under_the_law_of_its_market_unless_other_law_is_named() -> None:
    assert Story().account.jurisdictions == ("US",)
    assert Story(jurisdictions=("US", "EU")).account.jurisdictions == ("US", "EU")


def test_an_account_is_not_registered_a_second_time_in_another_market() -> None:
    refusal = Story().when(registration(market="VN")).refused(AccountAlreadyRegistered)
    assert "market US" in refusal.message


def test_an_account_is_not_registered_a_second_time_under_other_law() -> None:
    Story().when(registration(jurisdictions=("US", "EU"))).refused(AccountAlreadyRegistered)


def test_a_creator_under_age_is_not_registered() -> None:
    Story(registered=False).when(registration(adult=False)).refused(CreatorUnderAge)


def test_an_external_id_has_at_most_200_characters() -> None:
    Story(registered=False).when(registration("x" * 201)).refused(ExternalIdInvalid)


def test_an_external_id_of_200_characters_is_taken() -> None:
    story = Story(registered=False)
    story.creator = creator_id("x" * 200)
    story.when(registration("x" * 200)).then(CreatorAccountOpened, SchemeAdopted)


def test_an_external_id_that_the_creator_id_does_not_follow_from_is_refused() -> None:
    Story(registered=False).when(registration("creator-2", creator=creator_id("creator-1"))).refused(ExternalIdInvalid)


def test_a_market_without_a_pack_takes_no_account() -> None:
    Story(registered=False).when(registration(market="XX")).refused(MarketNotCovered)


# Schemes


def test_before_12_january_2026_begins_in_viet_nam_an_account_begins_under_the_violation_points() -> None:
    story = in_viet_nam(VN_STARTS - timedelta(seconds=1))
    assert story.account.scheme is not None
    assert (story.account.scheme.name, story.score) == ("violation-points", 0)


def test_as_12_january_2026_begins_in_viet_nam_an_account_begins_under_the_creator_health_rating() -> None:
    story = in_viet_nam(VN_STARTS)
    assert story.account.scheme is not None
    assert (story.account.scheme.name, story.score) == ("creator-health-rating", 200)


def test_an_account_stays_under_another_scheme_until_it_adopts_the_new_one() -> None:
    story = in_viet_nam(VN_STARTS - timedelta(days=30)).at(VN_STARTS + timedelta(days=3))
    assert story.settle() == []
    assert story.account.scheme is not None
    assert story.account.scheme.name == "violation-points"


def test_adopting_another_scheme_drops_the_old_entries_and_everybody_begins_at_its_base() -> None:
    story = in_viet_nam(VN_STARTS - timedelta(days=30))
    story.confirm(severity=Severity.MAJOR)
    assert story.score == 8
    adopted = story.at(VN_STARTS).when(AdoptScheme(creator=story.creator, pack=hash_of(SHIPPED, "creator-health-rating", "VN"))).then(SchemeAdopted)
    score = adopted.one(SchemeAdopted).score
    assert (score.before, score.after, score.zone_before, score.zone_after) == (8, 200, "ORANGE", "GREEN")
    assert adopted.one(SchemeAdopted).kept == ()
    assert story.score == 200


def test_entries_of_a_score_of_another_shape_are_dropped_even_where_the_pack_keeps_old_entries() -> None:
    packs = among(with_header(VN, when_adopted_from_another_scheme=OldEntries.KEEP))
    story = in_viet_nam(VN_STARTS - timedelta(days=30), packs)
    story.confirm(severity=Severity.MAJOR)
    story.at(VN_STARTS).given(AdoptScheme(creator=story.creator, pack=hash_of(packs, "creator-health-rating", "VN")))
    assert (story.score, story.account.standing.ledger.entries) == (200, {})


def test_entries_of_a_score_of_the_same_shape_are_kept_where_the_pack_keeps_those_of_another_scheme() -> None:
    other = with_header(US, scheme="other", when_adopted_from_another_scheme=OldEntries.KEEP, effective_from=date(2023, 1, 1))
    packs = among(US, other)
    story = Story(packs=packs)
    story.confirm(severity=Severity.MAJOR)
    adopted = story.when(AdoptScheme(creator=story.creator, pack=hash_of(packs, "other", "US"))).then(SchemeAdopted)
    assert story.score == 160
    assert len(adopted.one(SchemeAdopted).kept) == len(story.account.standing.ledger.entries) == 3  # score, repeat offence, key policies


def test_a_scheme_is_not_adopted_before_it_is_in_force() -> None:
    story = in_viet_nam(VN_STARTS - timedelta(seconds=1))
    story.when(AdoptScheme(creator=story.creator, pack=hash_of(SHIPPED, "creator-health-rating", "VN"))).refused(SchemeNotEffective)


def test_a_scheme_is_not_adopted_once_it_has_ended() -> None:
    packs = among(US, with_header(US, scheme="other", effective_from=date(2023, 1, 1), effective_until=date(2026, 3, 3)))
    ends = datetime(2026, 3, 3, 8, tzinfo=UTC)
    story = Story(packs=packs).at(ends)
    story.when(AdoptScheme(creator=story.creator, pack=hash_of(packs, "other", "US"))).refused(SchemeNotEffective)
    story = Story(packs=packs).at(ends - timedelta(seconds=1))
    story.when(AdoptScheme(creator=story.creator, pack=hash_of(packs, "other", "US"))).then(SchemeAdopted)


def test_a_version_that_a_later_one_has_replaced_is_not_adopted_again() -> None:
    packs = among(US, later(US, date(2026, 3, 1), quiz=None))
    story = Story(packs=packs)
    assert story.account.scheme is not None
    assert story.account.scheme.version == 2
    story.when(AdoptScheme(creator=story.creator, pack=hash_of(packs, "creator-health-rating", "US", 1))).refused(SchemeNotEffective)


def test_a_scheme_that_does_not_cover_the_market_is_not_adopted() -> None:
    story = Story()
    story.when(AdoptScheme(creator=story.creator, pack=hash_of(SHIPPED, "violation-points", "SEA"))).refused(SchemeNotInMarket)


def test_a_scheme_that_was_never_published_is_not_adopted() -> None:
    story = Story()
    story.when(AdoptScheme(creator=story.creator, pack=PackHash("0" * 64))).refused(PolicyVersionUnknown)


def test_adopting_the_scheme_an_account_lives_under_changes_nothing() -> None:
    story = Story()
    story.when(AdoptScheme(creator=story.creator, pack=hash_of(SHIPPED, "creator-health-rating", "US"))).then()


def test_a_penalty_of_the_old_scheme_goes_on_under_the_new_one() -> None:
    story = in_viet_nam(VN_STARTS - timedelta(hours=12))
    penalty = story.confirm(severity=Severity.MAJOR).one(PenaltyImposed)
    story.at(VN_STARTS).given(AdoptScheme(creator=story.creator, pack=hash_of(SHIPPED, "creator-health-rating", "VN")))
    assert penalty.penalty_id in story.account.standing.penalties
    assert penalty.ends_at is not None
    assert PenaltyExpired(penalty_id=penalty.penalty_id) in story.at(penalty.ends_at).settle()


# A new version of the same pack


NEXT_BEGINS = datetime(2026, 4, 1, 7, tzinfo=UTC)  # in Los Angeles


def next_version(**header: Any) -> Catalogue:
    return among(US, later(US, date(2026, 4, 1), header=header))


def test_a_new_version_of_its_pack_is_adopted_by_itself_at_the_instant_it_comes_into_force() -> None:
    packs = next_version()
    story = Story(packs=packs)
    assert story.at(NEXT_BEGINS - timedelta(seconds=1)).settle() == []
    (adopted,) = story.at(NEXT_BEGINS).settle()
    assert isinstance(adopted, SchemeAdopted)
    assert (adopted.version, adopted.hash) == (2, hash_of(packs, "creator-health-rating", "US", 2))
    assert story.settle() == []


def test_the_fact_that_published_a_new_version_is_the_cause_of_its_adoption_and_the_system_its_actor() -> None:
    packs = next_version()
    story = Story(packs=packs).at(NEXT_BEGINS + timedelta(days=5))
    story.settle()
    fact = story.facts[-1]
    assert isinstance(fact.event, SchemeAdopted)
    assert fact.cause == Cause(pack_id("creator-health-rating", "US"), 2)
    assert (fact.actor.kind, fact.occurred_at, fact.recorded_at) == (ActorKind.SYSTEM, NEXT_BEGINS, story.now)


def test_a_new_version_keeps_the_entries_where_the_pack_says_so() -> None:
    story = Story(packs=next_version())
    story.confirm(severity=Severity.MAJOR)
    story.at(NEXT_BEGINS).settle()
    assert story.score == 160


def test_a_new_version_drops_the_entries_where_the_pack_says_so() -> None:
    story = Story(packs=next_version(when_adopted_from_an_earlier_version=OldEntries.DROP))
    story.confirm(severity=Severity.MAJOR)
    (adopted,) = story.at(NEXT_BEGINS).settle()
    assert isinstance(adopted, SchemeAdopted)
    assert (adopted.score.before, adopted.score.after) == (160, 200)
    assert story.score == 200


def test_two_versions_that_came_into_force_meanwhile_are_adopted_one_after_the_other() -> None:
    packs = among(US, later(US, date(2026, 4, 1), quiz=None), later(US, date(2026, 5, 1)))
    story = Story(packs=packs).at(datetime(2026, 6, 1, tzinfo=UTC))
    assert [event.version for event in story.settle() if isinstance(event, SchemeAdopted)] == [2, 3]
    assert [fact.occurred_at for fact in story.facts[-2:]] == [NEXT_BEGINS, datetime(2026, 5, 1, 7, tzinfo=UTC)]


def test_a_new_version_that_no_longer_covers_the_market_is_not_adopted() -> None:
    packs = among(POINTS, later(POINTS, date(2026, 1, 5), header={"covers": ("ID",)}))
    story = in_viet_nam(datetime(2026, 1, 1, tzinfo=UTC), packs)
    assert story.days(7).settle() == []


def test_a_version_that_was_retired_before_it_came_into_force_is_not_adopted() -> None:
    id = pack_id("creator-health-rating", "US")
    stream = publishing.empty()
    for command in (
            publishing.PublishPack(US), publishing.PublishPack(later(US, date(2026, 4, 1))),
            publishing.RetirePack(id, "a mistake", START + timedelta(days=1))):
        drafts = publishing.decide(stream, command, MODERATOR, START)
        stream = publishing.fold(stream, placed(drafts, id, stream.version, START, ""))
    story = Story(packs=Catalogue(publishing.published(stream)))
    assert story.at(NEXT_BEGINS).settle() == []


def test_a_deduction_after_a_new_version_costs_what_its_schedule_says() -> None:
    dearer = tuple(msgspec.structs.replace(rule, points=77, range=None) if rule.severities == (Severity.MAJOR,) else rule for rule in US.points)
    packs = among(US, later(US, date(2026, 4, 1), points=dearer))
    story = Story(packs=packs).at(NEXT_BEGINS)
    assert story.confirm(severity=Severity.MAJOR).one(PointsDeducted).points == 77
    assert rule_for(US, "MISLEADING_PROMOTION", Severity.MAJOR, 1)[1].points == 40


# Milestones


def fallen_to_150(packs: Catalogue) -> Story:
    """An account whose score has fallen to 140, so that the first milestone has fired."""
    story = Story(packs=packs)
    chosen = Discretion(points=60, reasons=Personal("widely seen"))
    outcome = story.when(ConfirmViolation(creator=story.creator, finding=story.finding(severity=Severity.MAJOR), discretion=chosen))
    assert outcome.one(MilestoneCrossed).threshold == 150
    return story


def test_without_an_adoption_a_milestone_that_has_fired_does_not_fire_again_while_the_score_stays_below_it() -> None:
    story = fallen_to_150(SHIPPED).at(NEXT_BEGINS)
    story.confirm("video-2", "UNDISCLOSED_COMMERCIAL").excludes(MilestoneCrossed)


def test_adopting_a_scheme_arms_its_milestones_and_fires_none() -> None:
    story = fallen_to_150(next_version()).at(NEXT_BEGINS)
    events = story.settle()
    assert [type(event) for event in events if not isinstance(event, PenaltyExpired | PointsExpired)] == [SchemeAdopted]
    assert (story.score, story.account.standing.ledger.fired) == (140, ())


def test_after_an_adoption_the_next_deduction_fires_the_milestone_the_score_is_below() -> None:
    story = fallen_to_150(next_version()).at(NEXT_BEGINS)
    crossed = story.confirm("video-2", "UNDISCLOSED_COMMERCIAL").one(MilestoneCrossed)
    assert (crossed.threshold, crossed.value_before, crossed.value_after) == (150, 140, 120)


# Markets


def test_moving_to_another_market_adopts_the_pack_in_force_there() -> None:
    story = Story()
    story.confirm(severity=Severity.MAJOR)
    outcome = story.when(ChangeMarket(creator=story.creator, market="TH")).then(AccountMarketChanged, SchemeAdopted)
    moved = outcome.one(AccountMarketChanged)
    assert (moved.before, moved.market, moved.jurisdictions) == ("US", "TH", ("TH",))
    assert (outcome.one(SchemeAdopted).scheme, story.score) == ("violation-points", 0)
    assert outcome.facts[1].cause == Cause(story.creator, outcome.facts[0].version)


def test_moving_within_a_scheme_keeps_the_entries_as_its_pack_says() -> None:
    story = Story()
    story.confirm(severity=Severity.MAJOR)
    story.when(ChangeMarket(creator=story.creator, market="VN")).then(AccountMarketChanged, SchemeAdopted)
    assert story.score == 160


def test_moving_to_a_market_under_the_same_pack_adopts_nothing_and_arms_no_milestone() -> None:
    story = Story("TH")
    story.confirm(severity=Severity.MAJOR).includes(MilestoneCrossed)
    story.when(ChangeMarket(creator=story.creator, market="ID")).then(AccountMarketChanged)
    story.confirm("video-2", "LOW_QUALITY", Severity.MINOR).excludes(MilestoneCrossed)
    assert (story.account.market, story.score) == ("ID", 9)


def test_moving_to_the_market_an_account_is_in_changes_nothing() -> None:
    story = Story(jurisdictions=("US", "US-TX"))
    story.when(ChangeMarket(creator=story.creator, market="US")).then()
    story.when(ChangeMarket(creator=story.creator, market="US", jurisdictions=("US", "US-TX"))).then()


def test_an_account_may_come_under_other_law_without_leaving_its_market() -> None:
    story = Story()
    story.when(ChangeMarket(creator=story.creator, market="US", jurisdictions=("US", "US-TX"))).then(AccountMarketChanged)
    assert story.account.jurisdictions == ("US", "US-TX")


def test_an_account_does_not_move_to_a_market_without_a_pack() -> None:
    story = Story()
    story.when(ChangeMarket(creator=story.creator, market="XX")).refused(MarketNotCovered)
    assert story.account.market == "US"


def test_nothing_falls_due_on_an_account_that_was_never_registered() -> None:
    assert decider.settle(decider.empty(), START, SHIPPED) == []


@pytest.mark.parametrize("law", ["eu", "Germany", "US_TX", "US-CALIF"])
def test_a_jurisdiction_that_is_no_code_is_refused_for_its_law_would_silently_not_apply(law: str) -> None:
    story = Story(registered=False)
    story.when(RegisterCreator(
        adult=True, creator=story.creator, external_id="creator-1", account_type=AccountType.PRIVATE, market="US", jurisdictions=("US", law)),
    ).refused(JurisdictionInvalid)


def test_the_same_account_registered_as_a_business_is_another_request() -> None:
    story = Story()
    story.when(RegisterCreator(
        adult=True, creator=story.creator, external_id="creator-1", account_type=AccountType.BUSINESS, market="US"),
    ).refused(AccountAlreadyRegistered)


def test_nothing_happened_to_an_account_before_it_was_registered() -> None:
    story = Story().days(1)
    warning = IssueWarning(creator=story.creator, reasons=Personal("Mind the claims."))
    story.when(warning, occurred_at=START - timedelta(microseconds=1)).refused(OccurredBeforeRegistration)
    story.again_may_differ().when(warning, occurred_at=START).then(WarningIssued)


def test_a_version_that_nobody_can_have_seen_is_refused() -> None:
    story = Story()
    story.when(IssueWarning(creator=story.creator, reasons=Personal("Mind.")), expected=story.account.version + 1).refused(ConcurrencyConflict)
