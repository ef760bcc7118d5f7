"""What a holder shows to other processes: a kernel lock that proves it is alive, and a pipe to wake it.

The lock is ``flock`` on a file of the holder's own. The kernel drops it when the process ends, however
it ends, so a free lock proves death, at once and without a clock. A stopped process keeps it: without
something between the phone and its users that can cut a connection, taking the phone from a process
that may wake up again would be double use.

A probe asks for the shared lock, so that two probes never take each other for the holder.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import selectors
import weakref
from pathlib import Path
from uuid import uuid4

from harness.config.places import state_dir
from harness.errors import LeaseLost


def directory_of(leases: Path) -> Path:
    """Where the holders of a lease file have their locks and pipes."""
    return leases.with_name(f"{leases.name}.holders")


def directory_of_rack(address: str) -> Path:
    """Where the holders of this machine have theirs that use a database of several machines."""
    return state_dir() / f"rack-{hashlib.sha256(address.encode()).hexdigest()[:12]}.holders"


class Door:
    """This process's own lock and pipe; made under the store's transaction.

    Attributes:
        id: names the holder; never used twice.
    """

    def __init__(self, directory: Path) -> None:
        self.id = uuid4().hex
        self._directory = directory
        self._pid = os.getpid()
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Python's descriptors are close-on-exec: a program started from here does not keep the lock.
        self._lock = os.open(_lock_path(directory, self.id), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        os.mkfifo(_pipe_path(directory, self.id), 0o600)
        self._read = os.open(_pipe_path(directory, self.id), os.O_RDONLY | os.O_NONBLOCK)
        # A writer of one's own, so that the pipe is not at its end whenever another one has closed.
        self._write = os.open(_pipe_path(directory, self.id), os.O_WRONLY | os.O_NONBLOCK)
        self._open = True
        _OPEN.add(self)

    def check_own(self) -> None:
        """Refuse use after ``close``, and in a forked child, which holds nothing.

        Raises:
            LeaseLost: this process is not the holder.
        """
        if os.getpid() != self._pid:
            what = f"the phone is held by process {self._pid}, and this is its child {os.getpid()}"
            raise LeaseLost(what, fix="Take a lease in the process that uses the phone")
        if not self._open:
            raise LeaseLost("the holder was closed", fix="Register again")

    def wait(self, timeout_s: float) -> bool:
        """Return when woken, or after ``timeout_s`` seconds; whether it was woken."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._read, selectors.EVENT_READ)
            woken = bool(selector.select(max(0.0, timeout_s)))
            if woken:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._read, 4096)
        return woken

    def close(self) -> None:
        """Give the lock up and remove the files."""
        if self._open and os.getpid() == self._pid:
            self.forget()
            remove(self._directory, self.id)

    def forget(self) -> None:
        """Close this process's descriptors; another process's copy of the lock stays held."""
        if self._open:
            self._open = False
            for descriptor in (self._lock, self._read, self._write):
                os.close(descriptor)


_OPEN: weakref.WeakSet[Door] = weakref.WeakSet()


def _forget_all() -> None:
    for door in list(_OPEN):
        door.forget()


# A forked child shares the lock through its copy of the descriptor, and would keep it alive.
os.register_at_fork(after_in_child=_forget_all)


def is_dead(directory: Path, holder: str, pid: int) -> bool:
    """Whether the process of a holder has ended."""
    try:
        probe = os.open(_lock_path(directory, holder), os.O_RDWR)
    except FileNotFoundError:
        # Somebody cleaned up too much; the process table is the next best witness.
        return not process_exists(pid)
    try:
        fcntl.flock(probe, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(probe)
    return True


def touch(directory: Path, holder: str) -> None:
    """Say that a holder lives; nothing happens when it has left."""
    with contextlib.suppress(FileNotFoundError):
        os.utime(_lock_path(directory, holder))


def touched_s(directory: Path, holder: str) -> float:
    """When a holder last said so, seconds since 1970 by this machine; 0 of one that is not here."""
    try:
        return _lock_path(directory, holder).stat().st_mtime
    except FileNotFoundError:
        return 0.0


def has_ended(directory: Path, holder: str) -> bool:
    """Whether a holder of this directory has ended; of one that is not of it, nothing is known."""
    return _lock_path(directory, holder).exists() and is_dead(directory, holder, os.getpid())


def await_end(directory: Path, holder: str) -> None:
    """Return once a holder has ended, however it ended; the kernel says so at once."""
    try:
        lock = os.open(_lock_path(directory, holder), os.O_RDWR)
    except FileNotFoundError:
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)
    finally:
        os.close(lock)


def process_exists(pid: int) -> bool:
    """Whether there is a process of that number; it need not be the one that once had it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def wake(directory: Path, holder: str) -> None:
    """Wake a holder that waits; nothing happens when it does not."""
    try:
        pipe = os.open(_pipe_path(directory, holder), os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        # No such pipe, or nobody reads it: the holder has just gone.
        return
    try:
        os.write(pipe, b"!")
    except OSError:
        # Full of earlier calls, or its reader has just gone: either way there is nobody to wake.
        return
    finally:
        os.close(pipe)


def remove(directory: Path, holder: str) -> None:
    """Remove the files of a holder that has ended."""
    _lock_path(directory, holder).unlink(missing_ok=True)
    _pipe_path(directory, holder).unlink(missing_ok=True)


def _lock_path(directory: Path, holder: str) -> Path:
    return directory / f"{holder}.lock"


def _pipe_path(directory: Path, holder: str) -> Path:
    return directory / f"{holder}.wake"


def sweep(directory: Path, *, keep: set[str]) -> None:
    """Remove what processes left that ended before they were known; under the store's transaction."""
    for path in directory.iterdir():
        if path.stem not in keep:
            path.unlink(missing_ok=True)
