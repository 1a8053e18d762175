"""The rules of pack files, and the packs that are shipped."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.library import pack_files
from domain.packs.model import Mark, Pack
from domain.packs.problems import PackFilesInvalid, Problem
from domain.packs.reading import Resolved, canonical, content_hash, read_layers

SHIPPED = dict(pack_files(Path(__file__).parents[1] / "packs"))
Tree = dict[str, Any]
Change = Callable[[Tree], object]

SMALL = """
[pack]
scheme = "small"
market = "XX"
title = "Small"
effective_from = 2024-01-01
time_zone = "Europe/Paris"
provenance = { mark = "P", source = "ours" }

[counters.score]
shape = "CREDIT"
base = 200
highest = 1000
provenance = { mark = "P", source = "ours" }

[counters.score.expiry]
mode = "PER_ENTRY"
days = 90
provenance = { mark = "P", source = "ours" }

[[counters.score.thresholds]]
at = 150
comparison = "AT_OR_BELOW"
provenance = { mark = "P", source = "ours" }
steps = [{ kind = "SUSPENDED", capabilities = ["LIVE_SELLING"] }]

[[counters.score.thresholds]]
at = 100
comparison = "AT_OR_BELOW"
provenance = { mark = "P", source = "ours" }

[[zones]]
name = "RED"
lowest = 0
highest = 150
provenance = { mark = "P", source = "ours" }

[[zones]]
name = "GREEN"
lowest = 151
highest = 1000
provenance = { mark = "P", source = "ours" }

[[points]]
points = 20
range = [10, 40]
provenance = { mark = "P", source = "ours" }

[policies.LOW_QUALITY]
title = "Low quality"
severities = ["MINOR"]
text.en = "Do it well."

[occurrences]
days = 90
provenance = { mark = "P", source = "ours" }

[appeal]
window = { value = 30, unit = "DAYS" }
provenance = { mark = "P", source = "ours" }

[earning.ORDERS]
points = 1
expiry = { mode = "NEVER" }
provenance = { mark = "P", source = "ours" }

