"""What a phone needs before tests can use it, stage by stage.

Theory. The stages are one table, in an order in which each only needs earlier ones. A stage is tried
when every stage it needs has passed or does not apply to this iOS; otherwise it is *not tried*, and says
what it waits for, so that the first failure stands out and nothing is blamed twice.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.drivers.pmd3.look import LockdownReading, read_lockdown, ways
from harness.drivers.pmd3.phone import Pmd3Phone, open_phone
from harness.drivers.pmd3.transport import FIRST_WITH_TUNNEL
from harness.errors import (
    AppNotInstalled,
    DeveloperModeOff,
    DeviceLocked,
    DeviceLost,
    HarnessError,
    NoDeviceFree,
    PairingRequired,
)
from harness.farm.health.probe import fetch_probe
from harness.farm.reach import ReachablePhone
from harness.model.identity import PhoneIdentity

if TYPE_CHECKING:
    from harness.config.devices import OriginSpec


class Health(StrEnum):
    """What became of a stage."""

    OK = "ok"
    FAILED = "failed"
    NOT_NEEDED = "not needed"
    NOT_TRIED = "not tried"


@dataclass(frozen=True)
class StageResult:
    """One stage of one phone.

    Attributes:
        stage: its name.
        health: what became of it.
        detail: what was found, or why it was not tried.
        fix: what to do about a failure, in a sentence; otherwise empty.
    """

    stage: str
    health: Health
    detail: str
    fix: str = ""


class NotTried(Exception):
    """A stage cannot be tried here; the message says why."""


@dataclass
class Patient:
    """One phone that is being examined.

    Args:
        phone: how it is reached.
        bundle_id: the app that is to be there.
        hold: takes the phone's lease; raises ``NoDeviceFree`` when somebody else has it.
        origin: how phones reach this host, if the app may be launched to try it.
    """

    phone: ReachablePhone
    bundle_id: str
    hold: Callable[[], object]
    origin: OriginSpec | None = None
    reading: LockdownReading | None = None
    opened: Pmd3Phone | None = None
    results: dict[str, StageResult] = field(default_factory=dict[str, StageResult])

    @property
    def identity(self) -> PhoneIdentity:
        """Who it is."""
        return self.phone.identity

    async def lockdown(self) -> LockdownReading:
        """What lockdown tells of it, read once."""
        if self.reading is None:
            self.reading = await read_lockdown(self.identity, self.phone.usbmux)
        return self.reading

    async def driver(self) -> Pmd3Phone:
        """The phone, opened once."""
        if self.opened is None:
            self.opened = await open_phone(self.identity, usbmux=self.phone.usbmux)
        return self.opened

    async def close(self) -> None:
        """Close it, if it was opened."""
        opened, self.opened = self.opened, None
        if opened:
            await opened.close()


@dataclass(frozen=True)
class Stage:
    """One thing a phone needs.

    Attributes:
        name: as people call it.
        needs: stages that have to pass before.
        check: returns what was found; raises the error that says what is wrong, or ``NotTried``.
        from_ios: first iOS that has it.
    """

    name: str
    needs: tuple[str, ...]
    check: Callable[[Patient], Awaitable[str]]
    from_ios: tuple[int, ...] = (0,)


async def _seen(patient: Patient) -> str:
    if patient.identity.udid not in await ways(patient.phone.usbmux):
        fix = "Check the cable, and that the phone is on."
        raise DeviceLost("it is not attached", phone=patient.identity.name, fix=fix)
    return "by " + " and ".join(patient.phone.ways)


async def _trusted(patient: Patient) -> str:
    if not (await patient.lockdown()).trusted:
        fix = "Unlock the phone, connect it by cable and tap Trust."
        raise PairingRequired("it does not trust this host", phone=patient.identity.name, fix=fix)
    return "it lets this host in"


async def _unlocked(patient: Patient) -> str:
    locked = (await patient.lockdown()).locked
    if locked is None:
        raise NotTried("the phone does not tell")
    if locked:
        fix = "Unlock it, and set Auto-Lock to Never in Settings > Display & Brightness."
        raise DeviceLocked("it is locked", phone=patient.identity.name, fix=fix)
    return "no passcode stands in the way"


async def _developer_mode(patient: Patient) -> str:
    mode = (await patient.lockdown()).developer_mode
    if mode is None:
        raise NotTried("the phone does not tell")
    if not mode:
        fix = "Turn it on in Settings > Privacy & Security > Developer Mode; the phone restarts."
        raise DeveloperModeOff("Developer Mode is off", phone=patient.identity.name, fix=fix)
    return "it is on"


async def _free(patient: Patient) -> str:
    try:
        patient.hold()
    except NoDeviceFree as error:
        # Not a fault of the phone; what follows would disturb whoever uses it.
        raise NotTried("; ".join(error.why) or error.what) from error
    return "nobody else uses it"


async def _tunnel(patient: Patient) -> str:
    await patient.driver()
    return "it is up"


async def _image(patient: Patient) -> str:
    processes = await (await patient.driver()).processes()
    return f"developer services answer: {len(processes)} processes"


async def _app(patient: Patient) -> str:
    app = await (await patient.driver()).app_info(patient.bundle_id)
    if app is None:
        fix = "Install it; harness ondevice export DIR writes out the sample app."
        what = f"{patient.bundle_id} is not installed"
        raise AppNotInstalled(what, phone=patient.identity.name, fix=fix)
    return f"{app.name} {app.version}"


async def _container(patient: Patient) -> str:
    await (await (await patient.driver()).container(patient.bundle_id)).close()
    return "it can be read"


async def _origin(patient: Patient) -> str:
    if patient.origin is None:
        raise NotTried("--origin has the app fetch a file, for which it is launched")
    from harness.origin.placing import server_for  # aiohttp takes long to import

    server, bind, port = server_for(patient.identity.hardware, patient.origin)
    await server.start(bind, port)
    try:
        run = server.begin_run(secrets.token_hex(4))
        return await fetch_probe(await patient.driver(), patient.bundle_id, run)
    finally:
        await server.stop()


STAGES: tuple[Stage, ...] = (
    Stage("seen", (), _seen),
    Stage("trusted", ("seen",), _trusted),
    Stage("unlocked", ("trusted",), _unlocked),
    # Source: background-execution.md §2.
    Stage("developer mode", ("trusted",), _developer_mode, from_ios=(16,)),
    Stage("free", ("seen",), _free),
    Stage("tunnel", ("trusted", "developer mode", "free"), _tunnel, from_ios=FIRST_WITH_TUNNEL),
    Stage("image mounted", ("trusted", "developer mode", "free", "tunnel"), _image),
    Stage("app installed", ("trusted", "free", "tunnel"), _app),
    Stage("container readable", ("app installed",), _container),
    Stage("origin reachable", ("app installed",), _origin),
)
"""Every stage, each behind those that it needs."""

AGAIN = "Run it again; restart the phone if it stays so."


async def examine(patient: Patient) -> tuple[StageResult, ...]:
    """Try every stage, in order; the phone is closed afterwards, and its lease is the caller's to end."""
    try:
        for stage in STAGES:
            patient.results[stage.name] = await _try(stage, patient)
    finally:
        await patient.close()
    return tuple(patient.results.values())


async def _try(stage: Stage, patient: Patient) -> StageResult:
    if patient.identity.ios_parts < stage.from_ios:
        return StageResult(stage.name, Health.NOT_NEEDED, f"iOS {patient.identity.ios} does without")
    for needed in stage.needs:
        if patient.results[needed].health not in (Health.OK, Health.NOT_NEEDED):
            return StageResult(stage.name, Health.NOT_TRIED, f"it needs: {needed}")
    try:
        return StageResult(stage.name, Health.OK, await stage.check(patient))
    except NotTried as reason:
        return StageResult(stage.name, Health.NOT_TRIED, str(reason))
    except HarnessError as error:
        fix = error.fix or AGAIN
        return StageResult(stage.name, Health.FAILED, error.what, fix)
