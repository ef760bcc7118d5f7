"""``harness facts`` on saved logs, the hostile ones too."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli.facts import Asked, tell
from harness.cli.out import Out
from harness.errors import ConfigError
from harness.evidence.record import from_line
from harness.model.facts import AppFact, Gap, StateSeen
from harness.model.raw import LogRecord
from harness.wire.ostrace_record import OsTraceLoss
from tests.unit.evidence.logfiles.written import APP, AT_S, FORMS, LOG, console, os_trace, syslog


def told(asked: Asked, capsys: pytest.CaptureFixture[str]) -> tuple[list[str], str]:
    tell(asked, Out(as_json=False))
    said = capsys.readouterr()
    return said.out.splitlines(), said.err


@pytest.mark.parametrize("name", FORMS)
def test_the_facts_of_a_log_are_json_lines_and_the_rest_is_counted(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "saved.log"
    path.write_bytes(b"".join(FORMS[name][1](record) for record in LOG))
    os.utime(path, (AT_S, AT_S))
    out, err = told(Asked(str(path)), capsys)
    kinds = [type(from_line(line)).__name__ for line in out]
    assert kinds == ["StateSeen", "TerminationRequested", "OpenRequested"]
    assert f"form: {FORMS[name][0]}" in err
    assert "facts: StateSeen 1, TerminationRequested 1, OpenRequested 1" in err


def test_a_time_that_was_cut_has_an_error_that_holds_the_true_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "saved.log"
    path.write_bytes(syslog(LOG[0]))
    os.utime(path, (AT_S, AT_S))
    (line,), _ = told(Asked(str(path)), capsys)
    fact = from_line(line)
    assert isinstance(fact, StateSeen)
    assert fact.at.earliest_s <= AT_S <= fact.at.latest_s
    assert fact.at.error_s < 0.6


def test_only_the_facts_of_an_app_and_those_that_name_none_are_told_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = LogRecord(AT_S, "runningboardd", 34, "notice", "[app<com.example.other>:9] Resuming task.")
    path = tmp_path / "saved.log"
    path.write_bytes(b"".join(map(os_trace, (*LOG, other))))
    every, _ = told(Asked(str(path)), capsys)
    own, _ = told(Asked(str(path), bundle_id=APP), capsys)
    assert len(every) == len(own) + 1
    facts = [from_line(line) for line in own]
    assert {fact.bundle_id for fact in facts if isinstance(fact, AppFact)} == {APP, ""}


def test_what_could_have_stated_something_and_did_not_is_counted_by_process(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "saved.log"
    odd = [LogRecord(AT_S, name, 1, "notice", "odd") for name in ("dasd", "dasd", "wifid", "bluetoothd")]
    loss = OsTraceLoss(round(AT_S * 1e6), 3).encode()
    path.write_bytes(b"".join(map(os_trace, odd)) + loss)
    (line,), err = told(Asked(str(path)), capsys)
    assert isinstance(from_line(line), Gap)
    assert err.endswith("something: dasd 2, wifid 1\n")
    assert "records: 5, copies: 0, losses: 1, unreadable: 0" in err


HOSTILE = (
    "<script>alert(1)</script>\x1b[2J\x1b]0;title\x07\nJan  1 00:00:00 a b[1] <N>: c\0",
    "[app<" * 12_000,
    " " * 60_000,
    'Received request to open "dev.x" from <b>\x1b[31m\u202e:9.',
    'Background Task 1 ("</script>\x1b[31m\u2028é"), was created over 30 seconds ago. In applications '
    "running in the background, this creates a risk of termination.",
)


@pytest.mark.parametrize("name", FORMS)
def test_a_hostile_log_comes_out_as_ascii_json(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write = FORMS[name][1]
    hostile = [
        LogRecord(AT_S, process, 41, "notice", message)
        for message in HOSTILE
        for process in ("SpringBoard", "runningboardd", "Café App")
    ]
    path = tmp_path / "saved.log"
    path.write_bytes(b"".join(map(write, (LOG[0], *hostile))) + b"\xff\xfe\0\x1b" * 99)
    out, err = told(Asked(str(path), executable="Café App", bundle_id=APP), capsys)
    for line in out:
        assert line.isascii()
        assert line.isprintable()
        json.loads(line)
    assert len(out) >= 1
    assert all(character.isprintable() or character == "\n" for character in err)


def test_a_log_that_comes_through_a_pipe_is_read_as_one_from_a_file(tmp_path: Path) -> None:
    data = b"[connected]\n" + b"".join(map(console, LOG))
    command = [sys.executable, "-c", "from harness.cli.main import main; main()", "facts", "-"]
    done = subprocess.run(command, input=data, capture_output=True, check=True)
    assert len(done.stdout.splitlines()) == 3


@pytest.mark.parametrize(
    ("name", "form", "says"),
    [
        ("missing.log", None, "No such file"),
        ("odd.log", None, "--format"),
        ("odd.log", "csv", "no form of log"),
    ],
)
def test_a_log_that_cannot_be_read_is_a_mistake_of_the_command_line(
    tmp_path: Path, name: str, form: str | None, says: str
) -> None:
    (tmp_path / "odd.log").write_bytes(b"nothing\nof the kind\n")
    with pytest.raises(ConfigError, match=says):
        tell(Asked(str(tmp_path / name), form), Out(as_json=False))


def test_a_long_pipe_is_read_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = b"".join(map(os_trace, LOG)) * 5_000

    class Piped:
        buffer = io.BytesIO(data)

    monkeypatch.setattr(sys, "stdin", Piped)
    out, err = told(Asked("-"), capsys)
    assert len(out) == 3 * 5_000
    assert "records: 20000," in err
