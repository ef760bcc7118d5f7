"""Sessions, settings and status."""

from __future__ import annotations

from harness.virtual.wda import acts
from harness.virtual.wda.call import Call, Route
from harness.virtual.wda.capabilities import Capabilities, merged
from harness.virtual.wda.replies import Refusal, Trouble
from harness.virtual.wda.sessions import Session

VERSION = "16.12.9"
"""The version of WebDriverAgent whose routes these are."""

NOT_ALLOWED = "Timed out while enabling automation mode."
"""What is said while the phone has not allowed the runner to work its screen."""


def _status(call: Call) -> object:
    product = call.box.environment.get("WDA_PRODUCT_BUNDLE_IDENTIFIER", "com.facebook.WebDriverAgentRunner")
    return {
        "ready": True,
        "message": "WebDriverAgent is ready to accept commands",
        "state": "success",
        "os": {"name": "iOS", "version": call.phone.spec.ios},
        "ios": {"ip": None},
        "build": {"productBundleIdentifier": product, "version": VERSION},
        "device": "iphone",
    }


def _create(call: Call) -> object:
    _end(call, call.box.session)
    capabilities = merged(call.arguments.get("capabilities"))
    _check_automation(call)
    bound_to = capabilities.get("bundleId")
    if isinstance(bound_to, str) and bound_to:
        _open_bound(call, bound_to, capabilities)
        call.box.open(capabilities, bound_to)
    else:
        call.box.open(capabilities)
    return _information(call)


def _check_automation(call: Call) -> None:
    # Guessed: the words are XCTest's, but a runner that may not work the screen may as well not answer.
    if call.box.behind_passcode or not call.phone.front.automation.is_allowed:
        raise Refusal(Trouble.SESSION_NOT_CREATED, NOT_ALLOWED)


def _open_bound(call: Call, bundle_id: str, capabilities: Capabilities) -> None:
    anew = capabilities.get("forceAppLaunch", True) is not False
    try:
        acts.launch(call.phone, bundle_id, anew=anew)
    except Refusal as refusal:
        raise Refusal(Trouble.SESSION_NOT_CREATED, refusal.message) from refusal


def _delete(call: Call) -> object:
    _end(call, call.in_session)


def _end(call: Call, session: Session | None) -> None:
    if session is None:
        return
    if session.bound_to and session.capabilities.get("shouldTerminateApp", True) is not False:
        acts.terminate(call.phone, session.bound_to)
    call.box.close()


def _information(call: Call) -> object:
    session = call.box.session
    return {
        "sessionId": call.box.session_id,
        "capabilities": {
            "device": "iphone",
            "browserName": " ",
            "sdkVersion": call.phone.spec.ios,
            "CFBundleIdentifier": session.bound_to if session and session.bound_to else None,
        },
    }


def _settings(call: Call) -> object:
    return call.in_session.settings


def _set_settings(call: Call) -> object:
    call.in_session.settings.update(call.fields("settings"))
    return _settings(call)


def _nothing(_call: Call) -> object:
    return None


ROUTES: tuple[Route, ...] = (
    Route("GET", "/status", _status, with_session=False, without_session=True, at_once=True),
    Route("GET", "/wda/healthcheck", _nothing, with_session=False, without_session=True),
    Route("POST", "/session", _create, with_session=False, without_session=True),
    Route("GET", "", _information),
    Route("DELETE", "", _delete, at_once=True),
    Route("GET", "/appium/settings", _settings),
    Route("POST", "/appium/settings", _set_settings),
    Route("POST", "/timeouts", _nothing),
)
"""Source, here and in its neighbours: WebDriverAgent 16 itself; Commands/FB*Commands.m list its routes."""
