"""Commands on one app of one phone: launch, background, kill, state."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from harness.cli.oneoff import Asked, Opened, Phones, one_phone
from harness.cli.out import OK, Out
from harness.errors import AppNotInstalled, AppNotRunning, CommandRefused, HarnessError

if TYPE_CHECKING:
    from harness.drivers.pmd3.phone import Pmd3Phone
    from harness.model.raw import StateNotice

SETTINGS = "com.apple.Preferences"
"""The app that is launched to send another one to the background."""

SIGKILL = 9
GONE_WITHIN_S = 10.0
"""How long a killed process may stay in the process list, in wall time."""

LOOK_AGAIN_S = 0.02

SYSTEM = "system"
ICON = "icon"
HOME = "home"


def launch(asked: Asked, out: Out, bundle_id: str, by: str, phones: Phones = one_phone) -> None:
    """``launch-app``: launch it or bring it to the foreground, as a person would.

    Args:
        asked: which phone.
        out: where to say it.
        bundle_id: the app.
        by: ``icon`` taps its icon; anything else launches it without the screen.
        phones: holds and opens the phone that is meant.

    Raises:
        HarnessError: it could not be launched.
    """
    with phones(asked, bundle_id) as opened:
        tapped = _tap_icon(opened.phone, bundle_id) if by == ICON else opened.phone.launch(bundle_id)
        pid = opened.runner.run(tapped)
        out.data(
            about(opened, bundle_id) | {"pid": pid},
            f"{opened.identity}: {bundle_id} is in the foreground, process {pid}",
        )


async def _tap_icon(phone: Pmd3Phone, bundle_id: str) -> int:
    await phone.ui.tap_icon(bundle_id)
    return await _pid(phone, bundle_id)


def background(asked: Asked, out: Out, bundle_id: str | None, by: str, phones: Phones = one_phone) -> None:
    """``background-app``: send what is in the foreground to the background.

    Args:
        asked: which phone.
        out: where to say it.
        bundle_id: the app that is meant; its process has to be there. ``None`` is whichever it is.
        by: ``home`` presses Home; anything else opens Settings, which takes no screen.
        phones: holds and opens the phone that is meant.

    Raises:
        AppNotRunning: the app that is meant has no process.
        CapabilityMissing: by Home, and nothing works the phone's screen.
        HarnessError: Settings could not be opened.
    """
    with phones(asked, bundle_id) as opened:
        pid = opened.runner.run(_pid(opened.phone, bundle_id)) if bundle_id else None
        opened.runner.run(_leave(opened.phone, by))
        front = None if by == HOME else SETTINGS
        what = bundle_id or "what was in the foreground"
        where = "the home screen" if by == HOME else "Settings"
        out.data(
            about(opened, bundle_id) | {"pid": pid, "opened": front, "by": by},
            f"{opened.identity}: {what} is behind {where} now",
        )


async def _leave(phone: Pmd3Phone, by: str) -> None:
    if by == HOME:
        await phone.ui.go_home()
    else:
        await phone.launch(SETTINGS)


def kill(asked: Asked, out: Out, bundle_id: str, way: str, phones: Phones = one_phone) -> int:
    """``kill-app``: end it, and see that its process is gone.

    Args:
        asked: which phone.
        out: where to say it.
        bundle_id: the app.
        way: ``system`` sends SIGKILL; see ``ending.WAYS`` for the others.
        phones: holds and opens the phone that is meant.

    Returns:
        The exit code.

    Raises:
        CapabilityMissing: it takes the screen, and nothing works that.
        AppNotInstalled, AppNotRunning: there is nothing to end.
        CommandRefused: the process is still there afterwards.
    """
    with phones(asked, bundle_id) as opened:
        if way != SYSTEM:
            from harness.cli.ending import end_by_screen

            return end_by_screen(opened, out, bundle_id, way)
        pid = opened.runner.run(_kill(opened.phone, bundle_id))
        out.data(
            about(opened, bundle_id) | {"pid": pid, "gone": True, "signal": SIGKILL},
            f"{opened.identity}: {bundle_id} is gone; process {pid} was ended by signal {SIGKILL}",
        )
        return OK


async def _kill(phone: Pmd3Phone, bundle_id: str) -> int:
    pid = await _pid(phone, bundle_id)
    await phone.signal(pid, SIGKILL)
    deadline_s = time.monotonic() + GONE_WITHIN_S
    while await phone.pid_of(bundle_id) == pid:
        if time.monotonic() > deadline_s:
            raise CommandRefused(
                f"process {pid} is still there {GONE_WITHIN_S:g} s after SIGKILL",
                phone=phone.identity.name,
                fix="Reboot the phone: its process control is stuck",
            )
        await asyncio.sleep(LOOK_AGAIN_S)
    return pid


async def _pid(phone: Pmd3Phone, bundle_id: str) -> int:
    pid = await phone.pid_of(bundle_id)
    if pid is None:
        raise await _why_no_process(phone, bundle_id)
    return pid


async def _why_no_process(phone: Pmd3Phone, bundle_id: str) -> HarnessError:
    name = phone.identity.name
    if await phone.app_info(bundle_id) is None:
        fix = "Install it, or check the bundle identifier"
        return AppNotInstalled(f"{bundle_id} is not installed", phone=name, fix=fix)
    return AppNotRunning(
        f"{bundle_id} is not running", phone=name, fix=f"Launch it first: harness launch-app {bundle_id}"
    )


def state(asked: Asked, out: Out, bundle_id: str | None, phones: Phones = one_phone) -> None:
    """``state``: what an app is doing, or each app that has a process.

    Args:
        asked: which phone.
        out: where to say it.
        bundle_id: the app; ``None`` for each.
        phones: holds and opens the phone that is meant.

    Raises:
        AppNotInstalled: the app that is meant is not there.
        HarnessError: the phone did not tell.
    """
    with phones(asked, bundle_id) as opened:
        states = opened.runner.run(_states(opened.phone))
        if bundle_id is None:
            out.rows(("bundle_id", "state", "pid", "phone"), (_state_row(opened, each) for each in states))
            return
        mine = next((each for each in states if each.bundle_id == bundle_id), None)
        row = _state_row(opened, mine) if mine else opened.runner.run(_without_state(opened, bundle_id))
        process = f", process {row['pid']}" if row["pid"] else ""
        out.data(row, f"{opened.identity}: {bundle_id} is {row['state']}{process}")


async def _states(phone: Pmd3Phone) -> list[StateNotice]:
    """The last notice of each app that has a process; the phone tells of all when it is asked to tell."""
    stream = await phone.states()
    last: dict[str, StateNotice] = {}

    async def follow() -> None:
        async for notice in stream:
            last[notice.bundle_id] = notice

    following = asyncio.create_task(follow())
    try:
        await stream.round_trip()
    finally:
        await stream.close()
        await following
    running = {row.pid for row in await phone.processes()}
    return sorted((each for each in last.values() if each.pid in running), key=lambda each: each.bundle_id)


async def _without_state(opened: Opened, bundle_id: str) -> dict[str, Any]:
    from harness.model.states import AppState

    reason = await _why_no_process(opened.phone, bundle_id)
    if not isinstance(reason, AppNotRunning):
        raise reason
    # A process that the phone has told nothing about is not the same as none.
    pid = await opened.phone.pid_of(bundle_id)
    word = AppState.NOT_RUNNING if pid is None else AppState.UNKNOWN
    return about(opened, bundle_id) | {"pid": pid, "state": word}


def _state_row(opened: Opened, notice: StateNotice) -> dict[str, Any]:
    from harness.model.states import from_springboard

    word = from_springboard(notice.state)
    return about(opened, notice.bundle_id) | {"pid": notice.pid, "state": word, "since_s": notice.phone_s}


def about(opened: Opened, bundle_id: str | None = None) -> dict[str, Any]:
    """Which phone a piece of data is about, and which app if any."""
    identity = opened.identity
    who = {"phone": identity.name, "udid": identity.udid, "hardware": identity.hardware}
    return ({"bundle_id": bundle_id} if bundle_id else {}) | who
