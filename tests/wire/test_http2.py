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
    settings_frame,
    settings_of,
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
