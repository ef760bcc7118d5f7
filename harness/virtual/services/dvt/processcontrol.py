"""DVT processcontrol: launch, signal and observe processes.

Source: background-execution.md §2.1 (launch options and their defaults), §2.3 (signals).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from harness.virtual.kernel.log import LogEvent
from harness.virtual.kernel.phone import NoSuchProcess, UnsupportedSignal, VirtualPhone
from harness.virtual.kernel.processes.assertion import Assertion
from harness.virtual.kernel.processes.exits import ExitRecord
from harness.virtual.kernel.processes.states import MACH_TICKS_PER_S
from harness.virtual.kernel.rules import AssertionKind
from harness.virtual.kernel.springboard import LaunchRefused, RefusalKind
from harness.virtual.kernel.subscription import Subscription
from harness.virtual.services.support.dvt_channel import VOID, DtxFailure, DvtChannel, Link, Void
from harness.wire.nskeyed import NSError

LAUNCH = "launchSuspendedProcessWithDevicePath:bundleIdentifier:environment:arguments:options:"
TERMINATED = "processWithPID:terminatedWithExitCode:orCrashingSignal:"
"""Tells pid, second byte of the wait status, and nil: a process that a signal ended has the exit code 0, and
the signal is not named. Source: Apple's DVTInstrumentsFoundation of iOS 26.1, read by others; that other
versions do the same is guessed."""

OUTPUT = "outputReceived:fromProcess:atTime:"
DOMAIN = "com.apple.dt.deviceprocesscontrolservice"

NO_PROCESS = 3
"""The code of the error about a process that is not there; guessed."""

TELLS_TERMINATION = "com.apple.instruments.client.processcontrol.capability.terminationCallback"
"""A client without this capability is not told of terminations. Source: virtual-iphone.md §2; that
the others are not told is guessed."""

OUTPUT_VARIABLES = ("NSUnbufferedIO", "OS_ACTIVITY_DT_MODE")
"""A launch whose environment sets one of these has its output sent to the client. Source: public
clients, which set the first to be sent the output of an app. What an app of this phone prints is what it
logs."""

BACKGROUND_FETCH = "BackgroundFetchEvent"
PRESS_HOME = "PressHomeButton"

_SIGKILL, _SIGTERM, _SIGSTOP, _SIGCONT = 9, 15, 17, 19
_GONE_IS_FINE = frozenset({_SIGKILL, _SIGTERM})


def _not_installed(bundle_id: str, _text: str) -> DtxFailure:
    """Source: the error of a phone as a public client of process control has kept it.

    It is the code that a phone also has for what passes, so go-ios tries four times before it gives up.
    """
    reason = f'Application info provider (FBSApplicationLibrary) returned nil for "{bundle_id}"'
    beneath = NSError(
        "FBSOpenApplicationErrorDomain",
        4,
        {"BSErrorCodeDescription": "NotFound", "NSLocalizedFailureReason": reason},
    )
    failed = f"Failed to launch process with bundle identifier '{bundle_id}'."
    return _by_frontboard(bundle_id, (4, "InvalidRequest"), beneath, failed)


def _not_signed(bundle_id: str, text: str) -> DtxFailure:
    """Source of domains, codes and words: a phone's log in public issue threads of appium."""
    beneath = NSError(
        "FBSOpenApplicationErrorDomain",
        3,
        {"BSErrorCodeDescription": "Security", "NSLocalizedFailureReason": text},
    )
    denied = f'The request was denied by service delegate (SBMainWorkspace) for reason: Security ("{text}").'
    return _by_frontboard(bundle_id, (1, "RequestDenied"), beneath, denied)


def _by_frontboard(bundle_id: str, code: tuple[int, str], beneath: NSError, reason: str) -> DtxFailure:
    """What FrontBoard denied, with its own error, its number and word, and what lies beneath that."""
    request = f'The request to open "{bundle_id}" failed.'
    details = {
        "BSErrorCodeDescription": code[1],
        "NSLocalizedDescription": request,
        "NSUnderlyingError": beneath,
    }
    return DtxFailure(
        f"Request to launch {bundle_id} failed.",
        code=2,
        domain=DOMAIN,
        details={
            "NSLocalizedFailureReason": f"{request} : {reason}",
            "NSUnderlyingError": NSError("FBSOpenApplicationServiceErrorDomain", code[0], details),
        },
    )


def _locked(_bundle_id: str, text: str) -> DtxFailure:
    """Source: background-execution.md §2.1."""
    return DtxFailure(text, code=2, domain=DOMAIN)


def _not_debuggable(_bundle_id: str, text: str) -> DtxFailure:
    """Source of the words: background-execution.md §2.1; the code is guessed."""
    return DtxFailure(text, code=1, domain=DOMAIN)


REFUSALS: Mapping[RefusalKind, Callable[[str, str], DtxFailure]] = {
    RefusalKind.LOCKED: _locked,
    RefusalKind.NOT_INSTALLED: _not_installed,
    RefusalKind.NOT_SIGNED: _not_signed,
    RefusalKind.NOT_DEBUGGABLE: _not_debuggable,
}
"""Why the phone did not launch an app -> ``f(bundle_id, text)``, the error that says so."""


@dataclass(frozen=True)
class _Observed:
    at_exit: Subscription
    assertion: Assertion


