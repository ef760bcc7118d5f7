from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.tcp6 import SEQUENCES, TcpFlag
from harness.wire.tcp6_connection import (
    MOST_FLIGHT_BYTES,
    RECEIVE_BYTES,
    RETRANSMIT_S,
    TIME_WAIT_S,
    TcpState,
)
from tests.wire.tcp_host import TcpHost, responder

ACK, FIN, PSH, RST, SYN = TcpFlag.ACK, TcpFlag.FIN, TcpFlag.PSH, TcpFlag.RST, TcpFlag.SYN
TEXT = bytes(range(256)) * 40


@pytest.mark.parametrize("first", [1000, SEQUENCES - 2000, SEQUENCES - 1])
def test_data_goes_both_ways_even_where_sequence_numbers_wrap(first: int) -> None:
    host = TcpHost(responder(first), sequence=SEQUENCES - 3)
    connection = host.open()
    connection.send(TEXT)
    for at in range(0, len(TEXT), 900):
        host.send(ACK, TEXT[at : at + 900])
    host.settle()
    assert host.data == TEXT
    assert connection.read(1 << 20) == TEXT
    assert connection.unsent_bytes == 0


def test_the_options_of_syn_are_agreed() -> None:
    host = TcpHost(responder(), scale=3)
    host.open()
    (answer,) = host.heard
    assert (answer.mss_bytes, answer.window_scale) == (1280 - 60, 7)


def test_a_host_that_does_not_scale_is_not_scaled_to() -> None:
    host = TcpHost(responder(), scale=None, window=5000)
    connection = host.open()
    assert host.heard[0].window_scale is None
    connection.send(bytes(9000))
    assert sum(len(segment.data) for segment in host.hear()) == 5000


@pytest.mark.parametrize(("mss_bytes", "expected"), [(500, 500), (None, 1220), (9000, 1220)])
def test_no_segment_is_larger_than_the_host_or_the_link_takes(mss_bytes: int | None, expected: int) -> None:
    host = TcpHost(responder(), mss_bytes=mss_bytes)
    host.open().send(bytes(10_000))
    assert max(len(segment.data) for segment in host.hear()) == expected


def test_never_more_is_in_flight_than_the_window() -> None:
    host = TcpHost(responder(), window=2500, scale=0)
    host.open().send(bytes(10_000))
    assert [len(segment.data) for segment in host.hear()] == [1000, 1000]
    host.settle()
    assert len(host.data) == 0
    host.expected += 2000
    host.send(ACK)
    assert [len(segment.data) for segment in host.hear()] == [1000, 1000]


def test_a_wide_window_is_not_filled_beyond_what_a_host_can_hold() -> None:
    host = TcpHost(responder(), scale=14)
    host.open().send(bytes(3_000_000))
    in_flight = sum(len(segment.data) for segment in host.hear())
    assert MOST_FLIGHT_BYTES - 1000 <= in_flight <= MOST_FLIGHT_BYTES


def test_what_is_not_acknowledged_is_sent_again_ever_more_slowly() -> None:
    host = TcpHost(responder())
    host.open().send(b"abc")
    assert [segment.data for segment in host.hear()] == [b"abc"]
    times: list[float] = []
    for tenth in range(1, 80):
        host.phone.tick(tenth / 10)
        if host.hear(tenth / 10):
            times.append(tenth / 10)
    assert times == [RETRANSMIT_S * doubled for doubled in (1, 3, 7, 15)]


def test_two_equal_acknowledgements_send_again_at_once() -> None:
    host = TcpHost(responder())
    host.open().send(TEXT[:5000])
    first, *_ = host.hear()
    host.send(ACK)
    assert host.hear() == []
    host.send(ACK)
    again = host.hear()
    assert (again[0].sequence, again[0].data) == (first.sequence, first.data)


def test_a_lost_syn_ack_is_sent_again() -> None:
    host = TcpHost(responder())
    host.send(SYN)
    (lost,) = host.hear()
    host.phone.tick(RETRANSMIT_S)
    assert host.hear(RETRANSMIT_S) == [lost]
    host.send(SYN, sequence=77)
    assert host.hear(RETRANSMIT_S) == [lost]


@given(st.integers(0, 10_000), st.floats(0.0, 0.4))
def test_everything_arrives_in_order_whatever_is_lost(seed: int, share: float) -> None:
    dice = random.Random(seed)
    host = TcpHost(responder(SEQUENCES - 5000))
    connection = host.open()
    host.loses = lambda number: dice.random() < share
    connection.send(TEXT)
    connection.finish()
    host.settle_over_time(2000)
    assert bytes(host.data) == TEXT
    assert host.finished


def test_segments_out_of_order_are_asked_for_again() -> None:
    host = TcpHost(responder())
    connection = host.open()
    start = host.sequence
    host.send(ACK, b"def", sequence=start + 3)
    (answer,) = host.hear()
    assert (answer.flags, answer.acknowledged) == (ACK, start)
    host.send(ACK, b"abc")
    host.send(ACK, b"bcdef", sequence=start + 1)
    assert connection.read(100) == b"abcdef"


def test_a_keepalive_is_answered() -> None:
    host = TcpHost(responder())
    host.open()
    host.send(ACK, sequence=host.sequence - 1)
    assert [segment.flags for segment in host.hear()] == [ACK]


