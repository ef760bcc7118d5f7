"""Was the app woken for its background session: by a relaunch, or by a resume of the suspended process?

A wake is proven by two independent classes of evidence out of app, phone and network, at least one of
which names the session as the cause: ``handleEventsForBackgroundURLSession`` in the app's testimony,
nsurlsessiond asking SpringBoard to open the app, or runningboardd's assertion for handling a session's
events (background-execution.md §1.8.6). A process that merely appeared, as a prewarm does, is no wake.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.evidence.view import Evidence
from harness.expect import guards as guard
from harness.expect.question import Question, Window, open_or_lost
from harness.model.callbacks import Callback, WakeReason
from harness.model.facts import (
    ActionTaken,
    AppFact,
    Bootstrapped,
    CallbackSeen,
    EvidenceClass,
    Fact,
    Gap,
    OpenRequested,
    ProcessSeen,
    ResumeDelaySet,
    SessionAssertion,
    Source,
    StateSeen,
    TransferSeen,
    WakeRefused,
)
from harness.model.reasons import ClaimKind, Reason
from harness.model.states import AppState
from harness.model.time import Instant
from harness.model.verdict import Finding, false, true, unknown

REFUSALS: tuple[tuple[str, Reason], ...] = (
    ("background updates are not enabled", Reason.NOT_WOKEN_BAR_OFF),
    ("sessionSendsLaunchEvents is NO", Reason.NOT_WOKEN_LAUNCH_EVENTS_OFF),
    ("already connected", Reason.NOT_WOKEN_ALREADY_CONNECTED),
    ("quit in the app switcher", Reason.NOT_WOKEN_FORCE_QUIT),
)
"""What nsurlsessiond says when it wakes nobody -> reason. Source: background-execution.md §1.8.6."""

SOURCES = (Source.STATE_STREAM, Source.SYSTEM_LOG, Source.JOURNAL)
"""What would have shown a wake, or the phone's reason for none."""


@dataclass(frozen=True)
class Wake:
    """A wake that the evidence shows.

    Attributes:
        pid: the process that was started or resumed.
        at: when it first ran.
        facts: what shows it.
        causes: those of the facts that name the session as the cause, or fit it.
    """

    pid: int
    at: Instant
    facts: tuple[Fact, ...]
    causes: tuple[Fact, ...]

    @property
    def is_proven(self) -> bool:
        """Whether two independent classes show it and one of them names the cause."""
        named = any(fact.witness in (EvidenceClass.APP, EvidenceClass.PHONE) for fact in self.causes)
        return named and len({fact.witness for fact in (*self.facts, *self.causes)}) >= 2


def is_wake_cause(fact: AppFact) -> bool:
    """Whether a fact names a background session as the cause of a wake."""
    match fact:
        case CallbackSeen(name=name):
            return name == Callback.HANDLE_EVENTS
        case OpenRequested(requester=requester):
            return requester == "nsurlsessiond"
        case SessionAssertion(held=held):
            return held
        case _:
            return False


def _ran(fact: AppFact) -> bool:
    match fact:
        case StateSeen(state=state):
            return state.runs_code
        case CallbackSeen() | ProcessSeen():
            return True
        case Bootstrapped(pid=pid):
            return pid != 0
        case _:
            return False


def wake_of(
    evidence: Evidence, bundle_id: str, window: Window, pid: int, sessions: frozenset[str] = frozenset()
) -> Wake | None:
    """What shows that a process ran for its session in a window; ``None`` when nothing shows it running."""
    inside = evidence.of_app(AppFact, bundle_id, since_s=window.from_s, until_s=window.deadline_s)
    facts = tuple(fact for fact in inside if fact.pid == pid and _ran(fact))
    if not facts:
        return None
    causes = tuple(
        fact
        for fact in inside
        if fact.pid in (0, pid) and is_wake_cause(fact) and _is_ours(fact, evidence, sessions)
    )
    done = tuple(_completions(evidence, window))
    return Wake(pid, facts[0].at, facts, (*causes, *done))


