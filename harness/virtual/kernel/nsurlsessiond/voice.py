"""What nsurlsessiond writes into the phone's log, word for word.

Sources: log-grammar.md §1.5, background-execution.md §1.3, §1.8.6, §1.8.7 and §3.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model.states import AppState
from harness.virtual.kernel.nsurlsessiond.background_session import BackgroundSession
from harness.virtual.kernel.nsurlsessiond.rules import WakeVerdict
from harness.virtual.kernel.nsurlsessiond.tasks import BackgroundTask

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone
    from harness.virtual.kernel.processes.process import Process

NAME = "nsurlsessiond"
SUBSYSTEM = "com.apple.CFNetwork"


class Voice:
    """The log lines of one phone's nsurlsessiond; while it does not run, it says nothing.

    Args:
        phone: the phone.
    """

    def __init__(self, phone: VirtualPhone) -> None:
        self._phone = phone

    def task_made(self, session: BackgroundSession, task: BackgroundTask) -> None:
        """Which session a task belongs to."""
        app, name = self._private(session.bundle_id), self._private(session.identifier)
        self._say(f"{task.log_name} is for <{app}>.<{name}>.<{task.identifier}>")

    def task_resumes(self, task: BackgroundTask) -> None:
        """A task starts, or goes on."""
        self._say(f"{task.log_name} resuming, QOS(0x19)")

    def task_ended(self, task: BackgroundTask) -> None:
        """How a task ended."""
        if task.error is None:
            self._say(f"{task.log_name} finished successfully")
        else:
            code = int(task.error.code)
            self._say(
                f"{task.log_name} finished with error [{code}] Error Domain={task.error.domain} Code={code}"
            )

    def task_too_slow(self, task: BackgroundTask) -> None:
        """The throughput monitor stops a discretionary task; what the line begins with is guessed."""
        self._say(f"{task.log_name} canceling because of low throughput monitoring!", level="error")

    def app_changed(self, bundle_id: str, before: AppState, state: AppState) -> None:
        """An app of which tasks are kept changed its state."""
        app = self._private(bundle_id)
        if state.is_foreground and not before.is_foreground:
            self._say(f"Application {app} entered foreground")
        elif before.is_foreground and not state.is_foreground:
            self._say(f"Application {app} no longer foreground")
        if state is AppState.SUSPENDED:
            self._say(f"Application {app} was suspended")

    def app_quit(self, bundle_id: str) -> None:
        """The user swiped the app away."""
        self._say(f"Application {self._private(bundle_id)} was quit in the app switcher")

    def updates_changed(self, on: bool) -> None:
        """Background App Refresh of an app was switched."""
        self._say("Background updates are on" if on else "Background updates were turned off")

    def delay_set(self, bundle_id: str, delay_s: float) -> None:
        """An app's requests have to wait so long."""
        self._say(f"Set request delay for {self._private(bundle_id)} to {delay_s:.6f}")

    def delay_reset(self, bundle_id: str) -> None:
        """An app's requests need not wait any more."""
        self._say(
            "Resetting request delay and clearing pending wake requests for"
            f" {self._private(bundle_id)} since it came into the foreground"
        )

    def verdict(self, session: BackgroundSession, verdict: WakeVerdict) -> None:
        """What the wake ladder came to."""
        text = verdict.value.format(app=self._private(session.bundle_id))
        self._say(f"{self._name_of(session)} {text}")

    def wake_requested(self, session: BackgroundSession) -> None:
        """An app is about to be woken."""
        app, name = self._private(session.bundle_id), self._private(session.identifier)
        self._say(f"Will request wake of app {app} for {self._name_of(session)} with identifier {name}")

    def wake_failed(self, session: BackgroundSession) -> None:
        """It could not be woken."""
        app = self._private(session.bundle_id)
        self._say(f"{self._name_of(session)} Failed to wake app: {app}", level="error")

    def wake_done(self, session: BackgroundSession) -> None:
        """It runs."""
        self._say(f"Successfully woke application {self._private(session.bundle_id)}")

    def session_exists(self, process: Process, identifier: str) -> None:
        """What Foundation says in the app's own process of a second object for one identifier."""
        text = f"A background URLSession with identifier {identifier} already exists!"
        self._phone.log.emit(process.name, process.pid, text, level="error", subsystem=SUBSYSTEM)

    def _name_of(self, session: BackgroundSession) -> str:
        return f"{self._phone.rules.task_prefix} <{session.uuid}>"

    def _private(self, text: str) -> str:
        return self._phone.log.private(text)

    def _say(self, message: str, level: str = "notice") -> None:
        daemon = self._phone.processes.named(NAME)
        if daemon is not None:
            self._phone.log.emit(NAME, daemon.pid, message, level=level, subsystem=SUBSYSTEM)
