"""What the sample apps that have BGTaskScheduler run code for them share: refresh and processing tasks."""

from __future__ import annotations

from collections.abc import Mapping

from harness.model.callbacks import Callback
from harness.model.triggers import Trigger
from harness.virtual.apps.background_tasks import (
    BGAppRefreshTaskRequest,
    BGProcessingTaskRequest,
    BGTask,
    BGTaskRequest,
    BGTaskScheduler,
    BGTaskSchedulerError,
)
from harness.virtual.apps.commanded import Act, Commanded
from harness.virtual.apps.commands import Command
from harness.virtual.apps.sample import PROCESSING_TASK, REFRESH_TASK
from harness.virtual.apps.uikit import DispatchQueue, ProcessInfo, UserDefaults

WORK_S = 1.0
"""How long the work of a task takes, in phone time."""

LAUNCHED: Mapping[str, Callback] = {
    REFRESH_TASK: Callback.REFRESH_LAUNCHED,
    PROCESSING_TASK: Callback.PROCESSING_LAUNCHED,
}
"""Identifier of a task -> what is journalled when it runs."""


class Scheduling(Commanded):
    """An app that asks for code to be run later.

    It has one identifier for each kind of task; the ``id`` of a command is a name for the journal.
    """

    def acts(self) -> Mapping[Trigger, Act]:
        """What the app can be told to do."""
        return {
            **super().acts(),
            Trigger.SCHEDULE_REFRESH: self.schedule_refresh,
            Trigger.SCHEDULE_PROCESSING: self.schedule_processing,
        }

    def register(self) -> None:
        """Be there for the tasks, in every process and before launching ends, as iOS demands."""
        super().register()
        for identifier in LAUNCHED:
            BGTaskScheduler.shared().register(identifier, self.run_task)

    def run_task(self, task: BGTask) -> None:
        """Journal that a task runs, do its work, and say so."""
        name = UserDefaults.standard().object(task.identifier) or task.identifier
        self.note(LAUNCHED[task.identifier], task=name, detail={"identifier": task.identifier})
        task.expiration_handler = lambda: task.set_task_completed(success=False)
        DispatchQueue.main().async_after(WORK_S, lambda: task.set_task_completed(success=True))

    def stop(self) -> None:
        """Ask for nothing any more."""
        super().stop()
        BGTaskScheduler.shared().cancel_all_task_requests()

    def schedule_refresh(self, command: Command) -> None:
        """``schedule-refresh``: as ``id``, not before ``earliest_s``; answers ``error``, or nothing."""
        self._schedule(command, BGAppRefreshTaskRequest(REFRESH_TASK, _earliest_date(command)))

    def schedule_processing(self, command: Command) -> None:
        """``schedule-processing``: as ``id``, not before ``earliest_s``; answers ``error``, or nothing."""
        self._schedule(command, BGProcessingTaskRequest(PROCESSING_TASK, _earliest_date(command)))

    def _schedule(self, command: Command, request: BGTaskRequest) -> None:
        UserDefaults.standard().set(command.args.get("id"), request.identifier)
        self.acknowledge(command, {"identifier": request.identifier, **submit(request)})


def submit(request: BGTaskRequest) -> dict[str, object]:
    """Submit a request; the answer of a command that asks for it: ``error``, the code, or nothing."""
    try:
        BGTaskScheduler.shared().submit(request)
    except BGTaskSchedulerError as refused:
        return {"error": int(refused.code)}
    return {}


def _earliest_date(command: Command) -> float:
    return ProcessInfo.current().wall_s + float(command.args.get("earliest_s", "0"))
