"""What the driver reads back of settings and conditions, and of the log that the phone keeps."""

from __future__ import annotations

import io
import tarfile

import pytest

from harness.errors import DeviceLost
from harness.model.settings import SettingName
from harness.virtual.kernel.preferences import ROOT, preference
from tests.virtual.drivers.bench import BOTH_WAYS, VERSIONS, Driven, drive


async def _read(on: Driven) -> dict[str, str]:
    return {setting.name: setting.value for setting in await on.phone.settings()}


@pytest.mark.parametrize("ios", VERSIONS)
def test_settings_are_read_back_as_they_are(ios: str) -> None:
    async def check(on: Driven) -> None:
        phone = on.it.phone
        time_zone = preference(ROOT, "TimeZone")
        assert time_zone is not None
        before = await _read(on)
        assert set(before) == set(SettingName) - ({SettingName.DEVELOPER_MODE} if ios == "15.8" else set())
        assert (before["locked"], before["battery percent"], before["charging"]) == ("no", "100", "no")
        phone.conditions.passcode = "1234"
        assert (await _read(on))["locked"] == "no"
        phone.lock()
        phone.conditions.set_battery(41, external_power=True)
        phone.preferences.set(time_zone, "Europe/Zurich")
        after = await _read(on)
        assert (after["locked"], after["battery percent"], after["charging"]) == ("yes", "41", "yes")
        assert after["time zone"] == "Europe/Zurich"
        if ios != "15.8":
            phone.conditions.turn_developer_mode(False)
            assert (before["developer mode"], (await _read(on))["developer mode"]) == ("on", "off")
        phone.unlock()

    drive(check, ios)


@pytest.mark.parametrize("ios", BOTH_WAYS)
def test_what_the_phone_kept_of_its_log_comes_as_a_whole_tar(ios: str) -> None:
    async def check(on: Driven) -> None:
        log, clock = on.it.phone.log, on.it.phone.clock
        log.emit("Plain", 77, "before")
        await clock.let_pass(clock.now_s + 10)
        log.emit("Plain", 77, "after")
        data = await on.phone.log_archive(clock.now_s - 5)
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            text = archive.extractfile("log.txt")
            assert text is not None
            lines = text.read().decode()
        assert "after" in lines
        assert "before" not in lines

    drive(check, ios)


@pytest.mark.parametrize("ios", BOTH_WAYS)
def test_a_log_archive_that_is_cut_off_is_lost(ios: str) -> None:
    async def check(on: Driven) -> None:
        for number in range(3000):
            on.it.phone.log.emit("Plain", 77, f"line {number} " + "x" * 200)
        on.do("cut-cable 200000 host")
        with pytest.raises(DeviceLost):
            await on.phone.log_archive(0)

    drive(check, ios)
