"""What a phone in this process shows by itself: its log, states, ends of processes and notifications."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterable, Sequence

from harness.errors import AppNotRunning
from harness.model.raw import DarwinNotice, LogRead, ProcessExit, StateNotice
from harness.virtual.kernel.log import LogEvent
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.processes.assertion import Assertion
from harness.virtual.kernel.processes.exits import ExitRecord
from harness.virtual.kernel.processes.states import StateEvent
from harness.virtual.kernel.rules import AssertionKind
from harness.virtual.kernel.subscription import Subscription
from harness.virtual.services.support.log_records import loss_before, record_of
from harness.wire.ostrace import encode_record
from tests.acceptance.inprocess.pushed import Pushed

ON_REQUEST = frozenset({"info", "debug"})
"""Levels that the harness does not ask a phone for."""


class KernelLog:
    """The live log, in the records of os_trace_relay; implements ``model.capabilities.LogStream``.

    Args:
        phone: the kernel.
    """

    def __init__(self, phone: VirtualPhone) -> None:
        self._phone = phone
        self._lost = 0
        faults = phone.service_faults.log
        self._subscription = faults.subscribe(self._tell, self._lose)
        self._pushed = Pushed[bytes](phone.spec.name, "log", self._subscription.close)

    def __aiter__(self) -> AsyncIterator[LogRead]:
        """One read has all that is there, as it has over a socket."""
        return self

    async def __anext__(self) -> LogRead:
        first = await anext(self._pushed)
        return LogRead(time.monotonic(), b"".join((first, *self._pushed.rest())))

    async def close(self) -> None:
        """See ``LogStream``."""
        await self._pushed.close()

    def _tell(self, event: LogEvent) -> None:
        if event.level in ON_REQUEST:
            return
        if self._lost:
            lost, self._lost = self._lost, 0
            self._pushed.put(loss_before(event, lost).encode())
        self._pushed.put(encode_record(record_of(self._phone, event)))

    def _lose(self, count: int) -> None:
        self._lost += count


def states_of(phone: VirtualPhone) -> Pushed[StateNotice]:
    """Application states; begins with one per running app, as DVT's mobilenotifications do."""
    pushed = Pushed[StateNotice](phone.spec.name, "state stream", lambda: subscription.close())

    def tell(event: StateEvent) -> None:
        pushed.put(
            StateNotice(event.wall_s, event.mach, event.pid, event.state, event.bundle_id, event.exec_name)
        )

    subscription = phone.states.subscribe(tell)
    for event in phone.states.snapshot():
        tell(event)
    return pushed


def notices_of(phone: VirtualPhone, names: Sequence[str]) -> Pushed[DarwinNotice]:
    """Darwin notifications of chosen names."""
    pushed = Pushed[DarwinNotice](
        phone.spec.name, "stream of Darwin notifications", lambda: _close(subscriptions)
    )

    def relay(name: str) -> None:
        pushed.put(DarwinNotice(time.monotonic(), name))
        phone.clock.emitted()

    subscriptions = [phone.darwin.observe(name, relay) for name in dict.fromkeys(names)]
    return pushed


class KernelExits(Pushed[ProcessExit]):
    """Ends of observed processes; implements ``model.capabilities.ProcessEvents``.

    As over the wire, a process that is observed is held by an assertion of the developer tools, and a code
    of 0 is what is told of any signal too.

    Args:
        phone: the kernel.
    """

    def __init__(self, phone: VirtualPhone) -> None:
        super().__init__(phone.spec.name, "process events", self._forget_all)
        self._kernel = phone
        self._observed: dict[int, tuple[Subscription, Assertion]] = {}

    async def observe(self, pid: int) -> None:
        """See ``ProcessEvents``."""
        if pid in self._observed:
            return
        if self._kernel.processes.get(pid) is None:
            raise AppNotRunning(f"process {pid} has ended", phone=self._phone, fix="Launch it again.")
        kind = AssertionKind.DEVELOPER_TOOLS
        assertion = self._kernel.runningboard.acquire(pid, kind, kind.value, None)
        self._observed[pid] = self._kernel.exits.observe_exit(pid, self._ended), assertion

    def _ended(self, record: ExitRecord) -> None:
        self._forget(record.pid)
        self.put(ProcessExit(time.monotonic(), record.pid, (record.cause.wait_status >> 8) or None, None))
        self._kernel.clock.emitted()

    def _forget(self, pid: int) -> None:
        subscription, assertion = self._observed.pop(pid)
        subscription.close()
        assertion.release()

    def _forget_all(self) -> None:
        for pid in tuple(self._observed):
            self._forget(pid)


def _close(subscriptions: Iterable[Subscription]) -> None:
    for subscription in subscriptions:
        subscription.close()
