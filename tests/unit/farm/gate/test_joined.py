"""A client joined to a phone: bytes both ways, and how that ends."""

from __future__ import annotations

import asyncio
import random

from harness.wire.usbmux import MuxDecoder, MuxFrame, encode, swap_port
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
            assert before < ENOUGH_BYTES
            await turns(clock)
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
        await asyncio.wait_for(it.relay.detach(PHONE), WITHIN_S)
        assert it.relay.connections(PHONE) == 0
        assert await talks[0].rest() == await talks[1].rest() == b""
        await talks[2].rest()
        await until(lambda: phone.open == 0)
        bystander.writer.write(b"here")
        assert await bystander.reader.readexactly(4) == b"here"
        assert other.open == 1

    run(test)


def test_a_client_that_dies_is_gone_at_the_phone() -> None:
    async def test(it: Bench) -> None:
        phone = await it.show(PHONE)
        for port in (ECHO, SILENT, FLOOD):
            asker = await it.connected(PHONE, port)
            await until(lambda: phone.open == 1)
            asker.writer.transport.abort()
            await until(lambda: phone.open == 0 and it.relay.connections(PHONE) == 0)

    run(test)


def test_a_phone_that_ends_a_connection_ends_it_at_the_client() -> None:
    async def test(it: Bench) -> None:
        await it.show(PHONE)
        reader, talker = await it.connected(PHONE, FLOOD), await it.connected(PHONE, DEAF)
        it.upstream.detach(PHONE)
        await reader.rest()
        reader.close()
        # One that only talks is told when it does.
        talker.writer.write(b"hello?")
        await talker.rest()
        await until(lambda: it.relay.connections(PHONE) == 0)

    run(test)


def test_when_a_detach_is_over_the_phone_has_heard_what_was_sent_and_seen_the_end() -> None:
    async def test(it: Bench) -> None:
        phone = await it.show(PHONE)
        asker = await it.connected(PHONE, SILENT)
        asker.writer.write(b"switch it off")
        await until(lambda: phone.heard)
        await it.relay.detach(PHONE)
        assert phone.open == 0

    run(test)


def test_a_phone_that_was_sent_more_than_it_takes_does_not_get_it_after_the_detach() -> None:
    async def test(it: Bench) -> None:
        phone = await it.show(PHONE)
        asker = await it.connected(PHONE, DEAF)
        asker.writer.write(bytes(ENOUGH_BYTES))
        clock = await it.connected(PHONE)
        await turns(clock)
        # The phone would take it at some time, or never.
        await asyncio.wait_for(it.relay.detach(PHONE), WITHIN_S)
        assert it.relay.connections(PHONE) == 0
        assert bytes(phone.heard) == b"tick" * 50

    run(test)


async def hangs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A usbmuxd with one phone, which never takes a connection."""
    phone = {"DeviceID": 5, "Properties": {"SerialNumber": PHONE, "ConnectionType": "USB"}}
    answers: dict[str, dict[str, object]] = {
        "Listen": {"MessageType": "Result", "Number": 0},
        "ListDevices": {"DeviceList": [{"MessageType": "Attached", **phone}]},
        "ReadBUID": {"BUID": "HOST-BUID"},
    }
    decoder = MuxDecoder()
    while data := await reader.read(4096):
        for frame in decoder.feed(data):
            if frame.message_type in answers:
                writer.write(encode(MuxFrame(frame.tag, answers[frame.message_type])))
    writer.close()


def test_a_client_whose_connection_the_phone_has_not_taken_yet_is_cut_too() -> None:
    async def test(it: Bench) -> None:
        path = str(it.directory / "hangs")
        server = await asyncio.start_unix_server(hangs, path)
        it.relay.attach(PHONE, path)
        (shown,) = await it.listed()
        asker = await it.asker()
        asker.send("Connect", DeviceID=shown["DeviceID"], PortNumber=swap_port(ECHO))
        await until(lambda: it.relay.connections(PHONE) == 1)
        # What it says meanwhile is left where it is.
        asker.writer.write(bytes(ENOUGH_BYTES))
        for _ in range(20):
            await it.listed()
        assert asker.writer.transport.get_write_buffer_size() > ENOUGH_BYTES / 2
        await it.relay.detach(PHONE)
        assert it.relay.connections(PHONE) == 0
        assert await asker.rest() == b""
        server.close()

    run(test)
