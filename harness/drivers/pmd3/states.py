"""The application-state stream of one phone."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, cast

from harness.drivers.pmd3.activity import Activity
from harness.drivers.pmd3.closing import closed_on_failure
from harness.drivers.pmd3.errors import Guard
from harness.drivers.pmd3.instruments import Instruments
from harness.drivers.pmd3.notices import notice_time, parse_notice, state_payload
from harness.errors import CommandTimeout, DeviceLost
from harness.model.raw import StateNotice
from harness.model.time import PhoneClock

if TYPE_CHECKING:
    from harness.drivers.pmd3.pushes import Pushes

ROUND_TRIP_S = 20.0

_log = logging.getLogger(__name__)


class Pmd3StateStream:
    """Notices of DVT's mobilenotifications; implements ``model.capabilities.StateStream``.

    Args:
        phone: the phone's name.
        instruments: its instruments; the pushes share their connection.
        pushes: the stream's own channel, already asked for pushes.
        clock: read when a notice came that the phone did not date.
        activity: touched for each notice.
    """

    def __init__(
        self, phone: str, instruments: Instruments, pushes: Pushes, clock: PhoneClock, activity: Activity
    ) -> None:
        self._phone = phone
        self._instruments = instruments
        self._pushes = pushes
        self._clock = clock
        self._activity = activity

    def __aiter__(self) -> AsyncIterator[StateNotice]:
        """Notices in the order of the wire; ends when the connection is gone or the stream closed."""
        return self._notices()

    async def round_trip(self) -> None:
        """Return when all that the phone pushed before this call has been yielded.

        Somebody must be iterating meanwhile: a notice counts as yielded once the next one is asked for.

        Raises:
            DeviceLost: the stream ended first.
            CommandTimeout: no answer, or nobody iterates.
        """
        try:
            async with Guard(self._phone, "a round trip on the state stream", ROUND_TRIP_S):
                await self._instruments.round_trip(self._pushes)
                if not await self._pushes.arrived.taken():
                    raise self._lost()
        except CommandTimeout as error:
            _log.warning("%s", error)
            self._instruments.doubt()
            raise

    async def close(self) -> None:
        """Have the phone forget the stream, and end the iteration; a lost phone is no error."""
        try:
            await self._instruments.end_stream(self._pushes, self._pushes.enable(False))
        finally:
            self._pushes.arrived.end()

    async def _notices(self) -> AsyncIterator[StateNotice]:
        async for item in self._pushes.arrived:
            payload = state_payload(*cast("tuple[str, tuple[Any, ...]]", item))
            if payload is None:
                continue
            self._activity.touch()
            phone_s = notice_time(payload)
            if phone_s is not None:
                yield parse_notice(payload, phone_s)
            else:
                # Read after it came, so it was no later than the latest moment that this reading allows.
                come_s = (await self._clock.now()).latest_s
                yield parse_notice(payload, come_s, is_dated=False)

    def _lost(self) -> DeviceLost:
        return DeviceLost(
            "the state stream has ended", phone=self._phone, fix="Check the cable and open the phone again."
        )


async def start_states(
    phone: str, instruments: Instruments, clock: PhoneClock, activity: Activity
) -> Pmd3StateStream:
    """Start the stream; returns once the phone confirmed it.

    The request itself has no answer, so a call behind it on the same connection confirms it.
    """
    pushes = await instruments.pushes()
    stream = Pmd3StateStream(phone, instruments, pushes, clock, activity)
    async with closed_on_failure(stream.close):
        await pushes.enable(True)
        await instruments.round_trip(pushes)
    return stream
