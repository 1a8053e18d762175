"""The texts of statements of reasons: complete in every language, checked with the pack, and the same for ever."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from application.library import pack_files, read_packs
from application.statements import TextsBroken, Wording
from domain.packs.problems import PackFilesInvalid
from domain.packs.reading import read_layers
from domain.statements.schema import AccountDecision, Ground, Monetary, Provision, SourceType, Visibility
from domain.statements.texts import MESSAGES, PARAMETER, written
from tests.rulebook import START

PACKS = Path(__file__).parent.parent / "packs"
TEXTS = {path.parent.name: path.read_text() for path in sorted(PACKS.glob("messages/*/statement.ftl"))}
GIVEN: dict[str, Any] = {
    "platform": "P", "date": START.date(), "decision": "ACCOUNT_SUSPENDED", "what": "W", "content": "C", "end": "ENDS", "from": START.date(),
    "until": START.date(), "countries": "DE", "count": 2, "kind": "VIDEO", "policy": "COUNTERFEIT", "facts": "F", "source": "VOLUNTARY",
    "automated": "Yes", "automation": "FULLY", "ground": "ILLEGAL_CONTENT", "terms": "T", "law": "L", "text": "X", "address": "A", "value": 6,
    "unit": "MONTHS", "correction": "LIFTED", "title": "T", "capability": "CAMPAIGN"}


def given(name: str) -> dict[str, Any]:
    return {parameter: GIVEN[parameter] for parameter in MESSAGES[name]}


def test_the_languages_are_those_of_every_pack_that_states_reasons() -> None:
    assert set(TEXTS) == {"de", "en", "fr", "id", "vi"}
    for found in read_packs(PACKS):
        assert found.pack.statement is not None
        assert found.pack.statement.texts == TEXTS


@pytest.mark.parametrize("language", TEXTS)
def test_every_language_has_every_message_and_no_other(language: str) -> None:
    assert written(TEXTS[language]).keys() == MESSAGES.keys()


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_can_be_said_with_what_it_is_given(language: str, name: str) -> None:
    said = Wording(language, TEXTS[language]).say(name, **given(name))
    assert said.strip()
    assert not re.search(r"[{}$]", said)


@pytest.mark.parametrize("language", TEXTS)
def test_every_parameter_of_the_english_text_is_in_the_translation(language: str) -> None:
    for name, message in written(TEXTS[language]).items():
        wanted = set(PARAMETER.findall(written(TEXTS["en"])[name])) - {"title"}
        assert wanted <= set(PARAMETER.findall(message)), name


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize(("message", "parameter", "kind", "prefix"), [
    ("restriction", "decision", Visibility, "DECISION_"), ("restriction", "decision", Monetary, "DECISION_"),
    ("restriction", "decision", Provision, "DECISION_"), ("restriction", "decision", AccountDecision, "DECISION_"),
    ("source", "source", SourceType, "SOURCE_"), ("ground", "ground", Ground, "DECISION_GROUND_")])
def test_every_value_but_other_has_words_of_its_own(language: str, message: str, parameter: str, kind: Any, prefix: str) -> None:
    words = Wording(language, TEXTS[language])
    said = [words.say(message, **(given(message) | {parameter: value.removeprefix(prefix)})) for value in kind if not value.endswith("_OTHER")]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("language", TEXTS)
def test_every_policy_of_the_shipped_packs_is_called_by_a_name_of_the_language(language: str) -> None:
    words = Wording(language, TEXTS[language])
    codes = {code for found in read_packs(PACKS) for code in found.pack.policies}
    called = {code: words.say("policy", policy=code, title="the pack's own") for code in codes}
    assert ("the pack's own" in called.values()) == (language == "en")


def test_a_message_that_lacks_a_parameter_is_not_said_by_halves() -> None:
    with pytest.raises(TextsBroken):
        Wording("en", TEXTS["en"]).say("scope")
    with pytest.raises(TextsBroken):
        Wording("en", TEXTS["en"]).say("no-such-message")


def test_what_is_no_fluent_is_told() -> None:
    with pytest.raises(TextsBroken):
        Wording("en", "title = { $platform")


# In packs


def broken(**texts: str) -> list[str]:
    """What is wrong with the shipped packs, once some words of their files are others."""
    files = dict(pack_files(PACKS))
    for name, text in texts.items():
        before, _, after = text.partition(" → ")
        file = {"pack": "creator-health-rating.global.toml", "german": "messages/de/statement.ftl"}[name]
        assert before in files[file].decode()
        files[file] = files[file].decode().replace(before, after).encode()
    with pytest.raises(PackFilesInvalid) as told:
        read_layers(files)
    return [str(problem) for problem in told.value.problems]


@pytest.mark.parametrize(("texts", "said"), [
    ({"german": "scope = → range ="}, "no message scope"),
    ({"german": "{ $countries } → { $country }"}, "$country in scope"),
    ({"german": "Die Entscheidung → Fragen an hilfe@example.org. Die Entscheidung"}, "an e-mail address"),
    ({"pack": 'terms = " → terms = "+49 30 1234567 '}, "a telephone number"),
    ({"pack": "messages/de/statement.ftl → messages/de/reasons.ftl"}, "messages/de/reasons.ftl"),
    ({"pack": 'language = "en"\n → language = "th"\n'}, "statement.language"),
    ({"pack": 'schema_version = "2" → schema_version = "1"'}, "statement.schema_version"),
    ({"pack": 'territories = ["AT" → territories = ["US"'}, "statement.territories[0]"),
    ({"pack": 'terms_address = "https:// → terms_address = "'}, "statement.terms_address"),
    ({"pack": 'dsa_category = "STATEMENT_CATEGORY_SCAMS_AND_FRAUD" → dsa_category = "STATEMENT_CATEGORY_SCAMS"'}, "dsa_category"),
    ({"pack": 'dsa_keywords = ["KEYWORD_HIDDEN_ADVERTISEMENT"] → dsa_keywords = ["KEYWORD_NUDITY"]'}, "dsa_keywords[0]"),
    ({"pack": 'WITHDRAW_COMMISSION = "PAYMENTS" → WITHDRAW_COMMISSION = "MONEY"'}, "PAYMENTS")])
def test_a_pack_that_could_not_state_reasons_is_refused_with_the_place(texts: dict[str, str], said: str) -> None:
    assert any(said in problem for problem in broken(**texts)), broken(**texts)
