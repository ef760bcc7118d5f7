"""nsurlsessiond's and dasd's lines: wakes, delays, refusals, and activities of the background task scheduler.

On a stock phone nsurlsessiond redacts whose session it talks about: ``<private>`` stands where the app would,
and the fact names no client. Where private data is logged the app is readable, and the fact says whose it is.
"""

from __future__ import annotations

import re

from harness.evidence.recognizers.row import THE_APP, Build, Line, Recognizer, Standing, row
from harness.evidence.recognizers.words import client_of
from harness.model.facts import (
    ActivityPhase,
    BackgroundActivity,
    Fact,
    HeldBack,
    Hindrance,
    ResumeDelaySet,
    Source,
    WakeRefused,
    WakeStep,
    WakeTold,
)


def _refused(found: re.Match[str], line: Line) -> Fact:
    return WakeRefused(
        at=line.at, source=Source.SYSTEM_LOG, text=found["why"], client=client_of(found["client"])
    )


def _delay(found: re.Match[str], line: Line) -> Fact:
    client, delay_s = client_of(found["client"].strip()), float(found["delay"])
    return ResumeDelaySet(at=line.at, source=Source.SYSTEM_LOG, delay_s=delay_s, client=client)


def _wake(step: WakeStep) -> Build:
    def build(found: re.Match[str], line: Line) -> Fact:
        session = found.groupdict().get("session") or ""
        return WakeTold(at=line.at, source=Source.SYSTEM_LOG, step=step, session=session)

    return build


def _held_back(why: Hindrance) -> Build:
    def build(found: re.Match[str], line: Line) -> Fact:
        return HeldBack(at=line.at, source=Source.SYSTEM_LOG, why=why, text=found[0])

    return build


_PUSH_LAUNCH = re.compile(r"com\.apple\.pushLaunch\.(?P<bid>[A-Za-z0-9_.-]+):[0-9A-F]{6}")
_AGAINST = re.compile(
    r"name: ([^,\n]{1,80}), policyWeight: [^,\n]{1,20}, response: \{Decision: (?:Absolutely )?Must Not"
)


def _of_dasd(phase: ActivityPhase) -> Build:
    def build(found: re.Match[str], line: Line) -> Fact:
        return _activity(found, line, phase)

    return build


def _activity(found: re.Match[str], line: Line, phase: ActivityPhase, detail: str = "") -> BackgroundActivity:
    # Of dasd's activities only a launch for a push names its app.
    named = _PUSH_LAUNCH.fullmatch(found["activity"])
    return BackgroundActivity(
        at=line.at,
        source=Source.SYSTEM_LOG,
        bundle_id=named["bid"] if named else "",
        activity=found["activity"],
        phase=phase,
        detail=detail,
    )


def _decided(found: re.Match[str], line: Line) -> Fact:
    against = ", ".join(_AGAINST.findall(found[0]))
    detail = f"{found['final']} Proceed" + (f": {against}" if against else "")
    return _activity(found, line, ActivityPhase.DECIDED, detail)


def _scored(found: re.Match[str], line: Line) -> Fact:
    detail = "Can Proceed" if found["run"] == "1" else "Must Not Proceed"
    return _activity(found, line, ActivityPhase.DECIDED, detail)


def _of_app(phase: ActivityPhase) -> Build:
    def build(found: re.Match[str], line: Line) -> Fact:
        told = found.groupdict()
        success = told.get("success")
        return BackgroundActivity(
            at=line.at,
            source=Source.SYSTEM_LOG,
            bundle_id=line.bundle_id,
            pid=line.pid,
            activity=told["activity"] or "",
            phase=phase,
            detail="" if success is None else f"success {success}",
        )

    return build


_URL_SESSION_SOURCE = "background-execution.md §1.8.6"
_WAKES_SOURCE = "log-grammar.md §1.5; the app is redacted"
_CLIENT_SOURCE = "log-grammar.md §1.4, §2"
_NAME = r"[A-Za-z0-9_.-]+"
_ACTIVITY = r"(?P<activity>(?:bgRefresh-|bgProcessing-|com\.apple\.pushLaunch\.)[A-Za-z0-9_.-]+:[0-9A-F]{6})"
_SESSIONS = ("NDNWSession <", "NDSession <")

