"""The file of an upload, read while it is sent."""

from __future__ import annotations

import os
from pathlib import Path

BLOCK_BYTES = 64 * 1024


class OutgoingFile:
    """An open file with the length it had when sending began.

    Args:
        path: which file.

    Raises:
        OSError: it is not there, or cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self.size_bytes = os.fstat(self._file.fileno()).st_size
        self._left_bytes = self.size_bytes

    @property
    def is_sent(self) -> bool:
        """Whether as many bytes were read as were announced."""
        return self._left_bytes == 0

    def read(self) -> bytes:
        """The next bytes; none when all are read, or when the file has become shorter meanwhile."""
        data = self._file.read(min(BLOCK_BYTES, self._left_bytes))
        self._left_bytes -= len(data)
        return data

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._file.close()
