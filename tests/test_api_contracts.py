"""The contract with clients: what is committed is what is served, everything is described, and the codes are the rules' own."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLNonNull, GraphQLObjectType, is_introspection_type

from api.app import schema
from api.contracts import CONTRACTS, ROOT, differing
from api.schema.inputs import WORDS, WORDS_OF
from api.schema.mutations import mutation_name
from api.schema.words import camel
from application.governance import IdempotencyKeyReused
from domain.cases.desk import COMMANDS as DESK_COMMANDS
from domain.creator.decider import COMMANDS
from domain.refusals import refusal_codes

GRAPHQL = schema._schema  # noqa: SLF001  # there is no other way to its types
OWN = {name: kind for name, kind in GRAPHQL.type_map.items() if not is_introspection_type(kind)}
BUILT_IN = {"String", "Int", "Float", "Boolean", "ID"}


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.name)
def test_the_committed_contract_is_that_of_the_code(path: Any) -> None:
    assert path.relative_to(ROOT) not in differing(), "look at the difference, then: governance schema --write"


def test_the_contract_does_not_depend_on_which_module_is_imported_first() -> None:
    ask = "import domain.creator.explaining.penalties; from api.contracts import differing; print(differing())"
    answer = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603  # our own words
    assert answer.stdout.strip() == "[]"


def test_every_type_field_and_argument_is_described() -> None:
    missing = []
    for name, kind in OWN.items():
        if name not in BUILT_IN and not kind.description:
            missing.append(name)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for field_name, field in kind.fields.items():
                missing += [f"{name}.{field_name}"] if not field.description else []
                missing += [f"{name}.{field_name}({it})" for it, argument in getattr(field, "args", {}).items() if not argument.description]
    assert missing == []


def test_a_description_is_a_sentence_in_the_schemas_own_names() -> None:
    told = [kind.description or "" for kind in OWN.values()] + [
        field.description or "" for kind in OWN.values() for field in getattr(kind, "fields", {}).values()]
    assert [text for text in told if "_id`" in text or "\n" in text.strip() or "kw_only" in text] == []


def test_every_word_for_an_input_is_used() -> None:
    fields = {field for command in OWN.values() if isinstance(command, GraphQLInputObjectType) for field in command.fields}
    assert {camel(name) for name in WORDS} - fields == {"creator"}, "it is called creatorId"
    for struct, field in WORDS_OF:
        content = OWN[f"{struct}Input"]
        assert isinstance(content, GraphQLInputObjectType)
        assert camel(field) in content.fields


def test_the_error_codes_are_the_refusals_of_the_rules() -> None:
    codes = GRAPHQL.type_map["ErrorCode"]
    assert isinstance(codes, GraphQLEnumType)
    ours = {code for code, refusal in refusal_codes().items() if refusal.__module__.startswith(("domain.", "application."))}
    assert set(codes.values) == ours | {"BAD_USER_INPUT"}
    assert IdempotencyKeyReused.code() in codes.values
    assert [code for code, value in codes.values.items() if not value.description] == []


def test_every_command_is_a_mutation_with_one_input_and_a_payload() -> None:
    assert GRAPHQL.mutation_type is not None
    fields = GRAPHQL.mutation_type.fields
    assert set(fields) == {mutation_name(command) for command in (COMMANDS | DESK_COMMANDS).values()}
    for command in (COMMANDS | DESK_COMMANDS).values():
        field, name = fields[mutation_name(command)], command.__name__
        assert {argument: str(it.type) for argument, it in field.args.items()} == {"input": f"{name}Input!"}
        assert str(field.type) == f"{name}Payload!"
        content = OWN[f"{name}Input"]
        assert isinstance(content, GraphQLInputObjectType)
        assert str(content.fields["idempotencyKey"].type) == "String!"
        assert ({"expectedVersion", "occurredAt"} <= set(content.fields)) == (name in COMMANDS)
        assert ("creatorId" in content.fields) == (name != "RegisterCreator")


def test_every_payload_may_come_without_what_it_is_about() -> None:
    for name, kind in OWN.items():
        if name.endswith("Payload") and isinstance(kind, GraphQLObjectType):
            assert str(kind.fields["errors"].type) == "[UserError!]!"
            about = set(kind.fields) - {"errors", "repeated", "visible"}
            assert [field for field in about if isinstance(kind.fields[field].type, GraphQLNonNull)] == []


def test_every_root_of_a_query_may_be_nothing() -> None:
    assert GRAPHQL.query_type is not None
    assert [name for name, field in GRAPHQL.query_type.fields.items() if isinstance(field.type, GraphQLNonNull)] == []


def test_every_list_of_pages_is_a_connection_as_relay_has_it() -> None:
    connections = [kind for name, kind in OWN.items() if name.endswith("Connection") and isinstance(kind, GraphQLObjectType)]
    assert len(connections) == 22
    for kind in connections:
        assert {"edges", "nodes", "pageInfo", "totalCount", "totalCountIsExact"} <= set(kind.fields)
