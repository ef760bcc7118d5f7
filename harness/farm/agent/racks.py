"""The virtual phones of a host: an agent runs those that nobody else runs."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from harness.config.devices import DevicesFile
from harness.farm.agent.attendance import Attendance, Attending, HostPhone, virtual_udids
from harness.farm.agent.listing import HostListing
from harness.farm.reach import rack_phones
from harness.virtual.launcher import RunningRack, start_rack


class OwnRacks:
    """The racks that an agent keeps for the virtual entries of its host; they end with the agent.

    One runs what was listed when the agent began, and one more what was added later: a rack that runs is left
    alone, for its phones may be in use.
    """

    def __init__(self) -> None:
        self._racks: list[RunningRack] = []
        self._ensured: DevicesFile | None = None

    def ensure(self, file: DevicesFile | None) -> None:
        """See that the phones run; takes seconds when they have to be started, or have ended.

        A ``harness virtual serve`` that runs some of them is used, and only the others are started.

        Args:
            file: the devices.yaml with only the phones of this host, or ``None``.

        Raises:
            RackNotStarted: they did not start.
            ConfigError: the state directory cannot be used.
        """
        if file is None or (file is self._ensured and self._racks and self._all_run()):
            return
        self._forget_ended()
        running = {phone.identity.udid for phone in rack_phones()}
        missing = {name for name, udid in virtual_udids(file).items() if udid not in running}
        if missing:
            self._racks.append(start_rack(file.path, names=missing))
        self._ensured = file

    def _all_run(self) -> bool:
        return all(rack.is_running for rack in self._racks)

    def _forget_ended(self) -> None:
        for rack in self._racks:
            if not rack.is_running:
                rack.stop()
        self._racks = [rack for rack in self._racks if rack.is_running]

    def stop(self) -> None:
        """End them; stopping twice is no error."""
        racks, self._racks = self._racks, []
        for rack in racks:
            rack.stop()


class RackedAttendance:
    """Looks which phones of a host are there, and has its virtual ones run; see ``parts.Watch``.

    Args:
        file: the devices.yaml with only the phones of this host; ``None`` for every attached real phone.
        host: the machine, as the file calls it.
    """

    def __init__(self, file: DevicesFile | None, host: str) -> None:
        self._listing = HostListing(file, host) if file else None
        self._racks = OwnRacks()
        self._attendance = Attendance(file)

    async def look(self) -> Attending:
        """The phones that are there now.

        Raises:
            HarnessError: this host's usbmuxd does not answer, or the virtual phones do not start.
        """
        await asyncio.to_thread(self._keep_up)
        seen = await self._attendance.look()
        return replace(seen, wrong=self._listing.wrong) if self._listing else seen

    def _keep_up(self) -> None:
        file = self._listing.look() if self._listing else None
        self._attendance.go_by(file)
        self._racks.ensure(file)

    def phone(self, udid: str) -> HostPhone | None:
        """A phone as it was last seen; it may be gone. ``None`` when it never was."""
        return self._attendance.phone(udid)

    def close(self) -> None:
        """End the virtual phones that were started here."""
        self._racks.stop()
