"""What proves that nothing was changed: signed tree heads, and the paths that lead to them. Whoever has them can check them alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, TypeVar

import strawberry
from strawberry import Info

from api.access import MAY_SEE, allowed
from api.errors import BadUserInput, NotProvable
from api.ids import positions_of
from api.schema.words import BigInt
from api.view import Context
from application.proving.consistency import LogConsistency, consistency
from application.proving.heads import Heads, HistoryDiffers, heads_of
from application.proving.signing import key_text
from application.proving.trees import NotInTree, TreeStopped
from application.wiring import System, followed_logs
from domain.proof import heads
from domain.proof.heads import SignedTreeHead, signed_bytes
from domain.proof.merkle import consistency_path, inclusion_path

T = TypeVar("T")
Asked = Info[Context, None]
Fresh = Annotated[bool, strawberry.argument(description="Take one now, if anything was recorded since the latest; or else the latest is told.")]
Position = Annotated[str | None, strawberry.argument(description="Where the fact lies: the position of a mutation's answer or of an event.")]
LogName = Annotated[str | None, strawberry.argument(description="A log, by its name in a tree head.")]
Number = Annotated[BigInt | None, strawberry.argument(description="With `log`: the place of the fact in it, from 1.")]
HeadRoot = Annotated[str | None, strawberry.argument(name="head", description="The root of a head that was kept; by default of the latest.")]
FromRoot = Annotated[str | None, strawberry.argument(name="from", description="The root of a head that was kept.")]
ToRoot = Annotated[str | None, strawberry.argument(name="to", description="The root of a later head that was kept; by default of the latest.")]
FromSize = Annotated[BigInt | None, strawberry.argument(description="With `log`: how many facts it had.")]
ToSize = Annotated[BigInt | None, strawberry.argument(description="With `log`: how many it had later; by default as many as now.")]


@strawberry.type(description="How long a log was, and the root of its tree.")
class LogHead:
    """How long a log was, and the root of its tree."""

    log: str = strawberry.field(description="The log's name.")
    size: BigInt = strawberry.field(description="How many facts it had.")
    root: str = strawberry.field(description="The root of the Merkle tree over them (RFC 6962), in hexadecimal.")

    @classmethod
    def of(cls, head: heads.LogHead) -> LogHead:
        """A log's head as it is told."""
        return cls(log=head.log, size=BigInt(head.size), root=head.root)


@strawberry.type(description="All logs as they were at a moment, signed. Keep it: whoever has it can be shown that nothing was changed since.")
class TreeHead:
    """All logs as they were at a moment, signed."""

    origin: str = strawberry.field(description="What the deployment is called: the SHA-256 of its public key, in hexadecimal.")
    at: datetime = strawberry.field(description="When it was taken.")
    root: str = strawberry.field(description="The root over all logs, in hexadecimal: of a tree whose leaves are the lines `log size root`, by name.")
    logs: list[LogHead] = strawberry.field(description="The logs, by their names.")
    signed: str = strawberry.field(description="What was signed, in UTF-8.")
    signature: str = strawberry.field(description="The Ed25519 signature, in base64.")
    public_key: str | None = strawberry.field(description=(
        "The public key, in base64; none if the head is one of before the key was changed. Compare it with the one that you were given otherwise."))

    @classmethod
    def of(cls, signed: SignedTreeHead, taken: Heads) -> TreeHead:
        """A signed head as it is told."""
        head, own = signed.head, signed.head.origin == taken.signer.origin
        return cls(
            origin=head.origin, at=head.at, root=head.root, logs=[LogHead.of(log) for log in head.logs], signed=signed_bytes(head).decode(),
            signature=signed.signature, public_key=key_text(taken.signer.public_key) if own else None)


@strawberry.type(description="The proof that a fact is in a log (RFC 9162, section 2.1.3).")
class InclusionProof:
    """The proof that a fact is in a log."""

    log: str = strawberry.field(description="The log's name.")
    number: BigInt = strawberry.field(description="The place of the fact in the log, from 1: it is leaf `number` - 1.")
    leaf: str = strawberry.field(description="The hash of its leaf, in hexadecimal: of its stream, version, name and stored bytes.")
    path: list[str] = strawberry.field(description="The hashes that lead from the leaf to the root, from below, in hexadecimal.")
    size: BigInt = strawberry.field(description="Of how many facts the log's tree is.")
    root: str = strawberry.field(description="The root of the log's tree, in hexadecimal.")
    tree_head: TreeHead = strawberry.field(description="The signed head that has this root.")


@strawberry.type(description="The proof that a log still begins as it was (RFC 9162, section 2.1.4).")
class ConsistencyProof:
    """The proof that a log still begins as it was."""

    log: str = strawberry.field(description="The log's name.")
    from_size: BigInt = strawberry.field(description="How many facts it had.")
    from_root: str = strawberry.field(description="The root of its tree then, in hexadecimal.")
    to_size: BigInt = strawberry.field(description="How many it had later.")
    to_root: str = strawberry.field(description="The root of its tree later, in hexadecimal.")
    path: list[str] = strawberry.field(description="The hashes that show it, in hexadecimal.")


async def proved(info: Asked, work: Callable[[System, Heads], T]) -> T:
    """What can be proved to whoever asks."""
    allowed(info.context.principal, info.field_name, MAY_SEE)
    system = info.context.system

    def working() -> T:
        try:
            return work(system, heads_of(system))
        except (HistoryDiffers, TreeStopped, NotInTree) as problem:
            raise NotProvable(str(problem)) from problem

    return await info.context.in_thread(working)


