"""Statements of reasons in words: as the creator reads them, and as the DSA Transparency Database takes them.

The words are those of the pack that the statement was made under, so that it reads the same for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from babel import Locale
from fluent.runtime import FluentBundle, FluentResource
from fluent.runtime.types import fluent_date
from fluent.syntax.ast import Junk

from domain.calendar import local_date
from domain.creator.statements import StatementOfReasonsIssued
from domain.packs.model import Pack
from domain.statements.categories import Keyword
from domain.statements.schema import EU, ContentType, Ground
from domain.statements.statement import DECISIONS, ENDS, Statement

PREFIXES = ("DECISION_GROUND_", "DECISION_", "SOURCE_", "AUTOMATED_DECISION_")


class TextsBroken(Exception):
    """Messages that are no Project Fluent, or cannot be said with what they are given."""


class Part(NamedTuple):
    """A part of a statement: its heading, and its sentences."""

    heading: str
    sentences: tuple[str, ...]


class Document(NamedTuple):
    """A statement as the creator reads it: its parts are those of Art. 17(3), in their order."""

    title: str
    opening: tuple[str, ...]
    parts: tuple[Part, ...]

    def __str__(self) -> str:
        told = ("\n".join([part.heading, *part.sentences]) for part in self.parts)
        return "\n\n".join([self.title, "\n".join(self.opening), *told])


class Corrected(NamedTuple):
    """That a statement does not hold any more: why, and since when."""

    correction: str
    at: datetime


class Wording:
    """The messages of one language. TextsBroken if they cannot be read."""

    def __init__(self, language: str, text: str) -> None:
        resource = FluentResource(text)
        broken = [entry.content for entry in resource.body if isinstance(entry, Junk)]
        if broken:
            raise TextsBroken(f"These messages in {language} are no Project Fluent: {str(broken[0]).strip()[:200]}")
        self.locale = Locale.parse(language.replace("-", "_"))
        self._bundle = FluentBundle([language], use_isolating=False)
        self._bundle.add_resource(resource)

    def say(self, name: str, **given: Any) -> str:
        """A message with its parameters; a day is written out. TextsBroken if it is not there, or lacks something."""
        said: object = None
        errors: list[Exception] = [KeyError(name)]
        if self._bundle.has_message(name) and (pattern := self._bundle.get_message(name).value) is not None:
            said, errors = self._bundle.format_pattern(pattern, {key: spoken(value) for key, value in given.items()})
        if errors or said is None:
            raise TextsBroken(f"The message {name} in {self.locale} cannot be said: {errors[0]}")
        return str(said)

    def countries(self, codes: Iterable[str]) -> str:
        """The names of countries; of the whole Union, its own."""
        listed = set(codes)
        names = ["EU", *sorted(listed - EU)] if listed >= EU else sorted(listed)
        return ", ".join(self.locale.territories.get(name, name) for name in names)


def spoken(value: object) -> object:
    """A parameter as the messages take it."""
    return fluent_date(value, dateStyle="long") if isinstance(value, date) else value


@lru_cache(maxsize=256)
def wording(language: str, text: str) -> Wording:
    """The messages of a language, read once."""
    return Wording(language, text)


def wording_of(pack: Pack, language: str) -> Wording:
    """The messages of a pack in a language, or in the pack's own. TextsBroken if the pack has none."""
    if pack.statement is None:
        raise TextsBroken(f"{pack.pack.title} has no texts for statements of reasons.")
    language = pack.statement.spoken((language,))
    return wording(language, pack.statement.texts[language])


def code(value: str) -> str:
    """A value of the database without the name of its kind."""
    return next((value.removeprefix(prefix) for prefix in PREFIXES if value.startswith(prefix)), value)


