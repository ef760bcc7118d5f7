"""What names the cause of a wake, for each reason that iOS has for running an app.

A process that runs says nothing of what for. Each reason has its own words in the app's testimony and in the
phone's log, and a wake counts for a reason only when one of them was said. A request of dasd's to open the
app is none of them: it asks so for a prewarm, too.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.callbacks import Callback, WakeReason
from harness.model.facts import (
    ActivityPhase,
    AppFact,
    BackgroundActivity,
    Bootstrapped,
    CallbackSeen,
    OpenRequested,
    SessionAssertion,
)
from harness.model.reasons import Reason


@dataclass(frozen=True)
class Naming:
    """How one reason for a wake is named, and what may stand in its way.

    Attributes:
        events: what the app was called by.
        requesters: processes that ask SpringBoard to open an app for this reason and no other.
        activities: how dasd's activities of this kind begin, in what runningboardd says that a process was
            launched for and in what BackgroundTasks says that the app was handed.
        is_assertion: whether runningboardd's assertion for a session's events is taken for it.
        of_transfers: whether it comes of a file that was delivered, so that it waits for one.
        is_promised: whether iOS promises it, so that its absence is somebody's fault.
        excuses: reasons of the phone's own for its absence; ``None`` for any.
    """

    events: frozenset[Callback]
    requesters: frozenset[str] = frozenset()
    activities: tuple[str, ...] = ()
    is_assertion: bool = False
    of_transfers: bool = False
    is_promised: bool = True
    excuses: frozenset[Reason] | None = None

    def is_event(self, fact: AppFact) -> bool:
        """Whether the app says that it was called for this reason."""
        return isinstance(fact, CallbackSeen) and fact.name in self.events

    def names(self, fact: AppFact) -> bool:
        """Whether a fact names this reason as the cause of a wake."""
        match fact:
            case OpenRequested(requester=requester):
                return requester in self.requesters
            case SessionAssertion(held=held):
                return held and self.is_assertion
            case Bootstrapped(why=why):
                return why.startswith(self.activities)
            case BackgroundActivity(phase=ActivityPhase.LAUNCHED, activity=activity):
                return activity.startswith(self.activities)
            case _:
                return self.is_event(fact)


_OF_ANY_LAUNCH = frozenset(
    {Reason.NOT_WOKEN_FORCE_QUIT, Reason.NOT_WOKEN_BAR_OFF, Reason.NOT_WOKEN_BFU_LOCKED}
)
"""What keeps iOS from running any app in the background. Source: background-execution.md §1.6, §1.7."""

_OF_DASD = _OF_ANY_LAUNCH | {Reason.NOT_WOKEN_LOW_POWER, Reason.NOT_WOKEN_THROTTLED}

NAMINGS: dict[WakeReason, Naming] = {
    # Source: background-execution.md §1.8.6.
    WakeReason.URL_SESSION: Naming(
        events=frozenset({Callback.HANDLE_EVENTS}),
        requesters=frozenset({"nsurlsessiond"}),
        is_assertion=True,
        of_transfers=True,
    ),
    # Who asks for a launch, and in which words, is guessed: no public capture has one.
    WakeReason.LOCATION: Naming(
        events=frozenset({Callback.REGION_ENTERED, Callback.REGION_EXITED}),
        requesters=frozenset({"locationd"}),
        excuses=_OF_ANY_LAUNCH,
    ),
    # Source: log-grammar.md §1.4, §2; what runningboardd calls such a launch is guessed.
    WakeReason.APP_REFRESH: Naming(
        events=frozenset({Callback.REFRESH_LAUNCHED}),
        activities=("bgRefresh-",),
        is_promised=False,
        excuses=_OF_DASD,
    ),
    WakeReason.PROCESSING: Naming(
        events=frozenset({Callback.PROCESSING_LAUNCHED}),
        activities=("bgProcessing-",),
        is_promised=False,
        excuses=_OF_DASD | {Reason.NOT_WOKEN_WAITING_NETWORK},
    ),
}
"""Reason for a wake -> what names it."""


def is_event(fact: AppFact) -> bool:
    """Whether the app says that it was called for something that iOS wakes apps for."""
    return any(naming.is_event(fact) for naming in NAMINGS.values())


def is_wake_cause(fact: AppFact) -> bool:
    """Whether a fact names any cause of a wake."""
    return any(naming.names(fact) for naming in NAMINGS.values())
