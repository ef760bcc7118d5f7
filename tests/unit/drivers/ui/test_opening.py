from __future__ import annotations

import asyncio

import pytest

from harness.drivers.ui.attached import AttachedRunner
from harness.drivers.ui.opening import runner_of
from harness.drivers.ui.ways import UiWay
from harness.errors import RunnerFailed
from harness.model.identity import Hardware, PhoneIdentity
from tests.unit.drivers.ui.bench import IMPATIENT, PHONE, RUNNER, RunnerPhone

REAL, VIRTUAL = Hardware.REAL, Hardware.VIRTUAL

STARTED_BY_OTHERS = "Before iOS 17 a runner has to be started by xcodebuild"


def _phone(ios: str, hardware: Hardware = REAL) -> PhoneIdentity:
    return PhoneIdentity(PHONE, "00008120-AB", ios, "iPhone12,1", hardware)


def _failure(host: RunnerPhone, identity: PhoneIdentity) -> RunnerFailed:
    async def main() -> RunnerFailed:
        runner = runner_of(host, identity, UiWay(runner=RUNNER), IMPATIENT)
        with pytest.raises(RunnerFailed) as failed:
            await runner.up()
        await runner.close()
        await host.die()
        return failed.value

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("ios", "hardware", "is_told"),
    [
        ("15.8", REAL, True),
        ("16.7", REAL, True),
        ("17.0", REAL, False),
        ("26.0", REAL, False),
        ("16.7", VIRTUAL, False),
    ],
)
def test_who_can_start_a_runner_before_17_is_told_where_one_does_not_work(
    ios: str, hardware: Hardware, is_told: bool
) -> None:
    for host in (RunnerPhone(ends_at_once=True), RunnerPhone(listens=False)):
        fix = _failure(host, _phone(ios, hardware)).fix or ""
        assert (STARTED_BY_OTHERS in fix) is is_told
        assert ("`ui: {wda_url: ...}`" in fix) is is_told
        assert len(host.starts) == 1, "it is tried all the same"


def test_a_runner_that_is_kept_is_not_started() -> None:
    host = RunnerPhone()
    runner = runner_of(host, _phone("15.8"), UiWay(wda_url="http://127.0.0.1:8100/"))
    assert isinstance(runner, AttachedRunner)
    assert runner.url == ""
    asyncio.run(runner.close())
    assert (host.starts, host.signals) == ([], [])
