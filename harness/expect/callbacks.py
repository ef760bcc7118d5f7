"""Did the app's callbacks run: in order, as often as expected, in the transfer's own session?

The app is the witness, through its journal and through the marks that it repeats in the log. That the
completion handler was called is believed only with an effect of it: see ``effects``.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from harness.evidence.view import Evidence
from harness.expect.cancelled import cancellation
from harness.expect.effects import had_effect
from harness.expect.endings import ended_while_running, exits_of, reason_of
from harness.expect.fields import ANYTHING, Count, Fields, exactly
from harness.expect.hindrances import EXCUSES_OF_AN_ERROR, own_reason, transfer_hindrance
from harness.expect.numbering import as_written
from harness.expect.question import Window, open_or_lost
from harness.expect.standing import network_was_away
from harness.model.callbacks import Callback
from harness.model.facts import (
    CallbackSeen,
    Fact,
    Source,
    TransferSeen,
)
from harness.model.reasons import MEANINGS, ClaimKind, Outcome, Reason
from harness.model.verdict import Finding, false, true, unknown

TASK_CALLBACKS = frozenset({Callback.DID_FINISH_DOWNLOADING, Callback.DID_COMPLETE})
"""Callbacks that tell the app about one transfer."""

ONCE = exactly(1)

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
        fields: what else each of them must carry.
        count: how often each must come in the whole window; ``None``: exactly once, as far as is known when
            the last of them has come.
        in_order: whether they must come in the order given.
    """

    bundle_id: str
    window: Window
    wanted: tuple[Callback, ...]
    session: str = ""
    pid: int = 0
    fields: Fields = ANYTHING
    count: Count | None = None
    in_order: bool = True

    kind = ClaimKind.CALLBACKS
    passed = Reason.PASS_CLAIMS_PROVEN

    def __str__(self) -> str:
        said = f" ({self.fields})" if str(self.fields) else ""
        often = f" {self.count}" if self.count else ""
        return f"{self.bundle_id} gets {', '.join(self.wanted)}{said}{often} after {self.window.since.what}"

    def guards(self, evidence: Evidence) -> tuple[Finding, ...]:
        """What kept a callback away that must not come; else none: the wake that it follows was guarded."""
        if self.count and self.count.most == 0:
            return network_was_away(evidence, self.bundle_id, self.window)
        return ()

    def near_miss(self, fact: Fact) -> str | None:
        """A callback of that name may have come in another process, another session, or otherwise."""
        if not isinstance(fact, CallbackSeen) or fact.name not in self.wanted:
            return None
        if self.pid not in (0, fact.pid):
            return f"in another process than {self.pid}"
        if not self._in_session(fact):
            return f"in session {fact.session or '(none)'}"
        return "" if self.fields.fits(fact) else f"not with {self.fields}"

    def claims(self, evidence: Evidence) -> tuple[Finding, ...]:
        """One claim per callback, then one for their order."""
        lines = self.testimony(evidence)
        each = tuple(self._came(evidence, lines, callback) for callback in self.wanted)
        order = (self._in_order(evidence, lines),) if self.in_order and len(self.wanted) > 1 else ()
        return _worst_first((*each, *order))

    def testimony(self, evidence: Evidence) -> tuple[CallbackSeen, ...]:
        """The app's lines in the window that are of this test, each once, journal before mark."""
        inside = evidence.of_app(
            CallbackSeen, self.bundle_id, since_s=self.window.from_s, until_s=self.window.deadline_s
        )
        # An app that was just woken may not remember the nonce; what another test told it never counts.
        ours = [line for line in inside if line.nonce in ("", evidence.nonce) and self.pid in (0, line.pid)]
        return as_written(ours)

    def _came(self, evidence: Evidence, lines: tuple[CallbackSeen, ...], callback: Callback) -> Finding:
        count = self.count or ONCE
        about = f"{callback} came {self.count or 'exactly once'}"
        fitting = [line for line in lines if line.name == callback and self._fits(line)]
        came = [line for line in fitting if self.window.holds(line.at)]
        if count.most is not None and sum(self.window.proves(line.at) for line in came) > count.most:
            reason = Reason.CALLBACK_DUPLICATE if count.most else Reason.CALLBACK_UNEXPECTED
            return false(about, reason, *came)
        doubtful = len(fitting) != len(came) or (count.most is not None and len(came) > count.most)
        if doubtful and (count.most is not None or len(came) < count.least):
            note = "whether one of them came within the window or just outside cannot be told"
            return unknown(about, Reason.INCONCLUSIVE_ORDER, *fitting, note=note)
        if len(came) < count.least:
            return self._missing(evidence, lines, callback, about)
        unheard = self._unheard(evidence, lines, about)
        if unheard:
            return unheard
        if callback is Callback.COMPLETION_HANDLER and came:
            return had_effect(evidence, self.window, lines, came[0])
        return true(about, *came)

    def _fits(self, line: CallbackSeen) -> bool:
        return self._in_session(line) and self.fields.fits(line)

    def _in_session(self, line: CallbackSeen) -> bool:
        return not self.session or line.name not in MISSING or line.session == self.session

    def _witnesses(self, evidence: Evidence) -> tuple[Source, ...]:
        """Who would have told of a callback: the journal, and the log for an app that leaves marks in it."""
        marks = evidence.of_app(CallbackSeen, self.bundle_id)
        marked = any(mark.source is Source.LOG_MARK for mark in marks)
        return (Source.JOURNAL, Source.SYSTEM_LOG) if marked else (Source.JOURNAL,)

    def _needed(self, evidence: Evidence) -> tuple[Source, ...]:
        """Who must have passed the deadline before a callback is called missing.

        The journal always: it is durable, and a line lost within it leaves a hole in its numbers. Its last
        lines leave none, but their marks in the log do, so the log is waited for as long as it is whole.
        What it is known to have lost, the journal makes up for.
        """
        window = self.window
        return tuple(
            source
            for source in self._witnesses(evidence)
            if source is Source.JOURNAL or not evidence.lost(source, window.from_s, window.deadline_s)
        )

    def _unheard(self, evidence: Evidence, lines: tuple[CallbackSeen, ...], about: str) -> Finding | None:
        """Why one too many may have been missed, or ``None``.

        Up to the last callback wanted; to the end of the window where a count was asked for.
        """
        if self.count and self.count.most is None:
            return None
        if self.count:
            return open_or_lost(about, evidence, self.window, self._needed(evidence))
        return self._unheard_among(evidence, lines, about)

    def _unheard_among(
        self, evidence: Evidence, lines: tuple[CallbackSeen, ...], about: str
    ) -> Finding | None:
        """Why another one may have been missed before the last that came, or ``None``."""
        witnesses = self._witnesses(evidence)
        until_s = max(line.at.latest_s for line in lines if line.name in self.wanted)
        if any(evidence.covers(source, self.window.from_s, until_s) for source in witnesses):
            return None
        gaps = evidence.lost_by_any(self.window.from_s, until_s)
        reason = Reason.INCONCLUSIVE_GAP if gaps else Reason.INCONCLUSIVE_DEADLINE
        return unknown(about, reason, gaps=gaps, note="another one may have been missed")

    def _missing(
        self, evidence: Evidence, lines: tuple[CallbackSeen, ...], callback: Callback, about: str
    ) -> Finding:
        pending = open_or_lost(about, evidence, self.window, self._needed(evidence))
        if pending:
            return pending
        fitting = [line for line in lines if line.name == callback and self._fits(line)]
        other = None if fitting else self._elsewhere(lines, callback, about)
        return (
            self._cancelled(lines, callback, about)
            or other
            or self._excused(evidence, lines, callback, about)
            or self._silent(evidence, lines, callback, about)
        )

    def _excused(
        self, evidence: Evidence, lines: tuple[CallbackSeen, ...], callback: Callback, about: str
    ) -> Finding | None:
        """It did not come, for a reason that is known."""
        excuse = self._excuse(evidence) or self._own_reason(evidence, lines, callback)
        return false(about, excuse[0], excuse[1], *lines[-2:]) if excuse else None

    def _silent(
        self, evidence: Evidence, lines: tuple[CallbackSeen, ...], callback: Callback, about: str
    ) -> Finding:
        """It did not come, or not as often as it must, and nothing explains it."""
        came = [line for line in lines if line.name == callback]
        if self.count and self.count.least > 1:
            note = f"it came {len(came)} of {self.count.least} times"
            return false(about, Reason.CALLBACK_TOO_FEW, *came, note=note)
        done = self._delivered(evidence)
        if callback in TASK_CALLBACKS and done:
            return false(about, Reason.ORPHANED, *done, note="the origin is done, the app was never told")
        return false(about, MISSING.get(callback, Reason.CALLBACK_MISSING_OTHER), *lines[-2:])

    def _cancelled(self, lines: tuple[CallbackSeen, ...], callback: Callback, about: str) -> Finding | None:
        """The task was cancelled, which is not what was expected of it."""
        if callback not in TASK_CALLBACKS or self.fields.is_error:
            return None
        mine = (line for line in lines if self._in_session(line) and self.fields.task in ("", line.task))
        found = cancellation(mine)
        return false(about, *found) if found else None

    def _elsewhere(self, lines: tuple[CallbackSeen, ...], callback: Callback, about: str) -> Finding | None:
        """It came, and not as it was expected to."""
        elsewhere = [line for line in lines if line.name == callback]
        if not elsewhere:
            return None
        in_session = [line for line in elsewhere if self._in_session(line)]
        if in_session:
            note = f"it came, but not with {self.fields}"
            return false(about, Reason.CALLBACK_OTHERWISE, *in_session, note=note)
        note = f"expected in {self.session}, came in {elsewhere[0].session}"
        return false(about, Reason.CALLBACK_WRONG_SESSION, *elsewhere, note=note)

    def _own_reason(
        self, evidence: Evidence, lines: tuple[CallbackSeen, ...], callback: Callback
    ) -> tuple[Reason, Fact] | None:
        """A reason that is not the app's: for not running it at all, or for a transfer that waits."""
        if callback not in MISSING:
            return None
        # What keeps a transfer from coming is no excuse where its error is what is expected.
        if not lines and not self.pid:
            of = EXCUSES_OF_AN_ERROR if self.fields.is_error else None
            return own_reason(evidence, self.window, self.bundle_id, of)
        if callback not in TASK_CALLBACKS or self.fields.is_error:
            return None
        return transfer_hindrance(evidence, self.window, self.bundle_id)

    def _excuse(self, evidence: Evidence) -> tuple[Reason, Fact] | None:
        """An end of the process that kept callbacks from coming: its crash, or one not the app's fault."""
        window = self.window
        ends = exits_of(
            evidence, self.bundle_id, pid=self.pid, since_s=window.from_s, until_s=window.deadline_s
        )
        for story in ends:
            reason = reason_of(story)
            excuses = self.pid and ended_while_running(evidence, story) and not self._blames(reason)
            if reason and story.facts and (reason is Reason.KILLED_CRASH or excuses):
                return reason, story.facts[0]
        return None

    def _blames(self, reason: Reason | None) -> bool:
        return reason is None or MEANINGS[reason].for_claim(self.kind) is Outcome.FAILED

    def _delivered(self, evidence: Evidence) -> list[TransferSeen]:
        seen = evidence.of(TransferSeen, until_s=self.window.deadline_s)
        return [fact for fact in seen if fact.complete and fact.nonce == evidence.nonce]

    def _in_order(self, evidence: Evidence, lines: tuple[CallbackSeen, ...]) -> Finding:
        about = "they came in the order given"
        firsts = [
            next((line for line in lines if line.name == callback and self._fits(line)), None)
            for callback in self.wanted
        ]
        came = [line for line in firsts if line]
        # Of what may come more than once, the first to be known need not be the first that came.
        unheard = self._unheard_among(evidence, lines, about) if came and self.count else None
        if unheard:
            return unheard
        for earlier, later in pairwise(came):
            if lines.index(later) < lines.index(earlier):
                return false(about, Reason.CALLBACK_OUT_OF_ORDER, later, earlier)
        return true(about, *came)


PRECEDENCE = (
    Reason.CALLBACK_WRONG_SESSION,
    Reason.CALLBACK_OTHERWISE,
    Reason.CALLBACK_DUPLICATE,
    Reason.CALLBACK_UNEXPECTED,
    Reason.TRANSFER_CANCELLED_APP,
    Reason.ORPHANED,
    Reason.CALLBACK_MISSING_HANDLE_EVENTS,
)
"""Which false claim names the verdict when several are false: the cause before what follows from it."""


def _worst_first(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    def rank(finding: Finding) -> int:
        return PRECEDENCE.index(finding.reason) if finding.reason in PRECEDENCE else len(PRECEDENCE)

    return tuple(sorted(findings, key=rank))
