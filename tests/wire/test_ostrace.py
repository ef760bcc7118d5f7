from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymobiledevice3.services.os_trace import OsTraceService, SyslogEntry

from harness.errors import WireError
from harness.wire.ostrace import (
    OsTraceArchive,
    OsTraceDecoder,
    OsTraceFrame,
    OsTraceReply,
    encode_pid_list,
    encode_reply,
)
from tests.wire.records import FRAME, SAMPLE, STARTED
from tests.wire.splits import CUTS, split


@given(st.lists(FRAME, max_size=4), CUTS)
def test_frames_come_back_however_the_bytes_are_split(frames: list[OsTraceFrame], cuts: list[int]) -> None:
    decoder = OsTraceDecoder()
    stream = b"".join(frame.encode() for frame in frames)
    assert [frame for part in split(stream, cuts) for frame in decoder.feed(part)] == frames
    decoder.close()


def test_truncation_at_every_offset_is_told_at_the_end() -> None:
    stream = SAMPLE.encode()
    for end in range(1, len(stream)):
        decoder = OsTraceDecoder()
        assert decoder.feed(stream[:end]) == []
        with pytest.raises(WireError) as caught:
            decoder.close()
        assert caught.value.offset == end


class Recorded:
    """Stands where a client has its connection: plays bytes back, keeps what was sent."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.sent: list[Any] = []

    async def send_plist(self, body: Any) -> None:
        self.sent.append(body)

    async def recvall(self, size: int) -> bytes:
        taken, self.data = self.data[:size], self.data[size:]
        return taken

    async def recv_prefixed(self) -> bytes:
        return await self.recvall(int.from_bytes(await self.recvall(4), "big"))


class Client(OsTraceService):
    def __init__(self, data: bytes) -> None:
        self._recorded = Recorded(data)

    @property
    def service(self) -> Any:
        return self._recorded

    async def connect(self) -> None:
        return


def test_an_independent_client_starts_a_stream_and_reads_a_record() -> None:
    async def first() -> SyslogEntry:
        stream = Client(encode_reply(STARTED) + SAMPLE.encode()).syslog()
        entry = await anext(stream)
        await stream.aclose()
        return entry

    assert asyncio.run(first()).message == "Suspending task."


def test_an_independent_client_reads_the_pid_list_whatever_its_size() -> None:
    names = {pid: f"process-{pid}" for pid in range(1, 60)}
    read = asyncio.run(Client(encode_pid_list(names)).get_pid_list())
    assert read["Payload"] == {str(pid): {"ProcessName": name} for pid, name in names.items()}


def test_a_reply_that_clients_would_misread_is_refused() -> None:
    with pytest.raises(ValueError, match="most is 255"):
        encode_reply({"Status": "x" * 256})


@pytest.mark.parametrize(
    ("position", "value", "what", "offset"),
    [
        (0, 4, "frame of type 4", 0),
        (4, 0xFF, "expected 129 to", 0),
        (5, 3, "marker 3", 5),
        (10, 0x80, "header of 128 bytes", 5),
        (117, 1, "strings up to byte", 5 + 0x81),
    ],
)
def test_records_that_no_phone_writes_are_refused(position: int, value: int, what: str, offset: int) -> None:
    data = bytearray(SAMPLE.encode())
    data[position] = value
    with pytest.raises(WireError, match=what) as caught:
        OsTraceDecoder().feed(bytes(data))
    assert caught.value.offset == offset


def test_a_record_shorter_than_its_header_is_refused() -> None:
    with pytest.raises(WireError, match="of 128 bytes, expected 129"):
        OsTraceDecoder().feed(b"\x02\x80\x00\x00\x00")


def test_replies_and_archives_show_themselves_on_one_line() -> None:
    assert str(OsTraceReply(STARTED)) == "os_trace reply {Status: RequestSuccessful}"
    assert str(OsTraceArchive(b"abc")) == "os_trace archive 3 bytes"
