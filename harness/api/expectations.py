"""What can be expected of an app, in the words of a test.

Each verb builds one question and has the session wait for its verdict. ``AppClaims`` holds those that
answer with a verdict; a wake answers with the process that was woken, for the test to go on with.
"""

from __future__ import annotations

from harness.api.session import Expect, TestSession
from harness.api.wake import Wake
from harness.api.words import callbacks_of, count_of, fields_of, word
from harness.errors import AppNotRunning, ConfigError
from harness.expect.absence import ExpectNoWake
from harness.expect.callbacks import ExpectCallbacks
from harness.expect.ended import ExpectExit
from harness.expect.facts import ExpectFact, ExpectNoFact, Predicate
from harness.expect.fields import Count
from harness.expect.question import Question, Window
from harness.expect.relaunch import ExpectRelaunch
from harness.expect.resume import ExpectResume
from harness.expect.state import ExpectState
from harness.expect.transfer import ExpectTransfer
from harness.model.callbacks import Callback, WakeReason
from harness.model.exits import ExitCause
from harness.model.facts import Fact, Mark, StateSeen
from harness.model.interfaces import Interface
from harness.model.reasons import Outcome, Reason
from harness.model.states import AppState
from harness.model.verdict import Verdict


class Claims:
    """Expectations of whatever is watched, by predicates of the author's own.

    Args:
        session: the test's session.
        expect: waits for the verdict on a question; says what becomes of one that did not pass.
    """

    def __init__(self, session: TestSession, expect: Expect | None = None) -> None:
        self._session = session
        self._expect = expect or session.expect

    @property
    def _about(self) -> str:
        """The app that facts must be about; empty for any."""
        return ""

    def expect_fact(
        self,
        fact: type[Fact],
        *,
        about: str,
        where: Predicate | None = None,
        within_s: float,
        since: Mark | None = None,
    ) -> Verdict:
        """Something is seen within ``within_s`` seconds of phone time after the last action.

        Args:
            fact: the kind of fact, such as ``StateSeen``; says which sources must have been watched.
            about: what is looked for, in words that the story of a failure uses.
            where: takes such a fact; truthy for one that is it. A function of a module can be judged again
                by ``harness replay``, a lambda cannot.
            within_s: seconds of phone time.
            since: the mark to look on from.

        Raises:
            ExpectationFailed: it is not, or it cannot be told.
            ConfigError: the predicate raised.
        """
        return self._expect(ExpectFact(self._about, self._window(within_s, since), fact, about, where))

    def expect_no_fact(
        self,
        fact: type[Fact],
        *,
        about: str,
        where: Predicate | None = None,
        for_s: float,
        since: Mark | None = None,
    ) -> Verdict:
        """Something is not seen for ``for_s`` seconds of phone time; arguments as for ``expect_fact``.

        Raises:
            ExpectationFailed: it is, or it cannot be told.
            ConfigError: the predicate raised.
        """
        return self._expect(ExpectNoFact(self._about, self._window(for_s, since), fact, about, where))

    def _window(self, seconds: float, since: Mark | None) -> Window:
        mark = since or self._session.last_mark
        if mark is None:
            raise AppNotRunning(
                "nothing was done to the app yet, so there is nothing to look on from",
                phone=self._session.phone.identity.name,
                fix="Act first, such as app.launch(), or pass since=.",
            )
        # A question is data, written down and read back: what a mark can do besides stays with the test.
        return Window(Mark(mark.at, mark.what), mark.at.latest_s + seconds)


