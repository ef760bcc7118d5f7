"""Lines that look like evidence and are none, or are evidence of something else."""

from __future__ import annotations

import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.recognizers import PROCESSES, RECOGNIZERS, recognize
from harness.model.facts import AppFact, CallbackSeen, LogPointSeen, StateSeen
from harness.model.journal import LOG_POINTS, LOG_SUBSYSTEM
from harness.model.raw import LogRecord
from harness.model.states import AppState
from tests.unit.evidence.lines import (
    APP,
    DAEMON,
    DESCRIPTION,
    EXECUTABLE,
    LINES,
    OVERDUE,
    TERMINATE,
    UUID,
    changed,
    said,
    state,
)

XPC = f"[xpcservice<com.apple.WebKit.WebContent([app<{APP}>:41])>{{vt hash: 0}}[uuid:{UUID}]:88:88]"
TRAPS: dict[str, tuple[str, str]] = {
    "an extension of the app is suspended": ("runningboardd", f"{XPC} Suspending task."),
    "an extension of the app ends": (
        "SpringBoard",
        f"{XPC} Process exited: <RBSProcessExitContext| voluntary>",
    ),
    "an extension of the app is gone": (
        "runningboardd",
        f"{XPC} termination reported by launchd (2, 9, 9)",
    ),
    "an extension of the app is to be ended": (
        "runningboardd",
        f"Received termination request from {DAEMON} on <RBSProcessPredicate <RBSProcessHandlePredicate| "
        f"{XPC}>> with context {TERMINATE}",
    ),
    "the session's assertion is an extension's": (
        "runningboardd",
        f"Acquiring assertion targeting {XPC} from originator {DAEMON} with description {DESCRIPTION}",
    ),
    "an assertion by the app on a daemon": (
        "runningboardd",
        f"Acquiring assertion targeting {DAEMON} from originator [app<{APP}>:41] with "
        f"description {DESCRIPTION}",
    ),
    "another assertion of the app": (
        "runningboardd",
        f"Acquiring assertion targeting [app<{APP}>:41] from originator {DAEMON} with description "
        '<RBSAssertionDescriptor| "com.apple.frontboard.visibility" ID:1-2-3 target:41>',
    ),
    "the words in another process": ("MyApp", f"[app<{APP}>:41] Suspending task."),
    "the words in the app's own process": (EXECUTABLE, f"[app<{APP}>:41] Suspending task."),
    "SpringBoard's words in runningboardd": ("runningboardd", changed("Suspended", "Background")),
    "the words quoted later in a line": ("runningboardd", f"saw [app<{APP}>:41] Suspending task."),
    "the words on a second line": ("runningboardd", f"note\n[app<{APP}>:41] Suspending task."),
    "a name that is private": ("runningboardd", "[app<<private>>:41] Suspending task."),
    "a state changed for somebody private": ("SpringBoard", changed("Suspended", "Background", "<private>")),
    "a state that says nothing": ("SpringBoard", changed("Unknown", "Unknown")),
    "a spawn that failed has no pid": ("runningboardd", f"[app<{APP}>:-1] Suspending task."),
    "a process that is not gone for sure": ("SpringBoard", f"[app<{APP}>:41] Process exited: <New| odd>"),
    "an app's own words about not waking": ("nsurlsessiond", "Not waking up client, or so it says since 1"),
    "CFNetwork in the app's process": (EXECUTABLE, f"Task <{UUID}>.<1> resuming, QOS(0x19)"),
    "nsurlsessiond's words in the app's process": (EXECUTABLE, "Set request delay for  to 60.000000"),
    "who a task is for, redacted": ("nsurlsessiond", f"Task <{UUID}>.<1> is for <<private>>.<<private>>.<1>"),
    "UIKit's words in another app": ("Other", OVERDUE),
    "a jetsam without a pid": ("kernel", f"memorystatus: killing_idle_process [{EXECUTABLE}] (idle-exit)"),
    "a radio in words nobody knows": ("wifid", "WiFi state changed: associating"),
    "silence": ("runningboardd", ""),
}


@pytest.mark.parametrize("what", TRAPS)
def test_a_trap_states_nothing(what: str) -> None:
    assert said(*TRAPS[what]) is None


@pytest.mark.parametrize(
    "other", [f"{APP}.beta", f"{APP}2", f"{APP}_x", f"{APP}-x", "dev.harness", "dev.harness.down"]
)
def test_an_app_whose_name_begins_alike_is_another_app(other: str) -> None:
    for process, message in (
        ("runningboardd", f"[app<{other}({UUID})>:41] Suspending task."),
        ("SpringBoard", changed("Suspended", "Background", other)),
    ):
        assert said(process, message) == state(AppState.SUSPENDED, other)


def test_a_pid_that_another_app_got_later_is_that_apps() -> None:
    first = said("runningboardd", f"[app<{APP}>:41] Suspending task.")
    second = said("runningboardd", "[app<com.example.other>:41] Resuming task.")
    assert isinstance(first, StateSeen)
    assert isinstance(second, StateSeen)
    assert (first.bundle_id, first.pid, second.bundle_id, second.pid) == (APP, 41, "com.example.other", 41)


