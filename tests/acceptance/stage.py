"""A stage for the shipped stories: which app, a phone whose lines can be cut, and what goes wrong when."""

from __future__ import annotations

import functools
import secrets
import tempfile
from collections.abc import Callable, Coroutine, Generator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, TypeVar

from harness import scenarios
from harness.api import App, Device, Episode, Origin
from harness.api.accesspoint import AccessPoint
from harness.api.app import Done
from harness.api.network import Network
from harness.api.opening import open_session
from harness.api.origin import Inbox
from harness.api.session import TestSession
from harness.api.settings import Settings
from harness.api.troubles import Lasting
from harness.config.profile import AppProfile, Reset, load_profile
from harness.drivers.pmd3.phone import open_phone
from harness.drivers.ui.ways import UiWay
from harness.drivers.virtual_clock import VirtualClock
from harness.evidence.tape import Tape
from harness.evidence.timeline import Timeline
from harness.model.capabilities import Phone
from harness.model.ends import End
from harness.model.facts import Mark, Source, Verb
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.states import AppState
from harness.model.triggers import Trigger
from harness.model.verdict import Verdict
from harness.origin.files import OriginFile, OriginUpload, ReceivedBody
from harness.origin.run import OriginRun
from harness.origin.server import OriginServer
from harness.runtime.loop import LoopThread
from harness.virtual.control_client import open_control
from harness.virtual.launcher import RunningRack, start_rack
from tests.acceptance.cuts import CutPhone
from tests.acceptance.variants import apps
from tests.acceptance.variants.apps import CORRECT, VARIANTS
from tests.acceptance.variants.apps import bundle_of as variant_bundle
from tests.acceptance.variation import AS_TOLD, Variation

_T = TypeVar("_T")

Around = Callable[[Phone], CutPhone]
"""Puts something between the harness and a phone."""

Between = Callable[[str], AbstractContextManager[str]]
"""Puts something between the harness and usbmuxd: its address -> where the harness is to find it instead."""

Person = Callable[[str], None]
"""Taps the icon of an app, by its bundle identifier."""

APPS = Path(apps.__file__)
PROFILES = Path(scenarios.__file__).with_name("apps")
COMMAND_S = 60.0
TIMELINE = "story.jsonl"
TAPE = "story.tape.jsonl"
LEFTOVER_BYTES = 1_000_000
STARTS = (Trigger.START_DOWNLOAD, Trigger.START_UPLOAD)
"""What an earlier test may have begun; where the app makes no transfers, it was one of the downloader's."""

MODELS = {"15.8": "iPhone9,1", "16.7": "iPhone10,3", "18.5": "iPhone14,5", "26.0": "iPhone17,3"}
"""Version of iOS -> the model that plays with it."""

# Slow enough that nothing happens by itself between two commands of a loaded host: an app that was just sent
# to the background is not suspended yet, and one whose transfer has just ended is woken 2.5 s later.
DEVICES = """
version: 1
devices:
  - name: v-{major}
    virtual: {{ios: "{ios}", model: "{model}", cellular: true, seed: {major}, clock_rate: 0.02}}
"""
"""A devices.yaml."""


class Moment(StrEnum):
    """A place in a story at which something can go wrong; of several of a kind it is the first."""

    LAUNCHED = "after the app was opened"
    TOLD = "after the app did what it was told"
    LEAVING = "before the app is sent to the background"
    LEFT = "after the app was sent to the background"
    SUSPENDED = "after the app was seen suspended"
    KILLED = "after the kill"
    CHANGED = "after the network, the origin or a setting was changed"
    RELEASING = "before the transfer is released, or the origin is back"
    RELEASED = "after the transfer was released, or the origin was back"


PAUSES_S = {
    Moment.LAUNCHED: 3.0,
    Moment.TOLD: 2.0,
    Moment.LEAVING: 8.0,
    Moment.SUSPENDED: 20.0,
    Moment.KILLED: 20.0,
    Moment.RELEASING: 10.0,
}
"""How long a telling may pause at a moment, at most, in phone time.

Not where the app runs in the background, which would let it be suspended; and not after a release, which is
what expectations count from.
"""


@dataclass(frozen=True)
class Condition:
    """What goes wrong besides the app.

    Attributes:
        name: in words.
        acts: what is done at which moment.
        leftover: whether a transfer of an earlier test is still held at the origin when the story begins.
        stuck: whether the story's own transfer stays held although it is released.
        loses: sources that are lost by it; every verdict from then on owns up to it.
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
        file: the file, or the upload, whose transfer is held at the origin.
        run: the earlier test's namespace there.
    """

    file: OriginFile | OriginUpload
    run: OriginRun


