"""How much memory the phone has, who uses it, and who is ended when it runs short.

Theory. A phone does not swap. What the system, its daemons and the applications use together is taken
from what the model has; when too little is left, the kernel first has applications warned, and then ends
one after the other until enough is left. It goes by bands, the lowest first, and within a band by age::

    suspended   the one that has been suspended for longest
    background  the one that has been there for longest
    foreground  last, and only when nothing else is left

An application that alone goes beyond what one process may have is ended for that itself, whatever is left
(background-execution.md §1.4, §3.4: ``per-process-limit``, ``vm-pageshortage``). Nothing of this sets the
force-quit flag, and no code of the victim runs. Daemons are never ended for memory here; on a phone they
are, and come back.

What applications and daemons use of themselves is in ``processes.activity``; an app adds what it asks for
by ``allocate``. The sizes below are guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.model.states import AppState
from harness.virtual.kernel.core import AppStateChange
from harness.virtual.kernel.processes.activity import APP_MEMORY_BYTES, PAGE_BYTES
from harness.virtual.kernel.processes.exits import by_jetsam
from harness.virtual.kernel.processes.process import Process
from harness.virtual.versions.row import Row, Standing

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone

GIB = 1 << 30

RAM_BYTES: Mapping[str, int] = {
    "iPhone9,3": 2 * GIB,
    "iPhone10,3": 3 * GIB,
    "iPhone12,1": 4 * GIB,
    "iPhone14,5": 4 * GIB,
    "iPhone15,4": 6 * GIB,
    "iPhone17,3": 8 * GIB,
}
"""Product type -> memory. Apple does not say; from memory."""

OTHER_RAM_BYTES = 4 * GIB
"""Memory of a model that is not in the table."""

SYSTEM_SHARE = 0.45
"""Share of the memory that the kernel and what is in no process list use."""

LIMIT_SHARE = 0.5
"""Share of the memory that one application may have."""

WARNING_SHARE = 0.15
"""Share of the memory that has to be left, or applications are warned."""

JETSAM_SHARE = 0.05
"""Share of the memory that has to be left, or applications are ended."""


class JetsamReason(StrEnum):
    """Why the kernel ends a process, in the words of its log and of the report (§3.4)."""

    VM_PAGE_SHORTAGE = "vm-pageshortage"
    PER_PROCESS_LIMIT = "per-process-limit"
    HIGH_WATER = "highwater"
    VNODE_LIMIT = "vnode-limit"
    FC_THRASHING = "fc-thrashing"


CODES: Mapping[JetsamReason, int] = {
    JetsamReason.HIGH_WATER: 2,
    JetsamReason.VNODE_LIMIT: 3,
    JetsamReason.VM_PAGE_SHORTAGE: 4,
    JetsamReason.FC_THRASHING: 6,
    JetsamReason.PER_PROCESS_LIMIT: 7,
}
"""Reason -> its number in the namespace JETSAM. Source: xnu's public header of reasons, from memory."""

_G = Standing.GUESSED

FIGURES: tuple[Row, ...] = (
    *(Row(f"memory of {model}", size, "from memory", _G) for model, size in RAM_BYTES.items()),
    Row("OTHER_RAM_BYTES", OTHER_RAM_BYTES, "a size between those of the table", _G),
    Row("SYSTEM_SHARE", SYSTEM_SHARE, "the model's own", _G),
    Row("LIMIT_SHARE", LIMIT_SHARE, "about half, as developers have measured on several models", _G),
    Row("WARNING_SHARE", WARNING_SHARE, "the model's own", _G),
    Row("JETSAM_SHARE", JETSAM_SHARE, "the model's own", _G),
    *(Row(f"memory of an app {state}", size, "invented", _G) for state, size in APP_MEMORY_BYTES.items()),
    Row("order of the victims", "suspended, background, foreground", "§1.2, xnu's bands", _G),
    *(Row(f"number of {reason}", code, "xnu's header, from memory", _G) for reason, code in CODES.items()),
)
"""Every number above."""

