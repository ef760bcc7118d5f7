"""One upload of nsurlsessiond: a file of the app's, sent whole in every attempt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from harness.virtual.kernel.nsurlsessiond.attempts import Attempts, TransferClock, TransferEnd
from harness.virtual.kernel.nsurlsessiond.fetching import FetchRequest, ResponseHead

KEPT_RESPONSE_BYTES = 1024 * 1024
"""How much of the answer to an upload is kept for the app; the model's own limit."""


class Upload(Attempts):
    """Sends one file, however long it takes.

    A further attempt sends the body from its first byte: HTTP has no way to go on with a request. The file
    is the app's own and is read while it is sent, so it has to stay where it is until the task has ended.
    Source: background-execution.md §1.8.1, catalogue S16, S17.

    Args:
        request: where to send it and how; its file is ignored.
        file: says where the file is; asked anew at each attempt, because an app's container moves when
            the app is installed again.
        clock: the phone's clock.
        ended: told once how it ended, while the clock is still held.
        resource_timeout_s: phone seconds from the start until -1001.

    Attributes:
        response_body: the body of the answer, as far as it is kept.
    """

    def __init__(
        self,
        request: FetchRequest,
        file: Callable[[], Path],
        clock: TransferClock,
        ended: Callable[[TransferEnd], None],
        *,
        resource_timeout_s: float,
    ) -> None:
        super().__init__(clock, ended, resource_timeout_s=resource_timeout_s)
        self._request = request
        self._file = file
        self._status: int | None = None
        self.response_body = b""

    def next_request(self) -> FetchRequest:
        """The whole file again."""
        path = self._file()
        self.size_to_send_bytes = path.stat().st_size if path.is_file() else 0
        return replace(self._request, file=path)

    def take_head(self, head: ResponseHead) -> None:
        """Take note of the status, and expect a new body."""
        self._status = head.status
        self.expected_bytes = head.total_bytes
        self.received_bytes = 0
        self.response_body = b""

    def take_body(self, data: bytes) -> None:
        """Keep a piece of the answer."""
        self.response_body = (self.response_body + data)[:KEPT_RESPONSE_BYTES]

    def answered_status(self) -> int | None:
        """The status of the answer."""
        return self._status

    def close(self) -> None:
        """Nothing is open between attempts."""

    def discard(self) -> None:
        """Forget the answer; the file is the app's."""
        self.response_body = b""
