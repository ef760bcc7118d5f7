"""Segments as the tunnel's TCP stack sends them, and those whose checksum it gets wrong."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address
from typing import Any

from pmd_net_addr import Ip6Address
from pmd_net_proto import Ip6Assembler, TcpAssembler

from harness.wire.tcp6 import TcpFlag, TcpSegment, encode_segment

CHECKSUM = slice(56, 58)
"""Of the TCP segment in an IPv6 packet."""

Ends = tuple[IPv6Address, IPv6Address]
"""Who sends, and who is to have it."""


def of_the_stack(segment: TcpSegment, ends: Ends) -> bytes:
    """The packet that the stack makes of a segment without options."""
    tcp = TcpAssembler(
        tcp__sport=segment.source_port,
        tcp__dport=segment.target_port,
        tcp__seq=segment.sequence,
        tcp__ack=segment.acknowledged,
        tcp__flag_ack=TcpFlag.ACK in segment.flags,
        tcp__flag_psh=TcpFlag.PSH in segment.flags,
        tcp__win=segment.window,
        tcp__payload=segment.data,
    )
    source, target = (Ip6Address(str(end)) for end in ends)
    parts: list[Any] = []
    Ip6Assembler(ip6__src=source, ip6__dst=target, ip6__payload=tcp).assemble(parts)
    return b"".join(parts)


def whose_carry_is_lost(segment: TcpSegment, ends: Ends) -> TcpSegment:
    """The segment, under a sequence number for which the stack gets its checksum wrong."""
    for upper in range(0, 0x10000, 0x101):
        begun = replace(segment, sequence=upper << 16)
        # The sum counts modulo ffff, so the lower half of the number brings the checksum to fffe.
        lower = (int.from_bytes(encode_segment(begun, *ends)[CHECKSUM], "big") + 1) % 0xFFFF
        summed = replace(segment, sequence=upper << 16 | lower)
        if of_the_stack(summed, ends)[CHECKSUM] == b"\xff\xff":
            return summed
    raise AssertionError("the stack sums every segment right: nothing need be mended any more")
