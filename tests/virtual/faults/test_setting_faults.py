"""What a person at the shell does to radios and settings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model.settings import BackgroundRefresh
from harness.virtual.faults.words import UnknownWord
from harness.virtual.kernel.settings import NoSuchSwitch, SettingLocked
from tests.virtual.faults.bench import Do, on_a_phone
from tests.virtual.rig import APP, Rig

BID = APP.bundle_id


def test_what_transfers_leave_by_follows_the_radios() -> None:
    async def check(_: Rig, do: Do) -> None:
        assert do("show")["leaves_by"] == "wifi"
        do("wifi-in-range off")
        assert do("show")["leaves_by"] == "cellular"
        do("cellular off")
        assert do("show")["leaves_by"] is None
        do("cellular on")
        do("airplane on")
        assert (do("show")["airplane"], do("show")["leaves_by"]) == (True, None)
        do("wifi-in-range on")
        do("airplane off")
        assert (do("show")["wifi_on"], do("show")["leaves_by"]) == (True, "wifi")

    on_a_phone(check)


def test_background_refresh_is_set_for_the_phone_and_for_an_app() -> None:
    async def check(it: Rig, do: Do) -> None:
        it.phone.install(replace(APP, background_modes=("fetch",)))
        do("refresh wifi")
        assert do("show")["background_refresh"] == BackgroundRefresh.WIFI
        do(f"refresh {BID} off")
        assert not it.phone.background_refresh_allowed(BID)
        do(f"refresh {BID} on")
        do("refresh off")
        assert not it.phone.background_refresh_allowed(BID)
        with pytest.raises(SettingLocked):
            do(f"refresh {BID} on")

    on_a_phone(check)


def test_a_position_that_there_is_not_and_an_app_without_a_row_are_refused() -> None:
    async def check(_: Rig, do: Do) -> None:
        with pytest.raises(UnknownWord, match="off, wifi or on"):
            do(f"refresh {BID}")
        with pytest.raises(NoSuchSwitch):
            do(f"refresh {BID} off")

    on_a_phone(check)


def test_low_power_mode_and_a_restriction_keep_refresh_from_being_set() -> None:
    async def check(_: Rig, do: Do) -> None:
        for lock in ("low-power", "restrict-refresh"):
            do(f"{lock} on")
            with pytest.raises(SettingLocked):
                do("refresh off")
            do(f"{lock} off")
        do("refresh off")
        assert do("show")["background_refresh"] == "off"

    on_a_phone(check)
