from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.drivers.logrecords import MOST_SENDERS, LogDecoder
from harness.errors import WireError
from harness.model.raw import LogLoss, LogRecord


def _frame(
    message: bytes, *, kind: int = 8, label: tuple[bytes, bytes] | None = None, process: bytes = b"/usr/a\0"
) -> bytes:
    """A record written out by hand from log-grammar.md §1.1."""
    subsystem, category = label or (b"", b"")
    image = b"/usr/lib/b\0"
    header = b"".join(
        (
            struct.pack("<BIII", 2, kind, 0x81, 77),
            struct.pack("<Q16sHQQ", 77, bytes(16), len(process), 0, 0),
            struct.pack("<QIxB6x", 1_700_000_000, 250_000, 0x10),
            struct.pack("<QII16s", 1, 2, 0, bytes(16)),
            struct.pack("<HII", len(image), len(message), 0),
            struct.pack("<HHHHI", len(subsystem), 0, len(category), 0, 0),
        )
    )
    assert len(header) == 0x81
    body = header + process + image + message + subsystem + category
    return struct.pack("<BI", 2, len(body)) + body


_LABELLED = _frame("Gerät bereit\nzweite Zeile\0".encode(), label=(b"harness.journal\0", b"marks\0"))


def test_a_record_is_read_with_its_label_level_and_time() -> None:
    assert LogDecoder().feed(_LABELLED) == [
        LogRecord(
            phone_s=1_700_000_000.25,
            process="a",
            pid=77,
            level="error",
            message="Gerät bereit\nzweite Zeile",
            subsystem="harness.journal",
            category="marks",
        )
    ]


def test_a_message_of_64_kib_and_more_is_read_whole() -> None:
    (record,) = LogDecoder().feed(_frame(b"x" * 70_000 + b"\0"))
    assert isinstance(record, LogRecord)
    assert len(record.message) == 70_000


@pytest.mark.parametrize(
    "frame",
    [
        _frame(b"\0", kind=0x0700),
        _frame(b"\0", kind=0x40),
        _frame(b"lost >=12 unreliable messages\0", process=b"\0"),
    ],
    ids=["documented type", "inferred type", "text"],
)
def test_a_loss_is_told_by_its_type_or_its_text(frame: bytes) -> None:
    assert LogDecoder().feed(frame) == [LogLoss(1_700_000_000.25)]


def test_an_app_that_writes_about_losses_loses_nothing() -> None:
    (record,) = LogDecoder().feed(_frame(b"lost >=12 unreliable messages\0"))
    assert isinstance(record, LogRecord)


@given(st.lists(st.integers(1, 40), max_size=60))
def test_any_split_of_the_bytes_gives_the_same_records(steps: list[int]) -> None:
    stream = _LABELLED + _frame(b"second\0") + _frame(b"\0", kind=0x0700)
    decoder, split = LogDecoder(), list[LogRecord | LogLoss]()
    at = 0
    for step in steps:
        split += decoder.feed(stream[at : at + step])
        at += step
    split += decoder.feed(stream[at:])
    assert split == LogDecoder().feed(stream)


def test_bytes_that_are_no_record_are_refused_at_their_place_in_the_stream() -> None:
    decoder = LogDecoder()
    decoder.feed(_LABELLED)
    with pytest.raises(WireError, match="frame mark 9") as caught:
        decoder.feed(b"\x09\0\0\0\0")
    assert caught.value.offset == len(_LABELLED)


def test_a_record_whose_texts_reach_beyond_it_is_refused() -> None:
    short = bytearray(_frame(b"abc\0"))
    short[5 + 109] = 200
    with pytest.raises(WireError, match="shorter than its texts"):
        LogDecoder().feed(bytes(short))


def test_only_what_is_wanted_is_told_but_every_loss_is() -> None:
    asked: list[tuple[str, str]] = []

    def wanted(process: str, subsystem: str) -> bool:
        asked.append((process, subsystem))
        return subsystem == "harness.journal"

    decoder = LogDecoder(wanted)
    loss = _frame(b"lost >=12 unreliable messages\0", process=b"\0")
    told = decoder.feed((_LABELLED + _frame(b"noise\0")) * 3 + loss)
    assert [type(item) for item in told] == [LogRecord, LogRecord, LogRecord, LogLoss]
    assert asked == [("a", "harness.journal"), ("a", ""), ("", "")]


def test_what_is_not_wanted_still_says_how_far_the_log_has_come() -> None:
    decoder = LogDecoder(lambda _process, _subsystem: False)
    assert (decoder.count, decoder.newest_s) == (0, 0.0)
    assert decoder.feed(_LABELLED * 4 + _LABELLED[:50]) == []
    assert (decoder.count, decoder.newest_s) == (4, 1_700_000_000.25)


def test_senders_without_end_are_not_all_remembered() -> None:
    asked: list[str] = []

    def wanted(_process: str, subsystem: str) -> bool:
        asked.append(subsystem)
        return False

    decoder = LogDecoder(wanted)
    for number in range(MOST_SENDERS + 1):
        decoder.feed(_frame(b"x\0", label=(b"%d\0" % number, b"c\0")))
    decoder.feed(_frame(b"x\0", label=(b"0\0", b"c\0")))
    assert asked.count("0") == 2


def test_a_record_that_its_texts_fill_has_no_label_whatever_its_sizes_say() -> None:
    unlabelled = bytearray(_frame(b"abc\0"))
    struct.pack_into("<H", unlabelled, 5 + 117, 4711)
    assert LogDecoder().feed(bytes(unlabelled)) == LogDecoder().feed(_frame(b"abc\0"))


def test_a_record_too_large_to_be_one_is_refused_before_it_is_waited_for() -> None:
    with pytest.raises(WireError, match="bytes where a log record was expected"):
        LogDecoder().feed(struct.pack("<BI", 2, 1 << 30))


def test_what_came_before_bytes_that_are_no_record_is_told_before_they_are_refused() -> None:
    decoder = LogDecoder()
    assert len(decoder.feed(_LABELLED * 2 + b"\x09\0\0\0\0" + _LABELLED)) == 2
    for data in (b"", _LABELLED):
        with pytest.raises(WireError, match="frame mark 9") as caught:
            decoder.feed(data)
        assert caught.value.offset == 2 * len(_LABELLED)


def test_a_record_has_every_field_and_is_like_any_other() -> None:
    (record,) = LogDecoder().feed(_LABELLED)
    assert isinstance(record, LogRecord)
    told = {name: getattr(record, name) for name in LogRecord.__dataclass_fields__}
    assert vars(record) == told
    assert hash(record) == hash(LogRecord(**told))