class AppClaims(Claims):
    """Expectations of the app that answer with a verdict."""

    @property
    def bundle_id(self) -> str:
        """Its bundle identifier."""
        return self._session.profile.bundle_id

    @property
    def _about(self) -> str:
        return self.bundle_id

    def expect_state(self, state: AppState | str, *, within_s: float, since: Mark | None = None) -> Verdict:
        """It is in a state, or gets there within ``within_s`` seconds of phone time after the last action.

        Raises:
            ExpectationFailed: it is not, or it cannot be told.
        """
        return self._expect(self.state_question(state, within_s=within_s, since=since))

    def state_question(
        self, state: AppState | str, *, within_s: float, since: Mark | None = None
    ) -> ExpectState:
        """The question that ``expect_state`` asks."""
        known = word(AppState, state, "state of an app")
        return ExpectState(self.bundle_id, self._window(within_s, since), known)

    def expect_exit(self, *, cause: ExitCause | str, within_s: float, since: Mark | None = None) -> Verdict:
        """Its process ends within ``within_s`` seconds of phone time, for a cause.

        Args:
            cause: why it must end; ``ExitCause.WATCHDOG`` takes any of the watchdogs.
            within_s: phone time from the last action, or from ``since``.
            since: an earlier mark to look on from.

        Raises:
            ExpectationFailed: it did not end, or of something else, or it cannot be told.
        """
        known = word(ExitCause, cause, "cause of an exit")
        return self._expect(ExpectExit(self.bundle_id, self._window(within_s, since), known))

    def expect_no_relaunch(
        self, *, for_s: float, because: Reason | str | None = None, since: Mark | None = None
    ) -> Verdict:
        """No code of it runs for ``for_s`` seconds of phone time; with ``because``, for that reason.

        Raises:
            ExpectationFailed: it ran, or it cannot be told.
        """
        why = None if because is None else word(Reason, because, "reason")
        window = self._window(for_s, since)
        return self._expect(ExpectNoWake(self.bundle_id, window, why, self._sessions))

    def expect_callback(
        self,
        wanted: Callback | str,
        *,
        session: str = "",
        task: str = "",
        thread: str = "",
        app_state: str = "",
        error: int | str = "",
        cancelled: Reason | str | None = None,
        count: Count | int | None = None,
        within_s: float,
        since: Mark | None = None,
    ) -> Verdict:
        """One callback came, exactly once; arguments as for ``expect_callbacks``.

        Raises:
            ExpectationFailed: it did not, or it cannot be told.
        """
        return self.expect_callbacks(
            wanted,
            session=session,
            task=task,
            thread=thread,
            app_state=app_state,
            error=error,
            cancelled=cancelled,
            count=count,
            within_s=within_s,
            since=since,
        )

    def expect_callbacks(
        self,
        *wanted: Callback | str,
        session: str = "",
        task: str = "",
        thread: str = "",
        app_state: str = "",
        error: int | str = "",
        cancelled: Reason | str | None = None,
        count: Count | int | None = None,
        in_order: bool = True,
        within_s: float,
        since: Mark | None = None,
    ) -> Verdict:
        """Callbacks came, in this order, each exactly once, others allowed, in whichever process.

        Args:
            wanted: the callbacks.
            session: background session identifier they must carry; empty for any.
            task: ``taskDescription`` they must carry.
            thread: ``main`` or ``other``.
            app_state: ``active``, ``inactive`` or ``background``.
            error: ``none``, ``any``, or a code such as ``-999``.
            cancelled: who must have cancelled the task, such as ``TRANSFER_CANCELLED:force_quit``.
            count: how often each must come, up to the end of the window: a number, ``at_least(2)``,
                ``NEVER``; without one exactly once, as far as is known when the last of them has come.
            in_order: whether their order matters.
            within_s: seconds of phone time.
            since: the mark to look on from.

        Raises:
            ExpectationFailed: they did not, or it cannot be told.
            ConfigError: there is no such callback, thread or state.
        """
        return self._expect(
            ExpectCallbacks(
                self.bundle_id,
                self._window(within_s, since),
                callbacks_of(wanted),
                session,
                fields=fields_of(task, thread, app_state, error, cancelled),
                count=count_of(count),
                in_order=in_order,
            )
        )

    def expect_transfer(
        self,
        *names: str,
        requests: int | None = 1,
        interface: Interface | str | None = None,
        within_s: float,
        since: Mark | None = None,
    ) -> Verdict:
        """The origin delivered files whole, or received uploads so, each asked for no more than so often.

        Args:
            names: the files' names at the origin.
            requests: how often each may have been asked for since the test began, which takes the whole
                window to prove; ``None`` for any number, and the verdict as soon as they are whole.
            interface: ``wifi`` or ``cellular``, by which they must have gone in the window; ``None`` for any.
            within_s: seconds of phone time.
            since: the mark to look on from.

        Raises:
            ExpectationFailed: it did not, or it cannot be told.
            ConfigError: no file is named, or there is no such interface.
        """
        if not names:
            raise ConfigError("no file is named, so nothing would be proven", fix="Name at least one.")
        way = None if interface is None else word(Interface, interface, "interface")
        window = self._window(within_s, since)
        return self._expect(ExpectTransfer(self.bundle_id, window, names, requests, way))

    def _relaunch_question(
        self, reason: WakeReason | str, within_s: float, since: Mark | None
    ) -> ExpectRelaunch:
        known = word(WakeReason, reason, "reason for a wake")
        return ExpectRelaunch(self.bundle_id, self._window(within_s, since), known, self._sessions)

    def _resume_question(self, reason: WakeReason | str, within_s: float, since: Mark | None) -> ExpectResume:
        known, window = word(WakeReason, reason, "reason for a wake"), self._window(within_s, since)
        return ExpectResume(self.bundle_id, window, self._suspended_pid(window), known, self._sessions)

    @property
    def _sessions(self) -> frozenset[str]:
        return frozenset(self._session.sessions)

    def _suspended_pid(self, window: Window) -> int:
        states = self._session.timeline.evidence().of_app(StateSeen, self.bundle_id, until_s=window.from_s)
        return states[-1].pid if states else 0

    def _wake_by(self, question: ExpectRelaunch | ExpectResume, verdict: Verdict) -> Wake:
        wake = question.find(self._session.timeline.evidence())
        if wake is None:
            raise AssertionError("a proven wake is in the evidence")
        return Wake(self._session, verdict, question.window.since, wake.pid, wake.at.at_s)


