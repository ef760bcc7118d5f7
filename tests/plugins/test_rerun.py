"""A rack fault in the middle of a test costs that phone, and the test is run once more on another."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.plugins.runs import Ended, Place, Shared, shared_run

ERRORS = ("DeviceLost", "HostLost", "LeaseLost")

FOUR_PHONES = "version: 1\ndevices:\n" + "".join(
    f'  - {{name: v-{letter}, virtual: {{ios: "16.7"}}}}\n' for letter in "abcd"
)
"""As many as there are errors, each of which costs one, and one more."""

BEFORE = """\
from pathlib import Path

from harness.errors import DeviceLost, HostLost, LeaseLost


def test_before(app):
    app.launch()
"""

ONE_FAULT = """\


def test_{error}(app, device):
    app.launch()
    if not Path("first-{error}").exists():
        Path("first-{error}").write_text(device.name)
        raise {error}("it went away", phone=device.name)
    Path("second-{error}").write_text(device.name)


def test_after_{error}(app, device):
    Path("after-{error}").write_text(device.name)
"""


@pytest.fixture(scope="module", params=["one process", "a worker"])
def interrupted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Shared:
    """A run in which each of the errors has interrupted a test."""
    workers = ("-n1",) if request.param == "a worker" else ()
    tests = BEFORE + "".join(ONE_FAULT.format(error=error) for error in ERRORS)

    def run(path: Path) -> Ended:
        return Place(path, tests, FOUR_PHONES).run("-q", "--junitxml=junit.xml", *workers)

    return shared_run(tmp_path_factory, f"interrupted-{len(workers)}", run)


@pytest.mark.parametrize("error", ERRORS)
def test_an_interrupted_test_is_told_of_twice_and_runs_on_another_phone(
    interrupted: Shared, error: str
) -> None:
    path, ended = interrupted.path, interrupted.ended
    assert ended.status == pytest.ExitCode.OK, ended.said
    assert "interrupted by the rack, and run once more" in ended.said
    assert "7 passed, 3 rerun" in ended.said, ended.said
    first, second = (path / f"first-{error}").read_text(), (path / f"second-{error}").read_text()
    assert first != second
    assert f"  {error}: {first}: it went away (on {first})" in ended.said
    assert f"  then passed on {second}" in ended.said
    if error != "LeaseLost":
        assert (path / f"after-{error}").read_text() == second
    attempts = [case for case in cases(path) if case.get("name") == f"test_{error}"]
    assert [case.find("skipped") is not None for case in attempts] == [True, False]
    told = attempts[1].find("properties/property[@name='harness.interrupted']")
    assert told is not None
    assert told.get("value") == f"{error}: {first}: it went away"


def cases(path: Path) -> list[ElementTree.Element]:
    return list(ElementTree.parse(path / "junit.xml").iter("testcase"))


TWICE = """\
from harness.errors import DeviceLost


def test_it(app, device):
    raise DeviceLost("it went away", phone=device.name)
"""


def test_it_is_run_once_more_and_not_for_ever(tmp_path: Path) -> None:
    ended = Place(tmp_path, TWICE).run("-q")
    assert ended.status == pytest.ExitCode.TESTS_FAILED
    assert "1 failed, 1 rerun" in ended.said, ended.said
    assert len(re.findall(r"DeviceLost: v-[ab]: it went away", ended.said)) >= 2


def test_without_another_phone_it_stays_an_error(tmp_path: Path) -> None:
    one = 'version: 1\ndevices:\n  - {name: v-a, virtual: {ios: "16.7"}}\n'
    ended = Place(tmp_path, TWICE, one).run("-q")
    assert ended.status == pytest.ExitCode.TESTS_FAILED
    assert "rerun" not in ended.said


NEVER = """\
import pytest

from harness.errors import AppDidNotAnswer, CommandTimeout


def test_a_fault_of_the_app(device):
    raise AppDidNotAnswer("it said nothing")


def test_an_assertion(device):
    assert device.name == "another"
"""


def test_a_verdict_or_an_error_of_the_app_is_never_run_again(tmp_path: Path) -> None:
    ended = Place(tmp_path, NEVER).run("-q")
    assert ended.status == pytest.ExitCode.TESTS_FAILED
    assert "2 failed" in ended.said
    assert "rerun" not in ended.said
