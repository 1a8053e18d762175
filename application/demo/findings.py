"""What is found in the demo: content with something wrong in it, noticed by a classifier or by people."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from random import Random

from application.demo.people import Creator
from domain.creator.finding import Content, ContentKind, Detection, Evidence, Finding, Source, SourceKind
from domain.identity import ContentId
from domain.packs.model import Pack, Severity

HOUR = timedelta(hours=1)
REPORTED = (SourceKind.OWN_INITIATIVE, SourceKind.USER_REPORT, SourceKind.NOTICE)
CATEGORIES = ("BEAUTY", "HEALTH", "FASHION", "HOME", "TECH")
HOW_OFTEN = {Severity.MINOR: 50.0, Severity.MODERATE: 25.0, Severity.MAJOR: 4.0, Severity.SEVERE: 0.7}


def invent_finding(creator: Creator, pack: Pack, at: datetime) -> Finding:
    """A finding: three in four of a repeat offender under the same policy."""
    r, content = creator.random, invent_content(creator, at)
    policy = creator.favourite if r.random() < 0.75 and creator.favourite in pack.policies else choose_policy(r, pack)
    rule = pack.policies[policy]
    severity = r.choices(rule.severities, [HOW_OFTEN[one] for one in rule.severities])[0]
    automated, confidence = r.random() < 0.705, round(r.uniform(0.6, 0.99), 3)
    detection = Detection(at, True, "commerce-classifier", "2026.3", confidence) if automated else Detection(at)  # noqa: FBT003
    evidence = Evidence(f"snapshot/{content.id}", sha256(content.id.encode()).hexdigest(), "VIOLATION_SNAPSHOT", "DECISION")
    return Finding(
        policy=policy, severity=severity, content=content, leaf=r.choice(rule.leaves) if rule.leaves else "", detection=detection,
        source=Source() if automated else Source(r.choice(REPORTED), f"report-{r.randrange(10**6)}"), evidence=(evidence,))


def invent_content(creator: Creator, at: datetime) -> Content:
    """A video, or a stretch of a LIVE, of the days before."""
    r = creator.random
    made, number, category = at - r.uniform(2, 200) * HOUR, f"{creator.number}-{r.randrange(10**9)}", r.choice(CATEGORIES)
    if r.random() < 0.35:
        return Content(
            ContentId(f"live-{number}"), ContentKind.LIVE, made, made + r.uniform(0.5, 2) * HOUR, r.randint(0, 1800), (creator.market,), "LIVE",
            category)
    return Content(ContentId(f"video-{number}"), ContentKind.VIDEO, made, None, None, (creator.market,), "SHORT_VIDEO", category)


def choose_policy(random: Random, pack: Pack) -> str:
    """A policy of the pack; the milder the violations it knows, the oftener."""
    names = sorted(pack.policies)
    return random.choices(names, [max(HOW_OFTEN[one] for one in pack.policies[name].severities) for name in names])[0]
