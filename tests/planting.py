"""Distinctive text in every personal field that a command has, and the search for it wherever it could have been left."""

from __future__ import annotations

import itertools
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from graphql import get_named_type, is_interface_type, is_leaf_type, is_required_argument
from msgspec import inspect

from api.app import schema
from api.schema.mutations import mutation_name
from api.schema.words import camel
from domain.creator.decider import COMMANDS
from domain.facts import Personal
from tests.asking import MODERATOR, POLICY_MANAGER, REVIEWER, SECOND, SERVICE, World, creator, evidence
from tests.test_api_remedies import lose

WORD = "Quillfeather"
Path = tuple[str, ...]


def forms(word: str = WORD) -> Iterator[bytes]:
    """The word as it may lie somewhere: in any case, in several encodings, in hexadecimal and base64."""
    for text in (word, word.casefold(), word.upper()):
        for raw in (text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be")):
            yield from (raw, raw.hex().encode(), raw.hex().upper().encode())
            for ahead, cut in ((0, 0), (1, 2), (2, 3)):  # bytes before it; the letters they share with it
                yield b64encode(bytes(ahead) + raw)[cut:(ahead + len(raw)) * 8 // 6]


FORMS = tuple(set(forms()))


def left_in(content: bytes) -> bool:
    """Whether the word is there in any form."""
    return any(form in content for form in FORMS)


def personal_in(info: Any, path: Path) -> Iterator[Path]:
    """The paths to all personal text in a type."""
    if isinstance(info, inspect.CustomType):
        yield path
    elif isinstance(info, inspect.UnionType):
        yield from personal_in(one_of(info), path)
    elif isinstance(info, inspect.VarTupleType):
        yield from personal_in(info.item_type, path)
    elif isinstance(info, inspect.StructType):
        for field in info.fields:
            yield from personal_in(field.type, (*path, field.name))


def one_of(info: inspect.UnionType) -> inspect.Type:
    """What there is, if it is not none."""
    (one,) = (it for it in info.types if not isinstance(it, inspect.NoneType))
    return one


def is_personal(info: inspect.Type) -> bool:
    """Whether a field is personal text, or none."""
    found = one_of(info) if isinstance(info, inspect.UnionType) and info.includes_none else info
    return isinstance(found, inspect.CustomType) and found.cls is Personal


WANTED = {path for name, command in COMMANDS.items() for path in personal_in(inspect.type_info(command), (name,))}
KINDS = {mutation_name(command): command for command in COMMANDS.values()}


class Planting(World):
    """A system of which every mutation carries the word, with a number of its own, in every personal field it has. `planted` is where."""

    def __init__(self, asked: World) -> None:
        super().__init__(asked.system, asked.client, asked.clock)
        self._keys = (f"p-{number}" for number in itertools.count(1))
        self._numbers = itertools.count(1)
        self.planted: dict[Path, str] = {}

    def tell(self, mutation: str, content: dict[str, Any], token: str = MODERATOR, select: str = "", key: str | None = None) -> Any:
        """What comes of a mutation that carries the word."""
        planted: dict[Path, str] = {}
        if kind := KINDS.get(mutation):
            content = self.filled(inspect.type_info(kind), content, (kind.__name__,), planted)
        payload = super().tell(mutation, content, token, select, key)
        if not payload["errors"]:
            self.planted |= planted
        return payload

    def filled(self, info: Any, content: Any, path: Path, planted: dict[Path, str]) -> Any:
        """The content of an input with the word in every personal field of what is given."""
        match info:
            case inspect.UnionType():
                return self.filled(one_of(info), content, path, planted)
            case inspect.VarTupleType():
                return [self.filled(info.item_type, one, path, planted) for one in content]
            case inspect.StructType():
                found = dict(content)
                for field in info.fields:
                    name, below = camel(field.name), (*path, field.name)
                    if is_personal(field.type):
                        found[name] = planted[below] = f"{WORD} {next(self._numbers)}: so schön wie {'.'.join(below)}"
                    elif found.get(name) is not None:
                        found[name] = self.filled(field.type, found[name], below, planted)
                return found
            case _:
                return content


ID = "penalty { id }"
FACTORS = [{"effect": "MITIGATING", "code": "FIRST"}]


def rich(it: World, content: str, policy: str = "MISLEADING_PROMOTION", severity: str = "MODERATE") -> dict[str, Any]:
    """A finding with everything that may be written about it."""
    return it.finding(content, policy, severity, factors=FACTORS, evidence=[evidence(f"of {content}")])


def lived_in(it: Planting) -> str:
    """A creator to whom everything has happened that anybody can write about. Nothing waits for a decision. Gives the id."""
    ann = it.registered(jurisdictions=["DE"])
    rewards(it, ann)
    findings(it, ann)
    penalties(it, ann)
    appeals(it, ann)
    reviews(it, ann)
    money(it, ann)
    others(it, ann)
    return ann


def rewards(it: Planting, ann: str) -> None:
    """A reward that is lost, and given again."""
    lose(it, ann)
    owed = it.ask("query($id: ID!) { creator(id: $id) { remedies { nodes { id } } } }", id=ann)
    it.done("fulfilRemedy", {"creatorId": ann, "remedyId": owed["creator"]["remedies"]["nodes"][0]["id"], "reference": "r-1"}, REVIEWER)


def findings(it: Planting, ann: str) -> None:
    """Violations and content."""
    suspected = it.done("suspectViolation", {"creatorId": ann, "finding": rich(it, "v-1")}, SERVICE, "violation { id }")["violation"]["id"]
    it.done("dismissViolation", {"creatorId": ann, "violationId": suspected})
    confirmed = it.done("confirmViolation", {
        "creatorId": ann, "finding": rich(it, "v-2", severity="MAJOR"), "discretion": {"points": 20}}, select="violation { id }")["violation"]["id"]
    it.done("amendViolation", {"creatorId": ann, "violationId": confirmed, "severity": "MODERATE", "factors": FACTORS}, SECOND)
    it.done("issueWarning", {"creatorId": ann, "violationId": confirmed})
    about = {"creatorId": ann, "contentId": "v-2", "violationId": confirmed}
    it.done("removeContent", about)
    it.done("demoteContent", about)
    it.done("labelContent", about | {"label": "AD"})
    it.done("restoreContent", about | {"measure": "REMOVED"})


def penalties(it: Planting, ann: str) -> None:
    """What people place, approve, decline, shorten and lift, and what the platform says of it."""
    violation = it.confirmed(ann, "v-3")["violation"]["id"]
    placing = {"creatorId": ann, "violations": [violation], "restrictions": [{"capability": "CAMPAIGN"}]}
    later, sooner = ((it.clock.now + timedelta(days=days)).isoformat() for days in (9, 3))
    imposed = it.done("imposePenalty", placing | {"kind": "BAN", "endsAt": later}, select=ID)["penalty"]["id"]
    ending = {"creatorId": ann, "penaltyId": imposed}
    it.done("reportRestriction", ending | {"report": "FAILED"}, SERVICE)
    it.done("shortenPenalty", ending | {"endsAt": sooner}, SECOND)
    it.done("liftPenalty", ending, SECOND)
    suspended = it.done("suspendPermission", placing | {"endsAt": later}, select=ID)["penalty"]["id"]
    it.done("restorePermission", {"creatorId": ann, "penaltyId": suspended}, SECOND)
    hidden = it.done("revokeRecommendationEligibility", {"creatorId": ann, "item": "v-3", "violations": [violation]}, select=ID)["penalty"]["id"]
    it.done("restoreRecommendationEligibility", {"creatorId": ann, "penaltyId": hidden}, SECOND)
    it.done("revokePermission", placing | {"restrictions": [{"capability": "SHOPPABLE_VIDEO"}]})
    for content, deciding in (("v-4", "declinePenalty"), ("v-5", "approvePenalty")):
        it.confirmed(ann, content, "FAKE_ENGAGEMENT", "SEVERE", select="")
        waiting = it.ask("query($id: ID!) { creator(id: $id) { penalties(filter: {status: [PROPOSED]}) { nodes { id } } } }", id=ann)
        for one in waiting["creator"]["penalties"]["nodes"]:
            decision = {"creatorId": ann, "penaltyId": one["id"]}
            it.done(deciding, decision | {"preview": it.preview(deciding, decision | {"reasons": "seen"}, SECOND)["digest"]}, SECOND)


def appeals(it: Planting, ann: str) -> None:
    """An appeal with everything that is written in one, and one that is late."""
    violation = it.confirmed(ann, "v-6", severity="MAJOR")["violation"]["id"]
    it.told(ann, violation)
    notice = it.done("sendNotice", {
        "creatorId": ann, "subject": violation, "channel": "INBOX", "language": "en", "template": "t", "templateVersion": "1",
        "sha256": "0" * 64}, SERVICE, "noticeId")["noticeId"]
    it.done("bounceNotice", {"creatorId": ann, "noticeId": notice}, SERVICE)
    it.days(200)
    it.done("admitLateAppeal", {"creatorId": ann, "subject": violation, "until": (it.clock.now + timedelta(days=9)).isoformat()}, REVIEWER)
    filing = {"creatorId": ann, "subject": violation, "evidence": [evidence("e-1")]}
    appeal = it.done("submitAppeal", filing, creator("ann"), "appeal { id }")["appeal"]["id"]
    about = {"creatorId": ann, "appealId": appeal}
    it.done("addAppealEvidence", about | {"evidence": [evidence("e-2")]}, creator("ann"))
    it.claimed(ann, appeal)
    it.done("requestInformation", about | {"until": (it.clock.now + timedelta(days=1)).isoformat()}, REVIEWER)
    it.done("provideInformation", about | {"evidence": [evidence("e-3")]}, creator("ann"))
    it.done("decideAppeal", about | {
        "outcome": "PARTIALLY_REVERSED", "rootCause": "CONTEXT", "relief": {"severity": "MODERATE", "factors": FACTORS}}, REVIEWER)


def reviews(it: Planting, ann: str) -> None:
    """What falls without an appeal, and what a body outside the platform says."""
    falling = {"rootCause": "CONTEXT", "relief": {"severity": "MODERATE", "factors": FACTORS}}
    one, other = (it.confirmed(ann, content, severity="MAJOR")["violation"]["id"] for content in ("v-7", "v-8"))
    it.done("recordQualityReview", {"creatorId": ann, "subject": one, "verdict": "CORRECT"}, SECOND)
    it.done("overturnDecision", {"creatorId": ann, "subject": one, "ground": "COURT", **falling}, POLICY_MANAGER)
    opened = it.done("openDispute", {"creatorId": ann, "subject": other, "body": "ADR", "reference": "7"}, REVIEWER, "dispute { id }")
    about = {"creatorId": ann, "disputeId": opened["dispute"]["id"]}
    it.done("recordDisputeDecision", about | {"outcome": "PARTIALLY_REVERSED"}, REVIEWER)
    it.done("implementDispute", about | falling, REVIEWER)


def money(it: Planting, ann: str) -> None:
    """Points and commission."""
    earned = it.done("earnPoints", {"creatorId": ann, "source": "ORDERS", "quantity": 100, "reference": "june"}, SERVICE, "entryId")["entryId"]
    it.done("clawBackPoints", {"creatorId": ann, "entryId": earned, "points": 1}, SERVICE)
    violation = it.confirmed(ann, "v-9")["violation"]["id"]
    penalty = it.done("imposePenalty", {
        "creatorId": ann, "violations": [violation], "restrictions": [{"capability": "WITHDRAW_COMMISSION"}], "kind": "HELD"},
        select=ID)["penalty"]["id"]
    held = it.done("freezeCommission", {"creatorId": ann, "penaltyId": penalty, "amount": 500, "currency": "USD"}, SERVICE, "freezeId")["freezeId"]
    for subject in (violation, penalty):
        it.told(ann, subject)
    it.days(400)
    it.done("forfeitCommission", {"creatorId": ann, "freezeId": held, "amount": 500})


def others(it: Planting, ann: str) -> None:
    """Links, decisions of another system, legal holds, and an erasure that is declined."""
    it.done("linkAccounts", {"creatorId": ann, "other": "ben", "relation": "SAME_OWNER", "evidence": [evidence("l-1")]})
    it.done("unlinkAccounts", {"creatorId": ann, "other": "ben"})
    there = {"system": "legacy", "decidedBy": "reviewer-9"}
    it.done("recordExternalViolation", {"creatorId": ann, "finding": rich(it, "x-1"), "origin": there | {"reference": "V-1"}}, SERVICE)
    it.done("recordExternalPenalty", {
        "creatorId": ann, "kind": "BANNED", "restrictions": [{"capability": "LIVE_SELLING"}], "because": ["V-1"],
        "origin": there | {"reference": "P-1"}}, SERVICE)
    for mutation in ("placeLegalHold", "releaseLegalHold"):
        it.done(mutation, {"creatorId": ann, "reference": "matter 4"}, "dev:ADMIN:counsel-1")
    it.done("eraseCreator", {"creatorId": ann, "ground": "OBJECTION"}, POLICY_MANAGER)
    it.done("declineErasure", {"creatorId": ann}, POLICY_MANAGER)


# Everything that can be asked

GRAPHQL = schema._schema  # noqa: SLF001  # there is no other way to the types


def questions() -> list[str]:
    """Queries for everything that is told of a creator, one for each part; as deep as one sees before it is the same again."""
    kind: Any = GRAPHQL.type_map["Creator"]
    deep = [name for name, field in kind.fields.items() if not is_leaf_type(get_named_type(field.type))]
    parts = [selection(kind, 0), *(selection(kind, 3, only=name) for name in deep)]
    return [f"query($id: ID!) {{ creator(id: $id) {{ {part} }} }}" for part in parts if part]


def selection(kind: Any, depth: int, path: Path = ("Creator",), only: str = "") -> str:
    """What can be selected of a type without asking for something in particular; `only` one field of it."""
    fields: dict[str, str] = {}
    for one in (kind, *(GRAPHQL.get_implementations(kind).objects if is_interface_type(kind) else ())):
        found = [asked for name, field in one.fields.items() if only in ("", name) and (asked := field_of(name, field, depth, path)) and not (
            str(field.type) != fields.setdefault(name, str(field.type)) or (one is not kind and name in kind.fields))]
        fields[f"... on {one.name}"] = f"... on {one.name} {{ {' '.join(found)} }}" if found and one is not kind else " ".join(found)
    return " ".join(told for name, told in fields.items() if name.startswith("... on") and told)


def field_of(name: str, field: Any, depth: int, path: Path) -> str:
    """A field with all below it; nothing if it has to be asked for in particular, or lies too deep."""
    kind = get_named_type(field.type)
    if any(is_required_argument(it) for it in field.args.values()):
        return ""
    if is_leaf_type(kind):
        return name
    below = "" if not depth or kind.name in path else selection(kind, depth - 1, (*path, kind.name))
    first = f"(first: {50 if len(path) == 1 else 2})" if "first" in field.args else ""
    return f"{name}{first} {{ {below} }}" if below else ""
