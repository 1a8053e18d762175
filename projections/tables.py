"""The tables of the read models. Each row belongs to one log; `sequence` is the position of the first fact about it, a lasting order.

A table's `info` says how its rows are written (`projections.rows`).

What is personal (tokens, and texts inside documents) is ciphertext, opened at the API alone. Every time is UTC (`Instant`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Uuid,
    column,
    literal_column,
)

from domain.creator.state import Account
from domain.facts import SYSTEM
from projections.columns import Document, Instant, Packed, Words

metadata = MetaData()


def key(name: str, kind: Any) -> Column[Any]:
    """A part of the table's key."""
    return Column(name, kind, primary_key=True, autoincrement=False)


def log() -> Column[Any]:
    """The log the row belongs to."""
    return key("log", Integer)


def id(name: str) -> Column[Any]:
    """The id of something that there always is."""
    return Column(name, Uuid, nullable=False)


def text(name: str) -> Column[Any]:
    """Text; "" where there is none."""
    return Column(name, Words, nullable=False, default="")


def count(name: str) -> Column[Any]:
    """A number of things."""
    return Column(name, Integer, nullable=False, default=0)


def money(name: str) -> Column[Any]:
    """An amount in minor units of a currency."""
    return Column(name, BigInteger, nullable=False, default=0)


def at(name: str) -> Column[Any]:
    """A time that there always is."""
    return Column(name, Instant, nullable=False)


def maybe(name: str, kind: Any) -> Column[Any]:
    """Something that there may not be."""
    return Column(name, kind, nullable=True)


def flag(name: str) -> Column[Any]:
    """Yes or no."""
    return Column(name, Boolean, nullable=False, default=False)


def document(name: str) -> Column[Any]:
    """A value as JSON."""
    return Column(name, Document, nullable=False)


def position(name: str) -> Column[Any]:
    """A place in the log, from 1."""
    return Column(name, BigInteger, nullable=False)


creators = Table(
    "creators", metadata,
    key("creator_id", Uuid), log(),
    position("sequence"),
    text("external_id"), text("account_type"), text("market"),
    document("jurisdictions"),  # list of str
    document("languages"),  # list of str
    text("scheme"), maybe("pack", Uuid), count("pack_version"), text("pack_hash"),
    count("score"), text("zone"),
    text("status"),  # IN_GOOD_STANDING | RESTRICTED | REVOKED
    text("erasure"),  # "" | REQUESTED | DONE
    # The account as far as time alone changes it (ledger, penalties, proposals, rewards, open notices and appeals, frozen commission,
    # representatives, links), and what keeps it from being erased: `decider.settle(health, now, packs)` gives what has fallen due since,
    # `decider.fold` takes it in.
    Column("health", Packed(Account), nullable=False),
    maybe("next_change_at", Instant),
    count("violations_confirmed"),  # ever
    count("violations_standing"),
    count("penalties_live"), count("appeals_open"), count("rewards_live"), count("warnings"),
    text("tier"),
    document("representatives"),  # list of {representative, kind, until}
    document("links"),  # list of {other, relation}
    text("handle_token"), text("contact_token"),
    at("registered_at"),
    at("changed_at"),  # when its last fact was recorded
    count("version"),
    position("position"),  # of its last fact
    Index("creators_by_sequence", "log", "sequence"),
    Index("creators_by_external_id", "external_id"),
    Index("creators_by_market", "market", "zone"),
    Index("creators_by_status", "status"),
    Index("creators_by_erasure", "erasure", sqlite_where=column("erasure") != "", postgresql_where=column("erasure") != ""),
    Index("creators_by_score", "score", "log", "sequence"),
    Index("creators_by_change", "changed_at", "log", "sequence"),
    Index("creators_by_next_change", "next_change_at"),
    Index("creators_by_pack", "pack_hash"),
)

creator_restrictions = Table(
    "creator_restrictions", metadata,
    key("creator_id", Uuid), log(), key("capability", Words), key("category", Words), key("territory", Words), key("item", Words),
    maybe("until", Instant),  # the latest end; none: without end
    document("penalties"),  # list of penalty ids
    Index("creator_restrictions_by_capability", "capability", "creator_id"),
    info={"owner": "creator_id"},
)