def _is_ours(fact: AppFact, evidence: Evidence, sessions: frozenset[str]) -> bool:
    if not isinstance(fact, CallbackSeen):
        return True
    # The app stamps a line with the nonce it was last told; the session says whose transfer it was.
    return fact.nonce in ("", evidence.nonce) and (not sessions or fact.session in sessions)


def _completions(evidence: Evidence, window: Window) -> list[TransferSeen]:
    seen = evidence.of(TransferSeen, since_s=window.from_s, until_s=window.deadline_s)
    return [fact for fact in seen if fact.complete and fact.nonce == evidence.nonce]


def own_reason(evidence: Evidence, window: Window) -> tuple[Reason, Fact] | None:
    """A reason of the phone's own for not waking the app in the window, if one is known."""
    for refusal in evidence.of(WakeRefused, since_s=window.from_s, until_s=window.deadline_s):
        for text, reason in REFUSALS:
            if text in refusal.text:
                return reason, refusal
    span_s = window.deadline_s - window.from_s
    delays = evidence.of(ResumeDelaySet, until_s=window.deadline_s)
    # A delay set before the window still counts while it runs on past the deadline.
    running = [delay for delay in delays if delay.at.earliest_s + delay.delay_s > window.deadline_s]
    if running and running[-1].delay_s > span_s:
        return Reason.NOT_WOKEN_RATE_LIMITED, running[-1]
    return None


def not_woken(about: str, evidence: Evidence, window: Window, *near: Fact) -> Finding:
    """The finding for a wake that is not proven: open, lost, explained by the phone, or the app's fault."""
    pending = open_or_lost(about, evidence, window, SOURCES)
    if pending:
        return pending
    own = own_reason(evidence, window)
    if own:
        return unknown(about, own[0], own[1], *near)
    if not _completions(evidence, window):
        note = "the origin delivered no whole file in the window"
        return unknown(about, Reason.NOT_WOKEN_SESSION_UNFINISHED, *near, note=note)
    return false(about, Reason.NOT_WOKEN_UNEXPLAINED, *_completions(evidence, window), *near)


def _began_s(evidence: Evidence, question: Question) -> float:
    # A debugger that was gone before the app was suspended did no harm; without a suspension to start
    # from, everything since the harness's launch matters.
    window = question.window
    began = guard.last_suspension(evidence, question.bundle_id, window.from_s) or guard.last_launch(
        evidence, question.bundle_id, window.from_s
    )
    return began.at.earliest_s if began else window.from_s


