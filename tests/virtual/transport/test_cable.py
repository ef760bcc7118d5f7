"""A cable that is being cut: its connections are over, and the host may still read what crossed before."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from harness.virtual.transport.cable import Cable
from harness.virtual.transport.stream import Stream
from tests.virtual.rig import until
from tests.virtual.transport.unread import Unread, unread_on


def _while_being_cut(check: Callable[[Cable, Unread, list[str]], Awaitable[None]]) -> None:
    """Run a check on a cable with one connection; a pull is listed by the cut that it belongs to."""

    async def main() -> None:
        cable, pulls = Cable(), list[str]()
        async with unread_on(cable) as unread:
            cable.cut(lambda: pulls.append("first"))
            assert cable.is_being_cut
            assert not pulls
            await check(cable, unread, pulls)

    asyncio.run(main())


def test_it_is_pulled_when_the_host_has_read_the_last_byte() -> None:
    async def check(cable: Cable, unread: Unread, pulls: list[str]) -> None:
        await until(lambda: unread.looks > 3)
        assert not pulls
        unread.is_read = True
        await until(lambda: not cable.is_being_cut)
        assert pulls == ["first"]

    _while_being_cut(check)


def test_who_does_not_wait_for_the_host_has_it_pulled_now_and_only_once() -> None:
    async def check(cable: Cable, _unread: Unread, pulls: list[str]) -> None:
        for _ in range(2):
            cable.finish_cut()
            assert pulls == ["first"]
            assert not cable.is_being_cut

    _while_being_cut(check)


def test_who_waits_for_one_cut_to_be_read_does_not_end_the_next() -> None:
    async def check(cable: Cable, first: Unread, pulls: list[str]) -> None:
        cable.finish_cut()
        async with unread_on(cable) as second:
            cable.cut(lambda: pulls.append("second"))
            first.is_read = True
            looked = second.looks
            # Whoever still waited for the first would have looked between any two of these.
            await until(lambda: second.looks > looked + 3)
            assert pulls == ["first"]
            second.is_read = True
            await until(lambda: pulls == ["first", "second"])

    _while_being_cut(check)


def test_a_second_cut_of_it_is_the_same_one() -> None:
    async def check(cable: Cable, unread: Unread, pulls: list[str]) -> None:
        cable.cut(lambda: pulls.append("second"))
        unread.is_read = True
        await until(lambda: not cable.is_being_cut)
        assert pulls == ["first"]

    _while_being_cut(check)


def test_no_further_connection_crosses_it() -> None:
    async def check(cable: Cable, unread: Unread, _pulls: list[str]) -> None:
        served: list[Stream] = []

        async def serve(stream: Stream) -> None:
            served.append(stream)

        await cable.carry(unread, serve)
        assert not served
        cable.finish_cut()
        await cable.carry(unread, serve)
        assert len(served) == 1

    _while_being_cut(check)
