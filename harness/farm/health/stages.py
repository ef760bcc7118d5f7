"""What a phone needs before tests can use it, stage by stage.

Theory. The stages are one table, in an order in which each only needs earlier ones. A stage is tried
when every stage it needs has passed, was warned about or does not apply to this phone; otherwise it is *not
tried*, and says what it waits for, so that the first failure stands out and nothing is blamed twice.

A stage is *quick* when all that it does is read over one session of lockdown: nothing is launched, opened on
the screen or changed, and it can be done while somebody else uses the phone. Those are tried again before a
phone is leased.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.config.devices import Reach
from harness.drivers.pmd3.transport import FIRST_WITH_TUNNEL
from harness.errors import HarnessError
from harness.farm.health import access, apps, figures, screen, signing
from harness.farm.health.patient import Patient
from harness.farm.health.result import Health, Otherwise, StageResult
from harness.farm.reach import ReachablePhone

if TYPE_CHECKING:
    from harness.drivers.ui.ways import UiWay


@dataclass(frozen=True)
class Stage:
    """One thing a phone needs.

    Attributes:
        name: as people call it.
        needs: stages that must not have failed before.
        check: returns what was found; raises the error that says what is wrong, or an ``Otherwise``.
        from_ios: first iOS that has it.
        quick: whether it is part of the look before each lease.
    """

    name: str
    needs: tuple[str, ...]
    check: Callable[[Patient], Awaitable[str]]
    from_ios: tuple[int, ...] = (0,)
    quick: bool = False


STAGES: tuple[Stage, ...] = (
    Stage("seen", (), access.seen, quick=True),
    Stage("trusted", ("seen",), access.trusted, quick=True),
    Stage("unlocked", ("trusted",), access.unlocked, quick=True),
    Stage("passcode", ("trusted",), access.passcode),
    Stage("auto-lock", ("seen",), screen.auto_lock),
    # Source: background-execution.md §2.
    Stage("developer mode", ("trusted",), access.developer_mode, from_ios=(16,), quick=True),
    Stage("battery", ("trusted",), figures.battery, quick=True),
    Stage("heat", ("trusted",), figures.heat, quick=True),
    Stage("storage", ("trusted",), figures.storage, quick=True),
    Stage("clock", ("trusted",), figures.clock, quick=True),
    Stage("app signing", ("trusted",), signing.app_signing, quick=True),
    Stage("runner signing", ("trusted",), signing.runner_signing, quick=True),
    Stage("free", ("seen",), access.free),
    Stage("tunnel", ("trusted", "developer mode", "free"), access.tunnel, from_ios=FIRST_WITH_TUNNEL),
    Stage("image mounted", ("trusted", "developer mode", "free", "tunnel"), access.image),
    Stage("app installed", ("trusted", "free", "tunnel"), apps.installed),
    Stage("container readable", ("app installed",), apps.container),
    Stage("runner installed", ("trusted", "free", "tunnel"), screen.runner_installed),
    Stage("runner answers", ("runner installed", "image mounted", "unlocked"), screen.runner_answers),
    Stage("dialogs", ("runner answers",), screen.dialogs),
    # An alert would swallow the touches that lead to the page.
    Stage("low power mode", ("dialogs",), screen.low_power),
    Stage("background refresh", ("low power mode",), screen.refresh),
    Stage("app refresh", ("background refresh", "app installed"), screen.app_refresh),
    Stage("wi-fi", ("seen",), screen.wifi),
    Stage("origin reachable", ("app installed",), apps.origin),
)
"""Every stage, each behind those that it needs."""

QUICK: tuple[Stage, ...] = tuple(stage for stage in STAGES if stage.quick)
"""Those of a quick look."""

QUICK_ASK_S = 5.0
"""Protective deadline of one reading of a quick look, in wall seconds: a test waits for it."""

AGAIN = "Run it again; restart the phone if it stays so."


async def examine(patient: Patient, stages: Iterable[Stage] = STAGES) -> tuple[StageResult, ...]:
    """Try stages, in order; the phone is closed afterwards, and its lease is the caller's to end."""
    try:
        for stage in stages:
            patient.results[stage.name] = await _try(stage, patient)
    finally:
        await patient.close()
    return tuple(patient.results.values())


async def quick_look(
    phone: ReachablePhone,
    bundle_id: str | None = None,
    *,
    ui: UiWay | None = None,
    reach: Reach = Reach.ANY,
) -> tuple[StageResult, ...]:
    """Try the quick stages: reads over one session of lockdown, in well under a second.

    No lease is taken or needed, and nothing on the phone is launched, shown or changed.

    Args:
        phone: how it is reached.
        bundle_id: the app whose signing is looked at; ``None`` for that of none.
        ui: how its screen would be worked, whose runner's signing is looked at; ``None`` for that of none.
        reach: how it may be reached.
    """
    patient = Patient(phone, bundle_id, hold=lambda: "", ui=ui, reach=reach, ask_s=QUICK_ASK_S)
    return await examine(patient, QUICK)


async def _try(stage: Stage, patient: Patient) -> StageResult:
    if patient.identity.ios_parts < stage.from_ios:
        return StageResult(stage.name, Health.NOT_NEEDED, f"iOS {patient.identity.ios} does without")
    for needed in stage.needs:
        if not patient.results[needed].health.goes_on:
            return StageResult(stage.name, Health.NOT_TRIED, f"it needs: {needed}")
    try:
        return StageResult(stage.name, Health.OK, await stage.check(patient))
    except Otherwise as other:
        return StageResult(stage.name, other.health, other.detail, other.fix)
    except HarnessError as error:
        return StageResult(stage.name, Health.FAILED, error.what, error.fix or AGAIN)
