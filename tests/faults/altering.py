"""A controller and its worker that alter a phone, and one SIGKILL at one step of the way.

``python -m tests.faults.altering controller UDID HIT STEP`` is what the test starts, in a process group of
its own. The steps are those at which something changes that others can see: each statement that changes the
lease file, and what calls for it, before and after; each message to the phone while it is being changed; the
start of a janitor. Nothing of the harness knows of them: its parts are wrapped here, and the steps numbered
as they are come by.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine
from enum import StrEnum
from typing import Any

import pytest

from harness.api.changes import Change, Changes
from harness.api.desk import Desk
from harness.api.janitor import janitor
from harness.api.leasedphones import LeasedPhone
from harness.drivers.pmd3.phone import Pmd3Phone
from harness.drivers.ui.screen import PhoneScreen
from harness.farm.janitor import Janitor
from harness.farm.leases import database
from harness.farm.leases.lease import Lease
from harness.farm.leases.store import LeaseStore
from harness.farm.reach import rack_phones
from harness.model.settings import BackgroundRefresh
from harness.model.undo import Undo, UndoOp
from harness.plugins.orphans import watch
from harness.runtime.loop import LoopThread

WIFI = UndoOp(Undo.WIFI, "on")
REFRESH = UndoOp(Undo.BACKGROUND_REFRESH, BackgroundRefresh.ON)
CONDITION = UndoOp(Undo.CONDITION, "none")
ALL_LOST = "SlowNetwork100PctLoss"
WITHIN_S = 60.0
CHANGES = ("BEGIN", "COMMIT", "INSERT", "UPDATE", "DELETE")


class Hit(StrEnum):
    """Who is killed at the step."""

    WORKER = "worker"
    CONTROLLER = "controller"
    GROUP = "group"


class Steps:
    """Numbers the steps, and kills at one of them.

    Args:
        hit: who is killed.
        at: the number of the step; 0 kills nobody.
    """

    def __init__(self, hit: Hit, at: int) -> None:
        self.count = 0
        self._hit = hit
        self._at = at

    def __call__(self, name: str) -> None:
        """One step further."""
        self.count += 1
        if self.count == self._at:
            print(f"killed {self._hit} at {self.count}: {name}", flush=True)
            _kill(self._hit)

    def around(self, owner: Any, name: str) -> None:
        """Make a function's begin and end two steps."""
        setattr(owner, name, self._stepping(getattr(owner, name)))

    def _stepping(self, inner: Callable[..., Any], every: int = 1) -> Callable[..., Any]:
        turn = itertools.count(1)

        @functools.wraps(inner)
        def stepping(*given: Any, **named: Any) -> Any:
            if next(turn) % every:
                return inner(*given, **named)
            self(f"before {inner.__name__}")
            answer = inner(*given, **named)
            self(f"after {inner.__name__}")
            return answer

        return stepping

    def around_async(self, owner: Any, name: str, *, every: int = 1) -> None:
        """Make a coroutine's begin and end two steps, and the messages that it sends.

        Args:
            owner: the class that has it.
            name: of the coroutine.
            every: of so many messages one counts.
        """
        inner: Callable[..., Awaitable[Any]] = getattr(owner, name)

        @functools.wraps(inner)
        async def stepping(*given: Any, **named: Any) -> Any:
            self(f"before {name}")
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(
                    asyncio.StreamWriter, "write", self._stepping(asyncio.StreamWriter.write, every)
                )
                answer = await inner(*given, **named)
            self(f"after {name}")
            return answer

        setattr(owner, name, stepping)

    def said(self, statement: str) -> None:
        """A statement that SQLite is about to execute."""
        if statement.startswith(CHANGES):
            self(" ".join(statement.split()[:3]))


def _kill(hit: Hit) -> None:
    if hit is Hit.GROUP:
        os.killpg(0, signal.SIGKILL)
    os.kill(os.getppid() if hit is Hit.CONTROLLER else os.getpid(), signal.SIGKILL)


def arrange(steps: Steps) -> None:
    """Wrap what changes anything that others can see."""
    prepared = database._prepared  # pyright: ignore[reportPrivateUsage]

    def traced(*given: Any) -> tuple[sqlite3.Connection, int]:
        connection, found = prepared(*given)
        connection.set_trace_callback(steps.said)
        return connection, found

    database._prepared = traced  # pyright: ignore[reportPrivateUsage]
    steps.around(Janitor, "start")
    for name in ("will_change", "undone", "release"):
        steps.around(Lease, name)
    for name in ("set_wifi", "induce", "stop_inducing"):
        steps.around_async(Pmd3Phone, name)
    # What is done on the screen takes hundreds of messages.
    steps.around_async(PhoneScreen, "set_background_refresh", every=20)


