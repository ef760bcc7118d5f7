"""One download of nsurlsessiond: a file that grows over as many attempts as it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from harness.virtual.kernel.nsurlsessiond.attempts import Attempts, Surroundings
from harness.virtual.kernel.nsurlsessiond.fetching import FetchRequest, ResponseHead


class Download(Attempts):
    """Fetches one URL into a file, however long it takes.

    A further attempt asks for the rest only (``Range``) when the server gave a validator for what is here.

    Args:
        request: what to fetch; its offset and validator are ignored.
        place: says where the bytes go, in a directory that exists; asked anew each time, because an
            app's container moves when the app is installed again.
        around: what it has around it.
    """

    def __init__(self, request: FetchRequest, place: Callable[[], Path], around: Surroundings) -> None:
        super().__init__(around)
        self._request = replace(request, offset_bytes=0, validator="")
        self._place = place
        self._partial: ResponseHead | None = None
        self._file: BinaryIO | None = None

    @property
    def path(self) -> Path:
        """Where the file is now."""
        return self._place()

    def next_request(self) -> FetchRequest:
        """The rest of the file where that can be had, else the whole of it."""
        validator = self._partial.validator if self._partial is not None else ""
        offset_bytes = self.received_bytes if validator else 0
        self._request = replace(self._request, offset_bytes=offset_bytes, validator=validator)
        return self._request

    def take_head(self, head: ResponseHead) -> bool:
        """Open the file where the body belongs; an answer to a range may be of no use."""
        self.close()
        asked_bytes = self._request.offset_bytes
        resumes = head.status == 206 and head.first_byte == asked_bytes
        # A range that the server no longer has, or another one than asked for: begin anew.
        useless = asked_bytes > 0 and not resumes and head.status in (206, 416)
        self._file = self.path.open("ab" if resumes and asked_bytes else "wb")
        self.received_bytes = asked_bytes if resumes else 0
        self._partial = head if head.status in (200, 206) and not useless else None
        self.expected_bytes = head.total_bytes
        return not useless

    def take_body(self, data: bytes) -> None:
        """Append a piece of the body."""
        assert self._file is not None
        self._file.write(data)

    def close(self) -> None:
        """Close the file; what is in it stays."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def discard(self) -> None:
        """Remove the partial file."""
        self.path.unlink(missing_ok=True)
