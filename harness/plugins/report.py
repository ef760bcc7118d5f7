"""``--report DIR``: what each process tells of its tests, and the controller that keeps it.

A worker says in the report of each phase, in plain words that xdist carries, where the test's timeline and
artifacts are and which phone it had. The controller reads them as attempts end. So what a worker left is
kept when it dies: the controller finds the timeline by the test's name in its first entry.
"""

from __future__ import annotations

import os
import re
import secrets
import shlex
import shutil
import sys
import time
from collections.abc import Generator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import HarnessError
from harness.plugins.fixtures import SESSION
from harness.plugins.interrupted import FIELD as INTERRUPTED
from harness.plugins.options import devices_file
from harness.plugins.verdicts import UNMET

if TYPE_CHECKING:
    from harness.api.leasedphones import LeasedPhone
    from harness.evidence.timeline import Timeline
    from harness.model.verdict import Verdict
    from harness.report.artifacts import Artifacts
    from harness.report.history import History
    from harness.report.keeping import RunKeeper
    from harness.report.redact import Redactor
    from harness.report.result import Blame, Left, Phase

LEFT_FIELD = "harness_left"
"""Name of the extra field of a report."""

STEP_SUMMARY_VARIABLE = "GITHUB_STEP_SUMMARY"
"""Environment variable in which GitHub names the file that a step's summary is added to."""

STAGE_INPUT = "harness_stage"
"""Key in xdist's ``workerinput`` under which a worker finds where artifacts lie until they are taken."""

PHONE: pytest.StashKey[LeasedPhone] = pytest.StashKey()
TIMELINE: pytest.StashKey[Timeline] = pytest.StashKey()
ARTIFACTS: pytest.StashKey[Artifacts] = pytest.StashKey()
STAGE = pytest.StashKey[Path]()

