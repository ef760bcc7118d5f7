"""dasd: when an app's background tasks run.

Theory. A request waits, through every end of its process and every restart of the phone, until it has run
or was taken back. From its earliest date on dasd looks at it from time to time, asks the gates below in
their order, and the first that is closed keeps it waiting. When all are open the app is resumed, or
launched in the background, and the handler that it has registered for the identifier is called
(background-execution.md §1.3, §1.6, §1.7, §1.9).

Refresh is short and may come at any time of the day. Processing takes minutes, so it waits until nobody
uses the phone, and stops when somebody does. What neither knows: how often an app is used, from which a
phone learns when to refresh it. Continued processing is different in all of that: ``continued``.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

from harness.virtual.kernel.background.activities import (
    SUBSYSTEMS,
    Activity,
    SubmitError,
    TaskKind,
    TaskRequest,
    has_mode,
    is_permitted,
    matches,
)
from harness.virtual.kernel.background.continued import ContinuedTasks
from harness.virtual.kernel.background.figures import (
    LOOK_AFTER_S,
    LOOK_EVERY_S,
    PENDING_PROCESSING,
    PENDING_REFRESH,
    PROCESSING_S,
    REFRESH_S,
)
from harness.virtual.kernel.background.gates import Gate, Gates, Policy
from harness.virtual.kernel.background.runs import Run, log_as_framework
from harness.virtual.kernel.conditions import Change
from harness.virtual.kernel.processes.exits import ExitRecord
from harness.virtual.kernel.processes.process import Process
from harness.virtual.kernel.settings import RefreshStatus
from harness.virtual.kernel.springboard import LaunchRequest

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone

NAME = "dasd"
PRIORITY = 10
"""Of every activity; the one that captures show (log-grammar.md §1.4)."""

Handler = Callable[[Run], None]

_PENDING = {TaskKind.REFRESH: PENDING_REFRESH, TaskKind.PROCESSING: PENDING_PROCESSING}
_BUDGETS_S = {TaskKind.REFRESH: REFRESH_S, TaskKind.PROCESSING: PROCESSING_S}


class NoHandler(Exception):
    """An app has submitted a request for which it has registered no handler."""


class Dasd:
    """The dasd of one phone.

    Args:
        phone: the phone.

    Attributes:
        continued: the continued processing tasks.
    """

    def __init__(self, phone: VirtualPhone) -> None:
        self._phone = phone
        self._random = random.Random(f"dasd:{phone.spec.seed}")
        self._pending: dict[tuple[str, str], Activity] = {}
        self._handlers: dict[int, dict[str, Handler]] = {}
        self._runs: list[Run] = []
        self._gates = Gates(phone)
        self.continued = ContinuedTasks(phone, self)
        phone.conditions.observe(self._conditions_changed)
        phone.exits.observe(self._process_ended)
        phone.apps.on_removed.add(self.cancel_all)

    # What an app asks for.

    def register(self, process: Process, identifier: str, handler: Handler) -> None:
        """Call ``handler`` as the code of a process for every task of an identifier, or of a wildcard."""
        self._handlers.setdefault(process.pid, {})[identifier] = handler

    def is_registered(self, process: Process, identifier: str) -> bool:
        """Whether a process has registered a handler under that very identifier."""
        return identifier in self._handlers.get(process.pid, {})

    def handler_of(self, process: Process, request: TaskRequest) -> Handler | None:
        """What a process has registered for a request; that of a wildcard only where iOS finds it."""
        handlers = self._handlers.get(process.pid, {})
        if request.identifier in handlers or not self._phone.rules.continued_wildcard_matches:
            return handlers.get(request.identifier)
        return next((handlers[one] for one in handlers if matches(one, request.identifier)), None)

    def submit(self, process: Process, request: TaskRequest) -> SubmitError | None:
        """Take a request; returns why not, or ``None`` when it was taken.

        Raises:
            NoHandler: the process has registered nothing for its identifier.
        """
        refused = self._refusal(process, request)
        if refused is not None:
            return refused
        if self.handler_of(process, request) is None:
            raise NoHandler(request.identifier)
        log_as_framework(self._phone, process, f"submitTaskRequest: <{request.kind}: {request.identifier}>")
        activity = Activity(process.bundle_id, request, self._name_of(request))
        if request.kind is TaskKind.CONTINUED:
            return self.continued.submit(process, activity)
        return self._keep(process, activity)

    def cancel(self, bundle_id: str, identifier: str) -> None:
        """Take a request back; one that does not wait is no error."""
        activity = self._pending.pop((bundle_id, identifier), None)
        if activity is not None:
            activity.stop_looking()
            self.log(f"CANCELED: {activity.name} at priority {PRIORITY} {self._phone.log.private('')}!")

    def cancel_all(self, bundle_id: str) -> None:
        """Take every request of an app back."""
        for request in self.pending(bundle_id):
            self.cancel(bundle_id, request.identifier)

    def pending(self, bundle_id: str) -> tuple[TaskRequest, ...]:
        """What waits of an app, in the order in which it asked."""
        return tuple(one.request for one in self._pending.values() if one.bundle_id == bundle_id)

    # What the parts of dasd share.

    def log(self, message: str) -> None:
        """Log one line as dasd."""
        self._phone.core.log_as(NAME, message)

    def begin(self, activity: Activity, process: Process, budget_s: float | None) -> Run:
        """Have a process that runs do a task."""
        run = Run(self._phone, activity, process, budget_s, self._over)
        self._runs.append(run)
        process.enqueue(lambda: self._hand_over(run))
        return run

    def log_submitted(self, activity: Activity) -> None:
        """Log that a request was taken."""
        window = self._phone.log.private("window")
        self.log(f"Submitted Activity: {activity.name} at priority {PRIORITY} {window}")

    # Requests.

    def _refusal(self, process: Process, request: TaskRequest) -> SubmitError | None:
        app, rules = process.app, self._phone.rules
        status = self._phone.settings.refresh_status(process.bundle_id)
        allowed = status is RefreshStatus.AVAILABLE
        if not (rules.continued_processing if request.kind is TaskKind.CONTINUED else allowed):
            return SubmitError.UNAVAILABLE
        if app is None or not is_permitted(app, request.identifier) or not has_mode(app, request.kind):
            return SubmitError.NOT_PERMITTED
        return None

    def _keep(self, process: Process, activity: Activity) -> SubmitError | None:
        kind, identifier = activity.request.kind, activity.request.identifier
        others = [one for one in self.pending(activity.bundle_id) if one.identifier != identifier]
        if sum(one.kind is kind for one in others) >= _PENDING[kind]:
            return SubmitError.TOO_MANY_PENDING
        self.cancel(*activity.key)
        self._pending[activity.key] = activity
        log_as_framework(self._phone, process, f"Submitting task request activity: {activity.name}")
        self.log_submitted(activity)
        now_s = self._phone.clock.now_s
        self._look_at(activity, max(activity.request.earliest_s or now_s, now_s) + LOOK_AFTER_S)
        return None

    def _look_at(self, activity: Activity, at_s: float) -> None:
        activity.look = self._phone.clock.call_at(at_s, lambda: self._look(activity))

    def _look(self, activity: Activity) -> None:
        closed = self._gates.first_closed(activity)
        self._log_decision(activity, closed)
        if closed is None and self._start(activity):
            return
        self._look_at(activity, self._phone.clock.now_s + LOOK_EVERY_S)

    def _start(self, activity: Activity) -> bool:
        """Run a task; false when its app may not be run."""
        kind = activity.request.kind
        launch = LaunchRequest(activity.bundle_id, background=True, requester=NAME, reason=activity.name)
        process = self._phone.springboard.wake(launch, SUBSYSTEMS[kind])
        if process is None:
            return False
        del self._pending[activity.key]
        if kind is TaskKind.REFRESH:
            self._gates.refreshed(activity.bundle_id)
        self.begin(activity, process, _BUDGETS_S[kind])
        return True

    # Tasks under way.

    def _hand_over(self, run: Run) -> None:
        """Call the app's handler; runs as the app's code, behind its didFinishLaunching."""
        run.log(f"Handling launch from daemon for activities: {{(\n    {run.activity.name}\n)}}")
        handler = self.handler_of(run.process, run.activity.request)
        if handler is None:
            run.log(f"No launch handler registered for {run.label}")
            run.complete(False)
            return
        run.log(f"Running task: {run.label}")
        handler(run)

    def _over(self, run: Run, success: bool) -> None:
        self._runs.remove(run)
        name, what = run.activity.name, "COMPLETED" if run.process.alive else "CANCELED:"
        self.log(f"{what} {name} at priority {PRIORITY} {self._phone.log.private(success)}!")
        group = "Tasks running in group [com.apple.dasd.default]"
        self.log(f"NO LONGER RUNNING {name} ...{group} are {len(self._runs)}!")
        if run.activity.request.kind is TaskKind.CONTINUED:
            self.continued.over(run)

    def _process_ended(self, record: ExitRecord) -> None:
        self._handlers.pop(record.pid, None)
        self.continued.process_ended(record.pid)
        for run in tuple(self._runs):
            if run.process.pid == record.pid:
                run.process_ended()

    def _conditions_changed(self, what: str) -> None:
        if what == Change.LOCK and not self._phone.locked:
            for run in tuple(self._runs):
                if run.activity.request.kind is TaskKind.PROCESSING:
                    run.cut_short()

    # Small change.

    def _log_decision(self, activity: Activity, closed: Gate | None) -> None:
        if closed is None:
            self.log(f"'{activity.name}' CurrentScore: 1.000000, ThresholdScore: 0.500000 DecisionToRun:1")
            return
        if closed.policy is Policy.APPLICATION:
            app = activity.bundle_id
            reason = "because background app refresh for this app is disabled."
            self.log(f"Denying background activity for {app} {reason}")
        self.log(
            f"{activity.name}:[\n\t{{name: {closed.policy}, policyWeight: 1.000, response: "
            "{Decision: Must Not Proceed, Score: 0.00}}\n ], FinalDecision: Must Not Proceed}"
        )

    def _name_of(self, request: TaskRequest) -> str:
        return f"{request.kind}-{request.identifier}:{self._random.getrandbits(24):06X}"
