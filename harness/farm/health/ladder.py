"""What is tried on a phone that is out of rotation before a person is sent to it: three steps, each bounded.

Theory. The steps are one table, the gentlest first. After each the phone is looked at, and the look alone
says whether the step has helped: a step that ran through and left the phone as it was has not. Each step may
be taken only so often within a day, because a phone that needs a restart every hour needs a person, and a
restart wears it. Every step, also one that was not taken, is written into the phone's history.

Not every step can help against everything: no restart taps Trust, and none charges a battery. ``HELPS``
names what each stage can hope for; a stage that is not in it waits for a person, whose look is repeated.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from harness.errors import HarnessError
from harness.farm.health.rotation import Against, Finding

DAY_S = 86_400.0
"""What ``per_day`` counts over."""


class Step(StrEnum):
    """What can be tried. These words are in the history of a phone."""

    RECONNECT = "reconnect"
    RESTART_SERVICES = "restart services"
    REBOOT = "reboot"


@dataclass(frozen=True)
class Bound:
    """One step of the ladder.

    Attributes:
        step: what is tried.
        within_s: how long it may take, in wall seconds; then it counts as failed.
        per_day: how often within a day.
        does: what is done, for people.
        seen_by: how one sees that it has helped, for people.
    """

    step: Step
    within_s: float
    per_day: int
    does: str
    seen_by: str


LADDER: tuple[Bound, ...] = (
    Bound(
        Step.RECONNECT,
        30.0,
        48,
        "asks the phone over a new connection",
        "lockdown answers, and the look finds it well",
    ),
    Bound(
        Step.RESTART_SERVICES,
        120.0,
        12,
        "opens its tunnel anew and mounts the developer image",
        "the phone lists its processes, and the look finds it well",
    ),
    Bound(
        Step.REBOOT,
        600.0,
        2,
        "restarts the phone, unless it is locked by a passcode, which somebody would have to type in",
        "it is back and lists its processes, and the look finds it well",
    ),
)
"""The steps, the gentlest first."""

_ALL = tuple(bound.step for bound in LADDER)

HELPS: Mapping[str, tuple[Step, ...]] = {
    "seen": (Step.RECONNECT,),
    "trusted": (Step.RECONNECT,),
    "tunnel": _ALL,
    "image mounted": _ALL,
}
"""Stage that failed -> the steps that may help."""


def may_help(finding: Finding, strikes: int = 1) -> tuple[Step, ...]:
    """The steps that may help against something, the gentlest first.

    A phone that was lost amid tests answers when it is looked at, so every step on it seems to help. What was
    tried after the strikes before did not last, so each strike more begins one step higher.

    Args:
        finding: what is wrong with the phone.
        strikes: how often in a row something spoke against it.
    """
    if finding.against is Against.LOST:
        return _ALL[min(max(strikes - 1, 0), len(_ALL) - 1) :]
    return HELPS.get(finding.stage, ()) if finding.against is Against.LOOK else ()


class Recoverer(Protocol):
    """Does the steps on one phone that nobody uses meanwhile."""

    async def take(self, step: Step) -> None:
        """Do one step; returns when the phone does what the step is for.

        Raises:
            HarnessError: it does not.
        """
        ...


@dataclass(frozen=True)
class Tried:
    """One step, as the history keeps it.

    Attributes:
        step: which.
        came: what came of it, for people.
        helped: whether the phone is well now.
        taken: whether it was taken at all, and not only wanted.
    """

    step: Step
    came: str
    helped: bool = False
    taken: bool = True


async def climb(
    finding: Finding,
    recoverer: Recoverer,
    look: Callable[[], Awaitable[Finding | None]],
    taken_today: Callable[[Step], Awaitable[int]],
    tell: Callable[[Tried], Awaitable[None]],
    strikes: int = 1,
) -> Finding | None:
    """Try what may help, step by step, until a look finds the phone well.

    Args:
        finding: what is wrong with the phone.
        recoverer: does the steps.
        look: looks at the phone; ``None`` when it is well.
        taken_today: how often a step was taken within the last day.
        tell: writes a step into the phone's history, before the next one begins.
        strikes: how often in a row something spoke against the phone.

    Returns:
        What is wrong with the phone in the end, ``None`` when it is well.
    """
    for bound in LADDER:
        # What a step has brought to light may be nothing for the next one.
        if bound.step not in may_help(finding, strikes):
            continue
        if await taken_today(bound.step) >= bound.per_day:
            await tell(
                Tried(bound.step, f"not tried: it was, {bound.per_day} times within a day", taken=False)
            )
            continue
        fault = await _take(bound, recoverer)
        left = await look() if not fault else None
        helped = not fault and left is None
        await tell(Tried(bound.step, fault or (left.note if left else "the phone is well"), helped))
        if helped:
            return None
        finding = left or finding
    return finding


async def _take(bound: Bound, recoverer: Recoverer) -> str:
    """Do one step within its time; why it failed, or empty."""
    try:
        async with asyncio.timeout(bound.within_s):
            await recoverer.take(bound.step)
    except TimeoutError:
        return f"it had not ended within {bound.within_s:g} s"
    except HarnessError as error:
        return error.what
    return ""
