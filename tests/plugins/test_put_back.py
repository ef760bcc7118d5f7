"""A phone is given to the next test as the one before it got it, however that one ended."""

from __future__ import annotations

from pathlib import Path

from tests.plugins.runs import Place

ONE_PHONE = """\
version: 1
devices:
  - name: v-a
    virtual: {ios: "16.7", cellular: false}
"""

TESTS = """\
def test_that_fails_without_wifi(device, app):
    device.network.wifi_off()
    device.network.lossy()
    device.move_to(47.4, 8.5)
    raise LookupError("the author's own")

def test_downloads(device, app, origin):
    file = origin.file("a.bin", size_bytes=10_000)
    app.launch()
    app.do("start-download", url=file.url, id="a")
    app.expect_callback("didFinishDownloadingTo", within_s=60)
"""


def test_a_test_that_fails_leaves_its_phone_as_it_was(tmp_path: Path) -> None:
    run = Place(tmp_path, TESTS, ONE_PHONE).run("--timelines=kept", "-rA")
    assert "FAILED test_it.py::test_that_fails_without_wifi" in run.said, run.said
    assert "PASSED test_it.py::test_downloads" in run.said, run.said
    (timeline,) = (tmp_path / "kept").glob("*test_that_fails*.jsonl")
    told = timeline.read_text()
    places = [
        told.index(f'"{verb}"') for verb in ("Wi-Fi off", "induce condition", "stop inducing", "Wi-Fi on")
    ]
    assert places == sorted(places)


KILLED = """\
import os, signal

def test_that_is_killed_without_wifi(device, app):
    device.network.wifi_off()
    os.kill(os.getpid(), signal.SIGKILL)

def test_downloads(device, app, origin):
    file = origin.file("a.bin", size_bytes=10_000)
    app.launch()
    app.do("start-download", url=file.url, id="a")
    app.expect_callback("didFinishDownloadingTo", within_s=60)
"""


SWITCHED_OFF = """\
import pytest

@pytest.fixture(scope="module", autouse=True)
def switched_off(desk):
    from harness.cli.oneoff import Asked, one_phone
    from harness.model.undo import Undo, UndoOp

    with one_phone(Asked("set wifi off", device="v-a")) as opened:
        opened.lease.will_change(opened.identity.udid, UndoOp(Undo.WIFI, "on"), keep=True)
        opened.runner.run(opened.phone.set_wifi(False))

def test_downloads(device, app, origin):
    file = origin.file("a.bin", size_bytes=10_000)
    app.launch()
    app.do("start-download", url=file.url, id="a")
    app.expect_callback("didFinishDownloadingTo", within_s=60)
"""


def test_the_phone_of_a_killed_worker_is_as_it_was_for_the_next_one(tmp_path: Path) -> None:
    """Without cellular, nothing is downloaded unless Wi-Fi is on again."""
    run = Place(tmp_path, KILLED, ONE_PHONE).run("-n", "1", "-rA")
    assert "FAILED test_it.py::test_that_is_killed_without_wifi" in run.said, run.said
    assert "PASSED test_it.py::test_downloads" in run.said, run.said


def test_what_a_person_changed_to_stay_is_put_back_for_a_test_and_that_is_told(tmp_path: Path) -> None:
    run = Place(tmp_path, SWITCHED_OFF, ONE_PHONE).run("--junit-xml=junit.xml", "-rA")
    assert "PASSED test_it.py::test_downloads" in run.said, run.said
    line = "v-a: put back: wifi back to on, which a person had changed to stay"
    assert f"phones put right -\n{line}" in run.said.replace("--", ""), run.said
    assert f'<property name="harness.put_right" value="{line}"' in (tmp_path / "junit.xml").read_text()