[rewards.BADGE]
title = "Badge"
gates = [{ counter = "score", comparison = "ABOVE", at = 150, provenance = { mark = "P", source = "ours" } }]
"""


def toml(value: object) -> str:
    """A value as inline TOML."""
    match value:
        case dict():
            return "{" + ", ".join(f"{json.dumps(key)} = {toml(each)}" for key, each in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case date():
            return value.isoformat()
        case _:
            return json.dumps(value)


def file(tree: Tree) -> bytes:
    return "\n".join(f"{json.dumps(key)} = {toml(value)}" for key, value in tree.items()).encode()


def small(*changes: Change) -> bytes:
    tree = tomllib.loads(SMALL)
    for change in changes:
        change(tree)
    return file(tree)


def setting(path: str, value: object) -> Change:
    """Put a value at a path such as `zones.1.lowest`; None takes away what is there."""
    *way, last = (int(step) if step.isdigit() else step for step in path.split("."))

    def change(tree: Any) -> None:
        for step in way:
            tree = tree[step] if isinstance(step, int) else tree.setdefault(step, {})
        if value is None:
            del tree[last]
        else:
            tree[last] = value

    return change


def problems(*changes: Change) -> list[Problem]:
    return problems_of({"small.toml": small(*changes)})


def problems_of(files: dict[str, bytes]) -> list[Problem]:
    with pytest.raises(PackFilesInvalid) as refused:
        read_layers(files)
    assert all(str(problem) in refused.value.message for problem in refused.value.problems)
    return list(refused.value.problems)


def shipped() -> dict[str, Resolved]:
    return {resolved.layers[-1]: resolved for resolved in read_layers(SHIPPED)}


OURS = {"mark": "P", "source": "ours"}


# Every fault is reported with file, key, what was found and what would be right

FAULTS: list[tuple[str, str, object, str, str, str]] = [
    ("an unknown key", "counters.score.hihgest", "x", "counters.score.hihgest", "an unknown key", '"highest"'),
    ("an unknown section", "zonse", "x", "zonse", "an unknown key", '"zones"'),
    ("a missing key", "pack.title", None, "pack.title", "nothing", "a text that is not empty"),
    ("a missing section", "appeal", None, "appeal", "nothing", "a table"),
    ("a missing array", "points", None, "points", "nothing", "an array"),
    ("a text for a number", "counters.score.thresholds.1.at", "100", "counters.score.thresholds[1].at", '"100"', "a whole number"),
    ("true for a number", "counters.score.base", True, "counters.score.base", "true", "a whole number"),
    ("a number for a table", "appeal", 3, "appeal", "3", "a table"),
    ("a table for an array", "zones", {}, "zones", "a table", "an array"),
    ("a date as text", "pack.effective_from", "2024-01-01", "pack.effective_from", '"2024-01-01"', "a local date"),
    ("a number too small", "occurrences.days", 0, "occurrences.days", "0", "a whole number of at least 1"),
    ("a duration below one", "appeal.window", {"value": 0, "unit": "DAYS"}, "appeal.window.value", "0", "a whole number of at least 1"),
    ("a duration without unit", "appeal.window", {"value": 3}, "appeal.window.unit", "nothing", "HOURS, DAYS, WEEKDAYS, MONTHS"),
    ("a misspelt name", "counters.score.shape", "CERDIT", "counters.score.shape", '"CERDIT"', '"CREDIT" (one of CREDIT, DEBT)'),
    ("a range of three", "points.0.range", [1, 2, 3], "points[0].range", "an array", "an array of 2"),
    ("hearsay", "pack.provenance.mark", "G", "pack.provenance.mark", '"G"', "hearsay may not be presented"),
    ("another weight", "counters.score.weight", "LINES", "counters.score.weight", '"LINES"', '"POINTS"'),
    ("a number without source", "occurrences.provenance", None, "occurrences.provenance", "holds days", "provenance = {"),
    ("an exception for no figure", "occurrences.provenance.but", {"dyas": OURS}, "occurrences.provenance.but.dyas", "no figure", '"days"'),
    ("no score", "counters.score", None, "counters.score", "nothing", "account's health"),
    ("a score that counts by ones", "counters.score.weight", 1, "counters.score.weight", "1", '"POINTS"'),
    ("a score for each policy", "counters.score.group", "POLICY", "counters.score.group", '"POLICY"', '"ACCOUNT"'),
    ("a credit without top", "counters.score.highest", None, "counters.score.highest", "nothing", "a credit has a highest value"),
    ("a base outside", "counters.score.base", 1001, "counters.score.base", "1001", "from 0 to 1000"),
    ("a threshold outside", "counters.score.thresholds.1.at", -1, "counters.score.thresholds[1].at", "-1", "0 to 1000"),
    ("a comparison of the other shape", "counters.score.thresholds.0.comparison", "ABOVE", "counters.score.thresholds[0].comparison",
     '"ABOVE"', "AT_OR_BELOW or BELOW"),
    ("thresholds from strict to mild", "counters.score.thresholds.1.at", 151,
     "counters.score.thresholds[1].at", "151 after 150", "falling"),
    ("a threshold twice", "counters.score.thresholds.1.at", 150, "counters.score.thresholds[1].at", "a second time", "once"),
    ("expiry without days", "counters.score.expiry.days", None, "counters.score.expiry.days", "nothing", "PER_ENTRY"),
    ("days with no expiry", "counters.score.expiry.mode", "NEVER", "counters.score.expiry.days", "90", "nothing, since the mode is NEVER"),
    ("a calendar without months", "earning.ORDERS.expiry.mode", "CALENDAR", "earning.ORDERS.expiry.months", "nothing", "1 to 12"),
    ("a gap between zones", "zones.1.lowest", 152, "zones[1].lowest", "a gap", "151"),
    ("zones that overlap", "zones.1.lowest", 150, "zones[1].lowest", "an overlap", "151"),
    ("zones that end early", "zones.1.highest", 999, "zones", "up to 999", "1000"),
    ("no zones", "zones", [], "zones", "zones up to -1", "1000"),
    ("a counter's name with a slash", "counters.a/b", {"shape": "DEBT", "weight": 1, "expiry": {"mode": "NEVER"}},
     "counters.a/b", "a/b", "without a slash"),
    ("a counter named as a channel", "counters.PERSON", {"shape": "DEBT", "weight": 1, "expiry": {"mode": "NEVER"}},
     "counters.PERSON", "PERSON", "channels of their own"),
    ("a zone name twice", "zones.1.name", "RED", "zones", "RED more than once", "one name"),
    ("an unknown policy", "points.0.policies", ["LOW_QUALTY"], "points[0].policies[0]", '"LOW_QUALTY"', '"LOW_QUALITY"'),
    ("an unknown policy in a counter", "counters.score.counts", {"policies": ["X"]},
     "counters.score.counts.policies[0]", '"X"', "LOW_QUALITY"),
    ("an unknown policy in zero tolerance", "zero_tolerance", [{"counts": {"policies": ["X"]}, "steps": []}],
     "zero_tolerance[0].counts.policies[0]", '"X"', "LOW_QUALITY"),
    ("an unknown counter", "rewards.BADGE.gates.0.counter", "scroe", "rewards.BADGE.gates[0].counter", '"scroe"', '"score"'),
    ("a severity without points", "points.0.severities", ["MAJOR"], "points", "no row for LOW_QUALITY, MINOR", "each of its severities"),
    ("only later occurrences", "points.0.occurrence", 2, "points", "first occurrence", "each of its severities"),
    ("points outside their range", "points.0.points", 41, "points[0].points", "41", "10 to 40"),
    ("a proposal without limit", "counters.score.thresholds.0.steps.0.mode", "PROPOSED",
     "counters.score.thresholds[0].steps[0].approve_within", "nothing", "PROPOSED"),
    ("an interim without proposal", "counters.score.thresholds.0.steps.0.interim", True,
     "counters.score.thresholds[0].steps[0].interim", "true", "IMMEDIATE"),
    ("an unknown time zone", "pack.time_zone", "Mars/Base", "pack.time_zone", '"Mars/Base"', "IANA"),
    ("no time zone", "pack.time_zone", None, "pack.time_zone", '""', "IANA"),
    ("no first day", "pack.effective_from", None, "pack.effective_from", "nothing", "2026-01-12"),
    ("a last day before the first", "pack.effective_until", date(2024, 1, 1), "pack.effective_until", "2024-01-01", "after"),
    ("a cap without days", "earning.ORDERS.cap", 5, "earning.ORDERS.cap_days", "nothing", "since cap is given"),
    ("days without a cap", "earning.ORDERS.cap_days", 5, "earning.ORDERS.cap", "nothing", "since cap_days is given"),
    ("a policy without text", "policies.LOW_QUALITY.text", {}, "policies.LOW_QUALITY.text", "none", "by language"),
    ("a policy without severities", "policies.LOW_QUALITY.severities", [], "policies.LOW_QUALITY.severities", "none", "at least one"),
    ("an unknown layer", "pack.inherits", "globl", "pack.inherits", '"globl"', "none"),
    ("itself as a layer", "pack.inherits", "XX", "pack.inherits", "a circle: XX on XX", "does not inherit"),
]


@pytest.mark.parametrize(("path", "value", "key", "found", "right"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS])
def test_a_fault_is_reported_with_its_place_and_what_would_be_right(path: str, value: object, key: str, found: str, right: str) -> None:
    reported = [problem for problem in problems(setting(path, value)) if problem.key == key]
    assert [problem.file for problem in reported] == ["small.toml"]
    assert found in reported[0].found
    assert right in reported[0].right


def test_a_pack_without_fault_is_read() -> None:
    (resolved,) = read_layers({"small.toml": SMALL.encode()})
    assert resolved.pack.score.base == 200
    assert resolved.hash == content_hash(resolved.pack)
    assert resolved.layers == ("small.toml",)


def test_what_is_no_toml_is_reported() -> None:
    found = problems_of({"a.toml": b"[pack", "b.toml": b"\xff"})
    assert [(problem.file, problem.key) for problem in found] == [("a.toml", ""), ("b.toml", "")]


def test_all_problems_of_all_files_are_reported_at_once() -> None:
    several = small(setting("appeal.windw", "x"), setting("zones.1.lowest", 152), setting("occurrences.days", "x"))
    found = problems_of({"a.toml": several, "b.toml": b"[", "c.toml": small(setting("pack.market", "YY"), setting("appeal", None))})
    assert [(problem.file, problem.key) for problem in found] == [
        ("a.toml", "occurrences.days"), ("a.toml", "appeal.windw"), ("a.toml", "zones[1].lowest"), ("b.toml", ""), ("c.toml", "appeal"),
    ]


def test_two_files_of_one_scheme_and_market_are_a_problem() -> None:
    (problem,) = problems_of({"a.toml": SMALL.encode(), "b.toml": SMALL.encode()})
    assert (problem.file, problem.key) == ("b.toml", "pack.market")
    assert "a.toml" in problem.found


def test_a_row_that_never_counts_is_a_problem() -> None:
    later = {"points": 30, "occurrence": 2, "provenance": OURS}
    (problem,) = problems(lambda tree: tree["points"].append(later))
    assert (problem.key, problem.found) == ("points[1]", "a row that never counts")
    read_layers({"small.toml": small(lambda tree: tree["points"].insert(0, later))})


# Inheritance

LAYER: Tree = {"scheme": "small", "market": "ALL", "title": "Layer", "abstract": True, "covers": ["ZZ"]}


def layered(above: Tree, *changes: Change) -> dict[str, bytes]:
    header = {**tomllib.loads(SMALL)["pack"], "inherits": "ALL"}
    return {"all.toml": small(setting("pack", LAYER), *changes), "xx.toml": file({"pack": header, **above})}


def test_the_later_layer_wins_and_the_rest_is_kept() -> None:
    (resolved,) = read_layers(layered({"counters": {"score": {"base": 300, "provenance": {"mark": "O", "source": "page"}}}}))
    assert resolved.pack.score.base == 300
    assert resolved.pack.score.highest == 1000
    assert resolved.layers == ("all.toml", "xx.toml")


def test_an_array_is_replaced_whole() -> None:
    zones = [{"name": "ALL", "lowest": 0, "highest": 1000, "provenance": OURS}]
    (resolved,) = read_layers(layered({"zones": zones}))
    assert [zone.name for zone in resolved.pack.zones] == ["ALL"]


def test_a_duration_is_replaced_whole() -> None:
    (problem,) = problems_of(layered({"appeal": {"window": {"value": 6}, "provenance": OURS}}))
    assert (problem.file, problem.key) == ("xx.toml", "appeal.window.unit")


def test_what_a_layer_is_and_covers_is_not_inherited() -> None:
    (resolved,) = read_layers(layered({}))
    assert (resolved.pack.pack.abstract, resolved.pack.pack.covers, resolved.pack.pack.market) == (False, (), "XX")


def test_each_figure_knows_its_file_and_its_source() -> None:
    (resolved,) = read_layers(layered({"counters": {"score": {"base": 300, "provenance": {"mark": "O", "source": "page"}}}}))
    figures = {figure.key: figure for figure in resolved.figures}
    assert (figures["counters.score.base"].file, figures["counters.score.base"].mark) == ("xx.toml", "O")
    assert (figures["counters.score.highest"].file, figures["counters.score.highest"].mark) == ("all.toml", "P")
    assert (figures["appeal.window"].value, figures["appeal.window"].source) == ("30 days", "ours")
    sources = resolved.pack.score.provenance
    assert sources is not None
    assert (sources.mark, sources.but["highest"].mark) == (Mark.OFFICIAL, Mark.OURS)


def test_a_figure_of_a_layer_needs_its_source_in_the_same_file() -> None:
    found = problems_of(layered({"counters": {"score": {"base": 300}}}))
    assert [(problem.file, problem.key) for problem in found] == [("xx.toml", "counters.score.provenance")]


def test_a_problem_of_a_layer_is_reported_once_and_where_it_is() -> None:
    files = layered({}, setting("zones.1.lowest", 152))
    header = {**tomllib.loads(SMALL)["pack"], "market": "YY", "inherits": "ALL"}
    (problem,) = problems_of({**files, "yy.toml": file({"pack": header})})
    assert (problem.file, problem.key) == ("all.toml", "zones[1].lowest")


def test_layers_in_a_circle_are_a_problem() -> None:
    found = problems_of({
        "a.toml": small(setting("pack.market", "A"), setting("pack.inherits", "B")),
        "b.toml": small(setting("pack.market", "B"), setting("pack.inherits", "A")),
    })
    assert {(problem.file, problem.key) for problem in found} == {("a.toml", "pack.inherits"), ("b.toml", "pack.inherits")}


# The name of a content


HASH = read_layers({"small.toml": SMALL.encode()})[0].hash


def shuffled(value: object, order: Random) -> object:
    match value:
        case dict():
            keys = order.sample(sorted(value), len(value))
            return {key: shuffled(value[key], order) for key in keys}
        case list():
            return [shuffled(each, order) for each in value]
        case _:
            return value


@given(st.randoms(use_true_random=False))
def test_the_order_of_keys_in_a_file_does_not_change_the_hash(order: Random) -> None:
    tree = shuffled(tomllib.loads(SMALL), order)
    assert isinstance(tree, dict)
    (resolved,) = read_layers({"small.toml": file(tree)})
    assert resolved.hash == HASH


def test_saying_what_is_so_by_default_does_not_change_the_hash() -> None:
    categories = setting("counters.score.thresholds.0.steps.0.categories", ["*"])
    said = small(setting("notice", {}), setting("counters.score.lowest", 0), categories)
    assert read_layers({"a": said})[0].hash == HASH


def test_the_canonical_form_leaves_out_defaults_so_that_new_fields_change_no_hash() -> None:
    form = json.loads(canonical(read_layers({"small.toml": SMALL.encode()})[0].pack))
    assert "notice" not in form
    assert "lowest" not in form["counters"]["score"]


def test_another_figure_is_another_hash() -> None:
    assert read_layers({"a": small(setting("points.0.points", 21))})[0].hash != HASH


@pytest.mark.parametrize("name", sorted(shipped()))
def test_a_pack_comes_back_from_its_canonical_form(name: str) -> None:
    pack = shipped()[name].pack
    assert msgspec.json.decode(canonical(pack), type=Pack) == pack


# Whatever stands in a file, the answer is a pack or a list of problems


def places(node: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner: list[tuple[str | int, object]] = []
    if isinstance(node, dict):
        inner = list(node.items())
    elif isinstance(node, list):
        inner = list(enumerate(node))
    return [path, *(place for key, value in inner for place in places(value, (*path, key)))]


ODD: list[object] = [{}, [], [1], [{}], {"value": 1}, {"a": {"a": 1}}, 0.5]
JUNK = st.one_of(st.integers(-5, 500), st.text(max_size=3), st.booleans(), st.dates(), st.sampled_from(ODD))


def answer(files: dict[str, bytes]) -> tuple[Resolved, ...] | tuple[Problem, ...]:
    try:
        return read_layers(files)
    except PackFilesInvalid as refused:
        return refused.problems


PLACES = [place for place in places(tomllib.loads(SMALL)) if place]


@given(place=st.sampled_from(PLACES), junk=JUNK, as_layer=st.booleans())
def test_a_file_with_anything_anywhere_is_read_or_refused(place: tuple[str | int, ...], junk: object, *, as_layer: bool) -> None:
    tree: Any = tomllib.loads(SMALL)
    node = tree
    for step in place[:-1]:
        node = node[step]
    node[place[-1]] = junk
    files = {"xx.toml": file(tree)}
    if as_layer:
        files = layered({key: value for key, value in tree.items() if key != "pack"})
    assert answer(files)


# The shipped packs


def test_the_shipped_packs_are_valid_and_their_layers_are_none() -> None:
    assert sorted(shipped()) == ["creator-health-rating.us.toml", "creator-health-rating.vn.toml", "violation-points.sea.toml"]


@pytest.mark.parametrize("name", sorted(shipped()))
def test_what_is_ours_says_so(name: str) -> None:
    ours = [figure for figure in shipped()[name].figures if figure.mark == "P"]
    assert ours
    assert all(figure.note.startswith("ours: ") for figure in ours)


def test_the_health_rating_is_the_published_one() -> None:
    score = shipped()["creator-health-rating.us.toml"].pack.score
    assert (score.base, score.lowest, score.highest, score.expiry.days) == (200, 0, 1000, 90)
    assert [threshold.at for threshold in score.thresholds] == [150, 100, 50, 0]


ZONES = [(1000, "GREEN"), (200, "GREEN"), (199, "ORANGE"), (151, "ORANGE"), (150, "RED"), (1, "RED"), (0, "BLACK")]


@pytest.mark.parametrize(("score", "zone"), ZONES)
def test_a_score_lies_in_its_zone(score: int, zone: str) -> None:
    assert shipped()["creator-health-rating.vn.toml"].pack.zone(score) == zone


@pytest.mark.parametrize(("score", "may"), [(149, False), (150, False), (151, True)])
def test_campaigns_ask_for_more_than_150(score: int, *, may: bool) -> None:
    gate = shipped()["creator-health-rating.us.toml"].pack.rewards["CAMPAIGN"].gates[0]
    assert gate.comparison.holds(score, gate.at) is may


def test_the_legacy_ladder_is_the_published_one() -> None:
    steps = [(threshold.at, threshold.steps[0].duration) for threshold in shipped()["violation-points.sea.toml"].pack.score.thresholds]
    assert [(at, duration and duration.value) for at, duration in steps] == [(8, 1), (12, 2), (15, 3), (18, 7), (21, 14), (24, None)]


def test_the_lengths_of_restrictions_at_milestones_are_ours() -> None:
    figures = {figure.key: figure for figure in shipped()["creator-health-rating.vn.toml"].figures}
    assert figures["counters.score.thresholds[0].at"].mark == "O"
    assert figures["counters.score.thresholds[0].steps[0].duration"].mark == "P"
    assert figures["counters.score.near_warning"].mark == "P"
    assert figures["counters.score.base"].mark == "O"
