"""springboardservices: which apps are on the home screen, and which way up the phone is held.

Source: what pymobiledevice3 and libimobiledevice ask and read. The kernel has no layout, no icons and no
sensors. So, guessed: every app is on one page in the order of installation, with nothing in the dock;
the phone is upright; and for pictures, metrics and changes of the layout there is an error.
"""

from __future__ import annotations

from typing import Any

from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.support.questions import serve_questions
from harness.virtual.transport.stream import Stream

PORTRAIT = 1
"""``UIInterfaceOrientationPortrait``."""


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    await serve_questions(phone, stream, _answer)


def _answer(phone: VirtualPhone, request: dict[str, Any]) -> object:
    match request.get("command"):
        case "getInterfaceOrientation":
            return {"interfaceOrientation": PORTRAIT}
        case "getIconState":
            dock: list[object] = []
            return [dock, [_icon(app) for app in phone.apps]]
        case _:
            return {"Error": "UnknownCommand"}


def _icon(app: AppBundle) -> dict[str, Any]:
    return {
        "bundleIdentifier": app.bundle_id,
        "bundleVersion": app.build,
        "displayIdentifier": app.bundle_id,
        "displayName": app.name,
    }
