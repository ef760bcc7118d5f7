"""Stages of reaching a phone: seen, trusted, unlocked, ready for developers, and nobody else's."""

from __future__ import annotations

from dataclasses import replace

from harness.drivers.pmd3.look import ways
from harness.errors import DeveloperModeOff, DeviceLocked, DeviceLost, NoDeviceFree, PairingRequired
from harness.farm.health.patient import Patient
from harness.farm.health.result import NotTried, Warned

PASSCODE_COSTS = (
    "With a passcode nothing can be launched once the phone has locked itself, after a restart nothing is "
    "served before a person has typed it, and no tool switches Developer Mode on"
)
"""Source: background-execution.md §2.1 (launching), Apple's documentation of Developer Mode."""


async def seen(patient: Patient) -> str:
    """Attached, and in which ways; a phone on a cable and on Wi-Fi is one phone, reached in one way.

    The ways are those of now, and what follows keeps to the one that is chosen here.
    """
    found = await ways(patient.phone.usbmux)
    if patient.identity.udid not in found:
        fix = "Check the cable, and that the phone is on."
        raise DeviceLost("it is not attached", phone=patient.name, fix=fix)
    patient.phone = replace(patient.phone, ways=found[patient.identity.udid])
    if patient.connection is None:
        there = " and ".join(patient.phone.ways)
        what = f"it is there by {there}, and devices.yaml has it by {patient.reach}"
        fix = "Connect it so, or write `connection: any` beneath its name."
        raise DeviceLost(what, phone=patient.name, fix=fix)
    if len(patient.phone.ways) > 1:
        both = " and ".join(patient.phone.ways)
        return f"by {both}, which are one phone; it is reached by {patient.connection}"
    return f"by {patient.connection}"


async def trusted(patient: Patient) -> str:
    """A session with lockdown."""
    if not (await patient.lockdown()).trusted:
        fix = "Unlock the phone, connect it by cable and tap Trust."
        raise PairingRequired("it does not trust this host", phone=patient.name, fix=fix)
    return "it lets this host in"


async def unlocked(patient: Patient) -> str:
    """Not locked by a passcode."""
    locked = (await patient.lockdown()).locked
    if locked is None:
        raise NotTried("the phone does not tell")
    if locked:
        fix = "Unlock it, and set Auto-Lock to Never in Settings > Display & Brightness."
        raise DeviceLocked("it is locked", phone=patient.name, fix=fix)
    return "no passcode stands in the way"


async def passcode(patient: Patient) -> str:
    """Whether it has a passcode, which shows only while it is locked.

    ``PasswordProtected`` is whether it is locked by one now; MobileGestalt's ``PasswordConfigured`` was yes
    on phones without one, and from 17.4 on is not told. Source: public issue threads of libimobiledevice.
    """
    fix = "Turn it off in Settings > Face ID & Passcode."
    if (await patient.lockdown()).locked:
        raise Warned(f"it has one. {PASSCODE_COSTS}", fix)
    raise NotTried("whether an unlocked phone has one, it does not tell", fix)


async def developer_mode(patient: Patient) -> str:
    """Developer Mode is on."""
    mode = (await patient.lockdown()).developer_mode
    if mode is None:
        raise NotTried("the phone does not tell")
    if not mode:
        fix = "Turn it on in Settings > Privacy & Security > Developer Mode; the phone restarts."
        raise DeveloperModeOff("Developer Mode is off", phone=patient.name, fix=fix)
    return "it is on"


async def free(patient: Patient) -> str:
    """Nobody else holds it; from here on it is held."""
    try:
        patient.granted = patient.hold()
    except NoDeviceFree as error:
        # Not a fault of the phone; what follows would disturb whoever uses it.
        raise NotTried("; ".join(error.why) or error.what) from error
    return "nobody else uses it"


async def tunnel(patient: Patient) -> str:
    """The tunnel, or the connection, that developer services go through."""
    await patient.driver()
    return "it is up"


async def image(patient: Patient) -> str:
    """Developer services answer, for which the image is mounted."""
    processes = await (await patient.driver()).processes()
    return f"developer services answer: {len(processes)} processes"