_BANDS: tuple[tuple[AppState, ...], ...] = (
    (AppState.SUSPENDED,),
    (AppState.BACKGROUND_RUNNING,),
    (AppState.FOREGROUND_INACTIVE, AppState.FOREGROUND_ACTIVE),
)


class Memory:
    """The memory of one phone.

    Args:
        phone: the phone; who runs, and what they use, must be there already.

    Attributes:
        size_bytes: what the model has.
    """

    def __init__(self, phone: VirtualPhone) -> None:
        self.size_bytes = RAM_BYTES.get(phone.spec.model, OTHER_RAM_BYTES)
        self._phone = phone
        self._stands_since: dict[int, int] = {}
        self._moves = 0
        self._warned = False
        phone.core.app_states.add(self._app_moved)

    @property
    def available_bytes(self) -> int:
        """What is left; below zero for as long as the kernel has not caught up with an application."""
        used = sum(self.footprint_bytes(process) for process in self._phone.processes)
        return int(self.size_bytes * (1 - SYSTEM_SHARE)) - used

    @property
    def limit_bytes(self) -> int:
        """What one application may have."""
        return int(self.size_bytes * LIMIT_SHARE)

    def footprint_bytes(self, process: Process) -> int:
        """What a process uses, with what it has asked for."""
        return self._phone.activity.footprint_bytes(process)

    def allocate(self, process: Process, size_bytes: int) -> None:
        """Give a process more memory, or take some back where ``size_bytes`` is negative.

        It may be ended for it, at once; so may others.
        """
        process.allocated_bytes = max(process.allocated_bytes + size_bytes, 0)
        with self._phone.work.batch():
            if self.footprint_bytes(process) > self.limit_bytes:
                self.end(process, JetsamReason.PER_PROCESS_LIMIT)
            self.relieve()

    def relieve(self) -> None:
        """Warn or end applications if too little is left."""
        self._warn()
        victim = self._victim()
        while self.available_bytes < self.size_bytes * JETSAM_SHARE and victim is not None:
            self.end(victim, JetsamReason.VM_PAGE_SHORTAGE)
            victim = self._victim()

    def end(self, process: Process, reason: JetsamReason) -> None:
        """End a process to free its memory."""
        phone, footprint_bytes = self._phone, self.footprint_bytes(process)
        pages = max(self.available_bytes, 0) // PAGE_BYTES
        phone.log.emit(
            "kernel",
            0,
            f"memorystatus: killing_specific_process pid {process.pid} [{process.name}] ({reason} "
            f"{self._priority(process)}) {footprint_bytes // 1024}KB - memorystatus_available_pages: {pages}",
        )
        phone.runningboard.ended(process, by_jetsam(CODES[reason], reason, footprint_bytes=footprint_bytes))

    def _warn(self) -> None:
        short = self.available_bytes < self.size_bytes * WARNING_SHARE
        if short and not self._warned:
            for process in self._phone.processes.applications():
                if process.state.runs_code and process.application.has_launched:
                    process.enqueue(process.application.receive_memory_warning)
        self._warned = short

    def _victim(self) -> Process | None:
        apps = self._phone.processes.applications()
        for band in _BANDS:
            in_band = [process for process in apps if process.state in band]
            if in_band:
                return min(in_band, key=lambda process: self._stands_since.get(process.pid, 0))
        return None

    def _priority(self, process: Process) -> int:
        rules = self._phone.rules
        if process.state is AppState.SUSPENDED:
            return rules.jetsam_suspended
        return rules.jetsam_foreground if process.state.is_foreground else rules.jetsam_background

    def _app_moved(self, change: AppStateChange) -> None:
        if change.state is AppState.NOT_RUNNING:
            self._stands_since.pop(change.pid, None)
            return
        self._moves += 1
        self._stands_since[change.pid] = self._moves
        if change.state.is_foreground:
            # Posted: whoever moves it is not done yet.
            self._phone.work.post(self.relieve)
