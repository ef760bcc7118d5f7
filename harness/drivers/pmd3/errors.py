"""What pymobiledevice3 raises, in the harness's words.

One row per exception class of pymobiledevice3, by name, so that the table can be read and tested
without importing it. A class without a row of its own takes that of its nearest base class; a test
compares the table with the installed version, so an upgrade that brings a new class fails there.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, cast

from harness.errors import (
    AppNotInstalled,
    AppNotRunning,
    CapabilityMissing,
    CommandRefused,
    CommandTimeout,
    DeveloperModeOff,
    DeviceLocked,
    DeviceLost,
    HarnessError,
    ImageNotMounted,
    PairingRequired,
)


@dataclass(frozen=True)
class Rule:
    """What an exception means.

    Attributes:
        kind: our error.
        fix: what to do about it, one imperative sentence.
    """

    kind: type[HarnessError]
    fix: str


_LOST = Rule(DeviceLost, "Check the cable and that the phone is on, then run it again.")
_MUXD = Rule(DeviceLost, "Check that usbmuxd runs, and what USBMUXD_SOCKET_ADDRESS names.")
_RECOVERY = Rule(DeviceLost, "Restart the phone out of recovery mode.")
_TUNNELD = Rule(DeviceLost, "Start tunneld, or drive the phone over its cable.")
_UNTRUSTED = Rule(PairingRequired, "Unlock the phone, connect it by cable and tap Trust.")
_LOCKED = Rule(DeviceLocked, "Unlock the phone.")
_DEVELOPER = Rule(DeveloperModeOff, "Turn Developer Mode on in Settings > Privacy & Security.")
_IMAGE = Rule(ImageNotMounted, "Mount the developer disk image: pymobiledevice3 mounter auto-mount.")
_MISSING = Rule(CapabilityMissing, "Use a phone or an iOS version that offers it.")
_TUNNEL = Rule(
    CapabilityMissing, "Use iOS 17.4 or later, or iOS 16 or earlier: others need a tunnel as root."
)
_HOST = Rule(CapabilityMissing, "Run it on a host that supports it.")
_SLOW = Rule(CommandTimeout, "Run it again; restart the phone if it stays so.")
_NO_APP = Rule(AppNotInstalled, "Install the app on the phone.")
_REFUSED = Rule(CommandRefused, "Read what the phone said; harness doctor checks the usual causes.")
_MANAGED = Rule(CommandRefused, "Remove the configuration profile that forbids it.")
_IN_USE = Rule(CommandRefused, "Let whoever uses the phone finish first.")
_PRIVILEGE = Rule(CommandRefused, "Give this user the rights it lacks on the host.")
_DISK = Rule(CommandRefused, "Free disk space on this host.")
_WEB = Rule(CommandRefused, "Turn it on in Settings > Apps > Safari > Advanced.")
_STRANGE = Rule(CommandRefused, "Report it: the phone said something that nobody here understands.")


def _rows() -> Iterator[tuple[Rule, str]]:
    yield _LOST, "NoDeviceConnectedError NotConnectedError DeviceNotFoundError ConnectionTerminatedError"
    yield _LOST, "StreamClosedError ChannelClosedError ConnectionFailedError BadDevError"
    yield _LOST, "InvalidConnectionError RemotePairingCompletedError InterfaceIndexNotFoundError"
    yield _LOST, "QueueShutDown"
    yield _MUXD, "ConnectionFailedToUsbmuxdError MuxException MuxVersionError BadCommandError"
    yield _RECOVERY, "IncorrectModeError IRecvError IRecvNoDeviceConnectedError"
    yield _TUNNELD, "TunneldConnectionError"
    yield _UNTRUSTED, "NotTrustedError PairingError NotPairedError FatalPairingError InvalidHostIDError"
    yield _UNTRUSTED, "PairingDialogResponsePendingError UserDeniedPairingError"
    yield _LOCKED, "PasswordRequiredError PasscodeRequiredError"
    yield _DEVELOPER, "DeveloperModeIsNotEnabledError DeveloperModeError AmfiError DeviceHasPasscodeSetError"
    yield _IMAGE, "NotMountedError MissingManifestError DeveloperDiskImageNotFoundError"
    yield _IMAGE, "NoSuchBuildIdentityError TSSError"
    yield _MISSING, "DeviceVersionNotSupportedError DeviceFeatureNotSupportedError InvalidServiceError"
    yield _MISSING, "UnrecognizedSelectorError UnsupportedCommandError DeprecationError MissingValueError"
    yield _MISSING, "ScreencastUnavailableError ProcessInspectionError"
    yield _TUNNEL, "RSDRequiredError RoutableTunnelRequiredError UserspaceTunnelUnavailableError"
    yield _TUNNEL, "QuicProtocolNotSupportedError"
    yield _HOST, "PskCipherNotSupportedError SupportError OSNotSupportedError FeatureNotSupportedError"
    yield _SLOW, "NotificationTimeoutError RemoteXPCHandshakeTimeoutError SysdiagnoseTimeoutError"
    yield _SLOW, "LaunchingApplicationError TraceLagError"
    yield _NO_APP, "AppNotInstalledError"
    yield _MANAGED, "MCProtectedError ProfileError CloudConfigurationAlreadyPresentError"
    yield _IN_USE, "ArbitrationError DeviceAlreadyInUseError"
    yield _PRIVILEGE, "AccessDeniedError"
    yield _DISK, "NotEnoughDiskSpaceError"
    yield _WEB, "WebInspectorNotEnabledError RemoteAutomationNotEnabledError"
    yield _STRANGE, "MessageNotSupportedError ProtocolError DevicePathError InternalError"
    yield _STRANGE, "DTXProtocolError DTXNSCodingError BinaryDataError"
    yield _REFUSED, "PyMobileDevice3Exception LockdownError StartServiceError GetProhibitedError"
    yield _REFUSED, "SetProhibitedError SessionActiveError CannotStopSessionError ArgumentError"
    yield _REFUSED, "BackupFilterPasswordRequiredError AfcException AfcFileNotFoundError DvtException"
    yield _REFUSED, "DvtDirListError AlreadyMountedError ExtractingStackshotError WirError"
    yield _REFUSED, "InspectorEvaluateError AppInstallError CoreDeviceError CryptexdError DTXNsError"
    yield _REFUSED, "InstallCoordinationError MobileActivationException DisableMemoryLimitError WdaError"


TABLE: Mapping[str, Rule] = {name: rule for rule, names in _rows() for name in names.split()}
"""Exception class name -> what it means."""

_BUILT_IN: tuple[tuple[type[Exception], Rule], ...] = (
    (TimeoutError, _SLOW),
    (EOFError, _LOST),  # asyncio.IncompleteReadError is one
    (OSError, _LOST),  # sockets and TLS
    # Lockdown behind a tunnel that was lost under a question: it would connect again, and cannot.
    (NotImplementedError, _LOST),
)

_SPOKEN: tuple[tuple[re.Pattern[str], Rule], ...] = (
    # Source of the locked text: background-execution.md §2.1.
    (re.compile(r"is (currently )?locked|could not be,? unlocked|unlock the device", re.I), _LOCKED),
    # FrontBoard's provider of application records, in public reports of failed launches.
    (re.compile(r"unknown to FrontBoard|FBSApplicationLibrary\) returned nil", re.I), _NO_APP),
    (re.compile(r"not installed|no such app|failed to find app", re.I), _NO_APP),
    # Source: public issue threads of appium, with a log of SpringBoard.
    (
        re.compile(r"invalid code signature|profile has not been explicitly trusted", re.I),
        Rule(CommandRefused, "Sign the app anew and install it, or trust its developer on the phone."),
    ),
    (
        re.compile(r"no such process|process .*not found|no process", re.I),
        Rule(AppNotRunning, "Launch the app first."),
    ),
    (re.compile(r"developer mode", re.I), _DEVELOPER),
)
"""What a phone's own error text means, where the class says only that it said no."""


