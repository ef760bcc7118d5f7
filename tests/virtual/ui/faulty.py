"""One verb of the screen while one fault strikes, and what has come of it, as the phone's kernel sees it.

A fault strikes before the runner is started, or just before the verb does its n-th thing to the screen, which
is the same moment whichever backend passes it on. Afterwards it is judged:

=====================  ===============================================================================
how the verb ended     what has to hold
=====================  ===============================================================================
it returned            the kernel shows that it was done; a reading is what the kernel has
it raised              the error is one of the harness's own, says on which phone and what to do, and
                       nothing on the phone changed but what the verb is there to change; where it says
                       that it could not be done, not even that
either way             no other app was ended, no runner, task or connection is left, and once the
                       fault is taken back the same screen does the verb
=====================  ===============================================================================
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from harness.drivers.ui.backend import Backend
from harness.drivers.ui.pages import hand, lockscreen, siri
from harness.drivers.ui.pages.waiting import until
from harness.drivers.ui.screen import PhoneScreen
from harness.drivers.ui.supervisor import Patience, Runner
from harness.drivers.ui.ways import UiWay
from harness.drivers.ui.wda import client
from harness.drivers.ui.wda.backend import WdaBackend
from harness.errors import (
    AppNotInstalled,
    AppNotRunning,
    DeviceLocked,
    HarnessError,
    ScreenChanged,
    SettingNotApplied,
    SetupImpossible,
)
from harness.model.capabilities import RunnerHost
from harness.model.identity import Hardware, PhoneIdentity
from harness.virtual.apps.runner import RUNNER_ID
from harness.virtual.apps.sample import DOWNLOADER
from harness.virtual.kernel.phone import VirtualPhone
from tests.virtual.ui.bench import Worked, work
from tests.virtual.ui.desk import NEWS, QUIET, Desk, Kind, at_desk, installed_app
from tests.virtual.watched import let_pass

APP = DOWNLOADER.bundle_id

LONGEST_LOOK_S = 0.4
"""A virtual phone shows at once what a touch did, so nothing comes later than this that comes at all."""

LONGEST_ANSWER_S = 0.6
"""For the fault whose answers do not come; of phones that answer none is given up on so soon."""

PROMPT = Patience(start_s=1.5, back_s=0.5)

LATER_S = 10.0
"""Phone seconds until the verb is tried again."""

VERB_S = 45.0
"""Wall seconds after which a verb hangs, on a loaded host too: here none has anything to wait for so long."""

NOT_DONE = (SettingNotApplied, SetupImpossible, DeviceLocked, AppNotRunning, AppNotInstalled)
"""Errors that say for certain that nothing was done."""


@dataclass
class Scene:
    """A phone whose screen is worked while something is wrong.

    Attributes:
        phone: its kernel.
        screen: works its screen.
        runner: is what it is worked by.
        notes: what was told on the side.
        cut_cable: pulls the cable out, where there is one.
        plug_in: puts it in again.
    """

    phone: VirtualPhone
    screen: PhoneScreen
    runner: Runner
    notes: list[str] = field(default_factory=list[str])
    cut_cable: Callable[[], object] = lambda: None
    plug_in: Callable[[], object] = lambda: None


Strike = Callable[[Scene], "Awaitable[object] | object"]


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        name: what a person would say.
        strike: has it go wrong.
        at: before how many things done to the screen, counted from 0; ``None`` for before the runner starts.
        every: after how many more it strikes again; 0 for once.
        mend: what a person does about it.
        patience: how long the runner is waited for; ``None`` for as long as ever.
        is_slow: whether answers do not come, so that they are not waited for as long as ever.
        lasts: whether the screen cannot be worked for some time after it was taken back.
    """

    name: str
    strike: Strike
    at: int | None = None
    every: int = 0
    mend: Strike = lambda scene: None
    patience: Patience | None = None
    is_slow: bool = False
    lasts: bool = False

    def __str__(self) -> str:
        return self.name

    def is_due(self, done: int) -> bool:
        """Whether it strikes now, after so many things were done."""
        if self.at is None or done < self.at:
            return False
        return done == self.at or (self.every > 0 and (done - self.at) % self.every == 0)


