"""Background downloads that seed A tells of: S2 to S12."""

from __future__ import annotations

from tests.acceptance.detection.row import Row

ROWS: tuple[Row, ...] = ()
