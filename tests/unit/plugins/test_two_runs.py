"""Two runs of pytest on one machine, with one devices.yaml and one state directory."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.config.places import STATE_DIR_VARIABLE
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore
from harness.farm.reach import running_racks
from tests.plugins.runs import Place

DEVICES = """\
version: 1
devices:
  - {name: v-16, virtual: {ios: "16.7"}}
"""

TESTS = """\
import os
import threading
from pathlib import Path

from harness.farm.reach import rack_phones
from harness.farm.leases.store import LeaseStore

MEET_WITHIN_S = 60


def test_it(app, device):
    app.launch()
    Path(f"here-{os.getpid()}").touch()
    tick, left = threading.Event(), MEET_WITHIN_S * 10
    while len(list(Path().glob("here-*"))) < 2 and left:
        left -= 1
        tick.wait(0.1)
    assert left, "the other run never came"
    seen = {phone.identity.udid for phone in rack_phones()}
    held = {phone.udid for phone in LeaseStore.open().snapshot().phones if phone.holder}
    print("SEEN", len(seen), "HELD", len(held), "MINE", device.udid in seen & held, device.udid)
    Path(f"done-{os.getpid()}").touch()
    while len(list(Path().glob("done-*"))) < 2 and left:
        left -= 1
        tick.wait(0.1)
    app.background()
"""


def test_each_has_phones_of_its_own_and_everybody_sees_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path, TESTS, DEVICES)
    with ThreadPoolExecutor(2) as pool:
        started = [pool.submit(place.run, "-q", "-s") for _ in range(2)]
        runs = [run.result() for run in started]
    for run in runs:
        assert run.status == pytest.ExitCode.OK, run.said
        assert "SEEN 2 HELD 2 MINE True" in run.said
    assert len({re.findall(r"MINE True (\S+)", run.said)[0] for run in runs}) == 2
    monkeypatch.setenv(STATE_DIR_VARIABLE, str(tmp_path / "state"))
    assert running_racks() == ()
    store = LeaseStore.open()
    assert {phone.state for phone in store.snapshot().phones} == {PhoneState.FREE}
    store.close()
