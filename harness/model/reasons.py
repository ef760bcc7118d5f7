"""Reason codes, and the one table that says which verdict each of them means for which kind of claim.

Source of the codes: background-execution.md §4. Enum and documentation come from the table below; no
other place decides what a reason means.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """A verdict in one word."""

    PASSED = "passed"
    FAILED = "failed"
    INVALID = "invalid"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"


WORST_FIRST = (Outcome.FAILED, Outcome.ERROR, Outcome.INVALID, Outcome.INCONCLUSIVE, Outcome.PASSED)
"""Which of several outcomes names the whole: what is the app's fault before what is nobody's."""


class ClaimKind(StrEnum):
    """What sort of thing an expectation claims."""

    WAKE = "wake"
    CALLBACKS = "callbacks"
    STATE = "state"
    TRANSFER = "transfer"
    EXIT = "exit"
    FACT = "fact"
    ABSENCE = "absence"


class Reason(StrEnum):
    """Why a verdict is what it is."""

    PASS_RELAUNCHED = "PASS_RELAUNCHED"
    PASS_RESUMED = "PASS_RESUMED"
    PASS_IN_PROCESS = "PASS_IN_PROCESS"
    PASS_EXITED = "PASS_EXITED"
    PASS_CLAIMS_PROVEN = "PASS_CLAIMS_PROVEN"
    NOT_WOKEN_BAR_OFF = "NOT_WOKEN:BAR_OFF"
    NOT_WOKEN_FORCE_QUIT = "NOT_WOKEN:FORCE_QUIT"
    NOT_WOKEN_LAUNCH_EVENTS_OFF = "NOT_WOKEN:LAUNCH_EVENTS_OFF"
    NOT_WOKEN_ALREADY_CONNECTED = "NOT_WOKEN:ALREADY_CONNECTED"
    NOT_WOKEN_RATE_LIMITED = "NOT_WOKEN:RATE_LIMITED"
    NOT_WOKEN_SESSION_UNFINISHED = "NOT_WOKEN:SESSION_UNFINISHED"
    NOT_WOKEN_WAITING_NETWORK = "NOT_WOKEN:WAITING_NETWORK"
    NOT_WOKEN_SERVER_DOWN = "NOT_WOKEN:SERVER_DOWN"
    NOT_WOKEN_BFU_LOCKED = "NOT_WOKEN:BFU_LOCKED"
    NOT_WOKEN_LOW_POWER = "NOT_WOKEN:LOW_POWER"
    NOT_WOKEN_THROTTLED = "NOT_WOKEN:THROTTLED"
    NOT_WOKEN_UNEXPLAINED = "NOT_WOKEN:UNEXPLAINED"
    WOKEN_UNEXPECTEDLY = "WOKEN_UNEXPECTEDLY"
    TRANSFER_CANCELLED_FORCE_QUIT = "TRANSFER_CANCELLED:force_quit"
    TRANSFER_CANCELLED_BAR_OFF = "TRANSFER_CANCELLED:bar_off"
    TRANSFER_CANCELLED_RESOURCES = "TRANSFER_CANCELLED:resources"
    TRANSFER_CANCELLED_APP = "TRANSFER_CANCELLED:app"
    TRANSFER_INCOMPLETE = "TRANSFER_INCOMPLETE"
    TRANSFER_DUPLICATE = "TRANSFER_DUPLICATE"
    TRANSFER_OTHER_WAY = "TRANSFER_OTHER_WAY"
    CALLBACK_MISSING_HANDLE_EVENTS = "CALLBACK_MISSING:handleEvents"
    CALLBACK_MISSING_DID_COMPLETE = "CALLBACK_MISSING:didComplete"
    CALLBACK_MISSING_DID_FINISH_EVENTS = "CALLBACK_MISSING:didFinishEvents"
    CALLBACK_MISSING_COMPLETION_HANDLER = "CALLBACK_MISSING:completionHandler_not_called"
    CALLBACK_MISSING_OTHER = "CALLBACK_MISSING:other"
    CALLBACK_DUPLICATE = "CALLBACK_DUPLICATE"
    CALLBACK_TOO_FEW = "CALLBACK_TOO_FEW"
    CALLBACK_UNEXPECTED = "CALLBACK_UNEXPECTED"
    CALLBACK_OTHERWISE = "CALLBACK_OTHERWISE"
    CALLBACK_OUT_OF_ORDER = "CALLBACK_OUT_OF_ORDER"
    CALLBACK_WRONG_SESSION = "CALLBACK_WRONG_SESSION"
    KILLED_WATCHDOG = "KILLED:watchdog"
    KILLED_LOCK = "KILLED:lock"
    KILLED_THERMAL = "KILLED:thermal"
    KILLED_JETSAM = "KILLED:jetsam"
    KILLED_CRASH = "KILLED:crash"
    KILLED_VOIP = "KILLED:voip"
    KILLED_SIGNAL = "KILLED:signal"
    KILLED_USER = "KILLED:user"
    KILLED_AUTOMATION = "KILLED:automation"
    KILLED_REPLACED = "KILLED:replaced"
    NEVER_SUSPENDED = "NEVER_SUSPENDED"
    STATE_NOT_REACHED = "STATE_NOT_REACHED"
    NOT_EXITED = "NOT_EXITED"
    EXIT_OTHER_CAUSE = "EXIT_OTHER_CAUSE"
    FACT_MISSING = "FACT_MISSING"
    FACT_SEEN = "FACT_SEEN"
    ORPHANED = "ORPHANED"
    SIMULATED = "SIMULATED"
    INVALID_DEBUGGER = "INVALID:debugger"
    INVALID_FOREGROUNDED = "INVALID:harness_foregrounded"
    INVALID_WRONG_EXIT_CODE = "INVALID:wrong_exit_code"
    INVALID_NOT_SUSPENDED = "INVALID:not_suspended"
    INVALID_SETTINGS_NOT_APPLIED = "INVALID:settings_not_applied"
    INVALID_WIFI_NOT_DOWN = "INVALID:wifi_not_down"
    INVALID_CELLULAR_LEAK = "INVALID:cellular_leak"
    SETUP_IMPOSSIBLE = "SETUP_IMPOSSIBLE"
    INCONCLUSIVE_GAP = "INCONCLUSIVE:gap"
    INCONCLUSIVE_OTHER_WAKE = "INCONCLUSIVE:other_wake"
    INCONCLUSIVE_DEVICE_LOST = "INCONCLUSIVE:device_lost"
    INCONCLUSIVE_DEADLINE = "INCONCLUSIVE:deadline"
    INCONCLUSIVE_ORDER = "INCONCLUSIVE:order"


@dataclass(frozen=True)
class Meaning:
    """One row of the table: a sentence, and the verdict per kind of claim."""

    sentence: str
    wake: Outcome
    callbacks: Outcome
    state: Outcome
    transfer: Outcome
    exit: Outcome
    fact: Outcome
    absence: Outcome

    def for_claim(self, kind: ClaimKind) -> Outcome:
        """The verdict this reason means for a claim of that kind."""
        column: Outcome = getattr(self, kind.value)
        return column


_P, _F, _V, _U, _ = Outcome


def _row(sentence: str, *columns: Outcome) -> Meaning:
    """A row by its columns; two are all claims that something happened, and absence; one is all of them."""
    match columns:
        case (every,):
            columns = (every,) * len(ClaimKind)
        case (positive, absence):
            columns = (*(positive,) * (len(ClaimKind) - 1), absence)
        case _:
            pass
    return Meaning(sentence, *columns)


# fmt: off
MEANINGS: dict[Reason, Meaning] = {
    # all | all but absence, absence | wake, callbacks, state, transfer, exit, fact, absence
    Reason.PASS_RELAUNCHED: _row("a new process was started in the background", _P, _F),
    Reason.PASS_RESUMED: _row("the suspended process ran again", _P, _F),
    Reason.PASS_IN_PROCESS: _row("never suspended: callbacks came in-process", _P),
    Reason.PASS_EXITED: _row("the process ended for the cause expected", _P, _F),
    Reason.PASS_CLAIMS_PROVEN: _row("all that was claimed is proven", _P),
    Reason.NOT_WOKEN_BAR_OFF: _row("Background App Refresh is off", _U, _P),
    Reason.NOT_WOKEN_FORCE_QUIT: _row("the user had quit the app in the app switcher", _U, _P),
    Reason.NOT_WOKEN_LAUNCH_EVENTS_OFF: _row("sessionSendsLaunchEvents is NO", _F, _P),
    Reason.NOT_WOKEN_ALREADY_CONNECTED: _row("the app was already running", _V, _U, _U, _U, _U, _U, _P),
    Reason.NOT_WOKEN_RATE_LIMITED: _row("nsurlsessiond delays wakes of this app", _U),
    Reason.NOT_WOKEN_SESSION_UNFINISHED: _row("tasks of the session are unfinished", _U, _P),
    Reason.NOT_WOKEN_WAITING_NETWORK: _row("the transfer waits for a network", _U, _P),
    Reason.NOT_WOKEN_SERVER_DOWN: _row("the test had taken the server away, or had it answer badly", _U, _P),
    Reason.NOT_WOKEN_BFU_LOCKED: _row("the phone was not unlocked since it booted", _U),
    Reason.NOT_WOKEN_LOW_POWER: _row("Low Power Mode holds background work back", _U),
    Reason.NOT_WOKEN_THROTTLED: _row("the subsystem throttles this app", _U),
    Reason.NOT_WOKEN_UNEXPLAINED: _row("not woken, and the phone gave no reason", _F, _P),
    Reason.WOKEN_UNEXPECTEDLY: _row("the app was woken", _P, _F),
    Reason.TRANSFER_CANCELLED_FORCE_QUIT: _row("cancelled: the app was force quit", _U, _P),
    Reason.TRANSFER_CANCELLED_BAR_OFF: _row("cancelled: background updates are off", _U, _P),
    Reason.TRANSFER_CANCELLED_RESOURCES: _row("cancelled: insufficient system resources", _U),
    Reason.TRANSFER_CANCELLED_APP: _row("the app cancelled the transfer", _F),
    Reason.TRANSFER_INCOMPLETE: _row("the origin did not deliver the whole file", _U, _U, _U, _F, _U, _U, _P),
    Reason.TRANSFER_DUPLICATE: _row("the origin was asked more often than once", _F),
    Reason.TRANSFER_OTHER_WAY: _row("the transfer went by another interface than expected", _F),
    Reason.CALLBACK_MISSING_HANDLE_EVENTS: _row("handleEventsForBackgroundURLSession was not called", _F),
    Reason.CALLBACK_MISSING_DID_COMPLETE: _row("the task's callbacks did not come", _F),
    Reason.CALLBACK_MISSING_DID_FINISH_EVENTS: _row("urlSessionDidFinishEvents did not come", _F),
    Reason.CALLBACK_MISSING_COMPLETION_HANDLER: _row("the app never called the completion handler", _F),
    Reason.CALLBACK_MISSING_OTHER: _row("a callback did not come", _F),
    Reason.CALLBACK_DUPLICATE: _row("a callback came more than once", _F),
    Reason.CALLBACK_TOO_FEW: _row("a callback came less often than it must", _F),
    Reason.CALLBACK_UNEXPECTED: _row("a callback came that must not come", _F),
    Reason.CALLBACK_OTHERWISE: _row("a callback came, and said something else than expected", _F),
    Reason.CALLBACK_OUT_OF_ORDER: _row("callbacks came in another order", _F),
    Reason.CALLBACK_WRONG_SESSION: _row("a callback came in another session than the transfer's", _F),
    Reason.KILLED_WATCHDOG: _row("a watchdog killed the app", _F),
    Reason.KILLED_LOCK: _row("killed: it held a file lock while suspended (0xDEAD10CC)", _F),
    Reason.KILLED_THERMAL: _row("killed for heat", _U),
    Reason.KILLED_JETSAM: _row("killed for memory", _U),
    Reason.KILLED_CRASH: _row("the app crashed", _F),
    Reason.KILLED_VOIP: _row("killed: a VoIP push was not reported to CallKit", _F),
    Reason.KILLED_SIGNAL: _row("ended by a signal", _U),
    Reason.KILLED_USER: _row("the user quit the app in the app switcher", _V),
    Reason.KILLED_AUTOMATION: _row("ended by UI automation", _V),
    Reason.KILLED_REPLACED: _row("ended to make room for another launch or another version", _V),
    Reason.NEVER_SUSPENDED: _row("the app was never suspended", _V, _V, _F, _U, _U, _U, _U),
    Reason.STATE_NOT_REACHED: _row("the app did not reach the state", _F),
    Reason.NOT_EXITED: _row("the process did not end", _F),
    Reason.EXIT_OTHER_CAUSE: _row("the process ended for another cause than the one expected", _F),
    Reason.FACT_MISSING: _row("nothing seen was what the test looks for", _F),
    Reason.FACT_SEEN: _row("what must not happen was seen", _F),
    Reason.ORPHANED: _row("the transfer is done and the app was never told", _F),
    Reason.SIMULATED: _row("only the handler's wiring was exercised", _U),
    Reason.INVALID_DEBUGGER: _row("a debugger was attached, so iOS does not suspend the app", _V),
    Reason.INVALID_FOREGROUNDED: _row("someone brought the app to the foreground", _V),
    Reason.INVALID_WRONG_EXIT_CODE: _row("the process did not end the way the system ends one", _V),
    Reason.INVALID_NOT_SUSPENDED: _row("the app was not suspended when it had to be", _V),
    Reason.INVALID_SETTINGS_NOT_APPLIED: _row("a setting was not what the test set it to", _V),
    Reason.INVALID_WIFI_NOT_DOWN: _row("Wi-Fi was not really down", _V),
    Reason.INVALID_CELLULAR_LEAK: _row("the origin was reached by cellular", _V),
    Reason.SETUP_IMPOSSIBLE: _row("this phone or app cannot be set up so", _V),
    Reason.INCONCLUSIVE_GAP: _row("evidence that would decide it was lost", _U),
    Reason.INCONCLUSIVE_OTHER_WAKE: _row("something else than this test woke the app", _U),
    Reason.INCONCLUSIVE_DEVICE_LOST: _row("the phone was lost", _U),
    Reason.INCONCLUSIVE_DEADLINE: _row("a source had not yet passed the deadline", _U),
    Reason.INCONCLUSIVE_ORDER: _row("two moments are too close together to tell which came first", _U),
}
# fmt: on
"""Reason -> sentence and verdict per kind of claim."""
