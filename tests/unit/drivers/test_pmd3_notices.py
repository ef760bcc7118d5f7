from __future__ import annotations

from pymobiledevice3.dtx.ns_types import NSDate

from harness.drivers.pmd3.apps import parse_app
from harness.drivers.pmd3.notices import notice_time, parse_notice, state_payload
from harness.drivers.pmd3.phone import parse_row
from harness.model.raw import InstalledApp, ProcessRow, StateNotice

_SUSPENDED = {
    "appName": "Downloader",
    "displayID": "dev.harness.downloader",
    "elevated_state": 2,
    "execName": "/private/var/containers/Downloader.app/Downloader",
    "mach_absolute_time": 1_234_567,
    "pid": 411,
    "state": 2,
    "state_description": "Background Task Suspended",
    "timestamp": NSDate(800_000_000.25),
}


def test_a_push_becomes_a_notice_with_its_time_in_seconds_since_1970() -> None:
    at_s = notice_time(_SUSPENDED)
    assert at_s is not None
    assert parse_notice(_SUSPENDED, at_s) == StateNotice(
        phone_s=1_778_307_200.25,
        mach=1_234_567,
        pid=411,
        state=2,
        bundle_id="dev.harness.downloader",
        exec_name="/private/var/containers/Downloader.app/Downloader",
    )


def test_unknown_in_place_of_a_value_is_a_value_not_a_crash() -> None:
    terminated = _SUSPENDED | {"execName": "Unknown", "pid": "Unknown", "timestamp": "Unknown", "state": 1}
    assert notice_time(terminated) is None
    notice = parse_notice(terminated, 5.0)
    assert (notice.pid, notice.exec_name, notice.state, notice.phone_s) == (0, "Unknown", 1, 5.0)


def test_a_state_told_only_in_words_is_understood_and_a_strange_word_is_unknown() -> None:
    def state(word: str) -> int:
        return parse_notice({"state_description": word}, 0.0).state

    assert [state(word) for word in ("Foreground Running", "Suspended", "Terminated", "Dreaming")] == [
        8,
        2,
        1,
        0,
    ]


def test_only_application_states_are_taken_from_the_channel() -> None:
    assert state_payload("applicationStateNotification:", (_SUSPENDED,)) == _SUSPENDED
    assert state_payload("memoryLevelNotification:", (_SUSPENDED,)) is None
    assert state_payload("applicationStateNotification:", ()) is None


def test_a_process_row_has_its_start_in_seconds_since_1970_and_only_when_told() -> None:
    told = {"pid": 411, "name": "Downloader", "isApplication": True, "startDate": NSDate(1.0)}
    assert parse_row(told | {"bundleIdentifier": "dev.a"}) == ProcessRow(
        411, "Downloader", "dev.a", True, 978_307_201.0
    )
    assert parse_row({"pid": 1, "name": "launchd"}) == ProcessRow(1, "launchd", "", False, None)


def test_an_app_is_debuggable_only_with_the_entitlement() -> None:
    fields = {
        "CFBundleName": "Downloader",
        "CFBundleShortVersionString": "1.2",
        "CFBundleExecutable": "Downloader",
        "UIBackgroundModes": ["fetch"],
    }
    entitled = fields | {"Entitlements": {"get-task-allow": True}}
    assert parse_app("dev.a", entitled) == InstalledApp(
        "dev.a", "Downloader", "1.2", "Downloader", ("fetch",), debuggable=True
    )
    assert not parse_app("dev.a", fields).debuggable
