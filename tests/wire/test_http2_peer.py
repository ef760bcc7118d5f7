from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import WireError
from harness.wire.http2 import (
    ACK,
    DEFAULT_WINDOW_BYTES,
    PREFACE,
    FrameKind,
    H2Frame,
    H2FrameDecoder,
    Setting,
    settings_frame,
    window_frame,
)
from harness.wire.http2_peer import DataCame, H2Event, Http2Peer, Role, StreamOpened, StreamReset, WentAway
from tests.wire.exchanging import exchange
from tests.wire.splits import CUTS, split


def pair() -> tuple[Http2Peer, Http2Peer]:
    client, server = Http2Peer(Role.CLIENT), Http2Peer(Role.SERVER)
    exchange(client, server)
    return client, server


def data_in(events: list[H2Event], stream: int) -> bytes:
    return b"".join(event.data for event in events if isinstance(event, DataCame) and event.stream == stream)


def server_after_preface() -> Http2Peer:
    server = Http2Peer(Role.SERVER)
    server.receive(PREFACE)
    server.take_output()
    return server


def test_a_server_says_its_settings_first() -> None:
    frames = H2FrameDecoder().feed(Http2Peer(Role.SERVER).take_output())
    assert [frame.kind for frame in frames] == [FrameKind.SETTINGS, FrameKind.WINDOW_UPDATE]


def test_settings_are_acknowledged_once() -> None:
    server = server_after_preface()
    server.receive(settings_frame({}).encode() + H2Frame(FrameKind.SETTINGS, ACK).encode())
    assert H2FrameDecoder().feed(server.take_output()) == [H2Frame(FrameKind.SETTINGS, ACK)]


def test_data_of_any_size_goes_through_the_windows_in_order() -> None:
    client, server = pair()
    client.open(1)
    client.open(3)
    one, three = bytes(range(256)) * 20_000, b"three" * 1000
    client.send(1, one)
    client.send(3, three)
    assert client.unsent_bytes > 0
    _, heard = exchange(client, server)
    assert StreamOpened(1) in heard
    assert (data_in(heard, 1), data_in(heard, 3)) == (one, three)
    assert client.unsent_bytes == 0


def test_never_more_is_sent_than_was_granted() -> None:
    server = server_after_preface()
    server.open(1)
    server.send(1, bytes(DEFAULT_WINDOW_BYTES + 10))
    assert server.unsent_bytes == 10
    server.receive(window_frame(1, 100).encode())
    assert server.unsent_bytes == 10
    server.receive(window_frame(0, 4).encode())
    assert server.unsent_bytes == 6


def test_a_smaller_initial_window_holds_for_streams_that_are_open() -> None:
    server = server_after_preface()
    server.open(1)
    server.send(1, bytes(100))
    server.receive(settings_frame({Setting.INITIAL_WINDOW_SIZE: 50}).encode())
    server.send(1, bytes(10))
    assert server.unsent_bytes == 10
    server.receive(window_frame(1, 55).encode())
    assert server.unsent_bytes == 5


def test_a_blocked_stream_does_not_hold_up_another() -> None:
    server = server_after_preface()
    server.receive(settings_frame({Setting.INITIAL_WINDOW_SIZE: 4}).encode())
    server.open(1)
    server.open(3)
    server.send(1, b"123456")
    server.take_output()
    server.send(3, b"abcd")
    frames = H2FrameDecoder().feed(server.take_output())
    assert frames == [H2Frame(FrameKind.DATA, 0, 3, b"abcd")]


def test_a_ping_is_answered_with_its_bytes() -> None:
    server = server_after_preface()
    server.receive(H2Frame(FrameKind.PING, 0, 0, b"12345678").encode())
    assert H2FrameDecoder().feed(server.take_output()) == [H2Frame(FrameKind.PING, ACK, 0, b"12345678")]


def test_endings_are_told() -> None:
    client, server = pair()
    server.go_away(2)
    heard, _ = exchange(client, server)
    assert heard == [WentAway(2)]
    reset = H2Frame(FrameKind.RST_STREAM, 0, 3, (5).to_bytes(4, "big"))
    assert server.receive(reset.encode()) == [StreamReset(3, 5)]


@given(CUTS)
def test_events_do_not_depend_on_how_the_bytes_are_split(cuts: list[int]) -> None:
    client = Http2Peer(Role.CLIENT)
    client.open(1)
    client.send(1, b"abc")
    server = Http2Peer(Role.SERVER)
    heard = [event for part in split(client.take_output(), cuts) for event in server.receive(part)]
    assert heard == [StreamOpened(1), DataCame(1, b"abc")]
    server.close()


@given(st.binary(max_size=60))
def test_foreign_bytes_are_a_wire_error(data: bytes) -> None:
    with pytest.raises(WireError, match="preface"):
        Http2Peer(Role.SERVER).receive(b"\x16" + data)


def test_an_end_inside_the_preface_is_told() -> None:
    server = Http2Peer(Role.SERVER)
    server.receive(PREFACE[:7])
    with pytest.raises(WireError, match="inside the HTTP/2 preface"):
        server.close()


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (H2Frame(FrameKind.DATA, 0, 0, b"x"), "DATA on stream 0"),
        (H2Frame(FrameKind.HEADERS), "HEADERS on stream 0"),
        (settings_frame({Setting.INITIAL_WINDOW_SIZE: 2**31}), "an initial window of 2147483648 bytes"),
        (window_frame(1, 0), "WINDOW_UPDATE by nothing"),
        (H2Frame(FrameKind.RST_STREAM, 0, 1, b"x"), "expected at least 4"),
    ],
)
def test_what_breaks_the_rules_is_refused(frame: H2Frame, message: str) -> None:
    with pytest.raises(WireError, match=message):
        server_after_preface().receive(frame.encode())


def test_damage_behind_a_good_frame_is_told() -> None:
    server = server_after_preface()
    with pytest.raises(WireError, match="an HTTP/2 payload of"):
        server.receive(H2Frame(FrameKind.PING, 0, 0, bytes(8)).encode() + b"\xff" * 9)


def test_what_nobody_needs_to_answer_is_passed_over() -> None:
    server = server_after_preface()
    quiet = (
        H2Frame(0x99, 0, 1, b"?"),
        H2Frame(FrameKind.PRIORITY, 0, 1, bytes(5)),
        H2Frame(FrameKind.PING, ACK, 0, bytes(8)),
        H2Frame(FrameKind.DATA, 0, 1),
    )
    heard = [event for frame in quiet for event in server.receive(frame.encode())]
    assert heard == [DataCame(1, b"")]
    assert server.take_output() == b""


def test_a_stream_that_was_given_up_is_sent_no_more() -> None:
    server = server_after_preface()
    server.open(1)
    server.send(1, bytes(DEFAULT_WINDOW_BYTES + 5))
    server.receive(H2Frame(FrameKind.RST_STREAM, 0, 1, bytes(4)).encode())
    assert server.unsent_bytes == 0
