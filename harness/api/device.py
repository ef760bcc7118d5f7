"""The phone of a test."""

from __future__ import annotations

from harness.api.expectations import Claims
from harness.api.session import COMMAND_S, TestSession
from harness.model.facts import Verb
from harness.model.identity import Hardware, PhoneIdentity


class Device(Claims):
    """The phone that the test was given: its facts are those about any app, and about the phone itself.

    Args:
        session: the test's session.
    """

    def __init__(self, session: TestSession) -> None:
        super().__init__(session)

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
