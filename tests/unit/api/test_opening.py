from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from harness.api.opening import open_session
from harness.config.profile import load_profile
from harness.errors import AppNotInstalled, DeviceLost
from harness.evidence.timeline import Timeline
from harness.model.facts import Source
from harness.model.raw import InstalledApp, StateNotice
from harness.runtime.loop import LoopThread
from tests.unit.evidence.phones import HandContainer, HandLog, HandPhone, HandStream, lost

PROFILE = load_profile()


class PhoneWithApp(HandPhone):
    """A phone with the app under test, which counts how often it was asked for it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.has_app = True

    async def app_info(self, bundle_id: str) -> InstalledApp | None:
        self.asked += 1
        return InstalledApp(bundle_id, "App", "1.0", "App", (), True) if self.has_app else None


class PhoneWithoutContainer(PhoneWithApp):
    async def container(self, bundle_id: str) -> HandContainer:
        raise lost()


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    with LoopThread() as running:
        yield running


def test_a_phone_is_asked_for_the_app_once_while_it_is_held(loop: LoopThread) -> None:
    phone, installed = PhoneWithApp(), dict[str, InstalledApp]()
    for _ in range(2):
        open_session(loop, phone, PROFILE, Timeline(), installed).close()
    assert phone.asked == 1


def test_an_app_that_was_missing_is_looked_for_again(loop: LoopThread) -> None:
    phone, installed = PhoneWithApp(), dict[str, InstalledApp]()
    phone.has_app = False
    with pytest.raises(AppNotInstalled, match=r"memory: .+ is not installed"):
        open_session(loop, phone, PROFILE, Timeline(), installed)
    phone.has_app = True
    open_session(loop, phone, PROFILE, Timeline(), installed).close()
    assert phone.asked == 2


def test_when_one_source_does_not_start_the_others_are_stopped(loop: LoopThread) -> None:
    phone = PhoneWithoutContainer()
    with pytest.raises(DeviceLost):
        open_session(loop, phone, PROFILE, Timeline())
    assert [stream.closed for stream in (*phone.state_streams, *phone.log_streams)] == [True, True]


class SlowPhone(PhoneWithApp):
    """A phone that confirms nothing before it was asked for everything."""

    def __init__(self) -> None:
        super().__init__()
        self.all_asked = asyncio.Barrier(3)

    async def states(self) -> HandStream[StateNotice]:
        await self.all_asked.wait()
        return await super().states()

    async def log(self) -> HandLog:
        await self.all_asked.wait()
        return await super().log()

    async def container(self, bundle_id: str) -> HandContainer:
        await self.all_asked.wait()
        return await super().container(bundle_id)


def test_no_source_waits_for_another_to_be_confirmed(loop: LoopThread) -> None:
    timeline = Timeline()
    open_session(loop, SlowPhone(), PROFILE, timeline).close()
    assert {Source.STATE_STREAM, Source.SYSTEM_LOG, Source.JOURNAL} <= set(timeline.evidence().coverage)


class LateLog(PhoneWithoutContainer):
    """A phone whose log is confirmed only after another source has failed."""

    async def log(self) -> HandLog:
        for _ in range(20):
            await asyncio.sleep(0)
        return await super().log()


def test_a_source_that_was_confirmed_after_another_had_failed_is_stopped_too(loop: LoopThread) -> None:
    phone = LateLog()
    with pytest.raises(DeviceLost):
        open_session(loop, phone, PROFILE, Timeline())
    assert [stream.closed for stream in phone.log_streams] == [True]
