"""Application states, pushed by the phone."""

from __future__ import annotations

import asyncio

from harness.errors import DeviceError
from harness.evidence.sources.base import end
from harness.evidence.timeline import Timeline
from harness.model.capabilities import Phone, StateStream
from harness.model.facts import Gap, Source, StateSeen, Watermark
from harness.model.raw import StateNotice
from harness.model.states import from_springboard
from harness.model.time import Instant, written


class StateSource:
    """Application states, from DVT's mobilenotifications.

    Args:
        phone: the phone.
        timeline: where facts go.
    """

    def __init__(self, phone: Phone, timeline: Timeline) -> None:
        self._phone = phone
        self._timeline = timeline
        self._stream: StateStream | None = None
        self._task: asyncio.Task[None] | None = None
        self._gap: Gap | None = None
        self._shown_s = 0.0

    async def start(self, now: Instant) -> None:
        """Enable the notifications; the phone answers with one per running app."""
        self._stream = await self._phone.states()
        self._task = asyncio.create_task(self._follow(self._stream), name="state stream")
        # Watched only since the phone confirmed it, which is later than the moment that was asked for.
        self._note((await self._phone.clock.now()).latest_s)

    async def _follow(self, stream: StateStream) -> None:
        async for notice in stream:
            self._timeline.append(state_fact(notice))

    async def settle(self, now: Instant) -> None:
        """A round trip on the stream's own ordered connection; a dead stream is opened anew, with a gap."""
        try:
            if self._stream is None or self._task is None or self._task.done():
                await self._reconnect(now)
            else:
                await self._stream.round_trip()
                self._note(now.earliest_s)
        except DeviceError as error:
            self._lose(str(error))

    def _note(self, shown_s: float) -> None:
        self._shown_s = shown_s
        self._timeline.append(Watermark(Source.STATE_STREAM, self._shown_s))

    def _lose(self, why: str) -> None:
        if self._gap is None:
            self._gap = Gap(Source.STATE_STREAM, self._shown_s, None, why)
            self._timeline.append(self._gap)
        self._stream = None

    async def _reconnect(self, now: Instant) -> None:
        self._lose("the connection ended")
        await end(self._task)
        await self.start(now)
        if self._gap:
            self._timeline.append(Gap(self._gap.source, self._gap.from_s, self._shown_s, self._gap.why))
            self._gap = None

    async def stop(self) -> None:
        """Stop the stream."""
        await end(self._task)
        if self._stream:
            await self._stream.close()


def state_fact(notice: StateNotice) -> StateSeen:
    """The fact that an application-state notice states."""
    return StateSeen(
        at=written(notice.phone_s),
        source=Source.STATE_STREAM,
        bundle_id=notice.bundle_id,
        pid=notice.pid,
        state=from_springboard(notice.state),
    )
