"""The queue of work, subscriptions, Darwin notifications, processes, containers."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.virtual.kernel.clock import VirtualClock
from harness.virtual.kernel.containers import LAYOUT, Containers
from harness.virtual.kernel.darwin import DarwinCenter
from harness.virtual.kernel.processes.process import ProcessTable, current_process
from harness.virtual.kernel.subscription import Subscribers, Subscription
from harness.virtual.kernel.workqueue import WorkQueue
from tests.virtual.kernel.support import BUNDLE_ID, Bench


def test_work_runs_at_once_outside_a_batch_and_after_the_outermost_inside() -> None:
    queue, ran = WorkQueue(), list[str]()
    queue.post(lambda: ran.append("at once"))
    with queue.batch():
        with queue.batch():
            queue.post(lambda: ran.append("later"))
        ran.append("batch ends")
    assert ran == ["at once", "batch ends", "later"]


def test_work_posted_by_work_runs_after_it() -> None:
    queue, ran = WorkQueue(), list[str]()

    def first() -> None:
        queue.post(lambda: ran.append("second"))
        ran.append("first")

    queue.post(first)
    assert ran == ["first", "second"]


def test_work_is_done_even_when_the_batch_fails() -> None:
    queue, ran = WorkQueue(), list[str]()

    def fail() -> None:
        with queue.batch():
            queue.post(lambda: ran.append("done"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    queue.post(lambda: ran.append("next"))
    assert ran == ["done", "next"]


def test_a_subscriber_closed_by_another_is_not_told() -> None:
    bus: Subscribers[int] = Subscribers()
    seen: list[str] = []
    later: list[Subscription] = []
    bus.add(lambda _: later[0].close())
    later.append(bus.add(lambda _: seen.append("told")))
    bus.tell(1)
    assert seen == []
    assert len(bus) == 1


def test_a_darwin_notification_reaches_the_observers_of_its_name_only() -> None:
    center, seen = DarwinCenter(VirtualClock(epoch_s=0.0)), list[str]()
    subscription = center.observe("a", seen.append)
    center.observe("b", seen.append)
    center.post("a")
    center.post("nobody listens")
    subscription.close()
    center.post("a")
    assert seen == ["a"]


def test_pids_are_never_reused_and_follow_from_the_seed() -> None:
    one, same, other = ProcessTable(seed=1), ProcessTable(seed=1), ProcessTable(seed=2)
    first = [one.next_pid() for _ in range(200)]
    assert first[0] == 1
    assert first == sorted(set(first))
    assert first == [same.next_pid() for _ in range(200)]
    assert first != [other.next_pid() for _ in range(200)]


def test_the_system_s_processes_are_in_the_list(tmp_path: Path) -> None:
    names = {process.name for process in Bench(tmp_path).phone.running_processes()}
    assert {"launchd", "SpringBoard", "runningboardd", "nsurlsessiond", "lockdownd"} <= names


def test_app_code_is_only_there_while_it_runs(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.launch(BUNDLE_ID)
    seen: list[str] = []
    bench.process.enqueue(lambda: seen.append(current_process().bundle_id))
    assert seen == [BUNDLE_ID]
    with pytest.raises(RuntimeError, match="only there for app code"):
        current_process()


def test_a_container_has_the_layout_of_a_container_and_a_reproducible_name(tmp_path: Path) -> None:
    one, same = Containers(tmp_path / "a", seed=1), Containers(tmp_path / "b", seed=1)
    assert one.path("dev.x").name == same.path("dev.x").name
    assert all((one.path("dev.x") / part).is_dir() for part in LAYOUT)
    assert one.path("dev.x") != one.path("dev.y")
    assert one.phone_path("dev.x").endswith(one.path("dev.x").name)


def test_removing_a_container_takes_its_files_and_its_name(tmp_path: Path) -> None:
    containers = Containers(tmp_path, seed=1)
    before = containers.path("dev.x")
    containers.remove("dev.x")
    containers.remove("dev.never")
    assert not before.exists()
    assert containers.path("dev.x") != before
