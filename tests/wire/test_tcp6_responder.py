from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address

from harness.errors import WireError
from harness.wire.ip6 import Ip6Decoder, Ip6Packet
from harness.wire.tcp6 import TcpFlag, decode_segment
from harness.wire.tcp6_connection import RETRANSMIT_S, TIME_WAIT_S, TcpState
from harness.wire.tcp6_responder import Tcp6Responder
from tests.wire.tcp_host import HOST, PHONE, TcpHost, responder

ACK, FIN, RST, SYN = TcpFlag.ACK, TcpFlag.FIN, TcpFlag.RST, TcpFlag.SYN


def test_a_port_where_nothing_listens_answers_with_a_reset() -> None:
    host = TcpHost(responder())
    host.send(SYN, port=1)
    (answer,) = host.hear()
    assert (answer.flags, answer.acknowledged) == (RST | ACK, host.sequence)
    assert host.connection is None


def test_a_segment_without_a_connection_is_reset_and_a_reset_is_not() -> None:
    host = TcpHost(responder(), expected=99)
    host.send(ACK, b"abc")
    (answer,) = host.hear()
    assert (answer.flags, answer.sequence) == (RST, 99)
    host.send(RST)
    assert host.hear() == []


def test_what_is_not_for_the_phone_or_not_tcp_is_ignored() -> None:
    phone = responder()
    for packet in (
        Ip6Packet(HOST, IPv6Address("ff02::16"), 0, bytes(20)),
        Ip6Packet(HOST, PHONE, 58, bytes(20)),
        Ip6Packet(HOST, PHONE, 6, bytes(20)),
    ):
        assert phone.receive(packet, 0.0) is None
    assert phone.next_packet(0.0) is None


def test_only_tcp_for_the_phone_that_it_does_not_understand_is_told_of() -> None:
    told: list[WireError] = []
    phone = Tcp6Responder(PHONE, 1280, lambda port: True, on_drop=told.append)
    for packet in (
        Ip6Packet(HOST, HOST, 6, bytes(20)),
        Ip6Packet(HOST, PHONE, 58, bytes(20)),
    ):
        phone.receive(packet, 0.0)
    assert told == []
    phone.receive(Ip6Packet(HOST, PHONE, 6, b"\1" + bytes(19)), 0.0)
    assert ["wrong checksum" in str(error) for error in told] == [True]


def test_a_connection_that_is_over_is_forgotten() -> None:
    host = TcpHost(responder())
    host.open()
    host.send(RST)
    assert host.hear() == []
    host.send(ACK)
    assert [segment.flags for segment in host.hear()] == [RST]


def test_a_port_can_be_used_again_while_the_phone_still_waits() -> None:
    host = TcpHost(responder())
    first = host.open()
    first.finish()
    host.settle()
    host.send(FIN | ACK)
    host.hear()
    assert first.state is TcpState.TIME_WAIT
    again = replace(host, sequence=host.sequence + 1, expected=0, connection=None, heard=[])
    assert again.open() is not first


def test_connections_take_turns() -> None:
    phone = responder()
    one, two = TcpHost(phone, port=1), TcpHost(phone, port=2)
    first, second = one.open(), two.open()
    first.send(bytes(5000))
    second.send(bytes(3000))
    packets = Ip6Decoder().feed(b"".join(phone.packets(0.0)))
    ports = [decode_segment(packet).target_port for packet in packets]
    assert ports == [1, 2, 1, 2, 1, 2, 1, 1]


def test_time_is_due_only_while_something_waits_for_it() -> None:
    host = TcpHost(responder())
    assert host.phone.due_s is None
    connection = host.open()
    assert host.phone.due_s is None
    connection.finish()
    host.hear(5.0)
    assert host.phone.due_s == 5.0 + RETRANSMIT_S
    host.expected += 1
    host.send(FIN | ACK, now_s=5.5)
    host.hear(5.5)
    assert host.phone.due_s == 5.5 + TIME_WAIT_S


def test_a_port_that_is_in_use_is_not_opened_twice() -> None:
    host = TcpHost(responder())
    connection = host.open()
    host.send(SYN, sequence=host.sequence)
    assert host.connection is connection


def test_time_passes_for_every_connection() -> None:
    host = TcpHost(responder())
    host.open().send(b"abc")
    assert [segment.data for segment in host.hear()] == [b"abc"]
    host.phone.tick(RETRANSMIT_S)
    assert [segment.data for segment in host.hear(RETRANSMIT_S)] == [b"abc"]


def test_a_connection_that_says_its_last_is_forgotten() -> None:
    host = TcpHost(responder())
    host.open().abort()
    assert [segment.flags for segment in host.hear()] == [RST | ACK]
    assert host.phone.due_s is None
    assert host.hear() == []