violations = Table(
    "violations", metadata,
    key("violation_id", Uuid), log(),
    position("sequence"), id("creator_id"), text("market"),
    text("status"),  # SUSPECTED | CORRECTED | DISMISSED | CONFIRMED | OVERTURNED
    text("policy"), text("leaf"), text("severity"), text("count_group"),
    text("content_id"), text("content_kind"), at("content_created_at"), maybe("content_ended_at", Instant),
    maybe("content_offset_seconds", Integer), document("content_markets"), text("content_feature"), text("content_category"),
    maybe("detected_at", Instant), flag("detected_automatically"), text("detector"), text("detector_version"), maybe("confidence", Float),
    text("source_kind"), text("source_reference"),
    document("factors"),  # list of {effect, code, reasons}
    document("evidence"),  # list of {reference, sha256, kind, retention, sensitivity, note}
    text("facts_token"), text("reasons_token"),  # the statement of what was found; why it was dismissed or amended
    text("text_pack"), count("text_version"), text("text_sha256"), text("text_language"), text("schedule"), count("schedule_version"),
    count("points"),  # as deducted
    count("points_restored"),
    maybe("discretion", Integer),  # points chosen by the decider
    maybe("entry_id", Uuid), maybe("entry_expires_at", Instant),
    maybe("rule", Integer),  # the row of the matrix, from 1
    maybe("occurrence", Integer),
    flag("warned"),
    maybe("suspected_at", Instant), maybe("correct_until", Instant), maybe("closed_at", Instant),  # corrected or dismissed
    maybe("confirmed_at", Instant), text("decided_by"), text("decided_by_role"), text("decided_by_kind"), flag("automated"),
    maybe("amended_at", Instant), maybe("overturned_at", Instant), text("ground"), text("root_cause"),
    maybe("informed_at", Instant), maybe("appeal_until", Instant), text("appeal_rule"),
    document("content_items"),  # the further items of its batch
    document("measures"),  # on its content, in force: list of REMOVED | DEMOTED | LABELLED
    at("changed_at"), position("position"),
    Index("violations_by_sequence", "log", "sequence"),
    Index("violations_of_creator", "creator_id", "sequence"),
    Index("violations_by_status", "status", "sequence"),
    Index("violations_by_entry", "entry_id"),
    info={"also_by": "entry_id"},
)

penalties = Table(
    "penalties", metadata,
    key("penalty_id", Uuid), log(),
    position("sequence"), id("creator_id"), text("market"),
    text("status"),  # PROPOSED | LIVE | EXPIRED | LIFTED | REVERSED | LAPSED | DECLINED
    text("kind"),
    text("channel"),  # a counter's name, ZERO_TOLERANCE, PERSON or EXTERNAL
    id("trigger"), document("violations"),  # list of ids
    document("restrictions"),  # list of {capability, category, territory, item}; "*" is left out
    maybe("starts_at", Instant), maybe("ends_at", Instant), maybe("lapses_at", Instant),
    maybe("duration", Document),  # of a proposal: {value, unit}; none: without end
    text("application"),  # REQUESTED | APPLIED | FAILED, of the penalty or of its end
    text("application_detail_token"),
    flag("interim"), flag("restorable"),
    text("decided_by"), text("approved_by"), text("reasons_token"),
    text("category"),
    maybe("ended_at", Instant), text("ended_by"), text("end_reasons_token"), count("served_seconds"),
    maybe("informed_at", Instant), maybe("appeal_until", Instant), text("appeal_rule"),
    maybe("statement_id", Uuid),  # the latest statement of reasons
    at("changed_at"), position("position"),
    Index("penalties_by_sequence", "log", "sequence"),
    Index("penalties_of_creator", "creator_id", "sequence"),
    Index("penalties_by_status", "status", "sequence"),
)

appeals = Table(
    "appeals", metadata,
    key("appeal_id", Uuid), log(),
    position("sequence"), id("creator_id"), text("market"),
    id("subject"), text("subject_kind"),  # VIOLATION | PENALTY | MILESTONE | FORFEITURE | CONTENT_MEASURE
    count("level"), count("ordinal"),
    text("status"),  # SUBMITTED | WITHDRAWN | SETTLED | UPHELD | PARTIALLY_REVERSED | REVERSED | OMITTED
    at("submitted_at"), text("submitted_by"), text("submitted_by_kind"), maybe("appeal_until", Instant), text("appeal_rule"),
    text("grounds_token"),
    document("evidence"),  # list of {reference, sha256, kind, retention, sensitivity, note, by: the capacity of who gave it, at}
    document("clocks"),  # list of {rule, due_at, unit, pausable}
    maybe("due_at", Instant),  # the first of the clocks that run, or were missed
    document("missed"),  # list of {rule, due_at}
    flag("breached"),
    text("question_token"), maybe("question_until", Instant),  # while the appellant is asked for more
    document("answers"),  # list of tokens
    maybe("relief", Document), document("newly_imposed"), document("redress"),
    maybe("decided_at", Instant), text("decided_by"), text("decided_by_role"), text("decided_by_kind"), text("reasons_token"),
    text("root_cause"), document("kept"), document("lifted"),  # lists of penalty ids
    maybe("withdrawn_at", Instant),
    at("changed_at"), position("position"),
    Index("appeals_by_sequence", "log", "sequence"),
    Index("appeals_of_creator", "creator_id", "sequence"),
    Index("appeals_by_status", "status", "sequence"),
    Index("appeals_by_subject", "subject"),
    Index("appeals_by_due", "status", "due_at"),
)

