"""Induced conditions, and where the phone believes to be."""

from __future__ import annotations

import pytest

from harness.virtual.kernel.conditions import Conditions, Thermal
from harness.virtual.kernel.developer.induced import (
    CONDITIONS,
    NETWORK,
    THERMAL,
    ConditionActive,
    Induced,
    InducedConditions,
    NoSuchCondition,
)
from harness.virtual.kernel.developer.location import HOME, Location, NoSuchPlace, Place

ME, OTHER = object(), object()


def test_an_induced_heat_gives_way_to_the_heat_there_was() -> None:
    conditions = Conditions(17)
    conditions.heat(Thermal.FAIR)
    induced = InducedConditions(conditions)
    induced.enable(THERMAL, "ThermalCritical", ME)
    assert conditions.thermal is Thermal.CRITICAL
    induced.disable()
    assert conditions.thermal is Thermal.FAIR


def test_only_its_owner_takes_a_condition_along() -> None:
    induced = InducedConditions(Conditions(17))
    induced.enable(NETWORK, "SlowNetwork3GGood", ME)
    induced.disable_if_of(OTHER)
    assert induced.link is CONDITIONS[NETWORK].profiles["SlowNetwork3GGood"].link
    induced.disable_if_of(ME)
    assert induced.link is None


def test_one_condition_at_a_time_and_only_those_there_are() -> None:
    induced = InducedConditions(Conditions(17))
    told = list[Induced | None]()
    induced.observe(told.append)
    with pytest.raises(NoSuchCondition, match="SlowNetworkTin"):
        induced.enable(NETWORK, "SlowNetworkTin", ME)
    with pytest.raises(NoSuchCondition, match="ThermalFair"):
        induced.enable(NETWORK, "ThermalFair", ME)
    induced.enable(NETWORK, "SlowNetworkLTE", ME)
    with pytest.raises(ConditionActive, match="SlowNetworkLTE"):
        induced.enable(THERMAL, "ThermalFair", ME)
    induced.disable()
    induced.disable()
    assert [one.profile.identifier if one else None for one in told] == ["SlowNetworkLTE", None]


def test_what_a_profile_does_stands_in_its_description() -> None:
    text = CONDITIONS[NETWORK].profiles["SlowNetwork100PctLoss"].description
    assert "Downlink Bandwidth: 0 Mbps\nDownlink Latency:0 ms\nDownlink Packet Loss Ratio: 100%" in text


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(90.1, 0), (0, -180.1), (float("nan"), 0), (0, float("inf"))]
)
def test_what_is_no_place_is_refused(latitude: float, longitude: float) -> None:
    with pytest.raises(NoSuchPlace):
        Place(latitude, longitude)


def test_the_newest_simulation_counts_and_only_its_owner_takes_it_along() -> None:
    location = Location()
    told = list[Place]()
    location.observe(told.append)
    location.simulate(Place(1, 2), ME)
    location.simulate(Place(3, 4), OTHER)
    location.stop_if_of(ME)
    assert location.place == Place(3, 4)
    location.stop_if_of(OTHER)
    location.stop()
    assert told == [Place(1, 2), Place(3, 4), HOME]
    assert not location.simulated
