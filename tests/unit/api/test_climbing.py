"""A ladder is climbed step by step: which one was taken is told, and how to put it back is noted."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.api.accesspoint import AccessPoint
from harness.api.changes import put_back
from harness.api.device import Device
from harness.api.opening import open_session
from harness.api.session import TestSession
from harness.config.profile import load_profile
from harness.errors import (
    CapabilityMissing,
    CommandRefused,
    CommandTimeout,
    ConfigError,
    SettingNotApplied,
    SetupImpossible,
)
from harness.evidence.timeline import Timeline
from harness.farm.leases.lease import Lease
from harness.farm.leases.store import LeaseStore
from harness.model.facts import ActionTaken, SettingChanged, SettingRead
from harness.model.ladder import By, Fidelity
from harness.model.raw import InstalledApp, Setting
from harness.model.rungs import Rung
from harness.model.settings import SettingName
from harness.model.undo import Undo, UndoOp
from harness.runtime.loop import LoopThread
from tests.unit.evidence.handacts import HandScreen
from tests.unit.evidence.phones import HandPhone

PROFILE = load_profile()
ALL_LOST = "SlowNetwork100PctLoss"


class Screen(HandScreen):
    """A screen on which some things cannot be done, and others do not take."""

    def __init__(self, acts: list[str]) -> None:
        super().__init__(acts)
        self.missing: set[str] = set()
        self.stuck = False

    def _need(self, what: str) -> None:
        if what in self.missing:
            raise CapabilityMissing(f"no {what} here", phone="memory")

    async def wifi(self) -> bool:
        self._need("reading")
        return self.is_wifi_on

    async def set_wifi(self, on: bool) -> None:
        self._need("switch")
        if self.stuck:
            raise SettingNotApplied("Wi-Fi reads back as it was", phone="memory")
        await super().set_wifi(on)

    async def ask_siri(self, words: str) -> None:
        self._need("Siri")
        await super().ask_siri(words)
        if not self.stuck:
            self.is_wifi_on = "aus" not in words.split()


class Phone(HandPhone):
    """A phone that may lack the configuration service."""

    def __init__(self, *, by_service: bool = True, language: str = "de-CH") -> None:
        super().__init__()
        self.ui: Screen = Screen(self.acts)
        self.by_service = by_service
        self.told = (Setting(SettingName.LANGUAGE, language),)

    async def set_wifi(self, on: bool) -> None:
        if not self.by_service:
            raise CapabilityMissing("no configuration service", phone="memory")
        await super().set_wifi(on)

    async def settings(self) -> tuple[Setting, ...]:
        return self.told

    async def app_info(self, bundle_id: str) -> InstalledApp | None:
        return InstalledApp(bundle_id, PROFILE.name, "1.0", "App", (), True)


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    with LoopThread() as running:
        yield running


@pytest.fixture
def lease(tmp_path: Path) -> Iterator[Lease]:
    store = LeaseStore.open(tmp_path / "leases.sqlite3")
    with store.register("a test") as holder:
        yield holder.acquire(["0000"], within_s=0)
    store.close()


def session_on(
    loop: LoopThread, phone: Phone, lease: Lease | None = None, access_point: AccessPoint | None = None
) -> TestSession:
    timeline = Timeline(nonce="n1")
    return open_session(loop, phone, PROFILE, timeline, journal=lease, access_point=access_point)


def access_point(
    where: Path, script: str = "open('said', 'a').write(' '.join(sys.argv[1:]) + ';')"
) -> AccessPoint:
    return AccessPoint(
        (sys.executable, "-c", f"import sys; {script}", "{state}", "{udid}"), where, within_s=20
    )


def changes_in(session: TestSession) -> list[SettingChanged]:
    return list(session.timeline.evidence().of(SettingChanged))


def told(session: TestSession) -> list[str]:
    return [str(action) for action in session.timeline.evidence().of_app(ActionTaken, PROFILE.bundle_id)]


def test_the_first_step_that_is_there_is_taken_and_told(loop: LoopThread) -> None:
    phone = Phone()
    session = session_on(loop, phone)
    Device(session).network.wifi_off()
    (changed,) = changes_in(session)
    assert (changed.by, changed.fidelity, changed.value) == (By.CONFIGURATION_SERVICE, Fidelity.SAME, "off")
    assert changed.passed_over == ""
    assert phone.acts == ["wifi False"]
    session.close()


def test_what_a_phone_does_not_offer_is_passed_over_with_its_reason(loop: LoopThread) -> None:
    phone = Phone(by_service=False)
    session = session_on(loop, phone)
    Device(session).network.wifi_off()
    (changed,) = changes_in(session)
    assert changed.by is By.SETTINGS
    assert changed.passed_over == "the configuration service: no configuration service"
    assert told(session) == ["Wi-Fi off (refused)", "Wi-Fi off"]
    session.close()
    assert phone.acts == ["switch wifi False", "switch wifi True"]
    assert [fact.by for fact in changes_in(session)] == [By.SETTINGS, By.SETTINGS], (
        "put back by the same ladder"
    )


def test_one_that_was_taken_and_does_not_read_back_ends_it(loop: LoopThread) -> None:
    phone = Phone(by_service=False)
    phone.ui.stuck = True
    session = session_on(loop, phone)
    with pytest.raises(SettingNotApplied):
        Device(session).network.wifi_off(stands_in=True)
    assert phone.acts == [], "no step on top of one that may have worked"
    assert changes_in(session) == []
    assert told(session)[-1] == "Wi-Fi off (no answer: it may have been done, or not)"
    phone.ui.stuck = False
    session.close()
    assert phone.acts == ["switch wifi True"]


def test_what_was_there_is_read_from_the_screen_where_the_screen_is_worked_anyway(
    loop: LoopThread, lease: Lease
) -> None:
    phone = Phone(by_service=False)
    phone.ui.is_wifi_on = False
    session = session_on(loop, phone, lease)
    Device(session).network.wifi_off()
    session.close()
    assert phone.acts == ["switch wifi False", "switch wifi False"]
    assert not lease.is_altered()


def test_of_a_step_that_is_not_there_nothing_stays_in_the_journal(loop: LoopThread, lease: Lease) -> None:
    phone = Phone(by_service=False)
    phone.ui.missing |= {"switch", "reading", "Siri"}
    session = session_on(loop, phone, lease)
    with pytest.raises(CapabilityMissing, match=r"no configuration service.*no reading here"):
        Device(session).network.wifi_off()
    assert not lease.is_altered()
    session.close()
    assert phone.acts == []


def test_siri_is_told_in_the_phones_language_and_the_switch_is_read(loop: LoopThread) -> None:
    phone = Phone(by_service=False)
    phone.ui.missing.add("switch")
    session = session_on(loop, phone)
    Device(session).network.wifi_off()
    assert phone.acts == ["Siri: Schalte WLAN aus"]
    assert changes_in(session)[0].by is By.SIRI
    session.close()
    assert phone.acts[1:] == ["Siri: Schalte WLAN ein"]


def test_siri_that_does_nothing_is_found_out(loop: LoopThread) -> None:
    phone = Phone(by_service=False)
    phone.ui.missing.add("switch")
    phone.ui.stuck = True
    session = session_on(loop, phone)
    with pytest.raises(SettingNotApplied, match="Siri was told"):
        Device(session).network.wifi_off()
    phone.ui.stuck = False
    session.close()


def test_a_language_that_nobody_here_speaks_is_passed_over(loop: LoopThread) -> None:
    phone = Phone(by_service=False, language="tlh")
    phone.ui.missing.add("switch")
    session = session_on(loop, phone)
    with pytest.raises(CapabilityMissing, match="nobody here knows how to tell Siri in 'tlh'"):
        Device(session).network.wifi_off()
    session.close()


def test_the_access_point_of_devices_yaml_stands_in_and_is_put_back(loop: LoopThread, tmp_path: Path) -> None:
    phone = Phone(by_service=False)
    phone.ui.missing |= {"switch", "reading", "Siri"}
    session = session_on(loop, phone, access_point=access_point(tmp_path))
    Device(session).network.wifi_off()
    (changed,) = changes_in(session)
    assert (changed.by, changed.fidelity) == (By.ACCESS_POINT, Fidelity.STANDS_IN)
    Device(session).network.wifi_on()
    session.close()
    udid = phone.identity.udid
    assert (tmp_path / "said").read_text() == f"off {udid};on {udid};on {udid};"


def test_a_dead_holders_journal_lets_the_phone_in_again_too(loop: LoopThread, tmp_path: Path) -> None:
    phone = Phone()
    putting = put_back(phone, UndoOp(Undo.WIFI, "on"), access_point(tmp_path))
    loop.run(putting, 30, what="putting back")
    assert phone.acts == ["wifi True"]
    assert (tmp_path / "said").read_text().startswith("on ")


FAILING = {
    "a status": ("print('no such client'); sys.exit(3)", CommandRefused, "status 3: no such client"),
    "a hang": ("import time; time.sleep(60)", CommandTimeout, "did not end within 0.5 s"),
}


@pytest.mark.parametrize("how", FAILING)
def test_a_command_that_fails_is_no_access_point(loop: LoopThread, tmp_path: Path, how: str) -> None:
    script, error, said = FAILING[how]
    whole = access_point(tmp_path, script)
    made = AccessPoint(whole.command, tmp_path, within_s=0.5 if how == "a hang" else 20)
    with pytest.raises(error, match=said):
        loop.run(made.switch(False, "0000"), 30, what="switching")


def test_a_command_that_is_not_there_is_a_matter_of_configuration(loop: LoopThread, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere cannot be run.*origin\.access_point"):
        loop.run(AccessPoint(("./nowhere",), tmp_path).switch(True, "0000"), 30, what="switching")


@pytest.mark.parametrize("stands_in", [False, True])
def test_all_lost_stands_in_only_where_the_story_allows_it(loop: LoopThread, stands_in: bool) -> None:
    phone = Phone(by_service=False)
    phone.ui.missing |= {"switch", "reading", "Siri"}
    session = session_on(loop, phone)
    network = Device(session).network
    if stands_in:
        network.wifi_off(stands_in=True)
        assert changes_in(session)[0].by is By.ALL_LOST
        network.wifi_on()
        assert phone.acts == [f"induce {ALL_LOST}", "stop inducing"]
    else:
        with pytest.raises(CapabilityMissing):
            network.wifi_off()
        assert phone.acts == []
    session.close()


def test_a_phone_that_is_reached_over_wifi_keeps_it_by_every_step(loop: LoopThread, tmp_path: Path) -> None:
    phone = Phone()
    phone.rungs = frozenset({Rung.UNPLUGGED})
    session = session_on(loop, phone, access_point=access_point(tmp_path))
    device = Device(session)
    with pytest.raises(SetupImpossible, match="reached over Wi-Fi"):
        device.network.wifi_off(stands_in=True)
    with pytest.raises(SetupImpossible, match="reached over Wi-Fi"):
        device.settings.set_airplane_mode(True)
    session.close()
    assert phone.acts == []


@pytest.mark.parametrize("has_cellular", [False, True])
def test_a_phone_without_cellular_says_so_when_wifi_goes(loop: LoopThread, has_cellular: bool) -> None:
    phone = Phone()
    phone.rungs = frozenset({Rung.CELLULAR}) if has_cellular else frozenset()
    session = session_on(loop, phone)
    Device(session).network.wifi_off()
    reads = {(read.name, read.value) for read in session.timeline.evidence().of(SettingRead)}
    assert (("cellular", "none") in reads) is not has_cellular
    session.close()


def test_a_setting_is_read_before_it_is_set_and_what_is_read_is_told(loop: LoopThread) -> None:
    phone = Phone()
    session = session_on(loop, phone)
    settings = Device(session).settings
    settings.set_airplane_mode(True)
    assert settings.airplane_mode() is True
    assert settings.background_refresh() == "wifi and cellular"
    assert settings.wifi()
    assert not settings.low_power()
    reads = {read.name: read.value for read in session.timeline.evidence().of(SettingRead)}
    assert reads["airplane mode"] == "on"
    assert reads["background app refresh"] == "wifi and cellular"
    session.close()
    assert phone.acts == ["airplane True", "airplane False"]
