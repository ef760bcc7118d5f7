"""HTTP/2 frames against an independent implementation."""

from __future__ import annotations

from hyperframe.frame import Frame, SettingsFrame, WindowUpdateFrame

from harness.wire.http2 import Setting, settings_frame, window_frame


def read_by_other(data: bytes) -> Frame:
    frame, size_bytes = Frame.parse_frame_header(memoryview(data[:9]))
    assert size_bytes == len(data) - 9
    frame.parse_body(memoryview(data[9:]))
    return frame


def test_an_independent_client_reads_settings() -> None:
    frame = settings_frame({Setting.MAX_CONCURRENT_STREAMS: 100, Setting.INITIAL_WINDOW_SIZE: 70_000})
    read = read_by_other(frame.encode())
    assert isinstance(read, SettingsFrame)
    assert read.settings == {3: 100, 4: 70_000}


def test_an_independent_client_reads_a_window() -> None:
    read = read_by_other(window_frame(3, 9).encode())
    assert isinstance(read, WindowUpdateFrame)
    assert (read.stream_id, read.window_increment) == (3, 9)
