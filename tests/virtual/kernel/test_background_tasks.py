"""BGTaskScheduler and dasd: what is taken, when it runs, how it ends."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from harness.model.settings import BackgroundRefresh
from harness.model.states import AppState
from harness.virtual.apps.background_tasks import (
    BGAppRefreshTaskRequest,
    BGContinuedProcessingTask,
    BGContinuedProcessingTaskRequest,
    BGProcessingTaskRequest,
    BGTask,
    BGTaskRequest,
    BGTaskScheduler,
    BGTaskSchedulerError,
    Strategy,
    SubmitError,
)
from harness.virtual.apps.uikit import (
    NSInternalInconsistencyException,
    UIApplication,
    UIApplicationDelegate,
    sleep,
)
from harness.virtual.kernel.background.figures import (
    IDLE_AFTER_S,
    LOOK_AFTER_S,
    LOOK_EVERY_S,
    PENDING_PROCESSING,
    PROGRESS_WITHIN_S,
    REFRESH_S,
    REFRESH_SPACING_S,
)
from harness.virtual.kernel.background.gates import GATES, Policy
from harness.virtual.kernel.rules import TerminationCode
from tests.virtual.kernel.support import BUNDLE_ID, EPOCH_S, Bench

REFRESH, CLEAN, EXPORT = "dev.harness.refresh", "dev.harness.clean", "dev.harness.export"
MANY = tuple(f"dev.harness.p{number}" for number in range(PENDING_PROCESSING + 1))
PERMITTED = (REFRESH, CLEAN, f"{EXPORT}.*", *MANY)
MODES = ("fetch", "processing")


class Worker(UIApplicationDelegate):
    """Registers for everything it may; what it does with a task, the test says."""

    def __init__(self, bench: WorkBench) -> None:
        self.bench = bench

    def application_did_finish_launching(
        self, application: UIApplication, options: Mapping[str, object]
    ) -> None:
        self.bench.calls.append("launched")
        for identifier in (*self.bench.registers, *MANY):
            BGTaskScheduler.shared().register(identifier, self.bench.given)


def _complete(task: BGTask) -> None:
    task.set_task_completed(success=True)


class WorkBench(Bench):
    """A phone with a worker in front that notes down its tasks."""

    def __init__(
        self,
        root: Path,
        *,
        ios: str = "18.5",
        modes: tuple[str, ...] = MODES,
        registers: tuple[str, ...] = (REFRESH, CLEAN),
        does: Callable[[BGTask], None] | None = None,
    ) -> None:
        self.tasks: list[BGTask] = []
        self.registers = registers
        self.does = does or _complete
        super().__init__(root, ios=ios, modes=modes, tasks=PERMITTED, delegate=lambda: Worker(self))
        self.phone.launch(BUNDLE_ID)

    def given(self, task: BGTask) -> None:
        """Be given a task."""
        self.tasks.append(task)
        self.calls.append(task.identifier)
        self.does(task)

    def submit(self, request: BGTaskRequest) -> SubmitError | None:
        """Have the app submit a request; returns the error it caught."""
        caught: list[SubmitError | None] = []

        def submit() -> None:
            try:
                BGTaskScheduler.shared().submit(request)
            except BGTaskSchedulerError as error:
                caught.append(error.code)
            else:
                caught.append(None)

        self.process.enqueue(submit)
        [code] = caught
        return code

    def run(self, act: Callable[[BGTaskScheduler], object]) -> None:
        """Run something as the app's code."""

        def run() -> None:
            act(BGTaskScheduler.shared())

        self.process.enqueue(run)

    def leave_idle(self) -> None:
        """Leave the phone alone, locked, until it counts as idle."""
        self.phone.lock()
        self.wait(IDLE_AFTER_S + LOOK_EVERY_S + 1)

    @property
    def pending(self) -> list[str]:
        """What waits of the app."""
        return [request.identifier for request in self.phone.dasd.pending(BUNDLE_ID)]


# What is taken.


