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
