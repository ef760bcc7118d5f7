"""What is said of what only the screen shows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import cast

import pytest

from harness.drivers.pmd3.phone import Pmd3Phone
from harness.drivers.ui.backend import AlertShown, Backend
from harness.drivers.ui.runner import UiRunner
from harness.drivers.ui.ways import UiWay
from harness.errors import SetupImpossible
from harness.farm.health.patient import Eyes, Patient
from harness.farm.health.result import Health, StageResult
from harness.farm.health.stages import STAGES, examine
from harness.model.identity import Connection
from harness.model.raw import InstalledApp
from harness.model.screen import UserInterface
from harness.model.settings import BackgroundRefresh
from tests.unit.farm.health.told import APP, patient

INSTALLED = InstalledApp(APP, "App", "1.0", "App", ("fetch",), True)
GREY = SetupImpossible("it is grey", fix="Turn Low Power Mode off.")
SEEN_BY_SCREEN = ("low power mode", "background refresh", "app refresh", "wi-fi", "dialogs", "runner answers")


@dataclass
class Shown:
    """A phone and its screen, on which all is well unless a test says otherwise."""

    alert_shown: AlertShown | None = None
    low_power_on: bool = False
    refresh: BackgroundRefresh | SetupImpossible = BackgroundRefresh.ON
    app_on: bool | SetupImpossible = True
    wifi_on: bool = True
    app: InstalledApp | None = INSTALLED

    async def up(self) -> str:
        return "http://127.0.0.1:8200"

    async def alert(self) -> AlertShown | None:
        return self.alert_shown

    async def low_power(self) -> bool:
        return self.low_power_on

    async def background_refresh(self) -> BackgroundRefresh:
        if isinstance(self.refresh, SetupImpossible):
            raise self.refresh
        return self.refresh

    async def app_refresh(self, _app: InstalledApp) -> bool:
        if isinstance(self.app_on, SetupImpossible):
            raise self.app_on
        return self.app_on

    async def wifi(self) -> bool:
        return self.wifi_on

    async def app_info(self, _bundle_id: str) -> InstalledApp | None:
        return self.app

    async def close(self) -> None:
        return None


def _before(shown: Shown) -> Patient:
    who = patient()
    who.ui = UiWay(runner=APP)
    who.opened = cast("Pmd3Phone", shown)
    who.screen = Eyes(cast("UiRunner", shown), cast("Backend", shown), cast("UserInterface", shown))
    return who


def _results(who: Patient, *names: str) -> dict[str, StageResult]:
    stages = [
        replace(stage, needs=tuple(name for name in stage.needs if name in names))
        for stage in STAGES
        if stage.name in names
    ]
    return {result.stage: result for result in asyncio.run(examine(who, stages))}


def _told(shown: Shown) -> dict[str, tuple[Health, str]]:
    results = _results(_before(shown), *SEEN_BY_SCREEN)
    return {name: (result.health, result.detail) for name, result in results.items()}


def test_a_phone_on_whose_screen_all_is_well() -> None:
    assert _told(Shown()) == {
        "runner answers": (Health.OK, "it answers at http://127.0.0.1:8200"),
        "dialogs": (Health.OK, "none is on the screen"),
        "low power mode": (Health.OK, "it is off"),
        "background refresh": (Health.OK, "it is on: wifi and cellular"),
        "app refresh": (Health.OK, f"it is on for {APP}"),
        "wi-fi": (Health.OK, "it is on; whether it has joined a network, --origin shows"),
    }


def test_a_dialog_is_told_with_its_buttons_and_nothing_is_touched_beneath_it() -> None:
    told = _told(Shown(alert_shown=AlertShown("Low Battery\n20%", ("Low Power Mode", "Close"))))
    health, detail = told["dialogs"]
    assert health is Health.FAILED
    assert detail == "'Low Battery\\n20%' lies over the screen, with the buttons 'Low Power Mode', 'Close'"
    behind = {name: health for name, (health, _) in told.items() if name not in ("dialogs", "runner answers")}
    assert set(behind.values()) == {Health.NOT_TRIED}


@pytest.mark.parametrize(
    ("shown", "stage", "health", "detail"),
    [
        (Shown(low_power_on=True), "low power mode", Health.FAILED, "Low Power Mode is on"),
        (Shown(refresh=BackgroundRefresh.OFF), "background refresh", Health.FAILED, "it is off for all apps"),
        (Shown(refresh=GREY), "background refresh", Health.WARNING, "it is grey"),
        (Shown(app_on=False), "app refresh", Health.FAILED, f"it is off for {APP}"),
        (Shown(app_on=SetupImpossible("no row")), "app refresh", Health.NOT_NEEDED, "no row"),
        (Shown(refresh=GREY, app_on=GREY), "app refresh", Health.NOT_TRIED, "it is grey"),
        (Shown(app=None), "app refresh", Health.NOT_TRIED, f"{APP} is not installed"),
        (Shown(wifi_on=False), "wi-fi", Health.FAILED, "it is off"),
    ],
)
def test_what_the_screen_shows_is_told(shown: Shown, stage: str, health: Health, detail: str) -> None:
    assert _told(shown)[stage] == (health, detail)


def test_a_phone_that_is_seen_over_the_network_has_joined_one() -> None:
    who = _before(Shown(wifi_on=False))
    who.phone = replace(who.phone, ways=(Connection.USB, Connection.NETWORK))
    result = _results(who, "dialogs", "wi-fi")["wi-fi"]
    assert result.health is Health.OK
    assert result.detail == "it is on and joined: this host sees the phone by it"


def test_without_a_runner_nothing_is_claimed_and_what_to_write_is_said() -> None:
    who = patient()
    results = _results(who, "runner installed", "dialogs", "low power mode", "auto-lock")
    assert {result.health for result in results.values()} == {Health.NOT_TRIED}
    assert "ui: {wda_bundle_id: ...}" in results["runner installed"].fix
    assert "Auto-Lock" in results["auto-lock"].fix


@pytest.mark.parametrize(
    ("way", "app", "health"),
    [
        (UiWay(runner=APP), INSTALLED, Health.OK),
        (UiWay(runner=APP), None, Health.FAILED),
        (UiWay(wda_url="http://10.0.0.2:8100"), None, Health.OK),
    ],
)
def test_a_runner_is_installed_or_kept_by_somebody_else(
    way: UiWay, app: InstalledApp | None, health: Health
) -> None:
    who = _before(Shown(app=app))
    who.ui = way
    assert _results(who, "runner installed")["runner installed"].health is health