async def tree_head(info: Asked, *, fresh: Fresh = False) -> TreeHead | None:
    """A signed head."""
    return await proved(info, lambda _, taken: TreeHead.of(head_now(taken) if fresh else taken.latest() or taken.take(), taken))


async def inclusion_proof(
        info: Asked, position: Position = None, log: LogName = None, number: Number = None, head: HeadRoot = None) -> InclusionProof | None:
    """The proof that a fact is in a log."""
    return await proved(info, lambda system, taken: included(taken, *place_of(system, position, log, number), head))


async def consistency_proof(info: Asked, from_root: FromRoot = None, to_root: ToRoot = None, log: LogName = None, from_size: FromSize = None,
                            to_size: ToSize = None) -> list[ConsistencyProof] | None:
    """The proof that logs still begin as they were."""
    if from_root is not None and log is None and from_size is None and to_size is None:
        return await proved(info, lambda _, taken: consistent_heads(taken, kept(taken, from_root, "from"), kept(taken, to_root, "to")))
    if log is not None and from_size is not None and from_root is None and to_root is None:
        return await proved(info, lambda _, taken: [consistent_sizes(taken, log, from_size, to_size)])
    raise BadUserInput("Give either `from`, and perhaps `to`, or else `log` and `fromSize`, and perhaps `toSize`.", argument="from")


def head_now(taken: Heads) -> SignedTreeHead:
    """A head over all that is recorded: the latest, if nothing was recorded since, or else one taken now."""
    taken.trees.catch_up()
    latest = taken.latest()
    now = {(name, size := taken.trees.size(name), taken.trees.root(name, size).hex()) for name in taken.trees.names}
    return latest if latest and {(log.log, log.size, log.root) for log in latest.head.logs} == now else taken.take()


def kept(taken: Heads, root: str | None, argument: str) -> SignedTreeHead:
    """The latest head that was kept, or the one of that root; BadUserInput if there is none."""
    found = next((it for it in reversed(taken.kept()) if root in (None, it.head.root)), None)
    if found is None:
        raise BadUserInput("No head of that root was kept." if root else "No head was taken yet; ask for treeHead first.", argument=argument)
    return found


def place_of(system: System, position: str | None, log: str | None, number: int | None) -> tuple[str, int, str]:
    """The log of a fact, its place in it, and the argument that told them; BadUserInput unless one place is given in one way."""
    if position is not None and log is None and number is None:
        told, known = positions_of(position, "position"), followed_logs(system.store)
        if len(told) == 1 and told.keys() <= known.keys():
            ((of, at),) = told.items()
            return known[of].name, at, "position"
        raise BadUserInput("The position is not one of a fact of this service.", argument="position")
    if position is None and log is not None and number is not None:
        return log, number, "number"
    raise BadUserInput("Give either `position`, or else `log` and `number`.", argument="position")


def included(taken: Heads, log: str, number: int, argument: str, root: str | None) -> InclusionProof:
    """The proof that a fact is in a log, under the head of that root, or else under the latest that has the fact."""
    signed = kept(taken, root, "head") if root is not None else taken.latest()
    if root is None and (signed is None or (known := signed.head.of(log)) is None or known.size < number):
        signed = head_now(taken)
    head = signed.head.of(log) if signed else None
    if signed is None or head is None:
        raise BadUserInput(f"The head has no log {log!r}; it has {', '.join(taken.trees.names)}.", argument="log")
    if not 1 <= number <= head.size:
        raise BadUserInput(f"The log {log} has the places 1 to {head.size} in that head.", argument=argument)
    tree = taken.trees.subtree(log)
    return InclusionProof(
        log=log, number=BigInt(number), leaf=tree(0, number - 1).hex(), path=[it.hex() for it in inclusion_path(number - 1, head.size, tree)],
        size=BigInt(head.size), root=head.root, tree_head=TreeHead.of(signed, taken))


def consistent_heads(taken: Heads, before: SignedTreeHead, later: SignedTreeHead) -> list[ConsistencyProof]:
    """The proof that every log began in a later head as in one before; BadUserInput if it was not later."""
    if before.head.at > later.head.at:
        raise BadUserInput("The head `to` is of before the head `from`.", argument="to")
    return [shown(it) for it in consistency(taken.trees, before, later).logs]


def consistent_sizes(taken: Heads, log: str, first: int, second: int | None) -> ConsistencyProof:
    """The proof that a log of so many facts began as it was with fewer; BadUserInput if it never had so many."""
    try:
        taken.trees.catch_up()
        size = taken.trees.size(log) if second is None else second
        if not 0 <= first <= size:
            raise BadUserInput(f"`fromSize` must be from 0 to {size}, not {first}.", argument="fromSize")
        roots = [taken.trees.root(log, it).hex() for it in (first, size)]
    except NotInTree as problem:
        raise BadUserInput(str(problem), argument="log") from None
    path = consistency_path(first, size, taken.trees.subtree(log))
    return shown(LogConsistency(log, first, size, roots[0], roots[1], tuple(it.hex() for it in path)))


def shown(proof: LogConsistency) -> ConsistencyProof:
    """A proof as it is told; NotProvable if it is none."""
    if not proof.holds:
        raise NotProvable(f"The log {proof.log} does not begin as that head says; `governance verify` finds out why.")
    return ConsistencyProof(
        log=proof.log, from_size=BigInt(proof.first_size), from_root=proof.first_root, to_size=BigInt(proof.second_size),
        to_root=proof.second_root, path=list(proof.path))
