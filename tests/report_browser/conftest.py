"""One Chromium for the tests of a module: starting it takes longer than most of them."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.report_browser.browser import WIDE, Browser, chromium


@pytest.fixture(scope="module")
def chromium_window() -> Generator[Browser]:
    with chromium() as window:
        yield window


@pytest.fixture
def browser(chromium_window: Browser) -> Generator[Browser]:
    """The window at its usual size; what the page complained of fails the test that showed it."""
    chromium_window.size(WIDE)
    chromium_window.prefer("light")
    chromium_window.console()
    yield chromium_window
    assert chromium_window.console() == []
