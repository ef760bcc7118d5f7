"""What the phone's log says, and that the same story gives the same log."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from harness.virtual.apps.uikit import Logger
from harness.virtual.kernel.log import LogEvent
from harness.virtual.kernel.rules import AssertionKind
from tests.virtual.kernel.support import BUNDLE_ID, Bench

SUSPEND_ORDER = (
    "running-suspended",
    "Set jetsam priority to",
    "Suspending task.",
    "Shutdown sockets",
    "check if suspended process is holding locks",
    "Setting process task state to: Suspended",
    "taskState: Suspended",
)


def story(root: Path, seed: int) -> list[LogEvent]:
    bench = Bench(root, seed=seed)
    bench.suspend()
    bench.phone.wake_in_background(BUNDLE_ID, "nsurlsessiond", "x")
    bench.wait(10)
    bench.phone.signal(bench.process.pid, 9)
    bench.phone.user_launch(BUNDLE_ID)
    bench.phone.force_quit(BUNDLE_ID)
    return bench.log


def test_the_same_seed_and_story_give_the_same_log(tmp_path: Path) -> None:
    assert story(tmp_path / "a", 7) == story(tmp_path / "b", 7)


def test_another_seed_gives_other_pids_and_delays(tmp_path: Path) -> None:
    first, second = story(tmp_path / "a", 7), story(tmp_path / "b", 8)
    assert {event.pid for event in first} != {event.pid for event in second}
    assert [event.wall_s for event in first] != [event.wall_s for event in second]


def test_a_suspension_is_logged_in_the_captured_order(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.suspend()
    last = [event.message for event in bench.log][-len(SUSPEND_ORDER) :]
    assert [part in line for part, line in zip(SUSPEND_ORDER, last, strict=True)] == [True] * 7


@pytest.mark.parametrize(
    ("ios", "app", "service"),
    [
        ("15.8", f"application<{BUNDLE_ID}>", "[daemon<com.apple.SpringBoard>:"),
        ("16.7", f"application<{BUNDLE_ID}>", "[osservice<com.apple.SpringBoard>:"),
        ("18.0", f"app<{BUNDLE_ID}(", "[osservice<com.apple.SpringBoard>:"),
        ("26.0", f"app<{BUNDLE_ID}(", "[osservice<com.apple.SpringBoard>:"),
    ],
)
def test_identities_are_spelled_as_the_version_spells_them(
    tmp_path: Path, ios: str, app: str, service: str
) -> None:
    bench = Bench(tmp_path, ios=ios)
    bench.suspend()
    bench.phone.force_quit(BUNDLE_ID)
    lines = bench.lines("runningboardd")
    assert any(line.startswith(f"Calculated state for {app}") for line in lines)
    assert any(f"from {service}" in line for line in lines)


@pytest.mark.parametrize(("ios", "named"), [("18.0", f"app<{BUNDLE_ID}("), ("26.0", f"{BUNDLE_ID} with")])
def test_bootstrapping_names_only_the_bundle_on_26(tmp_path: Path, ios: str, named: str) -> None:
    bench = Bench(tmp_path, ios=ios)
    bench.phone.launch(BUNDLE_ID)
    assert any(line.startswith(f"Bootstrapping {named}") for line in bench.lines("SpringBoard"))


def test_private_values_are_hidden_and_public_text_is_not(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.launch(BUNDLE_ID)
    bench.process.enqueue(lambda: Logger("dev.harness", "net").log("loading %@ for %@", "secret", 7))
    event = bench.log[-1]
    assert event.message == "loading <private> for <private>"
    assert (event.process, event.subsystem, event.category) == ("Sample", "dev.harness", "net")


def test_a_percent_sign_in_a_value_is_not_a_placeholder(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.log.redacted = False
    bench.phone.launch(BUNDLE_ID)
    bench.process.enqueue(lambda: Logger("s").log("%@ and %@", "a%@b", "c"))
    assert bench.log[-1].message == "a%@b and c"


def test_timestamps_keep_the_order_of_the_lines(tmp_path: Path) -> None:
    events = story(tmp_path, 1)
    stamps = [event.wall_s for event in events]
    assert all(earlier < later for earlier, later in pairwise(stamps))


def test_a_subscriber_may_ask_for_one_process_and_stop(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    board = bench.phone.processes.named("SpringBoard")
    assert board is not None
    seen: list[str] = []
    subscription = bench.phone.log.subscribe(lambda event: seen.append(event.process), pid=board.pid)
    bench.phone.launch(BUNDLE_ID)
    assert set(seen) == {"SpringBoard"}
    subscription.close()
    count = len(seen)
    bench.phone.press_home()
    assert len(seen) == count


def test_the_url_session_assertion_is_logged_when_taken_and_when_released(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    process = bench.suspend()
    kind = AssertionKind.URL_SESSION
    assertion = bench.phone.runningboard.acquire(process.pid, kind, f"{kind.value} x", 30.0)
    assertion.release()
    said = [line for line in bench.lines("runningboardd") if "com.apple.nsurlsessiond.handlesession" in line]
    assert [line.split()[0] for line in said] == ["Acquiring", "Invalidating"]
    assert all("osservice<com.apple.nsurlsessiond>" in line for line in said)
