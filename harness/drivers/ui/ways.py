"""In which way the screen of a phone is worked, as devices.yaml and the command line have it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.model.identity import Hardware

if TYPE_CHECKING:
    from harness.config.devices import UiSpec  # which takes long to import, and a one-off may do without

RUNNER = "io.appium.wda.xctrunner"
"""The runner that virtual phones have installed, and the bundle identifier of Appium's own builds."""


class Via(StrEnum):
    """What passes on to the phone what is done to its screen."""

    WDA = "wda"
    APPIUM = "appium"


@dataclass(frozen=True)
class UiWay:
    """How the screen of one phone is worked.

    Attributes:
        via: by WebDriverAgent directly, or by an Appium server in between.
        runner: bundle identifier of the WebDriverAgent runner, which is started in either case; not looked at
            where ``wda_url`` is.
        appium_url: of an Appium server that runs; ``None`` for one that is started when it is needed.
        wda_url: of a WebDriverAgent that somebody else keeps; ``None`` for one that is started here.
    """

    via: Via = Via.WDA
    runner: str = RUNNER
    appium_url: str | None = None
    wda_url: str | None = None


@dataclass(frozen=True)
class UiWish:
    """What the command line says of all phones.

    Attributes:
        via: what screens are worked by; ``None`` for what devices.yaml says of each.
        none: whether none is worked at all.
        appium_url: of an Appium server that runs, in place of what devices.yaml says.
        started_url: of one that was started for this run, where nobody names another.
    """

    via: Via | None = None
    none: bool = False
    appium_url: str | None = None
    started_url: str | None = None

    @classmethod
    def parse(cls, word: str | None, appium_url: str | None = None) -> UiWish:
        """The wish behind ``--ui``: ``wda``, ``appium``, ``none`` or nothing; a URL alone means Appium."""
        if word == "none":
            return cls(none=True)
        named = Via(word) if word else None
        return cls(named or (Via.APPIUM if appium_url else None), appium_url=appium_url)


def way_to(hardware: Hardware, spec: UiSpec | None, wish: UiWish | None = None) -> UiWay | None:
    """How the screen of a phone is worked; ``None`` for not at all.

    A real phone has a runner only if devices.yaml names one; every virtual one has one.

    Args:
        hardware: of the phone.
        spec: what devices.yaml says of it.
        wish: what the command line says of all phones.
    """
    wish = wish or UiWish()
    if wish.none or (spec is None and hardware is Hardware.REAL):
        return None
    appium_url = wish.appium_url or (spec.appium if spec else None) or wish.started_url
    via = wish.via or (Via.APPIUM if spec and spec.appium else Via.WDA)
    runner = (spec.wda_bundle_id if spec else None) or RUNNER
    wda_url = spec.wda_url if spec else None
    return UiWay(via, runner, appium_url if via is Via.APPIUM else None, wda_url)
