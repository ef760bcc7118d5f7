"""The phone of a test."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from harness.api.expectations import Claims
from harness.api.network import Network
from harness.api.screen import SCREEN_S, on_screen
from harness.api.session import COMMAND_S, TestSession
from harness.api.settings import Settings
from harness.api.straining import press_memory, reboot
from harness.model.facts import Mark, Verb
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.rungs import Rung
from harness.model.screen import UserInterface


class Device(Claims):
    """The phone that the test was given: its facts are those about any app, and about the phone itself.

    Args:
        session: the test's session.

    Attributes:
        network: its Wi-Fi, and conditions of it.
        settings: what a person would change in the Settings app.
    """

    def __init__(self, session: TestSession) -> None:
        super().__init__(session)
        self.network = Network(session)
        self.settings = Settings(session)

    @property
    def softly(self) -> Claims:
        """The same expectations, collected: the test goes on, and fails at its end with every story."""
        return Claims(self._session, self._session.expect_softly)

    @property
    def identity(self) -> PhoneIdentity:
        """Who it is."""
        return self._session.phone.identity

    @property
    def name(self) -> str:
        """Its name in devices.yaml."""
        return self.identity.name

    @property
    def udid(self) -> str:
        """Its unique device identifier."""
        return self.identity.udid

    @property
    def ios(self) -> str:
        """Its iOS version."""
        return self.identity.ios

    @property
    def is_virtual(self) -> bool:
        """Whether it is a model of a phone."""
        return self.identity.hardware is Hardware.VIRTUAL

    @property
    def rungs(self) -> frozenset[Rung]:
        """What it offers beyond what every phone does."""
        return self._session.phone.rungs

    def reboot(self) -> Mark:
        """Restart it; returns once it is back and can be watched again.

        Raises:
            DeviceLost: it did not come back.
            DeviceLocked: it has a passcode, so that a person has to unlock it once.
        """
        return reboot(self._session)

    def move_to(self, latitude: float, longitude: float) -> Mark:
        """Have it believe that it is somewhere, in degrees, until the test ends.

        Raises:
            CapabilityMissing: the phone does not offer it.
        """
        session = self._session
        session.changes.will_undo(Verb.MOVE, "back home", session.phone.stop_simulating_location)
        moving = session.phone.simulate_location(latitude, longitude)
        return session.act(Verb.MOVE, moving, detail=f"to {latitude:g}, {longitude:g}")[1]

    def press_memory(self) -> Mark:
        """Use up its memory until the app under test has no process any more.

        Raises:
            AppNotInstalled: the app that uses it up, ``dev.harness.hog``, is not installed.
            PreconditionError: the app under test was still there after a long time.
        """
        return press_memory(self._session)

    def go_home(self) -> Mark:
        """Press Home; returns once the home screen is in front.

        Raises:
            CapabilityMissing: nothing works the phone's screen.
        """
        return self._by_screen(Verb.GO_HOME, lambda ui: ui.go_home())

    def lock(self) -> Mark:
        """Lock it, until the test ends at the latest.

        Raises:
            CapabilityMissing: nothing works the phone's screen.
        """
        self._session.changes.will_undo(Verb.UNLOCK, "again", self._unlocked)
        return self._by_screen(Verb.LOCK, lambda ui: ui.lock())

    def unlock(self) -> Mark:
        """Unlock it, which takes one that asks for no passcode.

        Raises:
            CapabilityMissing: nothing works the phone's screen.
        """
        return self._by_screen(Verb.UNLOCK, lambda ui: ui.unlock())

    async def _unlocked(self) -> None:
        await self._session.phone.ui.unlock()

    def ask_siri(self, words: str) -> Mark:
        """Tell Siri something, in the phone's language; what comes of it is for the test to read.

        Nobody notes what she changes. A setting is put back to what it was before the test first set it, so
        one that she is to change has to be set by the test before.

        Raises:
            CapabilityMissing: nothing works the phone's screen.
        """
        return self._by_screen(Verb.ASK_SIRI, lambda ui: ui.ask_siri(words), words)

    def _by_screen(
        self, verb: Verb, do: Callable[[UserInterface], Awaitable[None]], detail: str = ""
    ) -> Mark:
        doing = on_screen(self._session, do)
        return self._session.act(verb, doing, detail=detail, within_s=SCREEN_S)[1]

    def now_s(self) -> float:
        """The phone's time, seconds since 1970."""
        return self._session.run(self._session.recorder.now(), what="reading the clock").at_s

    def wait(self, seconds: float) -> None:
        """Let phone time pass: a real phone is waited for, a virtual one runs ahead."""
        self._session.run(self._wait(seconds), what=f"waiting {seconds:g} s", within_s=COMMAND_S + seconds)

    async def _wait(self, seconds: float) -> None:
        recorder = self._session.recorder
        until_s = (await recorder.now()).at_s + seconds
        await recorder.act(Verb.WAIT, self._until(until_s), detail=f"{seconds:g} s")

    async def _until(self, until_s: float) -> None:
        clock = self._session.phone.clock
        while (await clock.let_pass(until_s)).at_s < until_s:
            await self._session.recorder.settle()
