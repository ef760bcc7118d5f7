"""Lines of the phone's log, and what they state."""

from __future__ import annotations

import re

import pytest

from harness.evidence.recognizers import (
    PROCESSES,
    RECOGNIZERS,
    THE_APP,
    Recognizer,
    recognize,
    wanted,
    wanted_of,
)
from harness.model.facts import (
    Bootstrapped,
    CallbackSeen,
    ProcessEnded,
    SessionAssertion,
    Source,
    TerminationRequested,
)
from harness.model.journal import LOG_SUBSYSTEM, JournalLine
from harness.model.states import AppState
from harness.model.time import written
from tests.unit.evidence.lines import (
    APP,
    AT,
    AT_S,
    DAEMON,
    DESCRIPTION,
    EXECUTABLE,
    FORMS,
    LINES,
    LOG,
    SPECIFIC,
    TERMINATE,
    changed,
    record,
    said,
    started,
    state,
)


@pytest.mark.parametrize("what", LINES)
def test_a_line_that_may_be_read_states_a_fact(what: str) -> None:
    process, message, fact = LINES[what]
    assert said(process, message) == fact


def claiming(process: str, message: str) -> list[Recognizer]:
    whose = THE_APP if process == EXECUTABLE else process
    return [
        row
        for row in RECOGNIZERS
        if row.process == whose and message.startswith(row.start) and row.pattern.match(message)
    ]


@pytest.mark.parametrize("what", LINES)
def test_no_two_rows_claim_one_line(what: str) -> None:
    process, message, _ = LINES[what]
    assert len(claiming(process, message)) == 1


@pytest.mark.parametrize("row", RECOGNIZERS, ids=lambda row: f"{row.process}: {row.pattern.pattern[:30]}")
def test_every_row_reads_a_line_of_these_tests(row: Recognizer) -> None:
    """A row that nothing here matches would be a row that nothing here proves."""
    assert any(row in claiming(process, message) for process, message, _ in LINES.values())


def test_every_row_says_where_it_is_from_and_what_is_brittle_is_in_none() -> None:
    assert all(
        re.search(r"(log-grammar|background-execution)\.md §|guessed", row.source) for row in RECOGNIZERS
    )
    brittle = re.compile(r"jetsam priority|role:|endowments|application state changed to", re.IGNORECASE)
    assert not [row for row in RECOGNIZERS if brittle.search(row.pattern.pattern.replace("\\ ", " "))]
    assert "callservicesd" not in PROCESSES


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_an_apps_name_is_the_app(form: str) -> None:
    assert said("runningboardd", f"[{form}:41] Suspending task.") == state(AppState.SUSPENDED)
    assert said("runningboardd", f"[{form}:41] Resuming task.") == state(AppState.BACKGROUND_RUNNING)
    held = (
        f"Acquiring assertion targeting [{form}:41] from originator {DAEMON} with description {DESCRIPTION}"
    )
    assert said("runningboardd", held) == SessionAssertion(
        at=AT, source=LOG, bundle_id=APP, pid=41, held=True
    )
    assert said("SpringBoard", f"Bootstrapping {form} with intent background") == started(intent="background")


EXITS: dict[tuple[str, str], tuple[str, int]] = {
    ("signal(2)", "SIGKILL(9)"): ("signal", 9),
    ("signal(2)", "SIGSEGV(11)"): ("signal", 11),
    ("jetsam(1)", "0x00000004"): ("jetsam", 4),
    ("frontboard(10)", "0xDEADFA11"): ("frontboard", 0xDEADFA11),
    ("fbscene(10)", "0x8BADF00D"): ("frontboard", 0x8BADF00D),
    ("springboard(10)", "0x8badf00d"): ("frontboard", 0x8BADF00D),
    ("runningboard(15)", "3735883980"): ("runningboard", 0xDEAD10CC),
    ("10", "0xFBFBFBFB"): ("frontboard", 0xFBFBFBFB),
    ("new(77)", "1"): ("domain 77", 1),
}
"""Domain and code as FrontBoard prints them -> what they mean."""


@pytest.mark.parametrize(("domain", "code"), EXITS)
def test_an_exit_says_how_a_process_ended(domain: str, code: str) -> None:
    context = SPECIFIC.format(domain, code)
    for text in (context, context.replace(" code:", "\n code:")):
        end = said("SpringBoard", f"[app<{APP}>:41] Process exited: {text}")
        assert isinstance(end, ProcessEnded)
        assert (end.bundle_id, end.pid, end.explanation) == (APP, 41, text)
        assert (end.domain, end.code) == EXITS[domain, code]