class Telling:
    """One statement told in one language."""

    def __init__(self, issued: StatementOfReasonsIssued, pack: Pack, language: str = "") -> None:
        self.issued, self.statement, self.pack = issued, issued.statement, pack
        self.words = wording_of(pack, language or issued.language)
        policy = pack.policies.get(issued.policy)
        title = policy.title if policy else issued.policy.replace("_", " ").capitalize()
        self.policy = self.words.say("policy", policy=issued.policy, title=title)
        texts = policy.text if policy else {}
        self.text = texts.get(self.words.locale.language) or next(iter(texts.values()), self.policy)
        self.law = policy.law if policy else ""

    def filled(self) -> Statement:
        """The statement with its texts, as the database takes it: none of them is free text."""
        given, say = self.statement, self.words.say
        ground, explanation = self.ground(), self.explanation()
        illegal = given.decision_ground is Ground.ILLEGAL_CONTENT
        names = ("illegal_content_legal_ground", "illegal_content_explanation") if illegal else (
            "incompatible_content_ground", "incompatible_content_explanation")
        return msgspec.structs.replace(
            given, decision_facts=self.facts(), **dict(zip(names, (ground, explanation), strict=True)),
            content_type_other=say("other-content") if ContentType.OTHER in given.content_type else "",
            category_specification_other=say("other-keyword", policy=self.policy) if Keyword.OTHER in given.category_specification else "")

    def document(self, issued_on: datetime, facts: Iterable[str] = (), corrected: Corrected | None = None) -> Document:
        """The statement as the creator reads it; `facts` is what was found, in the words of whoever decided."""
        given, say = self.statement, self.words.say
        platform = self.pack.statement.platform if self.pack.statement else ""
        opening = [say("issued", platform=platform, date=local_date(issued_on, self.pack.pack.time_zone))]
        if corrected:
            opening.append(say("corrected", correction=corrected.correction, date=local_date(corrected.at, self.pack.pack.time_zone)))
        told = [self.facts(), *(say("found", facts=text) for text in facts), say("source", source=code(str(given.source_type)))]
        means = (say("detection", automated=str(given.automated_detection)), say("decision", automation=code(str(given.automated_decision))))
        rule = [self.ground() + ".", self.explanation()]
        if given.decision_ground_reference_url:
            rule.append(say("address", address=given.decision_ground_reference_url))
        window = self.issued.appeal_window
        redress = (say("complaint", value=window.value, unit=window.unit.value), say("settlement"))
        parts = zip(("restriction", "facts", "means", "ground", "redress"), (self.restriction(), told, means, rule, redress), strict=True)
        return Document(say("title", platform=platform), tuple(opening), tuple(Part(say(f"part-{name}"), tuple(it)) for name, it in parts))

    def restriction(self) -> Iterator[str]:
        """What was decided, for how long, and where."""
        given, say = self.statement, self.words.say
        what = ", ".join(say("capability", capability=name) for name in self.issued.capabilities)
        for name in DECISIONS:
            values = getattr(given, name)
            for value in values if isinstance(values, tuple) else (values,) if values else ():
                yield say("restriction", decision=code(value), what=what, content=self.issued.content_id)
        until = next((end for name in ENDS if (end := getattr(given, name))), None)
        start = given.application_date or date.min
        yield say("duration", end="ENDS" if until else "OPEN", **{"from": start, "until": until or start})
        yield say("scope", countries=self.words.countries(given.territorial_scope))

    def facts(self) -> str:
        """What was found, without a word of anybody's."""
        kind = self.words.say("content-kind", kind=self.issued.content_kind.value)
        return self.words.say(
            "facts", count=len(self.issued.violations), kind=kind, date=self.statement.content_date or date.min, policy=self.policy)

    def ground(self) -> str:
        """The rule it rests on."""
        terms = self.pack.statement.terms if self.pack.statement else ""
        return self.words.say("ground", ground=code(str(self.statement.decision_ground)), policy=self.policy, terms=terms, law=self.law)

    def explanation(self) -> str:
        """Why the rule is breached."""
        return self.words.say("explanation", ground=code(str(self.statement.decision_ground)), text=self.text, law=self.law)
