from __future__ import annotations

import pytest
from hypothesis import given
from pymobiledevice3.services.os_trace import SyslogLogLevel, parse_syslog_entry

from harness.errors import WireError
from harness.wire import ostrace
from harness.wire.ostrace import (
    OsTraceDecoder,
    OsTraceLevel,
    OsTraceLoss,
    OsTraceRecord,
    encode_record,
)
from tests.wire.records import RECORD, SAMPLE


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


CAPTURED = bytes.fromhex(
    "020200000081000000f5000000f5000000000000001479ae4d23f432da85f682c2a31afb7f1700aa070100000000807308010000000080"
    "fe73cc6a00000000cef5030002011302fc06ed01c4af6d1b0a00000084500000000000001479ae4d23f432da85f682c2a31afb7f170015"
    "000000000000000000685c08000000000000002f7573722f6c6962657865632f6c6f636174696f6e64002f7573722f6c6962657865632f"
    "6c6f636174696f6e6400434c3a20496e636f6d696e67206d65737361676500"
)
"""As an iOS 27.0 device sent it. Source: pymobiledevice3 tests/services/test_os_trace_syslog_entry.py."""


def test_a_record_of_a_phone_is_read() -> None:
    (read,) = OsTraceDecoder().feed(b"\x02" + len(CAPTURED).to_bytes(4, "little") + CAPTURED)
    assert isinstance(read, OsTraceRecord)
    assert (read.pid, read.unique_pid, read.thread_id, read.kind) == (245, 245, 0x5084, 2)
    assert (read.process_path, read.image_path) == ("/usr/libexec/locationd", "/usr/libexec/locationd")
    assert (read.message, read.level, read.mach) == ("CL: Incoming message", OsTraceLevel.INFO, 0xA1B6DAFC4)
    assert (read.subsystem, read.category) == ("", "")
    assert (read.at_us, str(read.image_uuid)) == (
        1_791_783_934_259_534,
        "1479ae4d-23f4-32da-85f6-82c2a31afb7f",
    )
    assert (read.activity_id, read.parent_activity_id) == (0x8000_0000_0001_07AA, 0x8000_0000_0001_0873)
    # The fields that nobody knows apart, a record is written as the phone wrote it.
    again = bytearray(read.encode()[5:])
    again[67:69], again[69:75], again[119:123] = CAPTURED[67:69], CAPTURED[69:75], CAPTURED[119:123]
    assert bytes(again) == CAPTURED


def test_truncation_at_every_offset_is_told() -> None:
    data = OsTraceRecord(1, 2, "/usr/libexec/locationd", "CL: Incoming", image_path="/usr/lib/a").encode()
    for end in range(0x81, len(data) - 5):
        cut = b"\x02" + end.to_bytes(4, "little") + data[5 : 5 + end]
        with pytest.raises(WireError, match="strings up to byte") as caught:
            OsTraceDecoder().feed(cut)
        assert caught.value.offset == 5 + 0x81


@pytest.mark.parametrize(("position", "what"), [(5, "marker 3"), (10, "a header of 3 bytes")])
def test_a_record_with_another_header_is_refused(position: int, what: str) -> None:
    data = bytearray(SAMPLE.encode())
    data[position] = 3
    with pytest.raises(WireError, match=what) as caught:
        OsTraceDecoder().feed(bytes(data))
    assert caught.value.offset == 5


def test_times_levels_and_lines_are_told_for_people() -> None:
    loss = OsTraceLoss(1_500_000, 3)
    assert (loss.at_s, SAMPLE.at_s) == (1.5, 1_700_000_000.000123)
    assert str(loss) == "1.500000 lost at least 3 records"
    assert str(SAMPLE) == "1700000000.000123 runningboardd[300] <notice> Suspending task."
    long = OsTraceRecord(0, 1, "/bin/a", "m" * 121, level=OsTraceLevel.USER_ACTION)
    assert str(long) == "0.000000 a[1] <user action> " + "m" * 120 + "…"
