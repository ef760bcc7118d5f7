"""The ladder of Wi-Fi, step by step, by the real driver and the real screen; each time the phone is asked.

A step is taken away by what takes it away from a real phone where there is such a thing: the service that is
refused. A screen without the switch is no fault of a phone, so there something stands before the screen.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.api.accesspoint import AccessPoint
from harness.errors import CapabilityMissing, SettingNotApplied
from harness.model.capabilities import Phone
from harness.model.facts import SettingChanged
from harness.model.ladder import By, Fidelity
from harness.model.screen import UserInterface
from harness.virtual.control_client import open_control
from tests.acceptance.conditions import NOTHING
from tests.acceptance.cuts import CutPhone
from tests.acceptance.stage import Stage, Theatre, open_theatre

SERVICE = "com.apple.mobile.MCInstall"
"""The configuration service."""

LOG = "said.txt"
"""Where an access point writes down what it is told."""

RADIO = ("set_wifi", "wifi", "ask_siri")
"""Verbs of a screen that have to do with the radio."""

RANGES = ("wifi-in-range", "cellular")
"""What leads a phone to a network, by the words for it at the control socket."""


class Screen:
    """The real screen, on which some things cannot be done.

    Args:
        inner: the real one.
        missing: names of verbs that it lacks.
    """

    def __init__(self, inner: UserInterface, missing: frozenset[str]) -> None:
        self._inner = inner
        self._missing = missing

    def __getattr__(self, verb: str) -> Any:
        if verb in self._missing:
            raise CapabilityMissing(f"this screen has no {verb}", phone="v")
        return getattr(self._inner, verb)


def lacking(*missing: str) -> Callable[[Phone], CutPhone]:
    """A phone whose screen lacks some verbs."""

    class Lacking(CutPhone):
        @property
        def ui(self) -> Any:
            """See ``Phone``."""
            return Screen(super().ui, frozenset(missing))

    return Lacking


@pytest.fixture(scope="module", params=["16.7", "18.5"])
def theatre(request: pytest.FixtureRequest) -> Iterator[Theatre]:
    """One whose phone refuses the configuration service."""
    with open_theatre(request.param) as opened:
        ask(opened, "refuse-service", service=SERVICE)
        yield opened


def ask(theatre: Theatre, verb: str, **given: object) -> dict[str, Any]:
    with open_control(theatre.control) as control:
        return control.ask({"do": verb, **given}) or {}


def wifi_is_on(theatre: Theatre) -> bool:
    return bool(ask(theatre, "show")["wifi_on"])


def stage(
    theatre: Theatre, *missing: str, access_point: AccessPoint | None = None
) -> AbstractContextManager[Stage]:
    """A stage on a phone whose screen lacks some verbs."""
    return theatre.stage("correct", NOTHING, around=lacking(*missing), access_point=access_point)


@pytest.fixture
def access_point(tmp_path: Path) -> AccessPoint:
    """One that writes down what it is told."""
    script = f"import sys; open({LOG!r}, 'a').write(sys.argv[1] + ' ')"
    return AccessPoint((sys.executable, "-c", script, "{state}"), tmp_path)


def told_to(access_point: AccessPoint) -> list[str]:
    log = access_point.directory / LOG
    return log.read_text().split() if log.exists() else []


def the_change(stage: Stage) -> SettingChanged:
    (changed,) = changes(stage)
    return changed


def changes(stage: Stage) -> list[SettingChanged]:
    return list(stage.session.timeline.evidence().of(SettingChanged))


@pytest.mark.parametrize(
    ("missing", "by"),
    [((), By.SETTINGS), (("set_wifi",), By.SIRI)],
    ids=["no service", "no service and no switch"],
)
def test_the_radio_is_switched_by_the_next_step_that_is_there(
    theatre: Theatre, missing: tuple[str, ...], by: By, access_point: AccessPoint
) -> None:
    with stage(theatre, *missing, access_point=access_point) as told:
        told.device.network.wifi_off(stands_in=True)
        assert not wifi_is_on(theatre)
        changed = the_change(told)
        assert (changed.by, changed.fidelity, changed.value) == (by, Fidelity.SAME, "off")
        assert changed.passed_over.startswith(f"{By.CONFIGURATION_SERVICE}: ")
        assert told_to(access_point) == []
    assert wifi_is_on(theatre)
    assert told_to(access_point) == ["on"], "whoever puts Wi-Fi back lets the phone in, too"


def test_where_nothing_switches_the_radio_the_access_point_keeps_the_phone_off(
    theatre: Theatre, access_point: AccessPoint
) -> None:
    with stage(theatre, *RADIO, access_point=access_point) as told:
        told.device.network.wifi_off(stands_in=True)
        assert wifi_is_on(theatre), "its switch stays on"
        changed = the_change(told)
        assert (changed.by, changed.fidelity) == (By.ACCESS_POINT, Fidelity.STANDS_IN)
        passed = [step.partition(": ")[0] for step in changed.passed_over.split("; ")]
        assert passed == [By.CONFIGURATION_SERVICE, By.SETTINGS, By.SIRI]
        assert told_to(access_point) == ["off"]
    assert told_to(access_point) == ["off", "on"]


def test_where_nothing_else_is_there_every_packet_is_lost_if_that_will_do(theatre: Theatre) -> None:
    with stage(theatre, *RADIO) as told:
        app, device, origin = told.app, told.device, told.origin
        app.launch()
        with pytest.raises(CapabilityMissing, match="nothing here changes wifi"):
            device.network.wifi_off()
        device.network.wifi_off(stands_in=True)
        assert wifi_is_on(theatre), "it stays associated"
        changed = the_change(told)
        assert (changed.by, changed.fidelity) == (By.ALL_LOST, Fidelity.STANDS_IN)
        episode = origin.file("a.bin", size_bytes=10_000)
        app.do("start-download", url=episode.url, id="a")
        device.wait(20)
        assert origin.receipts == ()
        back = device.network.wifi_on()
        app.expect_transfer(episode.name, since=back, within_s=600)


def test_a_switch_that_does_not_take_is_an_error_and_no_other_step_is_tried(
    theatre: Theatre, access_point: AccessPoint
) -> None:
    with stage(theatre, access_point=access_point) as told:
        ask(theatre, "ignore-switches", switch=True)
        try:
            with pytest.raises(SettingNotApplied):
                told.device.network.wifi_off(stands_in=True)
        finally:
            ask(theatre, "ignore-switches", switch=False)
        assert changes(told) == []
        assert told_to(access_point) == []
        assert wifi_is_on(theatre)


def test_siri_who_does_not_do_it_is_an_error_and_no_other_step_is_tried(
    theatre: Theatre, access_point: AccessPoint
) -> None:
    with stage(theatre, "set_wifi", access_point=access_point) as told:
        with without_a_network(theatre), pytest.raises(SettingNotApplied, match="Siri was told"):
            told.device.network.wifi_off(stands_in=True)
        assert changes(told) == []
        assert told_to(access_point) == []
        assert wifi_is_on(theatre)


@contextmanager
def without_a_network(theatre: Theatre) -> Generator[None]:
    """The phone is in a cellar: its radios are on and reach nothing, and Siri needs a network."""
    for radio in RANGES:
        ask(theatre, radio, switch=False)
    try:
        yield
    finally:
        for radio in RANGES:
            ask(theatre, radio, switch=True)
