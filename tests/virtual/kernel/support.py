"""A phone with one small app, and what the outside sees of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

from harness.model.states import AppState
from harness.virtual.apps.uikit import UIApplication, UIApplicationDelegate
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.log import LogEvent
from harness.virtual.kernel.nsurlsessiond.daemon import NSURLSessionD
from harness.virtual.kernel.phone import PhoneSpec, VirtualPhone
from harness.virtual.kernel.processes.exits import ExitRecord
from harness.virtual.kernel.processes.process import Process
from harness.virtual.kernel.processes.states import StateEvent
from tests.virtual.watched import OneAppPhone, let_pass

BUNDLE_ID = "dev.harness.sample"
EPOCH_S = 1_700_000_000.0


class QuietDaemon:
    """An nsurlsessiond that has nothing to do; the kernel's own tests need no transfers."""

    def __init__(self) -> None:
        self.force_quit: list[str] = []
        self.forgotten: list[str] = []

    def app_was_force_quit(self, bundle_id: str) -> None:
        self.force_quit.append(bundle_id)

    def stop(self) -> None:
        self.forgotten.append("*")

    def forget_app(self, bundle_id: str) -> None:
        self.forgotten.append(bundle_id)


class Sample(UIApplicationDelegate):
    """Writes down every callback with the state it saw; ``on`` says what else to do in one."""

    def __init__(self, calls: list[str], on: Mapping[str, Callable[[UIApplication], None]]) -> None:
        self.calls = calls
        self.on = on

    def note(self, name: str, application: UIApplication) -> None:
        self.calls.append(f"{name} {application.application_state}")
        if name in self.on:
            self.on[name](application)

    def application_did_finish_launching(
        self, application: UIApplication, options: Mapping[str, object]
    ) -> None:
        self.note("launched", application)

    def push_registry_did_receive_incoming_push(self, application: UIApplication) -> None:
        self.note("push", application)

    def application_did_become_active(self, application: UIApplication) -> None:
        self.note("active", application)

    def application_will_resign_active(self, application: UIApplication) -> None:
        self.note("resign", application)

    def application_did_enter_background(self, application: UIApplication) -> None:
        self.note("background", application)

    def application_will_enter_foreground(self, application: UIApplication) -> None:
        self.note("foreground", application)

    def application_did_receive_memory_warning(self, application: UIApplication) -> None:
        self.note("warned", application)

    def application_will_terminate(self, application: UIApplication) -> None:
        self.note("terminate", application)


class Bench(OneAppPhone):
    """One phone under test, with everything it shows written down."""

    def __init__(
        self,
        root: Path,
        *,
        ios: str = "17.5",
        model: str = "iPhone15,4",
        seed: int = 1,
        debuggable: bool = True,
        watched: bool = True,
        modes: tuple[str, ...] = (),
        tasks: tuple[str, ...] = (),
        delegate: Callable[[], UIApplicationDelegate] | None = None,
        on: Mapping[str, Callable[[UIApplication], None]] | None = None,
    ) -> None:
        self.calls: list[str] = []
        self.daemon = QuietDaemon()
        self.app = AppBundle(
            BUNDLE_ID,
            "Sample",
            "1.0",
            "Sample",
            delegate or (lambda: Sample(self.calls, on or {})),
            background_modes=modes,
            debuggable=debuggable,
            task_identifiers=tasks,
        )
        spec = PhoneSpec("v", "0" * 24, ios, model, "21F90", seed=seed, epoch_s=EPOCH_S)
        phone = VirtualPhone(
            spec, root, apps=(self.app,), daemons=lambda _: cast("NSURLSessionD", self.daemon)
        )
        super().__init__(phone, BUNDLE_ID)
        self.log: list[LogEvent] = []
        self.states: list[StateEvent] = []
        self.exits: list[ExitRecord] = []
        if watched:
            self.phone.log.subscribe(self.log.append)
            self.phone.states.subscribe(self.states.append)
        self.phone.exits.observe(self.exits.append)

    def reported(self) -> list[int]:
        """The state numbers reported for the sample app."""
        return [event.state for event in self.states if event.bundle_id == BUNDLE_ID]

    def lines(self, process: str) -> list[str]:
        """What one process has logged."""
        return [event.message for event in self.log if event.process == process]

    def wait(self, seconds: float) -> None:
        """Let phone time pass, as a waiter would."""
        asyncio.run(let_pass(self.phone, seconds))

    def let_pass_once(self, seconds: float) -> float:
        """Be a waiter once; returns for how long phone time passed."""
        start_s = self.phone.clock.now_s
        return asyncio.run(self.phone.clock.let_pass(start_s + seconds)) - start_s

    def suspend(self) -> Process:
        """Launch the app, go home, and wait until it is suspended."""
        self.phone.launch(BUNDLE_ID)
        self.phone.press_home()
        self.wait(5)
        assert self.state is AppState.SUSPENDED
        return self.process
