from __future__ import annotations

from pathlib import Path

import pytest

from harness.config.profile import AppProfile, DoChannel, Reset, load_profile
from harness.errors import ConfigError
from harness.model.journal import COMMAND_NOTIFICATION_SUFFIX, COMMAND_PATH, JOURNAL_PATH, LOG_SUBSYSTEM

SMALLEST = "version: 1\nbundle_id: com.example.reader\nname: Reader\n"


def load(tmp_path: Path, text: str) -> AppProfile:
    path = tmp_path / "reader.yaml"
    path.write_text(text)
    return load_profile(path)


def test_the_shipped_profile_speaks_the_contract_of_the_journal() -> None:
    profile = load_profile()
    assert profile.bundle_id == "dev.harness.downloader"
    assert (profile.journal, profile.command_file) == (JOURNAL_PATH, COMMAND_PATH)
    assert profile.log_subsystem == LOG_SUBSYSTEM
    assert profile.notification == profile.bundle_id + COMMAND_NOTIFICATION_SUFFIX
    assert profile.do == (DoChannel.LAUNCH_ARGUMENTS, DoChannel.COMMAND_FILE)
    assert (profile.reset, profile.debuggable) == (Reset.COMMAND, True)


def test_a_sample_app_has_a_name_and_a_file_of_that_name_goes_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_profile("worker").bundle_id == "dev.harness.worker"
    (tmp_path / "worker").write_text(SMALLEST)
    assert load_profile("worker").bundle_id == "com.example.reader"


def test_three_lines_are_a_profile(tmp_path: Path) -> None:
    profile = load(tmp_path, SMALLEST)
    assert profile.path == tmp_path / "reader.yaml"
    assert profile.notification == "com.example.reader.harness.command"
    assert profile.reset is Reset.NONE


def test_an_app_may_have_no_journal(tmp_path: Path) -> None:
    assert load(tmp_path, SMALLEST + "journal: null").journal is None


def test_a_package_lies_beside_its_profile(tmp_path: Path) -> None:
    profile = load(tmp_path, SMALLEST + "reset: reinstall\npackage: reader.ipa")
    assert profile.package_path == tmp_path / "reader.ipa"


@pytest.mark.parametrize(
    ("extra", "line", "column", "expected"),
    [
        ("reset: reinstal", 4, 8, "did you mean 'reinstall'?"),
        ("reset: reinstall", 1, 1, "needs 'package'"),
        ("do: [taps]", 4, 6, "expected launch-arguments or command-file, found 'taps'"),
        ("do: []", 4, 5, "the list is empty"),
        ("journal: /etc/passwd", 4, 10, "relative to the app's container"),
        ("command_file: ../x", 4, 15, "relative to the app's container"),
        ("debuggable: maybe", 4, 13, "expected true or false, found 'maybe'"),
        ("path: x", 4, 1, "unknown key 'path'"),
        ("bundel_id: x", 4, 1, "did you mean 'bundle_id'?"),
    ],
)
def test_a_mistake_is_named_at_its_place(
    tmp_path: Path, extra: str, line: int, column: int, expected: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, SMALLEST + extra)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert expected in str(caught.value)


def test_a_missing_profile_names_the_one_to_copy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"downloader\.yaml"):
        load_profile(tmp_path / "none.yaml")
