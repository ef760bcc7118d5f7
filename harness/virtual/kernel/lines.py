"""The log lines of an application's life, one table per step (source: log-grammar.md §1.3).

Each row is (daemon, text). The order within a step is the order of the lines. Roles and assertion
identifiers drift between versions; nothing may rest on them.
"""

from __future__ import annotations

from harness.model.states import AppState
from harness.virtual.kernel.core import Core
from harness.virtual.kernel.processes.exits import ExitCause
from harness.virtual.kernel.processes.process import Process
from harness.virtual.kernel.rules import SIGNAL_NAMES, ExitDomain

Lines = tuple[tuple[str, str], ...]

_RB = "runningboardd"
_SB = "SpringBoard"
_CHANGED = (
    "Application process state changed for {bundle_id}: <SBApplicationProcessState: 0x{address:x}; "
    "pid: {pid}; taskState: %s; visibility: %s>"
)

TO_SUSPENDED: Lines = (
    (_RB, "Calculated state for {identity}: running-suspended (role: None)"),
    (_RB, "{instance} Set jetsam priority to {jetsam_suspended} [0] flag[1]"),
    (_RB, "{instance} Suspending task."),
    (_RB, "{instance} Shutdown sockets (SVC)"),
    (_RB, "{instance} check if suspended process is holding locks"),
    (_SB, "{instance} Setting process task state to: Suspended"),
    (_SB, _CHANGED % ("Suspended", "Background")),
)
RESUME: Lines = (
    (_RB, "{instance} Resuming task."),
    (_SB, "{instance} Setting process task state to: Running"),
)
TO_BACKGROUND: Lines = (
    (_RB, "Calculated state for {identity}: running-active (role: Background)"),
    (_RB, "{instance} Set jetsam priority to {jetsam_background} [0] flag[1]"),
    (_SB, "{instance} Setting process visibility to: Background"),
    (_SB, _CHANGED % ("Running", "Background")),
)
TO_FOREGROUND: Lines = (
    (
        _RB,
        "Calculated state for {identity}: running-active (role: UserInteractive) "
        '(endowments: <RBSProcessEndowmentSet| "com.apple.frontboard.visibility">)',
    ),
    (_RB, "{instance} Set jetsam priority to {jetsam_foreground} [0] flag[1]"),
    (_SB, "{instance} Setting process visibility to: Foreground"),
    (_SB, _CHANGED % ("Running", "Foreground")),
)
TO_NOT_RUNNING: Lines = (
    (_RB, "{instance} termination reported by launchd ({namespace}, {code}, {wait_status})"),
    (_RB, "Removing process: {instance}"),
    (_SB, "Firing exit handlers for {pid} with context {context}"),
    (_SB, "{instance} Process exited: {context}"),
    (_RB, "Calculated state for {identity}: none (role: None)"),
    (_SB, "{instance} Setting process task state to: Not Running"),
    (_SB, "{instance} Setting process visibility to: Unknown"),
    (_SB, _CHANGED % ("Not Running", "Unknown")),
)
STARTED: Lines = (
    (_SB, "{instance} Bootstrap success!"),
    (_SB, "{instance} Setting process task state to: Running"),
)


def state_lines(old: AppState, new: AppState) -> Lines:
    """The lines of a change of state between two living states."""
    if new is AppState.SUSPENDED:
        return TO_SUSPENDED
    resume = RESUME if old is AppState.SUSPENDED else ()
    if new is AppState.BACKGROUND_RUNNING:
        return resume + TO_BACKGROUND
    return () if old.is_foreground else resume + TO_FOREGROUND


def write(core: Core, process: Process, lines: Lines, **values: object) -> None:
    """Log the lines of one step for one application.

    Args:
        core: the phone.
        process: whom the lines are about.
        lines: a table of this module.
        values: what the table's texts name beyond the process itself.
    """
    known: dict[str, object] = {
        "identity": core.app_identity(process.bundle_id),
        "instance": core.instance(process),
        "bundle_id": process.bundle_id,
        "pid": process.pid,
        "address": 0x280000000 + process.pid * 0x40,
        "jetsam_suspended": core.rules.jetsam_suspended,
        "jetsam_background": core.rules.jetsam_background,
        "jetsam_foreground": core.rules.jetsam_foreground,
    }
    for daemon, text in lines:
        core.log_as(daemon, text.format(**(known | values)))


def write_exit(core: Core, process: Process, cause: ExitCause) -> None:
    """Log the end of an application."""
    voluntary = cause.domain is ExitDomain.VOLUNTARY
    write(
        core,
        process,
        TO_NOT_RUNNING,
        namespace=int(cause.domain),
        code=0 if voluntary else cause.code,
        wait_status=cause.wait_status,
        context=exit_context(cause),
    )


def write_termination_request(core: Core, process: Process, cause: ExitCause, requester: str) -> None:
    """Log that a daemon asked runningboardd to end a process."""
    asker = core.processes.named(requester)
    who = core.instance(asker) if asker is not None else f"[{core.service_identity(requester)}:-1]"
    report = "CrashLog" if cause.writes_report else "None"
    context = (
        f"<RBSTerminateContext| domain:{int(cause.domain)} code:0x{cause.code:08X} "
        f"explanation:{cause.reason} reportType:{report} maxTerminationResistance:Interactive>"
    )
    predicate = f"<RBSProcessPredicate <RBSProcessIdentifierPredicate| {process.pid}>>"
    core.log_as(
        "runningboardd", f"Received termination request from {who} on {predicate} with context {context}"
    )


def exit_context(cause: ExitCause) -> str:
    """An exit as FrontBoard prints it."""
    if cause.domain is ExitDomain.VOLUNTARY:
        return "<RBSProcessExitContext| voluntary>"
    if cause.domain is ExitDomain.SIGNAL:
        code = f"{SIGNAL_NAMES.get(cause.code, 'signal')}({cause.code})"
    else:
        code = f"0x{cause.code:08X}"
    domain = f"{cause.domain.name.lower()}({int(cause.domain)})"
    return f"<RBSProcessExitContext| specific, status:<RBSProcessExitStatus| domain:{domain} code:{code}>>"
