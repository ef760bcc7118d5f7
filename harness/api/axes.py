"""The axes that a story is told along: how the app ends, and what of the phone stands against it.

Each axis has its usual position, and a test that takes ``axes`` is told once in all the usual ones. The
option ``--axes`` widens it to every combination of the positions that are named. Source of the positions:
catalogue.md §5.4, "setup extremes".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import TYPE_CHECKING

from harness.api.needs import Needs
from harness.api.words import W, word
from harness.errors import ConfigError
from harness.model.ends import RUNG_OF, TRIGGER_OF, End
from harness.model.facts import Mark
from harness.model.reasons import Reason
from harness.model.rungs import Rung
from harness.model.settings import BackgroundRefresh

if TYPE_CHECKING:
    from harness.api.device import Device
    from harness.api.origin import Origin


class Link(StrEnum):
    """What is between phone and origin while the app is in the background."""

    WIFI = "wifi"
    """Nothing is wrong."""
    OFF = "off"
    """Wi-Fi is switched off."""
    LOSSY = "lossy"
    """Every packet is lost."""
    REFUSED = "refused"
    """Nobody listens at the origin's port."""
    IGNORED = "ignored"
    """The origin accepts and never answers."""


class Refresh(StrEnum):
    """Background App Refresh."""

    ON = "on"
    APP_OFF = "app-off"
    """Off for the app under test alone."""
    OFF = "off"
    """Off for the whole phone."""


class LowPower(StrEnum):
    """Low Power Mode."""

    OFF = "off"
    ON = "on"


_RUNG_OF_LINK: Mapping[Link, Rung] = {Link.OFF: Rung.WIFI, Link.LOSSY: Rung.NETWORK_CONDITION}


@dataclass(frozen=True)
class Axes:
    """One combination of positions.

    Attributes:
        end: how the app ends.
        network: what is between phone and origin.
        refresh: Background App Refresh.
        low_power: whether Low Power Mode is on.
    """

    end: End = End.SIGKILL
    network: Link = Link.WIFI
    refresh: Refresh = Refresh.ON
    low_power: bool = False

    def __str__(self) -> str:
        """What is not as usual, as a test's id: such as ``force-quit+refresh-off``."""
        unusual = (
            "" if self.end is End.SIGKILL else self.end.value,
            "" if self.network is Link.WIFI else f"network-{self.network}",
            "" if self.refresh is Refresh.ON else f"refresh-{self.refresh}",
            "low-power" if self.low_power else "",
        )
        return "+".join(filter(None, unusual)) or "usual"

    @property
    def needs(self) -> Needs:
        """What a phone and an app must have for it."""
        by_settings = self.refresh is not Refresh.ON or self.low_power
        rungs = (
            RUNG_OF.get(self.end),
            _RUNG_OF_LINK.get(self.network),
            Rung.SETTINGS_SCREENS if by_settings else None,
        )
        trigger = TRIGGER_OF.get(self.end)
        return Needs((trigger,) if trigger else (), tuple(rung for rung in rungs if rung))

    @property
    def keeps_asleep(self) -> Reason | None:
        """Why iOS does not run the app for its transfers in this combination; ``None`` where it does.

        Source: background-execution.md §1.6 and §1.7.
        """
        if self.end is End.FORCE_QUIT:
            return Reason.NOT_WOKEN_FORCE_QUIT
        return Reason.NOT_WOKEN_BAR_OFF if self.refresh is not Refresh.ON else None

    def set_up(self, device: Device) -> None:
        """Put the phone's settings into their positions; before the app is told anything."""
        if self.refresh is Refresh.OFF:
            device.settings.set_background_refresh(BackgroundRefresh.OFF)
        if self.refresh is Refresh.APP_OFF:
            device.settings.set_app_refresh(False)
        if self.low_power:
            device.settings.set_low_power(True)

    def cut_off(self, device: Device, origin: Origin) -> Mark | None:
        """Put the network into its position; ``None`` where nothing had to be done."""
        match self.network:
            case Link.WIFI:
                return None
            case Link.OFF:
                return device.network.wifi_off()
            case Link.LOSSY:
                return device.network.lossy()
            case Link.REFUSED:
                return origin.refuse()
            case Link.IGNORED:
                return origin.ignore()

    def restore(self, device: Device, origin: Origin) -> Mark | None:
        """Put the network right again; ``None`` where nothing was wrong."""
        match self.network:
            case Link.WIFI:
                return None
            case Link.OFF:
                return device.network.wifi_on()
            case Link.LOSSY:
                return device.network.steady()
            case Link.REFUSED | Link.IGNORED:
                return origin.listen()


USUAL = Axes()
"""What a test that takes ``axes`` is told with when nobody asks for more."""


def parse_axes(text: str) -> tuple[Axes, ...]:
    """Every combination of the positions that are named; an axis that is not named stays as usual.

    Args:
        text: such as ``end=sigkill,force-quit refresh=on,off``.

    Raises:
        ConfigError: there is no such axis or position; names the nearest ones.
    """
    named = dict(_axis(part) for part in text.split())
    ends = _positions(named, "end", End, USUAL.end)
    links = _positions(named, "network", Link, USUAL.network)
    refreshes = _positions(named, "refresh", Refresh, USUAL.refresh)
    powers = _positions(named, "low_power", LowPower, LowPower.OFF)
    if named:
        axes = "end, network, refresh and low_power"
        raise ConfigError(f"there is no axis {next(iter(named))!r}", fix=f"The axes are {axes}.")
    return tuple(
        Axes(end, link, refresh, power is LowPower.ON)
        for end, link, refresh, power in product(ends, links, refreshes, powers)
    )


def _axis(part: str) -> tuple[str, tuple[str, ...]]:
    name, equals, positions = part.partition("=")
    if not equals or not positions:
        raise ConfigError(
            f"{part!r} names no positions", fix="Write axes as: end=sigkill,exit refresh=on,off"
        )
    return name, tuple(positions.split(","))


def _positions(named: dict[str, tuple[str, ...]], axis: str, kind: type[W], usual: W) -> Iterable[W]:
    told = named.pop(axis, (usual.value,))
    return tuple(dict.fromkeys(word(kind, one, f"position of the axis {axis}") for one in told))
