"""What an app asks of BGTaskScheduler, and what dasd makes of it: an activity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from harness.virtual.kernel.clock import Timer
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.rules import AssertionKind, Subsystem

WILDCARD = ".*"
"""How a permitted identifier ends that stands for many, of continued processing tasks (§1.10)."""


class TaskKind(StrEnum):
    """What sort of task; the value begins the name of an activity (log-grammar.md §1.4)."""

    REFRESH = "bgRefresh"
    PROCESSING = "bgProcessing"
    CONTINUED = "bgContinuedProcessing"


class SubmitError(IntEnum):
    """``BGTaskScheduler.Error.Code``. Source: background-execution.md §1.9."""

    UNAVAILABLE = 1
    TOO_MANY_PENDING = 2
    NOT_PERMITTED = 3
    IMMEDIATE_RUN_INELIGIBLE = 4


MODES: Mapping[TaskKind, str] = {TaskKind.REFRESH: "fetch", TaskKind.PROCESSING: "processing"}
"""Kind -> what ``UIBackgroundModes`` has to contain (§1.9)."""

SUBSYSTEMS: Mapping[TaskKind, Subsystem] = {
    TaskKind.REFRESH: Subsystem.APP_REFRESH,
    TaskKind.PROCESSING: Subsystem.PROCESSING,
}
"""Kind -> whose policy after a force quit counts (§1.6)."""

ASSERTIONS: Mapping[TaskKind, AssertionKind] = {
    TaskKind.REFRESH: AssertionKind.FETCH,
    TaskKind.PROCESSING: AssertionKind.PROCESSING,
    TaskKind.CONTINUED: AssertionKind.CONTINUED,
}
"""Kind -> the assertion that such a task runs under."""

CLASSES: Mapping[TaskKind, str] = {
    TaskKind.REFRESH: "BGAppRefreshTask",
    TaskKind.PROCESSING: "BGProcessingTask",
    TaskKind.CONTINUED: "BGContinuedProcessingTask",
}
"""Kind -> Apple's name of the task, in the log of the app."""


@dataclass(frozen=True)
class TaskRequest:
    """``BGTaskRequest``.

    Attributes:
        identifier: which task.
        kind: what sort.
        earliest_s: not before, seconds since 1970; ``None`` for any time. Not heeded of a continued task.
        requires_power: only while the battery is fed.
        requires_network: only while there is a network.
        queues: of a continued task, whether it waits for its turn or fails where it cannot run at once.
    """

    identifier: str
    kind: TaskKind
    earliest_s: float | None = None
    requires_power: bool = False
    requires_network: bool = False
    queues: bool = True


@dataclass
class Activity:
    """One request, as dasd keeps it until it has run or was taken back.

    Attributes:
        bundle_id: whose.
        request: what was asked for.
        name: as the log has it.
        look: when it is looked at next.
    """

    bundle_id: str
    request: TaskRequest
    name: str
    look: Timer | None = None

    @property
    def key(self) -> tuple[str, str]:
        """App and identifier: a second request of the same takes the place of the first (§1.3)."""
        return self.bundle_id, self.request.identifier

    def stop_looking(self) -> None:
        """Look at it no more."""
        if self.look is not None:
            self.look.cancel()
            self.look = None


def matches(pattern: str, identifier: str) -> bool:
    """Whether a permitted identifier covers one, itself or as a wildcard."""
    if pattern.endswith(WILDCARD):
        return identifier.startswith(pattern[: -len(WILDCARD)] + ".")
    return pattern == identifier


def is_permitted(app: AppBundle, identifier: str) -> bool:
    """Whether ``BGTaskSchedulerPermittedIdentifiers`` of an app covers an identifier."""
    return any(matches(pattern, identifier) for pattern in app.task_identifiers)


def has_mode(app: AppBundle, kind: TaskKind) -> bool:
    """Whether an app declares the background mode of a kind; continued tasks need none."""
    return kind not in MODES or MODES[kind] in app.background_modes
