"""What can be expected of an app, in the words of a test.

Each verb builds one question and has the session wait for its verdict. ``AppClaims`` holds those that
answer with a verdict; a wake answers with the process that was woken, for the test to go on with.
"""

from __future__ import annotations

from harness.api.session import TestSession
from harness.api.wake import Wake
from harness.errors import AppNotRunning
from harness.expect.absence import ExpectNoWake
from harness.expect.callbacks import ExpectCallbacks
from harness.expect.ended import ExpectExit
from harness.expect.question import Question, Window
from harness.expect.relaunch import ExpectRelaunch
from harness.expect.resume import ExpectResume
from harness.expect.state import ExpectState
from harness.expect.transfer import ExpectTransfer
from harness.model.callbacks import Callback, WakeReason
from harness.model.exits import ExitCause
from harness.model.facts import Mark, StateSeen
from harness.model.reasons import Reason
from harness.model.states import AppState
from harness.model.verdict import Verdict


class AppClaims:
    """Expectations that answer with a verdict.

    Args:
        session: the test's session.
    """

    def __init__(self, session: TestSession) -> None:
        self._session = session

    @property
    def bundle_id(self) -> str:
        """Its bundle identifier."""
        return self._session.profile.bundle_id

    def _expect(self, question: Question) -> Verdict:
        return self._session.expect(question)

    def expect_state(self, state: AppState, *, within_s: float, since: Mark | None = None) -> Verdict:
        """It is in a state, or gets there within ``within_s`` seconds of phone time after the last action.

        Raises:
            ExpectationFailed: it is not, or it cannot be told.
        """
        return self._expect(self.state_question(state, within_s=within_s, since=since))

    def state_question(self, state: AppState, *, within_s: float, since: Mark | None = None) -> ExpectState:
        """The question that ``expect_state`` asks."""
        return ExpectState(self.bundle_id, self._window(within_s, since), state)

    def expect_no_relaunch(
        self, *, for_s: float, because: Reason | None = None, since: Mark | None = None
    ) -> Verdict:
        """No code of it runs for ``for_s`` seconds of phone time; with ``because``, for that reason.

        Raises:
            ExpectationFailed: it ran, or it cannot be told.
        """
        window = self._window(for_s, since)
        return self._expect(ExpectNoWake(self.bundle_id, window, because, self._sessions))

    def expect_callbacks(
        self, *wanted: Callback, session: str = "", within_s: float, since: Mark | None = None
    ) -> Verdict:
        """Callbacks came, in this order, each exactly once, in whichever process.

        Raises:
            ExpectationFailed: they did not, or it cannot be told.
        """
        window = self._window(within_s, since)
        return self._expect(ExpectCallbacks(self.bundle_id, window, wanted, session))

    def expect_transfer(
        self, name: str, *, requests: int = 1, within_s: float, since: Mark | None = None
    ) -> Verdict:
        """The origin delivered a file whole, and was asked for it no more often than ``requests`` times.

        Raises:
            ExpectationFailed: it did not, or it cannot be told.
        """
        return self._expect(ExpectTransfer(self.bundle_id, self._window(within_s, since), name, requests))

    def expect_exit(self, *, cause: ExitCause, within_s: float, since: Mark | None = None) -> Verdict:
        """Its process ends within ``within_s`` seconds of phone time, for a cause.

        Args:
            cause: why it must end; ``ExitCause.WATCHDOG`` takes any of the watchdogs.
            within_s: phone time from the last action, or from ``since``.
            since: an earlier mark to look on from.

        Raises:
            ExpectationFailed: it did not end, or of something else, or it cannot be told.
        """
        return self._expect(ExpectExit(self.bundle_id, self._window(within_s, since), cause))

    def _relaunch_question(self, reason: WakeReason, within_s: float, since: Mark | None) -> ExpectRelaunch:
        return ExpectRelaunch(self.bundle_id, self._window(within_s, since), reason, self._sessions)

    def _resume_question(self, reason: WakeReason, within_s: float, since: Mark | None) -> ExpectResume:
        window = self._window(within_s, since)
        return ExpectResume(self.bundle_id, window, self._suspended_pid(window), reason, self._sessions)

    @property
    def _sessions(self) -> frozenset[str]:
        return frozenset(self._session.sessions)

    def _suspended_pid(self, window: Window) -> int:
        states = self._session.timeline.evidence().of_app(StateSeen, self.bundle_id, until_s=window.from_s)
        return states[-1].pid if states else 0

    def _window(self, seconds: float, since: Mark | None) -> Window:
        mark = since or self._session.last_mark
        if mark is None:
            raise AppNotRunning(
                "nothing was done to the app yet, so there is nothing to look on from",
                phone=self._session.phone.identity.name,
                fix="Act first, such as app.launch(), or pass since=.",
            )
        return Window(mark, mark.at.latest_s + seconds)


class AppExpectations(AppClaims):
    """Expectations that end the test when they are not met."""

    def expect_relaunch(
        self, *, reason: WakeReason = WakeReason.URL_SESSION, within_s: float, since: Mark | None = None
    ) -> Wake:
        """It is started in the background for a reason, as a new process.

        Raises:
            ExpectationFailed: it is not, or it cannot be told.
        """
        return self._woken(self._relaunch_question(reason, within_s, since))

    def expect_resume(
        self, *, reason: WakeReason = WakeReason.URL_SESSION, within_s: float, since: Mark | None = None
    ) -> Wake:
        """The suspended process runs again, in the background, for a reason.

        Raises:
            ExpectationFailed: it does not, or it cannot be told.
        """
        return self._woken(self._resume_question(reason, within_s, since))

    def _woken(self, question: ExpectRelaunch | ExpectResume) -> Wake:
        verdict = self._expect(question)
        wake = question.find(self._session.timeline.evidence())
        if wake is None:
            raise AssertionError("a proven wake is in the evidence")
        return Wake(self._session, verdict, question.window.since, wake.pid, wake.at.at_s)

    def verdict_on(self, question: Question) -> Verdict:
        """The verdict on a question without recording or raising it: for tests about verdicts."""
        return self._session.weigh(question)
