"""``python -m tests.acceptance.detection``: write docs/detection.md anew."""

from __future__ import annotations

from tests.acceptance.detection.page import PAGE, page

PAGE.write_text(page(), encoding="utf-8")
