"""Darwin notifications, relayed by the phone."""

from __future__ import annotations

import time
from typing import cast

from harness.evidence.items import DarwinCame
from harness.evidence.sources.base import Desk, StreamSource
from harness.model.capabilities import DarwinStream
from harness.model.facts import Source
from harness.model.raw import DarwinNotice
from harness.model.time import Instant

WATCHED = (
    "com.apple.springboard.lockstate",
    "com.apple.springboard.lockcomplete",
    "com.apple.mobile.application_installed",
    "com.apple.mobile.application_uninstalled",
    "com.apple.system.lowpowermode",
    "kKeepAppsUpToDateEnabledChangedNotification",
)
"""Names that are relayed by default: somebody locked the phone, or changed what is installed, its mode, or
Background App Refresh.

Source: the names that public tools follow on a phone; that of Low Power Mode is that of the macOS and iOS
headers (``notify_keys``), that of
Background App Refresh background-execution.md §1.7. A name that the phone never posts costs nothing.
"""


class DarwinSource(StreamSource[DarwinStream]):
    """Darwin notifications of the names in ``WATCHED``.

    Args:
        desk: the recorder.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, Source.DARWIN)

    async def _connect(self) -> DarwinStream:
        return await self._desk.phone.darwin(WATCHED)

    def _take(self, raw: object) -> bool:
        self._desk.hand(DarwinCame(host_s=time.monotonic(), notice=cast("DarwinNotice", raw)))
        return True

    async def _prove(self, stream: DarwinStream, now: Instant) -> bool:
        await stream.round_trip()
        return True
