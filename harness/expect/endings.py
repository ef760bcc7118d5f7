"""How a process ended, as a reason: the app's doing, the user's, or the system's own."""

from __future__ import annotations

from harness.evidence.view import Evidence
from harness.model.facts import EvidenceClass, ProcessEnded, StateSeen
from harness.model.reasons import Reason

BY_CODE: dict[int, Reason] = {
    0x8BADF00D: Reason.KILLED_WATCHDOG,
    0xDEAD10CC: Reason.KILLED_LOCK,
    0xC00010FF: Reason.KILLED_THERMAL,
    0xBAADCA11: Reason.KILLED_VOIP,
    0xDEADFA11: Reason.KILLED_USER,
    0xFBFBFBFB: Reason.KILLED_AUTOMATION,
}
"""Termination code -> reason, in whichever domain it is reported. Source: background-execution.md §1.4."""

ASKED_SIGNALS = (9, 15)
"""Signals that somebody sends; every other one is the process's own crash."""


def reason_of_end(end: ProcessEnded) -> Reason | None:
    """What the end of a process was; ``None`` for one that it chose itself."""
    if end.domain == "jetsam":
        return Reason.KILLED_JETSAM
    if end.domain == "signal":
        return Reason.KILLED_SIGNAL if end.code in ASKED_SIGNALS else Reason.KILLED_CRASH
    return BY_CODE.get(end.code)


def end_of(evidence: Evidence, bundle_id: str, pid: int, until_s: float) -> ProcessEnded | None:
    """The end of a process, up to a moment."""
    ends = evidence.of_app(ProcessEnded, bundle_id, until_s=until_s)
    return next((end for end in ends if end.pid == pid), None)


def ended_while_running(evidence: Evidence, end: ProcessEnded) -> bool:
    """Whether the phone showed the process running code when it ended, rather than suspended."""
    states = [
        fact
        for fact in evidence.of_app(StateSeen, end.bundle_id, until_s=end.at.latest_s)
        if fact.pid == end.pid and fact.witness is EvidenceClass.PHONE and fact.at.surely_before(end.at)
    ]
    return bool(states) and states[-1].state.runs_code
