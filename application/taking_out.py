"""Everything that is held about one creator, for the creator: what stands, and the whole history, with the personal text opened."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Table, select

from application.disclosing import COLUMNS, FIELDS, PERSONAL, PLACES, REASONS, SECTIONS
from application.wiring import System
from domain.creator.decider import empty, fold
from domain.creator.hearing import APPELLANTS
from domain.creator.state import Account
from domain.facts import Fact, Personal
from projections.columns import document_text
from projections.sentences import sentence_to_creators
from projections.tables import creators

FORMAT = "creator-governance/creator-data"
EVERYTHING = "CreatorData"  # as which it is recorded that somebody read all of it
ERASED: dict[str, Any] = {"erased": True}  # in the place of text whose key was destroyed
ABOUT = (
    "This is what is held about the account: what stands now, section by section, and under `history` every fact recorded about it, oldest "
    'first, each in a sentence and with its data. Times are UTC. Text that was erased is told as {"erased": true}.')
ELSEWHERE = (
    "Kept besides: a record of when your personal text was shown to staff or representatives, in which fields, for which you may ask. Kept too, and "
    "holding nothing more about you: marks by which the account is found by its handle or contact, copies for backup, the work on your appeals by "
    "the platform's staff, and files of evidence, which lie where the platform keeps them.")
SEALED = re.compile(r"\d+:[A-Za-z]+\.\d+:[\w=.-]+")

Opener = Callable[[str], str | None]


def parts(system: System, views: Connection, creator: UUID, at: datetime, opened: Opener) -> Iterator[tuple[str, Any]]:
    """The parts of the document by name, as plain data; the last one, `history`, is an iterator. Nothing if there is no such account.

    `views` is a connection to the read models; the history is as far as they have come or farther. `opened` gives the text behind a token
    of the creator's: whoever calls this sees to it that the reading is recorded.
    """
    row = views.execute(select(creators).where(creators.c.creator_id == creator)).mappings().first()
    if row is None:
        return
    facts = system.log_of(creator).facts(creator)
    yield "format", FORMAT
    yield "at", plain(at)
    yield "about", ABOUT
    yield "notTold", [{"what": reason.value, "why": why} for reason, why in REASONS.items()]
    yield "elsewhere", ELSEWHERE
    yield "account", {"creatorId": str(creator)} | told_row(creators, row, opened)
    yield "notices", notices(fold(empty(), facts))
    for name, table in SECTIONS.items():
        rows = views.execute(select(table).where(table.c.creator_id == creator).order_by(table.c.sequence)).mappings()
        yield name, [told_row(table, each, opened) for each in rows]
    yield "facts", len(facts)
    yield "history", (told_fact(fact, opened) for fact in facts)


def told_row(table: Table, row: Any, opened: Opener) -> dict[str, Any]:
    """A row of a read model: every column but those that are not told; of evidence that is not told, how much there is and of which kind."""
    withheld = COLUMNS[table.name]
    found: dict[str, Any] = {}
    for column in table.columns.keys():  # noqa: SIM118  # its iteration gives columns
        if column in PLACES or (column in withheld and column != "evidence"):
            continue
        value = row[column]
        if column == "evidence":
            found["evidence"] = [told_evidence(it, own=it.get("by") in APPELLANTS, opened=opened) for it in value]
        elif column.endswith("_token"):
            found[camel(column.removesuffix("_token"))] = text_of(value, opened)
        else:
            found[camel(column)] = opened_in(plain(value), opened)
    return found


def told_evidence(it: dict[str, Any], *, own: bool, opened: Opener) -> dict[str, Any]:
    """A piece of evidence: whole if the creator gave it."""
    shown = {name: value for name, value in it.items() if own or ("Evidence", name) not in {*FIELDS, *PERSONAL}}
    return {camel(name): opened_in(value, opened) for name, value in shown.items()}


def told_fact(fact: Fact, opened: Opener) -> dict[str, Any]:
    """A fact in a sentence and as data; nobody who acted is named, but the creator's own representatives."""
    kind, own = type(fact.event).__name__, fact.actor.kind in APPELLANTS
    return {
        "version": fact.version, "occurredAt": plain(fact.occurred_at), "recordedAt": plain(fact.recorded_at), "what": kind,
        "sentence": sentence_to_creators(kind, msgspec.json.decode(document_text(fact.event))), "by": fact.actor.kind.value,
        "representative": fact.actor.id if own and fact.actor.on_behalf_of else None,
        "data": data_of(fact.event, opened, own=own)}


def data_of(value: Any, opened: Opener, *, own: bool) -> Any:
    """An event's own fields, and those of what is in it, but for what is not told; `own`: the creator or a representative said it."""
    match value:
        case Personal():
            return text_of(value.token, opened)
        case msgspec.Struct():
            kind = type(value).__name__
            return {
                camel(name): data_of(each, opened, own=own)
                for name in value.__struct_fields__ if is_told(kind, name, own=own) and (each := getattr(value, name)) not in (None, "", ())}
        case tuple() | list() | frozenset():
            return [data_of(each, opened, own=own) for each in value]
        case dict():
            return {str(key): data_of(each, opened, own=own) for key, each in value.items()}
        case _:
            return plain(value)


def is_told(kind: str, field: str, *, own: bool) -> bool:
    """Whether a field is told. KeyError if it is personal text that nobody has said that of."""
    if kind == "Evidence" and own:
        return True
    return (kind, field) not in FIELDS and PERSONAL.get((kind, field)) is None


def text_of(token: str, opened: Opener) -> Any:
    """Personal text; None where there is none."""
    if not token:
        return None
    text = opened(token)
    return ERASED if text is None else text


def opened_in(content: Any, opened: Opener) -> Any:
    """A document in which every ciphertext gives way to its text."""
    match content:
        case dict():
            return {key: opened_in(it, opened) for key, it in content.items()}
        case list():
            return [opened_in(it, opened) for it in content]
        case str() if SEALED.fullmatch(content):
            return text_of(content, opened)
        case _:
            return content


def notices(account: Account) -> list[dict[str, Any]]:
    """The notices that were sent to the creator, and until when an appeal could be filed."""
    return [{
        "noticeId": str(id), "subject": str(it.subject), "sentAt": plain(it.sent_at), "informedAt": plain(it.informed_at), "read": it.read,
        "bounced": it.bounced, "appealUntil": plain(told.appeal_until) if (told := account.informed.get(it.subject)) else None}
        for id, it in account.notices.items()]


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    match value:
        case Enum():
            return value.value
        case UUID() | datetime():
            return str(value) if isinstance(value, UUID) else value.isoformat().replace("+00:00", "Z")
        case _:
            return msgspec.to_builtins(value)


def camel(name: str) -> str:
    """A name as the API has it."""
    first, *more = name.split("_")
    return first + "".join(part.capitalize() for part in more)


def lines_of(found: Iterable[tuple[str, Any]], progress: Callable[[int, int], None]) -> Iterator[bytes]:
    """The document as JSON, piece by piece, a fact of the history a line; `progress` hears of the facts written and all."""
    total, encode = 0, msgspec.json.encode
    for number, (name, value) in enumerate(found):
        yield b"{\n" if number == 0 else b",\n"
        yield encode(name) + b": "
        if name == "facts":
            total = value
        if name != "history":
            yield encode(value)
            continue
        for done, fact in enumerate(value):
            yield (b",\n" if done else b"[\n") + encode(fact)
            progress(done + 1, total)
        yield b"\n]"
    yield b"\n}\n"
