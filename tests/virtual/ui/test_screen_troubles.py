"""What goes wrong on virtual phones' screens: each trouble is got over, or ends in an error that names it."""

from __future__ import annotations

import functools
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pytest

from harness.drivers.ui import screen as screen_module
from harness.drivers.ui.pages import siri, switches
from harness.drivers.ui.pages.locators import read_locators
from harness.errors import RunnerFailed, ScreenUnexpected, SettingNotApplied
from harness.model.settings import BackgroundRefresh
from harness.virtual.apps.sample import DOWNLOADER
from harness.virtual.faults.screen_verbs import ALERTS
from harness.virtual.kernel.front.alerts import Alert, AlertKind
from harness.virtual.kernel.phone import VirtualPhone
from tests.virtual.ui.desk import KINDS, NEWS, USUAL, Desk, Kind, Prepare, at_desk

APP = DOWNLOADER.bundle_id

on_narrow_and_wide_switches = pytest.mark.parametrize("kind", [KINDS[0], USUAL], ids=str)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switches, "MOVES_S", 0.05)


# Switches and elements.


@pytest.mark.usefixtures("impatient")
@on_narrow_and_wide_switches
def test_a_switch_that_ignores_taps_is_told_with_both_readings(kind: Kind) -> None:
    async def check(desk: Desk) -> None:
        desk.phone.service_faults.screen.switches_ignore_taps = True
        with pytest.raises(SettingNotApplied, match="it read on before, and reads on after"):
            await desk.screen.set_wifi(False)
        assert desk.phone.conditions.wifi_on is True
        assert desk.phone.springboard.front is None

    at_desk(check, kind)


@on_narrow_and_wide_switches
def test_a_row_wide_switch_costs_no_waiting(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switches, "PLACES", 1)

    async def check(desk: Desk) -> None:
        await desk.screen.set_low_power(True)
        assert desk.phone.settings.low_power

    at_desk(check, kind)


@pytest.mark.usefixtures("still_screen")
def test_elements_that_are_stale_each_time_are_an_error() -> None:
    async def check(desk: Desk) -> None:
        desk.phone.service_faults.screen.make_stale(10_000)
        with pytest.raises(ScreenUnexpected):
            await desk.screen.set_wifi(False)
        assert desk.phone.conditions.wifi_on is True

    at_desk(check)


# Alerts.


@pytest.mark.parametrize(
    ("about", "what"),
    [
        ("software-update", "reminder of a software update"),
        ("low-battery", "warning of a low battery"),
        ("trust", "asks to be trusted"),
    ],
)
def test_what_a_phone_nags_about_is_sent_away_and_noted(about: str, what: str) -> None:
    async def check(desk: Desk) -> None:
        desk.phone.front.alerts.show(ALERTS[about])
        await desk.screen.set_wifi(False)
        assert desk.phone.conditions.wifi_on is False
        assert desk.phone.settings.low_power is False
        assert [what in note for note in desk.notes] == [True]

    at_desk(check)


@dataclass(frozen=True)
class _Verb:
    """A verb, what it needs, how many requests it takes, and what has to have come of it."""

    name: str
    do: Callable[[Desk], Awaitable[None]]
    requests: int
    was_done: Callable[[VirtualPhone], bool]
    prepare: Prepare = lambda phone: None


async def _app_refresh_off(desk: Desk) -> None:
    await desk.screen.set_app_refresh(await desk.app(NEWS), False)


def _is_in_front(phone: VirtualPhone) -> bool:
    return phone.springboard.front is not None and phone.springboard.front.bundle_id == APP


_VERBS = (
    _Verb(
        "position of refresh",
        lambda desk: desk.screen.set_background_refresh(BackgroundRefresh.OFF),
        90,
        lambda phone: phone.settings.background_refresh is BackgroundRefresh.OFF,
    ),
    _Verb(
        "refresh of an app", _app_refresh_off, 70, lambda phone: not phone.settings.refreshes(NEWS.bundle_id)
    ),
    _Verb("Wi-Fi", lambda desk: desk.screen.set_wifi(False), 50, lambda phone: not phone.conditions.wifi_on),
    _Verb(
        "app switcher",
        lambda desk: desk.screen.swipe_away(APP),
        16,
        lambda phone: phone.is_force_quit(APP) and phone.processes.of_bundle(APP) is None,
        lambda phone: phone.user_launch(APP),
    ),
    _Verb("icon", lambda desk: desk.screen.tap_icon(APP), 12, _is_in_front),
    _Verb(
        "notification",
        lambda desk: desk.screen.tap_notification(APP),
        8,
        _is_in_front,
        lambda phone: phone.front.post_notification(APP, "Done", ""),
    ),
)

