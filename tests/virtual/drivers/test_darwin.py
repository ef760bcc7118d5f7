"""Darwin notifications that the phone relays to the driver."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest

from harness.errors import DeviceError, DeviceLost
from harness.virtual.kernel.subscription import Subscription
from tests.virtual.drivers.bench import BOTH_WAYS, VERSIONS, Driven, drive, heard

_A, _B, _OTHER = "dev.harness.a", "dev.harness.b", "dev.harness.other"


@pytest.mark.parametrize("ios", VERSIONS)
def test_chosen_names_are_yielded_in_their_order_and_others_are_not(ios: str) -> None:
    async def check(on: Driven) -> None:
        stream = await on.phone.darwin([_A, _B])
        async with heard(stream) as told:
            for name in (_B, _OTHER, _A, _A):
                on.it.phone.darwin.post(name)
            await stream.round_trip()
            assert [notice.name for notice in told.items] == [_B, _A, _A]
            await stream.close()

    drive(check, ios)


@pytest.mark.parametrize("ios", BOTH_WAYS)
def test_it_is_live_when_it_is_returned(ios: str) -> None:
    async def check(on: Driven) -> None:
        stream = await on.phone.darwin([_A])
        on.it.phone.darwin.post(_A)
        assert (await asyncio.wait_for(anext(aiter(stream)), 10)).name == _A
        await stream.close()

    drive(check, ios)


@pytest.mark.parametrize("ios", BOTH_WAYS)
def test_round_trips_side_by_side_each_wait_for_what_came_before_them(ios: str) -> None:
    async def check(on: Driven) -> None:
        stream = await on.phone.darwin([_A])
        async with heard(stream) as told:
            for count in range(1, 4):
                on.it.phone.darwin.post(_A)
                await asyncio.gather(*(stream.round_trip() for _ in range(3)))
                assert len(told.items) == count
            await stream.close()

    drive(check, ios)


def test_the_name_of_a_round_trip_is_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def check(on: Driven) -> None:
        observed: list[str] = []
        observe = on.it.phone.darwin.observe

        def noted(name: str, callback: Callable[[str], None]) -> Subscription:
            observed.append(name)
            return observe(name, callback)

        monkeypatch.setattr(on.it.phone.darwin, "observe", noted)
        stream = await on.phone.darwin([_A])
        async with heard(stream):
            for _ in range(5):
                await stream.round_trip()
            await stream.close()
        assert len(observed) == 2

    drive(check, "16.7")


@pytest.mark.parametrize("ios", BOTH_WAYS)
def test_a_round_trip_that_nobody_iterates_for_is_given_up(ios: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.drivers.pmd3.darwinstream.COMMAND_S", 0.3)

    async def check(on: Driven) -> None:
        stream = await on.phone.darwin([_A])
        with pytest.raises(DeviceError, match="a round trip on the Darwin notifications had no answer"):
            await stream.round_trip()
        monkeypatch.setattr("harness.drivers.pmd3.darwinstream.COMMAND_S", 20.0)
        # The sentinel that was given up comes late, and is neither yielded nor taken for a later one.
        on.it.phone.darwin.post(_A)
        async with heard(stream) as told:
            await stream.round_trip()
            assert [notice.name for notice in told.items] == [_A]
            await stream.close()

    drive(check, ios)


@pytest.mark.parametrize("ios", BOTH_WAYS)
def test_it_is_closed_while_notifications_come(ios: str) -> None:
    async def check(on: Driven) -> None:
        stream = await on.phone.darwin([_A])

        async def flood() -> None:
            for _ in range(2000):
                on.it.phone.darwin.post(_A)
                await asyncio.sleep(0)

        async with heard(stream) as told:
            flooding = asyncio.ensure_future(flood())
            await stream.round_trip()
            await stream.close()
        flooding.cancel()
        assert told.items
        with pytest.raises(DeviceLost):
            await stream.round_trip()

    drive(check, ios)


@pytest.mark.parametrize("ios", BOTH_WAYS)
def test_a_cut_cable_ends_it_and_loses_the_round_trip_under_way(ios: str) -> None:
    async def check(on: Driven) -> None:
        stream = await on.phone.darwin([_A])
        async with heard(stream):
            on.do("stall")
            under_way = asyncio.ensure_future(stream.round_trip())
            await asyncio.wait({under_way}, timeout=0.2)
            on.do("cut-cable")
            with pytest.raises(DeviceLost):
                await asyncio.wait_for(under_way, 10)
        with suppress(DeviceError):
            await stream.close()

    drive(check, ios)


@pytest.mark.parametrize("after_bytes", [0, 40, 300])
def test_a_cable_that_is_cut_amid_its_start_loses_it(after_bytes: int) -> None:
    async def check(on: Driven) -> None:
        await on.phone.settings()
        on.do(f"cut-cable {after_bytes} host")
        with pytest.raises(DeviceError):
            await on.phone.darwin([_A])

    drive(check, "16.7")
