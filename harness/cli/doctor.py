"""``harness doctor``: what each phone needs, and what it lacks."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import TYPE_CHECKING

from harness.cli.oneoff import NO_PHONE_FIX, Asked, Found, find, held, screen_way
from harness.cli.out import DEVICE, OK, Out
from harness.config.profile import load_profile
from harness.errors import NoSuchDevice
from harness.farm.health.patient import Patient
from harness.farm.health.result import Health, StageResult
from harness.farm.health.stages import examine
from harness.farm.reach import ReachablePhone

if TYPE_CHECKING:
    from harness.config.devices import DevicesFile, OriginSpec, Reach

SIGNS = {
    Health.OK: "✓",
    Health.WARNING: "!",
    Health.FAILED: "✗",
    Health.NOT_NEEDED: "·",
    Health.NOT_TRIED: "?",
}
"""How each stage begins its line."""


def examine_all(asked: Asked, out: Out, bundle_id: str | None, *, origin: bool = False) -> int:
    """Examine every phone that can be reached, or the one that is named; returns the exit code.

    Args:
        asked: which phones.
        out: where to say it.
        bundle_id: the app that is to be there; ``None`` for that of the profile.
        origin: whether the app may be launched to fetch a file from here.

    Raises:
        NoSuchDevice: there is no such phone.
        ConfigError: devices.yaml or the profile is wrong.
    """
    with asyncio.Runner() as runner:
        found = find(asked, runner, read_file=True)
        for problem in found.problems:
            out.talk(f"harness: {problem}")
        meant = [phone for phone in found.phones if asked.device is None or phone.is_called(asked.device)]
        if not meant and not found.problems:
            called = f" called {asked.device}" if asked.device else ""
            raise NoSuchDevice(f"there is no phone here{called}", fix=NO_PHONE_FIX)
        app = bundle_id or _profile_app(found.file)
        spec = _origin_spec(found.file) if origin else None
        well = [_examine(runner, found, phone, asked, out, app, spec) for phone in meant]
    return OK if all(well) and not found.problems else DEVICE


def _profile_app(file: DevicesFile | None) -> str:
    return (load_profile(file.app_profile_path) if file else load_profile()).bundle_id


def _origin_spec(file: DevicesFile | None) -> OriginSpec:
    from harness.config.devices import OriginSpec

    return file.origin if file else OriginSpec()


def _examine(
    runner: asyncio.Runner,
    found: Found,
    phone: ReachablePhone,
    asked: Asked,
    out: Out,
    bundle_id: str,
    origin: OriginSpec | None,
) -> bool:
    with ExitStack() as leases:
        patient = Patient(
            phone,
            bundle_id,
            hold=lambda: leases.enter_context(held(found, phone, asked, note="examining it")).grants[0].mux,
            origin=origin,
            ui=screen_way(found, phone),
            reach=_reach(found, phone),
        )
        results = runner.run(examine(patient))
    _tell(patient, results, out)
    return all(result.health is not Health.FAILED for result in results)


def _reach(found: Found, phone: ReachablePhone) -> Reach:
    """How devices.yaml lets the phone be reached, where it names it."""
    from harness.config.devices import Reach

    entries = found.file.devices if found.file else ()
    return next((entry.connection for entry in entries if entry.name == phone.name), Reach.ANY)


def _tell(patient: Patient, results: tuple[StageResult, ...], out: Out) -> None:
    stages = [
        {"stage": each.stage, "health": each.health, "detail": each.detail, "fix": each.fix}
        for each in results
    ]
    identity = patient.identity
    lines = [f"{identity} {identity.udid}"]
    for each in results:
        fix = f". {each.fix}" if each.fix else ""
        lines.append(f"  {SIGNS[each.health]} {each.stage}: {each.health}: {each.detail}{fix}")
    fields = {
        "phone": identity.name,
        "udid": identity.udid,
        "ios": identity.ios,
        "hardware": identity.hardware,
        "seen_by": list(patient.phone.ways),
        "reached_by": patient.connection,
        "well": all(each.health is not Health.FAILED for each in results),
        "stages": stages,
    }
    out.data(fields, "\n".join(lines))