class Staged:
    """What a story works with, and which has moments."""

    _come: Callable[[Moment], None]

    def _at(self, moment: Moment, done: _T) -> _T:
        """Something is done, and its moment comes; gives what it gave."""
        self._come(moment)
        return done


class StagedApp(Staged, App):
    """The app, with the moments of its story."""

    def __init__(self, session: TestSession, come: Callable[[Moment], None], variation: Variation) -> None:
        super().__init__(session)
        self._come = come
        self._variation = variation

    def launch(self) -> Mark:
        """See ``App``."""
        return self._at(Moment.LAUNCHED, super().launch())

    def do(self, what: str, **args: Any) -> Done:
        """See ``App``; the app makes its own files as large as this telling has them."""
        if "size_bytes" in args:
            args["size_bytes"] = self._variation.size_bytes(int(args["size_bytes"]))
        return self._at(Moment.TOLD, super().do(what, **args))

    def background(self, by: str = "settings") -> Mark:
        """See ``App``."""
        self._come(Moment.LEAVING)
        return self._at(Moment.LEFT, super().background(by))

    def expect_state(self, state: AppState | str, *, within_s: float, since: Mark | None = None) -> Verdict:
        """See ``App``."""
        verdict = super().expect_state(state, within_s=within_s, since=since)
        if state is AppState.SUSPENDED:
            self._come(Moment.SUSPENDED)
        return verdict

    def kill(self) -> Mark:
        """See ``App``."""
        return self._at(Moment.KILLED, super().kill())

    def force_quit(self) -> Mark:
        """See ``App``."""
        return self._at(Moment.KILLED, super().force_quit())

    def terminate_as_automation(self) -> Mark:
        """See ``App``."""
        return self._at(Moment.KILLED, super().terminate_as_automation())

    def upgrade(self) -> Mark:
        """See ``App``."""
        return self._at(Moment.KILLED, super().upgrade())

    def end(self, how: End | str) -> Mark:
        """See ``App``."""
        return self._at(Moment.KILLED, super().end(how))

    def tap_icon(self) -> Mark:
        """See ``App``."""
        return self._at(Moment.LAUNCHED, super().tap_icon())


class StagedNetwork(Staged, Network):
    """The network, with the moments of its changes."""

    def __init__(self, session: TestSession, come: Callable[[Moment], None]) -> None:
        super().__init__(session)
        self._come = come

    def _changed(self, mark: Mark) -> Mark:
        return self._at(Moment.CHANGED, mark)


class StagedSettings(Staged, Settings):
    """The settings, with the moments of their changes."""

    def __init__(self, session: TestSession, come: Callable[[Moment], None]) -> None:
        super().__init__(session)
        self._come = come

    def _changed(self, mark: Mark) -> Mark:
        return self._at(Moment.CHANGED, mark)


class StagedDevice(Staged, Device):
    """The phone, with the moments of its story."""

    def __init__(self, session: TestSession, come: Callable[[Moment], None]) -> None:
        super().__init__(session)
        self.network = StagedNetwork(session, come)
        self.settings = StagedSettings(session, come)
        self._come = come

    def reboot(self) -> Mark:
        """See ``Device``."""
        return self._at(Moment.KILLED, super().reboot())

    def press_memory(self) -> Mark:
        """See ``Device``."""
        return self._at(Moment.KILLED, super().press_memory())


_Made = TypeVar("_Made", Episode, Inbox)


class Gated(Generic[_Made]):
    """What an origin made, with the moments of its release; the gate of a stuck one stays shut."""

    def __init__(
        self, made: _Made, session: TestSession, come: Callable[[Moment], None], *, stuck: bool
    ) -> None:
        self._made: _Made = made
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
        """Open the gate, or, where it is stuck, only say so; with the moments of that."""
        self._come(Moment.RELEASING)
        mark = self._not_released() if self._stuck else self._made.release()
        self._come(Moment.RELEASED)
        return mark

    def _not_released(self) -> Mark:
        doing = self._session.recorder.act(Verb.RELEASE, _nothing(), detail=self.name)
        return self._session.run(doing, what=f"not releasing {self.name}")[1]


async def _nothing() -> None:
    return None


