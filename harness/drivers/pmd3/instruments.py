"""One DTX connection per phone, shared by all that speaks to its instruments.

A phone's instruments service tolerates a single connection per client, and only calls and pushes of
one connection have an order between them. Source: background-execution.md §2.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from harness.drivers.pmd3.closing import close_within
from harness.drivers.pmd3.errors import Guard
from harness.drivers.pmd3.imports import prepare
from harness.drivers.pmd3.listing import list_again
from harness.drivers.pmd3.way import Way
from harness.errors import DeveloperModeOff, DeviceError, DeviceLost, HarnessError, ImageNotMounted

if TYPE_CHECKING:
    from pymobiledevice3.dtx import DTXService
    from pymobiledevice3.services.dvt.instruments.condition_inducer import ConditionInducerService
    from pymobiledevice3.services.dvt.instruments.device_info import DeviceInfoService
    from pymobiledevice3.services.dvt.instruments.dvt_provider import DvtProvider
    from pymobiledevice3.services.dvt.instruments.location_simulation import LocationSimulationService
    from pymobiledevice3.services.dvt.instruments.process_control import ProcessControlService

    from harness.drivers.pmd3.dvt import PushChannel
    from harness.drivers.pmd3.exits import Exits
    from harness.drivers.pmd3.pushes import Pushes

_S = TypeVar("_S", bound="DTXService")
_P = TypeVar("_P", bound="PushChannel")

LAUNCHD_PID = 1

PROBE_S = 5.0
"""How long a connection in doubt has to answer, in wall seconds."""


class Instruments:
    """The instruments of one phone, each opened when first used, again after the connection was lost.

    A connection is lost when it has ended, when the way it was opened over is gone, or when it does not
    answer although something was amiss: a phone's instruments server may hang while the rest of it goes on.

    Args:
        way: the way to the phone.
        phone: the phone's name.
    """

    def __init__(self, way: Way, phone: str) -> None:
        self._way = way
        self._phone = phone
        self._opening = asyncio.Lock()
        self._dvt: DvtProvider | None = None
        self._gone: asyncio.Task[None] | None = None
        self._services: dict[type[DTXService], DTXService] = {}
        self._streams: set[PushChannel] = set()
        self._generation = 0
        self._cleared = 0

    async def process_control(self) -> ProcessControlService:
        """Launching and signalling."""
        from pymobiledevice3.services.dvt.instruments.process_control import ProcessControlService

        return await self._service(ProcessControlService)

    async def device_info(self) -> DeviceInfoService:
        """The process list."""
        from pymobiledevice3.services.dvt.instruments.device_info import DeviceInfoService

        return await self._service(DeviceInfoService)

    async def conditions(self) -> ConditionInducerService:
        """Bad networks and hot phones; what it simulates ends with the connection."""
        from pymobiledevice3.services.dvt.instruments.condition_inducer import ConditionInducerService

        return await self._service(ConditionInducerService)

    async def location(self) -> LocationSimulationService:
        """Where the phone believes to be; what it simulates ends with the connection."""
        from pymobiledevice3.services.dvt.instruments.location_simulation import LocationSimulationService

        return await self._service(LocationSimulationService)

    async def pushes(self) -> Pushes:
        """A channel of its own for application states; each stream has one."""
        from harness.drivers.pmd3.pushes import Pushes

        return await self._stream(Pushes)

    async def exits(self) -> Exits:
        """A channel of its own for the ends of processes; each stream has one."""
        from harness.drivers.pmd3.exits import Exits

        return await self._stream(Exits)

    async def is_running(self, pid: int) -> bool:
        """Whether a process runs; a phone that does not tell is believed to run it."""
        from pymobiledevice3.exceptions import UnrecognizedSelectorError

        info = await self.device_info()
        try:
            return bool(await info.is_running_pid_(pid))
        except UnrecognizedSelectorError:
            return True  # an answer too, and in its place in the stream

    async def round_trip(self, stream: PushChannel) -> None:
        """Return when every push that the phone sent before has reached its queue.

        The connection is one ordered stream of bytes: when the answer to a call has been read, all
        that the phone wrote before it has been read too. But the library hands an answer straight to
        its caller, while a push goes from the reader to its channel's task and from there to a task
        of its own, two turns of the loop later. So a second call is made: its answer cannot have
        been read before the turn after the one in which those tasks ran, for they were ready to run
        before the call was written.

        Args:
            stream: the channel of the pushes.

        Raises:
            DeviceLost: its connection is gone; an answer on another one would prove nothing.
        """
        self._check_carried(stream)
        for _ in range(2):
            await self.is_running(LAUNCHD_PID)
            self._check_carried(stream)

    async def end_stream(self, stream: PushChannel, goodbye: Coroutine[Any, Any, None]) -> None:
        """Close the channel of a stream, if it is still there; the others stay.

        Args:
            stream: the channel.
            goodbye: what the phone is told before.
        """
        dvt = self._dvt
        if stream not in self._streams or dvt is None or not self.is_up:
            goodbye.close()
            return
        self._streams.discard(stream)
        if not await close_within(self._phone, "a channel of its instruments", _end(stream, goodbye, dvt)):
            self.doubt()

    async def close(self) -> None:
        """Close the connection, if one was opened."""
        gone, self._gone = self._gone, None
        if gone is not None:
            gone.cancel()
        dvt, self._dvt = self._dvt, None
        self._services.clear()
        self._streams.clear()
        if dvt is not None:
            await close_within(self._phone, "its instruments", dvt.close())

    def doubt(self) -> None:
        """Have the connection looked at before it is used again: something on it went unanswered."""
        self._way.doubt()

    def _check_carried(self, stream: PushChannel) -> None:
        if stream not in self._streams or not self.is_up:
            raise DeviceLost(
                "the stream from its instruments has ended", phone=self._phone, fix="Check the cable."
            )

    async def _stream(self, kind: type[_P]) -> _P:
        async with self._opening:
            dvt = await self._connection()
            stream = await dvt.dtx.open_channel(kind)
            self._streams.add(stream)
            return stream

    async def _service(self, kind: type[_S]) -> _S:
        async with self._opening:
            return await self._service_on(await self._connection(), kind)

    async def _service_on(self, dvt: DvtProvider, kind: type[_S]) -> _S:
        known = self._services.get(kind)
        if not isinstance(known, kind):
            known = self._services[kind] = await dvt.dtx.open_channel(kind)
        return known

    async def _connection(self) -> DvtProvider:
        doubts = self._way.doubts
        known = self._dvt if self.is_up else None
        if known is not None and (self._cleared == doubts or await self._answers(known)):
            self._cleared = doubts
            return known
        await self.close()
        self._dvt = dvt = await self._connect()
        self._generation, self._cleared = self._way.generation, doubts
        self._gone = asyncio.create_task(dvt.dtx.wait_disconnected(), name=f"dtx of {self._phone}")
        return dvt

    @property
    def is_up(self) -> bool:
        """Whether the connection is open, over the way as it is now."""
        same_way = self._generation == self._way.generation
        return same_way and self._gone is not None and not self._gone.done()

    async def _answers(self, dvt: DvtProvider) -> bool:
        from pymobiledevice3.exceptions import UnrecognizedSelectorError
        from pymobiledevice3.services.dvt.instruments.device_info import DeviceInfoService

        try:
            async with Guard(self._phone, "asking its instruments for a sign of life", PROBE_S):
                with suppress(UnrecognizedSelectorError):  # an answer too
                    await (await self._service_on(dvt, DeviceInfoService)).is_running_pid_(LAUNCHD_PID)
        except HarnessError:
            return False
        return True

    async def _connect(self) -> DvtProvider:
        prepare()
        from pymobiledevice3.exceptions import InvalidServiceError

        try:
            return await self._dial()
        except InvalidServiceError as error:
            # The image may have been mounted after the tunnel was opened.
            if not await list_again(self._way.provider):
                raise await self._without_services() from error
        try:
            return await self._dial()
        except InvalidServiceError as error:
            raise await self._without_services() from error

    async def _dial(self) -> DvtProvider:
        from harness.drivers.pmd3.dvt import Dvt

        dvt = Dvt(self._way.provider)
        await dvt.connect()
        return dvt

    async def _without_services(self) -> DeviceError:
        """Why there are no instruments: Developer Mode is looked at first, as without it no image helps."""
        provider = self._way.provider
        off = provider.has_developer_mode and not await provider.get_developer_mode_status()
        kind = DeveloperModeOff if off else ImageNotMounted
        fix = (
            "Turn Developer Mode on in Settings > Privacy & Security."
            if off
            else "Mount the developer disk image: pymobiledevice3 mounter auto-mount."
        )
        return kind("the phone offers no developer services", phone=self._phone, fix=fix)


async def _end(stream: PushChannel, goodbye: Coroutine[Any, Any, None], dvt: DvtProvider) -> None:
    await goodbye
    await dvt.dtx.cancel_channel(stream.channel)
