"""What is said of how a phone is reached, and of what stands in the way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from harness.config.devices import Reach
from harness.drivers.pmd3.look import LockdownReading
from harness.farm.health import access
from harness.farm.health.patient import Patient
from harness.farm.health.result import Health, StageResult
from harness.farm.health.stages import STAGES, examine
from harness.model.identity import Connection
from tests.unit.farm.health.told import UDID, looked_at, patient

BOTH = (Connection.USB, Connection.NETWORK)


ThereBy = Callable[..., Patient]
"""Makes a phone that usbmuxd lists in some ways."""


@pytest.fixture
def there_by(monkeypatch: pytest.MonkeyPatch) -> ThereBy:
    def make(*listed: Connection, reach: Reach = Reach.ANY) -> Patient:
        async def ways(_: str | None) -> Mapping[str, tuple[Connection, ...]]:
            return {UDID: listed}

        monkeypatch.setattr(access, "ways", ways)
        who = patient()
        who.reach = reach
        return who

    return make


def _passcode(locked: bool) -> StageResult:
    who = patient()
    who.reading = LockdownReading(trusted=True, locked=locked, developer_mode=True)
    (stage,) = [replace(each, needs=()) for each in STAGES if each.name == "passcode"]
    return asyncio.run(examine(who, [stage]))[0]


@pytest.mark.parametrize(
    ("reach", "chosen"),
    [(Reach.ANY, Connection.USB), (Reach.USB, Connection.USB), (Reach.NETWORK, Connection.NETWORK)],
)
def test_a_phone_on_the_cable_and_on_wifi_is_one_phone_reached_as_devices_yaml_allows(
    there_by: ThereBy, reach: Reach, chosen: Connection
) -> None:
    who = there_by(*BOTH, reach=reach)
    found = looked_at(who, "seen")
    assert who.connection is chosen
    assert (found.health, found.detail) == (
        Health.OK,
        f"by usb and network, which are one phone; it is reached by {chosen}",
    )


def test_a_phone_that_is_there_otherwise_than_it_may_be_reached_is_unfit_and_says_so(
    there_by: ThereBy,
) -> None:
    found = looked_at(there_by(Connection.NETWORK, reach=Reach.USB), "seen")
    assert (found.health, found.detail) == (
        Health.FAILED,
        "it is there by network, and devices.yaml has it by usb",
    )
    assert "connection: any" in found.fix


def test_a_passcode_shows_only_while_the_phone_is_locked_by_it() -> None:
    locked, unlocked = _passcode(locked=True), _passcode(locked=False)
    assert locked.health is Health.WARNING
    assert "nothing can be launched once the phone has locked itself" in locked.detail
    assert unlocked.health is Health.NOT_TRIED
    assert "Face ID & Passcode" in unlocked.fix
