"""What tests show of how well their phones are: one that is lost amid a test, and one that serves."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from harness.errors import DeviceLost
from harness.plugins.janitor import DESK


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Have it noted when a phone is lost amid a test, and when a test came to its end with the phones it had.

    Whatever a verdict says of the app, the phone has served. Any other error says nothing about the phone.
    """
    report = yield
    desk = item.config.stash.get(DESK, None)
    if desk is None:
        return report
    error = call.excinfo.value if call.excinfo is not None else None
    if isinstance(error, DeviceLost):
        desk.note_lost(error)
    elif call.when == "call" and (error is None or isinstance(error, AssertionError)):
        desk.note_served()
    return report
