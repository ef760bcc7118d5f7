"""What holds for every test: its judges, how its examples are made, and how long it may hang.

Tests that need a client which is not installed are left out, and the summary says so.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import signal
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from harness.virtual.serve import KEYS_VARIABLE
from tests.judges import KNOWN, Judge, complaints

# Examples are held to no wall clock, which a loaded machine would fail. This is read where a test is
# declared, so it has to stand before any test module is imported.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")

HANGS_AFTER_S = 300.0
"""Wall seconds after which a test hangs: its process shows where every thread is, and ends.

The longest takes 70 on an idle machine. A test has its own, shorter deadlines; this one is for a hang that
they do not see, which would otherwise last as long as the whole job may.
"""

LONGEST = (
    "tests/rack/",
    "tests/unit/docs/test_rack_page.py",
    "tests/virtual/judges/pymobiledevice3_suite/",
)
"""The modules whose tests take longest: they are begun first."""

STDERR = pytest.StashKey[int]()
"""This process's own standard error, which no test captures."""

NOT_RUN = pytest.StashKey[Counter[str]]()
"""Judge that is not there -> number of tests left out for want of it."""

NOT_RUN_OUTPUT = "judges_not_run"
"""Key in xdist's ``workeroutput`` under which the controller finds the same."""

FIGURES = "figures"
"""Name of a test's property that the summary shows, so that it stands in the log of CI."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require-judges", action="store_true", help="a judge that is not installed is an error"
    )
    parser.addoption(
        "--fuzz-frames", type=int, default=150, metavar="N", help="damaged frames that each codec is given"
    )
    parser.addoption(
        "--every-store", action="store_true", help="what agents do is told on both stores, not by turns"
    )
    parser.addoption(
        "--machine-examples", type=int, default=6, metavar="N", help="runs of each machine of two clients"
    )
    parser.addoption(
        "--machine-steps", type=int, default=20, metavar="N", help="steps in each of those runs, at most"
    )
    parser.addoption(
        "--placements", type=int, default=400, metavar="N", help="losses of evidence, placed in recordings"
    )
    parser.addoption(
        "--live-placements",
        type=int,
        default=10,
        metavar="N",
        help="the same, in live stories",
    )
    parser.addoption(
        "--wire-faults", type=int, default=25, metavar="N", help="live stories in which a phone's wire breaks"
    )
    parser.addoption(
        "--detection-seeds",
        type=int,
        default=1,
        metavar="N",
        help="tellings of each row of the detection matrix, by phones in this process",
    )
    parser.addoption(
        "--wire-seeds",
        type=int,
        default=1,
        metavar="N",
        help="tellings of each story of the detection matrix over the wire, on each version",
    )
    parser.addoption(
        "--kill-placements",
        type=int,
        default=9,
        metavar="N",
        help="kills, placed in runs that alter a phone",
    )
    parser.addoption(
        "--chaos-s", type=float, default=60.0, metavar="SECONDS", help="how long chaos on a rack lasts"
    )
    parser.addoption("--chaos-seed", type=int, metavar="N", help="chaos again as it was (default: by chance)")
    parser.addoption(
        "--chaos",
        default="kill,stop,agent,database,crash,cable,ssh",
        metavar="KINDS",
        help="what happens in chaos, separated by commas; empty for nothing",
    )
    parser.addoption(
        "--every-screen",
        action="store_true",
        help="what holds on every screen is shown on every kind of phone, and more often amid a verb",
    )
    parser.addoption(
        "--every-ui-fault", action="store_true", help="try every verb of the screen with each of its faults"
    )
    parser.addoption(
        "--every-version",
        action="store_true",
        help="judges ask on every version, and not on one before the tunnel and one behind it",
    )
    parser.addoption(
        "--wire-coverage", action="store_true", help="measure every codec's branches from its own test module"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[NOT_RUN] = Counter()
    config.stash[STDERR] = os.dup(2)
    # Where tests run in the background, Ctrl-C is ignored; that is inherited, also by what is to be
    # ended by it.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.getoption("--require-judges"):
        missing = complaints(KNOWN.values())
        if missing:
            raise pytest.UsageError("\n".join(missing))


def pytest_unconfigure(config: pytest.Config) -> None:
    os.close(config.stash[STDERR])


def hangs_after(config: pytest.Config, seconds: float) -> None:
    """Have the present test given up so many wall seconds from now, instead of when it was to be."""
    faulthandler.dump_traceback_later(seconds, file=config.stash[STDERR], exit=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    hangs_after(item.config, HANGS_AFTER_S)
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is made while tests are collected stays, half a million objects: it is never looked through.

    Else every full collection of garbage would, and many tests ask for one of their own accord.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    missing = {item: absent for item in items for absent in _absent(item)}
    config.stash[NOT_RUN].update(judge.name for judge in missing.values())
    if missing:
        config.hook.pytest_deselected(items=list(missing))
        items[:] = [item for item in items if item not in missing]
    # At the end they would keep one worker busy while the others have nothing left.
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


def _absent(item: pytest.Item) -> Iterator[Judge]:
    """The first judge of a test that is not there, if any.

    Raises:
        pytest.UsageError: the test names a judge that nobody knows.
    """
    for mark in item.iter_markers("judge"):
        if len(mark.args) != 1 or mark.args[0] not in KNOWN:
            known = ", ".join(sorted(KNOWN))
            raise pytest.UsageError(f"{item.nodeid}: expected judge(name) with a name of {known}")
        judge = KNOWN[mark.args[0]]
        if judge.missing:
            yield judge
            return


@pytest.fixture(scope="session", autouse=True)
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One file of keys for the racks of all tests, most of which have a state directory of their own."""
    mine = tmp_path_factory.getbasetemp()
    everybodys = mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEYS_VARIABLE, str(everybodys / "keys.json"))
        yield everybodys / "keys.json"


def pytest_sessionfinish(session: pytest.Session) -> None:
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[NOT_RUN_OUTPUT] = dict(session.config.stash[NOT_RUN])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    # Every worker collects the same tests, so what one of them left out, all did.
    told: dict[str, dict[str, int]] = getattr(node, "workeroutput", None) or {}
    node.config.stash[NOT_RUN] |= Counter(told.get(NOT_RUN_OUTPUT, {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for name, count in sorted(config.stash[NOT_RUN].items()):
        terminalreporter.write_line(KNOWN[name].not_run(count))
    for line in _figures(terminalreporter.stats):
        terminalreporter.write_line(line)


def _figures(stats: dict[str, list[Any]]) -> Iterator[str]:
    """What tests have measured, a line each."""
    for report in (*stats.get("passed", ()), *stats.get("failed", ())):
        for name, value in getattr(report, "user_properties", ()):
            if name == FIGURES and report.when == "call":
                yield f"{report.nodeid}: {value}"
