from __future__ import annotations

import errno
import io
import json
import os

import pytest

from harness import errors
from harness.cli import out as module
from harness.cli.out import EXIT_CODES, Out, ReaderGone, exit_code, parts, table, unexpected
from harness.errors import (
    AppNotRunning,
    ConfigError,
    DeviceLocked,
    EvidenceError,
    HarnessError,
    NoDeviceFree,
    NoSuchDevice,
    OriginUnreachable,
    WireError,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("x"), 2),
        (DeviceLocked("x"), 3),
        (AppNotRunning("x"), 3),
        (WireError("x"), 3),
        (NoSuchDevice("x"), 4),
        (NoDeviceFree("x"), 4),
        (OriginUnreachable("x"), 5),
        (EvidenceError("x"), 5),
        (HarnessError("x"), 3),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, HarnessError) else str(value),
)
def test_every_kind_of_error_has_its_exit_code(error: HarnessError, code: int) -> None:
    assert exit_code(error) == code


def test_no_row_of_the_exit_codes_hides_one_that_follows() -> None:
    kinds = [kind for kind, _ in EXIT_CODES]
    hidden = [later for index, later in enumerate(kinds) if issubclass(later, tuple(kinds[:index]))]
    assert hidden == []
    every = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, HarnessError)
    ]
    assert all(issubclass(kind, HarnessError) and issubclass(kind, tuple(kinds)) for kind in every)


def test_an_error_is_talk_and_says_what_where_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    error = DeviceLocked("it is locked", phone="desk-15", fix="Unlock it")
    assert Out(as_json=False).failed(error) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "harness: desk-15: it is locked. Unlock it\n"


def test_with_json_the_parts_of_an_error_are_one_object_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    error = NoDeviceFree("no phone got free", why=("v-16: held by pytest (pid 1) for 2 s",), fix="Wait")
    assert Out(as_json=True).failed(error) == 4
    said = capsys.readouterr()
    assert json.loads(said.out) == {
        "error": {
            "kind": "NoDeviceFree",
            "what": "no phone got free",
            "fix": "Wait",
            "why": ["v-16: held by pytest (pid 1) for 2 s"],
            "exit_code": 4,
        }
    }
    assert "held by pytest (pid 1)" in said.err


def test_the_place_of_a_mistake_in_a_file_is_among_the_parts() -> None:
    assert parts(ConfigError("bad", path="d.yaml", line=3, column=5)) == {
        "kind": "ConfigError",
        "what": "bad",
        "path": "d.yaml",
        "line": 3,
        "column": 5,
    }


def test_rows_are_a_table_for_people_and_lines_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"name": "v-16", "holder": None, "more": 1},
        {"name": "a-long-name", "holder": "pytest", "more": 2},
    ]
    Out(as_json=False).rows(("name", "holder"), rows)
    assert capsys.readouterr().out.splitlines() == [
        "name         holder",
        "v-16         -",
        "a-long-name  pytest",
    ]
    Out(as_json=True).rows(("name", "holder"), rows)
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == rows


def test_a_table_of_nothing_is_its_heads() -> None:
    assert table(("name", "ios"), []) == ["name  ios"]


def test_an_unexpected_error_is_one_line_that_says_how_to_see_more(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(module.DEBUG_VARIABLE, raising=False)
    assert unexpected(KeyError("first\nsecond")) == 3
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "KeyError" in said
    assert "HARNESS_DEBUG=1" in said


def test_the_traceback_of_an_unexpected_error_is_there_for_the_asking(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise KeyError("first")

    monkeypatch.setenv(module.DEBUG_VARIABLE, "1")
    with pytest.raises(KeyError) as caught:
        fail()
    unexpected(caught.value)
    assert "in fail" in capsys.readouterr().err


HOSTILE = "a\x1b[31m\x9b2J\u202eb"


def test_nothing_that_a_device_wrote_is_obeyed_by_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    shown = r"a\x1b[31m\x9b2J\u202eb"
    out = Out(as_json=False)
    out.data({}, f"{HOSTILE}\nünd")
    out.rows(["name"], [{"name": HOSTILE}])
    out.talk(HOSTILE)
    said = capsys.readouterr()
    assert (said.out, said.err) == (f"{shown}\nünd\nname\n{shown}\n", f"{shown}\n")


def test_json_of_what_a_device_wrote_stays_json_and_is_not_obeyed_either(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Out(as_json=True).data({"name": HOSTILE}, "")
    said = capsys.readouterr().out
    assert json.loads(said) == {"name": HOSTILE}
    assert said.strip().isascii()
    assert said.strip().isprintable()


class Unread(io.StringIO):
    """An output that nobody reads any more.

    Args:
        number: what writing to it ends with.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number

    def write(self, text: str) -> int:
        raise OSError(self._number, os.strerror(self._number))


@pytest.mark.parametrize("number", [errno.EPIPE, errno.EIO], ids=["pipe", "terminal"])
def test_a_reader_that_has_gone_is_no_error_of_the_command(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout", Unread(number))
    with pytest.raises(ReaderGone):
        Out(as_json=False).line("text")


def test_a_full_disk_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", Unread(errno.ENOSPC))
    with pytest.raises(OSError, match="space"):
        Out(as_json=False).line("text")
