"""Which form a saved log has, from how it begins."""

from __future__ import annotations

import json

from harness.drivers.logrecords import RECORD_START
from harness.evidence.logfiles.forms import TEXT_FORMS, LogForm, TextForm
from harness.evidence.logfiles.lines import plain

LOOK_BYTES = 65_536
"""How much of a file is looked at."""


def detect(beginning: bytes) -> LogForm | None:
    """The form of a log that begins so; ``None`` when it is none that is known.

    Args:
        beginning: up to ``LOOK_BYTES``; its last line may be cut.
    """
    if RECORD_START.search(beginning, 0, 4096):
        return LogForm.OS_TRACE
    lines = [plain(line) for line in beginning.split(b"\n")[:500]]
    if any(_is_json(line) for line in lines[:20]):
        return LogForm.JSON
    hits = {text.form: sum(_is_head(text, line) for line in lines) for text in TEXT_FORMS}
    best = max(hits, key=lambda form: hits[form])
    return best if hits[best] else None


def _is_head(text: TextForm, line: str) -> bool:
    stands = text.ahead.match(line) if text.ahead else None
    if text.ahead and not stands:
        return False
    return text.head.match(line, stands.end() if stands else 0) is not None


def _is_json(line: str) -> bool:
    if line.startswith(("[{", "[ {")) or line == "[":
        return True
    try:
        return line.startswith("{") and isinstance(json.loads(line), dict)
    except ValueError:
        return False
