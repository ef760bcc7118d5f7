"""A setting that is changed to stay: by which step, and what is written down of how it was."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.api.accesspoint import AccessPoint
from harness.api.climbing import Climbed
from harness.cli.settings import Wish, change, kept_of
from harness.errors import CapabilityMissing, DeviceLost, SettingNotApplied, SetupImpossible
from harness.farm.leases.lease import Lease
from harness.farm.leases.store import LeaseStore
from harness.model.ladder import By, Toggle
from harness.model.rungs import Rung
from harness.model.settings import BackgroundRefresh
from tests.unit.api.test_climbing import Phone

WIFI = Wish(Toggle.WIFI, "off")


@pytest.fixture
def lease(tmp_path: Path) -> Iterator[Lease]:
    store = LeaseStore.open(tmp_path / "leases.sqlite3")
    with store.register("harness set") as holder:
        yield holder.acquire(["0000"], within_s=0, as_found=True)
    store.close()


def _changed(phone: Phone, lease: Lease, wish: Wish, value: str) -> Climbed:
    return asyncio.run(change(phone, lease, wish, value))


def _to_be_put_back(lease: Lease) -> list[str]:
    return [str(entry.op) for entry in lease.kept("0000")]


def test_what_is_passed_over_is_told_with_why(lease: Lease) -> None:
    climbed = _changed(Phone(by_service=False), lease, WIFI, "off")
    assert (climbed.step.by, climbed.passed_over) == (
        By.SETTINGS,
        ("the configuration service: no configuration service",),
    )
    assert _to_be_put_back(lease) == ["wifi back to on"]


def test_a_phone_that_no_step_fits_is_refused_with_why_of_each_and_nothing_written_down(lease: Lease) -> None:
    phone = Phone(by_service=False)
    phone.ui.missing = {"reading", "switch", "Siri"}
    with pytest.raises(CapabilityMissing, match=r"configuration service.*Settings.*Siri"):
        _changed(phone, lease, WIFI, "off")
    assert (_to_be_put_back(lease), phone.acts) == ([], [])


def test_how_it_was_is_on_disk_before_it_is_touched(lease: Lease) -> None:
    class Cut(Phone):
        async def set_wifi(self, on: bool) -> None:
            raise DeviceLost("the cable was pulled", phone="memory")

    with pytest.raises(DeviceLost):
        _changed(Cut(), lease, WIFI, "off")
    assert _to_be_put_back(lease) == ["wifi back to on"]


def test_what_does_not_read_back_ends_the_climb_and_stays_written_down(lease: Lease) -> None:
    phone = Phone(by_service=False)
    phone.ui.stuck = True
    with pytest.raises(SettingNotApplied):
        _changed(phone, lease, WIFI, "off")
    assert _to_be_put_back(lease) == ["wifi back to on"]


def test_what_a_person_set_twice_goes_back_to_how_it_was_at_first(lease: Lease) -> None:
    phone, wish = Phone(), Wish(Toggle.BACKGROUND_REFRESH, None)
    phone.ui.refresh = BackgroundRefresh.WIFI
    _changed(phone, lease, wish, "off")
    _changed(phone, lease, wish, "on")
    assert _to_be_put_back(lease) == ["background-refresh back to wifi"]
    _changed(phone, lease, wish, "wifi")
    assert kept_of(lease, wish) is None


def test_an_app_and_the_whole_phone_are_put_back_apart(lease: Lease) -> None:
    phone, app = Phone(), Wish(Toggle.APP_REFRESH, "off", "com.example.news")
    _changed(phone, lease, app, "off")
    _changed(phone, lease, Wish(Toggle.BACKGROUND_REFRESH, "off"), "off")
    assert _to_be_put_back(lease) == [
        "background-refresh of com.example.news back to on",
        "background-refresh back to wifi and cellular",
    ]
    _changed(phone, lease, app, "on")
    assert _to_be_put_back(lease) == ["background-refresh back to wifi and cellular"]


def test_what_was_refused_leaves_an_earlier_note_where_it_was(lease: Lease) -> None:
    class Grey(Phone):
        async def set_wifi(self, on: bool) -> None:
            if on:
                raise SetupImpossible("a profile forbids it", phone="memory")
            await super().set_wifi(on)

    phone = Grey()
    _changed(phone, lease, WIFI, "off")
    with pytest.raises(SetupImpossible):
        _changed(phone, lease, WIFI, "on")
    assert _to_be_put_back(lease) == ["wifi back to on"]


@pytest.mark.parametrize(("toggle", "value"), [(Toggle.WIFI, "off"), (Toggle.AIRPLANE_MODE, "on")])
def test_a_phone_that_is_reached_over_wifi_is_not_cut_off(lease: Lease, toggle: Toggle, value: str) -> None:
    phone = Phone()
    phone.rungs = frozenset({Rung.UNPLUGGED})
    with pytest.raises(SetupImpossible, match="reached over Wi-Fi"):
        _changed(phone, lease, Wish(toggle, value), value)
    assert (_to_be_put_back(lease), phone.acts) == ([], [])


def test_an_access_point_stands_in_where_nothing_switches_the_radio(lease: Lease, tmp_path: Path) -> None:
    phone = Phone(by_service=False)
    phone.ui.missing = {"reading", "switch", "Siri"}
    said = "import sys; open('said', 'a').write(sys.argv[1] + ';')"
    point = AccessPoint((sys.executable, "-c", said, "{state}"), tmp_path)
    climbed = asyncio.run(change(phone, lease, WIFI, "off", point))
    assert (climbed.step.by, len(climbed.passed_over)) == (By.ACCESS_POINT, 3)
    assert _to_be_put_back(lease) == ["wifi back to on"]
    asyncio.run(change(phone, lease, WIFI, "on", point))
    assert (tmp_path / "said").read_text().startswith("off;on;")
    assert _to_be_put_back(lease) == []
