"""The parts without I/O: bodies and ranges."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.origin.body import BLOCK_BYTES, SeededBody, read_all
from harness.origin.ranges import Unsatisfiable, parse_range


def test_a_seeded_body_is_the_same_on_every_host() -> None:
    body = SeededBody("episode.mp4", 2 * BLOCK_BYTES + 7)
    again = hashlib.sha256(b"".join(read_all(body))).hexdigest()
    assert body.sha256 == again == "1333eb9e74dede94912ae5a61616e01c7e6deed5082b61a904c8970ffde08abb"
    assert SeededBody("other", body.size_bytes).sha256 != again


@given(st.integers(0, 3 * BLOCK_BYTES), st.integers(1, 2 * BLOCK_BYTES))
def test_any_slice_of_a_seeded_body_is_a_piece_of_the_whole(start: int, limit: int) -> None:
    body = SeededBody("s", 3 * BLOCK_BYTES - 11)
    whole = b"".join(read_all(body))
    piece = body.read(start, limit)
    assert whole[start : start + limit].startswith(piece)
    assert bool(piece) == (start < body.size_bytes)


@pytest.mark.parametrize(
    ("header", "part"),
    [
        (None, None),
        ("bytes=0-", (0, 100)),
        ("bytes=10-19", (10, 20)),
        ("bytes=90-500", (90, 100)),
        ("bytes=-30", (70, 100)),
        ("bytes=-500", (0, 100)),
        ("Bytes = 5 - 5", (5, 6)),
        ("bytes=20-10", None),
        ("bytes=0-1,5-6", None),
        ("bytes=-", None),
        ("items=0-1", None),
    ],
)
def test_a_range_header_names_half_open_bytes(header: str | None, part: tuple[int, int] | None) -> None:
    assert parse_range(header, 100) == part


@pytest.mark.parametrize(("header", "size"), [("bytes=100-", 100), ("bytes=-0", 100), ("bytes=0-", 0)])
def test_a_range_outside_the_file_cannot_be_satisfied(header: str, size: int) -> None:
    with pytest.raises(Unsatisfiable):
        parse_range(header, size)
