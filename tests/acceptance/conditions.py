"""What can go wrong around an app, as acts on a stage."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable

from harness.errors import CommandTimeout
from harness.model.facts import Source
from harness.model.time import PhoneClock
from harness.origin.receipts import Receipt
from tests.acceptance.cuts import Line
from tests.acceptance.stage import Condition, Moment, Stage
from tests.acceptance.variants.hand import BUNDLE_ID as HAND
from tests.acceptance.variants.hand import CELLULAR_OFF, CELLULAR_ON

WINDOW_S = 600.0
"""Longer than the window of any claim in the stories."""

GLIMPSE_S = 20.0
"""A part of a window: the lines are there again long before its deadline."""

GONE_WITHIN_S = 30.0

TICK_S = 0.001
"""Phone time that tells whether its clock stands."""

SOURCES = {Line.STATES: Source.STATE_STREAM, Line.LOG: Source.SYSTEM_LOG}
"""Line -> the source that has a gap when it is cut; what comes over the others is kept by the phone."""

BLINK_S = 0.02
"""Phone time after which two things surely did not happen at once, and no app is woken or suspended yet."""


def cut(*lines: Line, for_s: float = WINDOW_S) -> Callable[[Stage], None]:
    """An act: cut these lines for a span of phone time; up to then they have shown everything."""

    def act(stage: Stage) -> None:
        stage.device.wait(BLINK_S)
        stage.wait_for(stage.session.recorder.settle(thorough=True))
        stage.wait_for(stage.phone.cuts.cut(*lines, for_s=stage.variation.span_s(for_s)))

    return act


def cut_at(moment: Moment, *lines: Line) -> Condition:
    """These lines are cut at a moment, for longer than any window lasts after it."""
    sources = frozenset(SOURCES[line] for line in lines if line in SOURCES)
    name = f"{_listed(lines)} cut {moment}"
    return Condition(name, {moment: cut(*lines)}, loses=sources, unreads=Line.JOURNAL in lines)


def _listed(lines: tuple[Line, ...]) -> str:
    return "every line" if set(lines) == set(Line) else ", ".join(lines)


def attach_debugger(stage: Stage) -> None:
    """Attach a debugger and keep it until the story is over."""
    stage.undo.enter_context(stage.app.debugger())


def open_app(stage: Stage) -> None:
    """Open the app, as its icon would, at no other instant than what was done before and comes after."""
    stage.device.wait(BLINK_S)
    stage.app.launch()
    stage.device.wait(BLINK_S)


def open_and_leave(stage: Stage) -> None:
    """Open the app and leave it, so that it runs in the background."""
    stage.app.launch()
    stage.app.background()
    stage.device.wait(BLINK_S)


def swipe_away_first(stage: Stage) -> None:
    """Have a person swipe the app away just before the signal."""

    async def swipe() -> None:
        pid = await stage.phone.pid_of(stage.app.bundle_id)
        await stage.phone.launch(HAND, arguments=[stage.app.bundle_id], kill_existing=True)
        await gone(stage, pid)

    stage.phone.before_signal = swipe


def exit_first(stage: Stage) -> None:
    """Have the app end itself just before the signal."""

    async def leave() -> None:
        profile = stage.session.profile
        pid = await stage.phone.launch(stage.app.bundle_id)
        container = await stage.phone.container(stage.app.bundle_id)
        command = {"command": secrets.token_hex(4), "nonce": stage.session.nonce, "do": "exit", "code": "3"}
        await container.write(profile.command_file, json.dumps(command).encode())
        await container.close()
        await stage.phone.post_darwin(profile.notification)
        await gone(stage, pid)

    stage.phone.before_signal = leave


async def gone(stage: Stage, pid: int | None) -> None:
    """Wait until a process of the app has ended; iOS may start another at once."""
    deadline_s = (await stage.phone.clock.now()).at_s + GONE_WITHIN_S
    while pid is not None and await stage.phone.pid_of(stage.app.bundle_id) == pid:
        if (await stage.phone.clock.let_pass(deadline_s)).at_s >= deadline_s:
            raise CommandTimeout(f"{stage.app.bundle_id} is still there", phone=stage.phone.identity.name)


def release_leftover(stage: Stage) -> None:
    """Let the earlier test's transfer go on, to its end."""
    left = stage.leftover
    assert left is not None
    stage.wait_for(left.file.release())
    stage.wait_for(moved(stage.phone.clock, lambda: left.run.receipts))


