"""Whether a statement of reasons is complete and consistent, by the rules of the database's documentation.

The documentation is stricter than the database itself in three places, and followed: the territorial scope is required, no restriction
ends before it is applied, and a keyword belongs to a category that the statement names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from domain.refusals import Refused
from domain.statements.categories import KEYWORDS, Category, Keyword
from domain.statements.personal import personal_in
from domain.statements.schema import (
    EEA,
    FIRST_APPLICATION_DAY,
    FIRST_CONTENT_DAY,
    LANGUAGES,
    LAST_DAY,
    ContentType,
    Ground,
    Monetary,
    SourceType,
    Visibility,
)
from domain.statements.statement import DECISIONS, ENDS, TEXTS, Statement

PUID = re.compile("[a-zA-Z0-9_-]+")
ADDRESS = re.compile(r"https?://[^\s/]+(/\S*)?")
EAN_13 = re.compile("[0-9]{13}")


class SorIncomplete(Refused):
    """A statement of reasons lacks something that the law requires."""


class SorInvalid(Refused):
    """A statement of reasons says something that the DSA Transparency Database does not take."""


class GroundMismatch(Refused):
    """A statement of reasons rests on one ground and explains the other: illegal, or against the terms."""


class SorPersonalData(Refused):
    """A text of a statement of reasons tells who somebody is: an e-mail address, a telephone number, a handle."""


def problems(it: Statement) -> list[Refused]:
    """Everything that is wrong with a statement, each with the attribute at fault in `field`; empty: it may be sent."""
    checks = (missing, mismatched, too_long, decisions, texts_of_others, ends, days, contents, categories, places, sources, personal)
    return [problem for check in checks for problem in check(it)]


def missing(it: Statement) -> Iterator[Refused]:
    """What is always required."""
    if not any(getattr(it, name) for name in DECISIONS):
        yield SorIncomplete("A statement names at least one restriction: of visibility, payments, service or account.", field=DECISIONS[0])
    required = ("decision_facts", "decision_ground", "content_type", "category", "territorial_scope", "content_date", "application_date",
                "source_type", "automated_detection", "automated_decision", "puid")
    for name in required:
        if not getattr(it, name):
            yield lacks(name)


def lacks(name: str) -> SorIncomplete:
    """That an attribute lacks."""
    return SorIncomplete(f"{name} is missing.", field=name)


def mismatched(it: Statement) -> Iterator[Refused]:
    """Each ground has its own reference and explanation, and none of the other's."""
    own = {Ground.ILLEGAL_CONTENT: ("illegal_content_legal_ground", "illegal_content_explanation"),
           Ground.INCOMPATIBLE_CONTENT: ("incompatible_content_ground", "incompatible_content_explanation")}
    only = {Ground.ILLEGAL_CONTENT: (), Ground.INCOMPATIBLE_CONTENT: ("incompatible_content_illegal",)}
    for ground, names in own.items():
        for name in names if it.decision_ground is ground else ():
            if not getattr(it, name):
                yield lacks(name)
        for name in (*names, *only[ground]) if it.decision_ground is not ground else ():
            if getattr(it, name):
                yield GroundMismatch(f"{name} is given, but the ground is {it.decision_ground or 'missing'}.", field=name)


def too_long(it: Statement) -> Iterator[Refused]:
    """No text is longer than the database takes."""
    for name, most in TEXTS.items():
        if (length := len(getattr(it, name))) > most:
            yield SorInvalid(f"{name} has {length} characters; at most {most} are taken.", field=name)


def decisions(it: Statement) -> Iterator[Refused]:
    """Nothing is listed twice."""
    for name in ("decision_visibility", "content_type", "category_addition", "category_specification", "territorial_scope"):
        listed = getattr(it, name)
        if len(set(listed)) < len(listed):
            yield SorInvalid(f"{name} names something twice.", field=name)


