"""A stage for the shipped stories: which app, a phone whose lines can be cut, and what goes wrong when."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Coroutine, Generator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from harness.api import App, Device, Episode, Origin
from harness.api.opening import open_session
from harness.api.session import TestSession
from harness.config.profile import AppProfile, Reset, load_profile
from harness.drivers.pmd3.phone import open_phone
from harness.drivers.virtual_clock import VirtualClock
from harness.evidence.tape import Tape
from harness.evidence.timeline import Timeline
from harness.model.capabilities import Phone
from harness.model.facts import Mark, Source, Verb
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.states import AppState
from harness.model.verdict import Verdict
from harness.origin.files import OriginFile
from harness.origin.run import OriginRun
from harness.origin.server import OriginServer
from harness.runtime.loop import LoopThread
from harness.virtual.launcher import RunningRack, start_rack
from tests.acceptance.apps import bundle_id_of
from tests.acceptance.cuts import CutPhone

_T = TypeVar("_T")

Around = Callable[[Phone], CutPhone]
"""Puts something between the harness and a phone."""

Between = Callable[[str], AbstractContextManager[str]]
"""Puts something between the harness and usbmuxd: its address -> where the harness is to find it instead."""

APPS = Path(__file__).with_name("apps.py")
COMMAND_S = 60.0
TIMELINE = "story.jsonl"
TAPE = "story.tape.jsonl"
LEFTOVER_BYTES = 1_000_000

MODELS = {"15.8": "iPhone9,1", "16.7": "iPhone10,3", "18.5": "iPhone14,5", "26.0": "iPhone17,3"}
"""Version of iOS -> the model that plays with it."""

# Slow enough that an app which was just sent to the background is not suspended before the next command.
DEVICES = """
version: 1
devices:
  - name: v-{major}
    virtual: {{ios: "{ios}", model: "{model}", cellular: true, seed: {major}, clock_rate: 0.1}}
"""
"""A devices.yaml."""


class Moment(StrEnum):
    """A place in a story at which something can go wrong."""

    LEAVING = "before the app is sent to the background"
    SUSPENDED = "after the app was seen suspended"
    KILLED = "after the kill"
    RELEASING = "before the transfer is released"
    RELEASED = "after the transfer was released"


@dataclass(frozen=True)
class Condition:
    """What goes wrong besides the app.

    Attributes:
        name: in words.
        acts: what is done at which moment.
        leftover: whether a transfer of an earlier test is still held at the origin when the story begins.
        stuck: whether the story's own transfer stays held although it is released.
        loses: sources that are lost after the release; every verdict from then on owns up to it.
        unreads: whether the journal, which is kept by the phone, cannot be read after the release.
    """

    name: str
    acts: Mapping[Moment, Callable[[Stage], None]] = field(
        default_factory=dict[Moment, "Callable[[Stage], None]"]
    )
    leftover: bool = False
    stuck: bool = False
    loses: frozenset[Source] = frozenset()
    unreads: bool = False

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Leftover:
    """What an earlier test left behind.

    Attributes:
        file: the file whose transfer is held at the origin.
        run: the earlier test's namespace there.
    """

    file: OriginFile
    run: OriginRun


class StagedApp(App):
    """The app, with the moments of its story."""

    def __init__(self, session: TestSession, come: Callable[[Moment], None]) -> None:
        super().__init__(session)
        self._come = come

    def background(self) -> Mark:
        """See ``App``."""
        self._come(Moment.LEAVING)
        return super().background()

    def expect_state(self, state: AppState | str, *, within_s: float, since: Mark | None = None) -> Verdict:
        """See ``App``."""
        verdict = super().expect_state(state, within_s=within_s, since=since)
        if state is AppState.SUSPENDED:
            self._come(Moment.SUSPENDED)
        return verdict

    def kill(self) -> Mark:
        """See ``App``."""
        mark = super().kill()
        self._come(Moment.KILLED)
        return mark


class StagedEpisode(Episode):
    """A file, with the moments of its release; the gate of a stuck one stays shut."""

    def __init__(
        self, made: Episode, session: TestSession, come: Callable[[Moment], None], *, stuck: bool
    ) -> None:
        self._made = made
        self._session = session
        self._come = come
        self._stuck = stuck

    @property
    def name(self) -> str:
        """See ``Episode``."""
        return self._made.name

    @property
    def url(self) -> str:
        """See ``Episode``."""
        return self._made.url

    def release(self) -> Mark:
        """See ``Episode``."""
        self._come(Moment.RELEASING)
        mark = self._pretend() if self._stuck else self._made.release()
        self._come(Moment.RELEASED)
        return mark

    def _pretend(self) -> Mark:
        doing = self._session.recorder.act(Verb.RELEASE, _nothing(), detail=self.name)
        return self._session.run(doing, what=f"not releasing {self.name}")[1]


async def _nothing() -> None:
    return None


class StagedOrigin(Origin):
    """The origin, whose files have moments."""

    def __init__(
        self, session: TestSession, run: OriginRun, come: Callable[[Moment], None], *, stuck: bool
    ) -> None:
        super().__init__(session, run)
        self._come = come
        self._stuck = stuck

    def file(self, *args: Any, **wishes: Any) -> Episode:
        """See ``Origin``."""
        made = super().file(*args, **wishes)
        return StagedEpisode(made, self._session, self._come, stuck=self._stuck)


class Stage:
    """One story's stage.

    Args:
        loop: the harness loop.
        phone: the phone, whose lines can be cut.
        session: the story's session.
        run: the story's namespace at the origin.
        condition: what goes wrong.
    """

    def __init__(
        self,
        loop: LoopThread,
        phone: CutPhone,
        session: TestSession,
        run: OriginRun,
        condition: Condition,
    ) -> None:
        self.loop = loop
        self.phone = phone
        self.session = session
        self.condition = condition
        self.undo = ExitStack()
        self.leftover: Leftover | None = None
        self.device = Device(session)
        self.app = StagedApp(session, self.come)
        self.origin = StagedOrigin(session, run, self.come, stuck=condition.stuck)
        self._acting = True

    @property
    def verdicts(self) -> list[Verdict]:
        """What the story came to so far."""
        return self.session.verdicts

    def come(self, moment: Moment) -> None:
        """Do what goes wrong at a moment; acts of an act are none of the story."""
        act = self.condition.acts.get(moment)
        if act is None or self._acting:
            return
        self._acting = True
        try:
            act(self)
        finally:
            self._acting = False

    def begin(self) -> None:
        """Let the moments of the story count from now on."""
        self._acting = False

    def wait_for(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do something on the harness loop."""
        return self.loop.run(work, COMMAND_S)