SESSION_ROWS: tuple[Recognizer, ...] = (
    *(
        row(
            "nsurlsessiond",
            start,
            r"[^>\n]*> Not waking up client (?P<client>[^\n]*?) since (?P<why>.*)",
            _refused,
            _URL_SESSION_SOURCE,
        )
        for start in _SESSIONS
    ),
    *(
        row(
            "nsurlsessiond",
            start,
            rf"(?P<session>[^>\n]*)> {words} [^\n]*",
            _wake(step),
            _URL_SESSION_SOURCE,
            Standing.CARE,
        )
        for start in _SESSIONS
        for words, step in (
            ("Waking up the client app:", WakeStep.WAKING),
            ("Failed to wake app:", WakeStep.FAILED),
        )
    ),
    row(
        "nsurlsessiond",
        "Will request wake of app ",
        r"[^\n]*? for ND(?:NW)?Session <(?P<session>[^>\n]*)>",
        _wake(WakeStep.REQUESTED),
        _WAKES_SOURCE,
        Standing.CARE,
    ),
    row(
        "nsurlsessiond",
        "Successfully woke application ",
        "",
        _wake(WakeStep.WOKEN),
        _WAKES_SOURCE,
        Standing.CARE,
    ),
    row(
        "nsurlsessiond",
        "Set request delay for ",
        r"(?P<client>[^\n]*?)to (?P<delay>\d{1,9}(?:\.\d{1,9})?)",
        _delay,
        "background-execution.md §1.8.7; the app is blank",
        Standing.CARE,
    ),
    row(
        "nsurlsessiond",
        "Background updates were turned off",
        "",
        _held_back(Hindrance.UPDATES_OFF),
        "background-execution.md §3.3",
        Standing.CARE,
    ),
    *(
        row(
            "nsurlsessiond",
            start,
            rest,
            _held_back(Hindrance.LOW_THROUGHPUT),
            "background-execution.md §1.3; what it begins with is guessed",
            Standing.CARE,
        )
        for start, rest in (
            ("canceling because of low throughput monitoring!", ""),
            ("Task <", r"[^>\n]*>\.<\d+> canceling because of low throughput monitoring!"),
        )
    ),
)
"""Of nsurlsessiond."""

ACTIVITY_ROWS: tuple[Recognizer, ...] = (
    row(
        "dasd",
        "Submitted Activity: ",
        _ACTIVITY,
        _of_dasd(ActivityPhase.SUBMITTED),
        _CLIENT_SOURCE,
        first=11,
    ),
    row("dasd", "CANCELED: ", _ACTIVITY, _of_dasd(ActivityPhase.CANCELLED), _CLIENT_SOURCE),
    row(
        "dasd",
        "COMPLETED ",
        _ACTIVITY,
        _of_dasd(ActivityPhase.COMPLETED),
        "log-grammar.md §1.4: without a colon",
    ),
    row("dasd", "NO LONGER RUNNING ", _ACTIVITY, _of_dasd(ActivityPhase.STOPPED), _CLIENT_SOURCE),
    row(
        "dasd",
        "'",
        _ACTIVITY + r"' CurrentScore: [^\n]{1,80}? DecisionToRun:(?P<run>[01])",
        _scored,
        "log-grammar.md §1.4",
        Standing.CARE,
    ),
    row(
        "dasd",
        "",
        _ACTIVITY
        + r":\[.*FinalDecision: (?P<final>Can|Must Not|Absolutely Must Not|Absolutely Must) Proceed",
        _decided,
        "log-grammar.md §1.4, §2: spans lines",
        Standing.CARE,
    ),
    row(
        THE_APP,
        "submitTaskRequest: <BG",
        rf"\w*: (?P<activity>{_NAME}), earliestBeginDate",
        _of_app(ActivityPhase.SUBMITTED),
        _CLIENT_SOURCE,
    ),
    row(
        THE_APP,
        "Submitting task request activity: ",
        rf"(?P<activity>{_NAME})",
        _of_app(ActivityPhase.SUBMITTED),
        _CLIENT_SOURCE,
    ),
    row(
        THE_APP,
        "Handling launch from daemon for activities: ",
        rf"\{{\(\s*(?P<activity>{_NAME})",
        _of_app(ActivityPhase.LAUNCHED),
        _CLIENT_SOURCE,
    ),
    *(
        row(
            THE_APP,
            start,
            rf"<BG\w*: (?P<activity>{_NAME})",
            _of_app(ActivityPhase.STARTED),
            _CLIENT_SOURCE,
        )
        for start in ("Running task: ", "Starting task: ")
    ),
    row(
        THE_APP,
        "Marking task ",
        rf"(?:<BG\w*: (?P<activity>{_NAME})[^>\n]*>|\(null\)) complete with success: (?P<success>[01])",
        _of_app(ActivityPhase.COMPLETED),
        _CLIENT_SOURCE,
    ),
    row(
        THE_APP,
        "Complete task request activity: ",
        rf"(?P<activity>{_NAME})",
        _of_app(ActivityPhase.COMPLETED),
        _CLIENT_SOURCE,
    ),
)
"""Of dasd, and of BackgroundTasks in the app's process."""
