"""The states of a TCP connection that the other side opened. Source: RFC 9293 §3.3.2."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum, auto


class TcpState(StrEnum):
    """Where a connection is. Source: RFC 9293 §3.3.2."""

    SYN_RECEIVED = auto()
    ESTABLISHED = auto()
    FIN_WAIT_1 = auto()
    FIN_WAIT_2 = auto()
    CLOSE_WAIT = auto()
    CLOSING = auto()
    LAST_ACK = auto()
    TIME_WAIT = auto()
    CLOSED = auto()


class TcpEvent(StrEnum):
    """What moves it on."""

    SYN_ACKNOWLEDGED = auto()
    WE_FINISHED = auto()
    FIN_ACKNOWLEDGED = auto()
    PEER_FINISHED = auto()
    WAITED = auto()


_S, _E = TcpState, TcpEvent

TRANSITIONS: Mapping[tuple[TcpState, TcpEvent], TcpState] = {
    (_S.SYN_RECEIVED, _E.SYN_ACKNOWLEDGED): _S.ESTABLISHED,
    (_S.ESTABLISHED, _E.WE_FINISHED): _S.FIN_WAIT_1,
    (_S.ESTABLISHED, _E.PEER_FINISHED): _S.CLOSE_WAIT,
    (_S.FIN_WAIT_1, _E.FIN_ACKNOWLEDGED): _S.FIN_WAIT_2,
    (_S.FIN_WAIT_1, _E.PEER_FINISHED): _S.CLOSING,
    (_S.FIN_WAIT_2, _E.PEER_FINISHED): _S.TIME_WAIT,
    (_S.CLOSE_WAIT, _E.WE_FINISHED): _S.LAST_ACK,
    (_S.CLOSING, _E.FIN_ACKNOWLEDGED): _S.TIME_WAIT,
    (_S.LAST_ACK, _E.FIN_ACKNOWLEDGED): _S.CLOSED,
    (_S.TIME_WAIT, _E.WAITED): _S.CLOSED,
}
"""Every other pair leaves the state as it is; a reset closes from everywhere."""
