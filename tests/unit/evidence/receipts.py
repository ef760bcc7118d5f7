"""Receipts as the origin writes them, made by hand."""

from __future__ import annotations

from harness.origin.receipts import EventKind, Receipt, ReceiptEvent


def request(serial: int, host_s: float) -> Receipt:
    """A request that has just come."""
    return receipt(serial, ReceiptEvent(EventKind.STARTED, host_s, 0))


def receipt(serial: int, *events: ReceiptEvent) -> Receipt:
    """What has come of a request so far; it came with its first event."""
    return Receipt(
        serial=serial,
        nonce="n1",
        foreign=False,
        name="episode.mp4",
        method="GET",
        peer="127.0.0.1",
        peer_port=1,
        headers=(),
        started_host_s=events[0].host_s,
        events=events,
    )
