"""Options about working screens: directly, through an Appium server, or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.plugins.appium import server_of_run

if TYPE_CHECKING:
    from harness.drivers.ui.ways import UiWish

WAYS = ("wda", "appium", "none")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options to pytest's."""
    group = parser.getgroup("harness", "iPhones")
    group.addoption(
        "--ui",
        choices=WAYS,
        help=(
            "how screens are worked: by WebDriverAgent directly, through an Appium server, or not at all "
            "(default: as devices.yaml says of each phone; virtual ones directly)"
        ),
    )
    group.addoption(
        "--appium-url",
        metavar="URL",
        help="the Appium server that screens are worked through (default: one that is started for the run)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """See that the options go together.

    Raises:
        pytest.UsageError: a server is named, and screens are not to be worked through one.
    """
    way = config.getoption("--ui")
    if config.getoption("--appium-url") and way not in (None, "appium"):
        raise pytest.UsageError(f"--appium-url names a server, and --ui {way} works no screen through one")


def ui_wish(config: pytest.Config) -> UiWish:
    """What the command line says of working screens."""
    from harness.drivers.ui.ways import UiWish

    wish = UiWish.parse(config.getoption("--ui"), config.getoption("--appium-url"))
    return replace(wish, started_url=server_of_run(config))
