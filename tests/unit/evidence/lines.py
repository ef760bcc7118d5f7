"""Lines of the phone's log and what each states, written from log-grammar.md."""

from __future__ import annotations

from harness.evidence.recognizers import recognize
from harness.model.facts import (
    ActivityPhase,
    AppWarned,
    BackgroundActivity,
    Bootstrapped,
    DebuggerSeen,
    ExitPending,
    Fact,
    HeldBack,
    Hindrance,
    OpenRequested,
    ProcessEnded,
    Radio,
    ResumeDelaySet,
    SessionAssertion,
    SettingRead,
    Source,
    StateHint,
    StateSeen,
    TerminationRequested,
    WakeRefused,
    WakeStep,
    WakeTold,
    Warned,
)
from harness.model.journal import LOG_SUBSYSTEM
from harness.model.raw import LogRecord
from harness.model.states import AppState
from harness.model.time import written

APP, EXECUTABLE = "dev.harness.downloader", "Downloader"
AT_S = 1700000000.5
AT, LOG = written(AT_S), Source.SYSTEM_LOG
UUID = "0E6F9F0A-1111-2222-3333-444455556666"
FORMS = (f"application<{APP}>", f"app<{APP}>", f"app<{APP}({UUID})>", f"app<{APP}((null))>")
"""How an app is named: iOS 13–16, FrontBoard's short form, iOS 17 and later, without a persona."""

DESCRIPTION = f'<RBSAssertionDescriptor| "com.apple.nsurlsessiond.handlesession {APP}" ID:1-2-3 target:41>'
DAEMON = "[osservice<com.apple.nsurlsessiond>:70]"
IT = f"[app<{APP}({UUID})>:41]"
ACTIVITY = "bgRefresh-dev.harness.refresh:1A2B3C"
PUSH = f"com.apple.pushLaunch.{APP}:1A2B3C"


def record(process: str, message: str, subsystem: str = "") -> LogRecord:
    return LogRecord(AT_S, process, 34, "notice", message, subsystem)


def said(process: str, message: str, ios_major: int | None = None) -> Fact | None:
    return recognize(
        record(process, message),
        bundle_id=APP,
        subsystem=LOG_SUBSYSTEM,
        executable=EXECUTABLE,
        ios_major=ios_major,
    )


def changed(task: str, visible: str, bundle_id: str = APP) -> str:
    return (
        f"Application process state changed for {bundle_id}: <SBApplicationProcessState: 0x28301d0a0; "
        f"pid: 41; taskState: {task}; visibility: {visible}>"
    )


def state(state: AppState, bundle_id: str = APP) -> StateSeen:
    return StateSeen(at=AT, source=LOG, bundle_id=bundle_id, pid=41, state=state)


def hint(*, pid: int = 41, task: str = "", visibility: str = "") -> StateHint:
    return StateHint(at=AT, source=LOG, bundle_id=APP, pid=pid, task=task, visibility=visibility)


def ended(domain: str, code: int, text: str) -> ProcessEnded:
    return ProcessEnded(at=AT, source=LOG, bundle_id=APP, pid=41, domain=domain, code=code, explanation=text)


def asked(
    requester: str, code: int, text: str, *, bundle_id: str = "", pid: int = 41, domain: int = 10
) -> TerminationRequested:
    return TerminationRequested(
        at=AT,
        source=LOG,
        bundle_id=bundle_id,
        pid=pid,
        requester=requester,
        domain=domain,
        code=code,
        explanation=text,
    )


def activity(
    phase: ActivityPhase, detail: str = "", *, name: str = ACTIVITY, bundle_id: str = "", pid: int = 0
) -> BackgroundActivity:
    return BackgroundActivity(
        at=AT, source=LOG, bundle_id=bundle_id, pid=pid, activity=name, phase=phase, detail=detail
    )


def own_activity(
    phase: ActivityPhase, detail: str = "", name: str = "dev.harness.refresh"
) -> BackgroundActivity:
    return activity(phase, detail, name=name, bundle_id=APP, pid=34)


def warned(of: Warned, text: str) -> AppWarned:
    return AppWarned(at=AT, source=LOG, bundle_id=APP, pid=34, of=of, text=text)


def wake(step: WakeStep, session: str = "") -> WakeTold:
    return WakeTold(at=AT, source=LOG, step=step, session=session)


def held_back(why: Hindrance, text: str) -> HeldBack:
    return HeldBack(at=AT, source=LOG, why=why, text=text)


def setting(name: Radio, value: str) -> SettingRead:
    return SettingRead(at=AT, source=LOG, name=name, value=value)


def started(*, pid: int = 0, intent: str = "", why: str = "") -> Bootstrapped:
    return Bootstrapped(at=AT, source=LOG, bundle_id=APP, pid=pid, intent=intent, why=why)


