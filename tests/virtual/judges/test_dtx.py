"""Channels of the instruments server judged by go-ios, which has a DTX of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from harness.virtual.address import RackAddress
from tests.virtual.judges.client import APP, Client

pytestmark = pytest.mark.judge("go-ios")

TRIES = 30
"""How often it is looked whether a condition is there; each look takes go-ios some 0.3 s."""


@pytest.fixture
def ios_16(rack: RackAddress) -> Iterator[Client]:
    """iOS 16.7, without the app after the test."""
    phone = rack.phones[0]
    client = Client(
        phone.name, phone.udid, {"USBMUXD_SOCKET_ADDRESS": rack.usbmux}, (f"--udid={phone.udid}",)
    )
    yield client
    client.run(f"ios kill {APP}")


def active_profiles(client: Client) -> dict[str, str]:
    """Condition -> its active profile, of those that are active."""
    conditions: list[dict[str, str]] = json.loads(client.says("ios devicestate list"))
    return {one["Identifier"]: one["ActiveProfile"] for one in conditions if one["IsActive"]}


def until_active(client: Client, wanted: dict[str, str]) -> None:
    seen: list[dict[str, str]] = []
    for _ in range(TRIES):
        seen.append(active_profiles(client))
        if seen[-1] == wanted:
            return
    raise AssertionError(f"never {wanted}, but {seen[-1]}")


def test_a_condition_is_active_while_the_client_that_enabled_it_is_there(ios_16: Client) -> None:
    with ios_16.start("ios devicestate enable SlowNetworkCondition SlowNetwork3GGood"):
        until_active(ios_16, {"SlowNetworkCondition": "SlowNetwork3GGood"})
    until_active(ios_16, {})


def test_a_second_condition_is_refused(ios_16: Client) -> None:
    with ios_16.start("ios devicestate enable ThermalCondition ThermalFair"):
        until_active(ios_16, {"ThermalCondition": "ThermalFair"})
        refused = ios_16.run("ios devicestate enable ThermalCondition ThermalSerious")
        assert refused.code != 0
        assert "A condition is already active." in refused.talk


def test_samples_of_the_processor_go_on(ios_16: Client) -> None:
    with ios_16.start("ios sysmontap") as samples:
        for _ in range(3):
            sample = json.loads(samples.until("received CPU usage data"))
            assert sample["cpu_count"] == sample["enabled_cpus"] > 0
            assert sample["cpu_total_load"] >= 0


def test_an_app_that_is_not_installed_is_refused_in_a_phones_words(ios_16: Client) -> None:
    refused = ios_16.run("ios launch no.such.app")
    assert refused.code != 0
    assert "Request to launch no.such.app failed" in refused.talk
    assert "com.apple.dt.deviceprocesscontrolservice" in refused.talk


def test_a_place_is_simulated_and_taken_back(ios_16: Client) -> None:
    ios_16.says("ios setlocation --lat=40.690008 --lon=-74.045843")
    ios_16.says("ios resetlocation")


def test_memory_limits_are_waived(ios_16: Client) -> None:
    answer = ios_16.run("ios memlimitoff --process=SpringBoard")
    assert answer.code == 0
    assert '"disabled":true' in answer.talk
