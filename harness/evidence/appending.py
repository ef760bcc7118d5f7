"""Files of lines that are continued where a crash may have cut the last line short."""

from __future__ import annotations

import os
from io import FileIO
from pathlib import Path

NEWLINE = b"\n"

BLOCK_BYTES = 1 << 16
"""How much of a file is looked through at once, from its end on."""


class LineFile:
    """A file that whole lines are appended to: a line is in it to its end, or not at all.

    A torn end would swallow the next line: the two would be one that nobody can read, in the middle of the
    file. Nobody was told of a line that is not whole, so it is cut off.

    Args:
        path: of the file; one that is there already is continued.

    Raises:
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._file = FileIO(path, "a+")
        self._file.truncate(_end_of_last_line(self._file))

    @property
    def is_closed(self) -> bool:
        """Whether it takes no more."""
        return self._file.closed

    def append(self, line: bytes) -> None:
        """Append a line; it has left this process when the call returns.

        Args:
            line: with its newline.

        Raises:
            OSError: it could not be written whole, such as on a full disk; nothing of it is in the file.
        """
        size_bytes = self._file.seek(0, os.SEEK_END)
        left = memoryview(line)
        try:
            while left:  # a disk that fills up takes a part first, and refuses only the rest
                left = left[self._file.write(left) :]
        except OSError:
            self._file.truncate(size_bytes)
            raise

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _end_of_last_line(file: FileIO) -> int:
    """Where the last line that has its newline ends; 0 when none has."""
    to = file.seek(0, os.SEEK_END)
    while to > 0:
        begin = max(0, to - BLOCK_BYTES)
        file.seek(begin)
        found = file.read(to - begin).rfind(NEWLINE)
        if found >= 0:
            return begin + found + 1
        to = begin
    return 0
