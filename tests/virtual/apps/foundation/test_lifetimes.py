"""Who keeps whom alive: sessions, their delegates, and the screens that are delegates."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.virtual.apps.foundation import (
    URLSession,
    URLSessionConfiguration,
    URLSessionDownloadDelegate,
    on_deinit,
)
from tests.virtual.apps.foundation.stage import BUNDLE_ID, URL, Notebook, Stage


@pytest.fixture(autouse=True)
def without_collector() -> Iterator[None]:
    """A phone has no collector of cycles: what goes here goes by counting references alone."""
    gc.disable()
    yield
    gc.enable()


class Screen(URLSessionDownloadDelegate):
    """A screen with a session of its own, whose delegate it is."""

    def __init__(self, configuration: URLSessionConfiguration, gone: list[str], name: str) -> None:
        on_deinit(self, lambda: gone.append(name))
        self.session = URLSession(configuration, self)


def default() -> URLSessionConfiguration:
    return URLSessionConfiguration.default()


def background() -> URLSessionConfiguration:
    return URLSessionConfiguration.background("uploads")


KINDS = pytest.mark.parametrize("configuration", [default, background])


@KINDS
def test_a_screen_that_is_let_go_without_invalidating_its_session_stays(
    tmp_path: Path, configuration: Callable[[], URLSessionConfiguration]
) -> None:
    stage, gone = Stage(tmp_path), list[str]()
    shown: list[Screen] = []
    stage.run(lambda: shown.append(Screen(configuration(), gone, "one")))
    stage.run(shown.clear)
    gc.collect()
    assert gone == []


@KINDS
def test_a_screen_that_invalidates_its_session_goes_when_it_is_let_go(
    tmp_path: Path, configuration: Callable[[], URLSessionConfiguration]
) -> None:
    stage, gone = Stage(tmp_path), list[str]()
    shown: list[Screen] = []
    stage.run(lambda: shown.append(Screen(configuration(), gone, "one")))
    stage.run(lambda: shown[0].session.finish_tasks_and_invalidate())
    assert gone == []
    stage.run(shown.clear)
    assert gone == ["one"]


@KINDS
def test_a_session_that_waits_for_its_tasks_keeps_its_delegate_until_the_last_is_told(
    tmp_path: Path, configuration: Callable[[], URLSessionConfiguration]
) -> None:
    stage, gone = Stage(tmp_path), list[str]()
    shown: list[Screen] = []

    def show() -> None:
        shown.append(Screen(configuration(), gone, "one"))
        shown[0].session.download_task(URL)
        shown[0].session.finish_tasks_and_invalidate()

    stage.run(show)
    session = shown[0].session
    stage.run(shown.clear)
    assert gone == []
    stage.run(session.invalidate_and_cancel)
    stage.phone.clock.tick(0.05)
    assert gone == ["one"]


def test_the_second_screen_of_one_identifier_leaks_too_and_is_told_nothing(tmp_path: Path) -> None:
    stage, gone = Stage(tmp_path), list[str]()
    first, second = Notebook(), Notebook()
    shown: list[Screen] = []

    def show() -> None:
        URLSession(background(), first)
        session = URLSession(background(), second)
        session.download_task(URL).cancel()
        shown.append(Screen(background(), gone, "third"))

    stage.run(show)
    stage.run(shown.clear)
    stage.phone.clock.tick(0.05)
    gc.collect()
    assert (first.told, second.told, gone) == (["end -999"], [], [])
    assert len(stage.said("A background URLSession with identifier uploads already exists!")) == 2


def test_a_second_session_of_one_identifier_that_is_invalidated_leaves_the_first_at_work(
    tmp_path: Path,
) -> None:
    stage = Stage(tmp_path)
    first, second = Notebook(), Notebook()
    sessions: list[URLSession] = []

    def open_two() -> None:
        sessions.extend(URLSession(background(), one) for one in (first, second))
        sessions[1].invalidate_and_cancel()

    stage.run(open_two)
    stage.run(lambda: sessions[0].download_task(URL).cancel())
    stage.phone.clock.tick(0.05)
    assert (first.told, second.told) == (["end -999"], ["invalid"])


def test_nobody_is_told_of_what_goes_with_its_process(tmp_path: Path) -> None:
    stage, gone = Stage(tmp_path), list[str]()
    shown: list[Screen] = []
    stage.run(lambda: shown.append(Screen(default(), gone, "one")))
    stage.phone.signal(stage.process.pid, 9)
    stage.phone.user_launch(BUNDLE_ID)
    shown.clear()
    gc.collect()
    assert gone == []
