"""One upload of nsurlsessiond: a file of the app's, sent whole in every attempt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from harness.virtual.kernel.nsurlsessiond.attempts import Attempts, Surroundings
from harness.virtual.kernel.nsurlsessiond.fetching import FetchRequest, ResponseHead
from harness.virtual.kernel.nsurlsessiond.rules import KEPT_RESPONSE_BYTES


class Upload(Attempts):
    """Sends one file, however long it takes.

    A further attempt sends the body from its first byte: HTTP has no way to go on with a request. The file
    is the app's own and is read while it is sent, so it has to stay where it is until the task has ended.
    Source: background-execution.md §1.8.1, catalogue S16, S17.

    Args:
        request: where to send it and how; its file is ignored.
        file: says where the file is; asked anew at each attempt, because an app's container moves when
            the app is installed again.
        around: what it has around it.

    Attributes:
        response_body: the body of the answer, as far as it is kept.
    """

    def __init__(self, request: FetchRequest, file: Callable[[], Path], around: Surroundings) -> None:
        super().__init__(around)
        self._request = request
        self._file = file
        self.response_body = b""

    def next_request(self) -> FetchRequest:
        """The whole file again."""
        path = self._file()
        self.size_to_send_bytes = path.stat().st_size if path.is_file() else 0
        return replace(self._request, file=path)

    def take_head(self, head: ResponseHead) -> bool:
        """Expect a new body; any answer to a whole file is of use."""
        self.expected_bytes = head.total_bytes
        self.received_bytes = 0
        self.response_body = b""
        return True

    def take_body(self, data: bytes) -> None:
        """Keep a piece of the answer."""
        self.response_body = (self.response_body + data)[:KEPT_RESPONSE_BYTES]

    def close(self) -> None:
        """Nothing is open between attempts."""

    def discard(self) -> None:
        """Forget the answer; the file is the app's."""
        self.response_body = b""
