"""What there was in a saved log."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Counts:
    """Counted while a log is read.

    Attributes:
        lines: lines of text; of a binary log, its records.
        records: records that were read.
        copies: records left out because they had been there already.
        losses: places where the phone says that it dropped records.
        unreadable: lines, objects or stretches of bytes that are no record.
    """

    lines: int = 0
    records: int = 0
    copies: int = 0
    losses: int = 0
    unreadable: int = 0