def texts_of_others(it: Statement) -> Iterator[Refused]:
    """OTHER is explained, and nothing else is."""
    others = (
        ("decision_visibility_other", Visibility.OTHER in it.decision_visibility),
        ("decision_monetary_other", it.decision_monetary is Monetary.OTHER),
        ("content_type_other", ContentType.OTHER in it.content_type),
        ("category_specification_other", Keyword.OTHER in it.category_specification))
    for name, other in others:
        if other and not getattr(it, name):
            yield lacks(name)
        if not other and getattr(it, name):
            yield SorInvalid(f"{name} is given, though nothing is OTHER.", field=name)


def ends(it: Statement) -> Iterator[Refused]:
    """A restriction ends not before it is applied, and an end belongs to a restriction."""
    for name, decision in ENDS.items():
        end = getattr(it, name)
        if end is None:
            continue
        if not getattr(it, decision):
            yield SorInvalid(f"{name} is given, but no {decision}.", field=name)
        if it.application_date and end < it.application_date:
            yield SorInvalid(f"The restriction would end on {end}, before it is applied on {it.application_date}.", field=name)
        if end > LAST_DAY:
            yield SorInvalid(f"{name} is {end}; the last day taken is {LAST_DAY}.", field=name)


def days(it: Statement) -> Iterator[Refused]:
    """Days lie in the calendar of the database."""
    bounds: tuple[tuple[str, date | None, date], ...] = (
        ("content_date", it.content_date, FIRST_CONTENT_DAY), ("application_date", it.application_date, FIRST_APPLICATION_DAY))
    for name, day, first in bounds:
        if day and not first <= day <= LAST_DAY:
            yield SorInvalid(f"{name} is {day}; days from {first} to {LAST_DAY} are taken.", field=name)


def contents(it: Statement) -> Iterator[Refused]:
    """The content's own numbers and language, and where the terms are."""
    for name, number in it.content_id.items():
        if name != "EAN-13" or not EAN_13.fullmatch(number):
            yield SorInvalid(f"content_id takes EAN-13 with 13 digits, not {name}: {number}.", field="content_id")
    if it.content_language and it.content_language not in LANGUAGES:
        yield SorInvalid(f"{it.content_language!r} is no language in capitals by ISO 639-1.", field="content_language")
    if it.decision_ground_reference_url and not ADDRESS.fullmatch(it.decision_ground_reference_url):
        yield SorInvalid("decision_ground_reference_url is no address that begins with http.", field="decision_ground_reference_url")


def categories(it: Statement) -> Iterator[Refused]:
    """A keyword belongs to a category that the statement names; OTHER to any."""
    if it.category in it.category_addition:
        yield SorInvalid(f"{it.category} is the category already.", field="category_addition")
    named: set[Category] = {*it.category_addition, *((it.category,) if it.category else ())}
    known = {Keyword.OTHER}.union(*(KEYWORDS[category] for category in named))
    for keyword in it.category_specification:
        if keyword not in known:
            yield SorInvalid(f"{keyword} belongs to none of {', '.join(sorted(named))}.", field="category_specification")


def places(it: Statement) -> Iterator[Refused]:
    """The scope lists countries of the European Economic Area."""
    for country in it.territorial_scope:
        if country not in EEA:
            yield SorInvalid(f"{country!r} is no country of the European Economic Area.", field="territorial_scope")


def sources(it: Statement) -> Iterator[Refused]:
    """Nobody gave notice of what was found on the platform's own initiative; the platform's own name of it is one."""
    if it.source_identity and it.source_type is SourceType.VOLUNTARY:
        yield SorInvalid("source_identity is given, though nobody gave notice.", field="source_identity")
    if it.puid and not PUID.fullmatch(it.puid):
        yield SorInvalid(f"puid {it.puid!r} has other characters than letters, digits, - and _.", field="puid")


def personal(it: Statement) -> Iterator[Refused]:
    """No text tells who somebody is (Art. 24(5))."""
    for name in TEXTS:
        if name not in ("puid", "decision_ground_reference_url") and (found := personal_in(getattr(it, name))):
            yield SorPersonalData(f"{name} holds what looks like {found}.", field=name)
