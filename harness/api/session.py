"""One test on one phone with one app: what its objects share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from harness.api.accesspoint import AccessPoint
from harness.api.changes import Change, Changes, Journal
from harness.api.climbing import Climbed
from harness.api.inducing import Held
from harness.config.profile import AppProfile
from harness.evidence.record import Entry
from harness.evidence.recorder import Recorder
from harness.evidence.timeline import Timeline
from harness.expect.question import Question, is_open, judge
from harness.expect.stored import to_text
from harness.expect.story import ExpectationFailed, tell
from harness.model.capabilities import Phone
from harness.model.facts import Mark, Verb
from harness.model.reasons import Outcome
from harness.model.run import Judged
from harness.model.verdict import Verdict
from harness.runtime.loop import LoopThread

_T = TypeVar("_T")

COMMAND_S = 60.0
"""Protective deadline of one call into the phone, in wall time."""

PUT_BACK_S = 180.0
"""Protective deadline of putting one thing back, in wall time: some go through the screen."""

EXPECT_S = 600.0
"""Protective deadline of one expectation on a virtual phone, in wall time beyond its phone time."""


Expect = Callable[[Question], Verdict]
"""Waits for the verdict on a question; what becomes of one that did not pass is for it to say."""


class TestSession:
    """The phone, the app's profile, the timeline and the verdicts of one test.

    Args:
        loop: the harness loop that the phone was opened on.
        phone: the phone.
        profile: the app under test.
        timeline: of this test; carries the run nonce.
        recorder: watches the app on the phone.
        journal: of the lease that the phone is held by; ``None`` when it is held by none.
        access_point: of the network that the phone is in; ``None`` where nothing here commands it.

    Attributes:
        changes: what is put back on the phone when the session is closed.
        held: the condition that the phone simulates for this test, if any.
    """

    __test__ = False

    def __init__(
        self,
        loop: LoopThread,
        phone: Phone,
        profile: AppProfile,
        timeline: Timeline,
        recorder: Recorder,
        journal: Journal | None = None,
        access_point: AccessPoint | None = None,
    ) -> None:
        self.loop = loop
        self.phone = phone
        self.profile = profile
        self.timeline = timeline
        self.recorder = recorder
        self.verdicts: list[Verdict] = []
        self.sessions: set[str] = set()
        self.last_mark: Mark | None = None
        self.access_point = access_point
        self.changes = Changes(phone, self._put_back, journal, access_point)
        self.held: Held | None = None
        self._unmet: list[Verdict] = []

    @property
    def nonce(self) -> str:
        """The run nonce of the test."""
        return self.timeline.nonce

    def run(self, work: Coroutine[Any, Any, _T], *, what: str, within_s: float = COMMAND_S) -> _T:
        """Run one call into the phone, with a protective deadline."""
        return self.loop.run(work, within_s, what=what)

    def act(
        self, verb: Verb, doing: Awaitable[_T], *, detail: str = "", pid: int = 0, within_s: float = COMMAND_S
    ) -> tuple[_T, Mark]:
        """Do something to the phone and note it; expectations look on from its mark.

        Args:
            verb: what is done.
            doing: the doing itself.
            detail: in words.
            pid: the process it is done to, or 0.
            within_s: protective deadline in wall time.

        Returns:
            What ``doing`` returned, and the mark.
        """
        acting = self.recorder.act(verb, doing, detail=detail, pid=pid)
        result, mark = self.run(acting, what=f"{verb} {detail}".strip(), within_s=within_s)
        self.last_mark = mark
        return result, mark

    def note(self, entry: Entry) -> None:
        """Put an entry of the harness's own onto the timeline."""
        self.run(self._note(entry), what="noting what was done")

    async def _note(self, entry: Entry) -> None:
        self.recorder.note(entry)

    def close(self) -> None:
        """Put back what was changed on the phone, and stop every source, whatever becomes of that."""
        try:
            self.changes.put_all_back()
        finally:
            self.run(self.recorder.stop(), what="stopping the sources of evidence")

    def _put_back(self, change: Change) -> None:
        climbed, mark = self.act(change.verb, change.put_back(), detail=change.detail, within_s=PUT_BACK_S)
        if isinstance(climbed, Climbed):
            self.note(climbed.told(change.detail, mark.at))

    def expect(self, question: Question) -> Verdict:
        """Wait for the verdict on a question, record it, and raise unless it passed.

        Raises:
            ExpectationFailed: it did not pass; the message tells why.
        """
        verdict = self.ask(question)
        if verdict.outcome is not Outcome.PASSED:
            raise ExpectationFailed(verdict)
        return verdict

    def expect_softly(self, question: Question) -> Verdict:
        """Wait for the verdict on a question and record it; one that did not pass fails the test later."""
        verdict = self.ask(question)
        if verdict.outcome is not Outcome.PASSED:
            self._unmet.append(verdict)
        return verdict

    def take_unmet(self) -> tuple[Verdict, ...]:
        """The verdicts on soft expectations that did not pass and that nobody has told of yet."""
        unmet, self._unmet = tuple(self._unmet), []
        return unmet

    def ask(self, question: Question) -> Verdict:
        """Wait for the verdict on a question and record it, in the timeline too."""
        verdict = self._wait_for(self._await(question, record=True), question)
        self.verdicts.append(verdict)
        return verdict

    def weigh(self, question: Question) -> Verdict:
        """Wait for the verdict on a question, without recording it: for looking at a verdict itself."""
        return self._wait_for(self._await(question, record=False), question)

    def _wait_for(self, work: Coroutine[Any, Any, _T], question: Question) -> _T:
        span_s = question.window.deadline_s - question.window.from_s
        return self.run(work, what=str(question), within_s=EXPECT_S + span_s)

    async def _await(self, question: Question, *, record: bool) -> Verdict:
        """Let phone time pass, from fact to fact, until the question is settled or its deadline is over."""
        deadline_s = question.window.deadline_s
        # What is over by now would else be seen only past the deadline: a phone's clock runs on.
        await self._read_condition()
        while True:
            now = await self.recorder.settle()
            verdict = self._judge(question, told=False)
            over = now.earliest_s >= deadline_s
            if over or not is_open(verdict):
                # A source that lags may yet contradict what the prompt ones say.
                await self.recorder.settle(thorough=True)
                await self._read_condition()
                verdict = self._judge(question, told=True)
            if over or not is_open(verdict):
                # No await since it was judged: what stands before it, in the file and on the tape, is what
                # it rests on.
                if record:
                    self.recorder.note(_judged(question, verdict))
                return verdict
            await self.phone.clock.let_pass(deadline_s)

    async def _read_condition(self) -> None:
        """See that what the phone simulates for this test lasted until now."""
        if self.held is not None:
            self.recorder.note(await self.held.read(await self.recorder.now()))

    def _judge(self, question: Question, *, told: bool) -> Verdict:
        return judge(question, self.timeline.evidence(), self.phone.identity.hardware, told=told)


def _judged(question: Question, verdict: Verdict) -> Judged:
    """A verdict as the timeline keeps it, to be judged again."""
    return Judged(
        question=to_text(question),
        told=verdict.question,
        kind=verdict.kind,
        outcome=verdict.outcome,
        reason=verdict.reason,
        since=question.window.since.at,
        deadline_s=question.window.deadline_s,
        story=tell(verdict),
    )