def translate(error: Exception, phone: str, doing: str) -> HarnessError | None:
    """Our error for something raised while a phone was driven; ``None`` for what the table does not know.

    Args:
        error: what was raised.
        phone: the phone's name.
        doing: what was being done, such as ``launching com.example.app``.
    """
    if isinstance(error, HarnessError):
        return error
    rule = _rule_for(error)
    if rule is None:
        return None
    said = _words(error)
    if rule.kind is CommandRefused:
        rule = next((better for pattern, better in _SPOKEN if pattern.search(said)), rule)
    return rule.kind(f"{doing} failed: {said}", phone=phone, fix=rule.fix)


class Guard:
    """Runs its body under a protective deadline, and translates what the body raises.

    Args:
        phone: the phone's name.
        doing: what is being done, for the message.
        within_s: seconds of wall time.

    Raises:
        CommandTimeout: the body had not ended after ``within_s``.
        DeviceError: what the phone, or the way to it, had to say.
    """

    def __init__(self, phone: str, doing: str, within_s: float) -> None:
        self._phone = phone
        self._doing = doing
        self._within_s = within_s
        self._limit = asyncio.timeout(within_s)

    async def __aenter__(self) -> None:
        await self._limit.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        timed_out = False
        try:
            await self._limit.__aexit__(kind, error, trace)
        except TimeoutError:
            timed_out = True
        # A cancelled library call may end in an error of its own; the deadline was the cause all the same.
        if timed_out or (self._limit.expired() and isinstance(error, Exception)):
            raise CommandTimeout(
                f"{self._doing} had no answer within {self._within_s:g} s", phone=self._phone, fix=_LOST.fix
            ) from None
        if isinstance(error, asyncio.CancelledError) and not _is_asked_to_end():
            what = f"{self._doing} failed: its connection was ended from within"
            raise DeviceLost(what, phone=self._phone, fix=_LOST.fix) from error
        if isinstance(error, Exception):
            translated = translate(error, self._phone, self._doing)
            if translated is not None and translated is not error:
                raise translated from error


def _is_asked_to_end() -> bool:
    """Whether somebody has cancelled the present task.

    A library that loses its connection cancels tasks of its own, and whoever awaits one of those is told the
    same as if it had been cancelled itself.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _rule_for(error: Exception) -> Rule | None:
    names = (kind.__name__ for kind in type(error).__mro__)
    by_name = next((TABLE[name] for name in names if name in TABLE), None)
    return by_name or next((rule for kind, rule in _BUILT_IN if isinstance(error, kind)), None)


def _words(error: Exception) -> str:
    ns_error = getattr(error, "error", None)
    said = ": ".join(dict.fromkeys(_ns_texts(ns_error)))
    first_line = (said or str(error) or type(error).__name__).splitlines()[0]
    return first_line.strip().rstrip(".")


def _ns_texts(ns_error: object) -> Iterable[str]:
    """All texts of an NSError and of the errors beneath it, outermost first."""
    info = getattr(ns_error, "user_info", None)
    if not isinstance(info, dict):
        return
    fields = cast("dict[str, Any]", info)
    for key in ("NSLocalizedDescription", "NSLocalizedFailureReason"):
        if isinstance(fields.get(key), str):
            yield fields[key].rstrip(".")
    yield from _ns_texts(fields.get("NSUnderlyingError"))
