"""Was the app woken for the reason expected: by a relaunch, or by a resume of the suspended process?

A wake is proven by two independent classes of evidence out of app, phone and network, at least one of
which names the reason as the cause; what names which reason stands in ``NAMINGS``. A process that merely
appeared, as a prewarm does, is no wake.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from harness.evidence.view import Evidence
from harness.expect import guards as guard
from harness.expect.causes import NAMINGS, Naming, is_wake_cause
from harness.expect.hindrances import completions, own_reason
from harness.expect.lives import Life
from harness.expect.perished import perished
from harness.expect.question import Question, Window, open_or_lost
from harness.model.callbacks import WakeReason
from harness.model.facts import (
    AppFact,
    Bootstrapped,
    CallbackSeen,
    EvidenceClass,
    Fact,
    Source,
    StateSeen,
    TransferSeen,
)
from harness.model.reasons import Reason
from harness.model.time import Instant
from harness.model.verdict import Finding, false, unknown

SOURCES = (Source.STATE_STREAM, Source.SYSTEM_LOG, Source.JOURNAL)
"""What would have shown a wake, or the phone's reason for none."""


@dataclass(frozen=True)
class Wake:
    """A process that ran, and what may have been the cause.

    Attributes:
        pid: the process that was started or resumed.
        facts: what shows that it ran, in order.
        causes: what names the reason as the cause, or fits it.
        foreign: events of another test's session and lines under its nonce, when there were no events of
            this test's.
    """

    pid: int
    facts: tuple[Fact, ...]
    causes: tuple[Fact, ...]
    foreign: tuple[Fact, ...] = ()

    @property
    def at(self) -> Instant:
        """When it first ran."""
        return self.facts[0].at

    @property
    def is_proven(self) -> bool:
        """Whether it is a wake for the reason: see ``proven_s``."""
        return self.proven_s is not None

    @property
    def proven_s(self) -> float | None:
        """By when two independent classes showed it and one of them named the cause; ``None``: not yet."""
        witnesses: set[EvidenceClass] = set()
        named = False
        if self.foreign:
            return None
        for fact in sorted((*self.facts, *self.causes), key=lambda fact: fact.at.latest_s):
            witnesses.add(fact.witness)
            named = named or (isinstance(fact, AppFact) and fact in self.causes)
            if named and len(witnesses) >= 2:
                return fact.at.latest_s
        return None


def runs_code(fact: AppFact) -> bool:
    """Whether a fact shows code of the app running; a line in the process list does not."""
    return isinstance(fact, CallbackSeen) or (isinstance(fact, StateSeen) and fact.state.runs_code)


def wake_of(
    evidence: Evidence,
    bundle_id: str,
    window: Window,
    life: Life,
    sessions: frozenset[str] = frozenset(),
    reason: WakeReason = WakeReason.URL_SESSION,
) -> Wake | None:
    """What shows that a process ran for a reason in a window; ``None`` when nothing shows it running."""
    inside = evidence.of_app(AppFact, bundle_id, since_s=window.from_s, until_s=window.deadline_s)
    pid, held = life.pid, [fact for fact in inside if window.holds(fact.at)]
    facts = tuple(fact for fact in held if fact.pid == pid and life.has(fact.at) and runs_code(fact))
    if not facts:
        return None
    naming = NAMINGS[reason]
    named = [
        fact
        for fact in held
        if naming.names(fact) and (fact.pid == 0 or (fact.pid == pid and life.has(fact.at)))
    ]
    others = [fact for fact in facts if is_foreign(fact, evidence) and not naming.is_event(fact)]
    events = [fact for fact in named if naming.is_event(fact)]
    ours = [fact for fact in named if is_ours(fact, evidence, sessions)]
    foreign = () if any(naming.is_event(fact) for fact in ours) else (*events, *others)
    return Wake(pid, facts, (*ours, *_delivered(evidence, window, naming, ours)), foreign)


def _delivered(
    evidence: Evidence, window: Window, naming: Naming, ours: list[AppFact]
) -> tuple[TransferSeen, ...]:
    """Files whose coming is what such a wake is for, and which came before the last that names it."""
    if not naming.of_transfers or not ours:
        return ()
    return tuple(fact for fact in completions(evidence, window) if fact.at.surely_before(ours[-1].at))


def is_foreign(fact: AppFact, evidence: Evidence) -> bool:
    """Whether the app wrote a line as another test had told it to."""
    return isinstance(fact, CallbackSeen) and fact.nonce not in ("", evidence.nonce)


