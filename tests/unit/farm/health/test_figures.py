"""What a figure means: on the safe side of its limit, on the other, and not told at all."""

from __future__ import annotations

import pytest

from harness.drivers.pmd3.power import BatteryEntry, Charge
from harness.drivers.pmd3.storage import Storage
from harness.drivers.pmd3.timekeeping import ClockOffset
from harness.farm.health.result import Health, StageResult
from tests.unit.farm.health.told import ToldVitals, looked_at, patient

GB = 1_000_000_000


def _of(stage: str, **told: object) -> StageResult:
    who = patient()
    assert isinstance(who.vitals, ToldVitals)
    for name, value in told.items():
        assert hasattr(who.vitals, name)
        setattr(who.vitals, name, value)
    return looked_at(who, stage)


@pytest.mark.parametrize(
    ("percent", "health"), [(20, Health.OK), (19, Health.FAILED), (None, Health.NOT_TRIED)]
)
def test_a_phone_with_less_than_a_fifth_of_its_charge_is_unfit_though_it_is_fed(
    percent: int | None, health: Health
) -> None:
    assert _of("battery", told_charge=Charge(percent, is_fed=True)).health is health


def test_the_charge_is_told_with_whether_the_phone_is_fed() -> None:
    assert _of("battery", told_charge=Charge(55, is_fed=False)).detail == "55 %, and it is not fed"
    low = _of("battery", told_charge=Charge(5, is_fed=True))
    assert low.detail == "5 %, and it is fed; at least 20 % is wanted"
    assert "cable" in low.fix


@pytest.mark.parametrize(
    ("entry", "health", "detail"),
    [
        (BatteryEntry(40.0, 12), Health.OK, "the battery is at 40.0 °C, after 12 charge cycles"),
        (BatteryEntry(40.1, None), Health.FAILED, "the battery is at 40.1 °C; at most 40 °C is wanted"),
        (BatteryEntry(30.0, 1000), Health.WARNING, "the battery is at 30.0 °C, after 1000 charge cycles"),
        (BatteryEntry(None, 12), Health.NOT_TRIED, "the phone does not tell"),
    ],
)
def test_a_hot_phone_is_unfit_and_one_with_a_worn_battery_is_warned_about(
    entry: BatteryEntry, health: Health, detail: str
) -> None:
    result = _of("heat", told_battery=entry)
    assert (result.health, result.detail) == (health, detail)


@pytest.mark.parametrize(
    ("free_bytes", "health"),
    [
        (2 * GB, Health.OK),
        (2 * GB - 1, Health.WARNING),
        (GB // 2, Health.WARNING),
        (GB // 2 - 1, Health.FAILED),
    ],
)
def test_storage_is_warned_about_before_it_makes_a_phone_unfit(free_bytes: int, health: Health) -> None:
    result = _of("storage", told_storage=Storage(free_bytes, 64 * GB))
    assert result.health is health
    assert "MB of 64,000 MB are free" in result.detail
    assert bool(result.fix) is (health is not Health.OK)


@pytest.mark.parametrize(
    ("offset", "health"),
    [
        (ClockOffset(-0.2, 0.01), Health.OK),
        (ClockOffset(-7.0, 0.01), Health.WARNING),
        (ClockOffset(90.0, 0.5), Health.FAILED),
        # Nothing proves that these are off by more than the limit.
        (ClockOffset(60.4, 0.5), Health.WARNING),
        (ClockOffset(5.4, 0.5), Health.OK),
    ],
)
def test_a_clock_is_judged_by_how_far_off_it_is_in_any_case(offset: ClockOffset, health: Health) -> None:
    assert _of("clock", told_offset=offset).health is health


def test_the_offset_is_told_with_its_side_and_its_bound() -> None:
    ahead, behind = _of("clock"), _of("clock", told_offset=ClockOffset(-1.5, 0.02))
    assert ahead.detail == "0.12 s ahead of this host's, give or take 0.01 s"
    assert behind.detail == "1.50 s behind this host's, give or take 0.02 s"


@pytest.mark.parametrize(("stage", "told"), [("storage", "told_storage"), ("clock", "told_offset")])
def test_what_a_phone_does_not_tell_is_no_failure(stage: str, told: str) -> None:
    result = _of(stage, **{told: None})
    assert (result.health, result.detail) == (Health.NOT_TRIED, "the phone does not tell")
