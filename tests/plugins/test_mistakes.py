"""What is wrong with files, options or the rack is said in plain words, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugins.runs import Place

ONE_TEST = "def test_it(app):\n    app.launch()\n"
EACH_IOS = "import pytest\n\n@pytest.mark.device(each='ios')\n" + ONE_TEST

USAGE = pytest.ExitCode.USAGE_ERROR


@pytest.mark.parametrize("tests", [ONE_TEST, EACH_IOS], ids=["any phone", "each iOS"])
def test_real_hardware_without_a_real_phone_is_a_usage_error(tmp_path: Path, tests: str) -> None:
    run = Place(tmp_path, tests).run("--hardware=real")
    assert run.status == USAGE, run.said
    assert "--hardware real, and no real phone is in it" in run.said
    assert run.is_plain, run.said


MALFORMED = {
    "no YAML": ("version: 1\ndevices:\n  - {name: v-a\n", "devices.yaml:4:1: "),
    "unknown key": (
        'version: 1\ndevices:\n  - name: v-a\n    virtal: {ios: "16.7"}\n',
        "devices.yaml:4:5: ",
    ),
    "wrong value": (
        'version: 1\ndevices:\n  - name: v-a\n    virtual: {ios: "16.7", clock_rate: fast}\n',
        "devices.yaml:4:40: ",
    ),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_file_is_told_by_line_and_column(tmp_path: Path, what: str) -> None:
    text, place = MALFORMED[what]
    tests = EACH_IOS if what == "unknown key" else ONE_TEST
    run = Place(tmp_path, tests, text).run(*(["-n1"] if what == "wrong value" else []))
    assert run.status == USAGE, run.said
    assert place in run.said
    assert run.is_plain, run.said


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    place = Place(tmp_path, ONE_TEST)
    (tmp_path / "devices.yaml").unlink()
    run = place.run()
    assert run.status == USAGE, run.said
    assert "devices.yaml" in run.said
    assert run.is_plain, run.said


@pytest.mark.parametrize("workers", [(), ("-n1",)], ids=["one process", "workers"])
def test_a_rack_that_does_not_start_is_one_line(tmp_path: Path, workers: tuple[str, ...]) -> None:
    place = Place(tmp_path, ONE_TEST)
    (tmp_path / "apps.py").write_text("raise LookupError('nothing here')\n")
    run = place.run("--virtual-apps=apps.py", *workers)
    assert run.status in (pytest.ExitCode.TESTS_FAILED, USAGE), run.said
    assert "apps.py: cannot be run: LookupError: nothing here" in run.said
    assert run.is_plain, run.said


def test_a_phone_that_no_entry_can_be_is_one_line(tmp_path: Path) -> None:
    tests = "import pytest\n\n@pytest.mark.device(ios='>=17')\n" + ONE_TEST
    run = Place(tmp_path, tests).run()
    assert run.status == pytest.ExitCode.TESTS_FAILED, run.said
    assert "NoSuchDevice: " in run.said
    assert run.is_plain, run.said


def test_a_missing_app_is_one_line_that_names_the_phone(tmp_path: Path) -> None:
    place = Place(tmp_path, ONE_TEST)
    (tmp_path / "app.yaml").write_text("version: 1\nbundle_id: com.example.nowhere\nname: Nowhere\n")
    run = place.run("--app-profile=app.yaml")
    assert run.status == pytest.ExitCode.TESTS_FAILED, run.said
    assert "AppNotInstalled: v-a: com.example.nowhere is not installed" in run.said
    assert run.is_plain, run.said
