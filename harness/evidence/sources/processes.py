"""The process list, looked at now and then."""

from __future__ import annotations

from harness.errors import DeviceError
from harness.evidence.timeline import Timeline
from harness.model.capabilities import Phone
from harness.model.facts import DebuggerSeen, ProcessAbsent, ProcessSeen, Source
from harness.model.raw import ProcessRow
from harness.model.time import Instant


class ProcessSource:
    """The process list: a look at each settling, not a stream.

    Args:
        phone: the phone.
        timeline: where facts go.
        bundle_id: the app.
        executable: its executable's name, for phones whose list tells no bundle identifiers.
    """

    def __init__(self, phone: Phone, timeline: Timeline, bundle_id: str, executable: str) -> None:
        self._phone = phone
        self._timeline = timeline
        self._bundle_id = bundle_id
        self._executable = executable
        self._debugged = False

    async def start(self, now: Instant) -> None:
        """Take a first look."""
        await self.settle(now)

    async def settle(self, now: Instant) -> None:
        """Look once: the app's process or its absence, and whether a debugserver runs."""
        try:
            rows = await self._phone.processes()
        except DeviceError:
            return  # a look that failed shows nothing, and no watermark is set
        mine = [row for row in rows if self._is_mine(row)]
        for row in mine:
            self._timeline.append(self._seen(row, now))
        if not mine:
            self._timeline.append(
                ProcessAbsent(at=now, source=Source.PROCESS_LIST, bundle_id=self._bundle_id)
            )
        self._note_debugger(any(row.name == "debugserver" for row in rows), now)

    def _is_mine(self, row: ProcessRow) -> bool:
        return row.bundle_id == self._bundle_id if row.bundle_id else row.name == self._executable

    def _seen(self, row: ProcessRow, now: Instant) -> ProcessSeen:
        return ProcessSeen(
            at=now,
            source=Source.PROCESS_LIST,
            bundle_id=self._bundle_id,
            pid=row.pid,
            started_s=row.started_s,
        )

    def _note_debugger(self, debugged: bool, now: Instant) -> None:
        if debugged != self._debugged:
            self._debugged = debugged
            self._timeline.append(DebuggerSeen(at=now, source=Source.PROCESS_LIST, pid=0, attached=debugged))

    async def stop(self) -> None:
        """Nothing is open."""
