from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymobiledevice3.services.os_trace import SyslogLogLevel, parse_syslog_entry

from harness.wire import ostrace
from harness.wire.ostrace import (
    OsTraceArchive,
    OsTraceDecoder,
    OsTraceFrame,
    OsTraceLevel,
    OsTraceLoss,
    OsTraceRecord,
    OsTraceReply,
    encode_record,
)

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
