"""Bodies of files: given bytes, or pseudo-random ones that are made block by block when needed."""

from __future__ import annotations

import functools
import hashlib
import random
from collections.abc import Iterator
from typing import Protocol

BLOCK_BYTES = 1 << 16


class Body(Protocol):
    """The bytes of a file, readable anywhere."""

    @property
    def size_bytes(self) -> int:
        """How many there are."""
        ...

    @property
    def sha256(self) -> str:
        """Hex digest of them all; computed at the first call."""
        ...

    @property
    def tag(self) -> str:
        """A short name of this content, cheap to make, for the ETag."""
        ...

    def read(self, start: int, limit: int) -> bytes:
        """Up to ``limit`` bytes from ``start`` on; at least one unless at the end."""
        ...


class GivenBody:
    """Bytes that the test brought along."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._sha256 = hashlib.sha256(content).hexdigest()

    @property
    def size_bytes(self) -> int:
        """How many there are."""
        return len(self._content)

    @property
    def sha256(self) -> str:
        """Hex digest of them all."""
        return self._sha256

    @property
    def tag(self) -> str:
        """A short name of this content."""
        return self._sha256[:16]

    def read(self, start: int, limit: int) -> bytes:
        """Up to ``limit`` bytes from ``start`` on."""
        return self._content[start : start + limit]


class SeededBody:
    """Pseudo-random bytes: the same seed and size give the same bytes, on every host.

    Args:
        seed: any text.
        size_bytes: how many bytes.
    """

    def __init__(self, seed: str, size_bytes: int) -> None:
        self._seed = seed
        self._size_bytes = size_bytes

    @property
    def size_bytes(self) -> int:
        """How many there are."""
        return self._size_bytes

    @property
    def sha256(self) -> str:
        """Hex digest of them all; made once per seed and size in a process."""
        return _digest(self._seed, self._size_bytes)

    @property
    def tag(self) -> str:
        """A short name of this content."""
        return hashlib.sha256(f"{self._seed}:{self._size_bytes}".encode()).hexdigest()[:16]

    def read(self, start: int, limit: int) -> bytes:
        """Up to ``limit`` bytes from ``start`` on; never more than one block at a time."""
        if start >= self._size_bytes:
            return b""
        index, offset = divmod(start, BLOCK_BYTES)
        end = min(offset + limit, BLOCK_BYTES, self._size_bytes - index * BLOCK_BYTES)
        return _block(self._seed, index)[offset:end]


@functools.lru_cache(maxsize=16)
def _block(seed: str, index: int) -> bytes:
    # Statistical randomness is enough: the bytes must not repeat or compress, nothing is kept secret.
    return random.Random(f"{seed}:{index}").randbytes(BLOCK_BYTES)


@functools.lru_cache(maxsize=64)
def _digest(seed: str, size_bytes: int) -> str:
    digest = hashlib.sha256()
    for block in read_all(SeededBody(seed, size_bytes)):
        digest.update(block)
    return digest.hexdigest()


def read_all(body: Body) -> Iterator[bytes]:
    """The whole body in blocks."""
    position = 0
    while position < body.size_bytes:
        block = body.read(position, BLOCK_BYTES)
        yield block
        position += len(block)
