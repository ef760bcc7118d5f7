"""DVT processcontrol: launch, signal and observe processes.

Source: background-execution.md §2.1 (launch options and their defaults), §2.3 (signals).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from harness.virtual.kernel.exits import ExitRecord
from harness.virtual.kernel.phone import NoSuchProcess, UnsupportedSignal, VirtualPhone
from harness.virtual.kernel.rules import ExitDomain
from harness.virtual.kernel.springboard import LaunchRefused, RefusalKind
from harness.virtual.kernel.subscription import Subscription
from harness.virtual.services.support.dtx_session import VOID, DtxFailure, DvtChannel, Push, Void

LAUNCH = "launchSuspendedProcessWithDevicePath:bundleIdentifier:environment:arguments:options:"
DOMAIN = "com.apple.dt.deviceprocesscontrolservice"
REFUSAL_CODES: dict[RefusalKind, int] = {
    RefusalKind.LOCKED: 2,
    RefusalKind.NOT_INSTALLED: 1,
    RefusalKind.NOT_DEBUGGABLE: 1,
}
"""Why -> the code of the error. 2 for locked: §2.1; the others are guessed."""

_SIGKILL, _SIGTERM, _SIGSTOP, _SIGCONT = 9, 15, 17, 19
_GONE_IS_FINE = frozenset({_SIGKILL, _SIGTERM})


class ProcessControl(DvtChannel):
    """The channel of process control."""

    identifier = "com.apple.instruments.server.services.processcontrol"

    def __init__(self, phone: VirtualPhone, push: Push) -> None:
        super().__init__(phone, push)
        self._observed: dict[int, Subscription] = {}

    def methods(self) -> Mapping[str, Callable[..., object]]:
        """See ``DvtChannel.methods``."""
        return {
            LAUNCH: self._launch,
            "sendSignal:toPid:": self._send_signal,
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
        for subscription in self._observed.values():
            subscription.close()
        self._observed.clear()

    def _launch(
        self, _path: object, bundle_id: str, environment: object, arguments: object, options: object
    ) -> int:
        wanted = cast("dict[str, object]", options or {})
        given = cast("dict[str, object]", environment or {})
        rules = self.phone.rules
        try:
            pid = self.phone.launch(
                bundle_id,
                arguments=tuple(str(one) for one in cast("list[object]", arguments or [])),
                environment={str(name): str(value) for name, value in given.items()},
                # A missing key does not mean no: §2.1.
                start_suspended=bool(wanted.get("StartSuspendedKey", rules.start_suspended_default)),
                kill_existing=bool(wanted.get("KillExisting", rules.kill_existing_default)),
                activate_suspended=bool(wanted.get("ActivateSuspended", False)),
            )
        except LaunchRefused as refused:
            raise DtxFailure(refused.text, code=REFUSAL_CODES[refused.kind], domain=DOMAIN) from refused
        self.phone.service_faults.launched()
        return pid

    def _send_signal(self, number: int, pid: int) -> Void:
        try:
            self.phone.signal(pid, number)
        except UnsupportedSignal as error:
            raise DtxFailure(f"Unsupported signal {number}", domain=DOMAIN) from error
        except NoSuchProcess as error:
            if number not in _GONE_IS_FINE:
                raise DtxFailure(f"There is no process {pid}", code=3, domain=DOMAIN) from error
        return VOID

    def _kill(self, pid: int) -> Void:
        return self._send_signal(_SIGKILL, pid)

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
            self._observed[pid] = self.phone.exits.observe_exit(pid, self._tell_exit)
        return VOID

    def _stop_observing(self, pid: int) -> Void:
        subscription = self._observed.pop(pid, None)
        if subscription is not None:
            subscription.close()
        return VOID

    def _tell_exit(self, record: ExitRecord) -> None:
        self._observed.pop(record.pid, None)
        exit_code = record.code if record.domain is ExitDomain.VOLUNTARY else None
        self.push(
            "processWithPID:terminatedWithExitCode:orCrashingSignal:", record.pid, exit_code, record.signal
        )
