"""What is made of what a phone answers when it is asked how it is."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

import pytest

from harness.drivers.pmd3.power import Charge, parse_battery_entry, read_charge
from harness.drivers.pmd3.signing import parse_profile
from harness.drivers.pmd3.storage import Storage, read_storage
from harness.drivers.pmd3.timekeeping import ClockOffset, measure_offset

if TYPE_CHECKING:
    from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider

ENDS = datetime.datetime(2030, 1, 1)
ENDS_S = 1_893_456_000.0


class Told:
    """A lockdown that gives these answers, one after the other, and the last one from then on."""

    def __init__(self, *answers: object) -> None:
        self._answers = list(answers)

    async def get_value(self, domain: str | None = None, key: str | None = None) -> object:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def _lockdown(*answers: object) -> LockdownServiceProvider:
    return cast("LockdownServiceProvider", Told(*answers))


@pytest.mark.parametrize(
    ("answer", "charge"),
    [
        ({"BatteryCurrentCapacity": 81, "ExternalConnected": True}, Charge(81, is_fed=True)),
        ({"BatteryCurrentCapacity": True}, Charge(None, None)),
        (None, Charge(None, None)),
    ],
)
def test_a_charge_is_a_number_and_what_is_none_is_not_told(answer: object, charge: Charge) -> None:
    assert asyncio.run(read_charge(_lockdown(answer))) == charge


def test_the_ioregistry_has_hundredths_of_a_degree() -> None:
    entry = parse_battery_entry({"Temperature": 3125, "CycleCount": 7})
    assert (entry.temperature_c, entry.cycles) == (31.25, 7)
    assert parse_battery_entry({}).temperature_c is None


@pytest.mark.parametrize(
    ("answer", "storage"),
    [
        ({"TotalDataAvailable": 5, "TotalDataCapacity": 9, "TotalDiskCapacity": 12}, Storage(5, 9)),
        ({"TotalDataAvailable": 5}, Storage(5, 0)),
        ({"TotalDiskCapacity": 12}, None),
        (None, None),
    ],
)
def test_what_is_left_is_that_of_the_part_for_apps(answer: object, storage: Storage | None) -> None:
    assert asyncio.run(read_storage(_lockdown(answer))) == storage


def _ticks(*at_s: float) -> Iterator[float]:
    yield from at_s


def _offset(phone_s: list[object], monotonic_s: list[float], host_s: list[float]) -> ClockOffset | None:
    monotonic, host = _ticks(*monotonic_s), _ticks(*host_s)
    return asyncio.run(measure_offset(_lockdown(*phone_s), lambda: next(host), lambda: next(monotonic)))


def test_the_quickest_of_the_exchanges_bounds_the_offset() -> None:
    # Asked, answered, and read again for when it is told: two slow exchanges around a quick one.
    monotonic_s = [0.0, 2.0, 2.0, 3.0, 3.1, 3.1, 4.0, 6.0, 6.0]
    found = _offset([101.5, 103.555, 105.5], monotonic_s, [92.0, 93.1, 96.0])
    assert found is not None
    assert found.ahead_s == pytest.approx(10.505, abs=0.001)
    assert found.error_s == pytest.approx(0.0505, abs=0.001)


def test_a_clock_that_tells_whole_seconds_is_known_less_well() -> None:
    found = _offset([100.0], [0.0, 0.0, 0.0] * 3, [100.0] * 3)
    assert found == ClockOffset(0.5, 0.5)
    # Half a second of it is no proof of anything.
    assert ClockOffset(0.5, 0.5).at_least_s == 0.0


def test_a_phone_that_does_not_tell_its_time_is_not_compared() -> None:
    assert _offset([None], [0.0], []) is None


def _fields(**more: object) -> Mapping[str, Any]:
    return {
        "Name": "Team Profile",
        "UUID": "u",
        "ExpirationDate": ENDS,
        "ProvisionedDevices": ["00008120-001a2b3c4d5e6f70"],
        "Entitlements": {"application-identifier": "TEAM.com.example.app"},
        **more,
    }


def test_a_profile_names_its_app_its_phones_in_upper_case_and_its_end_in_utc() -> None:
    profile = parse_profile(_fields())
    assert profile is not None
    assert (profile.app, profile.ends_s) == ("TEAM.com.example.app", ENDS_S)
    assert profile.is_for_phone("00008120-001A2B3C4D5E6F70")
    assert not profile.is_for_phone("00008120-000000000000AAAA")


def test_what_is_no_certificate_is_left_out_and_the_profile_is_not() -> None:
    profile = parse_profile(_fields(DeveloperCertificates=[b"no certificate", "nor this"]))
    assert profile is not None
    assert profile.certificates == ()


def test_a_profile_without_an_end_is_none() -> None:
    assert parse_profile({"Name": "Team Profile"}) is None
