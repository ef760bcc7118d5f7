"""One Appium server for all tests of a process; starting one takes two seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.drivers.ui.appium.server import AppiumServer, start_server


@pytest.fixture(scope="session")
def appium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppiumServer]:
    """A server, for tests of the judge ``appium``."""
    with start_server(tmp_path_factory.mktemp("appium")) as server:
        yield server
