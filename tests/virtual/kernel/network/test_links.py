"""What a slow link, and one that carries nothing, do to the bytes of a connection."""

from __future__ import annotations

import asyncio

import pytest

from harness.virtual.kernel.network.link import FREE, Link, LinkSpeed
from tests.virtual.kernel.network.wire import Bench

DEAD = Link(LinkSpeed(0, 0, 100), LinkSpeed(0, 0, 100))
SLOW = Link(LinkSpeed(800, 0), LinkSpeed(80, 0))
"""100 kB/s down, 10 kB/s up."""
FAR = Link(LinkSpeed(None, 300), LinkSpeed(None, 200))


def test_a_free_link_passes_everything_at_once_in_both_directions() -> None:
    async def main() -> None:
        bench = Bench()
        transport = await bench.connect()
        transport.write(b"question")
        bench.server.phone.data_received(b"answer")
        bench.server.phone.eof_received()
        bench.server.phone.connection_lost(None)
        assert (bench.server.got, bench.user.got) == (b"question", b"answer")
        assert bench.user.told == ["made", "eof", "lost"]

    asyncio.run(main())


def test_a_dead_link_is_silence_without_an_error_and_all_comes_when_it_is_over() -> None:
    async def main() -> None:
        bench = Bench()
        transport = await bench.connect()
        bench.network.induce(DEAD)
        transport.write(b"question")
        bench.server.phone.data_received(b"answer")
        bench.server.phone.connection_lost(None)
        await bench.wait(7 * 24 * 3600)
        assert (bench.server.got, bench.user.got) == (b"", b"")
        assert bench.user.told == ["made", "waits"]
        assert not bench.server.is_read
        bench.network.induce(None)
        await bench.wait(1)
        assert (bench.server.got, bench.user.got) == (b"question", b"answer")
        assert bench.user.told == ["made", "waits", "moves", "lost"]

    asyncio.run(main())


def test_dialling_over_a_dead_link_waits_and_says_that_it_does() -> None:
    async def main() -> None:
        bench = Bench()
        bench.network.induce(DEAD)
        dialling = asyncio.create_task(bench.connect())
        await bench.wait(3600)
        assert (bench.user.told, bench.dialler.opened) == (["waits"], [])
        bench.network.induce(None)
        await bench.wait(1)
        await dialling
        assert bench.user.told == ["waits", "moves", "made"]

    asyncio.run(main())


@pytest.mark.parametrize("cuts", [1, 3, 100])
def test_a_slow_link_takes_as_long_as_its_rate_says_however_the_bytes_come(cuts: int) -> None:
    async def main() -> None:
        bench = Bench()
        bench.network.induce(SLOW)
        await bench.connect()
        for _ in range(cuts):
            bench.server.phone.data_received(bytes(300_000 // cuts))
        await bench.wait(2.9)
        assert len(bench.user.got) < 300_000
        await bench.wait(0.2)
        assert len(bench.user.got) == 300_000

    asyncio.run(main())


def test_the_end_of_a_connection_comes_after_what_is_under_way() -> None:
    async def main() -> None:
        bench = Bench()
        bench.network.induce(SLOW)
        await bench.connect()
        bench.server.phone.data_received(bytes(100_000))
        bench.server.phone.connection_lost(None)
        await bench.wait(0.5)
        assert "lost" not in bench.user.told
        await bench.wait(0.6)
        assert (len(bench.user.got), bench.user.told[-1]) == (100_000, "lost")

    asyncio.run(main())


def test_what_is_sent_over_a_slow_link_pauses_who_sends_it() -> None:
    async def main() -> None:
        bench = Bench()
        bench.network.induce(SLOW)
        transport = await bench.connect()
        transport.write(bytes(200_000))
        assert bench.user.told[-1] == "pause"
        assert transport.get_write_buffer_size() == 200_000
        await bench.wait(10)
        assert 80_000 < len(bench.server.got) <= 100_000
        await bench.wait(11)
        assert len(bench.server.got) == 200_000
        assert [one for one in bench.user.told if one in ("pause", "resume")] == ["pause", "resume"]
        assert bench.user.told[-1] == "moves"

    asyncio.run(main())


def test_a_server_that_sends_faster_than_a_slow_link_is_not_read_meanwhile() -> None:
    async def main() -> None:
        bench = Bench()
        bench.network.induce(SLOW)
        await bench.connect()
        bench.server.phone.data_received(bytes(100_000))
        assert not bench.server.is_read
        await bench.wait(2)
        assert bench.server.is_read

    asyncio.run(main())


def test_latency_is_paid_once_for_the_connection_and_once_for_the_request() -> None:
    async def main() -> None:
        bench = Bench()
        bench.network.induce(FAR)
        start_s = bench.clock.now_s
        dialling = asyncio.create_task(bench.connect())
        await bench.wait(0.4)
        assert not dialling.done()
        await bench.wait(0.2)
        transport = await dialling
        transport.write(b"question")
        await bench.wait(0.3)
        assert bench.server.got == b"question"
        bench.server.phone.data_received(b"answer")
        await bench.wait(10)
        assert bench.user.got == b"answer"
        assert bench.clock.now_s - start_s < 11
        bench.server.phone.data_received(b"more")
        assert bench.user.got == b"answermore"

    asyncio.run(main())


def test_who_reads_nothing_is_told_nothing_and_gets_it_all_later() -> None:
    async def main() -> None:
        bench = Bench()
        transport = await bench.connect()
        transport.pause_reading()
        bench.server.phone.data_received(b"answer")
        bench.server.phone.connection_lost(None)
        assert (bench.user.got, bench.user.told) == (b"", ["made"])
        transport.resume_reading()
        assert (bench.user.got, bench.user.told) == (b"answer", ["made", "lost"])

    asyncio.run(main())


def test_closing_gives_up_what_is_under_way_and_is_confirmed() -> None:
    async def main() -> None:
        bench = Bench()
        bench.network.induce(SLOW)
        transport = await bench.connect()
        bench.server.phone.data_received(b"answer")
        transport.close()
        await bench.wait(10)
        assert (bench.user.got, bench.user.told[-1], bench.user.error) == (b"", "lost", None)
        assert bench.server.closed_by == "close"

    asyncio.run(main())


def test_a_lossy_direction_costs_its_share_and_a_free_one_nothing() -> None:
    assert LinkSpeed(1_000, 0, 50).takes_s(125_000) == pytest.approx(2.0)
    assert FREE.takes_s(10**9) == 0.0
    assert not LinkSpeed(None, 0, 100).carries
