"""Commands that follow others in one process say and do what they would alone."""

from __future__ import annotations

import pytest

from tests.virtual.cli.desk import Desk

_APP = "dev.harness.downloader"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("set", "wifi", "--json"), 0),
        (("kill-app", "com.example.none", "--json"), 3),
        (("kill-app", _APP, "--phone", "nobody"), 4),
        (("kill-app", _APP, "--devices", "nowhere.yaml"), 2),
        (("no-such-command",), 2),
    ],
    ids=["reading", "no such app", "no such phone", "no such file", "no such command"],
)
def test_a_command_ends_alone_as_after_others(desk: Desk, words: tuple[str, ...], code: int) -> None:
    alone, after = desk.run_alone(*words), desk.run(*words)
    assert alone.returncode == code
    assert (after.returncode, after.stdout, after.stderr) == (code, alone.stdout, alone.stderr)


def test_what_one_process_did_to_a_phone_the_other_finds(desk: Desk) -> None:
    assert desk.run_alone("launch-app", _APP).returncode == 0
    assert desk.json("state", _APP)["pid"] is not None
    assert desk.run_alone("kill-app", _APP).returncode == 0
    assert desk.json("state", _APP)["pid"] is None