class StagedEpisode(Gated[Episode], Episode):
    """A file, with the moments of its release."""

    @property
    def size_bytes(self) -> int:
        """See ``Episode``; the size that this telling has it in."""
        return self._made.size_bytes

    @property
    def sha256(self) -> str:
        """See ``Episode``."""
        return self._made.sha256


class StagedInbox(Gated[Inbox], Inbox):
    """A place to upload to, with the moments of its release."""

    @property
    def bodies(self) -> tuple[ReceivedBody, ...]:
        """See ``Inbox``."""
        return self._made.bodies


BYTES = frozenset(
    {"size_bytes", "hold_after_bytes", "drop_after_bytes", "close_after_bytes", "reset_after_bytes"}
)
"""Wishes that are sizes, or places within a file."""


class StagedOrigin(Staged, Origin):
    """The origin, whose files have moments, and the sizes of this telling."""

    def __init__(
        self,
        session: TestSession,
        run: OriginRun,
        come: Callable[[Moment], None],
        variation: Variation,
        *,
        stuck: bool,
    ) -> None:
        super().__init__(session, run)
        self._come = come
        self._variation = variation
        self._stuck = stuck

    def file(self, *args: Any, **wishes: Any) -> Episode:
        """See ``Origin``."""
        made = super().file(*args, **self._told(wishes))
        return StagedEpisode(made, self._session, self._come, stuck=self._stuck)

    def upload(self, *args: Any, **wishes: Any) -> Inbox:
        """See ``Origin``."""
        made = super().upload(*args, **self._told(wishes))
        return StagedInbox(made, self._session, self._come, stuck=self._stuck)

    def refuse(self) -> Lasting:
        """See ``Origin``."""
        return self._at(Moment.CHANGED, super().refuse())

    def ignore(self) -> Lasting:
        """See ``Origin``."""
        return self._at(Moment.CHANGED, super().ignore())

    def listen(self) -> Mark:
        """See ``Origin``; what waited for the origin goes on."""
        self._come(Moment.RELEASING)
        return self._at(Moment.RELEASED, super().listen())

    def _told(self, wishes: dict[str, Any]) -> dict[str, Any]:
        sizes = {name: value for name, value in wishes.items() if name in BYTES and value is not None}
        return wishes | {name: self._variation.size_bytes(value) for name, value in sizes.items()}


