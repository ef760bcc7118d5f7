"""``harness set``: a setting is changed to stay, by its ladder; without a value, it is read.

What a person sets is his to keep: it stays when the command has ended, and no other command minds. How it was
before is in the journal all the same, so that ``harness restore --all`` puts it back, and so does whoever
takes the phone for a test, before the test begins. Setting it back by hand strikes that again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.cli.apps import about
from harness.cli.oneoff import Asked, Opened, one_phone
from harness.cli.out import Out
from harness.errors import CapabilityMissing, DeviceError, SetupImpossible
from harness.model.ladder import By, Toggle
from harness.model.rungs import Rung
from harness.model.settings import BackgroundRefresh
from harness.model.undo import Undo, UndoOp

if TYPE_CHECKING:
    from harness.api.accesspoint import AccessPoint
    from harness.api.climbing import Climbed, Taking
    from harness.farm.leases.lease import Lease
    from harness.farm.leases.undo import UndoEntry
    from harness.model.capabilities import Phone
    from harness.model.raw import InstalledApp

ON, OFF = "on", "off"

REFRESH: Mapping[str, BackgroundRefresh] = {
    OFF: BackgroundRefresh.OFF,
    "wifi": BackgroundRefresh.WIFI,
    ON: BackgroundRefresh.ON,
}
"""What is typed for a position of Background App Refresh -> the position."""

UNDO: Mapping[Toggle, Undo] = {
    Toggle.WIFI: Undo.WIFI,
    Toggle.AIRPLANE_MODE: Undo.AIRPLANE_MODE,
    Toggle.BACKGROUND_REFRESH: Undo.BACKGROUND_REFRESH,
    Toggle.APP_REFRESH: Undo.BACKGROUND_REFRESH,
    Toggle.LOW_POWER: Undo.LOW_POWER_MODE,
}
"""Setting -> what puts it back."""

UNREAD = (By.CONFIGURATION_SERVICE, By.ACCESS_POINT)
"""Steps that cannot read how Wi-Fi stood; a phone on a bench is taken for one that was on it."""

CUTS_OFF = ((Toggle.WIFI, OFF), (Toggle.AIRPLANE_MODE, ON))
"""What ends the way to a phone that is reached over Wi-Fi."""


@dataclass(frozen=True)
class Wish:
    """What is to be set.

    Attributes:
        toggle: which setting.
        value: to what: ``on`` or ``off``, and ``wifi`` for Background App Refresh of the whole phone;
            ``None`` to read it.
        bundle_id: the app whose setting it is, or empty.
    """

    toggle: Toggle
    value: str | None
    bundle_id: str = ""

    def op(self, value: str) -> UndoOp:
        """What has the setting stand at a value."""
        kept = REFRESH[value].value if self.toggle is Toggle.BACKGROUND_REFRESH else value
        return UndoOp(UNDO[self.toggle], kept, self.bundle_id)

    def __str__(self) -> str:
        return f"{self.toggle} of {self.bundle_id}" if self.bundle_id else self.toggle.value


def settle(asked: Asked, wish: Wish, out: Out) -> None:
    """Set a setting, or read it, and say how.

    Raises:
        CapabilityMissing: nothing here changes it, or reads it; says of each step why.
        SetupImpossible: this phone or this app cannot be set so; nothing was touched.
        SettingNotApplied: it was set, and does not read back.
        HarnessError: the phone is not there, or not to be had.
    """
    with one_phone(asked, wish.bundle_id or None, read_file=True) as opened:
        if wish.value is None:
            _tell_position(opened, wish, out)
        else:
            _change(opened, wish, wish.value, out)


def _tell_position(opened: Opened, wish: Wish, out: Out) -> None:
    value = opened.runner.run(_position(opened.phone, wish))
    kept = kept_of(opened.lease, wish)
    note = f"; a person changed it, to be put back for a test: {kept.op}" if kept else ""
    fields = {"setting": wish.toggle, "value": value, "by": By.SETTINGS, "put_back": _text(kept)}
    out.data(
        fields | about(opened, wish.bundle_id or None),
        f"{opened.identity}: {wish} is {value}, by {By.SETTINGS}{note}",
    )


def _change(opened: Opened, wish: Wish, value: str, out: Out) -> None:
    from harness.api.accesspoint import AccessPoint

    changing = change(opened.phone, opened.lease, wish, value, AccessPoint.of(opened.file))
    try:
        climbed = opened.runner.run(changing)
    except (CapabilityMissing, SetupImpossible):
        raise
    except DeviceError:
        if kept_of(opened.lease, wish):
            out.talk(f"{opened.identity}: {wish} may stand either way. {_undo(opened)} puts it back")
        raise
    _tell_change(opened, wish, value, climbed, out)


async def change(
    phone: Phone, lease: Lease, wish: Wish, value: str, access_point: AccessPoint | None = None
) -> Climbed:
    """Take the first step of a setting's ladder that is there, with how to put it back written down before.

    Args:
        phone: the phone.
        lease: holds it; what is written down there stays when it ends.
        wish: which setting.
        value: to what.
        access_point: of the network that the phone is in, where a command here switches it.

    Returns:
        Which step was taken, and what was passed over.

    Raises:
        CapabilityMissing: no step is there; says of each why.
        SetupImpossible: this phone or this app cannot be set so; nothing was touched.
        SettingNotApplied: one was taken, and does not read back.
    """
    from harness.api.climbing import climb

    _refuse_if_cut_off(phone, wish, value)
    if access_point is not None and wish.toggle is Toggle.WIFI and value == ON:
        # Whichever of the two took it away, and doing it twice does no harm.
        await access_point.switch(True, phone.identity.udid)
    ways = _ways(phone, wish, value, access_point)
    noted = {by: _noted(phone, lease, wish, by, take) for by, take in ways.items()}
    climbed = await climb(phone, wish.toggle, noted)
    kept = kept_of(lease, wish)
    if kept and kept.op == wish.op(value):
        lease.undone(kept)
    return climbed


def _refuse_if_cut_off(phone: Phone, wish: Wish, value: str) -> None:
    if Rung.UNPLUGGED in phone.rungs and (wish.toggle, value) in CUTS_OFF:
        raise SetupImpossible(
            f"it is reached over Wi-Fi, which {wish.toggle} {value} would end",
            phone=phone.identity.name,
            fix="Plug its cable in.",
        )


def _ways(phone: Phone, wish: Wish, value: str, access_point: AccessPoint | None) -> Mapping[By, Taking]:
    """The steps that stay when the command has ended; a condition that is simulated does not."""
    from harness.api.climbing import ways_to_switch_wifi

    if wish.toggle is not Toggle.WIFI:
        return {By.SETTINGS: lambda: _set_by_screen(phone, wish, value)}
    ways = dict(ways_to_switch_wifi(phone, value == ON))
    if access_point is not None:
        ways[By.ACCESS_POINT] = lambda: access_point.switch(value == ON, phone.identity.udid)
    return ways


def _noted(phone: Phone, lease: Lease, wish: Wish, by: By, take: Taking) -> Callable[[], Awaitable[None]]:
    """A step that is written down before it is taken, and struck where it then touched nothing."""
    udid = phone.identity.udid

    async def noted() -> None:
        was = ON if by in UNREAD else await _position(phone, wish)
        before = {entry.id for entry in lease.kept(udid)}
        entry = lease.will_change(udid, wish.op(was), keep=True)
        try:
            await take()
        except (CapabilityMissing, SetupImpossible):
            if entry.id not in before:
                lease.undone(entry)
            raise

    return noted


def _tell_change(opened: Opened, wish: Wish, value: str, climbed: Climbed, out: Out) -> None:
    kept = kept_of(opened.lease, wish)
    step = climbed.step
    fields = {
        "setting": wish.toggle,
        "value": value,
        "by": step.by,
        "fidelity": step.fidelity,
        "does": step.does,
        "breaks": step.breaks,
        "verified": step.verified,
        "passed_over": list(climbed.passed_over),
        "put_back": _text(kept),
        "undo": _undo(opened) if kept else None,
    }
    out.data(fields | about(opened, wish.bundle_id or None), _told(opened, wish, value, climbed, kept))


def _told(opened: Opened, wish: Wish, value: str, climbed: Climbed, kept: UndoEntry | None) -> str:
    step = climbed.step
    lines = [
        f"{opened.identity}: {wish} is {value}, by {step.by}: {step.fidelity}",
        f"  what that is   {step.does}",
        f"  verified       {step.verified}",
        *([f"  it may break   {step.breaks}"] if step.breaks else []),
        *(f"  passed over    {passed}" for passed in climbed.passed_over),
        f"  it stays so    until a test takes the phone, which puts it back first, or {_undo(opened)}"
        if kept
        else "  as before      nothing of it is to be put back",
    ]
    return "\n".join(lines)


def kept_of(lease: Lease, wish: Wish) -> UndoEntry | None:
    """How to put a setting back, as it is written down; ``None`` where nothing is to be put back."""
    same = (UNDO[wish.toggle], wish.bundle_id)
    kept = lease.kept(lease.udid)
    return next((one for one in kept if (one.op.operation, one.op.bundle_id) == same), None)


def _text(kept: UndoEntry | None) -> str | None:
    return str(kept.op) if kept else None


def _undo(opened: Opened) -> str:
    return f"harness restore --all --phone {opened.identity.name}"


# ---- by the screens of Settings


async def _position(phone: Phone, wish: Wish) -> str:
    """Where a setting stands, as a person reads it."""
    ui = phone.ui
    match wish.toggle:
        case Toggle.WIFI:
            return _on_off(await ui.wifi())
        case Toggle.AIRPLANE_MODE:
            return _on_off(await ui.airplane_mode())
        case Toggle.LOW_POWER:
            return _on_off(await ui.low_power())
        case Toggle.APP_REFRESH:
            return _on_off(await ui.app_refresh(await _installed(phone, wish.bundle_id)))
        case Toggle.BACKGROUND_REFRESH:
            position = await ui.background_refresh()
            return next(typed for typed, one in REFRESH.items() if one is position)


async def _set_by_screen(phone: Phone, wish: Wish, value: str) -> None:
    """Set a setting that has no other way, as a person does; it is read again before this returns."""
    ui = phone.ui
    match wish.toggle:
        case Toggle.AIRPLANE_MODE:
            await ui.set_airplane_mode(value == ON)
        case Toggle.LOW_POWER:
            await ui.set_low_power(value == ON)
        case Toggle.APP_REFRESH:
            await ui.set_app_refresh(await _installed(phone, wish.bundle_id), value == ON)
        case Toggle.BACKGROUND_REFRESH:
            await ui.set_background_refresh(REFRESH[value])
        case Toggle.WIFI:
            await ui.set_wifi(value == ON)


async def _installed(phone: Phone, bundle_id: str) -> InstalledApp:
    from harness.api.changes import installed

    return await installed(phone, bundle_id)


def _on_off(on: bool) -> str:
    return ON if on else OFF
