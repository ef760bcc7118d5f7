"""pymobiledevice3's own device tests against virtual phones: what passes, and nothing else that does not."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import pytest

from harness.config.places import STATE_DIR_VARIABLE
from harness.virtual.address import RackAddress
from harness.virtual.control_client import open_control
from harness.virtual.launcher import start_rack
from tests.fidelity.acceptance import accept
from tests.judges import INSTALLER
from tests.virtual.judges.pymobiledevice3_suite.expected import Expected, differences, summary
from tests.virtual.judges.pymobiledevice3_suite.outcome import Outcome, Result, read_results
from tests.virtual.judges.pymobiledevice3_suite.runner import alone_on_this_host, run_suite
from tests.virtual.judges.pymobiledevice3_suite.table import (
    FILES,
    FIXED_PORT,
    IDLE_CONNECTION,
    JUDGEMENTS,
    NOT_COLLECTED,
    NOT_RUN,
    Judgement,
)
from tests.virtual.judges.pymobiledevice3_suite.transports import TUNNEL, USBMUX, Transport

IDLE_WITHIN_S = 120
"""Wall seconds for the test that sleeps for 65."""


@contextlib.contextmanager
def phones(directory: Path, transports: Sequence[Transport]) -> Generator[RackAddress]:
    """A rack of one phone per transport."""
    rows = [
        f"  - name: judged-{transport.name}\n"
        f'    virtual: {{ios: "{transport.ios}", model: "{transport.model}", seed: {number}}}\n'
        for number, transport in enumerate(transports, 1)
    ]
    devices = directory / "devices.yaml"
    devices.write_text("version: 1\ndevices:\n" + "".join(rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(STATE_DIR_VARIABLE, str(directory / "state"))
        with start_rack(devices, direct=any(transport.direct for transport in transports)) as running:
            yield running.address


def new(directory: Path, name: str) -> Path:
    (directory / name).mkdir()
    return directory / name


@pytest.mark.judge("pymobiledevice3-suite")
@pytest.mark.parametrize("judgement", JUDGEMENTS, ids=lambda judgement: judgement.transport.name)
def test_the_suite_passes_but_for_what_the_table_has(judgement: Judgement, tmp_path: Path) -> None:
    words = ["tests", *(f"--ignore={file}" for file, _ in NOT_COLLECTED)] if judgement.reads_all else [*FILES]
    words += [f"--deselect={name}" for name in (*(name for name, _ in NOT_RUN), IDLE_CONNECTION, FIXED_PORT)]
    with phones(tmp_path, [judgement.transport]) as rack:
        environment = {"USBMUXD_SOCKET_ADDRESS": rack.usbmux}
        options = judgement.transport.options(rack.phones[0])
        results = run_suite([*words, *options], environment, new(tmp_path, "most"))
        with alone_on_this_host("pymobiledevice3-suite-port"):
            results |= run_suite([FIXED_PORT, *options], environment, new(tmp_path, "port"))
        with open_control(rack.control) as control:
            asked = control.ask({"do": "asked", "phone": rack.phones[0].name})["asked"]
    unlisted = {test.partition("::")[0] for test in results} - {*FILES, FIXED_PORT}
    assert not unlisted, f"files with tests that need a phone, not in the table: {sorted(unlisted)}"
    print(f"{judgement.transport.name}: {summary(results.values())}")
    found = differences(results, judgement.rows, judgement.passing)
    assert not found, "\n\n".join([f"{summary(results.values())}; not as the table has it:", *found])
    transport = judgement.transport
    accept("pymobiledevice3", f"its device tests, iOS {transport.ios}, {transport.name}", asked)


@pytest.mark.judge("pymobiledevice3-suite")
def test_lockdown_can_be_asked_again_after_a_minute_of_silence(tmp_path: Path) -> None:
    with phones(tmp_path, [USBMUX, TUNNEL]) as rack, ThreadPoolExecutor() as pool:
        environment = {"USBMUXD_SOCKET_ADDRESS": rack.usbmux}

        def ask(udid: str) -> dict[str, Result]:
            words = [IDLE_CONNECTION, "--udid", udid]
            return run_suite(words, environment, new(tmp_path, udid), test_within_s=IDLE_WITHIN_S)

        both = list(pool.map(ask, [phone.udid for phone in rack.phones]))
    assert both == [{IDLE_CONNECTION: Result(IDLE_CONNECTION, Outcome.PASSED)}] * 2


@pytest.mark.judge("pymobiledevice3-suite")
def test_the_installer_fetches_the_suite_of_the_installed_package() -> None:
    script = (Path(__file__).parents[4] / INSTALLER).read_text()
    assert re.findall(r"^suite_version=(.+)$", script, re.MULTILINE) == [version("pymobiledevice3")]


DOCUMENT = """<testsuites><testsuite>
  <testcase classname="tests.a.test_b" name="test_c[1-x]" file="tests/a/test_b.py"/>
  <testcase classname="tests.a.test_b.TestD" name="test_e" file="tests/a/test_b.py">
    <failure message="AssertionError: no">the traceback</failure></testcase>
  <testcase classname="tests.a.test_b.TestD" name="test_e" file="tests/a/test_b.py">
    <error message="socket left open"/></testcase>
  <testcase classname="tests.a.test_b" name="test_f" file="tests/a/test_b.py">
    <skipped message="needs iOS 27"/></testcase>