def release_leftover_last(stage: Stage) -> None:
    """Let the earlier test's transfer go on when this test's has ended."""
    stage.wait_for(moved(stage.phone.clock, lambda: stage.origin.receipts))
    release_leftover(stage)


async def moved(clock: PhoneClock, receipts: Callable[[], tuple[Receipt, ...]]) -> None:
    """Wait until a transfer has ended and its bytes are the phone's.

    The origin has ended it when the last byte is in a buffer. The phone's clock stands until the phone has
    taken it from there, so it is over when the clock has gone on; what is released before that can overtake.
    """
    while not any(receipt.ended for receipt in receipts()):
        await clock.let_pass((await clock.now()).at_s + TICK_S)
    until_s = (await clock.now()).at_s + TICK_S
    # It also stops for whatever the phone shows, though nothing has moved yet.
    while (await clock.let_pass(until_s)).at_s < until_s:
        pass


def stick_wifi(stage: Stage) -> None:
    """From now on Wi-Fi stays as it is, although the phone says that it switched it."""
    stage.phone.is_stuck = True


def switch_cellular_off(stage: Stage) -> None:
    """Have a person switch cellular data off, until the story is over."""

    def switch(word: str) -> None:
        stage.wait_for(stage.phone.launch(HAND, arguments=[word], kill_existing=True))

    stage.undo.callback(switch, CELLULAR_ON)
    switch(CELLULAR_OFF)


def end_condition(stage: Stage) -> None:
    """Have the condition that the phone simulates end, which the harness does not know."""
    stage.wait_for(stage.phone.stop_inducing())


BOTH = frozenset({Source.STATE_STREAM, Source.SYSTEM_LOG})

NOTHING = Condition("nothing")
DEBUGGED = Condition("a debugger is attached", {Moment.LEAVING: attach_debugger})
OPENED_BEFORE_KILL = Condition("opened before the kill", {Moment.SUSPENDED: open_app})
RUNNING_AT_KILL = Condition("runs in the background at the kill", {Moment.SUSPENDED: open_and_leave})
SWIPED_AWAY = Condition("swiped away before the signal", {Moment.SUSPENDED: swipe_away_first})
EXITED = Condition("ends itself before the signal", {Moment.SUSPENDED: exit_first})
OPENED_AFTER_KILL = Condition("opened after the kill", {Moment.KILLED: open_app})
OPENED_IN_WINDOW = Condition("opened in the window", {Moment.RELEASED: open_app})
NO_CELLULAR = Condition("cellular data is off", {Moment.CHANGED: switch_cellular_off})
CONDITION_OVER = Condition("the simulated condition ends by itself", {Moment.CHANGED: end_condition})
WIFI_STUCK = Condition("Wi-Fi stays on", {Moment.LAUNCHED: stick_wifi})
LOG_CUT = Condition("log cut", {Moment.RELEASED: cut(Line.LOG)}, loses=frozenset({Source.SYSTEM_LOG}))
STATES_CUT = Condition(
    "state stream cut", {Moment.RELEASED: cut(Line.STATES)}, loses=frozenset({Source.STATE_STREAM})
)
JOURNAL_CUT = Condition("journal unreadable", {Moment.RELEASED: cut(Line.JOURNAL)}, unreads=True)
PHONE_CUT = Condition(
    "state stream, log and process list cut",
    {Moment.RELEASED: cut(Line.STATES, Line.LOG, Line.PROCESSES)},
    loses=BOTH,
)
ALL_CUT = Condition("every line cut", {Moment.RELEASED: cut(*Line)}, loses=BOTH)
ALL_CUT_BRIEFLY = Condition(
    "every line cut for a while", {Moment.RELEASED: cut(*Line, for_s=GLIMPSE_S)}, loses=BOTH
)
LEFTOVER = Condition("a transfer of an earlier test is still held", leftover=True)
LEFTOVER_LAST = Condition(
    "a transfer of an earlier test ends after it", {Moment.RELEASED: release_leftover_last}, leftover=True
)
LEFTOVER_FIRST = Condition(
    "a transfer of an earlier test ends before it", {Moment.RELEASING: release_leftover}, leftover=True
)
LEFTOVER_ONLY = Condition(
    "only a transfer of an earlier test ends", {Moment.RELEASED: release_leftover}, leftover=True, stuck=True
)
