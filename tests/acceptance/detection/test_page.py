"""docs/detection.md is what the matrix says."""

from __future__ import annotations

from tests.acceptance.detection.page import PAGE, page


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m tests.acceptance.detection writes it anew"
