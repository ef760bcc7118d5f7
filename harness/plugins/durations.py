"""How long tests took in earlier runs, so that the longest are begun first.

Kept in the state directory, one file per project, by test and by kind of phone: the same story takes longer
where a tunnel has to be opened. What a test waited for its phone is not counted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from harness.config.places import replace_file, state_dir

KEPT = 5
"""How many times of each are kept; their median is what a test is expected to take."""

NO_PHONE = "no phone"
"""Kind of phone of a test that had none."""


class Durations:
    """Times of the tests of one project.

    Args:
        path: the file; it need not be there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, dict[str, list[float]]] = _read(path)
        self._new: dict[str, dict[str, list[float]]] = {}

    @classmethod
    def of(cls, root: Path) -> Durations:
        """Those of the project whose root directory this is.

        Raises:
            ConfigError: the state directory cannot be used.
        """
        name = hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:16]
        return cls(state_dir() / "durations" / f"{name}.json")

    def expected_s(self, nodeid: str, kinds: Sequence[str]) -> float | None:
        """How long a test takes on the slowest of these kinds of phones; ``None`` when nobody has seen it."""
        by_kind = self._known.get(nodeid, {})
        seen = [by_kind[kind] for kind in kinds or (NO_PHONE,) if kind in by_kind]
        return max(map(median, seen)) if seen else None

    def add(self, nodeid: str, kind: str, took_s: float) -> None:
        """Note how long a test took."""
        self._new.setdefault(nodeid, {}).setdefault(kind or NO_PHONE, []).append(took_s)

    def save(self) -> None:
        """Write down what is new, beside what other runs have written meanwhile.

        Raises:
            OSError: it cannot be written.
        """
        if not self._new:
            return
        merged = _read(self._path)
        for nodeid, by_kind in self._new.items():
            for kind, times in by_kind.items():
                kept = merged.setdefault(nodeid, {})
                kept[kind] = [*kept.get(kind, []), *(round(took_s, 3) for took_s in times)][-KEPT:]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(self._path, json.dumps(merged, sort_keys=True))


def _read(path: Path) -> dict[str, dict[str, list[float]]]:
    try:
        told: dict[str, dict[str, list[float]]] = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}  # what an earlier run left is a help and no more
    return told