@pytest.mark.parametrize(
    ("reported", "domain", "code"),
    [
        ("2, 10, 10", "signal", 10),
        ("2, 15, 15", "signal", 15),
        ("0, 0, 18944", "voluntary", 74),
        ("0, 0, 9", "signal", 9),
        ("1, 4, 9", "jetsam", 4),
        ("10, 3735943697, 9", "frontboard", 0xDEADFA11),
        ("15, 0xdead10cc, 9", "runningboard", 0xDEAD10CC),
    ],
)
def test_launchd_tells_an_exit_by_namespace_code_and_status(reported: str, domain: str, code: int) -> None:
    end = said("runningboardd", f"[app<{APP}>:41] termination reported by launchd ({reported})")
    assert isinstance(end, ProcessEnded)
    assert (end.domain, end.code) == (domain, code)


@pytest.mark.parametrize(
    ("predicate", "bundle_id", "pid"),
    [
        ("<RBSProcessIdentifierPredicate| 41>", "", 41),
        (f"<RBSProcessHandlePredicate| [app<{APP}>:41]>", APP, 41),
        (f"<RBSProcessIdentityPredicate| app<{APP}((null))>>", APP, 0),
        (f"<RBSProcessBundleIdentifierPredicate| {APP}>", APP, 0),
        (f'<RBSProcessBundleIdentifiersPredicate| {{(\n    "{APP}"\n)}}>', APP, 0),
    ],
)
def test_a_termination_is_asked_for_of_whom_the_predicate_means(
    predicate: str, bundle_id: str, pid: int
) -> None:
    who = "[osservice<com.apple.SpringBoard(501)>:60]"
    asked = said(
        "runningboardd",
        f"Received termination request from {who} on <RBSProcessPredicate {predicate}> "
        f"with context {TERMINATE}",
    )
    assert isinstance(asked, TerminationRequested)
    assert (asked.requester, asked.bundle_id, asked.pid) == ("com.apple.SpringBoard", bundle_id, pid)


@pytest.mark.parametrize("form", FORMS)
def test_a_prewarm_is_told_from_a_launch(form: str) -> None:
    prewarm = said("runningboardd", f"Executing launch request for {form} (DAS Prewarm launch)")
    launch = said("runningboardd", f"Executing launch request for {form} (com.apple.nsurlsessiond {APP})")
    assert isinstance(prewarm, Bootstrapped)
    assert isinstance(launch, Bootstrapped)
    assert (prewarm.is_prewarm, launch.is_prewarm) == (True, False)


def test_a_row_reads_only_what_its_ios_writes() -> None:
    line = f"[app<{APP}>:41] Process exited: <BKProcess: 0x1; {APP}>"
    assert said("SpringBoard", line, 12) == said("SpringBoard", line) == state(AppState.NOT_RUNNING)
    assert said("SpringBoard", line, 16) is None
    for ios_major in range(12, 28):
        suspended = said("SpringBoard", changed("Suspended", "Background"), ios_major)
        assert suspended == state(AppState.SUSPENDED)


LINE = JournalLine(
    seq=7, boot="b", pid=41, mono_s=3.0, wall_s=AT_S - 1, nonce="n1", event="didEnterBackground", traced=True
)


def test_a_mark_is_the_apps_own_testimony_dated_by_the_app() -> None:
    mark = recognize(
        record(EXECUTABLE, LINE.to_json(), LOG_SUBSYSTEM), bundle_id=APP, subsystem=LOG_SUBSYSTEM
    )
    assert isinstance(mark, CallbackSeen)
    assert (mark.source, mark.bundle_id, mark.seq, mark.traced) == (Source.LOG_MARK, APP, 7, True)
    assert mark.at == written(AT_S - 1)


@pytest.mark.parametrize("text", ["<private>", LINE.to_json()[:40], "", "[]", "{}"])
def test_a_mark_that_was_cut_or_hidden_states_nothing(text: str) -> None:
    marked = record(EXECUTABLE, text, LOG_SUBSYSTEM)
    assert recognize(marked, bundle_id=APP, subsystem=LOG_SUBSYSTEM) is None


def test_without_a_subsystem_there_are_no_marks() -> None:
    assert recognize(record(EXECUTABLE, LINE.to_json(), LOG_SUBSYSTEM), bundle_id=APP, subsystem=None) is None


def test_a_mark_of_another_app_in_the_same_subsystem_is_not_the_apps_testimony() -> None:
    mark = record("Impostor", LINE.to_json(), LOG_SUBSYSTEM)
    assert recognize(mark, bundle_id=APP, subsystem=LOG_SUBSYSTEM, executable=EXECUTABLE) is None
    assert recognize(mark, bundle_id=APP, subsystem=LOG_SUBSYSTEM) is not None


def test_whoever_can_state_something_is_wanted_and_nobody_else() -> None:
    of_app = wanted_of("com.example.marks", EXECUTABLE)
    for process in PROCESSES:
        assert wanted(process, "")
        assert of_app(process, "anything")
    assert wanted(EXECUTABLE, LOG_SUBSYSTEM)
    assert of_app(EXECUTABLE, "")
    assert of_app("Helper", "com.example.marks")
    assert not wanted(EXECUTABLE, "")
    assert not wanted_of(None)("Helper", "")
