"""Where a run with a report keeps what is not redacted yet, and what becomes of it when the run is killed.

It is one directory per run, which only its owner can read and which the run removes at its end. That of a
run that was killed stays, so that ``harness report`` can tell what the run was in the middle of; after a
while the next run with a report removes it.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from harness.farm.leases.doors import process_exists

KEPT_S = 7 * 24 * 3600.0
"""How long what a killed run left is kept, in seconds since it was last written to."""

_NAME = re.compile(r"harness-report-(\d+)-\w+")


def lay_aside(now_s: float) -> Path:
    """A new directory for this process's run; what killed runs left long ago is removed.

    Args:
        now_s: seconds since 1970.

    Raises:
        OSError: there is no room for it.
    """
    for path in _left_long_ago(now_s):
        shutil.rmtree(path, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"harness-report-{os.getpid()}-"))


def _left_long_ago(now_s: float) -> Iterator[Path]:
    for path in Path(tempfile.gettempdir()).iterdir():
        named = _NAME.fullmatch(path.name)
        if (
            named
            and not process_exists(int(named[1]))
            and _is_ours(path)
            and now_s - _written_s(path) > KEPT_S
        ):
            yield path


def _is_ours(path: Path) -> bool:
    """Whether it is a directory of this user's; a link of that name could lead anywhere."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()


def _written_s(path: Path) -> float:
    """When something in it was last begun."""
    try:
        return max(one.stat().st_mtime for one in (path, *path.iterdir()))
    except OSError:
        return float("inf")  # somebody else is removing it