class Theatre:
    """A rack with one phone, opened, and an origin, for all stories.

    Args:
        loop: the harness loop.
        phone: the phone.
        server: the origin.
        control: path of the rack's control socket.
    """

    def __init__(self, loop: LoopThread, phone: Phone, server: OriginServer, control: str) -> None:
        self.control = control
        self._loop = loop
        self._phone = phone
        self._server = server

    @contextmanager
    def stage(
        self, variant: str, condition: Condition, *, keep: Path | None = None, around: Around | None = None
    ) -> Generator[Stage]:
        """A stage for one story, its app brought to a known state.

        Args:
            variant: which app.
            condition: what goes wrong besides.
            keep: directory for the story's timeline and tape; ``None`` to keep neither.
            around: puts something between the harness and the phone.
        """
        profile = profile_of(variant)
        with ExitStack() as end:
            leftover = None
            if condition.leftover:
                leftover = self._leave_behind(profile, end.enter_context(self._run()))
                profile = profile.model_copy(update={"reset": Reset.NONE})
            stage = end.enter_context(
                self._open(profile, condition, end.enter_context(self._run()), keep, around)
            )
            stage.leftover = leftover
            stage.app.reset()
            stage.begin()
            yield stage

    def _leave_behind(self, profile: AppProfile, run: OriginRun) -> Leftover:
        """Play an earlier test that left its transfer behind, held at the origin, and its app dead."""
        left = run.file("left-over.mp4", size_bytes=LEFTOVER_BYTES, hold_after_bytes=0)
        with self._open(profile, Condition("none"), run) as earlier:
            earlier.app.reset()
            earlier.app.do("start-download", url=left.url, id="old")
            earlier.app.background()
            earlier.app.expect_state(AppState.SUSPENDED, within_s=30)
            earlier.app.kill()
        return Leftover(left, run)

    @contextmanager
    def _run(self) -> Generator[OriginRun]:
        run = self._server.begin_run(secrets.token_hex(4))
        try:
            yield run
        finally:
            self._loop.run(self._end(run), COMMAND_S)

    @contextmanager
    def _open(
        self,
        profile: AppProfile,
        condition: Condition,
        run: OriginRun,
        keep: Path | None = None,
        around: Around | None = None,
    ) -> Generator[Stage]:
        phone = around(self._phone) if around else CutPhone(self._phone)
        with ExitStack() as end:
            timeline = end.enter_context(Timeline(keep / TIMELINE if keep else None, nonce=run.nonce))
            tape = end.enter_context(Tape(keep / TAPE)) if keep else None
            session = open_session(self._loop, phone, profile, timeline, tape=tape)
            stop = session.recorder.receipts.follow(run)
            try:
                stage = Stage(self._loop, phone, session, run, condition)
                with stage.undo:
                    yield stage
            finally:
                stop()
                session.close()

    async def _end(self, run: OriginRun) -> None:
        self._server.end_run(run)


def profile_of(variant: str) -> AppProfile:
    """The profile of an app variant."""
    bundle_id = bundle_id_of(variant)
    return load_profile().model_copy(update={"bundle_id": bundle_id, "command_notification": ""})


@contextmanager
def open_theatre(ios: str = "16.7", between: Between | None = None) -> Generator[Theatre]:
    """Start the rack with the variants on it, and open its phone and an origin.

    Args:
        ios: version of the phone, one of ``MODELS``; a process holds one phone with a tunnel at a time.
        between: puts something between the harness and usbmuxd.
    """
    with ExitStack() as end:
        loop = end.enter_context(LoopThread())
        rack = end.enter_context(_rack(ios))
        (at,) = rack.address.phones
        identity = PhoneIdentity(at.name, at.udid, at.ios, at.model, Hardware.VIRTUAL)
        clock = VirtualClock(identity, rack.address.clock)
        end.callback(lambda: loop.run(clock.close(), COMMAND_S))
        usbmux = rack.address.usbmux
        usbmux = end.enter_context(between(usbmux)) if between else usbmux
        phone = loop.run(open_phone(identity, usbmux=usbmux, clock=clock), COMMAND_S)
        end.callback(lambda: loop.run(phone.close(), COMMAND_S))
        server = OriginServer()
        loop.run(server.start("127.0.0.1"), COMMAND_S)
        end.callback(lambda: loop.run(server.stop(), COMMAND_S))
        yield Theatre(loop, phone, server, rack.address.control)


def _rack(ios: str) -> RunningRack:
    """A rack with one phone."""
    with tempfile.TemporaryDirectory(prefix="ih-") as directory:
        devices = Path(directory) / "devices.yaml"
        major = ios.partition(".")[0]
        devices.write_text(DEVICES.format(major=major, ios=ios, model=MODELS[ios]), encoding="utf-8")
        return start_rack(devices, apps=APPS)
