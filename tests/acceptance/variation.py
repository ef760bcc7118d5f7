"""How one telling of a story differs from another: the sizes of its files, and the pauses between its steps.

What a story is about stays: a size is never so small that a gate within the file would no longer hold, and
nobody pauses where the story itself is about the time between two steps.
"""

from __future__ import annotations

import math
import random

LEAST_BYTES = 4096
"""Sizes up to this stay as they are: they were chosen for what they are."""

OFTEN = 0.4
"""Share of the moments at which there is a pause."""


class Variation:
    """One telling.

    Args:
        seed: the same seed gives the same sizes and pauses.
        shares: least and greatest part that is left of a file.
        pauses: whether there are any.
    """

    def __init__(
        self, seed: object, *, shares: tuple[float, float] = (1.0, 1.0), pauses: bool = True
    ) -> None:
        self._random = random.Random(f"variation:{seed}")
        least, greatest = shares
        self._share = math.exp(self._random.uniform(math.log(least), math.log(greatest)))
        self._pauses = pauses

    def size_bytes(self, told: int) -> int:
        """The size, or place within a file, that stands for the one that the story tells."""
        return told if told <= LEAST_BYTES else LEAST_BYTES + int((told - LEAST_BYTES) * self._share)

    def pause_s(self, most_s: float) -> float:
        """How long to pause, in phone time; often not at all, and mostly not for long."""
        pauses = self._pauses and self._random.random() < OFTEN
        return most_s * self._random.random() ** 2 if pauses else 0.0

    def span_s(self, least_s: float) -> float:
        """A span that is to last at least so long."""
        return least_s * (1.0 + self._random.random() / 2)


AS_TOLD = Variation(0, pauses=False)
"""The story with its own sizes, and without a pause."""
