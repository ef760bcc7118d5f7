"""What the processes of one run of pytest tell each other, as files in a directory that the run removes.

xdist carries indices of tests to its workers and reports back, and nothing else. The rest goes through here:
what each test needs, on which phones it is meant to run, who has begun it, and which phones went away. Every
file is made in one step, so that who reads it finds all of it, and outlives a worker that is killed.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.config.places import replace_file
from harness.config.privatedir import PREFIX, PrivateDirectory
from harness.plugins.seating import Slots


@dataclass(frozen=True)
class Requirement:
    """What a test needs.

    Attributes:
        slots: per phone needed the names of those that would do; empty when it needs none, or can have none.
        kinds: the kinds of phones among these, such as ``virtual iOS 16``, sorted.
        why: why no phone can ever do, or empty.
    """

    slots: Slots = ()
    kinds: tuple[str, ...] = ()
    why: str = ""


class RunDirectory:
    """The directory of a run. Phones go by their names here, as in ``requirements``.

    Args:
        directory: where it is.
    """

    def __init__(self, directory: PrivateDirectory) -> None:
        self._directory = directory
        self.path = directory.path

    @classmethod
    def at(cls, path: str) -> RunDirectory:
        """The one that the controller has made; it stays while this process lives, too."""
        return cls(PrivateDirectory.join(Path(path)))

    @classmethod
    def make(cls) -> RunDirectory:
        """A new one, readable by its owner only."""
        made = cls(PrivateDirectory.make(tempfile.gettempdir(), f"{PREFIX}run-"))
        for name in ("needs", "seats", "begun", "lost"):
            (made.path / name).mkdir()
        return made

    def remove(self) -> None:
        """Remove it; whoever still writes to it is told that it is gone."""
        self._directory.remove()

    # ---- what tests need

    def publish(self, worker: str, needs: Mapping[str, Requirement]) -> None:
        """Tell what each test needs that a worker has collected, by its pytest name."""
        told = {nodeid: asdict(need) for nodeid, need in needs.items()}
        replace_file(self.path / "needs" / worker, json.dumps(told))

    def published(self, worker: str) -> dict[str, Requirement]:
        """What a worker has told; nothing when it has not."""
        path = self.path / "needs" / worker
        if not path.exists():
            return {}
        told: dict[str, dict[str, Any]] = json.loads(path.read_text())
        return {
            nodeid: Requirement(tuple(map(tuple, need["slots"])), tuple(need["kinds"]), need["why"])
            for nodeid, need in told.items()
        }

    # ---- where a test is meant to run

    def assign(self, worker: str, test: int, seat: Sequence[str]) -> None:
        """Tell a worker the phones that it is meant to run a test on; told before the test is."""
        replace_file(self.path / "seats" / f"{worker}.{test}", "\n".join(seat))

    def assigned(self, worker: str, test: int) -> tuple[str, ...]:
        """Where a worker is meant to run a test; empty when nobody said."""
        path = self.path / "seats" / f"{worker}.{test}"
        return tuple(path.read_text().split("\n")) if path.exists() else ()

    # ---- who has begun it

    def begin(self, worker: str, test: int) -> bool:
        """Begin a test; ``False`` when another worker has. Asking again changes nothing."""
        try:
            # A link is there with all that it says, or not at all; a file is empty at first.
            os.symlink(worker, self._begun(test))
        except FileExistsError:
            return self.begun_by(test) == worker
        return True

    def begun_by(self, test: int) -> str:
        """The worker that has begun a test; empty while nobody has."""
        path = self._begun(test)
        return os.readlink(path) if path.is_symlink() else ""

    def forget(self, test: int) -> None:
        """Let a test be begun once more."""
        self._begun(test).unlink(missing_ok=True)

    def _begun(self, test: int) -> Path:
        return self.path / "begun" / str(test)

    # ---- which phones went away

    def lose(self, phone: str) -> None:
        """Tell that a phone went away in the middle of a test."""
        (self.path / "lost" / phone).touch()

    @property
    def lost(self) -> frozenset[str]:
        """The phones that went away."""
        return frozenset(path.name for path in (self.path / "lost").iterdir())
