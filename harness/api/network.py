"""The phone's network, as a test takes it away and gives it back."""

from __future__ import annotations

from collections.abc import Awaitable

from harness.api.changes import ON
from harness.api.session import TestSession
from harness.expect.deeds import ALL_LOST
from harness.model.facts import Mark, Verb
from harness.model.undo import Undo, UndoOp


class Network:
    """The network of the test's phone; all is put back when the test ends.

    Args:
        session: the test's session.
    """

    def __init__(self, session: TestSession) -> None:
        self._session = session

    def wifi_off(self) -> Mark:
        """Switch Wi-Fi off; the cable stays. What has cellular goes on by it.

        Raises:
            CapabilityMissing: the phone is reached over Wi-Fi.
        """
        # Nothing tells over the cable whether it was on; a phone that tests are run on is on Wi-Fi.
        self._session.changes.will_change(UndoOp(Undo.WIFI, ON))
        return self._act(Verb.WIFI_OFF, self._session.phone.set_wifi(False))

    def wifi_on(self) -> Mark:
        """Switch Wi-Fi on; it takes the phone some seconds to be on a network again."""
        return self._act(Verb.WIFI_ON, self._session.phone.set_wifi(True))

    def lossy(self) -> Mark:
        """Have every packet lost, in both directions and on every interface, until ``steady()``."""
        return self.induce(ALL_LOST)

    def induce(self, condition: str) -> Mark:
        """Have the phone simulate a condition of the network until ``steady()``.

        Args:
            condition: as the phone names it, such as ``SlowNetworkEdge``.

        Raises:
            CapabilityMissing: the phone knows no such condition.
        """
        self._session.changes.will_change(UndoOp(Undo.CONDITION, "none"))
        return self._act(Verb.INDUCE, self._session.phone.induce(condition), condition)

    def steady(self) -> Mark:
        """End whatever condition is simulated."""
        return self._act(Verb.STOP_INDUCING, self._session.phone.stop_inducing())

    def _act(self, verb: Verb, doing: Awaitable[object], detail: str = "") -> Mark:
        return self._session.act(verb, doing, detail=detail)[1]