@dataclass(frozen=True)
class ExpectRelaunch:
    """The dead app is started in the background to handle its session's events.

    Attributes:
        bundle_id: the app.
        window: from the mark (such as a release) to the deadline.
        reason: why iOS must have started it.
        sessions: background sessions of this test; events of another are no cause. Empty for any.
    """

    bundle_id: str
    window: Window
    reason: WakeReason = WakeReason.URL_SESSION
    sessions: frozenset[str] = frozenset()

    kind = ClaimKind.WAKE
    passed = Reason.PASS_RELAUNCHED

    def __str__(self) -> str:
        return f"{self.bundle_id} is relaunched for {self.reason} after {self.window.since.what}"

    def find(self, evidence: Evidence) -> Wake | None:
        """The best shown wake by a new process: a proven one, else the first that ran."""
        old = guard.pids_of(evidence, self.bundle_id, before=Instant(self.window.from_s))
        inside = evidence.of_app(
            AppFact, self.bundle_id, since_s=self.window.from_s, until_s=self.window.deadline_s
        )
        pids = dict.fromkeys(fact.pid for fact in inside if fact.pid and fact.pid not in old)
        wakes = [wake for pid in pids if (wake := self._wake(evidence, pid))]
        return next((wake for wake in wakes if wake.is_proven), wakes[0] if wakes else None)

    def _wake(self, evidence: Evidence, pid: int) -> Wake | None:
        return wake_of(evidence, self.bundle_id, self.window, pid, self.sessions)

    def guards(self, evidence: Evidence) -> tuple[Finding, ...]:
        """No debugger, a right kill, and nobody who opened the app."""
        wake = self.find(evidence)
        end_s = wake.at.latest_s if wake and wake.is_proven else self.window.deadline_s
        kill = guard.last_kill(evidence, self.bundle_id, self.window.since.at.latest_s)
        foreground = guard.not_foregrounded(evidence, self.bundle_id, self._dead_since_s(kill), end_s)
        debugger = guard.no_debugger(evidence, self.bundle_id, _began_s(evidence, self), end_s)
        if kill is None:
            return (debugger, foreground)
        return (debugger, guard.kill_was_right(evidence, kill), foreground)

    def _dead_since_s(self, kill: ActionTaken | None) -> float:
        return min(self.window.from_s, kill.at.latest_s) if kill else self.window.from_s

    def claims(self, evidence: Evidence) -> tuple[Finding, ...]:
        """One claim: a new process ran because of the session."""
        about = f"a new process of the app was started for {self.reason}"
        wake = self.find(evidence)
        if wake and wake.is_proven:
            return (true(about, *wake.facts[:3], *wake.causes, gaps=self._gaps(evidence)),)
        near = wake.facts[:3] if wake else ()
        return (not_woken(about, evidence, self.window, *near),)

    def _gaps(self, evidence: Evidence) -> tuple[Gap, ...]:
        return evidence.lost_by_any(self.window.from_s, self.window.deadline_s)


@dataclass(frozen=True)
class ExpectResume:
    """The suspended process of the app runs again, in the background, to handle its session's events.

    Attributes:
        bundle_id: the app.
        window: from the mark (such as a release) to the deadline.
        pid: the process that was suspended.
        reason: why iOS must have resumed it.
        sessions: background sessions of this test; events of another are no cause. Empty for any.
    """

    bundle_id: str
    window: Window
    pid: int
    reason: WakeReason = WakeReason.URL_SESSION
    sessions: frozenset[str] = frozenset()

    kind = ClaimKind.WAKE
    passed = Reason.PASS_RESUMED

    def __str__(self) -> str:
        return f"{self.bundle_id} is resumed for {self.reason} after {self.window.since.what}"

    def find(self, evidence: Evidence) -> Wake | None:
        """What shows the process running again."""
        return wake_of(evidence, self.bundle_id, self.window, self.pid, self.sessions)

    def guards(self, evidence: Evidence) -> tuple[Finding, ...]:
        """No debugger, suspended at the mark, and nobody who opened the app."""
        wake = self.find(evidence)
        end_s = wake.at.latest_s if wake and wake.is_proven else self.window.deadline_s
        return (
            guard.no_debugger(evidence, self.bundle_id, _began_s(evidence, self), end_s),
            guard.was_suspended(evidence, self.bundle_id, self.window.since.at),
            guard.not_foregrounded(evidence, self.bundle_id, self.window.from_s, end_s),
        )

    def claims(self, evidence: Evidence) -> tuple[Finding, ...]:
        """One claim: the same process ran because of the session."""
        about = f"the suspended process {self.pid} was resumed for {self.reason}"
        wake = self.find(evidence)
        if wake and wake.is_proven and self._went_background(wake):
            gaps = evidence.lost_by_any(self.window.from_s, self.window.deadline_s)
            return (true(about, *wake.facts[:3], *wake.causes, gaps=gaps),)
        near = wake.facts[:3] if wake else ()
        return (not_woken(about, evidence, self.window, *near),)

    @staticmethod
    def _went_background(wake: Wake) -> bool:
        states = [fact.state for fact in wake.facts if isinstance(fact, StateSeen)]
        return AppState.BACKGROUND_RUNNING in states or not states