_MOMENTS = [
    pytest.param(verb, place, id=f"{verb.name}-{place}")
    for verb in _VERBS
    for place in range(0, verb.requests, max(verb.requests // 7, 1))
]

_PLACED = {
    "test_an_alert_that_comes_at_any_moment_of_a_verb_does_not_stop_it": (_MOMENTS[0::3], _MOMENTS),
    "test_an_element_that_goes_stale_at_any_moment_of_a_verb_is_found_anew": (_MOMENTS[1::3], _MOMENTS),
}
"""Test -> the moments at which its trouble comes, and those with ``--every-screen``."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    is_every = bool(metafunc.config.getoption("--every-screen"))
    if metafunc.function.__name__ in _PLACED:
        metafunc.parametrize(("verb", "place"), _PLACED[metafunc.function.__name__][is_every])
    if "requests_before" in metafunc.fixturenames:
        metafunc.parametrize("requests_before", range(0, 50, 5 if is_every else 12))


@pytest.mark.usefixtures("still_screen")
def test_an_alert_that_comes_at_any_moment_of_a_verb_does_not_stop_it(verb: _Verb, place: int) -> None:
    async def check(desk: Desk) -> None:
        await desk.screen.go_home()
        desk.before_request(place, lambda: desk.phone.front.alerts.show(ALERTS["software-update"]))
        await verb.do(desk)
        assert verb.was_done(desk.phone)

    at_desk(check, prepare=verb.prepare)


def test_an_element_that_goes_stale_at_any_moment_of_a_verb_is_found_anew(verb: _Verb, place: int) -> None:
    async def check(desk: Desk) -> None:
        await desk.screen.go_home()
        desk.before_request(place, lambda: desk.phone.service_faults.screen.make_stale(1))
        await verb.do(desk)
        assert verb.was_done(desk.phone)

    at_desk(check, prepare=verb.prepare)


def test_a_permission_is_nobodys_to_give_but_a_persons() -> None:
    async def check(desk: Desk) -> None:
        desk.phone.front.alerts.show(ALERTS["permission"])
        with pytest.raises(ScreenUnexpected, match="Would Like to Send") as raised:
            await desk.screen.tap_icon(APP)
        assert "'Don’t Allow', 'Allow'" in str(raised.value)
        assert desk.phone.front.alerts.showing is ALERTS["permission"]

    at_desk(check)


def test_leave_to_automate_says_what_to_do_by_hand() -> None:
    asked = Alert(AlertKind.ENABLE_UI_AUTOMATION, "Enable UI Automation", "A test.", ("Cancel", "Enable"))

    async def check(desk: Desk) -> None:
        await desk.screen.go_home()
        desk.phone.front.alerts.show(asked)
        with pytest.raises(RunnerFailed, match="leave to automate") as raised:
            await desk.screen.wifi()
        assert raised.value.fix is not None
        assert "on the phone" in raised.value.fix

    at_desk(check)


# The runner.


def test_a_session_that_goes_with_wifi_is_had_again_and_wifi_is_off() -> None:
    async def check(desk: Desk) -> None:
        desk.phone.service_faults.screen.loses_session_on_wifi = True
        for on in (False, True, False):
            await desk.screen.set_wifi(on)
            assert desk.phone.conditions.wifi_on is on

    at_desk(check)


def test_a_runner_that_crashes_amid_a_verb_ends_it_by_name_or_not_at_all(requests_before: int) -> None:
    async def check(desk: Desk) -> None:
        await desk.screen.go_home()
        desk.phone.service_faults.screen.crash(requests_before)
        try:
            await desk.screen.set_wifi(False)
        except RunnerFailed:
            await desk.screen.set_wifi(False)
        assert desk.phone.conditions.wifi_on is False
        assert await desk.screen.wifi() is False

    at_desk(check)


# Languages that the tables do not know.


_NO_SUCH_ROW = """in Background App Refresh:
    - ios: ">=15"
      by:
        - id: nothing of the kind"""


def _changed(directory: Path, pattern: str, by: str) -> Path:
    """The shipped tables with something else in the place of whatever fits a pattern."""
    text = files("harness.drivers.ui").joinpath("locators.yaml").read_text()
    changed, times = re.subn(pattern, by, text)
    assert times
    path = directory / "locators.yaml"
    path.write_text(changed)
    return path


def test_wifi_and_airplane_mode_need_no_word_of_any_language(
    each_kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _changed(tmp_path, r"labels: (&\w+ )?\[.*\]", r"labels: \1[Nothing of the kind]")
    monkeypatch.setattr(screen_module, "locators_for", functools.partial(read_locators, path))

    async def check(desk: Desk) -> None:
        await desk.screen.set_wifi(False)
        assert desk.phone.conditions.wifi_on is False
        await desk.screen.set_airplane_mode(True)
        assert desk.phone.conditions.airplane is True

    at_desk(check, each_kind)


# A list that shows no such name.


@pytest.mark.parametrize("kind", [USUAL, KINDS[6]], ids=str)
def test_an_app_that_the_list_does_not_show_is_set_on_its_own_page(
    kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _changed(tmp_path, r"in Background App Refresh:\n.*\n.*\n.*", _NO_SUCH_ROW)
    monkeypatch.setattr(screen_module, "locators_for", functools.partial(read_locators, path))

    async def check(desk: Desk) -> None:
        await desk.screen.set_app_refresh(await desk.app(NEWS), False)
        assert not desk.phone.settings.refreshes(NEWS.bundle_id)
        assert await desk.screen.app_refresh(await desk.app(NEWS)) is False

    at_desk(check, kind)


# Siri, whose answer nobody recognises.


def test_an_answer_of_siri_that_is_not_recognised_costs_time_and_is_no_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(siri, "ANSWERS_S", 0.05)
    path = _changed(tmp_path, "SiriServerUtterance", "Nothing of the kind")
    monkeypatch.setattr(screen_module, "locators_for", functools.partial(read_locators, path))

    async def check(desk: Desk) -> None:
        await desk.screen.ask_siri("Turn off Wi-Fi")
        assert desk.phone.conditions.wifi_on is False

    at_desk(check)
