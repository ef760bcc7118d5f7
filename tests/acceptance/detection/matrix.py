"""The whole matrix, and which app and which phones each of its rows takes."""

from __future__ import annotations

from tests.acceptance.detection import downloads, quinn, seed_a, seed_b, silence
from tests.acceptance.detection.row import Row

ROWS: tuple[Row, ...] = (*downloads.ROWS, *seed_a.ROWS, *seed_b.ROWS, *quinn.ROWS, *silence.ROWS)
"""Every row, in the order of the files."""