@dataclass(frozen=True)
class Verb:
    """One verb of the screen, which always has something to do or to read.

    Attributes:
        name: as ``UserInterface`` has it.
        do: does it; returns what was read.
        was_done: whether the kernel shows that it was done, or read rightly.
        alters: what of ``standing`` it is there to change.
        prepare: done to the phone at first, so that it has something to do.
    """

    name: str
    do: Callable[[PhoneScreen], Awaitable[object]]
    was_done: Callable[[VirtualPhone, object], bool]
    alters: tuple[str, ...] = ()
    prepare: Callable[[VirtualPhone], object] = lambda phone: None

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Came:
    """What came of a verb.

    Attributes:
        error: what it raised, or ``None``.
        struck: whether it was not over before the fault could strike.
    """

    error: HarnessError | None
    struck: bool

    @property
    def word(self) -> str:
        """The name of the error, ``done``, or ``over before`` where the fault came too late."""
        if not self.struck:
            return "over before"
        if self.error is None:
            return "done"
        # That the screen changed is one of the ways in which it does not show what it should.
        return "ScreenUnexpected" if isinstance(self.error, ScreenChanged) else type(self.error).__name__


class Watched:
    """Passes on to a backend what is done to the screen, and has a fault strike on the way.

    Args:
        backend: the screen.
        fault: what goes wrong.
    """

    def __init__(self, backend: Backend, fault: Fault) -> None:
        self.scene: Scene | None = None
        self.struck = fault.at is None
        self._backend = backend
        self._fault = fault
        self._done = 0

    async def ping(self) -> None:
        """Have the runner come up."""
        await self._backend.ping()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._backend, name)

        async def watched(*arguments: Any) -> Any:
            await self._before()
            return await method(*arguments)

        return method if name == "close" else watched

    async def _before(self) -> None:
        if self.scene is None:
            return
        done, self._done = self._done, self._done + 1
        if self._fault.is_due(done):
            self.struck = True
            await strike(self._fault.strike, self.scene)


async def strike(act: Strike, scene: Scene) -> None:
    """Do what may have to be waited for."""
    doing = act(scene)
    if inspect.isawaitable(doing):
        await doing


def standing(phone: VirtualPhone) -> dict[str, object]:
    """What of a phone a verb could change that should not."""
    settings, conditions = phone.settings, phone.conditions
    return {
        "wifi": conditions.wifi_on,
        "airplane": conditions.airplane,
        "low power": settings.low_power,
        "refresh": settings.background_refresh,
        "refresh of news": settings.refreshes(NEWS.bundle_id),
        "refresh of the app": settings.refreshes(APP),
        "force-quit": frozenset(phone.springboard.force_quit),
        "the other app": pid_of(phone, QUIET.bundle_id),
    }


def pid_of(phone: VirtualPhone, bundle_id: str) -> int | None:
    """The process of an app."""
    process = phone.processes.of_bundle(bundle_id)
    return None if process is None else process.pid


@pytest.fixture
def prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is waited for that a virtual phone does not do anyway."""

    async def soon(look: Callable[[], Awaitable[Any]], within_s: float) -> Any:
        return await until(look, min(within_s, LONGEST_LOOK_S))

    for module in (hand, lockscreen, siri):
        monkeypatch.setattr(module, "until", soon)


def answers_soon_or_never(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that does not come is not waited for as long as ever."""
    ask = client.WdaClient.ask

    async def asked(self: client.WdaClient, *arguments: Any, within_s: float, doing: str) -> Any:
        return await ask(self, *arguments, doing=doing, within_s=min(within_s, LONGEST_ANSWER_S))

    monkeypatch.setattr(client.WdaClient, "ask", asked)


