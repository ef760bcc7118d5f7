"""Questions as the stories of these tests ask them, always from the last mark of the story."""

from __future__ import annotations

from collections.abc import Callable

from harness.expect.absence import ExpectNoWake
from harness.expect.callbacks import ExpectCallbacks
from harness.expect.question import Question, Window, judge
from harness.expect.relaunch import ExpectRelaunch
from harness.expect.resume import ExpectResume
from harness.expect.state import ExpectState
from harness.expect.transfer import ExpectTransfer
from harness.model.callbacks import Callback
from harness.model.reasons import Outcome, Reason
from harness.model.states import AppState
from harness.model.verdict import Verdict
from tests.unit.expect.story import BUNDLE, NAME, NEW, OLD, SESSION, WHOLE, Story

WITHIN_S = 120.0
SESSIONS = frozenset({SESSION})

Ask = Callable[[Story], Question]


def window(told: Story, within_s: float = WITHIN_S) -> Window:
    return Window(told.mark, told.mark.at.latest_s + within_s)


def relaunch(told: Story) -> ExpectRelaunch:
    return ExpectRelaunch(BUNDLE, window(told), sessions=SESSIONS)


def resume(told: Story) -> ExpectResume:
    return ExpectResume(BUNDLE, window(told), OLD, sessions=SESSIONS)


def callbacks(
    *wanted: Callback, pid: int = NEW, session: str = SESSION
) -> Callable[[Story], ExpectCallbacks]:
    return lambda told: ExpectCallbacks(BUNDLE, window(told), wanted or WHOLE, session, pid)


def state(wanted: AppState, within_s: float = 30.0) -> Callable[[Story], ExpectState]:
    return lambda told: ExpectState(BUNDLE, window(told, within_s), wanted)


def transfer(told: Story) -> ExpectTransfer:
    return ExpectTransfer(BUNDLE, window(told), (NAME,))


def no_wake(because: Reason | None = None) -> Callable[[Story], ExpectNoWake]:
    return lambda told: ExpectNoWake(BUNDLE, window(told), because, SESSIONS)


def ask(told: Story, question: Ask) -> Verdict:
    return judge(question(told), told.evidence())


def answer(told: Story, question: Ask) -> tuple[Outcome, Reason]:
    verdict = ask(told, question)
    return verdict.outcome, verdict.reason
