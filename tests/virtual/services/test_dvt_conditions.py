"""Conditions and places that a tool puts the phone into; the client is pymobiledevice3."""

from __future__ import annotations

import asyncio
import struct

import pytest
from pymobiledevice3.dtx import DTXNsError
from pymobiledevice3.services.dvt.instruments.condition_inducer import ConditionInducer
from pymobiledevice3.services.dvt.instruments.dvt_provider import DvtProvider
from pymobiledevice3.services.dvt.instruments.location_simulation import LocationSimulation

from harness.virtual.kernel.conditions import Thermal
from harness.virtual.kernel.developer.location import HOME, Place
from tests.virtual.rig import rig, until
from tests.virtual.services.instruments import dvt

LIBERTY_ISLAND = Place(40.690008, -74.045843)


def test_a_thermal_condition_heats_the_phone_and_goes_with_its_connection() -> None:
    async def main() -> None:
        async with dvt() as (it, provider):
            async with ConditionInducer(provider) as inducer:
                await inducer.set("ThermalSerious")
                assert it.phone.conditions.thermal is Thermal.SERIOUS
                (active,) = [one for one in await inducer.list() if one["isActive"]]
                assert (active["identifier"], active["activeProfile"]) == (
                    "ThermalCondition",
                    "ThermalSerious",
                )
            await provider.close()
            await until(lambda: it.phone.induced.active is None)
            assert it.phone.conditions.thermal is Thermal.NOMINAL

    asyncio.run(main())


def test_a_second_condition_is_refused_until_the_first_is_taken_back() -> None:
    async def main() -> None:
        async with dvt() as (it, provider), ConditionInducer(provider) as inducer:
            await inducer.set("SlowNetwork100PctLoss")
            with pytest.raises(DTXNsError, match=r"A condition is already active\."):
                await inducer.set("ThermalFair")
            assert it.phone.induced.link is not None
            assert it.phone.induced.link.down.loss_percent == 100
            await inducer.clear()
            await inducer.clear()
            await inducer.set("ThermalFair")
            assert it.phone.induced.link is None

    asyncio.run(main())


def test_another_connection_sees_what_is_active_and_does_not_end_it_by_leaving() -> None:
    async def main() -> None:
        async with dvt() as (it, provider), ConditionInducer(provider) as inducer:
            await inducer.set("SlowNetworkLTE")
            lockdown = await it.lockdown()
            async with DvtProvider(lockdown) as other, ConditionInducer(other) as looking:
                assert [one["isActive"] for one in await looking.list()] == [True, False]
            await lockdown.close()
            assert [one["isActive"] for one in await inducer.list()] == [True, False]

    asyncio.run(main())


def test_a_condition_is_disabled_by_its_name() -> None:
    async def main() -> None:
        async with dvt() as (it, provider), ConditionInducer(provider) as inducer:
            await inducer.set("SlowNetworkLTE")
            disable = "disableConditionWithIdentifier:"
            assert not await inducer.service.invoke(disable, "ThermalCondition")
            assert await inducer.service.invoke(disable, "SlowNetworkCondition")
            assert it.phone.induced.active is None

    asyncio.run(main())


def test_an_unknown_profile_is_refused() -> None:
    async def main() -> None:
        async with dvt() as (_, provider), ConditionInducer(provider) as inducer:
            enable = "enableConditionWithIdentifier:profileIdentifier:"
            with pytest.raises(DTXNsError, match="ThermalLukewarm"):
                await inducer.service.invoke(enable, "ThermalCondition", "ThermalLukewarm")

    asyncio.run(main())


def test_a_place_is_simulated_until_the_client_goes() -> None:
    async def main() -> None:
        async with dvt() as (it, provider):
            async with LocationSimulation(provider) as location:
                await location.set(LIBERTY_ISLAND.latitude_deg, LIBERTY_ISLAND.longitude_deg)
                assert it.phone.location.place == LIBERTY_ISLAND
                with pytest.raises(DTXNsError, match="latitude 91"):
                    await location.set(91.0, 0.0)
            await provider.close()
            await until(lambda: it.phone.location.place == HOME)

    asyncio.run(main())


def text(number: float) -> bytes:
    """A coordinate as simulatelocation is sent it."""
    words = str(number).encode()
    return struct.pack(">I", len(words)) + words


def test_a_place_set_without_instruments_stays_until_it_is_cleared() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            setting = await lockdown.start_lockdown_service("com.apple.dt.simulatelocation")
            place = text(LIBERTY_ISLAND.latitude_deg) + text(LIBERTY_ISLAND.longitude_deg)
            await setting.sendall(bytes(4) + place)
            await setting.close()
            await until(lambda: it.phone.location.place == LIBERTY_ISLAND)
            clearing = await lockdown.start_lockdown_service("com.apple.dt.simulatelocation")
            await clearing.sendall(struct.pack(">I", 1))
            await until(lambda: not it.phone.location.simulated)
            await clearing.close()
            await lockdown.close()

    asyncio.run(main())


def test_a_place_that_is_none_changes_nothing() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            service = await lockdown.start_lockdown_service("com.apple.dt.simulatelocation")
            await service.sendall(bytes(4) + b"\0\0\0\3abc" + b"\0\0\0\1" + b"1")
            assert await service.recv_any(1) == b""
            assert it.phone.location.place == HOME
            await service.close()
            await lockdown.close()

    asyncio.run(main())
