"""The phone of a test."""

from __future__ import annotations

from harness.api.expectations import Claims
from harness.api.network import Network
from harness.api.session import COMMAND_S, TestSession
from harness.api.settings import Settings
from harness.api.straining import press_memory, reboot
from harness.model.facts import Mark, Verb
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.rungs import Rung


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
