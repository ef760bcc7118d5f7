"""A session is attached to a runner, and to no app."""

from __future__ import annotations

from harness.drivers.ui.appium.caps import capabilities
from harness.model.identity import Hardware, PhoneIdentity

PHONE = PhoneIdentity("v-16", "00008030-1", "16.7", "iPhone10,3", Hardware.VIRTUAL)


def test_a_session_is_attached_to_our_runner_and_asks_the_phone_for_nothing() -> None:
    asked = capabilities(PHONE, "http://127.0.0.1:51234")
    assert asked["webDriverAgentUrl"] == "http://127.0.0.1:51234"
    assert (asked["udid"], asked["platformVersion"]) == ("00008030-1", "16.7")


def test_a_session_is_bound_to_no_app_and_ends_none() -> None:
    asked = capabilities(PHONE, "http://127.0.0.1:51234")
    assert {"app", "bundleId", "mjpegServerPort"} & set(asked) == set()
    assert asked["noReset"] is True
    assert asked["shouldTerminateApp"] is asked["forceAppLaunch"] is asked["autoLaunch"] is False


def test_a_session_outlives_any_time_in_which_nothing_is_asked() -> None:
    assert capabilities(PHONE, "http://127.0.0.1:51234")["newCommandTimeout"] == 0
