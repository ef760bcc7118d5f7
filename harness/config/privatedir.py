"""Private directories of processes, and those that killed processes have left behind.

A process that is killed cannot tidy up. So whoever uses such a directory keeps a lock on a file in it for as
long as it does, which the system gives back however the process ends: several that use one share the lock,
and whoever gets it alone has proof that all of them are gone. Who makes a directory removes, where it makes
it, those of which that is so.

The file gets its name only when it is locked, so a directory that is just being made never looks abandoned;
and one without the file is not known to be anybody's, and is left alone.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

PREFIX = "ih-"
"""How the name of each begins."""

IN_USE = "in-use"
"""The file that is locked by those who use a directory."""


class PrivateDirectory:
    """A directory that only this user can read, used by this process until it is removed or the process ends.

    Attributes:
        path: where it is.
    """

    def __init__(self, path: Path, lock: int | None) -> None:
        self.path = path
        # A number and not a file, which would be closed, and the lock lost, with the last who knows it.
        self._lock = lock

    @classmethod
    def make(cls, base: Path | str, prefix: str = PREFIX) -> PrivateDirectory:
        """Make one, and remove those beside it that nobody uses any more.

        Args:
            base: the directory that it will be in.
            prefix: what its name begins with, and with ``PREFIX`` that; eight characters follow.

        Raises:
            OSError: it cannot be made.
        """
        sweep(base)
        path = Path(tempfile.mkdtemp(prefix=prefix, dir=base))
        try:
            return cls(path, _locked(path))
        except OSError:
            shutil.rmtree(path, ignore_errors=True)
            raise

    @classmethod
    def join(cls, path: Path) -> PrivateDirectory:
        """Use one that another process has made and uses still."""
        lock = None
        # Where it has gone already there is nothing to keep.
        with suppress(OSError):
            lock = os.open(path / IN_USE, os.O_RDONLY | os.O_NOFOLLOW)
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return cls(path, lock)

    def remove(self) -> None:
        """Remove it with all that is in it; whoever uses it still finds it gone."""
        shutil.rmtree(self.path, ignore_errors=True)
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)


def _locked(path: Path) -> int:
    nameless = path / f".{IN_USE}"
    lock = os.open(nameless, os.O_RDONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)
        nameless.rename(path / IN_USE)
    except OSError:
        os.close(lock)
        raise
    return lock


def sweep(base: Path | str) -> None:
    """Remove the directories of this user's killed processes; what cannot be removed stays."""
    with suppress(OSError), os.scandir(base) as found:
        for each in found:
            if each.name.startswith(PREFIX):
                _remove_if_abandoned(Path(each.path))


def _remove_if_abandoned(directory: Path) -> None:
    try:
        if not _is_private(directory):
            return
        lock = os.open(directory / IN_USE, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        # It has gone meanwhile, or is not one of these.
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(directory, ignore_errors=True)
    except OSError:
        return
    finally:
        os.close(lock)


def _is_private(directory: Path) -> bool:
    facts = directory.lstat()
    is_ours = stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.getuid()
    return is_ours and stat.S_IMODE(facts.st_mode) == stat.S_IRWXU
