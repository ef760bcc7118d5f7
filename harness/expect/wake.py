"""Was the app woken for its background session: by a relaunch, or by a resume of the suspended process?

A wake is proven by two independent classes of evidence out of app, phone and network, at least one of
which names the session as the cause: ``handleEventsForBackgroundURLSession`` in the app's testimony,
nsurlsessiond asking SpringBoard to open the app, or runningboardd's assertion for handling a session's
events (background-execution.md §1.8.6). A process that merely appeared, as a prewarm does, is no wake.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from harness.evidence.view import Evidence
from harness.expect import guards as guard
from harness.expect.hindrances import completions, own_reason
from harness.expect.lives import Life
from harness.expect.question import Question, Window, open_or_lost
from harness.model.callbacks import Callback
from harness.model.facts import (
    AppFact,
    Bootstrapped,
    CallbackSeen,
    EvidenceClass,
    Fact,
    OpenRequested,
    SessionAssertion,
    Source,
    StateSeen,
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
        causes: what names the session as the cause, or fits it.
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
        """Whether it is a wake for the session: see ``proven_s``."""
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


def is_handle_events(fact: AppFact) -> bool:
    """Whether the app says that it was called for a session's events."""
    return isinstance(fact, CallbackSeen) and fact.name == Callback.HANDLE_EVENTS


def is_wake_cause(fact: AppFact) -> bool:
    """Whether a fact names a background session as the cause of a wake."""
    match fact:
        case OpenRequested(requester=requester):
            return requester == "nsurlsessiond"
        case SessionAssertion(held=held):
            return held
        case _:
            return is_handle_events(fact)


def runs_code(fact: AppFact) -> bool:
    """Whether a fact shows code of the app running; a line in the process list does not."""
    return isinstance(fact, CallbackSeen) or (isinstance(fact, StateSeen) and fact.state.runs_code)


def wake_of(
    evidence: Evidence, bundle_id: str, window: Window, life: Life, sessions: frozenset[str] = frozenset()
) -> Wake | None:
    """What shows that a process ran for its session in a window; ``None`` when nothing shows it running."""
    inside = evidence.of_app(AppFact, bundle_id, since_s=window.from_s, until_s=window.deadline_s)
    pid, held = life.pid, [fact for fact in inside if window.holds(fact.at)]
    facts = tuple(fact for fact in held if fact.pid == pid and life.has(fact.at) and runs_code(fact))
    if not facts:
        return None
    named = [
        fact
        for fact in held
        if is_wake_cause(fact) and (fact.pid == 0 or (fact.pid == pid and life.has(fact.at)))
    ]
    others = [fact for fact in facts if is_foreign(fact, evidence) and not is_handle_events(fact)]
    events = [fact for fact in named if is_handle_events(fact)]
    ours = [fact for fact in named if is_ours(fact, evidence, sessions)]
    foreign = () if any(is_handle_events(fact) for fact in ours) else (*events, *others)
    done = [fact for fact in completions(evidence, window) if ours and fact.at.surely_before(ours[-1].at)]
    return Wake(pid, facts, (*ours, *done), foreign)


def is_foreign(fact: AppFact, evidence: Evidence) -> bool:
    """Whether the app wrote a line as another test had told it to."""
    return isinstance(fact, CallbackSeen) and fact.nonce not in ("", evidence.nonce)


def is_ours(fact: AppFact, evidence: Evidence, sessions: frozenset[str]) -> bool:
    """Whether a fact is about this test, or does not say whose it is."""
    if not isinstance(fact, CallbackSeen):
        return True
    # The app stamps a line with the nonce it was last told; the session says whose transfer it was.
    return not is_foreign(fact, evidence) and (not sessions or fact.session in sessions)


def not_woken(about: str, evidence: Evidence, question: WakeQuestion, wake: Wake | None) -> Finding:
    """The finding for a wake that is not proven: open, lost, explained by the phone, or the app's fault."""
    window = question.window
    near = wake.facts[:3] if wake else ()
    pending = open_or_lost(about, evidence, window, SOURCES)
    if pending:
        return pending
    edging = [fact for fact in evidence.of_app(AppFact, question.bundle_id) if _may_be_it(fact, window)]
    if edging:
        note = "it may have run just outside the window, or just within"
        return unknown(about, Reason.INCONCLUSIVE_ORDER, *edging[:3], note=note)
    if wake and wake.foreign:
        note = "a transfer of another test woke it"
        return unknown(about, Reason.INCONCLUSIVE_OTHER_WAKE, *wake.foreign, *near, note=note)
    own = question.unfit(evidence) or own_reason(evidence, window, question.bundle_id)
    if own:
        return false(about, own[0], own[1], *near)
    done = completions(evidence, window)
    if not done:
        note = "the origin delivered no whole file in the window"
        return false(about, Reason.NOT_WOKEN_SESSION_UNFINISHED, *near, note=note)
    return false(about, Reason.NOT_WOKEN_UNEXPLAINED, *done, *near)


def _may_be_it(fact: AppFact, window: Window) -> bool:
    return window.edges(fact.at) and is_wake_cause(fact)


def near_wake(fact: Fact, sessions: frozenset[str]) -> str | None:
    """What speaks against a fact as a sign of this test's wake; ``None`` for what is no sign of any."""
    if isinstance(fact, Bootstrapped):
        return "a prewarm is no wake" if fact.is_prewarm else ""
    if not isinstance(fact, AppFact) or not (runs_code(fact) or is_wake_cause(fact)):
        return None
    if (
        isinstance(fact, CallbackSeen)
        and is_handle_events(fact)
        and sessions
        and fact.session not in sessions
    ):
        return f"for session {fact.session}"
    return "" if is_wake_cause(fact) else "names no session as its cause"


class WakeQuestion(Question, Protocol):
    """An expectation that the app is woken, in one of two ways."""

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