def test_the_kernel_names_a_process_and_only_the_apps_own_name_is_the_app() -> None:
    line = "memorystatus: killing_top_process pid 41 [{}] (highwater 40) - memorystatus_available_pages: 9"
    own, other = said("kernel", line.format(EXECUTABLE)), said("kernel", line.format(f"{EXECUTABLE}2"))
    assert isinstance(own, AppFact)
    assert isinstance(other, AppFact)
    assert (own.bundle_id, other.bundle_id) == (APP, "")


@pytest.mark.parametrize("process", sorted(PROCESSES))
def test_an_app_that_is_called_like_a_daemon_is_not_taken_for_it(process: str) -> None:
    for of, message, _ in LINES.values():
        if of == process:
            marked = LogRecord(1.0, process, 41, "notice", message)
            assert recognize(marked, bundle_id=APP, subsystem=None, executable=process) is None


@pytest.mark.parametrize(
    ("process", "subsystem", "category", "is_one"),
    [
        (EXECUTABLE, APP, LOG_POINTS, True),
        (EXECUTABLE, APP, "network", False),
        (EXECUTABLE, "com.example.library", LOG_POINTS, False),
        (f"{EXECUTABLE}2", APP, LOG_POINTS, False),
    ],
)
def test_a_log_point_is_a_line_of_the_apps_own_in_the_category_for_them(
    process: str, subsystem: str, category: str, is_one: bool
) -> None:
    line = LogRecord(1.0, process, 41, "error", "step 3 of <private>", subsystem, category)
    fact = recognize(line, bundle_id=APP, subsystem=LOG_SUBSYSTEM, executable=EXECUTABLE)
    assert isinstance(fact, LogPointSeen) is is_one
    if isinstance(fact, LogPointSeen):
        assert (fact.pid, fact.level, fact.text) == (41, "error", "step 3 of <private>")


PIECES = st.sampled_from(
    [
        *(message for _, message, _ in LINES.values()),
        *(row.start for row in RECOGNIZERS),
        *(XPC, f"[app<{APP}>:41]", f"application<{APP}>", "<private>", " Suspending task.", "\n", "(null)"),
        *(
            "[app<com.example.other>:41]",
            "app<",
            ">:",
            "domain:10 code:0x",
            "FinalDecision: ",
            "\0",
            "\x1b[31m",
        ),
    ]
)
MESSAGES = st.lists(st.one_of(PIECES, st.text(max_size=20)), max_size=6).map("".join)
SENDERS = st.sampled_from([*sorted(PROCESSES), EXECUTABLE, "Other", ""])


@given(SENDERS, MESSAGES, st.sampled_from(["", LOG_SUBSYSTEM]), st.sampled_from([None, 12, 16, 26]))
def test_no_line_however_odd_raises(
    process: str, message: str, subsystem: str, ios_major: int | None
) -> None:
    odd = LogRecord(1.0, process, 7, "notice", message, subsystem)
    recognize(odd, bundle_id=APP, subsystem=LOG_SUBSYSTEM, executable=EXECUTABLE, ios_major=ios_major)


NAMES = st.text(string.ascii_letters + string.digits + ".-_", min_size=1, max_size=30)


@given(SENDERS, MESSAGES, NAMES.filter(lambda name: APP not in name))
def test_a_line_that_does_not_name_an_app_states_nothing_about_it(
    process: str, message: str, other: str
) -> None:
    odd = LogRecord(1.0, process, 7, "notice", message.replace(APP, other))
    fact = recognize(odd, bundle_id=APP, subsystem=LOG_SUBSYSTEM, executable="")
    assert not (isinstance(fact, AppFact) and fact.bundle_id == APP)


@given(SENDERS, MESSAGES)
def test_an_extension_of_the_app_is_never_the_app(process: str, after: str) -> None:
    odd = LogRecord(1.0, process, 7, "notice", f"{XPC}{after}")
    fact = recognize(odd, bundle_id=APP, subsystem=None, executable="")
    assert not (isinstance(fact, AppFact) and fact.bundle_id == APP)


@given(MESSAGES)
def test_what_an_app_writes_elsewhere_is_no_testimony(message: str) -> None:
    fact = recognize(LogRecord(1.0, "Other", 7, "notice", message), bundle_id=APP, subsystem=LOG_SUBSYSTEM)
    assert not isinstance(fact, CallbackSeen)


@pytest.mark.parametrize("row", RECOGNIZERS, ids=lambda row: f"{row.process}: {row.start}")
def test_a_message_of_60_kb_takes_a_row_no_longer_than_it_has_to(row: object) -> None:
    """A pattern that tries everything over again would take seconds for one of these."""
    rows = [one for one in RECOGNIZERS if one is row]
    began_s = time.process_time()
    for filler in (
        " ",
        "a",
        "<",
        "name: ",
        f"[app<{APP}>:41] ",
        " with context <RBSTerminateContext|",
        " to 1",
    ):
        message = rows[0].start + filler * (60_000 // len(filler))
        rows[0].pattern.match(message)
        rows[0].pattern.match(f"{rows[0].start}<{APP}>:41]{message}")
    assert time.process_time() - began_s < 1.0
