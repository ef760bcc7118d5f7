"""Which words of a phone mean which cause of an exit. Data only; ``exits`` weighs what it says.

Theory. No single source tells why a process ended. A wait status tells the signal and not its sender:
jetsam, every watchdog and a developer tool all come as SIGKILL. launchd and FrontBoard add the domain
(who) and a code (for what rule); a report adds words, by which one watchdog differs from another; a
request that runningboardd logged names the asker, but the process may have ended of something else by
then. So a row does not name *the* cause, it says two things:

``admits``
    the causes that can look like this. Evidence is put together by taking the causes that every piece
    admits; a piece that admits none of those left by stronger ones contradicts them.
``says``
    the cause it is when nothing narrower is known, or ``None`` when it takes more evidence to tell. A
    signal 6 says crash, and admits the VoIP rule, which ends an app by an exception of its own.

The rows stand from the particular to the general; the first that fits decides. Codes are compared in
whichever domain they are reported, for the domain of one code differs between versions. SIGKILL by
signal is the one row that our own actions are asked about: nothing on the phone tells who sent it.

Sources named §n are sections of background-execution.md; "grammar" is log-grammar.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.model.exits import WATCHDOGS, ExitCause, ExitDomain


class Standing(StrEnum):
    """How well it is established that the words mean the cause."""

    SEEN = "seen in a phone's logs, reports or binaries"
    REMEMBERED = "widely known, no document at hand"
    GUESSED = "guessed"


Causes = frozenset[ExitCause]

ALL_WATCHDOGS: Causes = WATCHDOGS | {ExitCause.WATCHDOG}

ASKED_FOR: Causes = ALL_WATCHDOGS | {
    ExitCause.USER_FORCE_QUIT,
    ExitCause.AUTOMATION,
    ExitCause.UPDATE,
    ExitCause.REPLACED,
    ExitCause.THERMAL,
    ExitCause.LOCK_HELD,
    ExitCause.VOIP,
    ExitCause.SYSTEM_RULE,
}
"""What a daemon of the system asks runningboardd for."""

SIGNALLED: Causes = frozenset({ExitCause.OUR_KILL, ExitCause.OTHER_SIGNAL})
"""SIGKILL from a process: ours, or somebody else's."""

FAULTED: Causes = frozenset({ExitCause.CRASH, ExitCause.VOIP})
"""What ends a process by a fault of its own."""

BY_SIGKILL: Causes = ASKED_FOR | SIGNALLED | {ExitCause.JETSAM, ExitCause.CODE_SIGNING, ExitCause.CRASH}
"""Whatever arrives as signal 9; a violated guard is a crash that does."""


@dataclass(frozen=True)
class Row:
    """One way in which a phone tells an end.

    Attributes:
        domain: who ended it; ``None`` for any.
        code: code within the domain; ``None`` for any.
        words: what the explanation, or the name of the asker, contains; empty for whatever it says.
        says: the cause when nothing narrower is known; ``None`` when this alone does not tell.
        admits: every cause that can look like this.
        source: where it is from.
        standing: how far to trust it.
    """

    domain: ExitDomain | None
    code: int | None
    words: str
    says: ExitCause | None
    admits: Causes
    source: str
    standing: Standing

    def fits(self, domain: ExitDomain, code: int, words: str) -> bool:
        """Whether it is about an end told so."""
        return (
            self.domain in (None, domain)
            and self.code in (None, code)
            and self.words.casefold() in words.casefold()
        )


_ANY: Causes = frozenset(ExitCause) - {ExitCause.UNKNOWN}
_SEEN, _KNOWN, _GUESS = Standing
_D, _C = ExitDomain, ExitCause


def _domain(domain: ExitDomain, cause: ExitCause, source: str, standing: Standing = _SEEN) -> Row:
    """A domain that has one cause, whatever the code."""
    return Row(domain, None, "", cause, frozenset({cause}), source, standing)


def _code(code: int, cause: ExitCause, source: str, *, words: str = "") -> Row:
    """A code that has one cause, in whichever domain and, if told so, with these words."""
    return Row(None, code, words, cause, frozenset({cause}), source, _SEEN)


def _signal(number: int, cause: ExitCause, source: str, *, words: str = "") -> Row:
    """A signal that has one cause."""
    return Row(_D.SIGNAL, number, words, cause, frozenset({cause}), source, _SEEN)


def _bare(words: str, cause: ExitCause, source: str, standing: Standing) -> Row:
    """A termination that FrontBoard was asked for without a code; only the words tell."""
    return Row(_D.FRONTBOARD, 0, words, cause, frozenset({cause}), source, standing)


SIGNALS: tuple[Row, ...] = (
    Row(_D.SIGNAL, 9, "", None, SIGNALLED, "§1.4: domain 2, from process control or Xcode", _SEEN),
    _signal(15, _C.OTHER_SIGNAL, "grammar §1.3: (2, 15, 15); the harness sends 9 alone"),
    _signal(2, _C.OTHER_SIGNAL, "§2.3: SIGINT, an older way of CoreDevice tools"),
    _signal(6, _C.VOIP, "§1.11, grammar §1.5: an exception of PushKit's", words="PushKit VoIP push"),
    Row(_D.SIGNAL, None, "", _C.CRASH, FAULTED, "grammar §1.3: (2, 10, 10) is SIGBUS", _SEEN),
)

