"""Whether a pack of the right shape makes sense as a whole.

Each section is looked at for itself, so that a fault of shape in one does not hide what is wrong with another.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import msgspec

from domain.calendar import zone
from domain.packs.ladders import counter_faults, expiry_faults, step_faults, zone_faults
from domain.packs.model import SCORE, Counter, Earning, Group, Header, Pack, PointRule, Policy, Retention, Reward, StatementRule, ZeroTolerance, Zone
from domain.packs.problems import Fault, Path, Tree, one_of, shown
from domain.packs.stating import policy_faults, statement_faults

SECTIONS = {field.name: field.type for field in msgspec.structs.fields(Pack)}
ENTRY_TYPES: dict[str, type[msgspec.Struct]] = {"counters": Counter, "policies": Policy, "earning": Earning, "rewards": Reward,
    "retention": Retention}


class Sections(msgspec.Struct):
    """The parts of a merged tree that could be read; `names` are the entries of its tables, readable or not."""

    header: Header | None
    counters: dict[str, Counter]
    zones: tuple[Zone, ...] | None
    policies: dict[str, Policy]
    points: tuple[PointRule, ...]
    zero_tolerance: tuple[ZeroTolerance, ...]
    earning: dict[str, Earning]
    rewards: dict[str, Reward]
    retention: dict[str, Retention]
    statement: StatementRule | None
    names: dict[str, list[str]]


def sense_faults(tree: Tree) -> Iterator[Fault]:
    """Everything in a merged tree that contradicts itself or names something that does not exist."""
    sections = _sections(tree)
    if sections.header is not None:
        yield from _header_faults(sections.header)
    yield from _score_faults(sections)
    for name, counter in sections.counters.items():
        yield from counter_faults(counter, ("counters", name))
    for index, rule in enumerate(sections.zero_tolerance):
        for step_index, step in enumerate(rule.steps):
            yield from step_faults(step, ("zero_tolerance", index, "steps", step_index))
    for name, policy in sections.policies.items():
        yield from _policy_faults(policy, ("policies", name))
        yield from policy_faults(policy, ("policies", name))
    if sections.statement is not None:
        yield from statement_faults(sections.statement, ("statement",))
    yield from _name_faults(sections)
    yield from _point_faults(sections)
    for name, earning in sections.earning.items():
        yield from _earning_faults(earning, ("earning", name))
    for name, retention in sections.retention.items():
        if retention.after.value < 1:
            yield Fault(("retention", name, "after", "value"), shown(retention.after.value), "a number of 1 or more: evidence is kept for some time")


def _sections(tree: Tree) -> Sections:
    entries = {name: _entries(tree.get(name), kind) for name, kind in ENTRY_TYPES.items()}
    return Sections(
        header=_part(tree.get("pack"), Header),
        counters=entries["counters"],
        policies=entries["policies"],
        earning=entries["earning"],
        rewards=entries["rewards"],
        retention=entries["retention"],
        statement=_part(tree.get("statement"), StatementRule),
        zones=_part(tree.get("zones"), SECTIONS["zones"]),
        points=_part(tree.get("points"), SECTIONS["points"]) or (),
        zero_tolerance=_part(tree.get("zero_tolerance"), SECTIONS["zero_tolerance"]) or (),
        names={name: list(tree[name]) if isinstance(tree.get(name), dict) else [] for name in ENTRY_TYPES},
    )


def _part(node: Any, kind: Any) -> Any:
    try:
        return msgspec.convert(node, kind)
    except msgspec.ValidationError:
        return None


def _entries(node: Any, kind: type[msgspec.Struct]) -> dict[str, Any]:
    parts = {name: _part(value, kind) for name, value in node.items()} if isinstance(node, dict) else {}
    return {name: part for name, part in parts.items() if part is not None}


def _header_faults(header: Header) -> Iterator[Fault]:
    try:
        zone(header.time_zone or "?")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield Fault(("pack", "time_zone"), shown(header.time_zone), 'a time zone of the IANA database, such as "Asia/Ho_Chi_Minh"')
    if header.effective_from is None:
        yield Fault(("pack", "effective_from"), "nothing", "the first local day of the pack, such as 2026-01-12")
    yield from _interval_faults(header, ("pack",))


def _interval_faults(table: Header | Policy, path: Path) -> Iterator[Fault]:
    if table.effective_from and table.effective_until and table.effective_until <= table.effective_from:
        yield Fault((*path, "effective_until"), shown(table.effective_until), f"a day after effective_from, {table.effective_from}")


def _score_faults(sections: Sections) -> Iterator[Fault]:
    path = ("counters", SCORE)
    if SCORE not in sections.names["counters"]:
        yield Fault(path, "nothing", "a counter of this name: it is shown as the account's health")
    if (score := sections.counters.get(SCORE)) is None:
        return
    if isinstance(score.weight, int):
        yield Fault((*path, "weight"), shown(score.weight), '"POINTS", since the score counts the violations\' points')
    if score.group is not Group.ACCOUNT:
        yield Fault((*path, "group"), shown(score.group), '"ACCOUNT", since an account has one score')
    if sections.zones is not None:
        yield from zone_faults(sections.zones, score)


def _policy_faults(policy: Policy, path: Path) -> Iterator[Fault]:
    if not policy.severities:
        yield Fault((*path, "severities"), "none", "at least one severity that a finding may have")
    if not policy.text:
        yield Fault((*path, "text"), "none", 'the published text by language, such as { en = "…" }')
    yield from _interval_faults(policy, path)


def _name_faults(sections: Sections) -> Iterator[Fault]:
    """Policies and counters that are named and do not exist."""
    known = sections.names["policies"]
    for path, policies in _named_policies(sections):
        for index, name in enumerate(policies):
            if name not in known:
                yield Fault((*path, index), shown(name), one_of(known, name))
    known = sections.names["counters"]
    for reward_name, reward in sections.rewards.items():
        for index, gate in enumerate(reward.gates):
            if gate.counter not in known:
                yield Fault(("rewards", reward_name, "gates", index, "counter"), shown(gate.counter), one_of(known, gate.counter))


def _named_policies(sections: Sections) -> Iterator[tuple[Path, tuple[str, ...]]]:
    for name, counter in sections.counters.items():
        yield ("counters", name, "counts", "policies"), counter.counts.policies
    for index, rule in enumerate(sections.points):
        yield ("points", index, "policies"), rule.policies
    for index, tolerance in enumerate(sections.zero_tolerance):
        yield ("zero_tolerance", index, "counts", "policies"), tolerance.counts.policies


def _point_faults(sections: Sections) -> Iterator[Fault]:
    for index, rule in enumerate(sections.points):
        if rule.range is not None and not rule.range[0] <= rule.points <= rule.range[1]:
            right = f"points within the row's range, {rule.range[0]} to {rule.range[1]}"
            yield Fault(("points", index, "points"), shown(rule.points), right)
        hiding = next((above for above in range(index) if _hides(sections.points[above], rule)), None)
        if hiding is not None:
            yield Fault(("points", index), "a row that never counts", f"a place before points[{hiding}], which fits all that it fits")
    if not sections.points:
        return
    for name, policy in sections.policies.items():
        for severity in policy.severities:
            if not any(_fits_first(rule, name, severity) for rule in sections.points):
                found = f"no row for {name}, {severity}, first occurrence"
                yield Fault(("points",), found, "a row for every policy and each of its severities")


def _fits_first(rule: PointRule, policy: str, severity: str) -> bool:
    return rule.occurrence == 1 and (not rule.policies or policy in rule.policies) and (not rule.severities or severity in rule.severities)


def _hides(above: PointRule, rule: PointRule) -> bool:
    """Whether everything that fits `rule` fits the row above it too."""
    return (
        above.occurrence <= rule.occurrence
        and (not above.policies or (bool(rule.policies) and set(rule.policies) <= set(above.policies)))
        and (not above.severities or (bool(rule.severities) and set(rule.severities) <= set(above.severities)))
    )


def _earning_faults(earning: Earning, path: Path) -> Iterator[Fault]:
    if (earning.cap is None) != (earning.cap_days is None):
        given, lacking = ("cap", "cap_days") if earning.cap_days is None else ("cap_days", "cap")
        yield Fault((*path, lacking), "nothing", f"a figure, since {given} is given")
    yield from expiry_faults(earning.expiry, (*path, "expiry"))
