"""Continued processing tasks of a sample app: work in units, each of which is reported when it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.model.callbacks import Callback
from harness.model.triggers import Trigger
from harness.virtual.apps.background_tasks import (
    BGContinuedProcessingTask,
    BGContinuedProcessingTaskRequest,
    BGTask,
    BGTaskScheduler,
)
from harness.virtual.apps.commanded import Act, Commanded
from harness.virtual.apps.commands import Command
from harness.virtual.apps.sample import CONTINUED_TASKS
from harness.virtual.apps.scheduling import submit
from harness.virtual.apps.uikit import DispatchQueue


@dataclass
class Work:
    """What one task is to do.

    Attributes:
        name: its id.
        units: how many units there are.
        unit_s: how long each takes, in phone time.
        over: whether it has been ended.
    """

    name: str
    units: int
    unit_s: float
    over: bool = False


class Continuing(Commanded):
    """An app that goes on in the background with what its user has begun."""

    def __init__(self) -> None:
        super().__init__()
        self._work: dict[str, Work] = {}

    def acts(self) -> Mapping[Trigger, Act]:
        """What the app can be told to do."""
        return {**super().acts(), Trigger.START_CONTINUED_TASK: self.start_continued_task}

    # What a defective variant overrides.

    def report(self, task: BGContinuedProcessingTask, completed: int) -> None:
        """Say how far the work is: a task that does not is ended."""
        task.progress.completed_unit_count = completed

    # Small acts.

    def start_continued_task(self, command: Command) -> None:
        """``start-continued-task``: ``units`` of ``unit_s`` each, as ``id``; may answer ``error``."""
        args = command.args
        name = args.get("id", command.identifier)
        identifier = f"{CONTINUED_TASKS.removesuffix('*')}{name}"
        if identifier not in self._work:
            # Such a task may be registered late; registered twice, it ends the app.
            BGTaskScheduler.shared().register(identifier, self._run)
        self._work[identifier] = Work(name, int(args.get("units", "10")), float(args.get("unit_s", "1")))
        request = BGContinuedProcessingTaskRequest(identifier, title="Working", subtitle=name)
        self.acknowledge(command, {"identifier": identifier, **submit(request)})

    def _run(self, task: BGTask) -> None:
        assert isinstance(task, BGContinuedProcessingTask)
        work = self._work[task.identifier]
        self.note(Callback.CONTINUED_LAUNCHED, task=work.name)
        task.progress.total_unit_count = work.units
        task.expiration_handler = lambda: self._expire(task, work)
        DispatchQueue.main().async_after(work.unit_s, lambda: self._do_unit(task, work, 1))

    def _do_unit(self, task: BGContinuedProcessingTask, work: Work, number: int) -> None:
        if work.over:
            return
        self.report(task, number)
        progress = {"completed": task.progress.completed_unit_count, "total": work.units}
        self.note(Callback.CONTINUED_PROGRESS, task=work.name, detail=progress)
        if number >= work.units:
            self._complete(task, work, success=True)
        else:
            DispatchQueue.main().async_after(work.unit_s, lambda: self._do_unit(task, work, number + 1))

    def _expire(self, task: BGContinuedProcessingTask, work: Work) -> None:
        self.note(Callback.CONTINUED_EXPIRED, task=work.name)
        self._complete(task, work, success=False)

    def _complete(self, task: BGContinuedProcessingTask, work: Work, *, success: bool) -> None:
        work.over = True
        self.note(Callback.CONTINUED_COMPLETED, task=work.name, detail={"success": success})
        task.set_task_completed(success=success)

    def stop(self) -> None:
        """Leave every task where it is, and ask for none any more."""
        super().stop()
        for work in self._work.values():
            work.over = True
