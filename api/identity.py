"""Who asks, and in which role: the one place where the actor of a request comes from.

For now that is a development token, `Authorization: Bearer dev:<ROLE>:<id>`, such as `Bearer dev:MODERATOR:moderator-1` or, for a creator,
agency or guardian with the platform's own account id, `Bearer dev:CREATOR:creator-17`. Qualifications stand after the role, in brackets:
`Bearer dev:APPEALS_REVIEWER(LANGUAGE:vi,POLICY:*):maria`. It proves nothing, so it is refused as soon as `GOVERNANCE_DEVELOPMENT` is false.
"""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec

from domain.facts import Actor, ActorKind
from domain.identity import CreatorId, creator_id

LONGEST_ID = 200
CODE = r"[A-Z]+:[\w*.-]+"
TOKEN = re.compile(rf"dev:(?P<role>[A-Z_]+)(\((?P<codes>{CODE}(,{CODE})*)\))?:(?P<id>.{{1,{LONGEST_ID}}})")


class Role(StrEnum):
    """As what somebody asks."""

    CREATOR = "CREATOR"
    AGENCY = "AGENCY"
    GUARDIAN = "GUARDIAN"
    MODERATOR = "MODERATOR"
    APPEALS_REVIEWER = "APPEALS_REVIEWER"
    POLICY_MANAGER = "POLICY_MANAGER"
    AUDITOR = "AUDITOR"
    INCIDENT_COMMANDER = "INCIDENT_COMMANDER"
    SERVICE = "SERVICE"
    ADMIN = "ADMIN"


CREATOR_SIDE = frozenset({Role.CREATOR, Role.AGENCY, Role.GUARDIAN})

KINDS = {
    Role.CREATOR: ActorKind.CREATOR,
    Role.AGENCY: ActorKind.AGENCY,
    Role.GUARDIAN: ActorKind.GUARDIAN,
    Role.MODERATOR: ActorKind.REVIEWER,
    Role.APPEALS_REVIEWER: ActorKind.REVIEWER,
    Role.POLICY_MANAGER: ActorKind.POLICY_OWNER,
    Role.AUDITOR: ActorKind.AUTHORITY,
    Role.INCIDENT_COMMANDER: ActorKind.REVIEWER,
    Role.SERVICE: ActorKind.MODEL,  # what a service sends in was decided by no person
    Role.ADMIN: ActorKind.REVIEWER,
}


class Principal(msgspec.Struct, frozen=True):
    """Somebody whose token was accepted. `id` is a pseudonym: of the staff directory, or the platform's account id.

    `qualifications` are codes: LANGUAGE:vi, POLICY:COUNTERFEIT, POLICY:* (certified for every policy). `markets` are those it works in
    (empty: all). `expires_at` is when its token ends, in seconds since 1970 (None: never).
    """

    role: Role
    id: str
    qualifications: tuple[str, ...] = ()
    markets: tuple[str, ...] = ()
    expires_at: float | None = None

    @property
    def is_staff(self) -> bool:
        """Whether it is not a creator, nor anybody who acts for one."""
        return self.role not in CREATOR_SIDE

    @property
    def own(self) -> CreatorId | None:
        """The account of a creator who asks."""
        return creator_id(self.id) if self.role is Role.CREATOR else None

    def acting(self, creator: CreatorId | None = None) -> Actor:
        """The actor of what it asks to be done to that account, or of what it reads."""
        for_creator = str(creator) if creator and self.role in (Role.AGENCY, Role.GUARDIAN) else ""
        return Actor(KINDS[self.role], self.id, self.role, qualifications=self.qualifications, on_behalf_of=for_creator)


class TokenRefused(Exception):
    """The request carries a token that is none, or that is not accepted here."""


class Tokens:
    """Which tokens a deployment accepts."""

    def __init__(self, *, development: bool) -> None:
        self._development = development

    def principal_of(self, authorization: str | None) -> Principal | None:
        """Who sends a request with that Authorization header; None without one. TokenRefused says why a token is not accepted."""
        return principal_of(authorization, development=self._development)


def principal_of(authorization: str | None, *, development: bool) -> Principal | None:
    """Who sends a request with that Authorization header; None without one. TokenRefused says why a token is not accepted."""
    if not authorization:
        return None
    scheme, _, token = authorization.partition(" ")
    found = TOKEN.fullmatch(token.strip())
    if scheme.lower() != "bearer" or found is None or found["role"] not in Role.__members__:
        raise TokenRefused(
            "The token must read dev:<ROLE>:<id> or, with qualifications, dev:<ROLE>(LANGUAGE:vi,POLICY:*):<id>, where the role is one of "
            + ", ".join(Role) + ".")
    if not development:
        raise TokenRefused("Development tokens are not accepted here.")
    return Principal(Role(found["role"]), found["id"], tuple(found["codes"].split(",")) if found["codes"] else ())
