"""A client joined to a phone: bytes both ways, and how that ends."""

from __future__ import annotations

import asyncio
import random

from harness.farm.gate import client
from harness.wire.usbmux import MuxFrame, encode, swap_port
from tests.unit.farm.gate.bench import DEAF, ECHO, FLOOD, SILENT, WITHIN_S, Asker, Bench, run, until

PHONE, OTHER = "00008120-000A11112222001E", "00008120-000B33334444001E"

ENOUGH_BYTES = 16 * 1024 * 1024
"""More than the buffers on the way hold."""


def test_bytes_come_back_whole_in_order_and_however_they_are_cut() -> None:
    async def test(it: Bench) -> None:
        await it.show(PHONE)
        sent = random.Random(1).randbytes(3_000_000)
        asker = await it.connected(PHONE)

        async def send() -> None:
            at = 0
            while at < len(sent):
                size = random.Random(at).randint(1, 200_000)
                asker.writer.write(sent[at : at + size])
                await asker.writer.drain()
                at += size

        sending = asyncio.create_task(send())
        assert await asyncio.wait_for(asker.reader.readexactly(len(sent)), WITHIN_S) == sent
        await sending

    run(test)


def test_what_a_client_sends_behind_its_connect_is_the_phones() -> None:
    async def test(it: Bench) -> None:
        await it.show(PHONE)
        (shown,) = await it.listed()
        asker = await it.asker()
        fields = {"DeviceID": shown["DeviceID"], "PortNumber": swap_port(ECHO)}
        asker.writer.write(encode(MuxFrame(7, {"MessageType": "Connect", **fields})) + b"early")
        assert (await asker.frame())["Number"] == 0
        asker.writer.write(b" and late")
        asker.writer.write_eof()
        assert await asker.rest() == b"early and lateend"

    run(test)


def test_a_client_that_has_said_all_still_hears_the_phone() -> None:
    async def test(it: Bench) -> None:
        phone = await it.show(PHONE)
        asker = await it.connected(PHONE)
        asker.writer.write(b"last words")
        asker.writer.write_eof()
        assert await asker.rest() == b"last wordsend"
        await until(lambda: phone.open == 0 and it.relay.connections(PHONE) == 0)

    run(test)


def test_a_phone_whose_client_does_not_read_is_not_read_either() -> None:
    async def test(it: Bench) -> None:
        phone = await it.show(PHONE)
        flood, clock = await it.connected(PHONE, FLOOD), await it.connected(PHONE)
        before = -1
        while phone.said_bytes != before:
            before = phone.said_bytes
            await turns(clock)
        assert before < ENOUGH_BYTES
        await flood.reader.readexactly(ENOUGH_BYTES)
        assert phone.said_bytes > before

    run(test)


def test_a_client_whose_phone_does_not_read_is_not_read_either() -> None:
    async def test(it: Bench) -> None:
        await it.show(PHONE)
        talker, clock = await it.connected(PHONE, DEAF), await it.connected(PHONE)
        talker.writer.write(bytes(ENOUGH_BYTES))
        left, before = talker.writer.transport.get_write_buffer_size(), -1
        while left != before:
            before = left
            await turns(clock)
            left = talker.writer.transport.get_write_buffer_size()
        assert left > ENOUGH_BYTES / 2
        talker.writer.transport.abort()

    run(test)


async def turns(clock: Asker) -> None:
    """Let time go by in which whatever can still move on the way does: others' round trips through it."""
    for _ in range(50):
        clock.writer.write(b"tick")
        assert await clock.reader.readexactly(4) == b"tick"


def test_detach_ends_what_a_client_is_in_the_midst_of() -> None:
    async def test(it: Bench) -> None:
        phone, other = await it.show(PHONE), await it.show(OTHER)
        talks = [
            await it.connected(PHONE),
            await it.connected(PHONE, SILENT),
            await it.connected(PHONE, FLOOD),
        ]
        bystander = await it.connected(OTHER)
        assert it.relay.connections(PHONE) == 3
        began_s = asyncio.get_running_loop().time()
        await it.relay.detach(PHONE)
        assert asyncio.get_running_loop().time() - began_s < 10 * client.RETIRED_WITHIN_S
        assert it.relay.connections(PHONE) == 0
        assert await talks[0].rest() == await talks[1].rest() == b""
        await talks[2].rest()
        await until(lambda: phone.open == 0)
        bystander.writer.write(b"here")
        assert await bystander.reader.readexactly(4) == b"here"
        assert other.open == 1

    run(test)