SPECIFIC = "<RBSProcessExitContext| specific, status:<RBSProcessExitStatus| domain:{} code:{}>>"
WATCHDOG = '<FBProcessExitContext; watchdog ("watchdog provision violated")>'
OVERDUE = (
    'Background Task 7 ("sync"), was created over 30 seconds ago. In applications running in the background, '
    "this creates a risk of termination. Remember to end it."
)
VOIP = (
    "Killing app because it never posted an incoming call to the system after receiving a PushKit VoIP push"
)
DECISION = f"""{ACTIVITY}:[
\t{{name: Application Policy, policyWeight: 5.000, response: {{Decision: Can Proceed, Score: 0.50}}}}
\t{{name: Low Power Mode Policy, policyWeight: 5.000, response: {{Decision: Absolutely Must Not Proceed, \
Score: 0.00, Rationale: [{{[lowPowerMode]: Required:0.00, Observed:1.00}},]}}}}
 ] sumScores:5.000000, denominator:10.000000, FinalDecision: Must Not Proceed FinalScore: 0.500000"""
BY_PID = "<RBSProcessPredicate <RBSProcessIdentifierPredicate| 41>>"
TERMINATE = """<RBSTerminateContext| domain:10 code:0x8BADF00D explanation:scene-update watchdog transgression
exhausted real (wall clock) time allowance of 10.00 seconds
ProcessVisibility: Background
ProcessState: Running
 reportType:CrashLog maxTerminationResistance:Interactive>"""
TRANSGRESSION = TERMINATE.partition("explanation:")[2].partition("reportType:")[0].strip()

