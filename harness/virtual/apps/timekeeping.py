"""What an app says of the time it has: by a background task, by ticking, and by lines in the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.model.callbacks import Callback
from harness.model.journal import LOG_POINTS
from harness.model.triggers import Trigger
from harness.virtual.apps.commanded import Act, Commanded
from harness.virtual.apps.commands import Command
from harness.virtual.apps.uikit import (
    INVALID_BACKGROUND_TASK,
    DispatchQueue,
    Logger,
    UIApplication,
    UIApplicationState,
)

TASK_NAME = "work"
"""Name of the background task."""

LOG_LEVELS = ("debug", "info", "notice", "error", "fault")
"""Every level of the log, the cheapest first."""


class Timekeeping(Commanded):
    """An app that asks for time in the background, and shows that it runs.

    Attributes:
        background_task: the background task that is open, or ``INVALID_BACKGROUND_TASK``.
    """

    def __init__(self) -> None:
        super().__init__()
        self.background_task = INVALID_BACKGROUND_TASK
        self._ticking = 0
        self._work_left_s: float | None = None

    def application_did_enter_background(self, application: UIApplication) -> None:
        """Go on with the work that time was asked for."""
        super().application_did_enter_background(application)
        self._go_to_work()

    def acts(self) -> Mapping[Trigger, Act]:
        """What the app can be told to do."""
        return {
            **super().acts(),
            Trigger.BEGIN_BACKGROUND_TASK: self.begin_background_task,
            Trigger.TICK: self.tick,
            Trigger.WRITE_LOG: self.write_log,
        }

    def begin_background_task(self, command: Command) -> None:
        """``begin-background-task``: ask for time, and give it back when the work is done.

        ``ends_after_s``: how long the work takes, which is what is left to do once the app is not in front.
        ``handler``: ``yes`` gives it back also when it is used up, ``no`` does not even listen for that.
        Without either word the handler journals that time is up, and the task is never ended.
        """
        ends_after_s, wish = command.args.get("ends_after_s"), command.args.get("handler", "")
        self.background_task = self.application.begin_background_task(TASK_NAME, self.handler_for(wish))
        self.note(Callback.BACKGROUND_TASK_BEGAN, task=TASK_NAME, detail=self.remaining())
        self._work_left_s = None if ends_after_s is None else float(ends_after_s)
        if self.application.application_state is UIApplicationState.BACKGROUND:
            self._go_to_work()
        self.acknowledge(command)

    def handler_for(self, wish: str) -> Callable[[], None] | None:
        """The expiration handler that a command wishes for."""
        handlers = {"yes": self.time_is_up, "no": None}
        return handlers.get(wish, self.note_time_is_up)

    def note_time_is_up(self) -> None:
        """Journal that the time is used up."""
        self.note(Callback.BACKGROUND_TASK_EXPIRED, task=TASK_NAME, detail=self.remaining())

    def time_is_up(self) -> None:
        """The expiration handler: end the task at once, or iOS ends the app."""
        self.note_time_is_up()
        self.give_time_back()

    def give_time_back(self) -> None:
        """The work is done, or the time is up."""
        self.end_background_task()

    def end_background_task(self) -> None:
        """End the background task, if it is open."""
        task, self.background_task = self.background_task, INVALID_BACKGROUND_TASK
        if task != INVALID_BACKGROUND_TASK:
            self.note(Callback.BACKGROUND_TASK_ENDED, task=TASK_NAME, detail=self.remaining())
            self.application.end_background_task(task)

    def tick(self, command: Command) -> None:
        """``tick``: journal every ``every_s`` seconds that code runs, until the app is reset."""
        self._ticking += 1
        self._tick_on(float(command.args.get("every_s", "1")), self._ticking)
        self.acknowledge(command)

    def write_log(self, command: Command) -> None:
        """``write-log``: ``text`` at every level, once public and once private."""
        text, logger = command.args.get("text", ""), Logger(self.bundle_id, LOG_POINTS)
        for level in LOG_LEVELS:
            logger.log(f"{level}, public: {text}", level=level)
            logger.log(f"{level}, private: %@", text, level=level)
        self.acknowledge(command)

    def stop(self) -> None:
        """End what goes on by itself."""
        super().stop()
        self._ticking += 1
        self.end_background_task()

    def _go_to_work(self) -> None:
        work_s, self._work_left_s = self._work_left_s, None
        if work_s is not None:
            DispatchQueue.main().async_after(work_s, self.give_time_back)

    def remaining(self) -> dict[str, float]:
        """``backgroundTimeRemaining``, for the journal."""
        return {"remaining_s": self.application.background_time_remaining}

    def _tick_on(self, every_s: float, ticking: int) -> None:
        # A later command to tick, or to stop, ends an earlier one.
        if ticking == self._ticking:
            self.note(Callback.TICK, detail=self.remaining())
            DispatchQueue.main().async_after(every_s, lambda: self._tick_on(every_s, ticking))