# ---- what the worker does: a test, one that leaves its phone altered, and a person


class Worker:
    """One process that alters one phone in all the ways there are.

    Args:
        loop: the loop that the phone is opened on.
        udid: the phone.
    """

    def __init__(self, loop: LoopThread, udid: str) -> None:
        self._loop = loop
        self._phones = [phone for phone in rack_phones() if phone.identity.udid == udid]

    def run(self) -> None:
        """All of it."""
        first = self._desk("first")
        self._as_a_test(first)
        self._leaving_it_to_the_release(first)
        self._through_the_screen(first)
        self._keeping(first)
        self._leaving_it_to_the_next(first)
        second = self._desk("second")
        self._take(second)
        second.close()

    def alter(self) -> None:
        """Take the phone, and alter it in two ways."""
        self._alter(self._take(self._desk("first")))

    def _desk(self, name: str) -> Desk:
        return Desk(self._loop, None, self._phones, LeaseStore.open(), name, janitor=janitor(None))

    def _take(self, desk: Desk) -> LeasedPhone:
        return desk.take([one.identity for one in self._phones], note="t::altering", within_s=WITHIN_S)

    def _do(self, doing: Coroutine[object, object, object]) -> None:
        self._loop.run(doing, WITHIN_S, what="altering the phone")

    def _as_a_test(self, desk: Desk) -> None:
        taken = self._take(desk)

        def act(change: Change) -> None:
            self._do(_awaited(change.put_back()))

        changes = Changes(taken.phone, act, taken.lease)
        changes.will_change(WIFI)
        self._do(taken.phone.set_wifi(False))
        changes.will_change(CONDITION)
        self._do(taken.phone.induce(ALL_LOST))
        changes.put_all_back()
        desk.give_back()

    def _leaving_it_to_the_release(self, desk: Desk) -> None:
        taken = self._take(desk)
        taken.lease.will_change(taken.identity.udid, WIFI)
        self._do(taken.phone.set_wifi(False))
        desk.give_back()

    def _through_the_screen(self, desk: Desk) -> None:
        taken = self._take(desk)
        taken.lease.will_change(taken.identity.udid, REFRESH)
        self._do(taken.phone.ui.set_background_refresh(BackgroundRefresh.OFF))
        desk.give_back()

    def _keeping(self, desk: Desk) -> None:
        taken = self._take(desk)
        taken.lease.will_change(taken.identity.udid, WIFI, keep=True)
        self._do(taken.phone.set_wifi(False))
        desk.give_back()

    def _leaving_it_to_the_next(self, desk: Desk) -> None:
        taken = self._take(desk)
        self._alter(taken)
        taken.lease.release()
        desk.give_back()

    def _alter(self, taken: LeasedPhone) -> None:
        taken.lease.will_change(taken.identity.udid, CONDITION)
        self._do(taken.phone.induce(ALL_LOST))
        taken.lease.will_change(taken.identity.udid, WIFI)
        self._do(taken.phone.set_wifi(False))


async def _awaited(doing: Awaitable[object]) -> None:
    await doing


def worker(udid: str, hit: str, at: str) -> None:
    """Go the whole way, and say how many steps it has."""
    # As a worker of xdist does.
    controller, over = os.getppid(), threading.Event()
    threading.Thread(target=watch, args=(controller, over), daemon=True).start()
    steps = Steps(Hit(hit), int(at))
    arrange(steps)
    with LoopThread() as loop:
        Worker(loop, udid).run()
    print(f"steps {steps.count}", flush=True)


def left(udid: str) -> None:
    """Be killed with the whole group while the phone is altered."""
    with LoopThread() as loop:
        Worker(loop, udid).alter()
        _kill(Hit.GROUP)


def controller(*words: str) -> None:
    """Start the worker, and wait for its end."""
    subprocess.run([sys.executable, "-m", "tests.faults.altering", "worker", *words], check=False)


if __name__ == "__main__":
    {"worker": worker, "controller": controller, "left": left}[sys.argv[1]](*sys.argv[2:])
