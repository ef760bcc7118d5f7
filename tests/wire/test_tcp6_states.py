from __future__ import annotations

from harness.wire.tcp6_states import TRANSITIONS, TcpEvent, TcpState


def test_every_state_can_be_left_and_reached() -> None:
    assert {state for state, _ in TRANSITIONS} == set(TcpState) - {TcpState.CLOSED}
    assert set(TRANSITIONS.values()) == set(TcpState) - {TcpState.SYN_RECEIVED}
    assert {event for _, event in TRANSITIONS} == set(TcpEvent)
