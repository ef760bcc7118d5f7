"""A timeline in memory, from the lines of a stored one."""

from __future__ import annotations

from collections.abc import Iterable

from harness.evidence.record import read_entries
from harness.evidence.timeline import Timeline


def load_timeline(lines: Iterable[str], *, nonce: str = "") -> Timeline:
    """All that was stored, less a last line that a crash cut short."""
    timeline = Timeline(nonce=nonce)
    for entry in read_entries(lines):
        timeline.append(entry)
    return timeline
