"""A machine that damages valid frames, and holds a decoder to its bounds while it reads them.

Every case is made from its number alone, so a failure is run again by giving that number to ``damaged``.
"""

from __future__ import annotations

import random
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.errors import WireError

MOST_SECONDS = 0.5
"""For one case, on a machine that does other things too; every case takes some milliseconds at most."""

MOST_MEMORY = 64
"""For one case, in times the bytes that went in, beyond ``FREE_BYTES``."""

FREE_BYTES = 4 * 1024 * 1024

_WORDS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


@dataclass(frozen=True)
class Codec:
    """A decoder and bytes that it reads.

    Attributes:
        name: of the codec.
        samples: valid bytes, at least one.
        read: decodes bytes, to their end; raises ``WireError`` for what it cannot read.
    """

    name: str
    samples: tuple[bytes, ...]
    read: Callable[[bytes], object]


Damage = Callable[[random.Random, bytearray, "Codec"], None]


def _flip_bits(dice: random.Random, data: bytearray, codec: Codec) -> None:
    for _ in range(dice.randint(1, 8)):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def _truncate(dice: random.Random, data: bytearray, codec: Codec) -> None:
    del data[dice.randrange(len(data)) :]


def _splice(dice: random.Random, data: bytearray, codec: Codec) -> None:
    other = dice.choice(codec.samples)
    start = dice.randrange(len(other))
    data[dice.randrange(len(data)) :] = other[start:]


def _cut_out(dice: random.Random, data: bytearray, codec: Codec) -> None:
    start = dice.randrange(len(data))
    del data[start : start + dice.randint(1, 16)]


def _set_number(dice: random.Random, data: bytearray, codec: Codec) -> None:
    size = dice.choice((1, 2, 4, 8))
    at = dice.randrange(len(data))
    word = dice.choice(_WORDS) & (1 << 8 * size) - 1
    data[at : at + size] = word.to_bytes(size, dice.choice(("little", "big")))


def _repeat(dice: random.Random, data: bytearray, codec: Codec) -> None:
    start = dice.randrange(len(data))
    part = data[start : start + dice.randint(1, 64)]
    data[start:start] = part * dice.randint(1, 8)


def _noise(dice: random.Random, data: bytearray, codec: Codec) -> None:
    data[:] = dice.randbytes(dice.randint(1, 400))


def _noise_behind_a_header(dice: random.Random, data: bytearray, codec: Codec) -> None:
    data[dice.randint(1, 40) :] = dice.randbytes(dice.randint(1, 200))


DAMAGES: Mapping[str, Damage] = {
    "flipped bits": _flip_bits,
    "truncated": _truncate,
    "spliced": _splice,
    "cut out": _cut_out,
    "number set": _set_number,
    "repeated": _repeat,
    "noise": _noise,
    "noise behind a header": _noise_behind_a_header,
}


def damaged(codec: Codec, number: int) -> tuple[str, bytes]:
    """The case of that number: what was done, and the bytes."""
    dice = random.Random(f"{codec.name} {number}")
    data = bytearray(dice.choice(codec.samples))
    name = dice.choice(tuple(DAMAGES))
    DAMAGES[name](dice, data, codec)
    return name, bytes(data)


@dataclass(frozen=True)
class Outcome:
    """What became of many cases.

    Attributes:
        read: damage -> how many were read all the same.
        refused: damage -> how many were refused.
        slowest_s: wall time of the slowest, seconds.
        peak_bytes: the most memory that one took.
    """

    read: Counter[str]
    refused: Counter[str]
    slowest_s: float
    peak_bytes: int


def run(codec: Codec, count: int) -> Outcome:
    """Read ``count`` cases.

    Raises:
        AssertionError: a decoder raised anything but ``WireError``, told a place outside of what it got,
            took too long or too much memory.
    """
    read, refused = Counter[str](), Counter[str]()
    slowest_s, peak_bytes = 0.0, 0
    tracemalloc.start()
    try:
        for number in range(count):
            name, data = damaged(codec, number)
            tracemalloc.reset_peak()
            before, began = tracemalloc.get_traced_memory()[0], time.process_time()
            counter = refused if _is_refused(codec, number, data) else read
            counter[name] += 1
            slowest_s = max(slowest_s, took := time.process_time() - began)
            peak_bytes = max(peak_bytes, peak := tracemalloc.get_traced_memory()[1] - before)
            assert took < MOST_SECONDS, f"{codec.name} case {number} took {took:.2f} s: {data.hex()}"
            assert peak < FREE_BYTES + MOST_MEMORY * len(data), (
                f"{codec.name} case {number} took {peak} bytes: {data.hex()}"
            )
    finally:
        tracemalloc.stop()
    return Outcome(read, refused, slowest_s, peak_bytes)


def _is_refused(codec: Codec, number: int, data: bytes) -> bool:
    refusal: WireError | None = None
    try:
        codec.read(data)
    except WireError as error:
        refusal = error
    except Exception as error:  # whatever else a decoder raises is what is looked for here
        raise AssertionError(f"{codec.name} case {number} raised {error!r}: {data.hex()}") from error
    if refusal is not None:
        at = refusal.offset
        assert 0 <= at <= len(data), f"{codec.name} case {number} at {at}: {data.hex()}"
        assert refusal.what, f"{codec.name} case {number} says nothing"
    return refusal is not None
