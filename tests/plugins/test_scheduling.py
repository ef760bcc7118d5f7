"""Real runs on virtual phones: which workers are used, tests with several phones, tests that none can run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.plugins.runs import Place


def devices(*versions: str) -> str:
    lines = [
        f'  - {{name: v-{letter}, virtual: {{ios: "{ios}", seed: {ord(letter)}}}}}'
        for letter, ios in zip("abcdefgh", versions, strict=False)
    ]
    return "version: 1\ndevices:\n" + "\n".join(lines) + "\n"


NOTED = """\
import json
import os
from pathlib import Path

import pytest


def note(*phones):
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    told = {"worker": worker, "phones": [phone.name for phone in phones]}
    test = os.environ["PYTEST_CURRENT_TEST"].split("::")[1].split(" ")[0]
    with Path(f"{test}.notes").open("a") as file:
        file.write(json.dumps(told) + "\\n")


"""

LIKE = """\
@pytest.mark.parametrize("number", range(12))
def test_it(device, number):
    note(device)
"""


def notes(path: Path) -> dict[str, list[dict[str, object]]]:
    """Test -> what each time it ran was noted."""
    return {
        one.stem: [json.loads(line) for line in one.read_text().splitlines()] for one in path.glob("*.notes")
    }


def test_four_workers_with_three_phones_use_three_and_each_keeps_its_phone(tmp_path: Path) -> None:
    ended = Place(tmp_path, NOTED + LIKE, devices("16.7", "16.7", "16.7")).run("-q", "-n4")
    assert ended.status == pytest.ExitCode.OK, ended.said
    ran = notes(tmp_path)
    assert [len(times) for times in ran.values()] == [1] * 12
    where = {(str(times[0]["worker"]), str(times[0]["phones"])) for times in ran.values()}
    assert len(where) == 3, where
    assert len({worker for worker, _ in where}) == len({phone for _, phone in where}) == 3


TWO = """\
@pytest.mark.device(count=2)
@pytest.mark.parametrize("number", range(2))
def test_both(devices, number):
    note(*devices)
    assert len({phone.udid for phone in devices}) == 2


@pytest.mark.devices({"name": "v-b"}, {"ios": "<17"})
def test_in_the_order_of_the_mark(devices, usbmux):
    note(*devices)
    assert devices[0].name == "v-b"
    assert Path(usbmux).is_socket()


@pytest.mark.device(count=2)
def test_the_app_on_both(apps, devices):
    for app in apps:
        app.launch()
    for app in apps:
        app.background()


@pytest.mark.parametrize("number", range(4))
def test_one(device, number):
    note(device)
"""


@pytest.mark.parametrize("workers", [(), ("-n3",)], ids=["one process", "workers"])
def test_several_phones_are_had_all_at_once(tmp_path: Path, workers: tuple[str, ...]) -> None:
    ended = Place(tmp_path, NOTED + TWO, devices("16.7", "16.7", "15.8")).run("-q", *workers)
    assert ended.status == pytest.ExitCode.OK, ended.said
    assert "8 passed" in ended.said
    assert [len(times) for times in notes(tmp_path).values()] == [1] * 7


UNSCHEDULABLE = """\
@pytest.mark.device(ios=">=27")
def test_too_new(device):
    raise AssertionError("it ran")


@pytest.mark.device(count=3)
def test_too_many(devices):
    raise AssertionError("it ran")


def test_one(device):
    note(device)
"""


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["one process", "workers"])
def test_what_no_phone_can_run_is_told_at_once_and_the_rest_runs(
    tmp_path: Path, workers: tuple[str, ...]
) -> None:
    ended = Place(tmp_path, NOTED + UNSCHEDULABLE, devices("16.7", "16.7")).run("-q", *workers)
    assert ended.status == pytest.ExitCode.TESTS_FAILED
    assert "1 passed, 2 errors" in ended.said, ended.said
    told, _, rest = ended.said.partition("ERRORS")
    assert re.search(
        r"tests that no phone can run.*test_too_new\n.*ios=>=27\n.*v-a: it runs iOS 16.7", told, re.S
    )
    assert "3 phones are needed at once" in told
    assert "it ran" not in rest


HOSTS = """\
version: 1
hosts: {mini1: {}, mini2: {}}
devices:
  - {name: v-a, host: mini1, virtual: {ios: "16.7"}}
  - {name: v-b, host: mini2, virtual: {ios: "15.8"}}
"""


DIES = """\
import os
import signal

import pytest


@pytest.mark.parametrize("number", range(8))
def test_it(number):
    if number < 2:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_not_run_because_too_many_workers_died_is_told_by_name(tmp_path: Path) -> None:
    ended = Place(tmp_path, DIES).run("-n2", "--max-worker-restart=0")
    assert ended.status == pytest.ExitCode.TESTS_FAILED, ended.said
    listed = re.findall(r"^test_it[.]py::test_it\[(\d)\]$", ended.said, re.MULTILINE)
    crashed = set(re.findall(r"crashed while running 'test_it[.]py::test_it\[(\d)\]'", ended.said))
    assert listed, ended.said
    assert sorted({*listed, *crashed}) == sorted([*listed, *crashed])
    assert f"{len(listed)} not run: no worker was left for them" in ended.said


def test_a_host_runs_its_own_phones_and_no_others(tmp_path: Path) -> None:
    place = Place(tmp_path, NOTED + LIKE, HOSTS)
    ended = place.run("-q", "-n2", "--host=mini2")
    assert ended.status == pytest.ExitCode.OK, ended.said
    assert {str(times[0]["phones"]) for times in notes(tmp_path).values()} == {"['v-b']"}
    unknown = place.run("-q", "--host=mini3")
    assert unknown.status == pytest.ExitCode.USAGE_ERROR
    assert "mini3" in unknown.said


def test_a_phone_of_a_host_that_no_agent_serves_is_told_at_once(tmp_path: Path) -> None:
    ended = Place(tmp_path, "def test_it(device): pass\n", HOSTS).run("-q")
    assert ended.status == pytest.ExitCode.TESTS_FAILED
    assert "v-a: no agent serves mini1" in ended.said