class SoftAppExpectations(AppClaims):
    """Expectations that are recorded when they are not met, and fail the test at its end."""

    def __init__(self, session: TestSession) -> None:
        super().__init__(session, session.expect_softly)

    def expect_relaunch(
        self,
        *,
        reason: WakeReason | str = WakeReason.URL_SESSION,
        within_s: float,
        since: Mark | None = None,
    ) -> Wake | None:
        """It is started in the background for a reason, as a new process; ``None`` when it is not."""
        return self._woken(self._relaunch_question(reason, within_s, since))

    def expect_resume(
        self,
        *,
        reason: WakeReason | str = WakeReason.URL_SESSION,
        within_s: float,
        since: Mark | None = None,
    ) -> Wake | None:
        """The suspended process runs again, in the background; ``None`` when it does not."""
        return self._woken(self._resume_question(reason, within_s, since))

    def _woken(self, question: ExpectRelaunch | ExpectResume) -> Wake | None:
        verdict = self._expect(question)
        return self._wake_by(question, verdict) if verdict.outcome is Outcome.PASSED else None


class AppExpectations(AppClaims):
    """Expectations that end the test when they are not met."""

    @property
    def softly(self) -> SoftAppExpectations:
        """The same expectations, collected: the test goes on, and fails at its end with every story."""
        return SoftAppExpectations(self._session)

    def expect_relaunch(
        self,
        *,
        reason: WakeReason | str = WakeReason.URL_SESSION,
        within_s: float,
        since: Mark | None = None,
    ) -> Wake:
        """It is started in the background for a reason, as a new process.

        Raises:
            ExpectationFailed: it is not, or it cannot be told.
        """
        question = self._relaunch_question(reason, within_s, since)
        return self._wake_by(question, self._expect(question))

    def expect_resume(
        self,
        *,
        reason: WakeReason | str = WakeReason.URL_SESSION,
        within_s: float,
        since: Mark | None = None,
    ) -> Wake:
        """The suspended process runs again, in the background, for a reason.

        Raises:
            ExpectationFailed: it does not, or it cannot be told.
        """
        question = self._resume_question(reason, within_s, since)
        return self._wake_by(question, self._expect(question))

    def verdict_on(self, question: Question) -> Verdict:
        """The verdict on a question without recording or raising it: for tests about verdicts."""
        return self._session.weigh(question)
