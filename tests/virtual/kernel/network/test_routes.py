"""Which interface a transfer takes, and what becomes of it when that goes."""

from __future__ import annotations

import asyncio
import errno
from functools import partial

import pytest

from harness.model.interfaces import Interface
from harness.virtual.kernel.conditions import Change
from tests.virtual.kernel.network.wire import Bench, Server

WIFI, CELLULAR = Interface.WIFI, Interface.CELLULAR


@pytest.mark.parametrize(
    ("wifi", "in_range", "cellular", "airplane", "may_use_it", "taken"),
    [
        (True, True, True, False, True, WIFI),
        (True, True, True, False, False, WIFI),
        (False, True, True, False, True, CELLULAR),
        (False, True, True, False, False, None),
        (True, False, True, False, True, CELLULAR),
        (False, True, False, False, True, None),
        (True, True, True, True, True, None),
    ],
)
def test_wifi_comes_first_and_cellular_only_if_it_may_be_used(
    wifi: bool, in_range: bool, cellular: bool, airplane: bool, may_use_it: bool, taken: Interface | None
) -> None:
    bench = Bench()
    bench.conditions.switch_wifi(wifi)
    bench.conditions.bring_wifi_in_range(in_range)
    bench.conditions.switch_cellular(cellular)
    bench.conditions.switch_airplane(airplane)
    assert bench.network.route(allows_cellular=may_use_it) is taken


def test_a_phone_without_cellular_has_no_way_out_without_wifi() -> None:
    bench = Bench(has_cellular=False)
    bench.conditions.switch_wifi(False)
    assert bench.network.route(allows_cellular=True) is None


def test_a_phone_that_is_down_has_no_way_out() -> None:
    bench = Bench()
    bench.conditions.is_up = False
    bench.conditions.tell(Change.POWER)
    assert bench.network.route(allows_cellular=True) is None


def test_airplane_mode_takes_wifi_along_and_gives_it_back() -> None:
    bench = Bench()
    bench.conditions.switch_airplane(True)
    assert not bench.conditions.wifi_on
    bench.conditions.switch_airplane(False)
    assert bench.network.route(allows_cellular=False) is WIFI


def test_airplane_mode_leaves_wifi_off_that_was_off_before() -> None:
    bench = Bench()
    bench.conditions.switch_wifi(False)
    bench.conditions.switch_airplane(True)
    bench.conditions.switch_airplane(False)
    assert bench.network.route(allows_cellular=True) is CELLULAR


def test_wifi_works_in_airplane_mode_once_it_is_switched_on() -> None:
    bench = Bench()
    bench.conditions.switch_airplane(True)
    bench.conditions.switch_wifi(True)
    assert bench.network.route(allows_cellular=True) is WIFI
    bench.conditions.switch_airplane(False)
    assert bench.conditions.wifi_on


def test_observers_learn_what_a_transfer_takes_from_now_on() -> None:
    bench = Bench()
    told: list[Interface | None] = []
    bench.network.observe(told.append)
    bench.conditions.switch_wifi(False)
    bench.conditions.switch_cellular(False)
    bench.conditions.switch_wifi(True)
    assert told == [CELLULAR, None, WIFI]


def test_a_connection_over_an_interface_that_is_not_up_is_refused_by_the_phone() -> None:
    bench = Bench()
    bench.conditions.switch_wifi(False)
    with pytest.raises(OSError, match="wifi is not up") as refused:
        asyncio.run(bench.connect())
    assert refused.value.errno == errno.ENETUNREACH
    assert bench.dialler.opened == []


def test_a_connection_is_lost_at_once_when_its_interface_goes() -> None:
    async def main() -> None:
        bench = Bench()
        transport = await bench.connect()
        order: list[str] = []
        bench.network.observe(lambda _: order.append(f"{len(bench.user.told)}"))
        bench.conditions.switch_wifi(False)
        assert bench.user.told == ["made", "lost"]
        assert isinstance(bench.user.error, ConnectionAbortedError)
        assert bench.server.closed_by == "abort"
        assert transport.is_closing()
        assert order == ["2"]
        bench.server.phone.data_received(b"late")
        await asyncio.sleep(0)
        assert (bench.user.told, bench.user.got) == (["made", "lost"], b"")

    asyncio.run(main())


def test_connections_over_an_interface_that_goes_are_lost_in_the_order_they_were_opened() -> None:
    async def main() -> None:
        bench = Bench()
        for _ in range(20):
            await bench.connect()
        lost: list[Server] = []
        for server in bench.dialler.opened:
            server.abort = partial(lost.append, server)
        bench.conditions.switch_wifi(False)
        assert lost == bench.dialler.opened

    asyncio.run(main())


def test_a_connection_stays_on_cellular_when_wifi_comes_back() -> None:
    async def main() -> None:
        bench = Bench()
        bench.conditions.switch_wifi(False)
        await bench.connect(CELLULAR)
        bench.conditions.switch_wifi(True)
        assert bench.server.interface is CELLULAR
        assert bench.user.told == ["made"]

    asyncio.run(main())


def test_an_interface_that_goes_while_it_is_dialled_fails_the_dialling() -> None:
    async def main() -> None:
        bench = Bench()
        dialling = await bench.connecting()
        bench.conditions.switch_wifi(False)
        with pytest.raises(ConnectionAbortedError):
            await dialling
        assert bench.user.told == []

    asyncio.run(main())


def test_a_phone_that_is_put_away_cuts_everything_and_tells_nobody() -> None:
    async def main() -> None:
        bench = Bench()
        await bench.connect()
        dialling = await bench.connecting()
        bench.network.stop()
        with pytest.raises(asyncio.CancelledError):
            await dialling
        assert (bench.server.closed_by, bench.user.told) == ("abort", ["made"])

    asyncio.run(main())


def test_whoever_gives_up_dialling_is_cancelled_and_not_told_of_a_lost_interface() -> None:
    async def main() -> None:
        bench = Bench()
        dialling = await bench.connecting()
        dialling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await dialling

    asyncio.run(main())


def test_a_server_that_refuses_is_an_error_as_of_a_socket() -> None:
    bench = Bench()
    bench.dialler.refuses = True
    with pytest.raises(ConnectionRefusedError):
        asyncio.run(bench.connect())