class Stage:
    """One story's stage.

    Args:
        loop: the harness loop.
        phone: the phone, whose lines can be cut.
        session: the story's session.
        run: the story's namespace at the origin.
        condition: what goes wrong.
        variation: how this telling differs from others.
        person: taps icons at the phone itself; ``None`` for where that is what works its screen.

    Attributes:
        spoiled_after: how many verdicts there were when something went wrong last.
    """

    def __init__(
        self,
        loop: LoopThread,
        phone: CutPhone,
        session: TestSession,
        run: OriginRun,
        condition: Condition,
        variation: Variation = AS_TOLD,
        person: Person | None = None,
    ) -> None:
        self.loop = loop
        self.phone = phone
        self.session = session
        self.condition = condition
        self.variation = variation
        self.undo = ExitStack()
        self._person = person
        self.leftover: Leftover | None = None
        self.device = StagedDevice(session, self.come)
        self.app = StagedApp(session, self.come, variation)
        self.origin = StagedOrigin(session, run, self.come, variation, stuck=condition.stuck)
        self._to_come = dict(condition.acts)
        self.spoiled_after = 0
        self._acting = True

    @property
    def verdicts(self) -> list[Verdict]:
        """What the story came to so far."""
        return self.session.verdicts

    def come(self, moment: Moment) -> None:
        """Pause, and do what goes wrong at a moment; acts of an act are none of the story."""
        if self._acting:
            return
        self._acting = True
        try:
            self._pause(PAUSES_S.get(moment, 0.0))
            act = self._to_come.pop(moment, None)
            if act is not None:
                self.spoiled_after = len(self.verdicts)
                act(self)
        finally:
            self._acting = False

    def _pause(self, most_s: float) -> None:
        pause_s = self.variation.pause_s(most_s)
        if pause_s:
            self.device.wait(pause_s)

    def somebody_taps(self, bundle_id: str) -> None:
        """Have an icon tapped by somebody whom the harness does not know, and who has not to look for it."""
        if self._person is not None:
            self._person(bundle_id)
        else:
            self.wait_for(self.phone.ui.tap_icon(bundle_id))

    @property
    def did_not_come(self) -> frozenset[Moment]:
        """Moments at which something was to go wrong, and which the story does not have."""
        return frozenset(self._to_come)

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
        control: path of the rack's control socket; empty for a phone without one.
    """

    def __init__(self, loop: LoopThread, phone: Phone, server: OriginServer, control: str) -> None:
        self.control = control
        self._loop = loop
        self._phone = phone
        self._server = server

    @contextmanager
    def stage(
        self,
        variant: str,
        condition: Condition,
        *,
        keep: Path | None = None,
        around: Around | None = None,
        variation: Variation = AS_TOLD,
        access_point: AccessPoint | None = None,
    ) -> Generator[Stage]:
        """A stage for one story, its app brought to a known state.

        Args:
            variant: which app.
            condition: what goes wrong besides.
            keep: directory for the story's timeline and tape; ``None`` to keep neither.
            around: puts something between the harness and the phone.
            variation: how this telling differs from others.
            access_point: of the network that the phone is in; ``None`` where nothing here commands it.
        """
        profile = profile_of(variant)
        with ExitStack() as end:
            leftover = None
            if condition.leftover:
                size_bytes = variation.size_bytes(LEFTOVER_BYTES)
                earlier = profile if any(map(profile.can_be_told, STARTS)) else profile_of("correct")
                leftover = self._leave_behind(earlier, end.enter_context(self._run()), size_bytes)
                profile = profile.model_copy(update={"reset": Reset.NONE})
            run = end.enter_context(self._run())
            stage = end.enter_context(
                self._open(profile, condition, run, keep, around, variation, access_point)
            )
            stage.leftover = leftover
            stage.app.reset()
            stage.begin()
            yield stage

    def _leave_behind(self, profile: AppProfile, run: OriginRun, size_bytes: int) -> Leftover:
        """Play an earlier test that left its transfer behind, held at the origin, and its app dead."""
        uploads = not profile.can_be_told(Trigger.START_DOWNLOAD)
        left = (
            run.upload("left-over.bin", hold_after_bytes=0)
            if uploads
            else run.file("left-over.mp4", size_bytes=size_bytes, hold_after_bytes=0)
        )
        with self._open(profile, Condition("none"), run) as earlier:
            earlier.app.reset()
            if uploads:
                earlier.app.do(Trigger.START_UPLOAD, url=left.url, id="old", size_bytes=size_bytes)
            else:
                earlier.app.do(Trigger.START_DOWNLOAD, url=left.url, id="old")
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
        variation: Variation = AS_TOLD,
        access_point: AccessPoint | None = None,
    ) -> Generator[Stage]:
        phone = around(self._phone) if around else CutPhone(self._phone)
        with ExitStack() as end:
            timeline = end.enter_context(Timeline(keep / TIMELINE if keep else None, nonce=run.nonce))
            tape = end.enter_context(Tape(keep / TAPE)) if keep else None
            session = open_session(self._loop, phone, profile, timeline, tape=tape, access_point=access_point)
            stop = session.recorder.receipts.follow(run)
            try:
                person = self._tap_at_the_phone if self.control else None
                stage = Stage(self._loop, phone, session, run, condition, variation, person)
                with stage.undo:
                    yield stage
            finally:
                stop()
                session.close()

    def _tap_at_the_phone(self, bundle_id: str) -> None:
        with open_control(self.control) as control:
            control.ask({"do": "tap", "bundle": bundle_id})

    async def _end(self, run: OriginRun) -> None:
        self._server.end_run(run)
        await self._server.open_port()  # a story may have closed it


@functools.cache
def profile_of(variant: str) -> AppProfile:
    """The profile of an app variant: that of its sample app, under the variant's own names."""
    sample = CORRECT.get(variant) or VARIANTS[variant].base
    app = sample if variant in CORRECT else variant_bundle(variant, VARIANTS[variant])
    profile = load_profile(PROFILES / f"{sample.name.lower()}.yaml")
    if app is sample:
        return profile
    own = {"bundle_id": app.bundle_id, "name": app.name, "command_notification": ""}
    return profile.model_copy(update=own)


@contextmanager
def open_theatre(ios: str = "16.7", between: Between | None = None) -> Generator[Theatre]:
    """Start the rack with the variants on it, and open its phone and an origin.

    The screen of the phone is worked as that of any other, by a runner that the first story which needs it
    starts, and that is kept for the others.

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
        phone = loop.run(open_phone(identity, usbmux=usbmux, clock=clock, ui=UiWay()), COMMAND_S)
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