def test_a_request_is_taken_and_waits(tmp_path: Path) -> None:
    bench = WorkBench(tmp_path)
    assert bench.submit(BGAppRefreshTaskRequest(REFRESH)) is None
    assert bench.pending == [REFRESH]
    assert any(line.startswith(f"Submitted Activity: bgRefresh-{REFRESH}:") for line in bench.lines("dasd"))
    assert any("Submitting task request activity: bgRefresh-" in line for line in bench.lines("Sample"))


@pytest.mark.parametrize(
    ("modes", "request_"),
    [
        (MODES, BGAppRefreshTaskRequest("dev.harness.other")),
        (("processing",), BGAppRefreshTaskRequest(REFRESH)),
        (("fetch",), BGProcessingTaskRequest(CLEAN)),
    ],
)
def test_what_the_bundle_does_not_declare_is_not_permitted(
    tmp_path: Path, modes: tuple[str, ...], request_: BGTaskRequest
) -> None:
    bench = WorkBench(tmp_path, modes=modes)
    assert bench.submit(request_) is SubmitError.NOT_PERMITTED
    assert bench.pending == []


def test_without_background_app_refresh_it_is_unavailable(tmp_path: Path) -> None:
    bench = WorkBench(tmp_path)
    bench.phone.settings.set_app_refresh(BUNDLE_ID, False)
    assert bench.submit(BGAppRefreshTaskRequest(REFRESH)) is SubmitError.UNAVAILABLE
    assert bench.submit(BGProcessingTaskRequest(CLEAN)) is SubmitError.UNAVAILABLE


def test_in_low_power_mode_it_is_unavailable_and_what_waits_waits(tmp_path: Path) -> None:
    bench = WorkBench(tmp_path)
    bench.submit(BGAppRefreshTaskRequest(REFRESH))
    bench.phone.settings.set_low_power(True)
    assert bench.submit(BGProcessingTaskRequest(CLEAN)) is SubmitError.UNAVAILABLE
    bench.wait(3_600)
    assert bench.tasks == []
    bench.phone.settings.set_low_power(False)
    bench.wait(LOOK_EVERY_S + 1)
    assert [task.identifier for task in bench.tasks] == [REFRESH]


def test_a_refresh_by_wifi_only_waits_for_wifi(tmp_path: Path) -> None:
    bench = WorkBench(tmp_path)
    bench.phone.settings.set_background_refresh(BackgroundRefresh.WIFI)
    bench.phone.conditions.switch_wifi(False)
    bench.submit(BGAppRefreshTaskRequest(REFRESH))
    bench.wait(3_600)
    assert bench.tasks == []
    bench.phone.conditions.switch_wifi(True)
    bench.wait(LOOK_EVERY_S + 1)
    assert len(bench.tasks) == 1


def test_one_refresh_and_ten_processing_requests_can_wait(tmp_path: Path) -> None:
    bench = WorkBench(tmp_path)
    codes = [bench.submit(BGProcessingTaskRequest(identifier)) for identifier in MANY]
    assert codes == [None] * PENDING_PROCESSING + [SubmitError.TOO_MANY_PENDING]
    assert bench.submit(BGAppRefreshTaskRequest(REFRESH)) is None
    assert bench.submit(BGAppRefreshTaskRequest(MANY[0])) is SubmitError.TOO_MANY_PENDING


def test_a_second_request_of_an_identifier_takes_the_place_of_the_first(tmp_path: Path) -> None:
    bench = WorkBench(tmp_path)
    bench.submit(BGAppRefreshTaskRequest(REFRESH, EPOCH_S + 100))
    bench.submit(BGAppRefreshTaskRequest(REFRESH, EPOCH_S + 5_000))
    assert bench.pending == [REFRESH]
    bench.wait(4_000)
    assert bench.tasks == []
    bench.wait(2_000)
    assert len(bench.tasks) == 1


