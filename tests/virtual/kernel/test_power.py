"""A reboot: what ends, what begins anew, what stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.model.states import AppState
from harness.virtual.kernel.conditions import Change
from harness.virtual.kernel.springboard import LaunchRefused, RefusalKind
from tests.virtual.kernel.support import BUNDLE_ID, Bench


def rebooted(bench: Bench) -> None:
    bench.phone.reboot()
    bench.wait(bench.phone.rules.boot_s + 0.1)


def test_everything_ends_at_once_and_is_back_after_the_boot(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.launch(BUNDLE_ID)
    daemons = {process.name for process in bench.phone.processes if not process.is_application}
    bench.phone.reboot()
    assert bench.phone.running_processes() == ()
    assert bench.state is AppState.NOT_RUNNING
    assert not bench.phone.conditions.is_up
    bench.wait(bench.phone.rules.boot_s - 0.1)
    assert bench.phone.running_processes() == ()
    bench.wait(0.2)
    assert {process.name for process in bench.phone.processes} == daemons
    assert bench.phone.conditions.is_up


def test_it_is_a_new_boot_session(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    before = bench.phone.boot_id, bench.phone.clock.mono_s
    pids = {process.name: process.pid for process in bench.phone.processes}
    wall_s = bench.phone.clock.now_s
    rebooted(bench)
    assert bench.phone.boot_id != before[0]
    assert bench.phone.clock.mono_s < 1.0 < before[1]
    assert bench.phone.clock.now_s == pytest.approx(wall_s + bench.phone.rules.boot_s + 0.1)
    again = {process.name: process.pid for process in bench.phone.processes}
    assert again["launchd"] == 1
    assert [name for name in pids if name != "launchd" and pids[name] == again[name]] == []


def test_lines_of_the_new_session_carry_its_uptime_and_the_time_of_day(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.log.emit("kernel", 0, "before")
    rebooted(bench)
    bench.phone.log.emit("kernel", 0, "after")
    after = bench.log[-1]
    assert after.mono_s < 1.0
    assert after.wall_s == pytest.approx(bench.phone.clock.now_s, abs=0.01)


def test_with_a_passcode_the_phone_is_locked_and_wakes_no_app_until_it_is_unlocked(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.conditions.passcode = "1234"
    rebooted(bench)
    assert bench.phone.locked
    assert not bench.phone.springboard.first_unlock_done
    assert bench.phone.wake_in_background(BUNDLE_ID, "nsurlsessiond", "test") is None
    bench.phone.unlock()
    assert bench.phone.springboard.first_unlock_done
    assert bench.phone.wake_in_background(BUNDLE_ID, "nsurlsessiond", "test") is not None


def test_without_a_passcode_it_is_unlocked(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    rebooted(bench)
    assert not bench.phone.locked
    assert bench.phone.springboard.first_unlock_done


def test_nothing_is_opened_woken_or_unlocked_while_it_is_down(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.reboot()
    bench.phone.unlock()
    assert bench.phone.wake_in_background(BUNDLE_ID, "nsurlsessiond", "test") is None
    with pytest.raises(LaunchRefused) as refused:
        bench.phone.launch(BUNDLE_ID)
    assert refused.value.kind is RefusalKind.LOCKED


def test_what_an_app_has_stored_stays_and_so_do_its_transfers(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    kept = bench.phone.containers.path(BUNDLE_ID) / "Documents" / "kept"
    kept.write_text("still here")
    rebooted(bench)
    assert (bench.phone.containers.path(BUNDLE_ID) / "Documents" / "kept").read_text() == "still here"
    assert bench.daemon.forgotten == []


def test_the_image_has_to_be_mounted_anew(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    rebooted(bench)
    assert not bench.phone.image_mounted
    assert bench.phone.developer_mode


def test_a_second_reboot_counts_anew_and_there_is_one_boot(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    told: list[str] = []
    bench.phone.conditions.observe(told.append)
    bench.phone.reboot()
    bench.wait(bench.phone.rules.boot_s / 2)
    bench.phone.reboot()
    bench.wait(bench.phone.rules.boot_s * 0.75)
    assert not bench.phone.conditions.is_up
    bench.wait(bench.phone.rules.boot_s + 0.1)
    assert told.count(Change.POWER) == 3
    assert len([one for one in bench.phone.processes if one.name == "launchd"]) == 1


def test_a_daemon_that_was_about_to_start_again_is_there_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    springboard = bench.phone.processes.named("SpringBoard")
    assert springboard is not None
    bench.phone.signal(springboard.pid, 9)
    rebooted(bench)
    bench.wait(5)
    assert len([one for one in bench.phone.processes if one.name == "SpringBoard"]) == 1


def test_a_phone_that_is_off_stays_off_until_its_button_is_pressed(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    boot_s = bench.phone.rules.boot_s
    bench.phone.switch_on()
    assert bench.phone.conditions.is_up, "the button does nothing to a phone that is on"
    bench.phone.reboot()
    bench.phone.shut_down()
    bench.phone.shut_down()
    bench.phone.reboot()
    bench.wait(10 * boot_s)
    assert bench.phone.is_off
    assert not bench.phone.conditions.is_up
    assert bench.phone.running_processes() == ()
    bench.phone.switch_on()
    bench.wait(boot_s - 0.1)
    assert not bench.phone.conditions.is_up
    bench.wait(0.2)
    assert bench.phone.conditions.is_up
    assert not bench.phone.is_off


def test_a_debugged_app_ends_with_its_debugger(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.attach_debugger(bench.phone.launch(BUNDLE_ID))
    rebooted(bench)
    assert bench.phone.processes.named("debugserver") is None
    pid = bench.phone.launch(BUNDLE_ID)
    bench.phone.attach_debugger(pid)
    assert bench.process.traced