class ProcessControl(DvtChannel):
    """The channel of process control."""

    identifier = "com.apple.instruments.server.services.processcontrol"

    def __init__(self, phone: VirtualPhone, link: Link) -> None:
        super().__init__(phone, link)
        self._observed: dict[int, _Observed] = {}
        self._outputs: dict[int, tuple[Subscription, Subscription]] = {}

    def methods(self) -> Mapping[str, Callable[..., object]]:
        """See ``DvtChannel.methods``."""
        return {
            LAUNCH: self._launch,
            "sendSignal:toPid:": self._send_signal,
            "sendProcessControlEvent:toPid:": self._send_event,
            "killPid:": self._kill,
            "suspendPid:": self._suspend,
            "resumePid:": self._resume,
            "processIdentifierForBundleIdentifier:": self._pid_of,
            "isPidDebuggable:": self._is_debuggable,
            "requestDisableMemoryLimitsForPid:": self._disable_memory_limits,
            "startObservingPid:": self._start_observing,
            "stopObservingPid:": self._stop_observing,
        }

    def close(self) -> None:
        """See ``DvtChannel.close``."""
        for pid in tuple(self._observed):
            self._stop_observing(pid)
        for pid in tuple(self._outputs):
            self._stop_output(pid)

    def _launch(
        self,
        _path: object,
        bundle_id: str,
        environment: dict[object, object] | None,
        arguments: list[object] | None,
        options: dict[object, object] | None,
    ) -> int:
        wanted, given = options or {}, environment or {}
        rules = self.phone.rules
        # That the event means a launch in the background: §2.1, unverified.
        fetch = wanted.get("PCEventType") == BACKGROUND_FETCH
        try:
            pid = self.phone.launch(
                bundle_id,
                arguments=tuple(str(one) for one in arguments or []),
                environment={str(name): str(value) for name, value in given.items()},
                # A missing key does not mean no: §2.1.
                start_suspended=bool(wanted.get("StartSuspendedKey", rules.start_suspended_default)),
                kill_existing=bool(wanted.get("KillExisting", rules.kill_existing_default)),
                activate_suspended=fetch or bool(wanted.get("ActivateSuspended", False)),
            )
        except LaunchRefused as refused:
            raise REFUSALS[refused.kind](bundle_id, refused.text) from refused
        self.phone.service_faults.launched()
        if any(given.get(name) for name in OUTPUT_VARIABLES):
            self._send_output(pid)
        return pid

    def _send_signal(self, number: int, pid: int) -> Void:
        try:
            self.phone.signal(pid, number)
        except UnsupportedSignal as error:
            raise DtxFailure(f"Unsupported signal {number}", domain=DOMAIN) from error
        except NoSuchProcess as error:
            if number not in _GONE_IS_FINE:
                text = f"There is no process {pid}"
                raise DtxFailure(text, code=NO_PROCESS, domain=DOMAIN) from error
        return VOID

    def _send_event(self, event: object, _pid: object) -> Void:
        """Only pressing Home has an effect here. Source: background-execution.md §2.2, unverified."""
        wanted = cast("dict[str, object]", event) if isinstance(event, dict) else {}
        kind = str(wanted.get("PCEventType", ""))
        if kind != PRESS_HOME:
            raise DtxFailure(f"Unsupported process control event {kind}", domain=DOMAIN)
        self.phone.press_home()
        return VOID

    def _kill(self, pid: int | str) -> Void:
        # appium-ios-device sends the number as text, and its driver counts the process as ended. That a
        # phone takes it is inferred from there: a text has an intValue as a number has.
        return self._send_signal(_SIGKILL, int(pid) if str(pid).isdecimal() else 0)

    def _suspend(self, pid: int) -> Void:
        return self._send_signal(_SIGSTOP, pid)

    def _resume(self, pid: int) -> Void:
        return self._send_signal(_SIGCONT, pid)

    def _pid_of(self, bundle_id: str) -> int:
        process = self.phone.processes.of_bundle(bundle_id)
        return process.pid if process is not None else 0

    def _is_debuggable(self, pid: int) -> bool:
        process = self.phone.processes.get(pid)
        return process is not None and process.app is not None and process.app.debuggable

    def _disable_memory_limits(self, pid: int) -> bool:
        return self.phone.processes.get(pid) is not None

    def _start_observing(self, pid: int) -> Void:
        if pid not in self._observed:
            kind = AssertionKind.DEVELOPER_TOOLS
            assertion = self.phone.runningboard.acquire(pid, kind, kind.value, None)
            at_exit = self.phone.exits.observe_exit(pid, self._tell_exit)
            self._observed[pid] = _Observed(at_exit, assertion)
        return VOID

    def _stop_observing(self, pid: int) -> Void:
        observed = self._observed.pop(pid, None)
        if observed is not None:
            observed.at_exit.close()
            observed.assertion.release()
        return VOID

    def _tell_exit(self, record: ExitRecord) -> None:
        self._stop_observing(record.pid)
        if self.link.client.get(TELLS_TERMINATION):
            self.link.call(TERMINATED, record.pid, record.cause.wait_status >> 8, None)

    def _send_output(self, pid: int) -> None:
        if pid not in self._outputs and self.phone.processes.get(pid) is not None:
            self._outputs[pid] = (
                self.phone.log.subscribe(self._tell_output, pid=pid),
                self.phone.exits.observe_exit(pid, lambda record: self._stop_output(record.pid)),
            )

    def _stop_output(self, pid: int) -> None:
        for subscription in self._outputs.pop(pid, ()):
            subscription.close()

    def _tell_output(self, event: LogEvent) -> None:
        at = datetime.fromtimestamp(event.wall_s, UTC)
        text = f"{at:%Y-%m-%d %H:%M:%S.%f%z} {event.process}[{event.pid}:{event.thread_id}] {event.message}\n"
        self.link.call(OUTPUT, text, event.pid, int(event.mono_s * MACH_TICKS_PER_S))
