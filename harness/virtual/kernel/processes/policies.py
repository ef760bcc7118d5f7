"""Ends that the system decides on for reasons of its own, and that nothing else here leads to.

Heat, code signing, limits and slow scenes are not modelled as such: a person at the shell, or a test, says
that one has struck, and the phone ends the app as a phone does, with the code, the lines and the report.
Sources named §n are sections of background-execution.md; "grammar" is log-grammar.md. What is guessed of
a row is who asks for the end, and whether a report is written, unless its source says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from harness.virtual.kernel.processes.exits import ExitCause
from harness.virtual.kernel.rules import ExitDomain, TerminationCode
from harness.virtual.versions.row import Standing


class Policy(StrEnum):
    """For what the system ends an app."""

    HEAT = "heat"
    CODE_SIGNING = "code-signing"
    CPU_LIMIT = "cpu-limit"
    CALL_NOT_POSTED = "call-not-posted"
    SLOW_SCENE = "slow-scene"
    SLOW_EXIT = "slow-exit"
    SECURITY = "security"
    WALLTIME_LIMIT = "walltime-limit"
    SYSTEM_BUSY = "system-busy"
    MISSING_LIBRARY = "missing-library"
    GUARDED_RESOURCE = "guarded-resource"


@dataclass(frozen=True)
class Ending:
    """How the system ends an app for one reason.

    Attributes:
        domain: in whose name.
        code: code within the domain.
        words: the explanation; ``{who}`` is the process.
        requester: the daemon that asks runningboardd for it; empty when the kernel does it itself.
        announces: what the requester logs first; empty for nothing.
        writes_report: whether a report is written.
        source: where it is from.
        standing: how far to trust it.
    """

    domain: ExitDomain
    code: int
    words: str
    requester: str
    announces: str
    writes_report: bool
    source: str
    standing: Standing

    def cause(self, who: str) -> ExitCause:
        """The cause of the end of a process, as the log names it."""
        return ExitCause(self.domain, self.code, self.words.format(who=who), writes_report=self.writes_report)


INVALID_PAGE = 2
"""Code in the domain of code signing for a page that does not match its signature. From memory."""

LIBRARY_MISSING = 1
"""Code in the domain of dyld for a library that is not there. From memory."""

GUARDED_DESCRIPTOR = 2
"""Code in the domain of guards for a file descriptor that is not the process's to close. From memory."""

_FB, _RB = ExitDomain.FRONTBOARD, ExitDomain.RUNNINGBOARD
_SEEN, _GUESS = Standing.CAPTURED, Standing.GUESSED

ENDINGS: Mapping[Policy, Ending] = {
    Policy.HEAT: Ending(
        _FB,
        TerminationCode.THERMAL_PRESSURE,
        "thermal-pressure",
        "SpringBoard",
        "",
        False,
        "§1.4: code and name; the domain is guessed",
        _GUESS,
    ),
    Policy.CODE_SIGNING: Ending(
        ExitDomain.CODESIGNING, INVALID_PAGE, "Invalid Page", "", "", True, "§1.4: the domain", _GUESS
    ),
    Policy.CPU_LIMIT: Ending(
        _RB,
        TerminationCode.CPU_VIOLATION,
        "cpu violation",
        "runningboardd",
        "",
        True,
        "§1.4: code and name; the domain is guessed",
        _GUESS,
    ),
    Policy.CALL_NOT_POSTED: Ending(
        _FB,
        TerminationCode.VOIP_NOT_REPORTED,
        "VoIP app failed to post an incoming call in time",
        "callservicesd",
        "Killing VoIP app because it failed to post an incoming call in time.",
        True,
        "§1.4: the code; §1.11: callservicesd's line; the domain is guessed",
        _GUESS,
    ),
    Policy.SLOW_SCENE: Ending(
        _FB,
        TerminationCode.WATCHDOG,
        "scene-create watchdog transgression: {who} exhausted real (wall clock) time allowance of "
        "10.00 seconds",
        "SpringBoard",
        "",
        True,
        "grammar §1.3; §1.3: 10.00 s",
        _SEEN,
    ),
    Policy.SLOW_EXIT: Ending(
        _FB,
        TerminationCode.WATCHDOG,
        "[{who}] Failed to terminate gracefully after 5.0s",
        "SpringBoard",
        "",
        True,
        "grammar §1.3: 18, 26; §1.3: 5.0 s",
        _SEEN,
    ),
    Policy.SECURITY: Ending(
        _FB,
        TerminationCode.SECURITY_VIOLATION,
        "security-violation",
        "SpringBoard",
        "",
        False,
        "§1.4: code and name; the domain is guessed",
        _GUESS,
    ),
    Policy.WALLTIME_LIMIT: Ending(
        _RB,
        TerminationCode.WALLTIME_VIOLATION,
        "walltime violation",
        "runningboardd",
        "",
        True,
        "§1.4: code and name; the domain is guessed",
        _GUESS,
    ),
    Policy.SYSTEM_BUSY: Ending(
        _RB,
        TerminationCode.SYSTEM_BUSY,
        "system busy",
        "runningboardd",
        "",
        False,
        "§1.4: code and name; the domain is guessed",
        _GUESS,
    ),
    Policy.MISSING_LIBRARY: Ending(
        ExitDomain.DYLD, LIBRARY_MISSING, "Library missing", "", "", True, "§1.4: the domain", _GUESS
    ),
    Policy.GUARDED_RESOURCE: Ending(
        ExitDomain.GUARD, GUARDED_DESCRIPTOR, "Guarded descriptor", "", "", True, "§1.4: the domain", _GUESS
    ),
}
"""Reason -> how a phone ends an app for it."""
