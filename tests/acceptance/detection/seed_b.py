"""The upload queue that seed B tells of: S13 to S27."""

from __future__ import annotations

from tests.acceptance.detection.row import Row

ROWS: tuple[Row, ...] = ()