def test_what_was_taken_back_does_not_run(tmp_path: Path) -> None:
    bench = WorkBench(tmp_path)
    bench.submit(BGAppRefreshTaskRequest(REFRESH))
    bench.submit(BGProcessingTaskRequest(CLEAN))
    bench.run(lambda scheduler: scheduler.cancel(REFRESH))
    assert bench.pending == [CLEAN]
    bench.run(lambda scheduler: scheduler.cancel_all_task_requests())
    bench.leave_idle()
    assert bench.tasks == []


def _do_nothing(_: BGTask) -> None:
    """A handler of no use."""


MISUSE: Mapping[str, Callable[[BGTaskScheduler], object]] = {
    "registered twice": lambda scheduler: scheduler.register(REFRESH, _do_nothing),
    "registered after the launch": lambda scheduler: scheduler.register(CLEAN, _do_nothing),
    "submitted without a handler": lambda scheduler: scheduler.submit(BGProcessingTaskRequest(CLEAN)),
}


@pytest.mark.parametrize("act", MISUSE.values(), ids=MISUSE)
def test_misuse_is_an_exception_that_ends_the_app(
    tmp_path: Path, act: Callable[[BGTaskScheduler], object]
) -> None:
    bench = WorkBench(tmp_path, registers=(REFRESH,))
    bench.run(act)
    [record] = bench.exits
    assert record.signal == 6
    assert NSInternalInconsistencyException.__name__ in record.reason


def test_what_is_not_permitted_is_not_registered_and_nobody_dies_of_it(tmp_path: Path) -> None:
    bench = WorkBench(tmp_path, registers=(REFRESH, "dev.harness.other"))
    assert bench.exits == []


# When it runs.


def test_a_refresh_resumes_a_suspended_app_and_it_is_suspended_again(tmp_path: Path) -> None:
    bench = WorkBench(tmp_path)
    bench.submit(BGAppRefreshTaskRequest(REFRESH, EPOCH_S + 600))
    pid = bench.process.pid
    bench.phone.press_home()
    bench.wait(600)
    assert bench.tasks == []
    bench.wait(LOOK_AFTER_S + 10)
    assert bench.calls == ["launched", REFRESH]
    assert (bench.process.pid, bench.state) == (pid, AppState.SUSPENDED)
    assert bench.reported() == [8, 4, 2, 4, 2]
    assert bench.pending == []
    assert any(line.startswith(f"COMPLETED bgRefresh-{REFRESH}") for line in bench.lines("dasd"))


def test_a_refresh_launches_an_app_that_has_no_process(tmp_path: Path) -> None:
    bench = WorkBench(tmp_path)
    bench.submit(BGAppRefreshTaskRequest(REFRESH))
    bench.phone.signal(bench.process.pid, 9)
    bench.wait(LOOK_AFTER_S + 10)
    assert bench.calls == ["launched", "launched", REFRESH]
    assert any("from dasd:" in line for line in bench.lines("SpringBoard"))


def test_a_request_survives_a_restart_and_waits_for_the_first_unlock(tmp_path: Path) -> None:
    bench = WorkBench(tmp_path)
    bench.submit(BGAppRefreshTaskRequest(REFRESH))
    bench.phone.conditions.passcode = "1234"
    bench.phone.reboot()
    bench.wait(3_600)
    assert bench.tasks == []
    bench.phone.unlock()
    bench.wait(LOOK_EVERY_S + 1)
    assert len(bench.tasks) == 1


def test_refreshes_of_an_app_keep_a_distance(tmp_path: Path) -> None:
    bench = WorkBench(tmp_path)
    started_s: list[float] = []

    def again(task: BGTask) -> None:
        started_s.append(bench.phone.clock.now_s)
        BGTaskScheduler.shared().submit(BGAppRefreshTaskRequest(REFRESH))
        task.set_task_completed(success=True)

    bench.does = again
    bench.submit(BGAppRefreshTaskRequest(REFRESH))
    bench.phone.press_home()
    bench.wait(3 * REFRESH_SPACING_S)
    assert len(started_s) >= 2
    assert all(later - earlier >= REFRESH_SPACING_S for earlier, later in itertools.pairwise(started_s))