def is_ours(fact: AppFact, evidence: Evidence, sessions: frozenset[str]) -> bool:
    """Whether a fact is about this test, or does not say whose it is."""
    if not isinstance(fact, CallbackSeen):
        return True
    # The app stamps a line with the nonce it was last told; the session says whose transfer it was.
    return not is_foreign(fact, evidence) and _is_of(fact, sessions)


def _is_of(fact: CallbackSeen, sessions: frozenset[str]) -> bool:
    """Whether a line is not about the events of another session than these."""
    tells_events = NAMINGS[WakeReason.URL_SESSION].is_event(fact)
    return not tells_events or not sessions or fact.session in sessions


def not_woken(about: str, evidence: Evidence, question: WakeQuestion, wake: Wake | None) -> Finding:
    """The finding for a wake that is not proven: open, lost, explained by the phone, or the app's fault."""
    window, naming = question.window, NAMINGS[question.reason]
    near = wake.facts[:3] if wake else ()
    pending = open_or_lost(about, evidence, window, SOURCES)
    if pending:
        return pending
    edging = [fact for fact in evidence.of_app(AppFact, question.bundle_id) if window.edges(fact.at)]
    if any(naming.names(fact) for fact in edging):
        note = "it may have run just outside the window, or just within"
        causes = [fact for fact in edging if naming.names(fact)]
        return unknown(about, Reason.INCONCLUSIVE_ORDER, *causes[:3], note=note)
    if wake and wake.foreign:
        note = "something of another test woke it"
        return unknown(about, Reason.INCONCLUSIVE_OTHER_WAKE, *wake.foreign, *near, note=note)
    own = question.unfit(evidence) or own_reason(evidence, window, question.bundle_id, naming.excuses)
    if own:
        return false(about, own[0], own[1], *near)
    return _unexplained(about, evidence, question, near)


def _unexplained(about: str, evidence: Evidence, question: WakeQuestion, near: tuple[Fact, ...]) -> Finding:
    """Nothing says why it was not woken: the app's fault where iOS promises the wake."""
    window, naming = question.window, NAMINGS[question.reason]
    if not naming.is_promised:
        note = "iOS promises no time for it"
        return unknown(about, Reason.NOT_WOKEN_UNEXPLAINED, *near, note=note)
    if not naming.of_transfers:
        return false(about, Reason.NOT_WOKEN_UNEXPLAINED, *near)
    done = completions(evidence, window)
    lost = () if done else perished(evidence, window, question.bundle_id)
    if lost:
        note = "its transfers ended with its process, and it gave nsurlsessiond none to go on with"
        return false(about, Reason.NOT_WOKEN_UNEXPLAINED, *lost, *near, note=note)
    if not done:
        note = "the origin delivered no whole file in the window"
        return false(about, Reason.NOT_WOKEN_SESSION_UNFINISHED, *near, note=note)
    return false(about, Reason.NOT_WOKEN_UNEXPLAINED, *done, *near)


def near_wake(fact: Fact, sessions: frozenset[str], reason: WakeReason) -> str | None:
    """What speaks against a fact as a sign of this test's wake; ``None`` for what is no sign of any."""
    if isinstance(fact, Bootstrapped):
        return "a prewarm is no wake" if fact.is_prewarm else ""
    if not isinstance(fact, AppFact) or not (runs_code(fact) or is_wake_cause(fact)):
        return None
    if isinstance(fact, CallbackSeen) and not _is_of(fact, sessions):
        return f"for session {fact.session}"
    if NAMINGS[reason].names(fact):
        return ""
    return "names another cause" if is_wake_cause(fact) else "names no cause of a wake"


class WakeQuestion(Question, Protocol):
    """An expectation that the app is woken, in one of two ways."""

    @property
    def reason(self) -> WakeReason:
        """Why iOS must have woken it."""
        ...

    def unfit(self, evidence: Evidence) -> tuple[Reason, Fact] | None:
        """Why the app could not be woken in this way in the window, such as its having been ended."""
        ...


def began_s(evidence: Evidence, question: Question) -> float:
    """The start of the experiment, as far as a debugger could have spoilt it."""
    # A debugger that was gone before the app was suspended did no harm; without a suspension to start
    # from, everything since the harness's launch matters.
    window = question.window
    began = guard.last_suspension(evidence, question.bundle_id, window.from_s) or guard.last_launch(
        evidence, question.bundle_id, window.from_s
    )
    return began.at.earliest_s if began else window.from_s
