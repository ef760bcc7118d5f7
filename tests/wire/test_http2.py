from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import WireError
from harness.wire.http2 import (
    PADDED,
    FrameKind,
    H2Frame,
    H2FrameDecoder,
    Setting,
    data_of,
    goaway_frame,
    number_of,
    settings_frame,
    settings_of,
    window_frame,
)
from tests.wire.splits import CUTS, split

FRAME = st.builds(
    H2Frame, st.integers(0, 255), st.integers(0, 255), st.integers(0, 2**31 - 1), st.binary(max_size=40)
)


@given(st.lists(FRAME, max_size=3), CUTS)
def test_frames_come_back_however_the_bytes_are_split(frames: list[H2Frame], cuts: list[int]) -> None:
    decoder = H2FrameDecoder()
    stream = b"".join(frame.encode() for frame in frames)
    assert [frame for part in split(stream, cuts) for frame in decoder.feed(part)] == frames
    decoder.close()


def test_truncation_at_every_offset_is_told_at_the_end() -> None:
    stream = H2Frame(FrameKind.DATA, 0, 1, b"abc").encode()
    for end in range(1, len(stream)):
        decoder = H2FrameDecoder()
        assert decoder.feed(stream[:end]) == []
        with pytest.raises(WireError) as caught:
            decoder.close()
        assert caught.value.offset == end


def test_a_frame_beyond_the_agreed_size_is_refused() -> None:
    with pytest.raises(WireError, match="16385 bytes"):
        H2FrameDecoder().feed((16385).to_bytes(3, "big") + bytes(6))


def test_settings_come_back() -> None:
    assert settings_of(settings_frame({Setting.INITIAL_WINDOW_SIZE: 70_000})) == {4: 70_000}


def test_settings_cut_inside_one_are_refused() -> None:
    with pytest.raises(WireError, match="SETTINGS of 5 bytes"):
        settings_of(H2Frame(FrameKind.SETTINGS, payload=struct.pack(">HH", 4, 1) + b"\0"))


def test_padding_is_taken_off() -> None:
    assert data_of(H2Frame(FrameKind.DATA, PADDED, 1, b"\x02abc\0\0")) == b"abc"
    with pytest.raises(WireError, match="more padding"):
        data_of(H2Frame(FrameKind.DATA, PADDED, 1, b"\x06abc\0\0"))


def test_frames_of_numbers_are_those_of_the_standard() -> None:
    assert window_frame(3, 5).encode().hex(" ") == "00 00 04 08 00 00 00 00 03 00 00 00 05"
    assert goaway_frame(2).encode().hex(" ") == "00 00 08 07 00 00 00 00 00 00 00 00 00 00 00 00 02"
    assert number_of(window_frame(3, 5)) == 5
    assert number_of(goaway_frame(2), 4) == 2
    with pytest.raises(WireError, match="expected at least 8"):
        number_of(window_frame(3, 5), 4)


def test_data_without_padding_is_the_payload() -> None:
    assert data_of(H2Frame(FrameKind.DATA, 0, 1, b"abc")) == b"abc"


def test_frames_show_themselves_on_one_line() -> None:
    assert str(H2Frame(FrameKind.DATA, 1, 3, b"abc")) == "h2 DATA stream 3 flags 0x1 3 bytes"
    assert str(H2Frame(0x99)) == "h2 153 stream 0 flags 0x0 0 bytes"
