"""The stories in real time: no clock that runs ahead, only what a real phone offers.

The virtual phone's clock runs at the speed of ours and is read over lockdown, so the harness waits as
it would for a real iPhone. What it shows is that no story needs the virtual clock; it shows nothing of
hardware.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from harness.api import App, Axes, Device, Origin
from harness.api.desk import Desk
from harness.api.opening import open_session
from harness.config.profile import load_profile
from harness.drivers.pmd3 import clock
from harness.evidence.timeline import Timeline
from harness.farm.leases.store import LeaseStore
from harness.farm.reach import phones_of
from harness.model.reasons import Outcome
from harness.origin.server import OriginServer
from harness.runtime.loop import LoopThread
from harness.scenarios import test_background_download as stories
from harness.virtual.launcher import start_rack

DEVICES = """\
version: 1
devices:
  - name: real-time-16
    virtual: {ios: "16.7", model: "iPhone10,3", clock_rate: 1}
  - name: real-time-18
    virtual: {ios: "18.5", model: "iPhone14,5", clock_rate: 1}
"""


@pytest.fixture(scope="module")
def loop() -> Iterator[LoopThread]:
    with LoopThread() as made:
        yield made


@pytest.fixture(scope="module")
def real_time_desk(tmp_path_factory: pytest.TempPathFactory, loop: LoopThread) -> Iterator[Desk]:
    """A desk that knows the way to the phones, and of no clock but theirs."""
    place = tmp_path_factory.mktemp("real-time")
    (place / "devices.yaml").write_text(DEVICES)
    with start_rack(place / "devices.yaml", nonce="real-time") as rack:
        reach = [replace(one, clock="") for one in phones_of(rack.address)]
        store = LeaseStore.open(place / "leases.sqlite3")
        desk = Desk(loop, None, reach, store, "real-time tests")
        yield desk
        desk.close()


@pytest.fixture(autouse=True)
def clock_asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """A virtual clock stands while work is in flight, so a reading soon says nothing any more."""
    monkeypatch.setattr(clock, "FRESH_S", 0.05)


@pytest.fixture(scope="module")
def server(loop: LoopThread) -> Iterator[OriginServer]:
    made = OriginServer()
    loop.run(made.start(), 30)
    yield made
    loop.run(made.stop(), 30)


@pytest.mark.parametrize(
    "story",
    [
        partial(stories.test_download_finishes_while_app_is_dead_and_relaunches_it, axes=Axes()),
        stories.test_download_finishes_while_app_is_suspended_and_resumes_it,
    ],
    ids=["dead", "suspended"],
)
@pytest.mark.parametrize("name", ["real-time-16", "real-time-18"])
def test_story_passes_in_real_time(
    story: Callable[[Device, App, Origin], None],
    name: str,
    real_time_desk: Desk,
    loop: LoopThread,
    server: OriginServer,
    tmp_path: Path,
) -> None:
    phone = next(one for one in real_time_desk.inventory.phones if one.name == name).identity
    assert phone is not None
    leased = real_time_desk.take([phone], note="a story in real time", within_s=0)
    with Timeline(tmp_path / "timeline.jsonl", nonce="4ea1c10c") as timeline:
        session = open_session(loop, leased.phone, load_profile(), timeline)
        with contextlib.closing(session), Origin.of_run(session, server) as origin:
            app = App(session)
            app.reset()
            story(Device(session), app, origin)
        assert {verdict.outcome for verdict in session.verdicts} == {Outcome.PASSED}