CODES: tuple[Row, ...] = (
    _code(0xDEADFA11, _C.USER_FORCE_QUIT, "§1.4: killed from app switcher"),
    _code(0xFBFBFBFB, _C.AUTOMATION, "§1.4: XCUITest's terminate"),
    _code(0xDEAD10CC, _C.LOCK_HELD, "§1.4: a shared file lock, held at suspension"),
    _code(0xC00010FF, _C.THERMAL, "§1.4: thermal-pressure"),
    _code(0xBAADCA11, _C.VOIP, "§1.4: VoIP push not reported to CallKit"),
    _code(0x2BAD45EC, _C.SYSTEM_RULE, "§1.4: security-violation"),
    _code(0xC51BAD01, _C.SYSTEM_RULE, "§1.4: cpu violation"),
    _code(0xC51BAD02, _C.SYSTEM_RULE, "§1.4: walltime violation"),
    _code(0xC51BAD03, _C.SYSTEM_RULE, "§1.4: system busy"),
    _code(0x2182BAD2, _C.BACKGROUND_TASK_WATCHDOG, "grammar §1.3: Shared Background Assertion"),
    _code(0x2182BAD3, _C.URL_SESSION_WATCHDOG, "grammar §1.3: URL session"),
    _code(0x2182BAD4, _C.FETCH_WATCHDOG, "grammar §1.3: fetch"),
    _code(0x2182BAAD, _C.ASSERTION_WATCHDOG, "grammar §1.3: other"),
)

TRANSGRESSIONS: tuple[Row, ...] = (
    _code(
        0x8BADF00D,
        _C.LAUNCH_WATCHDOG,
        "grammar §1.3: process-launch",
        words="process-launch watchdog transgression",
    ),
    _code(
        0x8BADF00D,
        _C.SCENE_CREATE_WATCHDOG,
        "grammar §1.3: scene-create",
        words="scene-create watchdog transgression",
    ),
    _code(
        0x8BADF00D,
        _C.SCENE_UPDATE_WATCHDOG,
        "grammar §1.3: scene-update",
        words="scene-update watchdog transgression",
    ),
    _code(0x8BADF00D, _C.EXIT_WATCHDOG, "§1.3: process-exit, 5.0 s", words="Failed to terminate gracefully"),
    Row(
        None,
        0x8BADF00D,
        "",
        _C.WATCHDOG,
        ALL_WATCHDOGS,
        "§1.4: launch, scene, exit or background task",
        _SEEN,
    ),
    Row(
        _D.WATCHDOG,
        None,
        "",
        _C.WATCHDOG,
        ALL_WATCHDOGS,
        "grammar §1.3: FBProcessExitContext; watchdog",
        _SEEN,
    ),
)

ASKED: tuple[Row, ...] = (
    _bare("installd: ", _C.UPDATE, "who puts apps on a phone and takes them away", _GUESS),
    _bare("existing instance before", _C.REPLACED, "§2.3: KillExisting of a launch", _SEEN),
    Row(_D.FRONTBOARD, None, "", None, ASKED_FOR, "§1.4: domain 10, a code that is not described", _GUESS),
    Row(_D.RUNNINGBOARD, None, "", None, ASKED_FOR, "§1.4: domain 15, a code that is not described", _GUESS),
    Row(_D.OTHER, None, "", None, _ANY, "§1.4: a domain that is not described", _GUESS),
)

ROWS: tuple[Row, ...] = (
    _domain(_D.VOLUNTARY, _C.VOLUNTARY, "grammar §1.3: (0, 0, 18944) is exit(74)"),
    _domain(_D.JETSAM, _C.JETSAM, "§1.4: domain 1; grammar §1.5"),
    *SIGNALS,
    _domain(_D.CODESIGNING, _C.CODE_SIGNING, "§1.4: domain 3"),
    _domain(_D.DYLD, _C.CRASH, "§1.4: domain 6; what it links is not there"),
    _domain(_D.GUARD, _C.CRASH, "§1.4: domain 23; a guarded resource was misused"),
    *CODES,
    *TRANSGRESSIONS,
    *ASKED,
)
"""How the phone's own record of an end, or a request for one, is understood."""

STATUS_ROWS: tuple[Row, ...] = (
    _domain(_D.VOLUNTARY, _C.VOLUNTARY, "an exit status is left by what returned", _KNOWN),
    Row(_D.SIGNAL, 9, "", None, BY_SIGKILL, "§1.4: whatever the reason, it comes as SIGKILL", _KNOWN),
    _signal(15, _C.OTHER_SIGNAL, "grammar §1.3: (2, 15, 15); the harness sends 9 alone"),
    _signal(2, _C.OTHER_SIGNAL, "§2.3: SIGINT, an older way of CoreDevice tools"),
    Row(_D.SIGNAL, None, "", _C.CRASH, FAULTED, "the kernel's for a fault of the process", _KNOWN),
)
"""How a bare wait status is understood, as process control pushes it: it has no domain and no words."""


def row_for(rows: tuple[Row, ...], domain: ExitDomain, code: int, words: str) -> Row | None:
    """The row of a table that an end told so is about; ``None`` when nothing is known of it."""
    return next((row for row in rows if row.fits(domain, code, words)), None)