LINES: dict[str, tuple[str, str, Fact]] = {
    "runningboardd suspends": ("runningboardd", f"{IT} Suspending task.", state(AppState.SUSPENDED)),
    "runningboardd resumes": ("runningboardd", f"{IT} Resuming task.", state(AppState.BACKGROUND_RUNNING)),
    "a state is intended": (
        "runningboardd",
        f"Calculated state for app<{APP}>: running-suspended (role: None)",
        hint(pid=0, task="running-suspended"),
    ),
    "no state is intended": (
        "runningboardd",
        f"Calculated state for app<{APP}>: none (role: None)",
        hint(pid=0, task="none"),
    ),
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
    "task suspended": (
        "SpringBoard",
        f"[app<{APP}>:41] Setting process task state to: Suspended",
        state(AppState.SUSPENDED),
    ),
    "task gone": (
        "SpringBoard",
        f"[app<{APP}>:41] Setting process task state to: Not Running",
        state(AppState.NOT_RUNNING),
    ),
    "task running, wherever": (
        "SpringBoard",
        f"[app<{APP}>:41] Setting process task state to: Running",
        hint(task="Running"),
    ),
    "visible": (
        "SpringBoard",
        f"[app<{APP}>:41] Setting process visibility to: Foreground",
        hint(visibility="Foreground"),
    ),
    **{
        f"{daemon} was told": (
            daemon,
            f"Received state update for 41 (app<{APP}({UUID})>, running-suspended-NotVisible",
            hint(task="running-suspended"),
        )
        for daemon in ("wifid", "locationd", "mediaserverd", "symptomsd", "CommCenter", "useractivityd")
    },
    "exited": (
        "SpringBoard",
        f"[app<{APP}>:41] Process exited: <RBSProcessExitContext| voluntary>",
        ended("voluntary", 0, "<RBSProcessExitContext| voluntary>"),
    ),
    "exited, iOS 14": (
        "SpringBoard",
        f"[app<{APP}>:41] Process exited: {WATCHDOG}",
        ended("frontboard", 0x8BADF00D, WATCHDOG),
    ),
    "exited, iOS 12": (
        "SpringBoard",
        f"[app<{APP}>:41] Process exited: <BKProcess: 0x1; {APP}>",
        state(AppState.NOT_RUNNING),
    ),
    "never started": (
        "SpringBoard",
        f"[app<{APP}>:-1] Now flagged as pending exit for reason: launch failed",
        ExitPending(at=AT, source=LOG, bundle_id=APP, why="launch failed"),
    ),
    "swiped away": (
        "SpringBoard",
        f'SBWorkspaceTerminateApplication: {APP}: "killed from app switcher"',
        asked("com.apple.SpringBoard", 0xDEADFA11, "killed from app switcher", bundle_id=APP, pid=0),
    ),
    "ended by a signal": (
        "runningboardd",
        f"{IT} termination reported by launchd (2, 9, 9)",
        ended("signal", 9, "termination reported by launchd (2, 9, 9)"),
    ),
    "ended without a status": (
        "runningboardd",
        f"{IT} termination reported by launchd without exit status",
        state(AppState.NOT_RUNNING),
    ),
    "to be ended": (
        "runningboardd",
        f"Received termination request from [daemon<com.apple.SpringBoard>:60] on {BY_PID} "
        f"with context {TERMINATE}",
        asked("com.apple.SpringBoard", 0x8BADF00D, TRANSGRESSION),
    ),
    "jetsam": (
        "kernel",
        f"memorystatus: killing_specific_process pid 41 [{EXECUTABLE}] (vm-pageshortage 3 17s rf:- type:u) "
        "61234KB - memorystatus_available_pages: 4711",
        asked("kernel", 0, "specific vm-pageshortage", bundle_id=APP, domain=1),
    ),
    "overdue": (EXECUTABLE, OVERDUE, warned(Warned.TASK_OVERDUE, "sync")),
    "no call": (EXECUTABLE, f"{VOIP} callback", warned(Warned.CALL_NOT_REPORTED, VOIP)),
    "no call, as an exception": (
        EXECUTABLE,
        f"*** Terminating app due to uncaught exception, reason: '{VOIP}.'",
        warned(Warned.CALL_NOT_REPORTED, VOIP),
    ),
    "asked to open": (
        "SpringBoard",
        f'Received request to open "{APP}" from nsurlsessiond:70.',
        OpenRequested(at=AT, source=LOG, bundle_id=APP, requester="nsurlsessiond"),
    ),
    "asks to open": (
        "dasd",
        f'[FBSSystemService][0x1f3] Sending request to open "{APP}"',
        OpenRequested(at=AT, source=LOG, bundle_id=APP, requester="dasd"),
    ),
    "bootstrapping": (
        "SpringBoard",
        f"Bootstrapping app<{APP}> with intent background",
        started(intent="background"),
    ),
    "bootstrapped": ("SpringBoard", f"[app<{APP}>:41] Bootstrap success!", started(pid=41)),
    "launching": (
        "runningboardd",
        f"Executing launch request for app<{APP}({UUID})> (DAS Prewarm launch)",
        started(why="DAS Prewarm launch"),
    ),
    "the session's assertion taken": (
        "runningboardd",
        f"Acquiring assertion targeting {IT} from originator {DAEMON} with description {DESCRIPTION}",
        SessionAssertion(at=AT, source=LOG, bundle_id=APP, pid=41, held=True),
    ),
    "the session's assertion dropped": (
        "runningboardd",
        f"Invalidating assertion targeting {IT} from originator {DAEMON} with description {DESCRIPTION}",
        SessionAssertion(at=AT, source=LOG, bundle_id=APP, pid=41, held=False),
    ),
    "attached by the debugger": (
        "debugserver",
        "debugserver will attach to process 41",
        DebuggerSeen(at=AT, source=LOG, pid=41, attached=True),
    ),
    "let go by the debugger": (
        "debugserver",
        "Detached from process 41",
        DebuggerSeen(at=AT, source=LOG, pid=41, attached=False),
    ),
    "refused": (
        "nsurlsessiond",
        f"NDNWSession <{UUID}> Not waking up client <private> since background updates are not enabled",
        WakeRefused(at=AT, source=LOG, text="background updates are not enabled"),
    ),
    "refused, the older form": (
        "nsurlsessiond",
        f"NDSession <{UUID}> Not waking up client {APP} since sessionSendsLaunchEvents is NO",
        WakeRefused(at=AT, source=LOG, text="sessionSendsLaunchEvents is NO", client=APP),
    ),
    "waking": (
        "nsurlsessiond",
        f"NDNWSession <{UUID}> Waking up the client app: <private>",
        wake(WakeStep.WAKING, UUID),
    ),
    "waking, the older form": (
        "nsurlsessiond",
        f"NDSession <{UUID}> Waking up the client app: <private>",
        wake(WakeStep.WAKING, UUID),
    ),
    "not woken": (
        "nsurlsessiond",
        f"NDNWSession <{UUID}> Failed to wake app: <private>",
        wake(WakeStep.FAILED, UUID),
    ),
    "not woken, the older form": (
        "nsurlsessiond",
        f"NDSession <{UUID}> Failed to wake app: <private>",
        wake(WakeStep.FAILED, UUID),
    ),
    "wake requested": (
        "nsurlsessiond",
        f"Will request wake of app <private> for NDSession <{UUID}> with identifier <private>",
        wake(WakeStep.REQUESTED, UUID),
    ),
    "woken": ("nsurlsessiond", "Successfully woke application <private>", wake(WakeStep.WOKEN)),
    "delayed, for an app that is blank": (
        "nsurlsessiond",
        "Set request delay for  to 60.000000",
        ResumeDelaySet(at=AT, source=LOG, delay_s=60.0),
    ),
    "delayed, for an app that is readable": (
        "nsurlsessiond",
        f"Set request delay for {APP} to 120.000000",
        ResumeDelaySet(at=AT, source=LOG, delay_s=120.0, client=APP),
    ),
    "delayed, for an app that is private": (
        "nsurlsessiond",
        "Set request delay for <private> to 960.000000",
        ResumeDelaySet(at=AT, source=LOG, delay_s=960.0),
    ),
    "updates off": (
        "nsurlsessiond",
        "Background updates were turned off",
        held_back(Hindrance.UPDATES_OFF, "Background updates were turned off"),
    ),
    "slow": (
        "nsurlsessiond",
        "canceling because of low throughput monitoring!",
        held_back(Hindrance.LOW_THROUGHPUT, "canceling because of low throughput monitoring!"),
    ),
    "a slow task": (
        "nsurlsessiond",
        f"Task <{UUID}>.<3> canceling because of low throughput monitoring!",
        held_back(
            Hindrance.LOW_THROUGHPUT, f"Task <{UUID}>.<3> canceling because of low throughput monitoring!"
        ),
    ),
    "submitted": (
        "dasd",
        f"Submitted Activity: {ACTIVITY} at priority 10 <private>!",
        activity(ActivityPhase.SUBMITTED),
    ),
    "a push to be delivered": (
        "dasd",
        f"Submitted Activity: {PUSH} at priority 10 (W1 - W2)",
        activity(ActivityPhase.SUBMITTED, name=PUSH, bundle_id=APP),
    ),
    "cancelled": (
        "dasd",
        f"CANCELED: {ACTIVITY} at priority 10 <private>!",
        activity(ActivityPhase.CANCELLED),
    ),
    "completed": (
        "dasd",
        f"COMPLETED {ACTIVITY} at priority 10 <private>!",
        activity(ActivityPhase.COMPLETED),
    ),
    "stopped": (
        "dasd",
        f"NO LONGER RUNNING {ACTIVITY} ...Tasks running in group [com.apple.dasd.default] are 0!",
        activity(ActivityPhase.STOPPED),
    ),
    "scored": (
        "dasd",
        f"'{ACTIVITY}' CurrentScore: 0.2, ThresholdScore: 0.8 DecisionToRun:0",
        activity(ActivityPhase.DECIDED, "Must Not Proceed"),
    ),
    "decided": ("dasd", DECISION, activity(ActivityPhase.DECIDED, "Must Not Proceed: Low Power Mode Policy")),
    "submits": (
        EXECUTABLE,
        "submitTaskRequest: <BGAppRefreshTaskRequest: dev.harness.refresh, earliestBeginDate: (null)>",
        own_activity(ActivityPhase.SUBMITTED),
    ),
    "submitting": (
        EXECUTABLE,
        "Submitting task request activity: bgRefresh-dev.harness.refresh",
        own_activity(ActivityPhase.SUBMITTED, name="bgRefresh-dev.harness.refresh"),
    ),
    "launched for it": (
        EXECUTABLE,
        "Handling launch from daemon for activities: {(\n    bgRefresh-dev.harness.refresh\n)}",
        own_activity(ActivityPhase.LAUNCHED, name="bgRefresh-dev.harness.refresh"),
    ),
    "running": (
        EXECUTABLE,
        "Running task: <BGAppRefreshTask: dev.harness.refresh>",
        own_activity(ActivityPhase.STARTED),
    ),
    "starting": (
        EXECUTABLE,
        "Starting task: <BGProcessingTask: dev.harness.refresh>",
        own_activity(ActivityPhase.STARTED),
    ),
    "done": (
        EXECUTABLE,
        "Marking task <BGAppRefreshTask: dev.harness.refresh> complete with success: 1",
        own_activity(ActivityPhase.COMPLETED, "success 1"),
    ),
    "done, and gone already": (
        EXECUTABLE,
        "Marking task (null) complete with success: 0",
        own_activity(ActivityPhase.COMPLETED, "success 0", ""),
    ),
    "completes": (
        EXECUTABLE,
        "Complete task request activity: bgRefresh-dev.harness.refresh",
        own_activity(ActivityPhase.COMPLETED, name="bgRefresh-dev.harness.refresh"),
    ),
    "Wi-Fi by profile": ("profiled", "Setting WiFi power: 0", setting(Radio.WIFI, "off")),
    "Wi-Fi by its daemon": ("wifid", "WiFi state changed: ON", setting(Radio.WIFI, "on")),
    "Wi-Fi by SpringBoard": ("SpringBoard", "WiFi state changed: off", setting(Radio.WIFI, "off")),
    "no link": ("wifid", "Link went down", held_back(Hindrance.NO_WIFI, "Link went down")),
    "flying": ("SpringBoard", "Airplane Mode is now On", setting(Radio.AIRPLANE_MODE, "on")),
    "landed": ("wifid", "Airplane Mode is now Off", setting(Radio.AIRPLANE_MODE, "off")),
}
"""What -> process, message and the fact that it states."""
