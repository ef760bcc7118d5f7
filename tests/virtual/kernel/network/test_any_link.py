"""Whatever happens to a link, its bytes come in order, each once, and none before its time."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.virtual.kernel.network.link import FREE_LINK, Link, LinkSpeed
from tests.virtual.kernel.network.wire import Bench

LINKS = (
    FREE_LINK,
    Link(LinkSpeed(0, 0, 100), LinkSpeed(0, 0, 100)),
    Link(LinkSpeed(240, 400), LinkSpeed(200, 440)),
    Link(LinkSpeed(None, 50), LinkSpeed(None, 20)),
)
STEPS = st.one_of(
    st.tuples(st.just("comes"), st.integers(1, 100_000)),
    st.tuples(st.just("goes"), st.integers(1, 100_000)),
    st.tuples(st.just("link"), st.integers(0, len(LINKS) - 1)),
    st.tuples(st.just("reads"), st.integers(0, 1)),
    st.tuples(st.just("wait"), st.integers(0, 5)),
)


async def played(steps: list[tuple[str, int]]) -> None:
    bench = Bench()
    transport = await bench.connect()
    came, went = b"", b""
    for number, (what, value) in enumerate(steps):
        match what:
            case "comes":
                came += bytes([number % 256]) * value
                bench.server.phone.data_received(bytes([number % 256]) * value)
            case "goes":
                went += bytes([number % 256]) * value
                transport.write(bytes([number % 256]) * value)
            case "link":
                bench.network.induce(LINKS[value])
            case "reads":
                transport.resume_reading() if value else transport.pause_reading()
            case _:
                await bench.wait(value)
        assert came.startswith(bench.user.got)
        assert went.startswith(bench.server.got)
    bench.network.induce(None)
    await bench.wait(1)
    reads = transport.is_reading()
    bench.server.phone.connection_lost(None)
    assert bench.user.told.count("lost") == int(reads)
    transport.resume_reading()
    assert (bench.user.got, bench.server.got) == (came, went)
    assert bench.user.told.count("lost") == 1
    waits = [one for one in bench.user.told if one in ("waits", "moves")]
    assert waits == ["waits", "moves"] * (len(waits) // 2)


@settings(max_examples=100, deadline=None)
@given(st.lists(STEPS, max_size=25))
def test_every_byte_comes_once_and_in_order_however_the_link_changes(steps: list[tuple[str, int]]) -> None:
    asyncio.run(played(steps))
