"""``harness condition``: a bad network, or a hot phone, that a phone simulates while the command runs.

A phone simulates a condition only for as long as the connection is open that asked for it, and so there is
none that stays. Source: background-execution.md §2.5.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from harness.cli.apps import about
from harness.cli.oneoff import Asked, Opened, one_phone
from harness.cli.out import Out
from harness.errors import CapabilityMissing, DeviceLost
from harness.model.undo import Undo, UndoOp

if TYPE_CHECKING:
    from harness.model.capabilities import Induced

LOOK_AGAIN_S = 2.0
"""How often the phone is asked whether it still does, in wall time."""


def show(asked: Asked, out: Out) -> None:
    """List the conditions that a phone knows, and which it simulates.

    Raises:
        HarnessError: the phone did not tell.
    """
    with one_phone(asked) as opened:
        known = opened.runner.run(opened.phone.conditions())
        rows = (
            {
                "condition": one.name,
                "state": "in force" if one.is_active else None,
                "is": one.title,
                "kind": one.kind,
            }
            | about(opened)
            for one in known
        )
        out.rows(("condition", "state", "is", "kind"), rows)


def hold(asked: Asked, out: Out, condition: str) -> None:
    """Have the phone simulate a condition until Ctrl-C.

    Raises:
        CapabilityMissing: it knows no such condition; names those it knows.
        DeviceLost: the condition ended by itself, as it does when the phone is lost.
        HarnessError: the phone is not there, or not to be had.
    """
    with one_phone(asked) as opened:
        opened.runner.run(_hold(opened, out, condition))


async def _hold(opened: Opened, out: Out, condition: str) -> None:
    lease = opened.lease
    # A connection may outlive its process by a while, when that is killed.
    entry = lease.will_change(opened.identity.udid, UndoOp(Undo.CONDITION, "none"))
    try:
        induced = await opened.phone.induce(condition)
    except CapabilityMissing:
        lease.undone(entry)
        raise
    try:
        out.data(
            {"condition": condition} | about(opened),
            f"{opened.identity}: {condition} is in force while this runs; Ctrl-C ends it",
        )
        await _while_it_lasts(opened, induced, condition)
    finally:
        await induced.stop()
        lease.undone(entry)
        out.talk(f"{opened.identity}: {condition} has ended")


async def _while_it_lasts(opened: Opened, induced: Induced, condition: str) -> None:
    while True:
        await asyncio.sleep(LOOK_AGAIN_S)
        if not await induced.lasts():
            raise DeviceLost(
                f"{condition} has ended, and not by this command",
                phone=opened.identity.name,
                fix="Did somebody else end it? What needs it has to begin again.",
            )


def end(asked: Asked, out: Out) -> None:
    """End whatever condition the phone simulates, whoever asked for it.

    Raises:
        NoDeviceFree: another command of this harness holds the phone, and the condition; says which.
        HarnessError: the phone did not do it.
    """
    with one_phone(asked) as opened:
        opened.runner.run(opened.phone.stop_inducing())
        out.data({"condition": None} | about(opened), f"{opened.identity}: no condition is in force")
