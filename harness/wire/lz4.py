"""LZ4 as DTX carries it: read only.

A compressed payload is ``<u32`` size of what comes out, then blocks. A block begins with four letters:
``bv41`` is followed by ``<u32`` size of what it becomes, ``<u32`` size of its data and the data, ``bv4-`` by
``<u32`` size and bytes as they are, and ``bv4$`` ends the payload.

The data of a block is a run of sequences: a token with two lengths of four bits (15 goes on in further bytes,
255 each but the last), literals, ``<u16`` distance back, the second length counting from 4. The last sequence
ends behind its literals. A distance may reach into the blocks before.
Source: the LZ4 block format description; the capture go-ios ios/dtx_codec/fixtures/lz4block.bin.
"""

from __future__ import annotations

import struct

from harness.errors import WireError

_SIZE = struct.Struct("<I")
_COMPRESSED = struct.Struct("<II")
_LETTERS_BYTES = 4
_LEAST_MATCH_BYTES = 4
_GOES_ON = 15


def inflate(data: bytes, *, most_bytes: int) -> bytes:
    """What a compressed payload says.

    Args:
        data: the payload, from the size on.
        most_bytes: bound for the size that it may announce.

    Raises:
        WireError: it announces more than the bound, is cut off or damaged, or goes on behind its end
            (``offset`` counts from the start of ``data``).
    """
    if len(data) < _SIZE.size:
        raise WireError("a compressed payload without its size", offset=len(data), data=data)
    (size_bytes,) = _SIZE.unpack_from(data)
    if size_bytes > most_bytes:
        raise WireError(f"a compressed payload of {size_bytes} bytes, most is {most_bytes}", data=data)
    out = bytearray()
    at = _SIZE.size
    while (letters := data[at : at + _LETTERS_BYTES]) != b"bv4$":
        at = _add_block(letters, data, at, out, size_bytes)
    if len(out) != size_bytes or at + _LETTERS_BYTES != len(data):
        what = f"a compressed payload of {size_bytes} bytes ends at byte {at} with {len(out)} bytes"
        raise WireError(what, offset=at, data=data[at:])
    return bytes(out)


def _add_block(letters: bytes, data: bytes, at: int, out: bytearray, most_bytes: int) -> int:
    """Add what a block says to ``out``; returns where the next one begins."""
    start = at + _LETTERS_BYTES
    if letters == b"bv4-":
        (size_bytes,) = _SIZE.unpack(_take(data, start, _SIZE.size))
        raw = _take(data, start + _SIZE.size, size_bytes)
        out += raw
        end = start + _SIZE.size + size_bytes
    elif letters == b"bv41":
        becomes_bytes, size_bytes = _COMPRESSED.unpack(_take(data, start, _COMPRESSED.size))
        start += _COMPRESSED.size
        becomes_bytes = min(becomes_bytes, most_bytes - len(out))
        _Block(_take(data, start, size_bytes), start, out, len(out) + becomes_bytes).read()
        end = start + size_bytes
    else:
        raise WireError("expected a block of LZ4 (bv41, bv4- or bv4$)", offset=at, data=data[at:])
    if len(out) > most_bytes:
        raise WireError(f"blocks of LZ4 say more than {most_bytes} bytes", offset=at, data=data[at:])
    return end


def _take(data: bytes, at: int, size_bytes: int) -> bytes:
    if at + size_bytes > len(data):
        raise WireError(f"LZ4 that needs {size_bytes} bytes and ends", offset=at, data=data[at:])
    return data[at : at + size_bytes]


class _Block:
    """The data of one block and a place in it.

    Args:
        data: of the block.
        start: where it stands in the payload, for errors.
        out: what was said so far; the block adds to it.
        most_bytes: how long ``out`` is when the block has been read.
    """

    def __init__(self, data: bytes, start: int, out: bytearray, most_bytes: int) -> None:
        self._data = data
        self._start = start
        self._out = out
        self._most_bytes = most_bytes
        self._at = 0

    def read(self) -> None:
        """Read every sequence."""
        while self._at < len(self._data):
            (token,) = self._bytes(1)
            self._out += self._bytes(self._length(token >> 4))
            if self._at < len(self._data):
                self._copy(int.from_bytes(self._bytes(2), "little"), token & _GOES_ON)
            self._check(len(self._out) <= self._most_bytes, "says more than it announced")
        self._check(len(self._out) == self._most_bytes, "does not say what it announced")

    def _copy(self, distance: int, length: int) -> None:
        size_bytes = self._length(length) + _LEAST_MATCH_BYTES
        begin = len(self._out) - distance
        self._check(distance > 0 and begin >= 0, f"goes back {distance} bytes")
        self._check(len(self._out) + size_bytes <= self._most_bytes, "says more than it announced")
        run = self._out[begin : begin + size_bytes]
        # What is copied may be what is being written: a short run repeats itself.
        self._out += (run * (size_bytes // len(run) + 1))[:size_bytes]

    def _length(self, length: int) -> int:
        if length < _GOES_ON:
            return length
        while True:
            (more,) = self._bytes(1)
            length += more
            if more != 0xFF:
                return length

    def _bytes(self, size_bytes: int) -> bytes:
        end = self._at + size_bytes
        self._check(end <= len(self._data), "ends inside a sequence")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def _check(self, holds: bool, otherwise: str) -> None:
        if not holds:
            what = f"a block of LZ4 {otherwise}"
            raise WireError(what, offset=self._start + self._at, data=self._data[self._at :])
