"""``device(each="ios")`` over real phones: the phones of a rack that nobody here knows stand for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.config.places import STATE_DIR_VARIABLE
from harness.drivers.pmd3.transport import USBMUX_ENVIRONMENT, choose_usbmux
from harness.virtual.address import RackAddress
from harness.virtual.launcher import start_rack
from tests.plugins.runs import Place

RACK = """\
version: 1
devices:
  - {name: v-15, virtual: {ios: "15.8", clock_rate: 1}}
  - {name: v-16, virtual: {ios: "16.7", clock_rate: 1}}
"""
"""They keep time like real ones: a phone whose clock runs away from this host's is out of rotation."""

TESTS = """\
import pytest

@pytest.mark.device(each="ios")
def test_each(device):
    assert device.identity.hardware == "real"
"""

WORKERS = pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["one process", "workers"])


@pytest.fixture
def rack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RackAddress]:
    (tmp_path / "rack.yaml").write_text(RACK)
    monkeypatch.setenv(STATE_DIR_VARIABLE, str(tmp_path / "elsewhere"))
    monkeypatch.setenv("HOME", str(tmp_path))
    choose_usbmux(None)
    with start_rack(tmp_path / "rack.yaml") as running:
        monkeypatch.setenv(USBMUX_ENVIRONMENT, running.address.usbmux)
        yield running.address


def entries(rack: RackAddress) -> str:
    """A devices.yaml with the phones of the rack as if they were real, and one that is not attached."""
    udids = {phone.name: phone.udid for phone in rack.phones}
    return (
        "version: 1\ndevices:\n"
        f"  - {{name: desk-15, udid: {udids['v-15']}}}\n"
        f"  - {{name: desk-16, udid: {udids['v-16']}, labels: {{rack: a}}}}\n"
        "  - {name: shelf, udid: 00008120-00000000000000FF}\n"
    )


def run(path: Path, devices: str, tests: str, *options: str) -> tuple[int, list[str]]:
    """Exit status, and the lines that were said."""
    (path / "run").mkdir()
    ended = Place(path / "run", tests, devices).run("-q", "-rA", *options)
    assert "Traceback" not in ended.said, ended.said
    return ended.status, ended.said.splitlines()


@WORKERS
def test_a_phone_is_tested_as_what_it_says_it_is_and_a_missing_one_is_an_error(
    tmp_path: Path, rack: RackAddress, workers: tuple[str, ...]
) -> None:
    status, said = run(tmp_path, entries(rack), TESTS, *workers)
    outcomes = sorted(line.partition(" - ")[0] for line in said if line.startswith(("PASSED", "ERROR ")))
    assert outcomes == [
        "ERROR test_it.py::test_each[away-shelf]",
        "PASSED test_it.py::test_each[ios-15.8]",
        "PASSED test_it.py::test_each[ios-16.7]",
    ], "\n".join(said)
    assert "  shelf: it is not attached" in said
    assert status == pytest.ExitCode.TESTS_FAILED


def test_only_phones_that_the_mark_allows_are_in_the_matrix(tmp_path: Path, rack: RackAddress) -> None:
    tests = TESTS.replace('each="ios"', 'each="ios", rack="a"')
    status, said = run(tmp_path, entries(rack), tests, "--collect-only")
    assert [line for line in said if "::" in line] == ["test_it.py::test_each[ios-16.7]"]
    assert status == pytest.ExitCode.OK


def test_a_matrix_without_a_phone_is_an_error_and_no_skip(tmp_path: Path) -> None:
    devices = 'version: 1\ndevices:\n  - {name: v-15, virtual: {ios: "15.8"}}\n'
    status, said = run(tmp_path, devices, TESTS.replace('each="ios"', 'each="ios", ios=">=17"'))
    assert status == pytest.ExitCode.TESTS_FAILED
    assert "  v-15: it runs iOS 15.8" in said


def test_a_model_in_the_place_of_a_phone_is_told_and_never_reported_as_real(
    tmp_path: Path, rack: RackAddress
) -> None:
    (tmp_path / "run").mkdir()
    place = Place(tmp_path / "run", TESTS, entries(rack))
    known = place.path / "state" / "racks"
    known.mkdir(parents=True)
    (known / f"{rack.pid}.json").write_text(rack.to_json())
    said = place.run("-q").said
    assert "desk-15: what has its UDID is a virtual phone" in said
    assert "passed" not in said
