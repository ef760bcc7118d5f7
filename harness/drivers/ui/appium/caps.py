"""What a session with the XCUITest driver is asked for."""

from __future__ import annotations

from collections.abc import Mapping

from harness.model.identity import PhoneIdentity

LASTING: Mapping[str, object] = {
    # A session does nothing to any app by being opened or ended.
    "noReset": True,
    "autoLaunch": False,
    "forceAppLaunch": False,
    "shouldTerminateApp": False,
    # A phone is left alone for minutes while its app sleeps; by default that ends the session.
    "newCommandTimeout": 0,
    # Waiting until an app is idle would wait for its animations and timers.
    "waitForIdleTimeout": 0,
    # The log is read by the harness, and reading it here takes more of the phone than WebDriverAgent.
    "skipLogCapture": True,
}
"""What every session has. Source: appium-and-wda.md §4 and §9.

Neither ``bundleId`` nor ``app`` is ever among them: WebDriverAgent would be bound to the app, and no lookup
would succeed once the app has been killed. With ``mjpegServerPort`` a session would need more of the phone
than its runner.
"""


def capabilities(phone: PhoneIdentity, runner_url: str) -> dict[str, object]:
    """The capabilities of a session that is attached to a runner, which Appium neither starts nor ends.

    Args:
        phone: whose screen it is. Its iOS is told, as the driver would otherwise look for usbmuxd to ask it.
        runner_url: where the runner's port is reached from the Appium server.
    """
    named = {"platformName": "iOS", "automationName": "XCUITest", "udid": phone.udid}
    return {**named, "platformVersion": phone.ios, "webDriverAgentUrl": runner_url, **LASTING}
