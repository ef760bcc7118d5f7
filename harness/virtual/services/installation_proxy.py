"""installation_proxy: what is installed. Source: virtual-iphone.md §2 (Browse and Lookup)."""

from __future__ import annotations

from posixpath import dirname
from typing import Any, cast

from harness.errors import WireError
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.transport.plists import PlistConnection, strings
from harness.virtual.transport.stream import Stream, StreamClosed

PAGE_APPS = 20
"""Apps per message of a Browse; guessed."""


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    connection = PlistConnection(stream)
    try:
        while (request := await connection.receive()) is not None:
            with phone.clock.hold():
                for answer in answers(phone, request):
                    connection.send(answer)
            await connection.drain()
    except (StreamClosed, WireError):
        return


def answers(phone: VirtualPhone, request: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages that answer one request."""
    given = request.get("ClientOptions")
    options = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    match request.get("Command"):
        case "Browse":
            return _browse(phone, options)
        case "Lookup":
            rows = _rows(phone, options)
            return [{"LookupResult": {row["CFBundleIdentifier"]: row for row in rows}, "Status": "Complete"}]
        case "Uninstall":
            return _uninstall(phone, str(request.get("ApplicationIdentifier", "")))
        case other:
            return [_error("UnknownCommand", f"{other} is not a command of this phone")]


def _browse(phone: VirtualPhone, options: dict[str, Any]) -> list[dict[str, Any]]:
    rows = _rows(phone, options)
    pages: list[dict[str, Any]] = [
        {
            "Status": "BrowsingApplications",
            "CurrentIndex": start,
            "CurrentAmount": len(rows[start : start + PAGE_APPS]),
            "Total": len(rows),
            "CurrentList": rows[start : start + PAGE_APPS],
        }
        for start in range(0, len(rows), PAGE_APPS)
    ]
    return [*pages, {"Status": "Complete"}]


def _rows(phone: VirtualPhone, options: dict[str, Any]) -> list[dict[str, Any]]:
    kind = str(options.get("ApplicationType", "Any"))
    wanted = strings(options.get("BundleIDs"))
    keys = strings(options.get("ReturnAttributes"))
    rows: list[dict[str, Any]] = []
    for app in phone.apps:
        row = app_row(phone, app)
        if kind not in ("Any", row["ApplicationType"]) or (wanted and app.bundle_id not in wanted):
            continue
        kept = {key: row[key] for key in keys if key in row} if keys else row
        rows.append({"CFBundleIdentifier": app.bundle_id, **kept})
    return rows


def app_row(phone: VirtualPhone, app: AppBundle) -> dict[str, Any]:
    """All that the phone tells about an app."""
    row: dict[str, Any] = {
        "ApplicationType": "System" if app.is_system else "User",
        "CFBundleDisplayName": app.name,
        "CFBundleExecutable": app.executable,
        "CFBundleIdentifier": app.bundle_id,
        "CFBundleName": app.name,
        "CFBundleShortVersionString": app.version,
        "CFBundleVersion": app.build,
        "DynamicDiskUsage": 0,
        "Entitlements": {"application-identifier": f"VIRTUAL000.{app.bundle_id}"},
        "Path": dirname(phone.executable_path(app)),
        "StaticDiskUsage": 1_048_576,
    }
    if app.background_modes:
        row["UIBackgroundModes"] = list(app.background_modes)
    if app.debuggable:
        row["Entitlements"]["get-task-allow"] = True
        row["SignerIdentity"] = "Apple Development: Virtual (VIRTUAL000)"
    if not app.is_system:
        row["Container"] = phone.containers.phone_path(app.bundle_id)
    return row


def _uninstall(phone: VirtualPhone, bundle_id: str) -> list[dict[str, Any]]:
    app = phone.apps.get(bundle_id)
    if app is not None and app.is_system:
        return [_error("ApplicationUninstallFailed", f"{bundle_id} came with the phone")]
    if app is not None:
        phone.uninstall(bundle_id)
    # Removing what is not there is no error on a phone.
    return [{"Status": "RemovingApplication", "PercentComplete": 50}, {"Status": "Complete"}]


def _error(name: str, text: str) -> dict[str, Any]:
    return {"Error": name, "ErrorDescription": text}