</testsuite></testsuites>"""

RESULTS = read_results(DOCUMENT)
FILE = "tests/a/test_b.py"
PASSES, BREAKS, WAITS = f"{FILE}::test_c[1-x]", f"{FILE}::TestD::test_e", f"{FILE}::test_f"
ROWS = (
    Expected(f"{FILE}::TestD", Outcome.ERROR, "leaks", "left open"),
    Expected(WAITS, Outcome.SKIPPED, "too old", "needs iOS 27"),
)


def test_of_two_outcomes_of_a_test_the_worse_counts() -> None:
    assert {test: result.outcome for test, result in RESULTS.items()} == {
        PASSES: Outcome.PASSED,
        BREAKS: Outcome.ERROR,
        WAITS: Outcome.SKIPPED,
    }
    assert summary(RESULTS.values()) == "1 passed, 1 skipped, 0 failed, 1 error"


def test_a_run_that_is_as_the_table_has_it_has_no_differences() -> None:
    assert differences(RESULTS, ROWS, 1) == []


@pytest.mark.parametrize(
    ("rows", "passing", "difference"),
    [
        (ROWS, 2, "1 passed, and the table says 2"),
        (ROWS[1:], 1, f"{BREAKS}: error: socket left open"),
        (
            (*ROWS, Expected(f"{FILE}::test_c", Outcome.FAILED, "not built", "")),
            1,
            f"{PASSES}: passed, and the table has it failed: not built",
        ),
        (
            (ROWS[0], Expected(WAITS, Outcome.SKIPPED, "too old", "needs iOS 99")),
            1,
            f"{WAITS}: skipped, and the table has it skipped with 'needs iOS 99': needs iOS 27",
        ),
        (
            (*ROWS, Expected("tests/gone.py", Outcome.FAILED, "was there once", "")),
            1,
            "no test left for the row 'tests/gone.py': was there once",
        ),
    ],
)
def test_whatever_is_otherwise_is_told(rows: tuple[Expected, ...], passing: int, difference: str) -> None:
    assert differences(RESULTS, rows, passing) == [difference]


def test_the_closest_row_speaks_for_a_test() -> None:
    wide = Expected(FILE, Outcome.FAILED, "all of it", "")
    narrow = Expected(f"{FILE}::test_c", Outcome.PASSED, "but this one", "")
    assert differences({PASSES: RESULTS[PASSES]}, (wide, *ROWS), 1)[0].endswith("failed: all of it")
    assert wide.covers(PASSES)
    assert narrow.covers(PASSES)
    assert not narrow.covers(f"{FILE}::test_cc")
