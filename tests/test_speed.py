"""An account with a long history is there at once."""

from __future__ import annotations

from pathlib import Path
from time import thread_time

from bench.scene import Scene, site
from domain.identity import creator_id

FACTS = 5_000
LOADS = 9
SECONDS = 0.010


def test_an_account_of_5000_facts_loads_from_its_snapshot_in_under_10_ms(tmp_path: Path) -> None:
    with site(tmp_path) as made:
        scene = Scene(made.library.catalogue(), seed=1)
        requests = scene.history("creator", FACTS)
        for start in range(0, len(requests), 250):
            made.governance.handle_all(requests[start:start + 250])
        expected = made.log.load(creator_id("creator"))
    assert expected.version >= FACTS
    seconds = []
    for _ in range(LOADS):
        with site(tmp_path) as opened:
            log = opened.log
            log.last_position()  # so that the load does not have to connect
            begun = thread_time()  # not the clock, and the best of some: a busy machine is no failure
            loaded = log.load(creator_id("creator"))
            seconds.append(thread_time() - begun)
        assert loaded == expected
    assert min(seconds) < SECONDS, f"{[round(one * 1000, 1) for one in seconds]} ms"
