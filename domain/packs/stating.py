"""Whether a pack can state reasons: the schema's own words, texts that are complete, and nothing in them that tells who somebody is."""

from __future__ import annotations

from collections.abc import Iterator

from domain.packs.model import Policy, StatementRule
from domain.packs.problems import Fault, Path, one_of, shown
from domain.statements.categories import KEYWORDS, Category, Keyword
from domain.statements.checking import ADDRESS
from domain.statements.personal import personal_in
from domain.statements.schema import EEA, SCHEMA_VERSION
from domain.statements.texts import faults


def policy_faults(policy: Policy, path: Path) -> Iterator[Fault]:
    """A category that the database does not have, a keyword of another one, somebody in what is told to everybody."""
    if policy.dsa_category and policy.dsa_category not in list(Category):
        yield Fault((*path, "dsa_category"), shown(policy.dsa_category), one_of(list(Category), policy.dsa_category))
        return
    known = KEYWORDS[Category(policy.dsa_category)] if policy.dsa_category else frozenset()
    for index, keyword in enumerate(policy.dsa_keywords):
        if keyword not in {Keyword.OTHER, *known}:
            yield Fault((*path, "dsa_keywords", index), shown(keyword), one_of(sorted(known), keyword))
    for key in ("title", "law"):
        yield from personal_faults(getattr(policy, key), (*path, key))
    for language, text in policy.text.items():
        yield from personal_faults(text, (*path, "text", language))


def statement_faults(rule: StatementRule, path: Path) -> Iterator[Fault]:
    """What a statement could not be made with."""
    if rule.schema_version != SCHEMA_VERSION:
        yield Fault((*path, "schema_version"), shown(rule.schema_version), f'"{SCHEMA_VERSION}", the version that is spoken here')
    if rule.terms_address and not ADDRESS.fullmatch(rule.terms_address):
        yield Fault((*path, "terms_address"), shown(rule.terms_address), "an address that begins with http")
    for index, country in enumerate(rule.territories):
        if country not in EEA:
            yield Fault((*path, "territories", index), shown(country), "a country of the European Economic Area")
    if not rule.territories:
        yield Fault((*path, "territories"), "none", "the countries where a restriction holds that holds everywhere")
    if rule.language not in rule.texts:
        yield Fault((*path, "language"), shown(rule.language), one_of(rule.texts, rule.language))
    for key in ("platform", "terms"):
        yield from personal_faults(getattr(rule, key), (*path, key))
    for language, text in rule.texts.items():
        yield from personal_faults(text, (*path, "texts", language))
        yield from (Fault((*path, "texts", language), found, right) for found, right in faults(text))


def personal_faults(text: str, path: Path) -> Iterator[Fault]:
    """Statements go to a public database: no text of a pack names anybody."""
    if found := personal_in(text):
        yield Fault(path, f"what looks like {found}", "a text that tells nobody's address, number or handle (Art. 24(5) DSA)")
