"""Lines of the phone's log, and the traps among them."""

from __future__ import annotations

import pytest

from harness.evidence.recognizers import RECOGNIZERS, recognize
from harness.model.facts import (
    Bootstrapped,
    CallbackSeen,
    DebuggerSeen,
    Fact,
    OpenRequested,
    ProcessEnded,
    ResumeDelaySet,
    SessionAssertion,
    Source,
    StateSeen,
    WakeRefused,
)
from harness.model.journal import LOG_SUBSYSTEM, JournalLine
from harness.model.raw import LogRecord
from harness.model.states import AppState
from harness.model.time import written

APP = "dev.harness.downloader"
AT_S = 1700000000.5
UUID = "0E6F9F0A-1111-2222-3333-444455556666"
FORMS = (f"application<{APP}>", f"app<{APP}>", f"app<{APP}({UUID})>", f"app<{APP}((null))>")
"""How an app is named: iOS 13–16, FrontBoard's short form, iOS 17 and later, without a persona."""

DESCRIPTION = f'<RBSAssertionDescriptor| "com.apple.nsurlsessiond.handlesession {APP}" ID:1-2-3 target:41>'
DAEMON = "[osservice<com.apple.nsurlsessiond>:70]"


def record(process: str, message: str, subsystem: str = "") -> LogRecord:
    return LogRecord(AT_S, process, 34, "notice", message, subsystem)


def said(process: str, message: str) -> Fact | None:
    return recognize(record(process, message), bundle_id=APP, subsystem=LOG_SUBSYSTEM)


def changed(task: str, visible: str, bundle_id: str = APP) -> str:
    return (
        f"Application process state changed for {bundle_id}: <SBApplicationProcessState: 0x28301d0a0; "
        f"pid: 41; taskState: {task}; visibility: {visible}>"
    )


def state(state: AppState, bundle_id: str = APP) -> StateSeen:
    return StateSeen(at=written(AT_S), source=Source.SYSTEM_LOG, bundle_id=bundle_id, pid=41, state=state)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_an_apps_name_is_the_app(form: str) -> None:
    at, log = written(AT_S), Source.SYSTEM_LOG
    assert said("runningboardd", f"[{form}:41] Suspending task.") == state(AppState.SUSPENDED)
    assert said("runningboardd", f"[{form}:41] Resuming task.") == state(AppState.BACKGROUND_RUNNING)
    held = (
        f"Acquiring assertion targeting [{form}:41] from originator {DAEMON} with description {DESCRIPTION}"
    )
    assert said("runningboardd", held) == SessionAssertion(
        at=at, source=log, bundle_id=APP, pid=41, held=True
    )
    started = said("SpringBoard", f"Bootstrapping {form} with intent background")
    assert started == Bootstrapped(at=at, source=log, bundle_id=APP, intent="background")


LINES: dict[str, tuple[str, str, Fact]] = {
    "suspended": ("SpringBoard", changed("Suspended", "Background"), state(AppState.SUSPENDED)),
    "running in the background": (
        "SpringBoard",
        changed("Running", "Background"),
        state(AppState.BACKGROUND_RUNNING),
    ),
    "running in the foreground": (
        "SpringBoard",
        changed("Running", "Foreground"),
        state(AppState.FOREGROUND_ACTIVE),
    ),
    "not running": ("SpringBoard", changed("Not Running", "Unknown"), state(AppState.NOT_RUNNING)),
    "asked to open": (
        "SpringBoard",
        f'Received request to open "{APP}" from nsurlsessiond:70.',
        OpenRequested(at=written(AT_S), source=Source.SYSTEM_LOG, bundle_id=APP, requester="nsurlsessiond"),
    ),
    "refused": (
        "nsurlsessiond",
        f"NDNWSession <{UUID}> Not waking up client <private> since background updates are not enabled",
        WakeRefused(at=written(AT_S), source=Source.SYSTEM_LOG, text="background updates are not enabled"),
    ),
    "refused, the older form": (
        "nsurlsessiond",
        f"NDSession <{UUID}> Not waking up client {APP} since sessionSendsLaunchEvents is NO",
        WakeRefused(at=written(AT_S), source=Source.SYSTEM_LOG, text="sessionSendsLaunchEvents is NO"),
    ),
    "delayed, for an app that is blank": (
        "nsurlsessiond",
        "Set request delay for  to 60.000000",
        ResumeDelaySet(at=written(AT_S), source=Source.SYSTEM_LOG, delay_s=60.0),
    ),
    "delayed, for an app that is private": (
        "nsurlsessiond",
        "Set request delay for <private> to 960.000000",
        ResumeDelaySet(at=written(AT_S), source=Source.SYSTEM_LOG, delay_s=960.0),
    ),
    "let go by the debugger": (
        "debugserver",
        "Detached from process 41",
        DebuggerSeen(at=written(AT_S), source=Source.SYSTEM_LOG, pid=41, attached=False),
    ),
    "attached by the debugger": (
        "debugserver",
        "debugserver will attach to process 41",
        DebuggerSeen(at=written(AT_S), source=Source.SYSTEM_LOG, pid=41, attached=True),
    ),
    "the session's assertion dropped": (
        "runningboardd",
        f"Invalidating assertion targeting [app<{APP}>:41] from originator {DAEMON} with "
        f"description {DESCRIPTION}",
        SessionAssertion(at=written(AT_S), source=Source.SYSTEM_LOG, bundle_id=APP, pid=41, held=False),
    ),
}


