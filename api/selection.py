"""What a query asks for below one of its roots: known before anything is read, so that everything can be read at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionNode,
    get_argument_values,
    get_directive_values,
    get_named_type,
    is_abstract_type,
)
from graphql.execution import VariableValues
from strawberry import Info
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

BACKREF = "strawberry-definition"


@dataclass(frozen=True)
class Field:
    """One selected field: `key` is what it is called in the answer, `definition` what the schema says of it."""

    key: str
    info: GraphQLResolveInfo[Any]
    parent: GraphQLObjectType
    nodes: tuple[FieldNode, ...]

    @property
    def name(self) -> str:
        """What it is called in the schema."""
        return self.nodes[0].name.value

    @property
    def full_name(self) -> str:
        """What it is called among all fields."""
        return f"{self.parent.name}.{self.name}"

    @property
    def definition(self) -> StrawberryField:
        """What the schema says of it."""
        definition: StrawberryField = self.parent.fields[self.name].extensions[BACKREF]
        return definition

    @cached_property
    def arguments(self) -> dict[str, Any]:
        """Its arguments by their Python names, defaults included."""
        schema = self.info.schema._strawberry_schema  # type: ignore[attr-defined]  # noqa: SLF001  # so does Strawberry's own Info
        given = get_argument_values(self.parent.fields[self.name], self.nodes[0], variables_of(self.info))
        return convert_arguments(given, self.definition.arguments, schema.schema_converter.scalar_registry, schema.config)

    @cached_property
    def below(self) -> Selected:
        """What is selected below it."""
        kind = get_named_type(self.parent.fields[self.name].type)
        return Alternatives(self.info, kind, self.nodes) if isinstance(kind, GraphQLInterfaceType) else self.below_as(kind.name)

    @property
    def has_below(self) -> bool:
        """Whether it gives objects."""
        return self.nodes[0].selection_set is not None

    def below_as(self, type_name: str) -> Selection:
        """What is selected below it of objects of that type."""
        kind = self.info.schema.get_type(type_name)
        if not isinstance(kind, GraphQLObjectType):
            raise TypeError(f"{type_name} is no type of objects.")
        return Selection(self.info, kind, self.nodes)


class Selection:
    """The fields selected of objects of one type, by what they are called in the answer."""

    def __init__(self, info: GraphQLResolveInfo[Any], kind: GraphQLObjectType, nodes: Iterable[FieldNode]) -> None:
        self.kind = kind
        self._info = info
        self._variables = variables_of(info)
        self._seen: set[str] = set()
        found: dict[str, list[FieldNode]] = {}
        for node in nodes:
            self._collect(node.selection_set.selections if node.selection_set else (), found)
        self.fields = {key: Field(key, info, kind, tuple(several)) for key, several in found.items() if key_is_field(several)}

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields.values())

    def named(self, name: str) -> list[Field]:
        """Every selection of the field of that name in the schema."""
        return [field for field in self if field.name == name]

    def _collect(self, nodes: Iterable[SelectionNode], found: dict[str, list[FieldNode]]) -> None:
        for node in nodes:
            if not self._included(node):
                continue
            match node:
                case FieldNode():
                    found.setdefault((node.alias or node.name).value, []).append(node)
                case InlineFragmentNode() if node.type_condition is None or self._fits(node.type_condition.name.value):
                    self._collect(node.selection_set.selections, found)
                case FragmentSpreadNode() if node.name.value not in self._seen:
                    self._seen.add(node.name.value)
                    fragment = self._info.fragments[node.name.value]
                    if self._fits(fragment.type_condition.name.value):
                        self._collect(fragment.selection_set.selections, found)
                case _:
                    pass

    def _included(self, node: SelectionNode) -> bool:
        directives: tuple[DirectiveNode, ...] | None = node.directives
        if not directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return not (skip and skip["if"]) and (include is None or bool(include["if"]))

    def _fits(self, type_name: str) -> bool:
        condition = self._info.schema.get_type(type_name)
        if condition is None or condition is self.kind:
            return condition is self.kind
        return is_abstract_type(condition) and self._info.schema.is_sub_type(condition, self.kind)


class Alternatives:
    """The fields selected of objects of an interface, for each type that implements it, by the type's name."""

    def __init__(self, info: GraphQLResolveInfo[Any], kind: GraphQLInterfaceType, nodes: Iterable[FieldNode]) -> None:
        self.kind = kind
        possible = info.schema.get_possible_types(kind)
        self.of = {it.name: Selection(info, it, nodes) for it in possible}


Selected = Selection | Alternatives


def key_is_field(nodes: list[FieldNode]) -> bool:
    """Whether it is a field of the schema, not one of the language."""
    return not nodes[0].name.value.startswith("__")


def variables_of(info: GraphQLResolveInfo[Any]) -> VariableValues:
    """The operation's variables as graphql-core wants them: Strawberry hands their values alone to resolvers."""
    values: Any = info.variable_values
    return VariableValues({}, getattr(values, "coerced", values))


def root_of(info: Info[Any, Any]) -> Field:
    """The field that is being resolved."""
    raw = info._raw_info  # noqa: SLF001  # its own properties keep too little
    return Field(str(raw.path.key), raw, raw.parent_type, tuple(raw.field_nodes))
