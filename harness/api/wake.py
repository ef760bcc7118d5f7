"""A wake that was proven, and what must come of it."""

from __future__ import annotations

from harness.api.session import Expect, TestSession
from harness.api.words import callbacks_of, count_of, fields_of
from harness.expect.callbacks import ExpectCallbacks
from harness.expect.effects import WAKE_BUDGET_S
from harness.expect.fields import Count
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
        expect: waits for the verdict on a question; says what becomes of one that did not pass.
    """

    def __init__(
        self,
        session: TestSession,
        verdict: Verdict,
        since: Mark,
        pid: int,
        at_s: float,
        expect: Expect | None = None,
    ) -> None:
        self._session = session
        self._expect = expect or session.expect
        self.verdict = verdict
        self.since = since
        self.pid = pid
        self.at_s = at_s

    @property
    def softly(self) -> Wake:
        """The same wake, whose expectations are collected: the test goes on, and fails at its end."""
        session = self._session
        return Wake(session, self.verdict, self.since, self.pid, self.at_s, session.expect_softly)

    def expect_callbacks(
        self,
        *wanted: Callback | str,
        session: str = "",
        task: str = "",
        thread: str = "",
        app_state: str = "",
        error: int | str = "",
        count: Count | int | None = None,
        in_order: bool = True,
        within_s: float = WAKE_BUDGET_S + 10,
    ) -> Verdict:
        """The wake's callbacks came: in this order, each exactly once, others allowed.

        Args:
            wanted: the callbacks, in the order they must come.
            session: background session identifier they must carry; empty for any.
            task: ``taskDescription`` they must carry.
            thread: ``main`` or ``other``.
            app_state: ``active``, ``inactive`` or ``background``.
            error: ``none``, ``any``, or a code such as ``-999``.
            count: how often each must come, up to the end of the window; see ``App.expect_callbacks``.
            in_order: whether their order matters.
            within_s: seconds of phone time after the wake.

        Raises:
            ExpectationFailed: they did not, or it cannot be told.
            ConfigError: there is no such callback, thread or state.
        """
        question = ExpectCallbacks(
            self._session.profile.bundle_id,
            Window(self.since, self.at_s + within_s),
            callbacks_of(wanted),
            session,
            self.pid,
            fields_of(task, thread, app_state, error),
            count_of(count),
            in_order,
        )
        return self._expect(question)