@pytest.mark.parametrize("what", LINES)
def test_a_line_that_is_safe_to_read_states_a_fact(what: str) -> None:
    process, message, fact = LINES[what]
    assert said(process, message) == fact


SPECIFIC = "specific, status:<RBSProcessExitStatus| domain:{} code:{}>"
EXITS: dict[str, tuple[str, int, bool]] = {
    "voluntary": ("voluntary", 0, False),
    SPECIFIC.format("signal(2)", "SIGKILL(9)"): ("signal", 9, True),
    SPECIFIC.format("signal(2)", "SIGSEGV(11)"): ("signal", 11, False),
    SPECIFIC.format("jetsam(1)", "0x00000004"): ("jetsam", 4, True),
    SPECIFIC.format("frontboard(10)", "0xDEADFA11"): ("frontboard", 0xDEADFA11, False),
    SPECIFIC.format("fbscene(10)", "0x8BADF00D"): ("frontboard", 0x8BADF00D, False),
    SPECIFIC.format("springboard(10)", "0x8badf00d"): ("frontboard", 0x8BADF00D, False),
    SPECIFIC.format("runningboard(15)", "3735883980"): ("runningboard", 0xDEAD10CC, False),
}


@pytest.mark.parametrize("context", EXITS)
def test_an_exit_says_how_a_process_ended(context: str) -> None:
    domain, code, system_like = EXITS[context]
    ended = said("SpringBoard", f"[app<{APP}>:41] Process exited: <RBSProcessExitContext| {context}>")
    assert isinstance(ended, ProcessEnded)
    assert (ended.bundle_id, ended.pid, ended.domain, ended.code) == (APP, 41, domain, code)
    assert ended.is_system_like is system_like
    assert context in ended.explanation


XPC = f"[xpcservice<com.apple.WebKit.WebContent([app<{APP}>:41])>{{vt hash: 0}}:88:88]"
TRAPS: dict[str, tuple[str, str]] = {
    "an extension of the app is suspended": ("runningboardd", f"{XPC} Suspending task."),
    "an extension of the app ends": (
        "SpringBoard",
        f"{XPC} Process exited: <RBSProcessExitContext| voluntary>",
    ),
    "the session's assertion is an extension's": (
        "runningboardd",
        f"Acquiring assertion targeting {XPC} from originator {DAEMON} with description {DESCRIPTION}",
    ),
    "an assertion by the app on a daemon": (
        "runningboardd",
        f"Acquiring assertion targeting {DAEMON} from originator [app<{APP}>:41] with "
        f"description {DESCRIPTION}",
    ),
    "another assertion of the app": (
        "runningboardd",
        f"Acquiring assertion targeting [app<{APP}>:41] from originator {DAEMON} with description "
        '<RBSAssertionDescriptor| "com.apple.frontboard.visibility" ID:1-2-3 target:41>',
    ),
    "the words in another process": ("MyApp", f"[app<{APP}>:41] Suspending task."),
    "SpringBoard's words in runningboardd": ("runningboardd", changed("Suspended", "Background")),
    "the words quoted later in a line": ("runningboardd", f"saw [app<{APP}>:41] Suspending task."),
    "a name that is private": ("runningboardd", "[app<<private>>:41] Suspending task."),
    "a state changed for somebody private": ("SpringBoard", changed("Suspended", "Background", "<private>")),
    "a state that says nothing": ("SpringBoard", changed("Unknown", "Unknown")),
    "a spawn that failed has no pid": ("runningboardd", f"[app<{APP}>:-1] Suspending task."),
    "an app's own words about not waking": ("nsurlsessiond", "Not waking up client, or so it says since 1"),
    "a wake that was requested": (
        "nsurlsessiond",
        f"Will request wake of app <private> for NDSession <{UUID}> with identifier <private>",
    ),
    "silence": ("runningboardd", ""),
}