def test_nothing_beyond_the_window_is_taken_and_reading_opens_it_again() -> None:
    host = TcpHost(responder())
    connection = host.open()
    for _ in range(RECEIVE_BYTES // 1000 + 1):
        host.send(ACK, bytes(1000))
    (full,) = host.hear()
    assert full.window == 0
    assert len(connection.read(2 * RECEIVE_BYTES)) == RECEIVE_BYTES
    (opened,) = host.hear()
    assert opened.window << 7 == RECEIVE_BYTES


def test_a_closed_window_is_probed_until_it_opens() -> None:
    host = TcpHost(responder(), window=0)
    connection = host.open()
    connection.send(b"abcdef")
    assert host.hear() == []
    host.phone.tick(RETRANSMIT_S)
    assert [segment.data for segment in host.hear(RETRANSMIT_S)] == [b"a"]
    host.window = 100
    host.settle_over_time(10, start_s=2)
    assert host.data == b"abcdef"


def test_the_host_finishes_first() -> None:
    host = TcpHost(responder())
    connection = host.open()
    host.send(FIN | ACK, b"bye")
    assert connection.state is TcpState.CLOSE_WAIT
    assert (connection.read(10), connection.peer_finished) == (b"bye", True)
    connection.send(b"so long")
    connection.finish()
    host.settle()
    assert (bytes(host.data), host.finished) == (b"so long", True)
    assert connection.state is TcpState.CLOSED
    assert not connection.was_reset


def test_the_phone_finishes_first_and_waits_a_moment() -> None:
    host = TcpHost(responder())
    connection = host.open()
    connection.send(b"abc")
    connection.finish()
    host.settle()
    assert connection.state is TcpState.FIN_WAIT_2
    host.send(FIN | ACK)
    assert [segment.flags for segment in host.hear()] == [ACK]
    assert connection.state is TcpState.TIME_WAIT
    host.phone.tick(TIME_WAIT_S)
    assert connection.state is TcpState.CLOSED


def test_both_finish_at_once() -> None:
    host = TcpHost(responder())
    connection = host.open()
    connection.finish()
    (fin,) = host.hear()
    assert FIN in fin.flags
    host.send(FIN | ACK)
    assert connection.state is TcpState.CLOSING
    host.expected += 1
    host.send(ACK)
    assert connection.state is TcpState.TIME_WAIT


def test_what_comes_after_our_finish_is_taken_and_dropped() -> None:
    host = TcpHost(responder())
    connection = host.open()
    connection.finish()
    host.settle()
    for _ in range(2 * RECEIVE_BYTES // 1000):
        host.send(ACK, bytes(1000))
    (answer,) = host.hear()
    assert answer.acknowledged == host.sequence
    assert connection.read(10) == b""


def test_a_reset_of_the_host_closes() -> None:
    host = TcpHost(responder())
    connection = host.open()
    host.send(RST)
    assert (connection.state, connection.was_reset) == (TcpState.CLOSED, True)
    connection.send(b"abc")
    assert host.hear() == []


def test_an_abort_tells_the_host() -> None:
    host = TcpHost(responder())
    connection = host.open()
    connection.send(b"abc")
    connection.abort()
    assert [segment.flags for segment in host.hear()] == [RST | ACK]
    assert connection.was_reset


def test_a_closed_connection_takes_and_says_nothing_more() -> None:
    host = TcpHost(responder())
    connection = host.open()
    opened = host.heard[0]
    connection.abort()
    connection.abort()
    assert len(host.hear()) == 1
    connection.receive(opened, 0.0)
    assert connection.next_segment(0.0) is None
    assert connection.due_s is None


def test_a_stray_syn_is_told_where_we_are() -> None:
    host = TcpHost(responder())
    host.open()
    host.send(SYN, sequence=5)
    assert [(segment.flags, segment.acknowledged) for segment in host.hear()] == [(ACK, host.sequence)]


def test_an_old_acknowledgement_changes_nothing() -> None:
    host = TcpHost(responder())
    connection = host.open()
    connection.send(bytes(2000))
    host.settle()
    host.expected -= 1000
    host.send(ACK)
    assert connection.unsent_bytes == 0
    assert host.hear() == []


def test_a_segment_without_an_acknowledgement_is_read() -> None:
    host = TcpHost(responder())
    connection = host.open()
    host.send(PSH, b"abc")
    assert connection.read(10) == b"abc"


def test_a_third_equal_acknowledgement_sends_nothing_again() -> None:
    host = TcpHost(responder())
    host.open().send(TEXT[:5000])
    host.hear()
    for _ in range(2):
        host.send(ACK)
    assert host.hear()
    for _ in range(2):
        host.send(ACK)
    assert host.hear() == []


def test_time_that_is_not_due_and_time_with_nothing_to_say_change_nothing() -> None:
    host = TcpHost(responder())
    connection = host.open()
    connection.tick(100.0)
    connection.send(b"abc")
    host.hear(5.0)
    connection.tick(5.1)
    assert host.hear(5.1) == []
    host.window = 0
    host.expected += 3
    host.send(ACK, now_s=5.2)
    connection.tick(50.0)
    assert host.hear(50.0) == []


def test_time_that_comes_when_all_was_acknowledged_changes_nothing() -> None:
    host = TcpHost(responder(), window=0)
    connection = host.open()
    connection.send(b"abc")
    assert host.hear() == []
    assert connection.due_s is not None
    host.window = 100
    host.send(ACK)
    host.settle()
    connection.tick(100.0)
    assert host.data == b"abc"
    assert host.hear(100.0) == []
