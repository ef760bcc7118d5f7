"""Stages that read a figure and compare it with its limit: battery, heat, storage, clock."""

from __future__ import annotations

from harness.errors import CapabilityMissing
from harness.farm.health.limits import (
    LEAST_CHARGE,
    LEAST_STORAGE,
    MOST_HEAT,
    MOST_OFFSET,
    NOTED_OFFSET,
    SCARCE_STORAGE,
    WORN_CYCLES,
)
from harness.farm.health.patient import Patient
from harness.farm.health.result import NotNeeded, NotTried, Unfit, Warned
from harness.model.identity import Hardware

MB = 1_000_000

NOT_TOLD = "the phone does not tell"

_CHARGE_FIX = "Have it charged: check its cable, the hub's power and, on the phone, what the battery says."
_HEAT_FIX = "Let it cool: take it out of its case and away from the others, and look for what keeps it busy."
_WORN_FIX = "Have its battery looked at in Settings > Battery > Battery Health, and replaced."
_STORAGE_FIX = "Delete apps and their data in Settings > General > iPhone Storage, or restart the phone."
_CLOCK_FIX = "Turn on Settings > General > Date & Time > Set Automatically, and check this host's own clock."


async def battery(patient: Patient) -> str:
    """The charge is above its limit, fed or not: a phone that draws more than it gets ends up dark."""
    charge = await patient.look().charge()
    if charge.percent is None:
        raise NotTried(NOT_TOLD)
    fed = {True: ", and it is fed", False: ", and it is not fed", None: ""}[charge.is_fed]
    found = f"{charge.percent} %{fed}"
    if charge.percent < LEAST_CHARGE.value:
        raise Unfit(
            f"{found}; at least {LEAST_CHARGE.value:g} % is wanted", phone=patient.name, fix=_CHARGE_FIX
        )
    return found


async def heat(patient: Patient) -> str:
    """The battery is not too warm; one that is worn is warned about."""
    try:
        entry = await patient.look().battery()
    except CapabilityMissing as error:
        raise NotTried(
            "its diagnostics are not there before it was first unlocked after a restart"
        ) from error
    if entry.temperature_c is None:
        raise NotTried(NOT_TOLD)
    cycles = "" if entry.cycles is None else f", after {entry.cycles} charge cycles"
    found = f"the battery is at {entry.temperature_c:.1f} °C{cycles}"
    if entry.temperature_c > MOST_HEAT.value:
        raise Unfit(f"{found}; at most {MOST_HEAT.value:g} °C is wanted", phone=patient.name, fix=_HEAT_FIX)
    if entry.cycles is not None and entry.cycles >= WORN_CYCLES.value:
        raise Warned(found, _WORN_FIX)
    return found


async def storage(patient: Patient) -> str:
    """There is room for a build and for what tests download."""
    room = await patient.look().storage()
    if room is None:
        raise NotTried(NOT_TOLD)
    total = f" of {room.total_bytes / MB:,.0f} MB" if room.total_bytes else ""
    found = f"{room.free_bytes / MB:,.0f} MB{total} are free"
    if room.free_bytes < LEAST_STORAGE.value * MB:
        what = f"{found}; at least {LEAST_STORAGE.value:,.0f} MB are wanted"
        raise Unfit(what, phone=patient.name, fix=_STORAGE_FIX)
    if room.free_bytes < SCARCE_STORAGE.value * MB:
        raise Warned(found, _STORAGE_FIX)
    return found


async def clock(patient: Patient) -> str:
    """The phone's clock agrees with this host's; judged by how far apart the two are in any case."""
    if patient.identity.hardware is Hardware.VIRTUAL:
        raise NotNeeded("a virtual phone keeps a time of its own, which runs ahead of this host's")
    offset = await patient.look().clock_offset(patient.host_s)
    if offset is None:
        raise NotTried(NOT_TOLD)
    side = "ahead of" if offset.ahead_s > 0 else "behind"
    found = f"{abs(offset.ahead_s):.2f} s {side} this host's, give or take {offset.error_s:.2f} s"
    if offset.at_least_s > MOST_OFFSET.value:
        what = f"{found}; at most {MOST_OFFSET.value:g} s is wanted"
        raise Unfit(what, phone=patient.name, fix=_CLOCK_FIX)
    if offset.at_least_s > NOTED_OFFSET.value:
        raise Warned(found, _CLOCK_FIX)
    return found