@pytest.mark.parametrize("what", TRAPS)
def test_a_trap_states_nothing(what: str) -> None:
    assert said(*TRAPS[what]) is None


@pytest.mark.parametrize("other", [f"{APP}.beta", f"{APP}2", "dev.harness", "dev.harness.down"])
def test_an_app_whose_name_begins_alike_is_another_app(other: str) -> None:
    for process, message in (
        ("runningboardd", f"[app<{other}({UUID})>:41] Suspending task."),
        ("SpringBoard", changed("Suspended", "Background", other)),
    ):
        assert said(process, message) == state(AppState.SUSPENDED, other)


@pytest.mark.parametrize("form", FORMS)
def test_a_prewarm_is_told_from_a_launch(form: str) -> None:
    prewarm = said("runningboardd", f"Executing launch request for {form} (DAS Prewarm launch)")
    launch = said("runningboardd", f"Executing launch request for {form} (com.apple.nsurlsessiond {APP})")
    assert isinstance(prewarm, Bootstrapped)
    assert isinstance(launch, Bootstrapped)
    assert (prewarm.is_prewarm, launch.is_prewarm) == (True, False)


LINE = JournalLine(
    seq=7, boot="b", pid=41, mono_s=3.0, wall_s=AT_S - 1, nonce="n1", event="didEnterBackground", traced=True
)


def test_a_mark_is_the_apps_own_testimony_dated_by_the_app() -> None:
    mark = recognize(
        record("Downloader", LINE.to_json(), LOG_SUBSYSTEM), bundle_id=APP, subsystem=LOG_SUBSYSTEM
    )
    assert isinstance(mark, CallbackSeen)
    assert (mark.source, mark.bundle_id, mark.seq, mark.traced) == (Source.LOG_MARK, APP, 7, True)
    assert mark.at == written(AT_S - 1)


@pytest.mark.parametrize("text", ["<private>", LINE.to_json()[:40], "", "[]", "{}"])
def test_a_mark_that_was_cut_or_hidden_states_nothing(text: str) -> None:
    marked = record("Downloader", text, LOG_SUBSYSTEM)
    assert recognize(marked, bundle_id=APP, subsystem=LOG_SUBSYSTEM) is None


def test_without_a_subsystem_there_are_no_marks() -> None:
    assert (
        recognize(record("Downloader", LINE.to_json(), LOG_SUBSYSTEM), bundle_id=APP, subsystem=None) is None
    )


@pytest.mark.parametrize("row", RECOGNIZERS, ids=lambda row: row.pattern.pattern[:30])
def test_every_row_is_tried_by_a_line_of_these_tests(row: object) -> None:
    """A row that nothing here matches would be a row that nothing here proves."""
    tried = [(process, message) for process, message, _ in LINES.values()]
    tried += [("runningboardd", f"[app<{APP}>:41] {word} task.") for word in ("Suspending", "Resuming")]
    tried += [
        ("SpringBoard", f"Bootstrapping app<{APP}> with intent background"),
        ("SpringBoard", f"[app<{APP}>:41] Process exited: <RBSProcessExitContext| voluntary>"),
        ("runningboardd", f"Executing launch request for app<{APP}> (DAS Prewarm launch)"),
        (
            "runningboardd",
            f"Acquiring assertion targeting [app<{APP}>:41] from originator {DAEMON} with {DESCRIPTION}",
        ),
    ]
    known = [one for one in RECOGNIZERS if one is row]
    assert any(one.process == process and one.pattern.match(text) for one in known for process, text in tried)


def test_a_mark_of_another_app_in_the_same_subsystem_is_not_the_apps_testimony() -> None:
    mark = record("Impostor", LINE.to_json(), LOG_SUBSYSTEM)
    assert recognize(mark, bundle_id=APP, subsystem=LOG_SUBSYSTEM, executable="Downloader") is None
    assert recognize(mark, bundle_id=APP, subsystem=LOG_SUBSYSTEM) is not None
