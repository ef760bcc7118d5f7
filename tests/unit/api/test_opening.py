from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.api.opening import open_session
from harness.config.profile import load_profile
from harness.errors import AppNotInstalled, DeviceLost
from harness.evidence.timeline import Timeline
from harness.model.raw import InstalledApp
from harness.runtime.loop import LoopThread
from tests.unit.evidence.phones import HandContainer, HandPhone, lost

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
    assert [stream.closed for stream in phone.state_streams] == [True]
