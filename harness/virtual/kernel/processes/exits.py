"""How processes end: the record of an exit, and those who are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from harness.model.states import AppState
from harness.virtual.kernel.rules import SIGNAL_NAMES, ExitDomain, TerminationCode
from harness.virtual.kernel.subscription import Subscribers, Subscription


@dataclass(frozen=True)
class ExitCause:
    """Why a process ends.

    Attributes:
        domain: who ended it.
        code: signal number, exit code, or a ``TerminationCode``, by domain.
        reason: the explanation in the phone's words.
        detail: more for people, such as the traceback of a crash; not shown by the phone.
        writes_report: whether the phone writes a crash report.
        footprint_bytes: memory it had, where that is why it ends.
    """

    domain: ExitDomain
    code: int
    reason: str
    detail: str = ""
    writes_report: bool = False
    footprint_bytes: int = 0

    @property
    def signal(self) -> int | None:
        """The signal that the process died of; ``None`` when it exited by itself."""
        if self.domain is ExitDomain.VOLUNTARY:
            return None
        return self.code if self.domain is ExitDomain.SIGNAL else 9

    @property
    def wait_status(self) -> int:
        """What ``wait4`` reports."""
        return self.signal if self.signal is not None else (self.code & 0xFF) << 8


@dataclass(frozen=True)
class ExitRecord:
    """One process that ended.

    Attributes:
        pid: process identifier.
        name: executable name.
        bundle_id: bundle identifier; empty for a daemon.
        cause: why it ended.
        at_s: when, seconds since 1970.
        started_s: when it had started, seconds since 1970.
        last_state: where it stood when it ended.
    """

    pid: int
    name: str
    bundle_id: str
    cause: ExitCause
    at_s: float
    started_s: float
    last_state: AppState

    @property
    def domain(self) -> ExitDomain:
        """Who ended it."""
        return self.cause.domain

    @property
    def code(self) -> int:
        """Signal number, exit code, or a ``TerminationCode``, by domain."""
        return self.cause.code

    @property
    def signal(self) -> int | None:
        """The signal that it died of; ``None`` when it exited by itself."""
        return self.cause.signal

    @property
    def reason(self) -> str:
        """The explanation in the phone's words."""
        return self.cause.reason

    @property
    def was_user_quit(self) -> bool:
        """Whether it was swiped out of the app switcher, by the code nsurlsessiond compares (§1.4)."""
        return self.code == TerminationCode.USER_QUIT


class Exits:
    """The exits of one phone; nothing is kept."""

    def __init__(self) -> None:
        self._all: Subscribers[ExitRecord] = Subscribers()
        self._by_pid: dict[int, Subscribers[ExitRecord]] = {}

    def observe(self, callback: Callable[[ExitRecord], None]) -> Subscription:
        """Tell ``callback`` of every later exit."""
        return self._all.add(callback)

    def observe_exit(self, pid: int, callback: Callable[[ExitRecord], None]) -> Subscription:
        """Tell ``callback`` of the exit of one process."""
        return self._by_pid.setdefault(pid, Subscribers()).add(callback)

    def tell(self, record: ExitRecord) -> None:
        """Tell everyone whom this exit concerns."""
        self._all.tell(record)
        of_pid = self._by_pid.pop(record.pid, None)
        if of_pid is not None:
            of_pid.tell(record)


def by_signal(number: int, reason: str = "") -> ExitCause:
    """Ended by a signal."""
    return ExitCause(ExitDomain.SIGNAL, number, reason or SIGNAL_NAMES.get(number, f"signal {number}"))


def by_itself(code: int) -> ExitCause:
    """Ended by ``exit(code)``."""
    return ExitCause(ExitDomain.VOLUNTARY, code, f"exit({code})")


def by_crash(reason: str, detail: str) -> ExitCause:
    """Ended by an uncaught exception, which aborts the process: SIGABRT."""
    return replace(by_signal(6, reason), detail=detail, writes_report=True)


def by_frontboard(code: TerminationCode, reason: str, *, writes_report: bool = False) -> ExitCause:
    """Ended by SpringBoard or FrontBoard."""
    return ExitCause(ExitDomain.FRONTBOARD, code, reason, writes_report=writes_report)


def by_runningboard(code: TerminationCode, reason: str) -> ExitCause:
    """Ended by runningboardd, with a report."""
    return ExitCause(ExitDomain.RUNNINGBOARD, code, reason, writes_report=True)


def by_jetsam(code: int, reason: str, *, footprint_bytes: int) -> ExitCause:
    """Ended by the kernel to free memory; it writes a JetsamEvent report, none of the process's own."""
    return ExitCause(ExitDomain.JETSAM, code, reason, footprint_bytes=footprint_bytes)
