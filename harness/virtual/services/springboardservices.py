"""springboardservices: what is on the home screen, and which way up the phone is held.

Source: what pymobiledevice3 and libimobiledevice ask and read. The kernel has no artwork and no sensors.
So, guessed: an app's icon is a plain picture that is drawn here, the phone is upright, and for wallpapers
there is an error; the texts of errors are guessed too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from harness.virtual.kernel.display import homescreen
from harness.virtual.kernel.display.homescreen import Folder, Icon, Layout
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.support.picture import plain_icon
from harness.virtual.services.support.questions import NOTHING, serve_named
from harness.virtual.transport.stream import Stream

PORTRAIT = 1
"""``UIInterfaceOrientationPortrait``."""

ICON_POINTS = 60.0
ICON_PIXELS = 180
"""Of an icon on the home screen of a phone with three pixels to a point."""

Handler = Callable[[VirtualPhone, dict[str, Any]], object]
"""Makes the answer to one request."""


def _orientation(_phone: VirtualPhone, _request: dict[str, Any]) -> object:
    return {"interfaceOrientation": PORTRAIT}


def _icon_state(phone: VirtualPhone, _request: dict[str, Any]) -> object:
    return [[_icon_row(phone, icon) for icon in icons] for icons in phone.apps.home_screen.layout]


def _set_icon_state(phone: VirtualPhone, request: dict[str, Any]) -> object:
    given = request.get("iconState")
    lists = cast("list[object]", given) if isinstance(given, list) else []
    if not lists or not all(isinstance(each, list) for each in lists):
        return {"Error": "InvalidIconState"}
    layout: Layout = tuple(_icons(cast("list[object]", each)) for each in lists)
    phone.apps.home_screen.arrange(layout)
    return NOTHING


def _icon_picture(phone: VirtualPhone, request: dict[str, Any]) -> object:
    bundle_id = str(request.get("bundleId", ""))
    if phone.apps.get(bundle_id) is None:
        return {"Error": "UnknownApplication"}
    return {"pngData": plain_icon(bundle_id, ICON_PIXELS)}


def _metrics(_phone: VirtualPhone, _request: dict[str, Any]) -> object:
    return {
        "homeScreenIconColumns": homescreen.COLUMNS,
        "homeScreenIconRows": homescreen.ROWS,
        "homeScreenIconDockMaxCount": homescreen.DOCK_MOST,
        "homeScreenIconWidth": ICON_POINTS,
        "homeScreenIconHeight": ICON_POINTS,
    }


MESSAGES: Mapping[str, Handler] = {
    "getInterfaceOrientation": _orientation,
    "getIconState": _icon_state,
    "setIconState": _set_icon_state,
    "getIconPNGData": _icon_picture,
    "getHomeScreenIconMetrics": _metrics,
}
"""Command -> what answers it."""


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    await serve_named(phone, stream, "command", MESSAGES, _unknown)


def _unknown(_phone: VirtualPhone, _request: dict[str, Any]) -> object:
    return {"Error": "UnknownCommand"}


def _icon_row(phone: VirtualPhone, icon: Icon) -> dict[str, Any]:
    if isinstance(icon, Folder):
        pages = [[_icon_row(phone, each) for each in page] for page in icon.pages]
        return {"displayName": icon.name, "iconLists": pages, "listType": "folder"}
    app = phone.apps.get(icon)
    assert app is not None  # the home screen holds only what is installed
    return {
        "bundleIdentifier": app.bundle_id,
        "bundleVersion": app.build,
        "displayIdentifier": app.bundle_id,
        "displayName": app.name,
    }


def _icons(rows: Sequence[object]) -> tuple[Icon, ...]:
    return tuple(icon for row in rows if (icon := _read_icon(row)) is not None)


def _read_icon(row: object) -> Icon | None:
    """What a client's row stands for: an identifier, an app's dictionary, or a folder's."""
    if isinstance(row, str):
        return row
    fields = cast("dict[str, object]", row) if isinstance(row, dict) else {}
    given = fields.get("iconLists")
    if isinstance(given, list):
        pages = [
            _icons(cast("list[object]", page))
            for page in cast("list[object]", given)
            if isinstance(page, list)
        ]
        # A folder holds no folder.
        flat = tuple(tuple(icon for icon in page if isinstance(icon, str)) for page in pages)
        return Folder(str(fields.get("displayName", "")), flat)
    named = fields.get("bundleIdentifier") or fields.get("displayIdentifier")
    return str(named) if named else None
