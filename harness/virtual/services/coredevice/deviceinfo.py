"""CoreDevice's device info: who the phone is, its screen, whether it is locked.

Names of the lock state and of the screen's fields: devicectl's JSON and go-ios's test of ``info display``.
The device's own are those of devicectl's JSON too; that they travel side by side, without its groups, is
guessed.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.virtual.kernel.display.screen import Panel
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.coredevice import features
from harness.virtual.services.support.coredevice_session import FeatureInput, Handler, serve_features
from harness.virtual.transport.stream import Stream
from harness.virtual.versions.products import product_of
from harness.wire.xpc import XpcDict

MAIN_DISPLAY = 1
"""Number of the built-in screen."""


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    await serve_features(phone, stream, MESSAGES)


def _device_info(phone: VirtualPhone, _given: FeatureInput) -> XpcDict:
    spec = phone.spec
    product = product_of(spec.model)
    return {
        "bootState": "booted",
        "ddiServicesAvailable": phone.conditions.serves_developers,
        "developerModeStatus": "enabled" if phone.developer_mode else "disabled",
        "deviceType": "iPhone",
        "marketingName": product.name if product else spec.model,
        "name": phone.preferences.device_name,
        "osBuildUpdate": spec.build,
        "osVersionNumber": spec.ios,
        "platform": "iOS",
        "productType": spec.model,
        "reality": "physical",
        "udid": spec.udid,
    }


def _display_info(phone: VirtualPhone, _given: FeatureInput) -> XpcDict:
    backlight = "off" if phone.conditions.asleep else "on"
    return {
        "backlightState": backlight,
        "current": MAIN_DISPLAY,
        "displays": [_display(phone.screen.panel, backlight)],
        "orientation": "portrait",
    }


def _display(panel: Panel, backlight: str) -> XpcDict:
    size = {"height": float(panel.height_px), "width": float(panel.width_px)}
    return {
        "backlightState": backlight,
        "bounds": {"origin": {"x": 0.0, "y": 0.0}, "size": size},
        "currentOrientation": "portrait",
        "displayId": MAIN_DISPLAY,
        "name": "LCD",
        "nativeOrientation": "portrait",
        "nativeSize": size,
        "pointScale": panel.scale,
        "primary": True,
    }


def _lock_state(phone: VirtualPhone, _given: FeatureInput) -> XpcDict:
    # Whether the first is told of a phone that has a passcode and is unlocked is not known.
    return {
        "passcodeRequired": phone.conditions.passcode is not None and phone.locked,
        "unlockedSinceBoot": phone.springboard.first_unlock_done,
    }


MESSAGES: Mapping[str, Handler] = {
    features.DEVICE_INFO: _device_info,
    features.DISPLAY_INFO: _display_info,
    features.LOCK_STATE: _lock_state,
}
"""Feature -> what does it."""