def test_processing_waits_until_nobody_uses_the_phone(tmp_path: Path) -> None:
    bench = WorkBench(tmp_path)
    bench.submit(BGProcessingTaskRequest(CLEAN))
    bench.phone.press_home()
    bench.wait(3_600)
    assert bench.tasks == []
    bench.leave_idle()
    assert [task.identifier for task in bench.tasks] == [CLEAN]


def test_processing_off_the_charger_waits_for_the_night(tmp_path: Path) -> None:
    bench = WorkBench(tmp_path)
    bench.phone.conditions.set_battery(80, external_power=False)
    bench.submit(BGProcessingTaskRequest(CLEAN))
    midnight_s = EPOCH_S - EPOCH_S % 86_400 + 86_400
    bench.phone.lock()
    bench.wait(midnight_s - bench.phone.clock.now_s - 1)
    assert bench.tasks == []
    bench.wait(LOOK_EVERY_S + 2)
    assert len(bench.tasks) == 1


def test_processing_that_asks_for_power_or_a_network_waits_for_it(tmp_path: Path) -> None:
    bench = WorkBench(tmp_path)
    bench.phone.conditions.set_battery(80, external_power=False)
    bench.submit(BGProcessingTaskRequest(CLEAN, requires_external_power=True))
    bench.phone.lock()
    bench.wait(86_400)
    assert bench.tasks == []
    bench.phone.conditions.set_battery(80, external_power=True)
    bench.wait(LOOK_EVERY_S + 1)
    assert len(bench.tasks) == 1


def test_a_request_waits_while_background_app_refresh_is_off(tmp_path: Path) -> None:
    bench = WorkBench(tmp_path)
    bench.submit(BGAppRefreshTaskRequest(REFRESH))
    bench.phone.settings.set_app_refresh(BUNDLE_ID, False)
    bench.phone.press_home()
    bench.wait(3_600)
    assert bench.tasks == []
    assert any(
        line.startswith(f"Denying background activity for {BUNDLE_ID}") for line in bench.lines("dasd")
    )
    bench.phone.settings.set_app_refresh(BUNDLE_ID, True)
    bench.wait(LOOK_EVERY_S + 1)
    assert len(bench.tasks) == 1


@pytest.mark.parametrize(("ios", "ran"), [("17.5", []), ("18.5", [CLEAN])])
def test_after_a_force_quit_only_processing_runs_and_that_only_from_some_version_on(
    tmp_path: Path, ios: str, ran: list[str]
) -> None:
    bench = WorkBench(tmp_path, ios=ios)
    bench.submit(BGAppRefreshTaskRequest(REFRESH))
    bench.submit(BGProcessingTaskRequest(CLEAN))
    bench.phone.force_quit(BUNDLE_ID)
    bench.leave_idle()
    assert [task.identifier for task in bench.tasks] == ran
    assert bench.phone.is_force_quit(BUNDLE_ID)


def test_an_uninstalled_app_has_nothing_waiting(tmp_path: Path) -> None:
    bench = WorkBench(tmp_path)
    bench.submit(BGAppRefreshTaskRequest(REFRESH))
    bench.phone.uninstall(BUNDLE_ID)
    assert bench.pending == []
    bench.wait(3_600)


def test_every_policy_is_one_gate() -> None:
    assert {gate.policy for gate in GATES} == set(Policy)
    assert len(GATES) == len(Policy)


# How it ends.


def in_background(bench: WorkBench, request: BGTaskRequest) -> float:
    """Have a task begin in the background; returns when it has."""
    bench.submit(request)
    bench.phone.press_home()
    bench.phone.lock()
    while not bench.tasks:
        bench.wait(1)
    return bench.phone.clock.now_s


def test_a_task_that_is_not_completed_expires_and_may_still_complete(tmp_path: Path) -> None:
    expired_s: list[float] = []

    def work(task: BGTask) -> None:
        def expire() -> None:
            expired_s.append(bench.phone.clock.now_s)
            task.set_task_completed(success=False)

        task.expiration_handler = expire

    bench = WorkBench(tmp_path, does=work)
    begun_s = in_background(bench, BGAppRefreshTaskRequest(REFRESH))
    bench.wait(60)
    assert expired_s == [pytest.approx(begun_s + REFRESH_S - 5, abs=1.5)]
    assert bench.exits == []
    assert bench.state is AppState.SUSPENDED


