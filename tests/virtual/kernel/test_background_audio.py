"""Sound keeps an app running, where it may and only while there is any."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.model.states import AppState
from harness.virtual.apps.audio import AVAudioPlayer, AVAudioRecorder, AVAudioSession, Category
from harness.virtual.apps.uikit import UIApplication
from tests.virtual.kernel.support import BUNDLE_ID, Bench

MODES = ("audio",)
Callbacks = dict[str, Callable[[UIApplication], None]]


def play_in(category: Category, *, lasts_s: float | None = None) -> None:
    session = AVAudioSession.shared_instance()
    session.set_category(category)
    session.set_active(True)
    AVAudioPlayer(lasts_s).play()


def when_active(act: Callable[[], object]) -> Callbacks:
    def run(_: UIApplication) -> None:
        act()

    return {"active": run}


def leave(bench: Bench, *, for_s: float = 600) -> AppState:
    bench.phone.launch(BUNDLE_ID)
    bench.phone.press_home()
    bench.wait(for_s)
    return bench.state


def test_an_app_that_plays_goes_on_running(tmp_path: Path) -> None:
    bench = Bench(tmp_path, modes=MODES, on=when_active(lambda: play_in(Category.PLAYBACK)))
    assert leave(bench) is AppState.BACKGROUND_RUNNING
    assert any("Audio Playback" in line for line in bench.lines("runningboardd"))


@pytest.mark.parametrize(
    ("modes", "category"),
    [((), Category.PLAYBACK), (("fetch",), Category.PLAYBACK), (MODES, Category.AMBIENT)],
)
def test_an_app_that_may_not_go_on_is_suspended_and_its_sound_with_it(
    tmp_path: Path, modes: tuple[str, ...], category: Category
) -> None:
    players: list[AVAudioPlayer] = []

    def play() -> None:
        AVAudioSession.shared_instance().set_category(category)
        players.append(AVAudioPlayer())
        players[0].play()

    bench = Bench(tmp_path, modes=modes, on=when_active(play))
    assert leave(bench) is AppState.SUSPENDED
    assert not players[0].is_playing


def test_a_session_that_is_active_and_silent_keeps_nobody_running(tmp_path: Path) -> None:
    def set_up() -> None:
        session = AVAudioSession.shared_instance()
        session.set_category(Category.PLAYBACK)
        session.set_active(True)

    bench = Bench(tmp_path, modes=MODES, on=when_active(set_up))
    assert leave(bench) is AppState.SUSPENDED


def test_an_app_is_suspended_when_its_sound_is_over_and_hears_of_that_first(tmp_path: Path) -> None:
    told: list[AppState] = []

    def play() -> None:
        AVAudioSession.shared_instance().set_category(Category.PLAYBACK)
        AVAudioPlayer(60, lambda: told.append(bench.state)).play()

    bench = Bench(tmp_path, modes=MODES, on=when_active(play))
    assert leave(bench, for_s=55) is AppState.BACKGROUND_RUNNING
    bench.wait(10)
    assert told == [AppState.BACKGROUND_RUNNING]
    assert bench.state is AppState.SUSPENDED


def test_deactivating_the_session_ends_the_sound_and_the_running(tmp_path: Path) -> None:
    bench = Bench(tmp_path, modes=MODES, on=when_active(lambda: play_in(Category.PLAYBACK)))
    assert leave(bench) is AppState.BACKGROUND_RUNNING
    bench.process.enqueue(lambda: AVAudioSession.shared_instance().set_active(False))
    bench.wait(5)
    assert bench.state is AppState.SUSPENDED


def test_a_recording_goes_on_in_the_background_and_is_not_begun_there(tmp_path: Path) -> None:
    begun: list[bool] = []

    def record(_: UIApplication) -> None:
        AVAudioSession.shared_instance().set_category(Category.PLAY_AND_RECORD)
        begun.append(AVAudioRecorder().record())

    bench = Bench(tmp_path, modes=MODES, on={"active": record, "background": record})
    assert leave(bench) is AppState.BACKGROUND_RUNNING
    assert begun == [True, False]


def test_a_process_takes_its_sound_along(tmp_path: Path) -> None:
    bench = Bench(tmp_path, modes=MODES, on=when_active(lambda: play_in(Category.PLAYBACK, lasts_s=60)))
    leave(bench, for_s=5)
    bench.phone.signal(bench.process.pid, 9)
    bench.phone.launch(BUNDLE_ID, activate_suspended=True)
    bench.wait(600)
    assert bench.state is AppState.SUSPENDED
