"""Did the app's callbacks run: in order, each exactly once, in the transfer's own session?

The app's journal is the witness. That the completion handler was called is believed only with an
effect of it on the phone: the session's assertion dropped, or the app suspended again while the
budget of the wake still ran (design: "Completion handler called" needs the journal and an effect).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from harness.evidence.view import Evidence
from harness.expect.endings import end_of, ended_while_running, reason_of_end
from harness.expect.question import Window, open_or_lost
from harness.model.callbacks import Callback
from harness.model.facts import (
    CallbackSeen,
    EvidenceClass,
    Fact,
    ProcessEnded,
    SessionAssertion,
    Source,
    StateSeen,
    TransferSeen,
)
from harness.model.reasons import MEANINGS, ClaimKind, Outcome, Reason
from harness.model.states import AppState
from harness.model.verdict import Finding, false, true, unknown

WAKE_BUDGET_S = 30.0
"""How long a wake for session events may take. Source: log-grammar §1.5, ``handlesession`` (30 s)."""

EXPIRY_S = 1.0
"""What ends this close to the end of the budget may have ended because of it. The budget began before the
first callback; by how much is not known."""

TASK_CALLBACKS = frozenset({Callback.DID_FINISH_DOWNLOADING, Callback.DID_COMPLETE})
"""Callbacks that tell the app about one transfer."""

MISSING: dict[Callback, Reason] = {
    Callback.HANDLE_EVENTS: Reason.CALLBACK_MISSING_HANDLE_EVENTS,
    Callback.DID_FINISH_DOWNLOADING: Reason.CALLBACK_MISSING_DID_COMPLETE,
    Callback.DID_COMPLETE: Reason.CALLBACK_MISSING_DID_COMPLETE,
    Callback.DID_FINISH_EVENTS: Reason.CALLBACK_MISSING_DID_FINISH_EVENTS,
    Callback.COMPLETION_HANDLER: Reason.CALLBACK_MISSING_COMPLETION_HANDLER,
}
"""Callback of a session -> reason when it does not come; any other callback belongs to no session."""


@dataclass(frozen=True)
class ExpectCallbacks:
    """Callbacks of one process: in the order given, each exactly once, others allowed.

    Attributes:
        bundle_id: the app.
        window: from the mark to the deadline.
        wanted: the callbacks, in the order they must come.
        session: background session identifier they must carry; empty for any.
        pid: the process they must run in; 0 for any.
    """

    bundle_id: str
    window: Window
    wanted: tuple[Callback, ...]
    session: str = ""
    pid: int = 0

    kind = ClaimKind.CALLBACKS
    passed = Reason.PASS_CLAIMS_PROVEN

    def __str__(self) -> str:
        names = ", ".join(self.wanted)
        return f"{self.bundle_id} gets {names} after {self.window.since.what}"

    def guards(self, evidence: Evidence) -> tuple[Finding, ...]:
        """None of its own: the wake that it follows has been guarded."""
        return ()

    def claims(self, evidence: Evidence) -> tuple[Finding, ...]:
        """One claim per callback, then one for their order."""
        lines = self.testimony(evidence)
        each = tuple(self._came_once(evidence, lines, callback) for callback in self.wanted)
        return _worst_first((*each, self._in_order(lines)))

    def testimony(self, evidence: Evidence) -> tuple[CallbackSeen, ...]:
        """The app's lines in the window that are of this test, each once, journal before mark."""
        inside = evidence.of_app(
            CallbackSeen, self.bundle_id, since_s=self.window.from_s, until_s=self.window.deadline_s
        )
        # An app that was just woken may not remember the nonce; what another test told it never counts.
        ours = [line for line in inside if line.nonce in ("", evidence.nonce) and self.pid in (0, line.pid)]
        by_line: dict[tuple[int, int], CallbackSeen] = {}
        for line in ours:
            known = by_line.get((line.pid, line.seq))
            if known is None or line.source is Source.JOURNAL:
                by_line[line.pid, line.seq] = line
        return tuple(sorted(by_line.values(), key=lambda line: line.seq))

    def _came_once(self, evidence: Evidence, lines: tuple[CallbackSeen, ...], callback: Callback) -> Finding:
        about = f"{callback} came exactly once"
        came = [line for line in lines if line.name == callback and self._in_session(line)]
        if len(came) > 1:
            return false(about, Reason.CALLBACK_DUPLICATE, *came)
        if not came:
            return self._missing(evidence, lines, callback, about)
        unheard = self._unheard(evidence, lines, about)
        if unheard:
            return unheard
        if callback is Callback.COMPLETION_HANDLER:
            return self._had_effect(evidence, lines, came[0])
        return true(about, came[0])

    def _in_session(self, line: CallbackSeen) -> bool:
        return not self.session or line.name not in MISSING or line.session == self.session

    def _unheard(self, evidence: Evidence, lines: tuple[CallbackSeen, ...], about: str) -> Finding | None:
        """Why a second call may have been missed up to the last callback wanted, or ``None``."""
        until_s = max(line.at.latest_s for line in lines if line.name in self.wanted)
        marks = evidence.of_app(CallbackSeen, self.bundle_id)
        marked = any(mark.source is Source.LOG_MARK for mark in marks)
        witnesses = (Source.JOURNAL, Source.SYSTEM_LOG) if marked else (Source.JOURNAL,)
        if any(evidence.covers(source, self.window.from_s, until_s) for source in witnesses):
            return None
        gaps = evidence.lost_by_any(self.window.from_s, until_s)
        reason = Reason.INCONCLUSIVE_GAP if gaps else Reason.INCONCLUSIVE_DEADLINE
        return unknown(about, reason, gaps=gaps, note="a second one may have been missed")

    def _missing(
        self, evidence: Evidence, lines: tuple[CallbackSeen, ...], callback: Callback, about: str
    ) -> Finding:
        pending = open_or_lost(about, evidence, self.window, (Source.JOURNAL,))
        if pending:
            return pending
        elsewhere = [line for line in lines if line.name == callback]
        if elsewhere:
            note = f"expected in {self.session}, came in {elsewhere[0].session}"
            return false(about, Reason.CALLBACK_WRONG_SESSION, *elsewhere, note=note)
        excuse = self._excuse(evidence)
        if excuse:
            return false(about, excuse[0], excuse[1], *lines[-2:])
        done = self._delivered(evidence)
        if callback in TASK_CALLBACKS and done:
            return false(about, Reason.ORPHANED, *done, note="the origin is done, the app was never told")
        return false(about, MISSING.get(callback, Reason.CALLBACK_MISSING_OTHER), *lines[-2:])

    def _excuse(self, evidence: Evidence) -> tuple[Reason, ProcessEnded] | None:
        """An end of the process that kept callbacks from coming: its crash, or one not the app's fault."""
        crash = self._crash(evidence)
        if crash:
            return Reason.KILLED_CRASH, crash
        end = end_of(evidence, self.bundle_id, self.pid, self.window.deadline_s) if self.pid else None
        reason = reason_of_end(end) if end and ended_while_running(evidence, end) else None
        if end is None or reason is None or MEANINGS[reason].for_claim(self.kind) is Outcome.FAILED:
            return None
        return reason, end

    def _crash(self, evidence: Evidence) -> ProcessEnded | None:
        window = self.window
        ends = evidence.of_app(ProcessEnded, self.bundle_id, since_s=window.from_s, until_s=window.deadline_s)
        mine = (end for end in ends if self.pid in (0, end.pid))
        return next((end for end in mine if reason_of_end(end) is Reason.KILLED_CRASH), None)

    def _delivered(self, evidence: Evidence) -> list[TransferSeen]:
        seen = evidence.of(TransferSeen, until_s=self.window.deadline_s)
        return [fact for fact in seen if fact.complete and fact.nonce == evidence.nonce]

    def _had_effect(
        self, evidence: Evidence, lines: tuple[CallbackSeen, ...], called: CallbackSeen
    ) -> Finding:
        about = f"{Callback.COMPLETION_HANDLER} was called, and iOS took note"
        effect = self._effect_of(evidence, lines, called)
        if effect:
            return true(about, called, effect)
        sources = (Source.STATE_STREAM, Source.SYSTEM_LOG)
        pending = open_or_lost(about, evidence, self.window, sources)
        note = "the journal says so, and nothing on the phone followed from it"
        return pending or unknown(about, Reason.INCONCLUSIVE_DEADLINE, called, note=note)

    def _effect_of(
        self, evidence: Evidence, lines: tuple[CallbackSeen, ...], called: CallbackSeen
    ) -> Fact | None:
        began = next((line for line in lines if line.name == Callback.HANDLE_EVENTS), called)
        ends_s = began.at.earliest_s + WAKE_BUDGET_S - EXPIRY_S
        after = evidence.of_app(
            SessionAssertion, self.bundle_id, since_s=called.at.earliest_s, until_s=ends_s
        )
        dropped = [fact for fact in after if not fact.held and fact.pid in (0, called.pid)]
        states = evidence.of_app(StateSeen, self.bundle_id, since_s=called.at.earliest_s, until_s=ends_s)
        asleep = [
            fact
            for fact in states
            if fact.state is AppState.SUSPENDED
            and fact.pid == called.pid
            and fact.witness is EvidenceClass.PHONE
        ]
        return next(iter((*dropped, *asleep)), None)

    def _in_order(self, lines: tuple[CallbackSeen, ...]) -> Finding:
        about = "they came in the order given"
        firsts = [
            next((line for line in lines if line.name == callback and self._in_session(line)), None)
            for callback in self.wanted
        ]
        came = [line for line in firsts if line]
        for earlier, later in pairwise(came):
            if later.seq < earlier.seq:
                return false(about, Reason.CALLBACK_OUT_OF_ORDER, later, earlier)
        return true(about, *came)


PRECEDENCE = (
    Reason.CALLBACK_WRONG_SESSION,
    Reason.CALLBACK_DUPLICATE,
    Reason.ORPHANED,
    Reason.CALLBACK_MISSING_HANDLE_EVENTS,
)
"""Which false claim names the verdict when several are false: the cause before what follows from it."""


def _worst_first(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    def rank(finding: Finding) -> int:
        return PRECEDENCE.index(finding.reason) if finding.reason in PRECEDENCE else len(PRECEDENCE)

    return tuple(sorted(findings, key=rank))
