"""What Quinn's statements say of testing code that runs in the background: S47 to S70."""

from __future__ import annotations

from tests.acceptance.detection.row import Row

ROWS: tuple[Row, ...] = ()
