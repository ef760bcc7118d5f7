"""A wake that was proven, and what must come of it."""

from __future__ import annotations

from harness.api.session import TestSession
from harness.expect.callbacks import ExpectCallbacks
from harness.expect.effects import WAKE_BUDGET_S
from harness.expect.question import Window
from harness.model.callbacks import Callback
from harness.model.facts import Mark
from harness.model.verdict import Verdict


class Wake:
    """The app was woken.

    Args:
        session: the test's session.
        verdict: the verdict that proved it.
        since: the mark that the wake was looked for from.
        pid: the process that was started or resumed.
        at_s: when it first ran, phone time.
    """

    def __init__(self, session: TestSession, verdict: Verdict, since: Mark, pid: int, at_s: float) -> None:
        self._session = session
        self.verdict = verdict
        self.since = since
        self.pid = pid
        self.at_s = at_s

    def expect_callbacks(
        self, *wanted: Callback, session: str = "", within_s: float = WAKE_BUDGET_S + 10
    ) -> Verdict:
        """The wake's callbacks came: in this order, each exactly once, others allowed.

        Args:
            wanted: the callbacks, in the order they must come.
            session: background session identifier they must carry; empty for any.
            within_s: seconds of phone time after the wake.

        Raises:
            ExpectationFailed: they did not, or it cannot be told.
        """
        return self._session.expect(self.callbacks(*wanted, session=session, within_s=within_s))

    def callbacks(self, *wanted: Callback, session: str, within_s: float) -> ExpectCallbacks:
        """The question that ``expect_callbacks`` asks."""
        window = Window(self.since, self.at_s + within_s)
        return ExpectCallbacks(self._session.profile.bundle_id, window, wanted, session, self.pid)
