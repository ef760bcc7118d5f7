"""The one tree of errors.

- HarnessError
  - ConfigError: devices.yaml, a profile or an option is wrong; carries file:line:column
  - FarmError: which phone, for whom
    - NoSuchDevice: nothing in the inventory can ever satisfy the request
    - NoDeviceFree: says for each phone why it was not given
    - LeaseLost: this process no longer holds the phone
    - DeviceQuarantined: the phone was taken out of rotation
    - NotForgotten: a phone is not gone for good
    - HostLost, HostTaken: the machine of the phone went away, or has an agent already
    - StoreUnavailable, StoreMismatch: who holds what cannot be asked, now or by this version
  - DeviceError: one phone, by name
    - DeviceLost, DeviceLocked, DeviceTaken, PairingRequired, DeveloperModeOff, ImageNotMounted
    - CapabilityMissing, CommandTimeout, CommandRefused
    - ScreenError: what is done through its screen
      - RunnerFailed: the UI test runner did not come up, or went away
      - ScreenUnexpected: the screen does not show what it should
        - ScreenChanged: what was found on it was gone when it was to be used
      - SettingNotApplied: it was set, and does not read back as set
  - AppError: AppNotInstalled, AppNotRunning, AppDidNotAnswer, AppCannotBeTold
  - PreconditionError: the experiment cannot be set up as asked
    - OriginUnreachable: the phone cannot reach the origin server
    - SetupImpossible: no phone of this kind, or no such app, can be set so
  - EvidenceError: a source of evidence could not be started
  - WireError: bytes that no peer should have sent

Every message says what happened, on which phone, and what to do. The parts are kept as fields, so
that a report or ``--json`` can show them apart.
"""

from __future__ import annotations


class HarnessError(Exception):
    """Something the harness can name.

    Args:
        what: what happened, one sentence without a full stop.
        phone: the name of the phone it happened on, if on one.
        fix: what to do about it, one sentence, imperative.
    """

    def __init__(self, what: str, *, phone: str | None = None, fix: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.phone = phone
        self.fix = fix

    def __str__(self) -> str:
        where = f"{self.phone}: " if self.phone else ""
        todo = f". {self.fix}" if self.fix else ""
        return f"{where}{self.what}{todo}"

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions with keyword arguments do not survive pickling by default; xdist pickles them.
        return (_rebuild, (type(self), self.what, self.__dict__.copy()))


def _rebuild(kind: type[HarnessError], what: str, fields: dict[str, object]) -> HarnessError:
    error = kind.__new__(kind)
    Exception.__init__(error, what)
    error.__dict__.update(fields)
    return error


class ConfigError(HarnessError):
    """A file or an option is wrong; nothing was done to any phone.

    Args:
        what: what was found and what was expected.
        path: the file, as the user named it.
        line: 1-based.
        column: 1-based.
    """

    def __init__(
        self,
        what: str,
        *,
        path: str | None = None,
        line: int | None = None,
        column: int | None = None,
        fix: str | None = None,
    ) -> None:
        super().__init__(what, fix=fix)
        self.path = path
        self.line = line
        self.column = column

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.path, self.line, self.column) if part)
        return f"{place}: {super().__str__()}" if place else super().__str__()


class FarmError(HarnessError):
    """Who may use which phone could not be settled."""


class NoSuchDevice(FarmError):
    """Nothing in the inventory can ever satisfy the request."""


class NoDeviceFree(FarmError):
    """Phones that match exist, and none is free; ``why`` says for each of them who has it.

    Args:
        why: one line per phone, in inventory order.
    """

    def __init__(self, what: str, *, why: tuple[str, ...] = (), fix: str | None = None) -> None:
        super().__init__(what, fix=fix)
        self.why = why

    def __str__(self) -> str:
        return "\n  ".join((super().__str__(), *self.why))


class LeaseLost(FarmError):
    """This process no longer holds the phone; it must not touch it again."""


class DeviceQuarantined(FarmError):
    """The phone was taken out of rotation and needs a person."""


class NotForgotten(FarmError):
    """The phone is not gone for good: it is somebody's, or attached, or something on it is to be put back."""


class HostLost(FarmError):
    """The machine that the phone is attached to went away, or the agent there; the phone is out of reach."""


class HostTaken(FarmError):
    """Another agent already serves the phones of this host."""


class StoreUnavailable(FarmError):
    """Who holds which phone cannot be asked now: the database does not answer."""


class StoreMismatch(FarmError):
    """Who holds which phone is written in the format of another version of the harness."""


class DeviceError(HarnessError):
    """Something about one phone."""


class DeviceLost(DeviceError):
    """The phone went away: unplugged, rebooted, or its tunnel closed."""


class DeviceLocked(DeviceError):
    """The phone is locked and refuses what needs it unlocked."""


class DeviceTaken(DeviceError):
    """Another computer has told the phone that it uses it."""


class PairingRequired(DeviceError):
    """The phone does not trust this host."""


class DeveloperModeOff(DeviceError):
    """Developer Mode is off (iOS 16 and later)."""


class ImageNotMounted(DeviceError):
    """The developer disk image is not mounted, so developer services are missing."""


class CapabilityMissing(DeviceError):
    """This phone, on this iOS, has no way to do what was asked."""


class CommandTimeout(DeviceError):
    """The phone did not answer within the command's protective deadline (wall time)."""


class CommandRefused(DeviceError):
    """The phone answered, and the answer was no."""


class ScreenError(DeviceError):
    """Something about what is done through the phone's screen."""


class RunnerFailed(ScreenError):
    """The UI test runner did not come up, or it or its session went away and did not come back."""


class ScreenUnexpected(ScreenError):
    """The screen does not show what it should; the message says what it shows instead."""


class ScreenChanged(ScreenUnexpected):
    """What was found on the screen was gone when it was to be used; nothing was touched."""


class SettingNotApplied(ScreenError):
    """Something was set and does not read back as it was set; the phone may stand either way."""


class AppError(HarnessError):
    """Something about the app under test."""


class AppNotInstalled(AppError):
    """No app of that bundle identifier is on the phone."""


class AppNotRunning(AppError):
    """The app has no process."""


class AppDidNotAnswer(AppError):
    """The app did not acknowledge a command in its journal."""


class AppCannotBeTold(AppError):
    """The app's profile has no way to tell it what a story says."""


class PreconditionError(HarnessError):
    """The experiment cannot be set up as asked."""


class OriginUnreachable(PreconditionError):
    """The phone cannot reach the origin server."""


class SetupImpossible(PreconditionError):
    """Nothing was touched: this phone or this app cannot be set so at all."""


class EvidenceError(HarnessError):
    """A source of evidence could not be started or read."""


class WireError(HarnessError):
    """Bytes that no peer should have sent.

    Args:
        what: what was expected and what came.
        offset: where in the stream or message, in bytes.
        data: the bytes around it; the message shows at most 32 of them in hex.
    """

    def __init__(self, what: str, *, offset: int = 0, data: bytes = b"") -> None:
        super().__init__(what)
        self.offset = offset
        self.data = data

    def __str__(self) -> str:
        shown = self.data[:32].hex(" ")
        more = "…" if len(self.data) > 32 else ""
        return f"{self.what} at byte {self.offset}" + (f": {shown}{more}" if shown else "")
