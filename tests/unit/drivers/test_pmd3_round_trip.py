from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any

import pytest
from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider
from pymobiledevice3.service_connection import ServiceConnection

from harness.drivers.pmd3.activity import Activity
from harness.drivers.pmd3.instruments import Instruments
from harness.drivers.pmd3.states import Pmd3StateStream
from harness.drivers.pmd3.transport import Transport
from harness.drivers.pmd3.way import Way
from harness.errors import CommandTimeout, DeviceLost
from harness.model.raw import StateNotice
from harness.model.time import Instant
from harness.wire.dtx import DtxDecoder, DtxMessage, Int32, dispatch, encode, reply_object, reply_ok
from harness.wire.nskeyed import NSDate

_STATES = "setApplicationStateNotificationsEnabled:"


class _Clock:
    async def now(self) -> Instant:
        return Instant(50.0, 2.0)

    async def let_pass(self, until_s: float) -> Instant:
        return Instant(until_s)


@dataclass
class _Instruments:
    """The phone's end: before it answers the first call, it writes pushes, all in one piece."""

    pushes_before_first_answer: int = 0
    dates: bool = True
    calls: int = 0
    channels: dict[int, str] = field(default_factory=dict[int, str])
    writer: asyncio.StreamWriter | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        writer.write(encode(dispatch(1, 0, "_notifyOfPublishedCapabilities:", {}, expects_reply=False)))
        decoder = DtxDecoder()
        try:
            while data := await reader.read(65536):
                writer.write(b"".join(self._answer(message) for message in decoder.feed(data)))
        finally:
            writer.close()

    def _answer(self, message: DtxMessage) -> bytes:
        if message.selector == "_requestChannelWithCode:identifier:":
            code, identifier = message.aux
            assert isinstance(code, Int32)
            self.channels[int(code)] = str(identifier)
            return encode(reply_ok(message))
        if message.selector == "_channelCanceled:":
            (code,) = message.aux
            assert isinstance(code, Int32)
            del self.channels[int(code)]
            return encode(reply_ok(message))
        if message.selector != "isRunningPid:":
            return b""
        self.calls += 1
        pushes = self.pushes_before_first_answer if self.calls == 1 else 0
        return b"".join(self.push(number) for number in range(pushes)) + encode(reply_object(message, True))

    def push(self, number: int) -> bytes:
        code = next(code for code, name in self.channels.items() if name.endswith("mobilenotifications"))
        timestamp = NSDate(0.0) if self.dates else "Unknown"
        notice = {"pid": number, "state": 4, "timestamp": timestamp, "displayID": "dev.a"}
        return encode(
            dispatch(100 + number, -code, "applicationStateNotification:", notice, expects_reply=False)
        )


class _Provider(LockdownServiceProvider):
    def __init__(self, phone: _Instruments) -> None:
        super().__init__()
        self._phone = phone
        self._serving: list[asyncio.Task[None]] = []

    @property
    def product_version(self) -> str:
        return "16.7"

    @property
    def product_build_version(self) -> str | None:
        return "20H19"

    @property
    def ecid(self) -> int:
        return 1

    async def get_service_connection_attributes(
        self, name: str, include_escrow_bag: bool = False
    ) -> dict[str, Any]:
        return {"Port": 1}

    async def create_service_connection(
        self, port: int, ssl_context: SSLContext | None = None, strip_ssl: bool = False
    ) -> ServiceConnection:
        ours, theirs = socket.socketpair()
        self._serving.append(
            asyncio.ensure_future(self._phone.serve(*await asyncio.open_connection(sock=theirs)))
        )
        return await ServiceConnection.from_socket(ours)


async def _nothing() -> None:
    return None


async def _instruments_of(phone: _Instruments) -> Instruments:
    async def open_transport() -> Transport:
        provider = _Provider(phone)
        return Transport(provider, _nothing, _nothing, is_gone=lambda: False, is_stale=lambda: False)

    way = Way("desk-15", open_transport)
    await way.open()
    return Instruments(way, "desk-15")


async def _stream(phone: _Instruments) -> tuple[Instruments, Pmd3StateStream]:
    instruments = await _instruments_of(phone)
    pushes = await instruments.pushes()
    return instruments, Pmd3StateStream("desk-15", instruments, pushes, _Clock(), Activity())


async def _collect(stream: Pmd3StateStream, into: list[StateNotice]) -> None:
    async for notice in stream:
        into.append(notice)


def test_all_that_was_pushed_before_the_answer_has_been_yielded_after_a_round_trip() -> None:
    async def scenario() -> list[int]:
        instruments, stream = await _stream(_Instruments(pushes_before_first_answer=300))
        got: list[StateNotice] = []
        pump = asyncio.ensure_future(_collect(stream, got))
        await stream.round_trip()
        pids = [notice.pid for notice in got]
        await instruments.close()
        await asyncio.wait_for(pump, 5)
        return pids

    assert asyncio.run(scenario()) == list(range(300))


@pytest.mark.parametrize(("dates", "told"), [(True, (978_307_200.0, True)), (False, (52.0, False))])
def test_a_notice_has_the_phones_date_or_else_a_time_by_which_it_had_surely_come(
    dates: bool, told: tuple[float, bool]
) -> None:
    async def scenario() -> list[StateNotice]:
        instruments, stream = await _stream(_Instruments(pushes_before_first_answer=1, dates=dates))
        got: list[StateNotice] = []
        pump = asyncio.ensure_future(_collect(stream, got))
        await stream.round_trip()
        await instruments.close()
        await asyncio.wait_for(pump, 5)
        return got

    (notice,) = asyncio.run(scenario())
    assert (notice.phone_s, notice.is_dated) == told


def test_what_arrived_before_the_connection_went_is_still_yielded() -> None:
    async def scenario() -> list[int]:
        phone = _Instruments(pushes_before_first_answer=5)
        instruments, stream = await _stream(phone)
        await instruments.is_running(1)
        await instruments.close()
        got: list[StateNotice] = []
        await asyncio.wait_for(_collect(stream, got), 5)
        return [notice.pid for notice in got]

    assert asyncio.run(scenario()) == list(range(5))


def test_a_round_trip_on_a_stream_that_ended_says_so() -> None:
    async def scenario() -> None:
        instruments, stream = await _stream(_Instruments())
        await stream.close()
        await asyncio.wait_for(_collect(stream, []), 5)
        try:
            await stream.round_trip()
        finally:
            await instruments.close()

    with pytest.raises(DeviceLost, match="desk-15: the stream from its instruments has ended"):
        asyncio.run(scenario())


def test_a_round_trip_that_nobody_iterates_for_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.drivers.pmd3.states.ROUND_TRIP_S", 0.2)

    async def scenario() -> None:
        instruments, stream = await _stream(_Instruments())
        try:
            await stream.round_trip()
        finally:
            await instruments.close()

    with pytest.raises(CommandTimeout):
        asyncio.run(scenario())


def test_a_lost_connection_is_opened_again_by_the_next_command() -> None:
    async def scenario() -> int:
        phone = _Instruments()
        instruments = await _instruments_of(phone)
        await instruments.is_running(1)
        stream = await instruments.pushes()
        assert phone.writer is not None
        phone.writer.close()
        assert await asyncio.wait_for(anext(aiter(stream.arrived), None), 5) is None
        await asyncio.sleep(0)
        with pytest.raises(DeviceLost, match="the stream from its instruments has ended"):
            await instruments.round_trip(stream)
        again = await instruments.pushes()
        await instruments.round_trip(again)
        await instruments.close()
        return phone.calls

    assert asyncio.run(scenario()) == 3
