"""The private directory of a rack, and those that killed racks have left behind.

A rack that is killed cannot tidy up. So each keeps a lock on a file of its directory for as long as it
lives, which the system gives back however it ends; a directory whose lock is free is nobody's. The
process identifier is written into that file only when the lock is held, so that a directory that is
just being made never looks abandoned.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Generator, Iterable
from pathlib import Path

from harness.config.places import make_socket_dir, racks_dir

MARKER = "rack.pid"
"""File of a rack's directory: its process identifier, locked while it lives."""

LONGEST_SOCKET = "control"


@contextlib.contextmanager
def private_dir() -> Generator[Path]:
    """A directory of this process for sockets and containers, gone afterwards.

    Raises:
        ConfigError: no directory with a short enough path can be written.
    """
    directory = make_socket_dir(LONGEST_SOCKET)
    try:
        with (directory / MARKER).open("w") as marker:
            fcntl.flock(marker, fcntl.LOCK_EX)
            marker.write(str(os.getpid()))
            marker.flush()
            yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def sweep(bases: Iterable[Path] | None = None) -> None:
    """Remove what killed racks of this user have left: their directories and their addresses.

    Args:
        bases: where to look for directories, instead of where racks make them.
    """
    for base in bases or {Path(tempfile.gettempdir()), Path("/tmp")}:
        for directory in base.glob("ih-*"):
            if _is_abandoned(directory):
                shutil.rmtree(directory, ignore_errors=True)
    for address in racks_dir().glob("*.json"):
        if address.stem.isdigit() and not process_runs(int(address.stem)):
            address.unlink(missing_ok=True)


def process_runs(pid: int) -> bool:
    """Whether there is a process of that identifier, whoever's it is."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _is_abandoned(directory: Path) -> bool:
    try:
        facts = directory.lstat()
        is_ours = stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.getuid()
        if not is_ours or stat.S_IMODE(facts.st_mode) != stat.S_IRWXU:
            return False
        descriptor = os.open(directory / MARKER, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        # It has gone meanwhile, or is not a rack's.
        return False
    with os.fdopen(descriptor) as marker:
        try:
            fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        pid = marker.read()
        return pid.isdigit() and not process_runs(int(pid))
