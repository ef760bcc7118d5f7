"""Records that a recorded log loses, cut out at their borders, and what a phone says in their place."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.evidence.items import Item, LogCame, Opened
from harness.model.facts import Source
from harness.wire.ostrace_record import OsTraceLoss, parse_record

FRAME = struct.Struct("<BI")


def lose_records(items: Sequence[Item], start: int, count: int, *, tell: bool) -> list[Item]:
    """A recording whose log lacks some records from an item on.

    Args:
        items: the recording.
        start: index of an item of the log.
        count: how many records are lost.
        tell: whether the log says so.
    """
    reads = _reads_of_one_stream(items, start)
    data = b"".join(_data(items[index]) for index in reads)
    before = sum(len(_data(items[index])) for index in reads if index < start)
    lost = [frame for frame in _frames(data) if frame[0] >= before][:count]
    if not lost:
        return list(items)
    first, last = lost[0][0], lost[-1][1]
    loss = OsTraceLoss(_time_us(data[lost[-1][0] : last]), len(lost)).encode()
    return _rewritten(items, reads, first, last, loss if tell else b"")


def _reads_of_one_stream(items: Sequence[Item], start: int) -> list[int]:
    """Where the reads are of the stream that was open at ``start``; a new one begins with a whole record."""
    reads: list[int] = []
    for index, item in enumerate(items):
        if isinstance(item, Opened) and item.source is Source.SYSTEM_LOG:
            if index > start:
                break
            reads.clear()
        elif isinstance(item, LogCame):
            reads.append(index)
    return reads


def _data(item: Item) -> bytes:
    return item.data if isinstance(item, LogCame) else b""


def _frames(data: bytes) -> Iterator[tuple[int, int]]:
    """Where each whole frame begins and ends."""
    at = 0
    while at + FRAME.size <= len(data):
        end = at + FRAME.size + FRAME.unpack_from(data, at)[1]
        if end > len(data):
            return
        yield at, end
        at = end


def _time_us(frame: bytes) -> int:
    return parse_record(frame).at_us


def _rewritten(
    items: Sequence[Item], reads: Sequence[int], first: int, last: int, instead: bytes
) -> list[Item]:
    """The items with the bytes from ``first`` to ``last`` of their stream taken out, and others put in."""
    written = list(items)
    at = 0
    for index in reads:
        data = _data(items[index])
        head = data[: max(0, first - at)]
        tail = data[max(0, last - at) :]
        middle = instead if at <= first < at + len(data) else b""
        written[index] = replace(items[index], data=head + middle + tail)
        at += len(data)
    return written