_KEPT_FIXTURES: dict[str, pytest.StashKey[Any]] = {"leased_phone": PHONE, "timeline": TIMELINE}
"""Fixture -> where its value is remembered: also of a test whose setup failed after it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of what a run leaves behind."""
    group = parser.getgroup("harness", "iPhones")
    group.addoption(
        "--report", metavar="DIR", help="leave a report there: HTML, JUnit, CTRF, traces and timelines"
    )
    group.addoption(
        "--history",
        metavar="FILE",
        help="SQLite file with verdicts and latencies of all runs (default: in the state directory)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """In the process that keeps the report, begin it; in a worker, know where artifacts are taken from.

    Raises:
        pytest.UsageError: the directory cannot be written.
    """
    told: dict[str, str] | None = getattr(config, "workerinput", None)
    if told is not None:
        if STAGE_INPUT in told:
            _lay_aside(config, Path(told[STAGE_INPUT]))
        return
    named = config.getoption("--report")
    if named:
        from harness.report.aside import lay_aside

        _lay_aside(config, lay_aside(time.time()))
    listener = ReportListener(config, Path(named) if named else None)
    try:
        listener.begin()
    except OSError as error:
        raise pytest.UsageError(f"--report {named}: it cannot be written: {error.strerror}") from error
    config.pluginmanager.register(listener, "harness report")


def _lay_aside(config: pytest.Config, stage: Path) -> None:
    """Have everything written elsewhere while tests run: it is not redacted yet."""
    config.stash[STAGE] = stage
    if not config.getoption("--timelines"):
        config.option.timelines = str(stage / "timelines")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove what was laid aside; it is in the report now, or there was nothing of it."""
    if STAGE in config.stash and not hasattr(config, "workerinput"):
        shutil.rmtree(config.stash[STAGE], ignore_errors=True)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell an xdist worker where artifacts are taken from."""
    stage = node.config.stash.get(STAGE, None)
    if stage:
        node.workerinput[STAGE_INPUT] = str(stage)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any, request: Any) -> Generator[None, object, object]:
    """Remember the phone and the timeline of a test as soon as it has them."""
    value = yield
    key = _KEPT_FIXTURES.get(fixturedef.argname)
    if key is not None:
        request.node.stash[key] = value
    return value


@pytest.fixture
def artifacts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """Where the test puts files for its reader; with ``--report`` they are in the report."""
    from harness.report.artifacts import Artifacts

    stage = request.config.stash.get(STAGE, None) or tmp_path_factory.getbasetemp()
    name = re.sub(r"[^A-Za-z0-9.-]+", "_", request.node.name)[:60]
    made = Artifacts(stage / "artifacts" / f"{name}-{secrets.token_hex(4)}")
    request.node.stash[ARTIFACTS] = made
    return made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what the test leaves to the report of each phase, and its phone to JUnit's properties."""
    report = yield
    if PHONE in item.stash or TIMELINE in item.stash or item.config.getoption("--report"):
        setattr(report, LEFT_FIELD, _left(item, call))
    if call.when == "call" and PHONE in item.stash:
        told = _properties(item)
        report.user_properties += told
        item.user_properties += told
    return report


def _properties(item: pytest.Item) -> list[tuple[str, object]]:
    phone = item.stash[PHONE].identity
    told: list[tuple[str, object]] = [
        ("harness.phone", phone.name),
        ("harness.ios", phone.ios),
        ("harness.hardware", phone.hardware.value),
    ]
    timeline = item.stash.get(TIMELINE, None)
    return [*told, ("harness.nonce", timeline.nonce)] if timeline else told


def _left(item: pytest.Item, call: pytest.CallInfo[Any]) -> dict[str, Any]:
    """What ``harness.report.result.Left`` holds, as xdist can carry it."""
    stash = item.stash
    unmet = [verdict.outcome.value for verdict in _unmet(item, call)]
    told: dict[str, Any] = {"blame": _blame(call).value, "verdicts": unmet}
    if timeline := stash.get(TIMELINE, None):
        told |= {"timeline": str(timeline.path or ""), "nonce": timeline.nonce}
    if artifacts := stash.get(ARTIFACTS, None):
        told["artifacts"] = str(artifacts.directory)
    if session := stash.get(SESSION, None):
        told["bundle_id"] = session.profile.bundle_id
    if leased := stash.get(PHONE, None):
        told["phone"] = asdict(leased.identity) | {"hardware": leased.identity.hardware.value}
        app = leased.installed.get(told.get("bundle_id", ""))
        told["app_version"] = app.version if app else ""
    return told


def _unmet(item: pytest.Item, call: pytest.CallInfo[Any]) -> tuple[Verdict, ...]:
    """The verdicts that a phase failed by: of a test, those that were collected, too."""
    if call.when == "call":
        return item.stash.get(UNMET, ())
    error = call.excinfo.value if call.excinfo else None
    if not isinstance(error, AssertionError):
        return ()
    from harness.expect.story import ExpectationFailed

    return error.verdicts if isinstance(error, ExpectationFailed) else ()


def _blame(call: pytest.CallInfo[Any]) -> Blame:
    from harness.report.result import Blame

    match call.excinfo.value if call.excinfo else None:
        case None:
            return Blame.NONE
        case HarnessError():
            return Blame.HARNESS
        case AssertionError():
            return Blame.ASSERTION
        case _:
            return Blame.OTHER


class ReportListener:
    """Takes in what every process reports; in the controller, or in the only process.

    Args:
        config: of the run.
        directory: of the report, or ``None`` when none is asked for.
    """

    def __init__(self, config: pytest.Config, directory: Path | None) -> None:
        self._config = config
        self._directory = directory
        self._started_s = time.time()
        self._keeper: RunKeeper | None = None
        self._said: list[str] = []

    def begin(self) -> None:
        """Begin the report, if one is asked for.

        Raises:
            OSError: its directory cannot be written.
        """
        if self._directory:
            self._keeping()

    def _keeping(self) -> RunKeeper:
        # Made when it is first needed: a run without an iPhone in it does not pay for it.
        if self._keeper is None:
            from harness.report.keeping import RunKeeper

            timelines = self._config.getoption("--timelines")
            self._keeper = RunKeeper(
                self._redactor(),
                started_s=self._started_s,
                command=shlex.join(["pytest", *sys.argv[1:]]),
                directory=self._directory,
                timelines=Path(str(timelines)) if timelines else None,
            )
        return self._keeper

    def _redactor(self) -> Redactor:
        from harness.report.redact import Redactor

        try:
            spec = devices_file(self._config).report
        except pytest.UsageError:
            return Redactor()  # whoever needs the file is told what is wrong with it
        return Redactor(spec.redact, unasked=not spec.hide_lan)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what a phase of a test left; without a report, only of tests with a phone."""
        if self._directory or hasattr(report, LEFT_FIELD) or (self._keeper and report.when not in _WHENS):
            self._keeping().take(phase_of(report))

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        """Write the report and the history, once everybody else has written theirs."""
        result = yield
        if self._keeper is None:
            return result
        try:
            self._write(self._keeper)
        except (OSError, HarnessError) as error:
            self._said.append(f"what the run left behind could not be written: {error}")
            if stage := self._config.stash.get(STAGE, None):
                self._said.append(f"it lies in {stage}, and is not redacted")
                del self._config.stash[STAGE]
            if session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
        return result

    def _write(self, keeper: RunKeeper) -> None:
        if self._directory:
            self._scrub_junit(keeper, self._directory)
        run = keeper.finish(time.time())
        if self._directory:
            self._said.append(f"report: {self._directory / 'index.html'}")
            step = os.environ.get(STEP_SUMMARY_VARIABLE)
            if step:
                from harness.report.summary import append_summary

                append_summary(run, Path(step))
        keeper.remember(run, self._history())

    def _scrub_junit(self, keeper: RunKeeper, directory: Path) -> None:
        """Redact what pytest's own ``--junitxml`` wrote into the report's directory."""
        written = getattr(self._config.option, "xmlpath", None)
        if written and Path(written).resolve().is_relative_to(directory.resolve()):
            keeper.scrub(Path(written))

    def _history(self) -> History:
        from harness.report.history import History, history_path

        named = self._config.getoption("--history")
        return History(Path(str(named)) if named else history_path())

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where the report is."""
        for line in self._said:
            terminalreporter.write_line(line)


_WHENS = ("setup", "call", "teardown")


def phase_of(report: pytest.TestReport) -> Phase:
    """A phase as pytest reported it; a report of no phase is xdist's word that a worker died."""
    from harness.report.result import CRASH, Phase

    return Phase(
        nodeid=report.nodeid,
        when=report.when if report.when in _WHENS else CRASH,
        outcome="rerun" if hasattr(report, INTERRUPTED) else report.outcome,
        started_s=getattr(report, "start", 0.0) or time.time(),
        duration_s=report.duration,
        message=_message(report),
        worker=_worker(report),
        sections=tuple((title, text) for title, text in report.sections if title.startswith("Captured")),
        left=_told(getattr(report, LEFT_FIELD, {})),
    )


def _told(fields: dict[str, Any]) -> Left:
    from harness.report.result import Blame, Left

    told = dict(fields)
    blame, verdicts = Blame(told.pop("blame", "")), tuple(told.pop("verdicts", ()))
    return Left(blame=blame, verdicts=verdicts, **told)


def _worker(report: Any) -> str:
    """The xdist worker; of a report that the controller made for a dead one, too."""
    node = getattr(report, "node", None)
    return str(getattr(report, "worker_id", "") or (node.gateway.id if node is not None else ""))


def _message(report: pytest.TestReport) -> str:
    expected = getattr(report, "wasxfail", None)
    if expected is not None:
        return f"expected to fail: {expected}".strip(": ")
    if report.outcome == "skipped" and isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    if report.outcome == "passed":
        return ""
    return str(report.longrepr) if report.when in _WHENS else f"worker died: {report.longrepr}"