def test_a_task_that_ignores_its_expiration_costs_the_app_its_process(tmp_path: Path) -> None:
    def work(task: BGTask) -> None:
        task.expiration_handler = lambda: None

    bench = WorkBench(tmp_path, does=work)
    in_background(bench, BGAppRefreshTaskRequest(REFRESH))
    bench.wait(60)
    [record] = bench.exits
    assert record.code == TerminationCode.FETCH_TIMEOUT
    assert any(line.startswith("CANCELED: bgRefresh-") for line in bench.lines("dasd"))


def test_a_task_without_an_expiration_handler_has_failed_when_it_expires(tmp_path: Path) -> None:
    bench = WorkBench(tmp_path, does=lambda _: None)
    in_background(bench, BGAppRefreshTaskRequest(REFRESH))
    bench.wait(60)
    assert bench.exits == []
    assert bench.state is AppState.SUSPENDED
    assert any("complete with success: 0" in line for line in bench.lines("Sample"))


def test_processing_expires_when_somebody_uses_the_phone(tmp_path: Path) -> None:
    told: list[str] = []

    def work(task: BGTask) -> None:
        def expire() -> None:
            told.append("expired")
            task.set_task_completed(success=False)

        task.expiration_handler = expire

    bench = WorkBench(tmp_path, does=work)
    in_background(bench, BGProcessingTaskRequest(CLEAN))
    bench.wait(30)
    assert told == []
    bench.phone.unlock()
    assert told == ["expired"]


def test_a_second_completion_changes_nothing(tmp_path: Path) -> None:
    bench = WorkBench(tmp_path)
    in_background(bench, BGAppRefreshTaskRequest(REFRESH))
    bench.tasks[0].set_task_completed(success=False)
    assert sum("Marking task" in line for line in bench.lines("Sample")) == 1


# Continued processing.


class ExportBench(WorkBench):
    """A phone with an app that exports something its user has asked for."""

    def __init__(
        self,
        root: Path,
        *,
        ios: str = "26.0",
        units: int = 1_000,
        registers: tuple[str, ...] = (f"{EXPORT}.1", f"{EXPORT}.2"),
    ) -> None:
        self.units = units
        self.expired: list[str] = []
        super().__init__(root, ios=ios, modes=(), registers=registers, does=self.export)

    def export(self, task: BGTask) -> None:
        """Do one unit every ten seconds."""
        assert isinstance(task, BGContinuedProcessingTask)
        task.progress.total_unit_count = self.units
        task.expiration_handler = lambda: self.expire(task)
        self.step(task)

    def step(self, task: BGContinuedProcessingTask) -> None:
        """Do one unit."""
        if task.progress.completed_unit_count == self.units:
            return
        task.progress.completed_unit_count += 1
        clock, process = self.phone.clock, self.process
        clock.call_later(10, lambda: process.enqueue(lambda: self.step(task)))

    def expire(self, task: BGTask) -> None:
        """Give up."""
        self.expired.append(task.identifier)
        task.set_task_completed(success=False)

    def begin(self, number: int, strategy: Strategy = Strategy.QUEUE) -> SubmitError | None:
        """Have the app submit an export."""
        return self.submit(BGContinuedProcessingTaskRequest(f"{EXPORT}.{number}", strategy=strategy))


def test_a_continued_task_runs_on_in_the_background_as_long_as_it_gets_on(tmp_path: Path) -> None:
    bench = ExportBench(tmp_path)
    assert bench.begin(1) is None
    assert [task.identifier for task in bench.tasks] == [f"{EXPORT}.1"]
    bench.phone.press_home()
    bench.wait(3_600)
    assert bench.state is AppState.BACKGROUND_RUNNING
    assert bench.expired == []


