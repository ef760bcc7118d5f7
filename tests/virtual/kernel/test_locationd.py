"""Regions: who is told of a crossing, woken or launched for it, and who is not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.model.states import AppState
from harness.virtual.apps.location import (
    LAUNCH_OPTION,
    CLCircularRegion,
    CLLocationManager,
    CLLocationManagerDelegate,
)
from harness.virtual.apps.uikit import UIApplication, UIApplicationDelegate
from harness.virtual.kernel.background.figures import CROSSING_AFTER_S, REGIONS_PER_APP
from harness.virtual.kernel.background.locationd import distance_m
from harness.virtual.kernel.developer.location import HOME, Place
from tests.virtual.kernel.support import BUNDLE_ID, Bench

AT_HOME = CLCircularRegion(HOME.latitude_deg, HOME.longitude_deg, 200, "home")
AWAY = Place(HOME.latitude_deg + 1, HOME.longitude_deg)


class Traveller(UIApplicationDelegate, CLLocationManagerDelegate):
    """Watches its home; writes down what it is told and where it stood."""

    def __init__(self, told: list[str]) -> None:
        self.told = told
        self.manager: CLLocationManager | None = None

    def application_did_finish_launching(
        self, application: UIApplication, options: Mapping[str, object]
    ) -> None:
        self.told.append(f"launched {bool(options.get(LAUNCH_OPTION))}")
        self.manager = CLLocationManager(self)
        self.manager.start_monitoring(AT_HOME)

    def location_manager_did_enter_region(self, manager: CLLocationManager, region: CLCircularRegion) -> None:
        self.told.append(f"entered {region.identifier}")

    def location_manager_did_exit_region(self, manager: CLLocationManager, region: CLCircularRegion) -> None:
        self.told.append(f"exited {region.identifier}")

    def location_manager_monitoring_did_fail(
        self, manager: CLLocationManager, region: CLCircularRegion
    ) -> None:
        self.told.append(f"failed {region.identifier}")


class Travels(Bench):
    """A phone with a traveller, whose region is watched."""

    def __init__(self, root: Path, *, ios: str = "17.5") -> None:
        self.told: list[str] = []
        super().__init__(root, ios=ios, delegate=lambda: Traveller(self.told))
        self.phone.launch(BUNDLE_ID)
        self.told.clear()

    def go(self, place: Place) -> None:
        """Be somewhere else, for long enough to count."""
        self.phone.location.simulate(place)
        self.wait(CROSSING_AFTER_S + 5)


def test_an_app_that_runs_is_told(tmp_path: Path) -> None:
    bench = Travels(tmp_path)
    bench.go(AWAY)
    bench.go(HOME)
    assert bench.told == ["exited home", "entered home"]


def test_a_suspended_app_is_resumed_and_told_and_suspended_again(tmp_path: Path) -> None:
    bench = Travels(tmp_path)
    pid = bench.suspend().pid
    bench.told.clear()
    bench.go(AWAY)
    assert bench.told == ["exited home"]
    assert bench.process.pid == pid
    bench.wait(60)
    assert bench.reported()[-3:] == [2, 4, 2]


def test_an_app_without_a_process_is_launched_for_it_and_told_so(tmp_path: Path) -> None:
    bench = Travels(tmp_path)
    bench.phone.signal(bench.suspend().pid, 9)
    bench.told.clear()
    bench.go(AWAY)
    assert bench.told == ["launched True", "exited home"]
    assert any("from locationd:" in line for line in bench.lines("SpringBoard"))
    bench.wait(60)
    assert bench.state is AppState.SUSPENDED


def test_an_edge_that_is_crossed_back_at_once_was_not_crossed(tmp_path: Path) -> None:
    bench = Travels(tmp_path)
    bench.phone.location.simulate(AWAY)
    bench.wait(CROSSING_AFTER_S / 2)
    bench.go(HOME)
    assert bench.told == []


@pytest.mark.parametrize(("ios", "launched"), [("15.8", True), ("18.5", True), ("26.0", False)])
def test_what_was_swiped_away_is_launched_by_the_table_of_versions(
    tmp_path: Path, ios: str, launched: bool
) -> None:
    bench = Travels(tmp_path, ios=ios)
    bench.phone.force_quit(BUNDLE_ID)
    bench.go(AWAY)
    assert (bench.told != []) is launched
    assert bench.phone.is_force_quit(BUNDLE_ID)


def test_a_restart_lets_location_launch_what_was_swiped_away(tmp_path: Path) -> None:
    bench = Travels(tmp_path, ios="26.0")
    bench.phone.force_quit(BUNDLE_ID)
    bench.phone.reboot()
    bench.wait(60)
    bench.go(AWAY)
    assert bench.told == ["launched True", "exited home"]
    assert bench.phone.wake_in_background(BUNDLE_ID, "apsd", "push") is not None, "it runs"
    bench.phone.signal(bench.process.pid, 9)
    assert bench.phone.wake_in_background(BUNDLE_ID, "apsd", "push") is None, "the flag is still there"


def test_a_crossing_on_a_phone_that_is_off_is_lost(tmp_path: Path) -> None:
    bench = Travels(tmp_path)
    bench.phone.shut_down()
    bench.go(AWAY)
    assert bench.told == []
    assert bench.state is AppState.NOT_RUNNING


def test_a_region_is_watched_until_the_app_takes_it_back_or_is_uninstalled(tmp_path: Path) -> None:
    bench = Travels(tmp_path)
    delegate = bench.process.delegate
    assert isinstance(delegate, Traveller)
    manager = delegate.manager
    assert manager is not None
    assert manager.monitored_regions == (AT_HOME,)
    manager.stop_monitoring(AT_HOME)
    assert manager.monitored_regions == ()
    manager.start_monitoring(AT_HOME)
    bench.phone.uninstall(BUNDLE_ID)
    assert bench.phone.locationd.regions_of(BUNDLE_ID) == ()


def test_an_app_that_wants_too_many_is_told_that_one_failed(tmp_path: Path) -> None:
    bench = Travels(tmp_path)
    delegate = bench.process.delegate
    assert isinstance(delegate, Traveller)
    assert delegate.manager is not None
    for number in range(REGIONS_PER_APP):
        delegate.manager.start_monitoring(CLCircularRegion(0, 0, 100, f"r{number}"))
    assert bench.told == [f"failed r{REGIONS_PER_APP - 1}"]
    assert len(delegate.manager.monitored_regions) == REGIONS_PER_APP


def test_a_degree_of_latitude_is_some_111_kilometres() -> None:
    assert distance_m(HOME, AWAY) == pytest.approx(111_195, rel=1e-3)
    assert distance_m(Place(0, 179.5), Place(0, -179.5)) == pytest.approx(111_195, rel=1e-3)
