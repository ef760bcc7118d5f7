"""One DTX connection per phone, shared by all that speaks to its instruments.

A phone's instruments service tolerates a single connection per client, and only calls and pushes of
one connection have an order between them. Source: background-execution.md §2.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from harness.drivers.pmd3.imports import prepare
from harness.errors import DeveloperModeOff, DeviceError, ImageNotMounted

if TYPE_CHECKING:
    from pymobiledevice3.dtx import DTXService
    from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider
    from pymobiledevice3.services.dvt.instruments.device_info import DeviceInfoService
    from pymobiledevice3.services.dvt.instruments.dvt_provider import DvtProvider
    from pymobiledevice3.services.dvt.instruments.process_control import ProcessControlService

    from harness.drivers.pmd3.exits import Exits
    from harness.drivers.pmd3.pushes import Pushes

_S = TypeVar("_S", bound="DTXService")

LAUNCHD_PID = 1


class Instruments:
    """The instruments of one phone, each opened when first used, again after the connection was lost.

    Args:
        provider: the open way to the phone.
        phone: the phone's name.
    """

    def __init__(self, provider: LockdownServiceProvider, phone: str) -> None:
        self._provider = provider
        self._phone = phone
        self._opening = asyncio.Lock()
        self._dvt: DvtProvider | None = None
        self._gone: asyncio.Task[None] | None = None
        self._services: dict[type[DTXService], DTXService] = {}

    async def process_control(self) -> ProcessControlService:
        """Launching and signalling."""
        from pymobiledevice3.services.dvt.instruments.process_control import ProcessControlService

        return await self._service(ProcessControlService)

    async def device_info(self) -> DeviceInfoService:
        """The process list."""
        from pymobiledevice3.services.dvt.instruments.device_info import DeviceInfoService

        return await self._service(DeviceInfoService)

    async def pushes(self) -> Pushes:
        """A channel of its own for application states; each stream has one."""
        from harness.drivers.pmd3.pushes import Pushes

        async with self._opening:
            return await (await self._connection()).dtx.open_channel(Pushes)

    async def exits(self) -> Exits:
        """A channel of its own for the ends of processes; each stream has one."""
        from harness.drivers.pmd3.exits import Exits

        async with self._opening:
            return await (await self._connection()).dtx.open_channel(Exits)

    async def is_running(self, pid: int) -> bool:
        """Whether a process runs; a phone that does not tell is believed to run it."""
        from pymobiledevice3.exceptions import UnrecognizedSelectorError

        info = await self.device_info()
        try:
            return bool(await info.is_running_pid_(pid))
        except UnrecognizedSelectorError:
            return True  # an answer too, and in its place in the stream

    async def round_trip(self) -> None:
        """Return when every push that the phone sent before has reached its queue.

        The connection is one ordered stream of bytes: when the answer to a call has been read, all
        that the phone wrote before it has been read too. But the library hands an answer straight to
        its caller, while a push goes from the reader to its channel's task and from there to a task
        of its own, two turns of the loop later. So a second call is made: its answer cannot have
        been read before the turn after the one in which those tasks ran, for they were ready to run
        before the call was written.
        """
        for _ in range(2):
            await self.is_running(LAUNCHD_PID)

    async def close(self) -> None:
        """Close the connection, if one was opened."""
        gone, self._gone = self._gone, None
        if gone is not None:
            gone.cancel()
        dvt, self._dvt = self._dvt, None
        self._services.clear()
        if dvt is not None:
            await dvt.close()

    async def _service(self, kind: type[_S]) -> _S:
        async with self._opening:
            dvt = await self._connection()
            known = self._services.get(kind)
            if not isinstance(known, kind):
                known = self._services[kind] = await dvt.dtx.open_channel(kind)
            return known

    async def _connection(self) -> DvtProvider:
        if self._dvt is not None and self._gone is not None and not self._gone.done():
            return self._dvt
        await self.close()
        prepare()
        from pymobiledevice3.exceptions import InvalidServiceError
        from pymobiledevice3.services.dvt.instruments.dvt_provider import DvtProvider

        dvt = DvtProvider(self._provider)
        try:
            await dvt.connect()
        except InvalidServiceError as error:
            raise await self._without_services() from error
        self._dvt = dvt
        self._gone = asyncio.create_task(dvt.dtx.wait_disconnected(), name=f"dtx of {self._phone}")
        return dvt

    async def _without_services(self) -> DeviceError:
        """Why there are no instruments: Developer Mode is looked at first, as without it no image helps."""
        off = self._provider.has_developer_mode and not await self._provider.get_developer_mode_status()
        kind = DeveloperModeOff if off else ImageNotMounted
        fix = (
            "Turn Developer Mode on in Settings > Privacy & Security."
            if off
            else "Mount the developer disk image: pymobiledevice3 mounter auto-mount."
        )
        return kind("the phone offers no developer services", phone=self._phone, fix=fix)
