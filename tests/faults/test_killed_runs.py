"""A run that is hit leaves no phone leased and no virtual phone behind, wherever it is hit."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from harness.farm.leases.states import PhoneState
from tests.faults.killed import Place, end_group, is_running, wait_for

HOLDS_A_PHONE = """\
import os, pathlib
import pytest

READY = pathlib.Path(__file__).parent / "ready"

@pytest.mark.parametrize("number", [1, 2])
def test_holds_a_phone(device, number):
    (READY / f"{device.udid}_{os.getpid()}").touch()
    while True:
        device.wait(60)
"""

KILLS_ITS_WORKER = """\
import os, pathlib, signal

READY = pathlib.Path(__file__).parent / "ready"

def test_dies_with_its_worker(device):
    os.kill(os.getpid(), signal.SIGKILL)

def test_comes_after(device):
    (READY / device.udid).touch()
"""

ALTERS_A_PHONE = """\
import pathlib

READY = pathlib.Path(__file__).parent / "ready"

def test_alters_a_phone(device):
    device.network.wifi_off()
    (READY / device.udid).touch()
    while True:
        device.wait(60)
"""


@pytest.mark.parametrize(
    "hit",
    [
        pytest.param(signal.SIGINT, id="Ctrl-C"),
        pytest.param(signal.SIGTERM, id="SIGTERM"),
        pytest.param(signal.SIGKILL, id="kill -9"),
    ],
)
def test_no_phone_is_leased_and_no_rack_runs_after_the_controller_is_hit(
    tmp_path: Path, hit: signal.Signals
) -> None:
    place = Place(tmp_path, HOLDS_A_PHONE)
    run = place.start("-n", "2")
    try:
        wait_for(lambda: len(place.said()) == 2, "two tests hold a phone each")
        assert len({name.split("_")[0] for name in place.said()}) == 2
        assert len(place.leased()) == 2
        rack = place.rack_pid()
        assert rack is not None
        workers = [int(name.split("_")[1]) for name in place.said()]

        os.kill(run.pid, hit)

        wait_for(lambda: not any(map(is_running, workers)), "the workers are gone")
        wait_for(lambda: not is_running(rack), "the rack is gone")
        assert place.leased() == []
    finally:
        end_group(run)


def test_a_killed_worker_is_replaced_and_its_phone_is_free_again(tmp_path: Path) -> None:
    place = Place(tmp_path, KILLS_ITS_WORKER)
    run = place.start("-n", "1")
    try:
        output, _ = run.communicate(timeout=120)
    finally:
        end_group(run)
    assert "1 failed, 1 passed" in output, output
    assert len(place.said()) == 1
    assert place.leased() == []
    assert place.rack_pid() is None


@pytest.mark.parametrize("whole_group", [False, True], ids=["controller", "process group"])
def test_nothing_is_left_to_be_put_back_when_a_killed_run_takes_its_phones_along(
    tmp_path: Path, whole_group: bool
) -> None:
    place = Place(tmp_path, ALTERS_A_PHONE)
    run = place.start("-n", "1")
    try:
        wait_for(place.said, "a test has altered its phone")
        rack = place.rack_pid()
        assert rack is not None
        assert [str(entry.op) for phone in place.phones() for entry in phone.due] == ["wifi back to on"]

        (os.killpg if whole_group else os.kill)(run.pid, signal.SIGKILL)

        wait_for(lambda: not is_running(rack), "the rack is gone, whoever still wants its phones")
        wait_for(lambda: {phone.state for phone in place.phones()} == {PhoneState.FREE}, "all are free")
        assert (place.path / "state" / "janitor.log").read_text() == ""
    finally:
        end_group(run)
