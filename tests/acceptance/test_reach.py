"""What a story can do to a phone, it can do on both stages: in this process, and over the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from harness.api import App, Device, Origin
from harness.errors import ScreenUnexpected
from harness.expect.story import ExpectationFailed, tell
from harness.model.exits import ExitCause
from harness.model.facts import CallbackSeen
from harness.model.interfaces import Interface
from harness.model.journal import ACKNOWLEDGED
from harness.model.rungs import Rung
from harness.model.settings import BackgroundRefresh
from harness.model.states import AppState
from tests.acceptance.conditions import LEFTOVER, NOTHING
from tests.acceptance.inprocess.house import open_house
from tests.acceptance.stage import Stage, Theatre, open_theatre
from tests.acceptance.stories import act

IOS = "16.7"


def in_this_process() -> Iterator[Theatre]:
    with open_house() as house, house.theatre(IOS, seed=1) as theatre:
        yield theatre


def over_the_wire() -> Iterator[Theatre]:
    with open_theatre(IOS) as theatre:
        yield theatre


@pytest.fixture(scope="module", params=[in_this_process, over_the_wire], ids=lambda way: way.__name__)
def theatre(request: pytest.FixtureRequest) -> Iterator[Theatre]:
    yield from request.param()


def told(theatre: Theatre, story: Callable[..., None], variant: str = "correct") -> Stage:
    with theatre.stage(variant, NOTHING) as stage:
        try:
            act(stage, story)
        except ExpectationFailed as failed:
            raise AssertionError(tell(failed.verdict)) from failed
        return stage


def test_a_finger_works_the_app_switcher_the_home_screen_and_the_settings(theatre: Theatre) -> None:
    def story(device: Device, app: App) -> None:
        assert {Rung.APP_SWITCHER, Rung.HOME_SCREEN, Rung.SETTINGS_SCREENS} <= device.rungs
        app.tap_icon()
        app.expect_state(AppState.FOREGROUND_ACTIVE, within_s=10)
        app.background()
        app.expect_state(AppState.SUSPENDED, within_s=30)
        app.force_quit()
        app.expect_exit(cause=ExitCause.USER_FORCE_QUIT, within_s=10)
        device.settings.set_background_refresh(BackgroundRefresh.OFF)
        assert app.do("probe").detail["background_refresh"] == "denied"
        device.settings.set_background_refresh(BackgroundRefresh.ON)
        device.settings.set_app_refresh(False)
        assert app.do("probe").detail["background_refresh"] == "denied"

    told(theatre, story)


def test_a_finger_works_the_app_by_its_urls_and_its_buttons(theatre: Theatre) -> None:
    with theatre.stage("correct", NOTHING) as stage:
        device, app, timeline = stage.device, stage.app, stage.session.timeline
        assert {Rung.OPEN_URL, Rung.TAP, Rung.NOTIFICATIONS} <= device.rungs
        app.open_url(f"harness-downloader://do?do=probe&command=by-url&nonce={timeline.nonce}")
        app.expect_state(AppState.FOREGROUND_ACTIVE, within_s=10)
        app.tap("probe")
        device.wait(2)
        seen = timeline.evidence().of_app(CallbackSeen, app.bundle_id)
        done = [line.detail for line in seen if line.name == ACKNOWLEDGED and line.detail]
        probed = {detail["command"] for detail in done if detail["do"] == "probe"}
        assert "by-url" in probed
        assert len(probed) == 2
        for act in (lambda: app.tap("no-such-button"), app.tap_notification):
            with pytest.raises(ScreenUnexpected):
                act()
        app.background(by="home")
        with pytest.raises(ScreenUnexpected):
            app.tap("probe")


def test_siri_is_told_and_leaves_the_home_screen(theatre: Theatre) -> None:
    def story(device: Device, app: App) -> None:
        # What Siri changes nobody notes: what is to be put back is set before she is asked.
        device.settings.set_airplane_mode(False)
        app.launch()
        device.ask_siri("turn on airplane mode")
        app.expect_state(AppState.SUSPENDED, within_s=30)
        assert device.settings.airplane_mode()

    told(theatre, story)


def test_what_a_story_changed_is_as_it_was_for_the_next(theatre: Theatre) -> None:
    def story(app: App) -> None:
        assert app.do("probe").detail["background_refresh"] == "available"

    told(theatre, story)


def test_wifi_is_switched_and_transfers_go_by_cellular(theatre: Theatre) -> None:
    def story(device: Device, app: App, origin: Origin) -> None:
        app.launch()
        device.network.wifi_off()
        first = origin.file("first", size_bytes=10_000)
        app.do("start-download", url=first.url, id="a")
        app.expect_transfer(first.name, requests=1, interface=Interface.CELLULAR, within_s=20)

    seen = told(theatre, story)
    assert [receipt.header("X-Phone-Interface") for receipt in seen.origin.receipts] == ["cellular"]


def test_an_upload_comes_whole(theatre: Theatre) -> None:
    def story(app: App, origin: Origin) -> None:
        inbox = origin.upload("body", hold_after_bytes=1_000)
        app.launch()
        app.do("start-upload", url=inbox.url, id="u1", size_bytes=50_000)
        inbox.release()
        app.expect_transfer(inbox.name, requests=1, within_s=20)
        (body,) = inbox.bodies
        assert len(body.content) > 50_000

    told(theatre, story, "correct-uploader")


@pytest.mark.parametrize("variant", ["correct", "correct-uploader"])
def test_an_earlier_test_leaves_a_transfer_of_the_apps_own_kind(theatre: Theatre, variant: str) -> None:
    with theatre.stage(variant, LEFTOVER) as stage:
        assert stage.leftover is not None
        assert [receipt.held for receipt in stage.leftover.run.receipts] == [True]
