"""Representatives who may act for a creator, and links to other accounts."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from domain.creator import decider
from domain.creator.appeals import AppealNotYours, AppealSubmitted, SubmitAppeal
from domain.creator.finding import Evidence
from domain.creator.relations import (
    AccountLinked,
    AccountUnlinked,
    AuthorisationEnded,
    AuthoriseRepresentative,
    EvidenceRequired,
    LinkAccounts,
    LinkedToItself,
    LinkUnknown,
    Relation,
    RepresentativeAuthorised,
    RepresentativeKind,
    RepresentativeRevoked,
    RepresentativeUnknown,
    RevokeRepresentative,
    UnlinkAccounts,
)
from domain.creator.state import Link
from domain.creator.warnings import ReasonsRequired
from domain.facts import Actor, ActorKind, Fact, Personal
from tests.rulebook import CREATOR, START, Story, stories_are_replayed

__all__ = ["stories_are_replayed"]

AGENCY = Actor(ActorKind.AGENCY, "agency-1", on_behalf_of="creator-1")
GUARDIAN = Actor(ActorKind.GUARDIAN, "agency-1", on_behalf_of="creator-1")
WITH_EVIDENCE = (Evidence("device-fingerprint/7", "7" * 64),)
UNTIL = START + timedelta(days=10)


def represented(kind: RepresentativeKind = RepresentativeKind.AGENCY) -> Story:
    """A creator with a violation, represented by an agency for ten days."""
    story = Story()
    story.confirm()
    return story.given(AuthoriseRepresentative(creator=story.creator, representative="agency-1", kind=kind, until=UNTIL), by=CREATOR)


def appeal(story: Story) -> SubmitAppeal:
    return SubmitAppeal(creator=story.creator, subject=story.latest, grounds=Personal("not so"))


def test_a_representative_is_authorised_once() -> None:
    story = Story()
    command = AuthoriseRepresentative(creator=story.creator, representative="agency-1", kind=RepresentativeKind.AGENCY)
    story.when(command, CREATOR).then(RepresentativeAuthorised)


def test_authorising_a_representative_for_another_time_replaces_the_authorisation() -> None:
    story = represented()
    story.when(AuthoriseRepresentative(creator=story.creator, representative="agency-1", kind=RepresentativeKind.AGENCY)).then(
        RepresentativeAuthorised)
    story.at(UNTIL).when(appeal(story), AGENCY).then(AppealSubmitted)


def test_an_authorisation_that_would_be_over_as_it_begins_is_refused() -> None:
    story = Story()
    command = AuthoriseRepresentative(creator=story.creator, representative="agency-1", kind=RepresentativeKind.AGENCY, until=story.now)
    story.when(command).refused(AuthorisationEnded)


def test_an_authorised_representative_acts_for_the_creator_until_just_before_the_authorisation_ends() -> None:
    story = represented().at(UNTIL - timedelta(microseconds=1))
    story.when(appeal(story), AGENCY).then(AppealSubmitted)


def test_an_authorisation_is_over_at_the_instant_it_ends() -> None:
    story = represented().at(UNTIL)
    story.when(appeal(story), AGENCY).refused(AppealNotYours)


def test_an_authorisation_without_an_end_holds_until_it_is_revoked() -> None:
    story = Story()
    story.confirm()
    story.given(AuthoriseRepresentative(creator=story.creator, representative="agency-1", kind=RepresentativeKind.AGENCY))
    story.days(3000).when(appeal(story), AGENCY).then(AppealSubmitted)


def test_a_revoked_representative_does_not_act_any_more() -> None:
    story = represented()
    story.when(RevokeRepresentative(creator=story.creator, representative="agency-1")).then(RepresentativeRevoked)
    story.when(appeal(story), AGENCY).refused(AppealNotYours)


def test_nobody_is_revoked_who_was_not_authorised() -> None:
    story = Story()
    story.when(RevokeRepresentative(creator=story.creator, representative="agency-1")).refused(RepresentativeUnknown)


def test_a_guardian_may_act_who_is_authorised_as_a_guardian() -> None:
    story = represented(RepresentativeKind.GUARDIAN)
    story.when(appeal(story), GUARDIAN).then(AppealSubmitted)


def test_nobody_acts_in_another_capacity_than_the_authorised_one() -> None:
    story = represented(RepresentativeKind.GUARDIAN)
    story.when(appeal(story), AGENCY).refused(AppealNotYours)


def test_accounts_are_linked_once_with_evidence() -> None:
    story = Story()
    story.when(LinkAccounts(creator=story.creator, other="shop-9", relation=Relation.SHOP, evidence=WITH_EVIDENCE)).then(AccountLinked)


def test_accounts_are_not_linked_without_evidence() -> None:
    story = Story()
    story.when(LinkAccounts(creator=story.creator, other="shop-9", relation=Relation.SHOP, evidence=())).refused(EvidenceRequired)


def test_an_account_is_not_linked_to_itself() -> None:
    story = Story()
    story.when(LinkAccounts(creator=story.creator, other="creator-1", relation=Relation.SAME_OWNER, evidence=WITH_EVIDENCE)).refused(LinkedToItself)


def test_a_link_may_turn_out_to_be_another_relation() -> None:
    story = Story()
    story.given(LinkAccounts(creator=story.creator, other="shop-9", relation=Relation.SHOP, evidence=WITH_EVIDENCE))
    story.when(LinkAccounts(creator=story.creator, other="shop-9", relation=Relation.SAME_OWNER, evidence=WITH_EVIDENCE)).then(AccountLinked)
    assert story.account.links == {"shop-9": Link(Relation.SAME_OWNER, ("7" * 64,))}


def test_new_evidence_for_a_link_is_recorded_and_all_that_was_shown_before_is_not_new() -> None:
    story, more = Story(), (Evidence("bank-account/1", "1" * 64),)
    link = LinkAccounts(creator=story.creator, other="shop-9", relation=Relation.SHOP, evidence=WITH_EVIDENCE)
    story.given(link)
    newer = msgspec.structs.replace(link, evidence=more)
    assert story.when(newer).then(AccountLinked).one(AccountLinked).evidence == more
    for shown in (WITH_EVIDENCE, more, more + WITH_EVIDENCE):
        story.when(msgspec.structs.replace(link, evidence=shown)).then()
    changed = (Evidence("device-fingerprint/7", "8" * 64),)
    story.when(msgspec.structs.replace(link, evidence=changed)).then(AccountLinked)


def test_evidence_recorded_without_a_digest_is_known_by_its_reference() -> None:
    story = Story()
    event = AccountLinked(other="shop-9", relation=Relation.SHOP, evidence=(Evidence("case-1"),))
    account = decider.fold(story.account, [Fact(story.creator, story.account.version + 1, event, START, START, CREATOR)])
    assert account.links == {"shop-9": Link(Relation.SHOP, ("case-1",))}


def test_a_link_is_undone_with_reasons() -> None:
    story = Story()
    story.given(LinkAccounts(creator=story.creator, other="shop-9", relation=Relation.SHOP, evidence=WITH_EVIDENCE))
    story.when(UnlinkAccounts(creator=story.creator, other="shop-9", reasons=Personal("  "))).refused(ReasonsRequired)
    story.when(UnlinkAccounts(creator=story.creator, other="shop-9", reasons=Personal("sold"))).then(AccountUnlinked)
    assert story.account.links == {}


def test_a_link_that_is_not_there_is_not_undone() -> None:
    story = Story()
    story.when(UnlinkAccounts(creator=story.creator, other="shop-9", reasons=Personal("sold"))).refused(LinkUnknown)
