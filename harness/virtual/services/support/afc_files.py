"""A directory of this host as AFC shows it to a client, and the way in kept inside that directory."""

from __future__ import annotations

import errno
import os
import posixpath
import stat
from collections.abc import Callable
from pathlib import Path

from harness.wire.afc_lists import FileInfo
from harness.wire.afc_numbers import AfcStatus

STATUS_OF_ERRNO: dict[int, AfcStatus] = {
    errno.ENOENT: AfcStatus.OBJECT_NOT_FOUND,
    errno.ENOTDIR: AfcStatus.READ_ERROR,
    errno.EISDIR: AfcStatus.OBJECT_IS_DIR,
    errno.EEXIST: AfcStatus.OBJECT_EXISTS,
    errno.ENOTEMPTY: AfcStatus.DIR_NOT_EMPTY,
    errno.EACCES: AfcStatus.PERM_DENIED,
    errno.EPERM: AfcStatus.PERM_DENIED,
    errno.EBADF: AfcStatus.INVALID_ARG,
    errno.EINVAL: AfcStatus.INVALID_ARG,
    errno.ENAMETOOLONG: AfcStatus.INVALID_ARG,
    # A name that is no UTF-8, on a Mac.
    errno.EILSEQ: AfcStatus.INVALID_ARG,
    errno.EWOULDBLOCK: AfcStatus.OP_WOULD_BLOCK,
    errno.ENOSPC: AfcStatus.NO_SPACE_LEFT,
}
"""What the host's file system says, in AFC's words; anything else is ``IO_ERROR``."""

_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISREG, "S_IFREG"),
    (stat.S_ISDIR, "S_IFDIR"),
    (stat.S_ISLNK, "S_IFLNK"),
    (stat.S_ISFIFO, "S_IFIFO"),
    (stat.S_ISSOCK, "S_IFSOCK"),
)


class AfcRefusal(Exception):
    """The reply is a status that is no success."""

    def __init__(self, status: AfcStatus) -> None:
        super().__init__(status.name)
        self.status = status


class Jail:
    """Paths of a client, mapped into one directory and never out of it.

    Args:
        root: the directory the client sees as ``/``.
        only: the one entry of the root the client may enter; ``None`` for all.
    """

    def __init__(self, root: Path, only: str | None = None) -> None:
        self._root = os.path.realpath(root)
        self._only = only

    def names(self, path: str) -> list[str]:
        """The entries of a directory, ``.`` and ``..`` first, then sorted."""
        if self._only is not None and _parts(path) == []:
            return [".", "..", self._only]
        return [".", "..", *sorted(os.listdir(self.followed(path)))]

    def entry(self, path: str) -> str:
        """The host's path of an entry, which may be a link that leads anywhere.

        Raises:
            AfcRefusal: the way to it leads out of the directory, or it is not for this client.
        """
        parts = _parts(path)
        if self._only is not None and parts and parts[0] != self._only:
            raise AfcRefusal(AfcStatus.PERM_DENIED)
        full = os.path.join(self._root, *parts)
        self._check(os.path.realpath(os.path.dirname(full)) if parts else self._root)
        return full

    def movable(self, path: str) -> str:
        """As ``entry``, for one that is to be moved or removed; the root is not for that.

        Raises:
            AfcRefusal: as ``entry``, or it is the root.
        """
        if not _parts(path):
            raise AfcRefusal(AfcStatus.PERM_DENIED)
        return self.entry(path)

    def followed(self, path: str) -> str:
        """The host's path of what an entry leads to; raises as ``entry``."""
        full = self.entry(path)
        self._check(os.path.realpath(full))
        return full

    def info(self, path: str) -> FileInfo:
        """Facts of an entry; a link is not followed."""
        full = self.entry(path)
        facts = os.lstat(full)
        kind = next((name for is_kind, name in _KINDS if is_kind(facts.st_mode)), "S_IFREG")
        return FileInfo(
            kind=kind,
            size_bytes=_apfs_size_bytes(full) if kind == "S_IFDIR" else facts.st_size,
            blocks=facts.st_blocks,
            links=facts.st_nlink,
            modified_ns=facts.st_mtime_ns,
            # Not every host keeps it, and none in the phone's time; it is never after the last change.
            born_ns=facts.st_mtime_ns,
            target=os.readlink(full) if kind == "S_IFLNK" else None,
        )

    def _check(self, real: str) -> None:
        if os.path.commonpath([self._root, real]) != self._root:
            raise AfcRefusal(AfcStatus.PERM_DENIED)


def _apfs_size_bytes(directory: str) -> int:
    # On the phone's file system a directory counts 32 bytes per entry, "." and ".." included.
    return 32 * (2 + len(os.listdir(directory)))


def _parts(path: str) -> list[str]:
    # Normalised from the root on, so that ".." cannot climb above it.
    return [part for part in posixpath.normpath("/" + path).split("/") if part]


def status_of(error: OSError) -> AfcStatus:
    """The status that tells a client of an error of the host's file system."""
    return STATUS_OF_ERRNO.get(error.errno or 0, AfcStatus.IO_ERROR)
