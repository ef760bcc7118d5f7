"""CoreDevice's app service: list, launch, signal and watch.

Source of inputs and outputs: the published sources of pymobiledevice3 (app_service), go-ios (appservice),
appium-ios-remotexpc (app-service) and idevice (core_device/app_service). The text and code of a refused
launch are as devicectl prints them; other codes are guessed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from harness.errors import WireError
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.phone import NoSuchProcess, UnsupportedSignal, VirtualPhone
from harness.virtual.kernel.processes.exits import ExitRecord
from harness.virtual.kernel.processes.process import Process
from harness.virtual.kernel.rules import ExitDomain
from harness.virtual.kernel.springboard import LaunchRefused, RefusalKind
from harness.virtual.services.coredevice import features
from harness.virtual.services.support.coredevice_session import (
    CoreDeviceFailure,
    Elements,
    FeatureInput,
    Handler,
    serve_features,
)
from harness.virtual.transport.stream import Stream
from harness.wire.lockdown import read_plist_dict
from harness.wire.xpc import UInt64, XpcDate, XpcDict

LAUNCH_FAILED = 10002
"""Source: devicectl, "The application failed to launch. (com.apple.dt.CoreDeviceError error 10002)"."""

SIGNAL_FAILED = 10004
"""Code of a signal that was not delivered; guessed."""

UNINSTALL_FAILED = 10003
"""Code of an app that cannot be removed; guessed."""

BACKGROUND_OPTIONS = ("ActivateSuspended", "__ActivateSuspended")
"""Platform options that launch without bringing to the front. Source: go-ios, xcuitestrunner."""

_MOBILE_USER = 501


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    await serve_features(phone, stream, MESSAGES)


def _list_apps(phone: VirtualPhone, given: FeatureInput) -> object:
    if features.STREAMED_APPS.exists_on(phone.spec.ios):
        return asyncio.get_running_loop().create_future()
    return _apps(phone, given)


def _stream_apps(phone: VirtualPhone, given: FeatureInput) -> Elements:
    return Elements(_apps(phone, given.inner("actualInput")))


def _apps(phone: VirtualPhone, given: FeatureInput) -> list[XpcDict]:
    removable = given.flag("includeRemovableApps", missing=True)
    default = given.flag("includeDefaultApps", missing=True)
    return [_app(phone, app) for app in phone.apps if (default if app.is_system else removable)]


def _app(phone: VirtualPhone, app: AppBundle) -> XpcDict:
    return {
        "bundleIdentifier": app.bundle_id,
        "bundleVersion": app.build,
        "isAppClip": False,
        "isDeveloperApp": app.debuggable,
        "isFirstParty": app.is_system,
        "isHidden": False,
        "isInternal": False,
        "isRemovable": not app.is_system,
        "name": app.name,
        "path": phone.executable_path(app).rpartition("/")[0],
        "version": app.version,
    }


def _launch(phone: VirtualPhone, given: FeatureInput) -> XpcDict:
    bundle_id = given.inner("applicationSpecifier").inner("bundleIdentifier").text("_0")
    options = given.inner("options")
    platform = _platform_options(options.data("platformSpecificOptions"))
    try:
        pid = phone.launch(
            bundle_id,
            arguments=options.texts("arguments"),
            environment=options.pairs("environmentVariables"),
            start_suspended=options.flag("startStopped", missing=False),
            kill_existing=options.flag("terminateExisting", missing=False),
            activate_suspended=any(platform.get(key) for key in BACKGROUND_OPTIONS),
        )
    except LaunchRefused as refused:
        raise _refused(bundle_id, refused) from refused
    process = phone.processes.get(pid)
    token = _launched(process) if process is not None else {"processIdentifier": pid}
    return {"processToken": token}


def _platform_options(data: bytes) -> Mapping[str, object]:
    try:
        return read_plist_dict(data)
    except WireError:
        return {}


def _refused(bundle_id: str, refused: LaunchRefused) -> CoreDeviceFailure:
    denied = "The request was denied by service delegate (SBMainWorkspace) for reason"
    locked = (
        f"{denied}: Locked "
        f'("Unable to launch {bundle_id} because the device was not, or could not be, unlocked").'
    )
    reasons: dict[RefusalKind, dict[str, str]] = {
        RefusalKind.LOCKED: {"NSLocalizedFailureReason": locked},
        RefusalKind.NOT_SIGNED: {"NSLocalizedFailureReason": f'{denied}: Security ("{refused.text}").'},
        RefusalKind.NOT_INSTALLED: {
            "NSLocalizedFailureReason": f"The requested application {bundle_id} is not installed.",
            "NSLocalizedRecoverySuggestion": "Provide a valid bundle identifier.",
        },
    }
    reason = reasons.get(refused.kind, {"NSLocalizedFailureReason": refused.text})
    info = {"BundleIdentifier": bundle_id, **reason}
    return CoreDeviceFailure("The application failed to launch.", code=LAUNCH_FAILED, info=info)


def _launched(process: Process) -> XpcDict:
    # Eight words: user, group, process, session and version. Their order is that of audit_token_t.
    words = (0xFFFFFFFF, _MOBILE_USER, _MOBILE_USER, _MOBILE_USER, _MOBILE_USER, process.pid, 0, process.pid)
    return {
        **_token(process),
        "auditToken": [UInt64(word) for word in words],
        "processIdentifierVersion": process.pid,
    }


def _token(process: Process) -> XpcDict:
    return {
        "executableURL": {"relative": f"file://{process.path}"},
        "processIdentifier": process.pid,
    }


def _list_processes(phone: VirtualPhone, _given: FeatureInput) -> XpcDict:
    return {"processTokens": _tokens(phone)}


def _stream_processes(phone: VirtualPhone, _given: FeatureInput) -> Elements:
    return Elements(_tokens(phone))


def _tokens(phone: VirtualPhone) -> list[Any]:
    return [_token(process) for process in phone.running_processes()]


def _send_signal(phone: VirtualPhone, given: FeatureInput) -> XpcDict:
    process = _process(phone, given.inner("process"))
    token, number = _token(process), given.number("signal")
    try:
        phone.signal(process.pid, number)
    except (UnsupportedSignal, NoSuchProcess) as error:
        raise CoreDeviceFailure(str(error), code=SIGNAL_FAILED) from error
    return {"deviceTimestamp": _date(phone), "process": token, "signal": number}


def _send_memory_warning(phone: VirtualPhone, given: FeatureInput) -> XpcDict:
    process = _process(phone, given.inner("process"))
    if not process.is_application:
        raise CoreDeviceFailure(f"{process.name} takes no memory warning.", code=SIGNAL_FAILED)
    process.enqueue(process.application.receive_memory_warning)
    return {"deviceTimestamp": _date(phone), "process": _token(process)}


def _process(phone: VirtualPhone, token: FeatureInput) -> Process:
    pid = token.number("processIdentifier")
    process = phone.processes.get(pid)
    if process is None:
        raise CoreDeviceFailure(f"No process {pid} runs on the device.", code=SIGNAL_FAILED)
    return process


def _monitor_termination(phone: VirtualPhone, given: FeatureInput) -> object:
    pid = given.inner("processToken").number("processIdentifier")
    if phone.processes.get(pid) is None:
        # Answered at once, says appium-ios-remotexpc; with which status is guessed.
        return {"status": {"exitCode": 0, "wasCoreDumpCreated": False}}
    ended: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    def tell(record: ExitRecord) -> None:
        if not ended.done():
            ended.set_result({"status": _status(record)})

    subscription = phone.exits.observe_exit(pid, tell)
    ended.add_done_callback(lambda _: subscription.close())
    return ended


def _status(record: ExitRecord) -> XpcDict:
    # How a phone tells of a signal is guessed; of an exit code, see appium-ios-remotexpc.
    if record.domain is ExitDomain.VOLUNTARY:
        return {"exitCode": record.code, "wasCoreDumpCreated": False}
    return {"signal": record.signal or 0, "wasCoreDumpCreated": False}


def _uninstall(phone: VirtualPhone, given: FeatureInput) -> XpcDict:
    bundle_id = given.text("bundleIdentifier")
    app = phone.apps.get(bundle_id)
    if app is not None and app.is_system:
        raise CoreDeviceFailure(f"{bundle_id} cannot be removed.", code=UNINSTALL_FAILED)
    phone.uninstall(bundle_id)
    return {}


def _reboot(phone: VirtualPhone, _given: FeatureInput) -> XpcDict:
    # Told first: what the phone still has to say is said before its connections break.
    asyncio.get_running_loop().call_soon(phone.reboot)
    return {}


def _date(phone: VirtualPhone) -> XpcDate:
    return XpcDate(int(phone.clock.now_s * 1_000_000_000))


MESSAGES: Mapping[str, Handler] = {
    features.LIST_APPS: _list_apps,
    features.STREAM_APPS: _stream_apps,
    features.LAUNCH: _launch,
    features.UNINSTALL: _uninstall,
    features.LIST_PROCESSES: _list_processes,
    features.STREAM_PROCESSES: _stream_processes,
    features.SEND_SIGNAL: _send_signal,
    features.SEND_MEMORY_WARNING: _send_memory_warning,
    features.MONITOR_TERMINATION: _monitor_termination,
    features.REBOOT: _reboot,
}
"""Feature -> what does it."""
