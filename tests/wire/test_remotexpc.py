from __future__ import annotations

import pytest

from harness.errors import WireError
from harness.wire.http2 import FrameKind, H2Frame, H2FrameDecoder
from harness.wire.http2_peer import Http2Peer, Role
from harness.wire.remotexpc import (
    REPLY_STREAM,
    ROOT_STREAM,
    ClientOrder,
    Ended,
    Opened,
    Opening,
    Received,
    RemoteXpcPeer,
)
from harness.wire.xpc import UInt64, XpcFlag, XpcMessage
from tests.wire.exchanging import exchange


@pytest.mark.parametrize("order", ClientOrder)
def test_both_orders_of_a_client_open_a_connection_once(order: ClientOrder) -> None:
    client, server = RemoteXpcPeer(Role.CLIENT, order), RemoteXpcPeer(Role.SERVER)
    heard = exchange(client, server)
    assert heard == ([Opened()], [Opened()])
    assert client.is_open
    assert server.is_open


def test_every_opening_frame_is_sent_back_on_its_stream() -> None:
    http2 = Http2Peer(Role.CLIENT)
    server = RemoteXpcPeer(Role.SERVER)
    for opening in Opening:
        http2.open(opening.stream)
        http2.send(opening.stream, opening.message.encode())
    server.receive(http2.take_output())
    sent = [
        (frame.stream, frame.payload)
        for frame in H2FrameDecoder().feed(server.take_output())
        if frame.kind == 0
    ]
    assert sent == [(opening.stream, opening.message.encode()) for opening in Opening]


def test_a_lock_step_client_waits_for_each_echo() -> None:
    client = RemoteXpcPeer(Role.CLIENT, ClientOrder.LOCK_STEP)
    first = client.take_output()
    assert Opening.EMPTY.message.encode() in first
    assert Opening.INIT.message.encode() not in first


def test_a_server_may_speak_first_and_numbers_even() -> None:
    client, server = RemoteXpcPeer(Role.CLIENT), RemoteXpcPeer(Role.SERVER)
    exchange(client, server)
    body = {"MessageType": "Handshake", "Version": UInt64(7)}
    assert server.send(body) == 2
    heard, _ = exchange(client, server)
    expected = XpcMessage(XpcFlag.ALWAYS | XpcFlag.HAS_BODY, 2, body)
    assert heard == [Received(ROOT_STREAM, expected)]


def test_a_reply_repeats_the_number_of_its_request() -> None:
    client, server = RemoteXpcPeer(Role.CLIENT), RemoteXpcPeer(Role.SERVER)
    exchange(client, server)
    assert client.send({"a": 1}, wants_reply=True) == 1
    assert client.send({"a": 2}, wants_reply=True) == 3
    _, heard = exchange(client, server)
    assert [one.message.message_id for one in heard if isinstance(one, Received)] == [1, 3]
    server.send({"b": 1}, reply_to=3, stream=REPLY_STREAM)
    (reply,), _ = exchange(client, server)
    assert isinstance(reply, Received)
    assert (reply.stream, reply.message.message_id) == (REPLY_STREAM, 3)
    assert XpcFlag.REPLY in reply.message.flags


def test_a_large_message_is_put_together_again() -> None:
    client, server = RemoteXpcPeer(Role.CLIENT), RemoteXpcPeer(Role.SERVER)
    exchange(client, server)
    client.send({"data": bytes(3_000_000)})
    _, heard = exchange(client, server)
    assert [one.message.body for one in heard if isinstance(one, Received)] == [{"data": bytes(3_000_000)}]


def test_an_end_is_told() -> None:
    client, server = RemoteXpcPeer(Role.CLIENT), RemoteXpcPeer(Role.SERVER)
    exchange(client, server)
    client.go_away()
    _, heard = exchange(client, server)
    assert heard == [Ended()]


def test_init_on_another_stream_is_refused() -> None:
    http2 = Http2Peer(Role.CLIENT)
    http2.open(1)
    http2.send(1, Opening.INIT.message.encode())
    with pytest.raises(WireError, match="INIT on stream 1"):
        RemoteXpcPeer(Role.SERVER).receive(http2.take_output())


def test_an_end_inside_a_message_is_told() -> None:
    http2 = Http2Peer(Role.CLIENT)
    http2.open(1)
    http2.send(1, XpcMessage(XpcFlag.ALWAYS, 1, {"a": 1}).encode()[:-1])
    server = RemoteXpcPeer(Role.SERVER)
    server.receive(http2.take_output())
    with pytest.raises(WireError, match="inside an XPC message"):
        server.close()


def test_damage_behind_a_good_message_is_told() -> None:
    http2 = Http2Peer(Role.CLIENT)
    http2.open(1)
    http2.send(1, XpcMessage(XpcFlag.ALWAYS, 1, {"a": 1}).encode() + bytes(24))
    with pytest.raises(WireError, match="XPC magic 0x0"):
        RemoteXpcPeer(Role.SERVER).receive(http2.take_output())


def test_an_opening_frame_that_comes_twice_is_sent_back_once() -> None:
    http2 = Http2Peer(Role.CLIENT)
    server = RemoteXpcPeer(Role.SERVER)
    http2.open(ROOT_STREAM)
    for _ in range(2):
        http2.send(ROOT_STREAM, Opening.EMPTY.message.encode())
    assert server.receive(http2.take_output()) == []
    answers = [frame for frame in H2FrameDecoder().feed(server.take_output()) if frame.kind == 0]
    assert len(answers) == 1


def test_a_stream_of_requests_that_is_given_up_ends_the_connection() -> None:
    server = RemoteXpcPeer(Role.SERVER)
    server.receive(Http2Peer(Role.CLIENT).take_output())
    reset = H2Frame(FrameKind.RST_STREAM, 0, ROOT_STREAM, bytes(4)).encode()
    assert server.receive(reset) == [Ended()]


def test_other_streams_and_messages_without_a_body_tell_nothing() -> None:
    http2 = Http2Peer(Role.CLIENT)
    server = RemoteXpcPeer(Role.SERVER)
    http2.open(5)
    http2.send(5, b"the bytes of a file")
    http2.open(ROOT_STREAM)
    http2.send(ROOT_STREAM, XpcMessage(XpcFlag.ALWAYS | XpcFlag.PING, 7).encode())
    assert server.receive(http2.take_output()) == []


def test_what_a_client_has_to_say_beyond_its_window_is_told() -> None:
    client = RemoteXpcPeer(Role.CLIENT)
    assert client.unsent_bytes == 0
    client.send({"data": bytes(100_000)})
    assert client.unsent_bytes > 30_000
    client.close()


def test_a_client_that_is_open_passes_over_what_opens_again() -> None:
    client, server = RemoteXpcPeer(Role.CLIENT), RemoteXpcPeer(Role.SERVER)
    exchange(client, server)
    again = H2Frame(FrameKind.DATA, 0, ROOT_STREAM, Opening.OPENS.message.encode()).encode()
    assert client.receive(again) == []
