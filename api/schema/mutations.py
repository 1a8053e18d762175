"""What can be asked to be done: one mutation for each command of the domain."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import Info

from api.access import MAY_DO, allowed, own_account_only
from api.gathering import Document, gather, inside, named, refuse_too_large, value
from api.identity import Principal
from api.ids import global_id, position_text
from api.schema.appeal import Appeal
from api.schema.case import Case
from api.schema.contested import Dispute
from api.schema.creator import Creator
from api.schema.inputs import Unfit, command_of, input_of, is_given
from api.schema.penalty import Penalty
from api.schema.remedy import Remedy
from api.schema.reward import Reward
from api.schema.statement import StatementOfReasons
from api.schema.violation import Violation
from api.schema.words import camel, described
from api.selection import Field, root_of
from api.view import Context, View
from api.watching import watched
from application.governance import Answer, Request
from domain.cases.desk import COMMANDS as DESK_COMMANDS
from domain.cases.desk import Command as DeskCommand
from domain.creator.decider import COMMANDS
from domain.creator.grammar import Command
from domain.creator.violations import violation_id
from domain.refusals import Refused, refusal_codes
from projections import tables

LONGEST_KEY = 200
Asked = Command | DeskCommand
OURS = ("domain.", "application.")
REFUSALS = {code: refusal for code, refusal in refusal_codes().items() if refusal.__module__.startswith(OURS)}
BAD_USER_INPUT = "BAD_USER_INPUT"

CODES: dict[str, Any] = {code: strawberry.enum_value(code, description=described(refusal)) for code, refusal in REFUSALS.items()}
CODES[BAD_USER_INPUT] = strawberry.enum_value(BAD_USER_INPUT, description="A value cannot be used, whatever the account is like.")
ErrorCode = strawberry.enum(
    Enum("ErrorCode", CODES), description="Why a mutation was refused: the rules' own codes.")  # type: ignore[call-overload]


@strawberry.type(description="Why something was refused.")
class UserError:
    """Why something was refused."""

    code: ErrorCode = value("Which rule refused it.", by=lambda it, _: ErrorCode(it.code))  # type: ignore[valid-type]
    message: str = value("A sentence to whoever asked, with the figures that matter.")
    path: list[str] | None = value("What in the input was at fault, if one part was.")


@strawberry.type(description="What came of a mutation.")
class Payload:
    """What came of a mutation."""

    loaded: strawberry.Private[dict[str, Any]]
    creator: Creator | None = named(
        "The account as it is now; none if it was refused.", tables.creators, "creator_id", by=lambda it, _: it.creator_id)
    position: str | None = value("What was recorded lies at this position or before it; give it as `atLeast`.")
    visible: bool = value("Whether what can be asked holds it already.")
    repeated: bool = value("Whether the same request had come before; nothing was recorded this time.")
    errors: list[UserError] = inside("Why it was refused; empty: it was not.", by=lambda it, _: it.errors or [])


def thing(kind: Any, description: str, table: Any, key: str) -> tuple[Any, Any]:
    """The type and field of something that a mutation is about."""
    return kind | None, named(description, table, key, by=lambda it, _: getattr(it, key))


def handle(description: str, type_name: str, key: str) -> tuple[Any, Any]:
    """The type and field of the id of something that can be named, but not asked for by itself."""
    return strawberry.ID | None, value(description, by=lambda it, _: global_id(type_name, id) if (id := getattr(it, key)) else None)


THINGS: dict[str, tuple[str, Any]] = {
    "violation_id": ("violation", lambda: thing(Violation, "The violation.", tables.violations, "violation_id")),
    "penalty_id": ("penalty", lambda: thing(Penalty, "The penalty.", tables.penalties, "penalty_id")),
    "appeal_id": ("appeal", lambda: thing(Appeal, "The appeal.", tables.appeals, "appeal_id")),
    "reward_id": ("reward", lambda: thing(Reward, "The reward.", tables.rewards, "reward_id")),
    "remedy_id": ("remedy", lambda: thing(Remedy, "The remedy.", tables.remedies, "remedy_id")),
    "statement_id": ("statement_of_reasons", lambda: thing(
        StatementOfReasons, "The statement of reasons.", tables.statements, "statement_id")),
    "notice_id": ("notice_id", lambda: handle("The notice.", "Notice", "notice_id")),
    "freeze_id": ("freeze_id", lambda: handle("The commission held.", "Commission", "freeze_id")),
    "dispute_id": ("dispute", lambda: thing(Dispute, "The dispute.", tables.disputes, "dispute_id")),
    "entry_id": ("entry_id", lambda: handle("The entry of the ledger.", "LedgerEntry", "entry_id")),
}
MAKES = {  # what a command makes, that it cannot name itself
    "SuspectViolation": "violation_id", "ConfirmViolation": "violation_id", "ImposePenalty": "penalty_id", "SuspendPermission": "penalty_id",
    "RevokePermission": "penalty_id", "RevokeRecommendationEligibility": "penalty_id", "SubmitAppeal": "appeal_id", "GrantReward": "reward_id",
    "RecordExternalViolation": "violation_id", "RecordExternalPenalty": "penalty_id",
    "SendNotice": "notice_id", "FreezeCommission": "freeze_id", "EarnPoints": "entry_id", "OpenDispute": "dispute_id",
}


def concerned(command: type[Asked]) -> list[str]:
    """The ids of what a command is about, beside the account: what it names and what it makes."""
    own = [name for name in THINGS if name in command.__struct_fields__]
    made = MAKES.get(command.__name__)
    return own + ([made] if made and made not in own else [])


def payload_of(command: type[Asked]) -> Any:
    """The type of what comes of a command."""
    fields = {name: make() for name, make in (THINGS[key] for key in concerned(command))}
    if issubclass(command, DeskCommand):
        fields["case"] = thing(Case, "The work on it.", tables.cases, "appeal_id")
    members = {"__annotations__": {name: kind for name, (kind, _) in fields.items()}, **{name: field for name, (_, field) in fields.items()}}
    kind = type(f"{command.__name__}Payload", (Payload,), {"__module__": __name__, **members})
    return strawberry.type(kind, description=f"What came of {mutation_name(command)}.")


def mutation_name(command: type[Asked]) -> str:
    """What a command's mutation is called in the schema."""
    return command.__name__[0].lower() + command.__name__[1:]


