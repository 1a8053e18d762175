"""Statements of reasons against the documentation of the DSA Transparency Database: every rule just kept and just broken."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import msgspec
import pytest

from domain.refusals import Refused
from domain.statements import schema
from domain.statements.categories import KEYWORDS, Category, Keyword
from domain.statements.checking import GroundMismatch, SorIncomplete, SorInvalid, SorPersonalData, problems
from domain.statements.personal import personal_in
from domain.statements.schema import (
    EEA,
    FIRST_APPLICATION_DAY,
    FIRST_CONTENT_DAY,
    LANGUAGES,
    LAST_DAY,
    AccountDecision,
    Automation,
    ContentType,
    Ground,
    Monetary,
    Provision,
    SourceType,
    Visibility,
    YesOrNo,
)
from domain.statements.statement import TEXTS, Statement

DAY = timedelta(days=1)
ILLEGAL: dict[str, Any] = {
    "decision_ground": Ground.ILLEGAL_CONTENT, "illegal_content_legal_ground": "A law", "illegal_content_explanation": "It is illegal.",
    "incompatible_content_ground": "", "incompatible_content_explanation": ""}
SIZES = {  # how many values the database's documentation lists
    "Visibility": 7, "Monetary": 3, "Provision": 4, "AccountDecision": 2, "AccountKind": 2, "Ground": 2, "ContentType": 8, "SourceType": 4,
    "Automation": 3, "YesOrNo": 2}


def right(**changes: Any) -> Statement:
    """A statement that may be sent, with some attributes other than they were."""
    given: dict[str, Any] = {
        "decision_visibility": (Visibility.CONTENT_REMOVED,), "decision_facts": "A video breaches the policy.",
        "decision_ground": Ground.INCOMPATIBLE_CONTENT, "incompatible_content_ground": "Policies", "incompatible_content_explanation": "It is.",
        "content_type": (ContentType.VIDEO,), "category": Category.CONSUMER_INFORMATION, "territorial_scope": ("DE",),
        "content_date": date(2026, 3, 1), "application_date": date(2026, 3, 2), "source_type": SourceType.VOLUNTARY,
        "automated_detection": YesOrNo.NO, "automated_decision": Automation.PARTIALLY, "puid": "a-1_B"}
    return Statement(**(given | changes))


def found(**changes: Any) -> list[tuple[type[Refused], str]]:
    return [(type(problem), problem.field) for problem in problems(right(**changes))]


# The values


@pytest.mark.parametrize("name", SIZES)
def test_every_value_of_the_database_is_known(name: str) -> None:
    kind: type[StrEnum] = getattr(schema, name)
    assert len(kind) == SIZES[name]


def test_there_are_sixteen_categories_and_every_keyword_belongs_to_one_but_two() -> None:
    assert len(Category) == len(KEYWORDS) == 16
    assert len(Keyword) == 69
    belonging = [keyword for keywords in KEYWORDS.values() for keyword in keywords]
    assert len(belonging) == len(set(belonging))
    assert set(Keyword) - set(belonging) == {Keyword.OTHER, Keyword.STALKING}


def test_the_countries_and_languages_are_those_of_the_database() -> None:
    assert (len(schema.EU), len(EEA)) == (27, 30)
    assert "GR" in EEA
    assert "GB" not in EEA
    assert len(LANGUAGES) == 184
    assert all(len(name) == 2 and name.isupper() for name in LANGUAGES)


def test_a_statement_has_the_attributes_of_the_database_under_their_own_names() -> None:
    assert len(Statement.__struct_fields__) == 35
    sent = msgspec.json.decode(msgspec.json.encode(right()))
    assert sent["content_date"] == "2026-03-01"
    assert sent["decision_visibility"] == ["DECISION_VISIBILITY_CONTENT_REMOVED"]
    assert "decision_monetary" not in sent


# What is required


def test_a_complete_statement_may_be_sent() -> None:
    assert problems(right()) == []
    assert problems(right(**ILLEGAL)) == []


@pytest.mark.parametrize("name", [
    "decision_visibility", "decision_facts", "decision_ground", "incompatible_content_ground", "incompatible_content_explanation",
    "content_type", "category", "territorial_scope", "content_date", "application_date", "source_type", "automated_detection",
    "automated_decision", "puid"])
def test_a_statement_that_lacks_something_is_incomplete(name: str) -> None:
    default = next(field.default for field in msgspec.structs.fields(Statement) if field.name == name)
    assert (SorIncomplete, name) in found(**{name: default})


@pytest.mark.parametrize("decision", [
    {"decision_monetary": Monetary.SUSPENSION}, {"decision_provision": Provision.PARTIAL_SUSPENSION},
    {"decision_account": AccountDecision.TERMINATED}])
def test_any_one_decision_will_do(decision: dict[str, Any]) -> None:
    assert found(decision_visibility=(), **decision) == []


# The ground


@pytest.mark.parametrize("name", ["illegal_content_legal_ground", "illegal_content_explanation"])
def test_what_is_against_the_terms_is_not_explained_by_a_law(name: str) -> None:
    assert found(**{name: "A law"}) == [(GroundMismatch, name)]
    assert found(**(ILLEGAL | {name: ""})) == [(SorIncomplete, name)]


@pytest.mark.parametrize("name", ["incompatible_content_ground", "incompatible_content_explanation"])
def test_what_is_illegal_is_not_explained_by_the_terms(name: str) -> None:
    assert found(**(ILLEGAL | {name: "A policy"})) == [(GroundMismatch, name)]


def test_only_what_is_against_the_terms_may_be_said_to_be_illegal_as_well() -> None:
    assert found(incompatible_content_illegal=YesOrNo.YES) == []
    assert found(**ILLEGAL, incompatible_content_illegal=YesOrNo.YES) == [(GroundMismatch, "incompatible_content_illegal")]


# Limits


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_text_may_be_as_long_as_the_database_takes_and_no_longer(name: str) -> None:
    others: dict[str, dict[str, Any]] = {
        "decision_visibility_other": {"decision_visibility": (Visibility.OTHER,)}, "decision_monetary_other": {"decision_monetary": Monetary.OTHER},
        "content_type_other": {"content_type": (ContentType.OTHER,)}, "source_identity": {"source_type": SourceType.ARTICLE_16},
        "category_specification_other": {"category_specification": (Keyword.OTHER,)}}
    fitting = others.get(name, {})
    fitting = fitting | ILLEGAL if name.startswith("illegal") else fitting
    start = "https://a/" if name.endswith("url") else ""
    assert found(**(fitting | {name: start + "x" * (TEXTS[name] - len(start))})) == []
    assert found(**(fitting | {name: start + "x" * (TEXTS[name] + 1 - len(start))})) == [(SorInvalid, name)]


@pytest.mark.parametrize(("name", "others"), [
    ("decision_visibility_other", {"decision_visibility": (Visibility.OTHER,)}), ("decision_monetary_other", {"decision_monetary": Monetary.OTHER}),
    ("content_type_other", {"content_type": (ContentType.OTHER,)}), ("category_specification_other", {"category_specification": (Keyword.OTHER,)})])
def test_other_needs_a_text_and_nothing_else_has_one(name: str, others: dict[str, Any]) -> None:
    assert found(**others) == [(SorIncomplete, name)]
    assert found(**others, **{name: "As told"}) == []
    assert found(**{name: "As told"}) == [(SorInvalid, name)]


@pytest.mark.parametrize(("name", "decision"), [
    ("end_date_visibility_restriction", {}), ("end_date_monetary_restriction", {"decision_monetary": Monetary.SUSPENSION}),
    ("end_date_service_restriction", {"decision_provision": Provision.TOTAL_SUSPENSION}),
    ("end_date_account_restriction", {"decision_account": AccountDecision.SUSPENDED})])
def test_a_restriction_ends_on_the_day_it_is_applied_or_later_and_by_the_last_day(name: str, decision: dict[str, Any]) -> None:
    applied = date(2026, 3, 2)
    assert found(**decision, **{name: applied}) == []
    assert found(**decision, **{name: applied - DAY}) == [(SorInvalid, name)]
    assert found(**decision, **{name: LAST_DAY}) == []
    assert found(**decision, **{name: LAST_DAY + DAY}) == [(SorInvalid, name)]


def test_an_end_belongs_to_a_decision() -> None:
    assert found(end_date_monetary_restriction=date(2026, 4, 1)) == [(SorInvalid, "end_date_monetary_restriction")]


@pytest.mark.parametrize(("name", "first"), [("content_date", FIRST_CONTENT_DAY), ("application_date", FIRST_APPLICATION_DAY)])
def test_days_lie_in_the_databases_calendar(name: str, first: date) -> None:
    assert found(**{name: first}) == []
    assert found(**{name: first - DAY}) == [(SorInvalid, name)]
    assert found(**{name: LAST_DAY}) == []
    assert found(**{name: LAST_DAY + DAY}) == [(SorInvalid, name)]


@pytest.mark.parametrize("category", Category)
def test_a_keyword_belongs_to_a_category_that_is_named(category: Category) -> None:
    other = next(one for one in Category if one is not category)
    for keyword in KEYWORDS[category]:
        assert found(category=category, category_specification=(keyword,)) == []
        assert found(category=other, category_addition=(category,), category_specification=(keyword,)) == []
        assert found(category=other, category_specification=(keyword,)) == [(SorInvalid, "category_specification")]


def test_a_keyword_of_no_category_is_never_right() -> None:
    every = tuple(one for one in Category if one is not Category.CONSUMER_INFORMATION)
    assert found(category_addition=every, category_specification=(Keyword.STALKING,)) == [(SorInvalid, "category_specification")]


def test_the_category_is_not_named_again_in_addition() -> None:
    assert found(category_addition=(Category.CONSUMER_INFORMATION,)) == [(SorInvalid, "category_addition")]


@pytest.mark.parametrize(("name", "value"), [
    ("decision_visibility", (Visibility.CONTENT_REMOVED,) * 2), ("content_type", (ContentType.TEXT,) * 2), ("territorial_scope", ("DE", "DE"))])
def test_nothing_is_listed_twice(name: str, value: tuple[Any, ...]) -> None:
    assert found(**{name: value}) == [(SorInvalid, name)]


@pytest.mark.parametrize(("name", "good", "bad"), [
    ("territorial_scope", ("IS", "DE"), ("DE", "US")), ("content_language", "VI", "vi"), ("content_id", {"EAN-13": "4" * 13}, {"EAN-13": "4" * 12}),
    ("content_id", {"EAN-13": "0" * 13}, {"EAN-8": "0" * 13}), ("decision_ground_reference_url", "https://a.example/b", "a.example/b"),
    ("puid", "abc-DEF_123", "a b")])
def test_values_have_the_form_that_is_documented(name: str, good: Any, bad: Any) -> None:
    assert found(**{name: good}) == []
    assert found(**{name: bad}) == [(SorInvalid, name)]


def test_nobody_is_the_source_of_the_platforms_own_initiative() -> None:
    assert found(source_type=SourceType.TRUSTED_FLAGGER, source_identity="A flagger") == []
    assert found(source_identity="A flagger") == [(SorInvalid, "source_identity")]


# Personal data


@pytest.mark.parametrize(("text", "kind"), [
    ("write to ann@example.org", "an e-mail address"), ("seen at @ann.sells today", "a handle"), ("call +49 (0)30 123 45 67", "a telephone number"),
    ("a video of 2026-03-01", ""), ("vom 01.03.2026 bis zum 09.03.2026", ""), ("6 months", ""), ("12345678", "")])
def test_an_address_a_number_and_a_handle_are_seen_and_days_are_not(text: str, kind: str) -> None:
    assert personal_in(text) == kind
    assert found(decision_facts=text) == ([(SorPersonalData, "decision_facts")] if kind else [])