def test_a_continued_task_without_progress_is_expired(tmp_path: Path) -> None:
    bench = ExportBench(tmp_path, units=2)
    bench.begin(1)
    bench.phone.press_home()
    bench.wait(10 + PROGRESS_WITHIN_S - 1)
    assert bench.expired == []
    bench.wait(10)
    assert bench.expired == [f"{EXPORT}.1"]
    assert bench.state is AppState.SUSPENDED


def test_a_cancelled_continued_task_looks_like_an_expired_one(tmp_path: Path) -> None:
    bench = ExportBench(tmp_path)
    bench.begin(1)
    bench.phone.press_home()
    bench.phone.dasd.continued.cancel(BUNDLE_ID, f"{EXPORT}.1")
    assert bench.expired == [f"{EXPORT}.1"]


def test_a_force_quit_takes_continued_tasks_away_without_a_word(tmp_path: Path) -> None:
    bench = ExportBench(tmp_path)
    bench.begin(1)
    bench.begin(2)
    bench.phone.press_home()
    bench.phone.force_quit(BUNDLE_ID)
    assert bench.expired == []
    gone = [line for line in bench.lines("dasd") if line.startswith("CANCELED")]
    assert any(f"{EXPORT}.1" in line for line in gone)
    assert any(f"{EXPORT}.2" in line for line in gone)
    bench.phone.user_launch(BUNDLE_ID)
    bench.wait(600)
    assert len(bench.tasks) == 1


def test_another_continued_task_queues_or_fails_as_it_asks(tmp_path: Path) -> None:
    bench = ExportBench(tmp_path)
    bench.begin(1)
    assert bench.begin(2, Strategy.FAIL) is SubmitError.IMMEDIATE_RUN_INELIGIBLE
    assert bench.begin(2) is None
    assert len(bench.tasks) == 1
    bench.tasks[0].set_task_completed(success=True)
    assert [task.identifier for task in bench.tasks] == [f"{EXPORT}.1", f"{EXPORT}.2"]


def test_a_continued_task_is_begun_in_front(tmp_path: Path) -> None:
    bench = ExportBench(tmp_path)
    bench.phone.press_home()
    assert bench.begin(1) is SubmitError.NOT_PERMITTED


@pytest.mark.parametrize(("ios", "code"), [("18.5", SubmitError.UNAVAILABLE), ("26.0", None), ("27.0", None)])
def test_continued_tasks_are_there_from_26_on(tmp_path: Path, ios: str, code: SubmitError | None) -> None:
    assert ExportBench(tmp_path, ios=ios).begin(1) is code


@pytest.mark.parametrize(("ios", "dies"), [("26.0", True), ("27.0", False)])
def test_a_handler_of_a_wildcard_is_not_found_on_26(tmp_path: Path, ios: str, dies: bool) -> None:
    bench = ExportBench(tmp_path, ios=ios, registers=(f"{EXPORT}.*",))
    bench.run(lambda scheduler: scheduler.submit(BGContinuedProcessingTaskRequest(f"{EXPORT}.7")))
    assert bool(bench.exits) is dies
    assert bool(bench.tasks) is not dies


def test_a_handler_of_a_continued_task_may_be_registered_when_it_is_needed(tmp_path: Path) -> None:
    bench = ExportBench(tmp_path)

    def register_and_submit(scheduler: BGTaskScheduler) -> None:
        scheduler.register(f"{EXPORT}.9", bench.given)
        scheduler.submit(BGContinuedProcessingTaskRequest(f"{EXPORT}.9"))

    bench.run(register_and_submit)
    assert [task.identifier for task in bench.tasks] == [f"{EXPORT}.9"]


def test_an_expiration_that_finds_the_main_thread_blocked_costs_the_process(tmp_path: Path) -> None:
    bench = ExportBench(tmp_path, units=1)
    bench.begin(1)
    bench.phone.press_home()
    bench.wait(20)
    bench.process.enqueue(lambda: sleep(60))
    bench.wait(60)
    assert [record.code for record in bench.exits] == [TerminationCode.FETCH_TIMEOUT]
    assert bench.expired == []
