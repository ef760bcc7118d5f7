"""Every fault of a virtual phone's screen ends each verb in what has to come of it, or in an error by name.

The table below says which. What is the same for all of its cells is in ``faulty``: a verb that returns has
done it, as the kernel shows; an error names the phone and a remedy, and has changed nothing on the side; and
once the fault is taken back, the same screen works. The outcomes are those of every kind of phone.

By default some verbs are tried with each fault; ``--every-ui-fault`` tries all, on each kind of phone, and
has the faults strike at other moments, too, of which only what is common to all cells is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from harness.drivers.ui.appium.server import AppiumServer
from harness.drivers.ui.ways import RUNNER, UiWay, Via
from tests.virtual.ui.desk import Kind
from tests.virtual.ui.fault_table import AMID, CUT, FAULTS, VERBS
from tests.virtual.ui.faulty import Fault, Verb, answers_soon_or_never, over_cable, prompt, without_cable

__all__ = ["prompt"]

pytestmark = pytest.mark.usefixtures("prompt")

PHONES = (Kind("15.8", "iPhone9,3"), Kind("16.7", "iPhone10,3"), Kind("26.0", "iPhone17,3"))
"""With a home button, and with two shapes of Settings."""

MOMENTS = (2, 3, 7, 11, 16, 23, 31)
"""Before which faults strike, too, if every one is to be tried."""

SOME_OF_THEM = 101
"""Of cells at other moments, one in so many is tried anyway."""

DONE, OVER = "done", "over before"

SHORT = "terminate open_url go_home lock unlock"
"""Verbs that are over before something can strike amid them."""

LOOKING_NOT = "terminate lock unlock"
"""Verbs of a single touch, and nothing that is looked for before."""

ELEMENTLESS = f"{SHORT} ask_siri"
"""Verbs that find no element that has to be there."""

OF_REFRESH = "background_refresh set_background_refresh app_refresh set_app_refresh"

SETTINGS = f"{OF_REFRESH} low_power set_low_power wifi set_wifi airplane_mode set_airplane_mode"


def _row(usually: str, /, **unlike: str) -> Mapping[str, str]:
    """What comes of each verb: ``usually``, or the error after which the keyword is called that lists it."""
    others = {verb: word for word, verbs in unlike.items() for verb in verbs.split()}
    return {verb.name: others.get(verb.name, usually).replace("_", " ") for verb in VERBS}


_FOUND_AND_SENT_AWAY = _row(DONE)
_SENT_AWAY_OR_TOLD = _row(DONE, ScreenUnexpected="tap", over_before=SHORT)

EXPECTED: Mapping[str, Mapping[str, str]] = {
    # Only touches are not repeated, of which nobody knows whether they were done.
    "runner crashes at once": _row(DONE, RunnerFailed=LOOKING_NOT),
    "runner crashes amid it": _row(DONE, RunnerFailed="swipe_away tap tap_notification", over_before=SHORT),
    "runner crashes again and again": _row("RunnerFailed", done="open_url tap go_home"),
    "runner fails once": _row("ScreenUnexpected"),
    "runner fails once amid it": _row("ScreenUnexpected", over_before=SHORT),
    "runner fails always": _row("ScreenUnexpected", over_before=SHORT),
    "runner is too slow": _row("CommandTimeout", over_before=SHORT),
    # Settings reads again what Wi-Fi took the answer of; Siri's caller has to.
    "session goes with Wi-Fi": _row(DONE, RunnerFailed="ask_siri"),
    "another client at once": _row(DONE),
    "another client amid it": _row(DONE, over_before=SHORT),
    "another client again and again": _row("ScreenUnexpected", done=ELEMENTLESS),
    "elements go stale once": _row(DONE, over_before=SHORT),
    "elements are always stale": _row("ScreenUnexpected", done=ELEMENTLESS),
    # The positions of Background App Refresh are rows, and no switches.
    "switches ignore taps": _row(
        DONE, SettingNotApplied="set_app_refresh set_low_power set_wifi set_airplane_mode"
    ),
    "automation not allowed": _row("RunnerFailed"),
    "automation not allowed, with passcode": _row("RunnerFailed"),
    "runner not installed": _row("RunnerFailed"),
    "a port is taken": _row(DONE),
    "all ports are taken": _row("RunnerFailed"),
    "software-update alert at once": _FOUND_AND_SENT_AWAY,
    "software-update alert amid it": _SENT_AWAY_OR_TOLD,
    "low-battery alert at once": _FOUND_AND_SENT_AWAY,
    "low-battery alert amid it": _SENT_AWAY_OR_TOLD,
    "trust alert at once": _FOUND_AND_SENT_AWAY,
    "trust alert amid it": _SENT_AWAY_OR_TOLD,
    "permission alert at once": _row("ScreenUnexpected", done=LOOKING_NOT),
    "permission alert amid it": _row("ScreenUnexpected", done="ask_siri", over_before=SHORT),
    "phone is locked": _row("DeviceLocked", done=f"{LOOKING_NOT} tap_notification"),
    "phone is locked by passcode": _row("RunnerFailed"),
    "phone gets locked amid it": _row(
        "ScreenUnexpected", done="tap_notification ask_siri", over_before=SHORT
    ),
    "Settings ends amid it": _row(DONE, ScreenUnexpected=SETTINGS, over_before=SHORT),
    "icon is in a folder": _row(DONE, ScreenUnexpected="tap_icon"),
    "card is gone": _row(DONE, AppNotRunning="swipe_away", ScreenUnexpected="tap"),
    "refresh is restricted": _row(DONE, SetupImpossible=OF_REFRESH),
    "Low Power Mode is on": _row(DONE, SetupImpossible=OF_REFRESH),
}
"""Fault -> verb -> what comes of it: ``done``, an error, or ``over before`` the fault could strike."""

_FAULTS = {fault.name: fault for fault in FAULTS}
_VERBS = {verb.name: verb for verb in VERBS}

Cell = tuple[Kind, Fault, Verb]


def _all() -> Iterator[Cell]:
    for phone in PHONES:
        for fault in FAULTS:
            for verb in VERBS:
                yield phone, fault, verb


def _at_other_moments() -> Iterator[Cell]:
    for fault in FAULTS:
        for at in MOMENTS if fault.at == AMID and not fault.is_slow else ():
            for verb in VERBS:
                if verb.name not in SHORT:
                    yield PHONES[at % len(PHONES)], replace(fault, name=f"{fault}, before {at}", at=at), verb


def _some() -> Iterator[Cell]:
    """A verb for each thing that comes of a fault, and at least two; every verb at least twice."""
    tried = Counter[str]()
    for number, fault in enumerate(FAULTS):
        for verb in _verbs_for(fault, tried):
            tried[verb.name] += 1
            yield PHONES[(number + tried[verb.name]) % len(PHONES)], fault, verb


def _verbs_for(fault: Fault, tried: Counter[str]) -> list[Verb]:
    expected = EXPECTED[fault.name]
    struck = sorted((verb for verb in VERBS if expected[verb.name] != OVER), key=lambda v: tried[v.name])
    chosen = list({expected[verb.name]: verb for verb in reversed(struck)}.values())
    return chosen if len(chosen) > 1 else struck[:2]


def _name(cell: Cell) -> str:
    phone, fault, verb = cell
    return f"{phone.ios}-{fault}-{verb}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    every = metafunc.config.getoption("--every-ui-fault")
    cells: list[Cell] = []
    if metafunc.function is test_a_fault_ends_a_verb_as_the_table_says:
        cells = list(_all() if every else _some())
    if metafunc.function is test_a_fault_at_another_moment_ends_a_verb_by_name_or_not_at_all:
        cells = list(_at_other_moments())
        cells = cells if every else cells[::SOME_OF_THEM]
    if cells:
        metafunc.parametrize("cell", cells, ids=[_name(cell) for cell in cells])


def test_the_table_has_every_fault_and_a_covering_choice_of_its_cells() -> None:
    assert list(EXPECTED) == [fault.name for fault in FAULTS]
    chosen = list(_some())
    assert min(Counter(fault.name for _, fault, _ in chosen).values()) >= 2
    assert min(Counter(verb.name for _, _, verb in chosen).values()) >= 2
    assert {verb.name for _, _, verb in chosen} == {verb.name for verb in VERBS}


def test_a_fault_ends_a_verb_as_the_table_says(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    phone, fault, verb = cell
    if fault.is_slow:
        answers_soon_or_never(monkeypatch)
    came = without_cable(phone, fault, verb)
    assert came.word == EXPECTED[fault.name][verb.name], came.error


def test_a_fault_at_another_moment_ends_a_verb_by_name_or_not_at_all(cell: Cell) -> None:
    without_cable(*cell)


# At a cable, and through a server in between.

OVER_CABLE = [
    ("set_wifi", "DeviceLost"),
    ("swipe_away", "DeviceLost"),
    ("tap", "DeviceLost"),
]


@pytest.mark.parametrize(("verb", "expected"), OVER_CABLE)
def test_a_cable_that_is_cut_amid_a_verb_ends_it_and_the_same_screen_works_again(
    verb: str, expected: str
) -> None:
    assert over_cable(CUT, _VERBS[verb], UiWay()).word == expected


THROUGH_APPIUM = [
    ("runner crashes at once", "set_wifi", DONE),
    ("runner crashes amid it", "tap", "RunnerFailed"),
    ("another client amid it", "set_low_power", DONE),
    ("elements go stale once", "set_background_refresh", DONE),
    ("switches ignore taps", "set_wifi", "SettingNotApplied"),
    ("software-update alert amid it", "swipe_away", DONE),
    ("software-update alert amid it", "tap", "ScreenUnexpected"),
    ("permission alert at once", "tap_icon", "ScreenUnexpected"),
    ("session goes with Wi-Fi", "set_wifi", DONE),
    ("runner not installed", "wifi", "RunnerFailed"),
    # A search that failed is made again, which its driver tells from a miss in no other way.
    ("runner fails once amid it", "low_power", DONE),
    ("card is gone", "swipe_away", "AppNotRunning"),
]


@pytest.mark.judge("appium")
@pytest.mark.parametrize(("fault", "verb", "expected"), THROUGH_APPIUM)
def test_a_fault_ends_a_verb_through_appium_in_the_same_way(
    appium: AppiumServer, fault: str, verb: str, expected: str
) -> None:
    way = UiWay(Via.APPIUM, RUNNER, appium.url)
    came = over_cable(_FAULTS[fault], _VERBS[verb], way)
    assert came.word == expected, came.error
