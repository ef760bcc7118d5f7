"""Application states, pushed by the phone."""

from __future__ import annotations

import time
from typing import cast

from harness.evidence.items import NoticeCame
from harness.evidence.sources.base import Desk, StreamSource
from harness.model.capabilities import StateStream
from harness.model.facts import Source
from harness.model.raw import StateNotice
from harness.model.time import Instant


class StateSource(StreamSource[StateStream]):
    """Application states, from DVT's mobilenotifications; the phone begins with one per running app.

    Args:
        desk: the recorder.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, Source.STATE_STREAM)

    async def _connect(self) -> StateStream:
        return await self._desk.phone.states()

    def _take(self, raw: object) -> bool:
        self._desk.hand(NoticeCame(host_s=time.monotonic(), notice=cast("StateNotice", raw)))
        return True

    async def _prove(self, stream: StateStream, now: Instant) -> bool:
        await stream.round_trip()
        return True
