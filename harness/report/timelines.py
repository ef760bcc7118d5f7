"""Timeline files: reading what a process that may have died wrote, and finding whose it is."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from harness.evidence.record import Entry, from_line, to_line
from harness.model.run import Begun


def read_entries(path: Path) -> tuple[tuple[Entry, ...], str]:
    """The entries of a timeline file, and what is wrong with it, if anything is.

    Reading stops at a line that is no entry: what a crash cut short is left out. A report is told what it
    can be told, so nothing is raised.

    Returns:
        The entries, and why there are not more of them; empty when all is well.
    """
    entries: list[Entry] = []
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith("\n"):
                    return tuple(entries), "its last line was cut short"
                try:
                    entries.append(from_line(line))
                except ValueError as error:
                    return tuple(entries), f"line {number}: {error}"
    except OSError as error:
        return (), f"it cannot be read: {error.strerror}"
    return tuple(entries), ""


def write_entries(path: Path, entries: Iterable[Entry]) -> None:
    """Write a timeline file as a whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(to_line(entry) + "\n" for entry in entries)


def find_begun(directory: Path, nodeid: str, *, since_s: float, known: Iterable[str]) -> Path | None:
    """The timeline that a test began and nobody told of: its worker died.

    Args:
        directory: where this run's timelines are.
        nodeid: pytest's name of the test.
        since_s: one that was begun before is of an earlier run.
        known: paths of timelines that belong to other attempts.
    """
    taken = set(known)
    for path in sorted(directory.glob("*.jsonl"), key=lambda one: one.stat().st_mtime, reverse=True):
        begun = _begun(path) if str(path) not in taken else None
        if begun is not None and begun.test == nodeid and begun.host_s >= since_s:
            return path
    return None


def _begun(path: Path) -> Begun | None:
    with path.open(encoding="utf-8", errors="replace") as file:
        try:
            entry = from_line(file.readline())
        except ValueError:
            return None
    return entry if isinstance(entry, Begun) else None
