"""How much one operation may ask for, counted in one pass however its fragments are nested."""

from __future__ import annotations

from dataclasses import dataclass

from graphql import (
    ASTValidationRule,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
)

MOST = {"depth": 12, "aliases": 30, "directives": 30, "fields": 1_000, "root fields": 20}
MOST_TOKENS = 5_000


@dataclass(frozen=True)
class Size:
    """What a selection amounts to with its fragments in place."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    fields: int = 0

    def beside(self, other: Size) -> Size:
        """Two selections next to each other."""
        return Size(max(self.depth, other.depth), self.aliases + other.aliases, self.directives + other.directives, self.fields + other.fields)

    def below(self, node: FieldNode) -> Size:
        """A selection below that field."""
        return Size(self.depth + 1, self.aliases + bool(node.alias), self.directives + len(node.directives or ()), self.fields + 1)


class OperationSize(ValidationRule):
    """Refuses operations that are too large. Each fragment is counted once, so that fragments in fragments cost no time.

    The same class serves every request: a class made anew for each would never be found in the cache of validated documents.
    """

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        definitions = context.document.definitions
        self._fragments = {it.name.value: it for it in definitions if isinstance(it, FragmentDefinitionNode)}
        self._sizes: dict[str, Size] = {}
        for operation in definitions:
            if isinstance(operation, OperationDefinitionNode):
                self._check(operation)

    def _check(self, operation: OperationDefinitionNode) -> None:
        size = self._size(operation.selection_set)
        found = {"depth": size.depth, "aliases": size.aliases, "directives": size.directives, "fields": size.fields,
                 "root fields": len(operation.selection_set.selections)}
        for what, number in found.items():
            if number > MOST[what]:
                self.report_error(GraphQLError(
                    f"The operation has {number} {what}; at most {MOST[what]} are allowed.", operation,
                    extensions={"code": "QUERY_TOO_COMPLEX", "limit": what, "most": MOST[what]}))

    def _size(self, selections: SelectionSetNode | None) -> Size:
        size = Size()
        for node in selections.selections if selections else ():
            size = size.beside(self._size_of(node))
        return size

    def _size_of(self, node: SelectionNode) -> Size:
        match node:
            case FieldNode() if node.name.value.startswith("__"):  # of the language, which has a rule of its own against loops
                return Size().below(node)
            case FieldNode():
                return self._size(node.selection_set).below(node)
            case InlineFragmentNode():
                return self._size(node.selection_set)
            case FragmentSpreadNode():
                return self._fragment(node.name.value)
            case _:
                return Size()

    def _fragment(self, name: str) -> Size:
        if name not in self._sizes and name in self._fragments:
            self._sizes[name] = Size()  # one that contains itself is refused by another rule
            self._sizes[name] = self._size(self._fragments[name].selection_set)
        return self._sizes.get(name, Size())


def rules() -> list[type[ASTValidationRule]]:
    """The rules beside GraphQL's own."""
    return [OperationSize]
