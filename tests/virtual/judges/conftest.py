"""One rack per module: a phone before RemoteXPC, and one behind it; and the rows that a test is for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.config.places import STATE_DIR_VARIABLE
from harness.virtual.address import RackAddress
from harness.virtual.launcher import start_rack
from tests.virtual.judges.judging import cases, named

DEVICES = """\
version: 1
devices:
  - name: judged-16
    virtual: {ios: "16.7", model: "iPhone10,3", seed: 1}
  - name: judged-18
    virtual: {ios: "18.5", model: "iPhone14,5", seed: 2}
"""


@pytest.fixture(scope="module")
def rack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RackAddress]:
    """Where the rack is; its first phone has iOS 16.7, its second iOS 18.5."""
    directory: Path = tmp_path_factory.mktemp("judged")
    (directory / "devices.yaml").write_text(DEVICES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(STATE_DIR_VARIABLE, str(directory / "state"))
        with start_rack(directory / "devices.yaml") as running:
            yield running.address


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that is marked with the rows of a table its cases, as ``row`` and ``ios``."""
    for mark in metafunc.definition.iter_markers("commands"):
        every = bool(metafunc.config.getoption("--every-version"))
        metafunc.parametrize(("row", "ios"), cases(*mark.args, every=every), ids=named)
