"""How a link carries bytes: how fast, how late, and whether at all."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LinkSpeed:
    """One direction of a network link.

    Attributes:
        bandwidth_kbps: kilobits per second; 0 lets nothing through, ``None`` is unlimited.
        latency_ms: delay.
        loss_percent: share of packets that are lost.
    """

    bandwidth_kbps: int | None
    latency_ms: int
    loss_percent: int = 0

    @property
    def carries(self) -> bool:
        """Whether anything gets through at all."""
        return self.bandwidth_kbps != 0 and self.loss_percent < 100

    @property
    def is_free(self) -> bool:
        """Whether bytes need no time to be sent."""
        return self.bandwidth_kbps is None and self.carries

    def takes_s(self, size_bytes: int) -> float:
        """Seconds that so many bytes need; the link must carry.

        Lost packets are sent again, so they cost their share of the bandwidth. That is a guess on the good
        side: TCP slows down more than that.
        """
        if self.bandwidth_kbps is None:
            return 0.0
        return size_bytes * 8 / (self.bandwidth_kbps * 1000 * (1 - self.loss_percent / 100))

    def text(self, way: str) -> str:
        """The lines of a profile's description; ``way`` is Downlink or Uplink."""
        mbps = "unlimited" if self.bandwidth_kbps is None else f"{self.bandwidth_kbps / 1000:g} Mbps"
        return (
            f"{way} Bandwidth: {mbps}\n{way} Latency:{self.latency_ms} ms\n"
            f"{way} Packet Loss Ratio: {self.loss_percent}%"
        )


@dataclass(frozen=True)
class Link:
    """Both directions of a network link.

    Attributes:
        down: what comes in.
        up: what goes out.
    """

    down: LinkSpeed
    up: LinkSpeed

    @property
    def carries(self) -> bool:
        """Whether a connection over it moves at all: what goes out needs what comes in."""
        return self.down.carries and self.up.carries

    @property
    def round_trip_s(self) -> float:
        """Seconds from a question to the beginning of its answer."""
        return (self.down.latency_ms + self.up.latency_ms) / 1000


FREE = LinkSpeed(None, 0)
"""A direction without limits."""

FREE_LINK = Link(FREE, FREE)
"""A link that nobody has made worse."""
