from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymobiledevice3.services.os_trace import OsTraceService, SyslogEntry, SyslogLogLevel, parse_syslog_entry

from harness.errors import WireError
from harness.wire import ostrace
from harness.wire.ostrace import (
    OsTraceArchive,
    OsTraceDecoder,
    OsTraceFrame,
    OsTraceLevel,
    OsTraceLoss,
    OsTraceRecord,
    OsTraceReply,
    encode_pid_list,
    encode_record,
    encode_reply,
)
from tests.wire.splits import CUTS, split

STARTED = {"Status": "RequestSuccessful"}
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
U32 = st.integers(0, 2**32 - 1)
U64 = st.integers(0, 2**64 - 1)
RECORD = st.builds(
    OsTraceRecord,
    at_us=st.integers(0, 2**32 * 1_000_000 - 1),
    pid=U32,
    process_path=TEXT,
    message=TEXT,
    level=st.sampled_from(OsTraceLevel),
    image_path=TEXT,
    subsystem=TEXT,
    category=TEXT,
    mach=U64,
    thread_id=U64,
    unique_pid=U64,
    process_uuid=st.uuids(),
    image_uuid=st.uuids(),
    image_offset=U32,
    activity_id=U64,
    parent_activity_id=U64,
)
FRAME: st.SearchStrategy[OsTraceFrame] = (
    RECORD
    | st.builds(OsTraceLoss, st.integers(0, 2**50), st.integers(0, 10**6), U64)
    | st.builds(OsTraceArchive, st.binary(max_size=30))
    | st.just(OsTraceReply(STARTED))
)
SAMPLE = OsTraceRecord(
    1_700_000_000_000_123,
    300,
    "/usr/libexec/runningboardd",
    "Suspending task.",
    subsystem="com.apple.runningboard",
)


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


@given(RECORD)
def test_an_independent_client_reads_every_field(record: OsTraceRecord) -> None:
    entry = parse_syslog_entry(encode_record(record)[5:])
    read = (entry.pid, entry.filename, entry.image_name, entry.message, entry.procid, entry.thread_id)
    assert read == (
        *(record.pid, record.process_path, record.image_path, record.message),
        *(record.unique_pid, record.thread_id),
    )
    assert (entry.image_uuid, entry.process_image_uuid) == (record.image_uuid, record.process_uuid)
    assert (entry.mach_timestamp, entry.image_offset) == (record.mach, record.image_offset)
    assert entry.level == record.level
    assert entry.timestamp.timestamp() == pytest.approx(record.at_s, abs=1e-5)
    labelled = bool(record.subsystem or record.category)
    assert (entry.label is not None) == labelled
    if entry.label is not None:
        assert (entry.label.subsystem, entry.label.category) == (record.subsystem, record.category)


def test_levels_are_those_of_an_independent_client() -> None:
    assert {level.name: int(level) for level in OsTraceLevel} == {
        level.name: int(level) for level in SyslogLogLevel
    }


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


def test_the_header_is_as_documented() -> None:
    body = SAMPLE.encode()[5:]
    assert body[0] == 2
    assert int.from_bytes(body[1:5], "little") == 8
    assert int.from_bytes(body[5:9], "little") == 0x81
    assert body[0x81:].startswith(b"/usr/libexec/runningboardd\0")


def test_strings_end_at_a_nul_and_where_clients_stop_reading() -> None:
    record = OsTraceRecord(0, 1, "a\0b", "…" * 40_000, image_path="\ud800")
    (read,) = OsTraceDecoder().feed(record.encode())
    assert isinstance(read, OsTraceRecord)
    assert (read.process_path, read.image_path) == ("a", "?")
    assert read.message == "…" * (65_533 // 3)
    assert parse_syslog_entry(record.encode()[5:]).message == read.message


def test_a_longer_header_and_a_foreign_level_and_kind_are_read() -> None:
    body = bytearray(SAMPLE.encode()[5:])
    body[1], body[5], body[68] = 2, 0x83, 0x42
    body[0x81:0x81] = b"??"
    (read,) = OsTraceDecoder().feed(b"\x02" + len(body).to_bytes(4, "little") + bytes(body))
    assert isinstance(read, OsTraceRecord)
    assert (read.message, read.kind, read.level_word) == (SAMPLE.message, 2, "0x42")


def test_a_loss_without_a_number_has_lost_an_unknown_number() -> None:
    record = OsTraceRecord(5, 0, "", "gone", kind=ostrace.KIND_LOSS, mach=7)
    assert OsTraceDecoder().feed(record.encode()) == [OsTraceLoss(5, 0, 7)]


def test_an_independent_client_shows_a_loss_as_a_line() -> None:
    assert parse_syslog_entry(OsTraceLoss(5, 12).encode()[5:]).message == "lost >=12 unreliable messages"


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


def test_frames_show_themselves_on_one_line() -> None:
    assert str(SAMPLE) == "1700000000.000123 runningboardd[300] <notice> Suspending task."
    long = OsTraceRecord(0, 1, "/bin/a", "m" * 121, level=OsTraceLevel.USER_ACTION)
    assert str(long) == "0.000000 a[1] <user action> " + "m" * 120 + "…"
    assert str(OsTraceLoss(1_500_000, 3)) == "1.500000 lost at least 3 records"
    assert str(OsTraceReply(STARTED)) == "os_trace reply {Status: RequestSuccessful}"
    assert str(OsTraceArchive(b"abc")) == "os_trace archive 3 bytes"
    assert uuid.UUID(int=0) == SAMPLE.image_uuid