milestones = Table(
    "milestones", metadata,
    key("milestone_id", Uuid), log(),
    position("sequence"), id("creator_id"), count("version"), id("violation_id"), text("tally"), text("channel"), count("threshold"),
    count("value_before"), count("value_after"), text("pack_hash"), at("reached_at"), maybe("reversed_at", Instant),
    at("changed_at"), position("position"),
    Index("milestones_of_creator", "creator_id", "sequence"),
)

content_measures = Table(
    "content_measures", metadata,
    key("measure_id", Uuid), log(),
    position("sequence"), id("creator_id"), id("violation_id"), text("content_id"), text("measure"), text("label"), at("taken_at"),
    text("taken_by"), text("reasons_token"), maybe("ended_at", Instant),
    at("changed_at"), position("position"),
    Index("content_measures_of_violation", "violation_id", "sequence"),
)

commission = Table(
    "commission", metadata,
    key("freeze_id", Uuid), log(),
    position("sequence"), id("creator_id"), id("penalty_id"), text("currency"), document("orders"),
    money("frozen"), money("held"), money("released"), money("forfeited"), money("reinstated"),
    document("forfeitures"),  # list of {id, amount, at, reversed_at}
    at("frozen_at"),
    at("changed_at"), position("position"),
    Index("commission_of_creator", "creator_id", "sequence"),
)

forfeitures = Table(  # under which freeze to look a forfeiture up
    "forfeitures", metadata,
    key("forfeiture_id", Uuid), log(),
    id("creator_id"), id("freeze_id"),
)

disputes = Table(
    "disputes", metadata,
    key("dispute_id", Uuid), log(),
    position("sequence"), id("creator_id"), id("subject"), text("subject_kind"), text("body"), text("reference"),
    text("status"),  # OPEN | DECIDED | IMPLEMENTED
    text("outcome"), text("reasons_token"), text("root_cause"), at("opened_at"), maybe("decided_at", Instant), maybe("implemented_at", Instant),
    at("changed_at"), position("position"),
    Index("disputes_of_creator", "creator_id", "sequence"),
)

evidence_changes = Table(  # what a reference to evidence leads to now, where that is not what it was
    "evidence_changes", metadata,
    key("evidence_id", Uuid), log(),
    id("creator_id"), text("reference"), text("sha256"), at("seen_at"),
)

kept_evidence = Table(
    "kept_evidence", metadata,
    key("evidence_id", Uuid), log(),
    position("sequence"), id("creator_id"), id("given_in"),  # the violation, the appeal or the link
    text("reference"),  # "" once it is no longer kept
    text("sha256"), text("kind"), text("retention"),
    text("status"),  # KEPT | ENDED
    at("given_at"), maybe("since", Instant), maybe("due_at", Instant), text("pack_hash"),
    at("listed_at"),  # when it is due; FAR_AHEAD where there is no date, or it is over: it comes last
    maybe("ended_at", Instant), at("changed_at"), position("position"),
    Index("kept_evidence_by_due", "listed_at", "log", "sequence", "evidence_id"),
    Index("kept_evidence_of_creator", "creator_id", "sequence"),
)

WAITING = column("status") != "CLOSED"
cases = Table(
    "cases", metadata,
    key("case_id", Uuid), log(),
    position("sequence"), id("appeal_id"), id("creator_id"), text("market"),
    document("languages"), document("policies"),  # lists of str
    text("pack_hash"), count("level"), text("subject_kind"),  # VIOLATION | PENALTY
    text("status"),  # OPEN | CLAIMED | CLOSED as recorded; CLAIMED is OPEN again once the lease has run out
    maybe("due_at", Instant), at("due_first"),  # the same, and the end of time where there is none: it sorts
    text("assignee"), text("leased_by"), maybe("lease_until", Instant),
    document("conflicted"),  # list of the ids of those who may not work on it
    text("outcome"), at("opened_at"), maybe("closed_at", Instant),
    document("history"),  # list of {kind, at, by, reviewer, reason}
    at("changed_at"), position("position"),
    Index("cases_by_due", "due_first", "log", "sequence"),
    # Of a desk's cases all but a few are closed, and those were due first: who looks for what waits is not to go through them.
    Index("cases_that_wait", "due_first", "log", "sequence", postgresql_where=WAITING, sqlite_where=WAITING),
    Index("cases_by_sequence", "log", "sequence"),
    Index("cases_by_status", "status", "due_first"),
    Index("cases_of_appeals", "appeal_id"),
)

