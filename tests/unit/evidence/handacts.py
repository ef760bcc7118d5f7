"""What a phone in memory can have done to it; it keeps what was done, in words and in order."""

from __future__ import annotations

from pathlib import Path

from harness.errors import DeviceLost
from harness.model.raw import InstalledApp
from harness.model.rungs import Rung
from harness.model.settings import BackgroundRefresh


class HandScreen:
    """A screen whose settings are kept.

    Args:
        acts: where what is done is noted.
    """

    def __init__(self, acts: list[str]) -> None:
        self._acts = acts
        self.refresh = BackgroundRefresh.ON
        self.of_apps: dict[str, bool] = {}
        self.is_low_power = False
        self.is_wifi_on = True
        self.is_airplane = False

    async def swipe_away(self, bundle_id: str) -> None:
        self._acts.append(f"swiped {bundle_id} away")

    async def tap_icon(self, bundle_id: str) -> None:
        self._acts.append(f"tapped {bundle_id}")

    async def terminate(self, bundle_id: str) -> None:
        self._acts.append(f"terminated {bundle_id}")

    async def background_refresh(self) -> BackgroundRefresh:
        return self.refresh

    async def set_background_refresh(self, value: BackgroundRefresh) -> None:
        self.refresh = value
        self._acts.append(f"refresh {value}")

    async def app_refresh(self, app: InstalledApp) -> bool:
        return self.of_apps.get(app.name, True)

    async def set_app_refresh(self, app: InstalledApp, on: bool) -> None:
        self.of_apps[app.name] = on
        self._acts.append(f"refresh of {app.name} {on}")

    async def low_power(self) -> bool:
        return self.is_low_power

    async def set_low_power(self, on: bool) -> None:
        self.is_low_power = on
        self._acts.append(f"low power {on}")

    async def wifi(self) -> bool:
        return self.is_wifi_on

    async def set_wifi(self, on: bool) -> None:
        self.is_wifi_on = on
        self._acts.append(f"switch wifi {on}")

    async def airplane_mode(self) -> bool:
        return self.is_airplane

    async def set_airplane_mode(self, on: bool) -> None:
        self.is_airplane = on
        self._acts.append(f"airplane {on}")

    async def open_url(self, bundle_id: str, url: str) -> None:
        self._acts.append(f"open {url}")

    async def tap(self, bundle_id: str, identifier: str) -> None:
        self._acts.append(f"tap {identifier}")

    async def tap_notification(self, bundle_id: str) -> None:
        self._acts.append(f"tapped the notification of {bundle_id}")

    async def go_home(self) -> None:
        self._acts.append("home")

    async def lock(self) -> None:
        self._acts.append("lock")

    async def unlock(self) -> None:
        self._acts.append("unlock")

    async def ask_siri(self, words: str) -> None:
        self._acts.append(f"Siri: {words}")

    async def close(self) -> None:
        return None


class HandInduced:
    """A condition that a phone in memory simulates.

    Attributes:
        is_over: whether it has ended by itself.
        is_lost: whether the connection that holds it is gone.
    """

    def __init__(self) -> None:
        self.is_over = False
        self.is_lost = False

    async def lasts(self) -> bool:
        if self.is_lost:
            raise DeviceLost("it went away", phone="memory")
        return not self.is_over

    async def stop(self) -> None:
        return None


class HandActs:
    """The acts of a phone in memory.

    Attributes:
        acts: what was done.
        rungs: what it says it offers.
        ui: its screen.
        fails: acts that find it gone.
        induced: the condition it was asked for last.
    """

    def __init__(self) -> None:
        self.acts: list[str] = []
        self.rungs: frozenset[Rung] = frozenset()
        self.ui = HandScreen(self.acts)
        self.fails: set[str] = set()
        self.induced = HandInduced()

    def _do(self, act: str) -> None:
        if act in self.fails:
            raise DeviceLost(f"it went away: {act}", phone="memory")
        self.acts.append(act)

    async def set_wifi(self, on: bool) -> None:
        self._do(f"wifi {on}")

    async def induce(self, condition: str) -> HandInduced:
        self._do(f"induce {condition}")
        self.induced = HandInduced()
        return self.induced

    async def stop_inducing(self) -> None:
        self._do("stop inducing")

    async def simulate_location(self, latitude: float, longitude: float) -> None:
        self._do(f"move to {latitude:g}, {longitude:g}")

    async def stop_simulating_location(self) -> None:
        self._do("move home")

    async def upgrade(self, package: Path) -> None:
        self._do(f"upgrade by {package.name}")

    async def reboot(self) -> None:
        self._do("reboot")

    async def mount_image(self) -> None:
        self._do("mount the image")
