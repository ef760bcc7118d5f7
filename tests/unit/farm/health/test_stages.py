from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from harness.drivers.pmd3.look import LockdownReading
from harness.errors import DeviceLost, NoDeviceFree
from harness.farm.health import access, stages
from harness.farm.health.result import Health, StageResult
from harness.farm.health.stages import QUICK, STAGES, examine
from harness.model.identity import Connection
from tests.unit.farm.health.told import UDID, patient

_WELL = LockdownReading(trusted=True, locked=False, developer_mode=True)
_HELD = "desk: held by pytest (pid 1) for 3 s"


def _held() -> str:
    raise NoDeviceFree("no phone got free", why=(_HELD,))


@pytest.fixture(autouse=True)
def attached(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ways(_: str | None) -> Mapping[str, tuple[Connection, ...]]:
        return {UDID: (Connection.USB,)}

    monkeypatch.setattr(access, "ways", ways)


def _examined(reading: LockdownReading, ios: str = "17.5", udid: str = UDID) -> dict[str, StageResult]:
    """The stages of a phone that somebody else holds, so that none of them opens it."""
    who = patient(ios, udid, _held)
    who.reading = reading
    results = asyncio.run(examine(who))
    return {result.stage: result for result in results}


def test_a_stage_only_needs_stages_before_it() -> None:
    names = [stage.name for stage in STAGES]
    assert len(set(names)) == len(names)
    for index, stage in enumerate(STAGES):
        assert set(stage.needs) <= set(names[:index])


def test_the_first_thing_missing_is_the_one_failure_and_all_that_needs_it_is_not_tried() -> None:
    results = _examined(LockdownReading(trusted=False, locked=None, developer_mode=None))
    failed = [name for name, result in results.items() if result.health is Health.FAILED]
    assert failed == ["trusted"]
    assert "tap Trust" in results["trusted"].fix
    assert results["app installed"].health is Health.NOT_TRIED
    assert results["unlocked"].detail == "it needs: trusted"


def test_a_locked_phone_and_a_phone_without_developer_mode_say_what_to_do() -> None:
    results = _examined(LockdownReading(trusted=True, locked=True, developer_mode=False))
    assert results["unlocked"].health is results["developer mode"].health is Health.FAILED
    assert "Unlock" in results["unlocked"].fix
    assert "Settings > Privacy & Security > Developer Mode" in results["developer mode"].fix


def test_what_an_older_ios_does_without_is_not_needed() -> None:
    results = _examined(LockdownReading(trusted=True, locked=False, developer_mode=None), ios="15.8")
    assert results["developer mode"].health is Health.NOT_NEEDED
    assert results["tunnel"].health is Health.NOT_NEEDED


def test_a_phone_that_does_not_tell_whether_it_is_locked_has_not_failed() -> None:
    results = _examined(LockdownReading(trusted=True, locked=None, developer_mode=True))
    assert results["unlocked"].health is Health.NOT_TRIED


def test_a_phone_in_use_is_not_disturbed_and_says_who_uses_it() -> None:
    results = _examined(_WELL)
    assert (results["free"].health, results["free"].detail) == (Health.NOT_TRIED, _HELD)
    behind = ("tunnel", "image mounted", "app installed", "container readable", "origin reachable")
    assert {results[name].health for name in behind} == {Health.NOT_TRIED}
    assert [name for name, result in results.items() if result.health is Health.FAILED] == []


def test_a_phone_that_has_gone_is_the_first_failure() -> None:
    results = _examined(_WELL, udid="00008120-0000000000000000")
    assert results["seen"].health is Health.FAILED
    assert all(result.health is not Health.FAILED for name, result in results.items() if name != "seen")


def test_an_error_without_a_fix_of_its_own_still_gets_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(_: str | None) -> Mapping[str, tuple[Connection, ...]]:
        raise DeviceLost("usbmuxd is gone")

    monkeypatch.setattr(access, "ways", gone)
    result = _examined(_WELL)["seen"]
    assert (result.health, result.detail, result.fix) == (Health.FAILED, "usbmuxd is gone", stages.AGAIN)


def test_a_quick_stage_only_needs_quick_ones_and_none_of_them_holds_or_opens_the_phone() -> None:
    quick = {stage.name for stage in QUICK}
    assert all(set(stage.needs) <= quick for stage in QUICK)
    assert {"seen", "trusted", "unlocked", "battery", "heat", "storage", "app signing"} <= quick
    assert not quick & {"free", "tunnel", "image mounted", "runner answers", "dialogs", "wi-fi"}


def test_a_warning_stops_nothing_that_needs_the_stage() -> None:
    assert {health for health in Health if health.goes_on} == {
        Health.OK,
        Health.WARNING,
        Health.NOT_NEEDED,
    }