case_changes = Table(  # every fact of a case, to be followed as it happens
    "case_changes", metadata,
    log(), key("position", BigInteger),
    id("case_id"), id("appeal_id"), id("creator_id"), text("market"), text("kind"), text("status"),
    info={"appends": True},
)

case_certificates = Table(  # what whoever works on a case may be asked to be certified for: LANGUAGE:vi, POLICY:COUNTERFEIT
    "case_certificates", metadata,
    key("case_id", Uuid), log(), key("certificate", Words),
    Index("case_certificates_by_certificate", "certificate", "case_id"),
    info={"appends": True},
)

statements = Table(
    "statements", metadata,
    key("statement_id", Uuid), log(),
    position("sequence"), id("creator_id"),
    id("subject"), text("subject_kind"),  # PENALTY | CONTENT | COMMISSION
    text("status"),  # ISSUED | CORRECTED | SUBMITTED | REJECTED
    document("issued"),  # the event's own fields
    at("issued_at"),
    text("correction"), maybe("corrected_at", Instant), maybe("replaced_by", Uuid),
    flag("awaits"),  # the DSA Transparency Database has not taken it yet
    maybe("submitted_at", Instant), text("remote_id"), document("errors"),  # list of str
    at("changed_at"), position("position"),
    Index("statements_by_sequence", "log", "sequence"),
    Index("statements_of_creator", "creator_id", "sequence"),
    Index("statements_that_await", "awaits", "sequence"),
)

rewards = Table(
    "rewards", metadata,
    key("reward_id", Uuid), log(),
    position("sequence"), id("creator_id"), text("market"),
    text("kind"), text("status"),  # LIVE | EXPIRED | REVOKED
    at("granted_at"), text("granted_by"), maybe("ends_at", Instant),
    count("promotion_score"),  # in hundredths
    document("values"),  # {counter: value} that the gates were checked with
    text("pack_hash"), maybe("ended_at", Instant), text("reasons_token"),
    at("changed_at"), position("position"),
    Index("rewards_by_sequence", "log", "sequence"),
    Index("rewards_of_creator", "creator_id", "sequence"),
)

remedies = Table(
    "remedies", metadata,
    key("remedy_id", Uuid), log(),
    position("sequence"), id("creator_id"), text("market"),
    text("kind"),  # SERVED_TIME | COMMISSION | REWARD
    text("status"),  # OWED | FULFILLED
    id("subject"),  # the penalty, the freeze or the reward
    maybe("violation_id", Uuid), count("seconds"),
    document("restrictions"),  # list of {capability, category, territory, item}; "*" is left out
    Column("amount", BigInteger, nullable=False, default=0), text("currency"), document("orders"),
    text("reward"),  # the kind of reward
    text("owner"), maybe("due_at", Instant),
    at("listed_at"),  # when it is due; FAR_AHEAD where there is no date, so that it comes last
    at("owed_at"), maybe("fulfilled_at", Instant), text("fulfilled_by"), text("reference"), text("note_token"),
    at("changed_at"), position("position"),
    Index("remedies_by_sequence", "log", "sequence"),
    Index("remedies_of_creator", "creator_id", "sequence"),
    Index("remedies_by_due", "listed_at", "log", "sequence"),
    Index("remedies_by_status", "status", "listed_at"),
)

timeline = Table(
    "timeline", metadata,
    log(), key("position", BigInteger),
    id("creator_id"), count("version"),
    text("kind"),  # the event's class name
    at("occurred_at"), at("recorded_at"),
    text("actor_kind"), text("actor_id"), text("actor_role"), text("actor_team"), document("actor_qualifications"),
    text("on_behalf_of"),
    maybe("cause_stream", Uuid), maybe("cause_version", Integer), text("request"),
    text("policy"), text("pack_hash"),
    maybe("violation_id", Uuid), maybe("penalty_id", Uuid), maybe("appeal_id", Uuid), maybe("reward_id", Uuid),
    maybe("subject", Uuid),  # of a notice, an appeal, a remedy, a dispute or a statement of reasons: what it is about
    maybe("score_before", Integer), maybe("score_after", Integer), text("zone_after"),
    document("parameters"),  # the event's own fields; `projections.sentences` reads them to a person
    Index("timeline_of_creator", "creator_id", "version"),
    info={"appends": True},
)

