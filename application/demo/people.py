"""Who takes part in the demo: creators with a market, a temper and a talent; the staff that decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from domain.facts import Actor, ActorKind
from domain.identity import CreatorId, creator_id

MARKETS = (("US", 45), ("VN", 28), ("TH", 10), ("ID", 12), ("PH", 5))
JURISDICTIONS: dict[str, dict[tuple[str, ...], int]] = {  # under whose law, and how many in a hundred; a few creators live in the European Union
    "US": {("US",): 55, ("US", "US-TX"): 18, ("US", "US-CA"): 22, ("US", "DE"): 3, ("US", "FR"): 2},
    "VN": {("VN",): 99, ("VN", "DE"): 1}, "TH": {("TH",): 100}, "ID": {("ID",): 98, ("ID", "NL"): 2}, "PH": {("PH",): 95, ("PH", "IT"): 5}}
LANGUAGES = {"US": "en", "VN": "vi", "TH": "th", "ID": "id", "PH": "en"}
CURRENCIES = {"US": "USD", "VN": "VND", "TH": "THB", "ID": "IDR", "PH": "PHP"}
FIRST = ("amber", "bao", "citra", "dao", "eva", "flora", "gia", "hana", "ivy", "june", "kim", "lan", "mai", "nok", "olive", "phuong", "ruby", "suda")
SECOND = ("beauty", "cooks", "daily", "fits", "finds", "glow", "home", "kitchen", "looks", "style", "tech", "travels", "unboxes", "wears")

CLASSIFIER = Actor(ActorKind.MODEL, "commerce-classifier", "SERVICE", "detection")
INGEST = Actor(ActorKind.SYSTEM, "ingest", "SERVICE")
POLICY_OWNER = Actor(ActorKind.POLICY_OWNER, "policy-manager-1", "POLICY_MANAGER", "commerce policy")
QUALITY_LEAD = Actor(ActorKind.REVIEWER, "quality-lead-1", "ADMIN", "quality")


@dataclass
class Creator:
    """One invented creator: `risk` is how many violations to expect in a year, `talent` the Promotion Performance Score in hundredths."""

    number: int
    id: CreatorId
    external_id: str
    market: str
    jurisdictions: tuple[str, ...]
    handle: str
    risk: float
    talent: int
    favourite: str
    random: Random

    @property
    def actor(self) -> Actor:
        """The creator, acting."""
        return Actor(ActorKind.CREATOR, self.external_id, "CREATOR")

    @property
    def currency(self) -> str:
        """In which money commission is paid."""
        return CURRENCIES[self.market]


def moderator(random: Random, market: str) -> Actor:
    """One of the moderators of a market."""
    return Actor(
        ActorKind.REVIEWER, f"moderator-{market.lower()}-{random.randint(1, 9)}", "MODERATOR", f"{market} commerce",
        (f"LANGUAGE:{LANGUAGES[market]}",))


def appeals_reviewer(random: Random, market: str) -> Actor:
    """One of the appeals reviewers of a market."""
    return Actor(
        ActorKind.REVIEWER, f"appeals-{market.lower()}-{random.randint(1, 4)}", "APPEALS_REVIEWER", f"{market} appeals",
        (f"LANGUAGE:{LANGUAGES[market]}", "POLICY:*"))


def quality_reviewer(random: Random, market: str) -> Actor:
    """One of those who look at decisions of a market again."""
    return Actor(ActorKind.REVIEWER, f"quality-{market.lower()}-{random.randint(1, 2)}", "APPEALS_REVIEWER", f"{market} quality")


def invent(number: int, seed: int, policies: Sequence[str]) -> Creator:
    """The creator of that number; the same for the same seed."""
    random = Random(f"{seed}/{number}")  # a history, not a secret
    market = random.choices([name for name, _ in MARKETS], [weight for _, weight in MARKETS])[0]
    external_id = f"acct-{seed}-{number:05d}"
    return Creator(
        number, creator_id(external_id), external_id, market, random.choices([*JURISDICTIONS[market]], [*JURISDICTIONS[market].values()])[0],
        f"@{random.choice(FIRST)}.{random.choice(SECOND)}{random.randint(1, 999)}", risk=risk(random),
        talent=max(0, min(500, round(random.gauss(340, 90)))), favourite=random.choice(policies), random=random)


def risk(random: Random) -> float:
    """Most creators break no rule in a year, some one or two, a few many."""
    return random.choices((0.15, 1.5, 5.0, 14.0), (55, 28, 13, 4))[0]
