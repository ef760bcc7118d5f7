"""The files of a phone in this process: an app's container, and the reports that the phone keeps."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from harness.errors import DeviceLost
from harness.model.raw import ReportFile


class KernelContainer:
    """Files of an app, without launching it; implements ``model.capabilities.Container``.

    Args:
        phone: the phone's name.
        root: the container's directory on this host.
    """

    def __init__(self, phone: str, root: Path) -> None:
        self._phone = phone
        self._root: Path | None = root

    async def size_bytes(self, path: str) -> int | None:
        """See ``Container``."""
        try:
            return os.stat(self._file(path)).st_size
        except FileNotFoundError:
            return None

    async def read(self, path: str, offset: int = 0) -> bytes:
        """See ``Container``."""
        try:
            return _read(self._file(path), offset)
        except FileNotFoundError:
            return b""

    async def write(self, path: str, data: bytes) -> None:
        """See ``Container``."""
        _write(self._file(path), data)

    async def remove(self, path: str) -> None:
        """See ``Container``."""
        with suppress(FileNotFoundError):
            os.unlink(self._file(path))

    async def close(self) -> None:
        """See ``Container``."""
        self._root = None

    def _file(self, path: str) -> str:
        if self._root is None:
            raise DeviceLost("the container has been given back", phone=self._phone, fix="Open it again.")
        return os.path.join(self._root, path)


def _read(file: str, offset: int) -> bytes:
    with open(file, "rb") as opened:
        opened.seek(offset)
        return opened.read()


def _write(file: str, data: bytes) -> None:
    with open(file, "wb") as opened:
        opened.write(data)


class KernelReports:
    """Crash and jetsam reports; implements ``model.capabilities.ReportStore``.

    Args:
        directory: where the kernel keeps them on this host.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def flush(self) -> None:
        """Nothing has to be moved: the kernel writes reports to where they are read."""

    async def files(self) -> tuple[ReportFile, ...]:
        """See ``ReportStore``."""
        found = sorted(path for path in self._directory.rglob("*") if path.is_file())
        return tuple(self._told(path) for path in found)

    async def read(self, name: str) -> bytes:
        """See ``ReportStore``."""
        path = self._directory / name
        return path.read_bytes() if path.exists() else b""

    async def close(self) -> None:
        """Nothing is open."""

    def _told(self, path: Path) -> ReportFile:
        status = path.stat()
        name = path.relative_to(self._directory).as_posix()
        # AFC tells the second in which a file was written.
        return ReportFile(name, status.st_size, float(int(status.st_mtime)))