def mutation_of(command: type[Asked]) -> Any:
    """The mutation of a command."""

    async def resolve(info: Info[Context, None], given: Any) -> Any:
        principal, root = allowed(info.context.principal, info.field_name, MAY_DO), root_of(info)
        refuse_too_large(root.below)
        return await info.context.in_thread(lambda: carried_out(info.context, principal, command, given, root))

    resolve.__annotations__ = {
        "info": Info, "given": Annotated[input_of(command), strawberry.argument(name="input", description="What is asked for.")],
        "return": payload_of(command)}
    resolve.__name__ = mutation_name(command)
    return strawberry.mutation(resolver=resolve, description=described(command))


def carried_out(context: Context, principal: Principal, kind: type[Asked], given: Any, root: Field) -> Any:
    """Handle a command, and read what was selected of what came of it."""
    try:
        command, answer = watched(context.metrics, kind.__name__, principal, lambda: handled(context, principal, kind, given))
    except (Unfit, Refused) as refusal:
        told = Document({"visible": True, "repeated": False, "errors": [error_of(refusal, given)]})
        return context.read_now(principal, lambda view: gather(view, root.below, [told])[0])
    with context.metrics.waiting():
        visible = context.has_come_to(answer.log, answer.position)
    if not visible:
        context.metrics.wait_timeouts.inc()
    return context.read_now(principal, lambda view: gather(view, root.below, [answered(view, command, answer, visible=visible)])[0])


def handled(context: Context, principal: Principal, kind: type[Asked], given: Any) -> tuple[Asked, Answer]:
    """Make the command and let the rules decide. Raises Unfit and Refused, and Forbidden for another's account."""
    if not 0 < len(given.idempotency_key) <= LONGEST_KEY:
        raise Unfit(f"An idempotency key has 1 to {LONGEST_KEY} characters.", "idempotencyKey")
    if issubclass(kind, DeskCommand):
        work = command_of(kind, given)
        return work, context.system.desk.handle(work, by=principal.acting(work.creator), key=given.idempotency_key)
    asked = request_of(principal, kind, given)
    answer = context.system.governance.handle(
        asked.command, by=asked.by, key=given.idempotency_key, occurred_at=asked.occurred_at, expected_version=asked.expected_version,
        preview=given.preview or "")
    return asked.command, answer


def request_of(principal: Principal, kind: type[Command], given: Any) -> Request:
    """The request that an input makes, be it to do it or to see what it would lead to. Raises Unfit, and Forbidden for another's account."""
    if is_given(given.occurred_at) and not principal.is_staff:
        raise Unfit("Only staff and services may say when something was so; for you it is so now.", "occurredAt")
    command = command_of(kind, given)
    own_account_only(principal, command.creator)
    return Request(
        command, principal.acting(command.creator), occurred_at=given.occurred_at or None,
        expected_version=given.expected_version if is_given(given.expected_version) else None)


def error_of(refusal: Unfit | Refused, given: Any) -> Document:
    """A refusal as an error of the payload."""
    if isinstance(refusal, Unfit):
        return Document({"code": BAD_USER_INPUT, "message": refusal.message, "path": ["input", *map(str, refusal.path)]})
    return Document({"code": refusal.code(), "message": refusal.message, "path": path_of(refusal.field, given)})


def path_of(field: str, given: Any) -> list[str] | None:
    """Where in the input that field of a command is; none if it is not there."""
    first, *others = field.split(".")
    first = {"creator": "creator_id", "key": "idempotency_key"}.get(first, first)
    if not hasattr(given, first):
        return None
    return ["input", camel(first), *map(camel, others)]


def answered(view: View, command: Asked, answer: Answer, *, visible: bool) -> Document:
    """An answer with the ids of what it is about; none of them for somebody who may not see the account."""
    told = {"position": position_text((answer.log, answer.position)), "visible": visible, "repeated": answer.repeated}
    return Document(told | ids_of(view, command, answer) if command.creator in view.seen([command.creator]) else told)


def ids_of(view: View, command: Asked, answer: Answer) -> dict[str, Any]:
    """What a command was about: as it says itself, or as the fact it led to says."""
    found: dict[str, Any] = {"creator_id": command.creator} | {name: getattr(command, name, None) for name in THINGS}
    made = MAKES.get(type(command).__name__)
    if finding := getattr(command, "finding", None):
        found["violation_id"] = violation_id(command.creator, finding)
    elif made and answer.first_version <= answer.last_version and (line := view.reader.timeline_of(answer.stream, answer.first_version)):
        found[made] = UUID(line.parameters[made])
    return found


ASKED: list[type[Asked]] = sorted([*COMMANDS.values(), *DESK_COMMANDS.values()], key=lambda command: command.__name__)
Mutation = strawberry.type(
    type("Mutation", (), {mutation_name(command): mutation_of(command) for command in ASKED}),
    description="What can be asked to be done. Each answers once what it recorded can be asked for.")
