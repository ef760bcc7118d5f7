"""What a test does to its phone is in its timeline, and taken back when its session is closed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from harness.api.app import App
from harness.api.axes import Axes, Link, Refresh
from harness.api.device import Device
from harness.api.inducing import Held
from harness.api.opening import open_session
from harness.api.origin import Origin
from harness.api.session import TestSession
from harness.config.profile import load_profile
from harness.errors import CapabilityMissing, ConfigError, DeviceLost
from harness.evidence.timeline import Timeline
from harness.model.ends import End
from harness.model.facts import CONDITION, ActionTaken, Mark
from harness.model.raw import InstalledApp
from harness.model.settings import BackgroundRefresh
from harness.model.time import Instant
from harness.origin.server import OriginServer
from harness.runtime.loop import LoopThread
from tests.unit.evidence.handacts import HandInduced
from tests.unit.evidence.phones import HandPhone

PROFILE = load_profile()
ALL_LOST = "induce SlowNetwork100PctLoss"


class AppPhone(HandPhone):
    """A phone with the app under test."""

    async def app_info(self, bundle_id: str) -> InstalledApp | None:
        return InstalledApp(bundle_id, PROFILE.name, "1.0", "App", (), True)


class BlindPhone(AppPhone):
    """A phone whose screen nothing works."""

    def __getattribute__(self, name: str) -> object:
        if name == "ui":
            raise CapabilityMissing("nothing works its screen", phone="memory")
        return super().__getattribute__(name)


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    with LoopThread() as running:
        yield running


def session_on(loop: LoopThread, phone: HandPhone) -> TestSession:
    return open_session(loop, phone, PROFILE, Timeline(nonce="n1"))


def told(session: TestSession) -> list[str]:
    return [str(action) for action in session.timeline.evidence().of_app(ActionTaken, PROFILE.bundle_id)]


Change = Callable[[Device], Mark]

CHANGES: dict[str, tuple[Change, list[str]]] = {
    "Wi-Fi": (lambda on: on.network.wifi_off(), ["wifi False", "wifi True"]),
    "condition": (lambda on: on.network.lossy(), [ALL_LOST, "stop inducing"]),
    "place": (lambda on: on.move_to(47.4, 8.5), ["move to 47.4, 8.5", "move home"]),
    "refresh": (
        lambda on: on.settings.set_background_refresh(BackgroundRefresh.OFF),
        ["refresh off", "refresh wifi and cellular"],
    ),
    "app refresh": (
        lambda on: on.settings.set_app_refresh(False),
        ["refresh of Downloader False", "refresh of Downloader True"],
    ),
    "low power": (lambda on: on.settings.set_low_power(True), ["low power True", "low power False"]),
    "airplane": (lambda on: on.settings.set_airplane_mode(True), ["airplane True", "airplane False"]),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_was_changed_is_taken_back_when_the_session_closes(loop: LoopThread, what: str) -> None:
    phone = AppPhone()
    session = session_on(loop, phone)
    change, acts = CHANGES[what]
    mark = change(Device(session))
    assert session.last_mark is mark
    assert phone.acts == acts[:1]
    session.close()
    assert phone.acts == acts
    assert len(told(session)) == 2


def test_what_a_test_put_right_itself_is_put_right_once_more(loop: LoopThread) -> None:
    phone = AppPhone()
    session = session_on(loop, phone)
    network = Device(session).network
    network.wifi_off()
    network.wifi_on()
    network.wifi_off()
    session.close()
    assert phone.acts == ["wifi False", "wifi True", "wifi False", "wifi True"]
    assert [line.partition(" back")[0] for line in told(session)] == [
        "Wi-Fi off",
        "Wi-Fi on",
        "Wi-Fi off",
        "Wi-Fi on",
    ]


def test_a_change_whose_answer_was_lost_is_taken_back_all_the_same(loop: LoopThread) -> None:
    phone = AppPhone()
    phone.fails.add("wifi False")
    session = session_on(loop, phone)
    with pytest.raises(DeviceLost):
        Device(session).network.wifi_off()
    session.close()
    assert phone.acts == ["wifi True"]
    assert told(session)[0] == "Wi-Fi off (no answer: it may have been done, or not)"


def test_sources_stop_also_when_something_cannot_be_put_back(loop: LoopThread) -> None:
    phone = AppPhone()
    session = session_on(loop, phone)
    Device(session).network.lossy()
    phone.fails.add("stop inducing")
    with pytest.raises(DeviceLost):
        session.close()
    assert [stream.closed for stream in phone.state_streams] == [True]


Act = Callable[[App], Mark]

SCREEN: dict[str, tuple[Act, str]] = {
    "swiped {} away": (lambda app: app.force_quit(), "force quit {}"),
    "tapped {}": (lambda app: app.tap_icon(), "tap icon {}"),
    "terminated {}": (lambda app: app.terminate_as_automation(), "terminate as automation {}"),
}
ENDS: dict[End, str] = {End.FORCE_QUIT: "swiped {} away", End.AUTOMATION: "terminated {}"}


@pytest.mark.parametrize("act", SCREEN)
def test_what_a_finger_does_goes_through_the_screen(loop: LoopThread, act: str) -> None:
    phone = AppPhone()
    session = session_on(loop, phone)
    do, action = SCREEN[act]
    do(App(session))
    assert phone.acts == [act.format(PROFILE.bundle_id)]
    assert told(session) == [action.format(PROFILE.bundle_id)]
    session.close()


@pytest.mark.parametrize("how", ENDS)
def test_an_end_that_takes_a_finger_goes_through_the_screen(loop: LoopThread, how: End) -> None:
    phone = AppPhone()
    session = session_on(loop, phone)
    App(session).end(how)
    assert phone.acts == [ENDS[how].format(PROFILE.bundle_id)]
    session.close()


def test_what_takes_a_screen_is_noted_as_refused_where_there_is_none(loop: LoopThread) -> None:
    session = session_on(loop, BlindPhone())
    with pytest.raises(CapabilityMissing):
        App(session).force_quit()
    assert told(session) == ["force quit dev.harness.downloader (refused)"]
    with pytest.raises(CapabilityMissing):
        Device(session).settings.set_low_power(True)
    session.close()


def test_a_restart_mounts_the_image_and_watches_again(loop: LoopThread) -> None:
    phone = AppPhone()
    session = session_on(loop, phone)
    App(session).end("reboot")
    assert phone.acts == ["reboot", "mount the image"]
    assert told(session) == ["reboot"]
    session.close()


def test_an_upgrade_installs_the_next_build(loop: LoopThread) -> None:
    phone = AppPhone()
    session = session_on(loop, phone)
    App(session).upgrade()
    assert phone.acts == ["upgrade by App.ipa"]
    session.close()


LINKS: dict[Link, tuple[list[str], int]] = {
    Link.WIFI: ([], 0),
    Link.OFF: (["wifi False", "wifi True"], 2),
    Link.LOSSY: ([ALL_LOST, "stop inducing"], 2),
    Link.REFUSED: ([], 2),
    Link.IGNORED: ([], 2),
}


@pytest.mark.parametrize("link", LINKS)
def test_the_network_of_a_combination_is_cut_off_and_restored(loop: LoopThread, link: Link) -> None:
    phone, server = AppPhone(), OriginServer()
    session = session_on(loop, phone)
    loop.run(server.start(), 10, what="starting the origin")
    acts, actions = LINKS[link]
    with Origin.of_run(session, server) as origin:
        axes, device = Axes(network=link), Device(session)
        axes.cut_off(device, origin)
        axes.restore(device, origin)
        assert phone.acts == acts
        assert len(told(session)) == actions
    session.close()
    loop.run(server.stop(), 10, what="stopping the origin")


def test_the_settings_of_a_combination_are_set(loop: LoopThread) -> None:
    phone = AppPhone()
    session = session_on(loop, phone)
    Axes(refresh=Refresh.APP_OFF, low_power=True).set_up(Device(session))
    assert phone.acts == ["refresh of Downloader False", "low power True"]
    session.close()
    other = session_on(loop, AppPhone())
    Axes(refresh=Refresh.OFF).set_up(Device(other))
    assert told(other) == ["set Background App Refresh off"]
    other.close()


def test_an_origin_that_was_taken_down_is_up_again_for_the_next_test(loop: LoopThread) -> None:
    phone, server = AppPhone(), OriginServer()
    session = session_on(loop, phone)
    loop.run(server.start(), 10, what="starting the origin")
    before = server.base_url

    async def is_up() -> bool:
        host, _, port = before.removeprefix("http://").partition(":")
        try:
            _, writer = await asyncio.open_connection(host, int(port))
        except ConnectionRefusedError:
            return False
        writer.close()
        await writer.wait_closed()
        return True

    with Origin.of_run(session, server) as origin:
        mark = Device(session).network.steady()
        origin.refuse()
        assert session.last_mark is mark, "what the origin does is not done to the app"
        assert not loop.run(is_up(), 10, what="connecting")
    assert loop.run(is_up(), 10, what="connecting")
    session.close()
    loop.run(server.stop(), 10, what="stopping the origin")


BY_HAND: dict[str, tuple[Callable[[Device, App], Mark], str, str]] = {
    "home": (lambda device, app: device.go_home(), "home", "press Home"),
    "left by Home": (lambda device, app: app.background(by="home"), "home", "background by pressing Home"),
    "Siri": (
        lambda device, app: device.ask_siri("what time is it"),
        "Siri: what time is it",
        "ask Siri what time is it",
    ),
    "a link": (lambda device, app: app.open_url("reader://x"), "open reader://x", "open URL reader://x"),
    "a tap": (lambda device, app: app.tap("probe"), "tap probe", "tap probe"),
    "a notification": (
        lambda device, app: app.tap_notification(),
        f"tapped the notification of {PROFILE.bundle_id}",
        f"tap notification {PROFILE.bundle_id}",
    ),
    "unlocking": (lambda device, app: device.unlock(), "unlock", "unlock"),
}


@pytest.mark.parametrize("what", BY_HAND)
def test_what_a_hand_does_is_in_the_timeline_with_its_mark(loop: LoopThread, what: str) -> None:
    phone = AppPhone()
    session = session_on(loop, phone)
    do, act, action = BY_HAND[what]
    mark = do(Device(session), App(session))
    assert session.last_mark is mark
    assert phone.acts == [act]
    assert told(session) == [action]
    session.close()
    assert phone.acts == [act]


def test_a_phone_that_was_locked_is_unlocked_again(loop: LoopThread) -> None:
    phone = AppPhone()
    session = session_on(loop, phone)
    Device(session).lock()
    session.close()
    assert phone.acts == ["lock", "unlock"]


def test_there_are_two_ways_to_the_background(loop: LoopThread) -> None:
    session = session_on(loop, AppPhone())
    with pytest.raises(ConfigError, match=r"no way to the background is named 'hom'\. Did you mean home"):
        App(session).background(by="hom")
    session.close()


ENDS_OF_A_CONDITION = {"": "SlowNetworkEdge", "is_over": "none", "is_lost": "none"}


@pytest.mark.parametrize("how", ENDS_OF_A_CONDITION)
def test_a_condition_says_whether_it_lasts_by_the_connection_that_holds_it(how: str) -> None:
    induced = HandInduced()
    if how:
        setattr(induced, how, True)
    read = asyncio.run(Held("SlowNetworkEdge", induced).read(Instant(5.0)))
    assert (read.name, read.value, read.at) == (CONDITION, ENDS_OF_A_CONDITION[how], Instant(5.0))


def test_what_a_test_ends_itself_is_not_asked_for_any_more(loop: LoopThread) -> None:
    session = session_on(loop, AppPhone())
    network = Device(session).network
    network.induce("SlowNetworkEdge")
    assert session.held is not None
    network.steady()
    assert session.held is None
    session.close()
