"""BackgroundTasks as app code sees it, under Apple's names in snake case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.virtual.apps.uikit import NSInternalInconsistencyException
from harness.virtual.kernel.background.activities import (
    WILDCARD,
    SubmitError,
    TaskKind,
    TaskRequest,
    is_permitted,
)
from harness.virtual.kernel.background.dasd import NoHandler
from harness.virtual.kernel.background.runs import Run
from harness.virtual.kernel.processes.process import Process, current_process

__all__ = [
    "BGAppRefreshTask",
    "BGAppRefreshTaskRequest",
    "BGContinuedProcessingTask",
    "BGContinuedProcessingTaskRequest",
    "BGProcessingTask",
    "BGProcessingTaskRequest",
    "BGTask",
    "BGTaskRequest",
    "BGTaskScheduler",
    "BGTaskSchedulerError",
    "Progress",
    "Strategy",
    "SubmitError",
]


class Strategy(StrEnum):
    """``BGContinuedProcessingTaskRequest.SubmissionStrategy``."""

    QUEUE = "queue"
    FAIL = "fail"


class BGTaskSchedulerError(Exception):
    """``BGTaskScheduler.Error``: a request was not taken.

    Args:
        code: why.
    """

    def __init__(self, code: SubmitError) -> None:
        super().__init__(f"BGTaskSchedulerErrorDomain Code={int(code)} ({code.name.lower()})")
        self.code = code


@dataclass(frozen=True)
class BGTaskRequest:
    """``BGTaskRequest``; one of its three kinds is submitted.

    Attributes:
        identifier: which task.
        earliest_begin_date: not before, seconds since 1970, phone time; ``None`` for any time.
    """

    identifier: str
    earliest_begin_date: float | None = None

    def asked(self) -> TaskRequest:
        """What is asked of the phone."""
        raise TypeError(f"{type(self).__name__} is no request that can be submitted")


@dataclass(frozen=True)
class BGAppRefreshTaskRequest(BGTaskRequest):
    """``BGAppRefreshTaskRequest``."""

    def asked(self) -> TaskRequest:
        """See ``BGTaskRequest.asked``."""
        return TaskRequest(self.identifier, TaskKind.REFRESH, self.earliest_begin_date)


@dataclass(frozen=True)
class BGProcessingTaskRequest(BGTaskRequest):
    """``BGProcessingTaskRequest``.

    Attributes:
        requires_external_power: only while the battery is fed.
        requires_network_connectivity: only while there is a network.
    """

    requires_external_power: bool = False
    requires_network_connectivity: bool = False

    def asked(self) -> TaskRequest:
        """See ``BGTaskRequest.asked``."""
        return TaskRequest(
            self.identifier,
            TaskKind.PROCESSING,
            self.earliest_begin_date,
            requires_power=self.requires_external_power,
            requires_network=self.requires_network_connectivity,
        )


@dataclass(frozen=True)
class BGContinuedProcessingTaskRequest(BGTaskRequest):
    """``BGContinuedProcessingTaskRequest``; its earliest begin date is ignored.

    Attributes:
        title: shown to the person who has begun it.
        subtitle: shown below.
        strategy: whether it queues where it cannot run at once.
    """

    title: str = ""
    subtitle: str = ""
    strategy: Strategy = Strategy.QUEUE

    def asked(self) -> TaskRequest:
        """See ``BGTaskRequest.asked``."""
        return TaskRequest(self.identifier, TaskKind.CONTINUED, queues=self.strategy is Strategy.QUEUE)


class BGTask:
    """``BGTask``: what a launch handler is given.

    Args:
        run: the phone's side of it.
    """

    def __init__(self, run: Run) -> None:
        self._run = run

    @property
    def identifier(self) -> str:
        """``identifier``."""
        return self._run.activity.request.identifier

    @property
    def expiration_handler(self) -> Callable[[], None] | None:
        """``expirationHandler``: called on the main thread; without one an expired task has failed."""
        return self._run.expiration_handler

    @expiration_handler.setter
    def expiration_handler(self, handler: Callable[[], None] | None) -> None:
        self._run.expiration_handler = handler

    def set_task_completed(self, *, success: bool) -> None:
        """``setTaskCompleted(success:)``; a second call does nothing."""
        self._run.complete(success)


class BGAppRefreshTask(BGTask):
    """``BGAppRefreshTask``."""


class BGProcessingTask(BGTask):
    """``BGProcessingTask``."""


@dataclass
class Progress:
    """``Progress`` of a continued processing task.

    Attributes:
        total_unit_count: how many units there are.
    """

    total_unit_count: int = 0
    _completed: int = 0
    _on_progress: Callable[[], None] = field(default=lambda: None, repr=False)

    @property
    def completed_unit_count(self) -> int:
        """``completedUnitCount``: how many units are done."""
        return self._completed

    @completed_unit_count.setter
    def completed_unit_count(self, count: int) -> None:
        grows = count > self._completed
        self._completed = count
        if grows:
            self._on_progress()


class BGContinuedProcessingTask(BGTask):
    """``BGContinuedProcessingTask``; one whose progress stands still is expired.

    Attributes:
        progress: what the person is shown, and the phone looks at.
    """

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        continued = run.process.phone.dasd.continued
        self.progress = Progress(_on_progress=lambda: continued.progressed(run))


LaunchHandler = Callable[[BGTask], None]

_TASKS: Mapping[TaskKind, Callable[[Run], BGTask]] = {
    TaskKind.REFRESH: BGAppRefreshTask,
    TaskKind.PROCESSING: BGProcessingTask,
    TaskKind.CONTINUED: BGContinuedProcessingTask,
}


class BGTaskScheduler:
    """``BGTaskScheduler`` of the process whose code is running.

    Args:
        process: the process.
    """

    def __init__(self, process: Process) -> None:
        self._process = process
        self._dasd = process.phone.dasd

    @staticmethod
    def shared() -> BGTaskScheduler:
        """``BGTaskScheduler.shared``."""
        return BGTaskScheduler(current_process())

    def register(self, identifier: str, launch_handler: LaunchHandler) -> bool:
        """``register(forTaskWithIdentifier:using:launchHandler:)``; the handler runs on the main thread.

        Args:
            identifier: a permitted one, or a permitted wildcard.
            launch_handler: called with the task whenever one of the identifier runs.

        Returns:
            Whether the identifier is in the bundle's list of permitted ones.

        Raises:
            NSInternalInconsistencyException: registered already; or ``didFinishLaunching`` has returned,
                and the identifier is not one of continued processing.
        """
        app = self._process.app
        if app is None or not is_permitted(app, identifier):
            return False
        if self._dasd.is_registered(self._process, identifier):
            raise NSInternalInconsistencyException(
                f"Launch handler for task with identifier {identifier} has already been registered"
            )
        if self._process.application.has_launched and not self._may_be_late(identifier):
            raise NSInternalInconsistencyException(
                "All launch handlers must be registered before application finishes launching"
            )
        self._dasd.register(
            self._process, identifier, lambda run: launch_handler(_TASKS[run.activity.request.kind](run))
        )
        return True

    def submit(self, request: BGTaskRequest) -> None:
        """``submit(_:)``; one of the same identifier that waits is replaced.

        Raises:
            BGTaskSchedulerError: it was not taken.
            NSInternalInconsistencyException: no handler is registered for its identifier.
        """
        try:
            refused = self._dasd.submit(self._process, request.asked())
        except NoHandler as error:
            raise NSInternalInconsistencyException(
                f"No launch handler registered for task with identifier {request.identifier}"
            ) from error
        if refused is not None:
            raise BGTaskSchedulerError(refused)

    def cancel(self, identifier: str) -> None:
        """``cancel(taskRequestWithIdentifier:)``."""
        self._dasd.cancel(self._process.bundle_id, identifier)

    def cancel_all_task_requests(self) -> None:
        """``cancelAllTaskRequests()``."""
        self._dasd.cancel_all(self._process.bundle_id)

    def pending_identifiers(self) -> tuple[str, ...]:
        """``pendingTaskRequests``, by identifier."""
        return tuple(request.identifier for request in self._dasd.pending(self._process.bundle_id))

    def _may_be_late(self, identifier: str) -> bool:
        """Whether an identifier can only be one of continued processing: a wildcard permits it (§1.10)."""
        app = self._process.app
        exact = app is not None and identifier in app.task_identifiers
        return identifier.endswith(WILDCARD) or not exact