def without_cable(kind: Kind, fault: Fault, verb: Verb) -> Came:
    """What comes of a verb on a phone beside which the runner's client stands."""
    came: list[Came] = []

    async def check(desk: Desk) -> None:
        notes = list[str]()
        runner = Runner(desk.host, desk.phone.spec.name, RUNNER_ID, fault.patience)
        backend = Watched(WdaBackend(runner, desk.phone.spec.name), fault)
        scene = Scene(desk.phone, screen_over(backend, desk.host, desk.phone, notes), runner, notes)
        try:
            came.append(await judged(scene, backend, fault, verb))
        finally:
            await scene.screen.close()
            await runner.close()
            await desk.host.close()
        assert pid_of(desk.phone, RUNNER_ID) is None, "the runner is left"
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert {task.get_name() for task in left if "forwarded" in task.get_name()} == set()

    at_desk(check, kind)
    return came[0]


def over_cable(fault: Fault, verb: Verb, way: UiWay) -> Came:
    """What comes of a verb on a phone at a cable, whose screen is worked by a backend of the product's."""
    came: list[Came] = []

    async def check(on: Worked) -> None:
        for app in (DOWNLOADER, NEWS, QUIET):
            on.phone.install(app)
        notes, backend = list[str](), Watched(on.backend, fault)
        screen = screen_over(backend, on.driver, on.phone, notes)
        scene = Scene(
            on.phone, screen, on.runner, notes, lambda: on.do("cut-cable"), lambda: on.do("plug-in")
        )
        came.append(await judged(scene, backend, fault, verb))
        await screen.close()
        await on.runner.close()
        assert pid_of(on.phone, RUNNER_ID) is None, "the runner is left"

    work(check, way, patience=fault.patience)
    return came[0]


def screen_over(backend: Watched, host: RunnerHost, phone: VirtualPhone, notes: list[str]) -> PhoneScreen:
    """A screen that is worked by a watched backend."""
    spec = phone.spec
    identity = PhoneIdentity(spec.name, spec.udid, spec.ios, spec.model, Hardware.VIRTUAL)
    return PhoneScreen(
        cast("Backend", backend),
        host,
        identity,
        installed=lambda bundle_id: installed_app(phone, bundle_id),
        note=notes.append,
    )


async def judged(scene: Scene, backend: Watched, fault: Fault, verb: Verb) -> Came:
    """Do a verb while a fault strikes, hold what came of it against the kernel, and do it without one."""
    phone = scene.phone
    phone.user_launch(QUIET.bundle_id)
    verb.prepare(phone)
    if fault.at is None:
        await strike(fault.strike, scene)
    else:
        await backend.ping()
    before, backend.scene = standing(phone), scene
    came = await _done(scene, backend, verb, before)
    backend.scene = None
    if came.error is not None and not fault.lasts:
        await strike(fault.mend, scene)
        phone.unlock()
        assert await scene.screen.wifi() is phone.conditions.wifi_on, "another verb, after it"
        # A press of Home soon after another one would be a double press.
        await let_pass(phone, LATER_S)
        verb.prepare(phone)
        again = await _done(scene, backend, verb, standing(phone))
        assert again.error is None, f"{fault} was taken back, and still: {again.error}"
    return came


async def _done(scene: Scene, backend: Watched, verb: Verb, before: dict[str, object]) -> Came:
    try:
        told = await asyncio.wait_for(verb.do(scene.screen), VERB_S)
    except HarnessError as error:
        _check_error(error, scene.phone, verb, before)
        return Came(error, backend.struck)
    _check_changes(scene.phone, before, verb.alters)
    assert verb.was_done(scene.phone, told), f"{verb} returned {told!r}: {standing(scene.phone)}"
    return Came(None, backend.struck)


def _check_error(error: HarnessError, phone: VirtualPhone, verb: Verb, before: dict[str, object]) -> None:
    assert error.phone == phone.spec.name, f"on which phone? {error}"
    assert error.fix, f"what to do? {error}"
    _check_changes(phone, before, () if isinstance(error, NOT_DONE) else verb.alters)


def _check_changes(phone: VirtualPhone, before: dict[str, object], may: tuple[str, ...]) -> None:
    after = standing(phone)
    changed = {what: (before[what], after[what]) for what in before if after[what] != before[what]}
    assert changed.keys() <= set(may), f"changed on the side: {changed}"
