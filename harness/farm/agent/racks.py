"""The virtual phones of a host: an agent runs those that nobody else runs."""

from __future__ import annotations

import asyncio

from harness.config.devices import DevicesFile
from harness.farm.agent.attendance import Attendance, Attending, HostPhone, virtual_udids
from harness.farm.reach import rack_phones
from harness.virtual.launcher import RunningRack, start_rack


class OwnRack:
    """The rack that an agent keeps for the virtual entries of its host; it ends with the agent.

    Args:
        file: the devices.yaml with only the phones of this host, or ``None``.
    """

    def __init__(self, file: DevicesFile | None) -> None:
        self._file = file
        self._rack: RunningRack | None = None

    def ensure(self) -> None:
        """See that the phones run; takes seconds when they have to be started, or have ended.

        A ``harness virtual serve`` that runs some of them is used, and only the others are started.

        Raises:
            RackNotStarted: they did not start.
            ConfigError: the state directory cannot be used.
        """
        if self._file is None or (self._rack is not None and self._rack.is_running):
            return
        self.stop()
        running = {phone.identity.udid for phone in rack_phones()}
        missing = {name for name, udid in virtual_udids(self._file).items() if udid not in running}
        if missing:
            self._rack = start_rack(self._file.path, names=missing)

    def stop(self) -> None:
        """End it; stopping twice is no error."""
        rack, self._rack = self._rack, None
        if rack is not None:
            rack.stop()


class RackedAttendance:
    """Looks which phones of a host are there, and has its virtual ones run; see ``parts.Watch``.

    Args:
        file: the devices.yaml with only the phones of this host; ``None`` for every attached real phone.
    """

    def __init__(self, file: DevicesFile | None) -> None:
        self._rack = OwnRack(file)
        self._attendance = Attendance(file)

    async def look(self) -> Attending:
        """The phones that are there now.

        Raises:
            HarnessError: this host's usbmuxd does not answer, or the virtual phones do not start.
        """
        await asyncio.to_thread(self._rack.ensure)
        return await self._attendance.look()

    def phone(self, udid: str) -> HostPhone | None:
        """A phone as it was last seen; it may be gone. ``None`` when it never was."""
        return self._attendance.phone(udid)

    def close(self) -> None:
        """End the virtual phones that were started here."""
        self._rack.stop()
