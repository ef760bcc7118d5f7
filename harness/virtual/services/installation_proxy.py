"""installation_proxy: what is installed, and installing it. Source: virtual-iphone.md §2 (Browse and Lookup).

Archives of apps are gone from phones of today, and capabilities are nothing the kernel knows; guessed: those
commands are unknown to the phone. Invented: what an app and its data take of the disk, and who signed it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from posixpath import dirname
from typing import Any, cast

from harness.errors import WireError
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.provisioning import SIGNER, TEAM
from harness.virtual.services.support.installer import bundle_of, staged_package
from harness.virtual.services.support.package import PackageRefused
from harness.virtual.transport.plists import PlistConnection, strings
from harness.virtual.transport.stream import Stream, StreamClosed

PAGE_APPS = 20
"""Apps per message of a Browse; guessed."""

COMPLETE = "Complete"
Plist = dict[str, Any]
Answers = list[dict[str, Any]]
Stages = tuple[tuple[str, int], ...]
"""What the phone does one after the other, and how far it is then in percent."""

Handler = Callable[[VirtualPhone, Plist, Plist], Answers]
"""Makes the answers to a request, given with its ``ClientOptions``."""

INSTALL_STAGES: Stages = (
    ("CreatingStagingDirectory", 5),
    ("ExtractingPackage", 15),
    ("InspectingPackage", 20),
    ("TakingInstallLock", 20),
    ("PreflightingApplication", 30),
    ("InstallingEmbeddedProfile", 30),
    ("VerifyingApplication", 40),
    ("CreatingContainer", 50),
    ("InstallingApplication", 60),
    ("PostflightingApplication", 70),
    ("SandboxingApplication", 80),
    ("GeneratingApplicationMap", 90),
)
"""Source: what clients print while a phone installs."""

INSPECTED, VERIFIED = 2, 6
"""The stages in which a package is refused: for what it says, and for its code."""

UNINSTALL_STAGES: Stages = (("RemovingApplication", 50), ("GeneratingApplicationMap", 90))
"""Source: as above."""


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
    command = request.get("Command")
    if not isinstance(command, str):
        return [_error("MissingCommand", "a request names its Command")]
    handler = MESSAGES.get(command)
    if handler is None:
        return [_error("UnknownCommand", f"{command} is not a command of this phone")]
    given = request.get("ClientOptions")
    options = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    return handler(phone, request, options)


def _browse(phone: VirtualPhone, _request: Plist, options: Plist) -> Answers:
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


def _lookup(phone: VirtualPhone, _request: Plist, options: Plist) -> Answers:
    rows = _rows(phone, options)
    return [{"LookupResult": {row["CFBundleIdentifier"]: row for row in rows}, "Status": "Complete"}]


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
        "Entitlements": {"application-identifier": f"{TEAM}.{app.bundle_id}"},
        "Path": dirname(phone.executable_path(app)),
        "StaticDiskUsage": 1_048_576,
    }
    if app.background_modes:
        row["UIBackgroundModes"] = list(app.background_modes)
    if app.file_sharing:
        row["UIFileSharingEnabled"] = True
    if app.debuggable:
        row["Entitlements"]["get-task-allow"] = True
        row["SignerIdentity"] = SIGNER
    if not app.is_system:
        row["Container"] = phone.containers.phone_path(app.bundle_id)
    return row


def _install(phone: VirtualPhone, request: Plist, _options: Plist) -> Answers:
    path = request.get("PackagePath")
    if not isinstance(path, str) or not path:
        return [_error("MissingPackagePath", "a request to install names its PackagePath")]
    done = INSTALL_STAGES[: INSPECTED + 1]
    try:
        package = staged_package(phone, path)
        done = INSTALL_STAGES[: VERIFIED + 1]
        app = bundle_of(phone, package)
    except PackageRefused as refusal:
        return [*_progress(done), _error(refusal.name, refusal.text)]
    phone.install(app)
    return [*_progress(INSTALL_STAGES), {"Status": COMPLETE}]


def _uninstall(phone: VirtualPhone, request: Plist, _options: Plist) -> Answers:
    bundle_id = request.get("ApplicationIdentifier")
    if not isinstance(bundle_id, str) or not bundle_id:
        return [_error("MissingApplicationIdentifier", "a request to uninstall names an app")]
    app = phone.apps.get(bundle_id)
    if app is not None and app.is_system:
        return [_error("UninstallProhibited", f"{bundle_id} came with the phone")]
    # Removing what is not there is no error on a phone.
    phone.uninstall(bundle_id)
    return [*_progress(UNINSTALL_STAGES), {"Status": COMPLETE}]


def _progress(stages: Stages) -> Answers:
    return [{"Status": status, "PercentComplete": percent} for status, percent in stages]


def _error(name: str, text: str) -> dict[str, Any]:
    return {"Error": name, "ErrorDescription": text}


MESSAGES: Mapping[str, Handler] = {
    "Browse": _browse,
    "Lookup": _lookup,
    "Install": _install,
    "Upgrade": _install,
    "Uninstall": _uninstall,
}
"""Command -> what answers it."""
