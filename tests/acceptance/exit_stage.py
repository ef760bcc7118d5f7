"""A stage on which apps come to an end: a rack beside the harness, whose phone can be acted upon.

The harness sees the phone through its real driver and sources only; what happens to the app is done to
the kernel behind its back, as a person, the system or another tool would.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Coroutine, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from harness.api import App
from harness.api.opening import open_session
from harness.api.session import TestSession
from harness.config.profile import load_profile
from harness.drivers.pmd3.phone import open_phone
from harness.drivers.virtual_clock import VirtualClock
from harness.evidence.timeline import Timeline
from harness.model.capabilities import Phone
from harness.model.identity import Hardware, PhoneIdentity
from harness.runtime.loop import LoopThread
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.rack import Rack
from tests.acceptance.exit_apps import APPS, bundle_id_of
from tests.virtual.rig import identity as keys
from tests.virtual.rig import spec

_T = TypeVar("_T")

COMMAND_S = 60.0
NONCE = "e1e1e1e1"

CLOCK_RATE = 0.1
"""Slow enough that an app which was just sent to the background is not suspended before the next command."""


class ExitStage:
    """One app on one phone, watched by the harness.

    Args:
        loop: the harness loop, on which the rack runs too.
        session: of the harness.
        phone: the phone as the harness drives it, beside the recorder's back.
        kernel: the phone itself.
    """

    def __init__(self, loop: LoopThread, session: TestSession, phone: Phone, kernel: VirtualPhone) -> None:
        self._loop = loop
        self.session = session
        self.phone = phone
        self.kernel = kernel
        self.app = App(session)

    @property
    def bundle_id(self) -> str:
        """The app."""
        return self.app.bundle_id

    def happens(self, act: Callable[[VirtualPhone], object]) -> None:
        """Something happens to the phone, behind the harness's back."""

        async def do() -> None:
            act(self.kernel)

        self.run(do())

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do something on the harness loop."""
        return self._loop.run(work, COMMAND_S)

    def the_pid(self) -> int:
        """The process of the app, which runs."""
        pid = self.app.pid()
        assert pid is not None
        return pid


class ExitTheatre:
    """A rack with one phone of one version, opened.

    Args:
        loop: the harness loop.
        phone: the phone as the harness drives it.
        kernel: the phone itself.
    """

    def __init__(self, loop: LoopThread, phone: Phone, kernel: VirtualPhone) -> None:
        self._loop = loop
        self._phone = phone
        self._kernel = kernel

    @contextmanager
    def stage(self, kind: str) -> Generator[ExitStage]:
        """A stage for one app, which does not run yet."""
        name = bundle_id_of(kind)
        profile = load_profile().model_copy(update={"bundle_id": name, "command_notification": ""})
        with Timeline(nonce=NONCE) as timeline:
            session = open_session(self._loop, self._phone, profile, timeline)
            try:
                yield ExitStage(self._loop, session, self._phone, self._kernel)
            finally:
                session.close()


@contextmanager
def open_exit_theatre(ios: str) -> Generator[ExitTheatre]:
    """Start a rack of one phone in this process, and open the phone."""
    with ExitStack() as end:
        directory = Path(tempfile.mkdtemp(prefix="ih-", dir="/tmp"))
        end.callback(shutil.rmtree, directory)
        loop = end.enter_context(LoopThread())
        rack = Rack([replace(spec(ios), clock_rate=CLOCK_RATE)], keys(), directory, apps=APPS)
        address = loop.run(rack.start(), COMMAND_S)
        end.callback(lambda: loop.run(rack.close(), COMMAND_S))
        (at,) = address.phones
        identity = PhoneIdentity(at.name, at.udid, at.ios, at.model, Hardware.VIRTUAL)
        clock = VirtualClock(identity, address.clock)
        end.callback(lambda: loop.run(clock.close(), COMMAND_S))
        phone = loop.run(open_phone(identity, usbmux=address.usbmux, clock=clock), COMMAND_S)
        end.callback(lambda: loop.run(phone.close(), COMMAND_S))
        yield ExitTheatre(loop, phone, rack.phones[at.udid])
