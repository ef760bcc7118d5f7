"""runningboardd: who may run, who is suspended, and who is ended.

Theory. A process in the foreground runs. A process in the background runs for as long as something
holds an assertion on it; without one it is suspended after a short delay. An assertion may have a
budget, and a process that still has it when the budget is used up is ended, with a code that tells
the kind of assertion. A debugger is an assertion without a budget, which is why nothing attached to
one is ever suspended (source: background-execution.md §1.2, §1.5). Developer tools that observe a process
hold an assertion on it too (source: Apple's DVTInstrumentsFoundation of iOS 18.2 and 26.1, read by others);
whether that one keeps it running is a rule of its own.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.model.states import AppState
from harness.virtual.kernel import lines
from harness.virtual.kernel.clock import Timer
from harness.virtual.kernel.core import AppStateChange, Core
from harness.virtual.kernel.processes.assertion import ORIGINATORS, Assertion, void
from harness.virtual.kernel.processes.exits import ExitCause, ExitRecord, by_runningboard
from harness.virtual.kernel.processes.process import Process
from harness.virtual.kernel.processes.states import AppIdentity
from harness.virtual.kernel.processes.transitions import Move, after
from harness.virtual.kernel.processes.watchdogs import Watchdogs
from harness.virtual.kernel.rules import TIMEOUT_CODES, AssertionKind, TerminationCode


class RunningBoard:
    """The assertions and states of the applications of one phone.

    Args:
        core: the phone.
        respawn: starts a daemon anew after it was ended.

    Attributes:
        watchdogs: end an application that does not get on; while one waits, it is not suspended.
    """

    def __init__(self, core: Core, respawn: Callable[[Process], None]) -> None:
        self._core = core
        self._respawn = respawn
        self._assertions: dict[int, list[Assertion]] = {}
        self._suspensions: dict[int, Timer] = {}
        self._last_number = 0
        self.watchdogs = Watchdogs(core, self.request_termination, self._reconsider)

    def assertions_of(self, pid: int) -> tuple[Assertion, ...]:
        """What keeps a process running, oldest first."""
        return tuple(self._assertions.get(pid, ()))

    def acquire(
        self,
        pid: int,
        kind: AssertionKind,
        explanation: str,
        budget_s: float | None,
        *,
        on_expiring: Callable[[], None] | None = None,
    ) -> Assertion:
        """Keep a process running, resuming it if it is suspended.

        Args:
            pid: the process; of one that is gone the assertion is void from the start.
            kind: what sort of reason; decides the code of a termination.
            explanation: the reason in the words of the log.
            budget_s: phone time until a process in the background is ended for it; ``None`` for ever.
            on_expiring: called ``expiration_warning_s`` before the budget is used up.
        """
        core = self._core
        process = core.processes.get(pid)
        self._last_number += 1
        ends_s = None if budget_s is None else core.clock.now_s + budget_s
        with core.work.batch():
            if process is None:
                return void(self._last_number, pid, kind, explanation, core)
            assertion = Assertion(self._last_number, process, kind, explanation, ends_s, self._released)
            self._assertions.setdefault(pid, []).append(assertion)
            self._log_assertion("Acquiring assertion targeting", assertion)
            self._arm(assertion, budget_s, on_expiring)
            if process.state is AppState.SUSPENDED and self._keeps_running(assertion):
                self.move(process, Move.HELD)
            self._reconsider(process)
            return assertion

    def move(self, process: Process, move: Move) -> None:
        """Move an application to another living state, and let everyone know.

        Moves are posted behind app code, which may end its process; of one that has ended it is ignored.

        Raises:
            IllegalMove: ``transitions`` has no such move.
        """
        if not process.alive:
            return
        old = process.state
        with self._core.work.batch():
            process.state = after(old, move)
            lines.write(self._core, process, lines.state_lines(old, process.state))
            self._announce(process)
            self._core.work.post(process.run_queued)
            self._core.work.post(lambda: self._check_locks(process))
            self._reconsider(process)

    def _check_locks(self, process: Process) -> None:
        """End a process that was suspended with a file locked (background-execution.md §1.4)."""
        if process.state is AppState.SUSPENDED and process.file_locks:
            text = "suspended while holding a shared file lock"
            cause = by_runningboard(TerminationCode.RESOURCE_EXCLUSION, text)
            self.request_termination(process, cause, "runningboardd")

    def started(self, process: Process, move: Move) -> None:
        """Enter an application that has just been launched.

        Raises:
            IllegalMove: nothing is launched by such a move.
        """
        process.state = after(AppState.NOT_RUNNING, move)
        lines.write(self._core, process, lines.STARTED)
        lines.write(self._core, process, lines.state_lines(AppState.NOT_RUNNING, process.state))
        self._announce(process)
        self._reconsider(process)

    def request_termination(self, process: Process, cause: ExitCause, requester: str = "SpringBoard") -> None:
        """End a process on behalf of a daemon, which the log then names."""
        lines.write_termination_request(self._core, process, cause, requester)
        self.ended(process, cause)

    def ended(self, process: Process, cause: ExitCause) -> None:
        """Take note that a process has ended; one that ended before is ignored."""
        if not process.alive:
            return
        core = self._core
        with core.work.batch():
            record = self._bury(process, cause)
            if process.is_application:
                lines.write_exit(core, process, cause)
                self._announce(process)
            else:
                self._respawn(process)
            core.exits.tell(record)
            core.clock.emitted()

    def code_ended(self, process: Process, cause: ExitCause) -> None:
        """Take note that a process's own code has ended it."""
        if cause.writes_report:
            self._log_crash(process, cause)
        self.ended(process, cause)

    def reconsider(self, process: Process) -> None:
        """Take note that a process is traced or stopped, or no longer is."""
        self._core.work.post(process.run_queued)
        self._reconsider(process)

    def _arm(
        self, assertion: Assertion, budget_s: float | None, on_expiring: Callable[[], None] | None
    ) -> None:
        if budget_s is None:
            return
        clock = self._core.clock
        if on_expiring is not None:
            warning_s = max(budget_s - self._core.rules.expiration_warning_s, 0.0)
            assertion.timers.append(clock.call_later(warning_s, on_expiring))
        assertion.timers.append(clock.call_later(budget_s, lambda: self._expired(assertion)))

    def _expired(self, assertion: Assertion) -> None:
        process = assertion.process
        if process.traced and self._core.rules.debugger_stops_watchdog:
            return
        if process.state.is_foreground:
            assertion.release()
            return
        code = TIMEOUT_CODES[assertion.kind]
        self.request_termination(process, by_runningboard(code, assertion.explanation), "runningboardd")

    def _released(self, assertion: Assertion) -> None:
        with self._core.work.batch():
            held = self._assertions.get(assertion.process.pid, [])
            if assertion in held:
                held.remove(assertion)
            self._log_assertion("Invalidating assertion targeting", assertion)
            self._reconsider(assertion.process)

    def _reconsider(self, process: Process) -> None:
        """Start or stop the countdown to suspension."""
        idle = (
            process.is_application
            and process.state is AppState.BACKGROUND_RUNNING
            and not any(map(self._keeps_running, self._assertions.get(process.pid, ())))
            and not self.watchdogs.waits_for(process.pid)
        )
        if not idle:
            timer = self._suspensions.pop(process.pid, None)
            if timer is not None:
                timer.cancel()
        elif process.pid not in self._suspensions:
            rules = self._core.rules
            delay_s = self._core.timing.uniform(rules.suspend_after_min_s, rules.suspend_after_max_s)
            self._suspensions[process.pid] = self._core.clock.call_later(
                delay_s, lambda: self._suspend(process)
            )

    def _suspend(self, process: Process) -> None:
        del self._suspensions[process.pid]
        self.move(process, Move.IDLE)

    def _keeps_running(self, assertion: Assertion) -> bool:
        observes = assertion.kind is AssertionKind.DEVELOPER_TOOLS
        return not observes or self._core.rules.observing_keeps_running

    def _bury(self, process: Process, cause: ExitCause) -> ExitRecord:
        last_state = process.state
        process.state = after(last_state, Move.ENDED)
        process.drop_queued()
        for assertion in self._assertions.pop(process.pid, []):
            assertion.drop()
        self.watchdogs.forget(process.pid)
        self._reconsider(process)
        self._core.processes.remove(process.pid)
        return ExitRecord(
            process.pid,
            process.name,
            process.bundle_id,
            cause,
            self._core.clock.now_s,
            process.started_s,
            last_state,
        )

    def _announce(self, process: Process) -> None:
        app = process.app
        if app is None:
            return
        identity = AppIdentity(process.pid, app.bundle_id, app.executable, app.name)
        self._core.states.report(identity, process.state)
        self._core.app_states.tell(AppStateChange(app.bundle_id, process.pid, process.state))

    def _log_crash(self, process: Process, cause: ExitCause) -> None:
        text = f"*** Terminating app due to uncaught exception, reason: '{cause.reason}'"
        self._core.log.emit(process.name, process.pid, text, "fault", image=process.path)

    def _log_assertion(self, verb: str, assertion: Assertion) -> None:
        originator = ORIGINATORS.get(assertion.kind)
        daemon = self._core.processes.named(originator) if originator else assertion.process
        who = (
            self._core.instance(daemon) if daemon else f"[{self._core.service_identity(str(originator))}:-1]"
        )
        target = self._core.instance(assertion.process)
        self._core.log_as(
            "runningboardd",
            f"{verb} {target} from originator {who} with description <RBSAssertionDescriptor| "
            f'"{assertion.explanation}" ID:{assertion.number} target:{assertion.process.pid}>',
        )