# Most facts are the system's own, and are about no policy and under no pack that they name: they are not looked for by that.
BY_ANOTHER, WITH_ROLE = literal_column("actor_id") != literal_column(f"'{SYSTEM.id}'"), literal_column("actor_role") != literal_column("''")
WITH_PACK, WITH_POLICY = literal_column("pack_hash") != literal_column("''"), literal_column("policy") != literal_column("''")


def audited(name: str, first: str, where: Any = None) -> Index:
    """An index by which facts are found by one thing, in the order of when they were recorded."""
    return Index(name, first, "recorded_at", "log", "position", "number", postgresql_where=where, sqlite_where=where)


audit_log = Table(
    "audit_log", metadata,
    log(), key("position", BigInteger), key("number", Integer),  # one of each creator that a fact concerns, from 0
    maybe("creator_id", Uuid), text("kind"),  # the event's class name
    at("recorded_at"), at("occurred_at"),
    text("actor_id"), text("actor_role"),
    text("market"),  # of the account or the pack, once the fact was recorded
    text("policy"), text("pack_hash"),
    maybe("violation_id", Uuid), maybe("penalty_id", Uuid), maybe("appeal_id", Uuid), maybe("reward_id", Uuid), maybe("subject", Uuid),
    Index("audit_log_by_recorded", "recorded_at", "log", "position", "number"),
    Index("audit_log_by_occurred", "occurred_at", "log", "position", "number"),
    audited("audit_log_of_creator", "creator_id"), audited("audit_log_of_actor", "actor_id", BY_ANOTHER),
    audited("audit_log_by_role", "actor_role", WITH_ROLE), audited("audit_log_by_kind", "kind"), audited("audit_log_by_market", "market"),
    audited("audit_log_by_policy", "policy", WITH_POLICY), audited("audit_log_by_pack", "pack_hash", WITH_PACK),
    info={"appends": True}, sqlite_with_rowid=False,
)

audit_streams = Table(  # the audit log's own: whom a stream is about, and where
    "audit_streams", metadata,
    key("stream", Uuid), log(),
    maybe("creator_id", Uuid), text("market"), maybe("appeal_id", Uuid),
)


def markets_of(name: str) -> Table:
    """A read model's own: the market each creator is in."""
    return Table(name, metadata, key("creator_id", Uuid), log(), text("market"))


violation_markets = markets_of("violation_markets")
penalty_markets = markets_of("penalty_markets")
appeal_markets = markets_of("appeal_markets")
reward_markets = markets_of("reward_markets")
remedy_markets = markets_of("remedy_markets")

ecosystem_flows = Table(
    "ecosystem_flows", metadata,
    log(), key("day", Date),  # UTC, on which it occurred
    key("market", String), key("policy", String),  # "": about no policy
    key("pack_hash", String), key("measure", String),  # the event's class name
    key("kind", String),  # an appeal's outcome, the kind of a penalty, reward or warning; else ""
    Column("count", BigInteger, nullable=False), Column("points", BigInteger, nullable=False),
    info={"adds": True},
)

ecosystem_zones = Table(
    "ecosystem_zones", metadata,
    log(), key("day", Date), key("market", String), key("zone", String),
    Column("change", BigInteger, nullable=False),  # net; the stock of a day is the sum up to and with it
    info={"adds": True},
)

ecosystem_creators = Table(  # the projection's own: where a creator stands
    "ecosystem_creators", metadata,
    key("creator_id", Uuid), log(),
    text("market"), text("pack_hash"), text("zone"), at("at"),
)

ecosystem_subjects = Table(  # the projection's own: under which policy a violation, penalty, appeal, entry or freeze falls
    "ecosystem_subjects", metadata,
    key("subject", Uuid), log(),
    text("policy"), text("pack_hash"),
)

positions = Table(
    "positions", metadata,
    key("name", String), log(),
    count("version"),  # of the read model
    count("generation"),  # tells one building of it from another
    Column("position", BigInteger, nullable=False),
    maybe("failed_at", BigInteger),  # the position of the fact it stopped at
    text("error"),
)

tree_tiles = Table(  # of the Merkle tree over what is stored in a log, which is called by its name here (`domain.proof.tiles`)
    "tree_tiles", metadata,
    key("log", String), key("level", Integer), key("number", BigInteger), Column("hashes", LargeBinary, nullable=False),
)

tree_sizes = Table("tree_sizes", metadata, key("log", String), Column("size", BigInteger, nullable=False))  # how many facts are in it
