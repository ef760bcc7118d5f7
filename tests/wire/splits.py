"""What the codec tests share: cutting a stream into parts at any offsets."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import strategies as st

CUTS = st.lists(st.integers(0, 2000), max_size=6)


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    """The parts of ``data`` between the cuts; cuts beyond its end fall on its end."""
    marks = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(marks)]
