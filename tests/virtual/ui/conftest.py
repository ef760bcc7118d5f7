"""What the tests of screens share: which phones they are of, how long they wait, and one Appium server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import TypeVar

import pytest

from harness.drivers.ui.appium.server import AppiumServer, start_server
from harness.drivers.ui.pages import hand, lockscreen
from harness.drivers.ui.pages.waiting import until
from tests.virtual.ui.desk import KINDS, Kind

DRAWN_WITHIN_S = 0.5
"""A virtual phone shows what a touch did before it answers the touch, so waiting longer shows no more."""

_CELLULAR = tuple(kind for kind in KINDS if kind.cellular)
_WIFI = tuple(kind for kind in KINDS if not kind.cellular)

ON_KINDS: Mapping[str, tuple[tuple[Kind, ...], tuple[Kind, ...]]] = {
    "each_kind": ((KINDS[0], KINDS[3], KINDS[4], KINDS[7]), KINDS),
    "old_and_new_kind": ((KINDS[0], KINDS[7]), KINDS),
    "cellular_kind": ((KINDS[0], KINDS[4], KINDS[6]), _CELLULAR),
    "wifi_kind": ((KINDS[1], KINDS[5], KINDS[7]), _WIFI),
}
"""Argument of a test -> the phones that it gets one after the other, and those with ``--every-screen``.

Each shape of Settings, each language, narrow and wide switches, with cellular and without, are among either.
"""

_Seen = TypeVar("_Seen")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for name, (some, every) in ON_KINDS.items():
        if name in metafunc.fixturenames:
            kinds = every if metafunc.config.getoption("--every-screen") else some
            metafunc.parametrize(name, kinds, ids=str)


@pytest.fixture
def still_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests in which something never shows: it is not waited for as on a phone that has animations."""

    async def briefly(look: Callable[[], Awaitable[_Seen]], within_s: float) -> _Seen:
        return await until(look, min(within_s, DRAWN_WITHIN_S))

    for module in (hand, lockscreen):
        monkeypatch.setattr(module, "until", briefly)


@pytest.fixture(scope="session")
def appium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppiumServer]:
    """A server, for tests of the judge ``appium``; one for all of a process, as a start takes two seconds."""
    with start_server(tmp_path_factory.mktemp("appium")) as server:
        yield server
