from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from harness.cli import restoring
from harness.cli.main import Work, app, perform, run
from harness.cli.oneoff import Asked
from harness.cli.out import Out
from harness.errors import ConfigError


def _run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["harness", *words])
    return run()


@pytest.mark.parametrize(
    "words",
    [
        ("kill-app",),
        ("no-such",),
        ("kill-app", "x", "--as", "nobody"),
        ("tail", "-z"),
        ("set", "wifi", "wifi"),
        ("set", "background-refresh", "wifi", "--app", "com.example.app"),
        ("launch-app", "x", "--by", "home"),
    ],
)
def test_what_is_typed_wrong_ends_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert _run(monkeypatch, *words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err


def test_help_names_every_command_and_ends_with_0(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(monkeypatch, "--help") == 0
    shown = capsys.readouterr().out
    names = (
        "devices leases restore doctor launch-app background-app kill-app state home lock unlock open-url "
        "tap siri set condition tail facts virtual ondevice"
    )
    assert [name for name in names.split() if f"\n  {name} " not in shown] == []


def _options(command: Any) -> Iterator[Any]:
    """The options of a command, and of those beneath it."""
    yield from command.params
    for inner in getattr(command, "commands", {}).values():
        yield from _options(inner)


def test_a_phone_is_named_by_one_word_everywhere() -> None:
    naming = [option.opts for option in _options(get_command(app)) if option.metavar == "NAME|UDID"]
    assert len(naming) > 20
    assert [words for words in naming if words != ["--phone"]] == []


@pytest.mark.parametrize("word", ["--phone", "--device"])
@pytest.mark.parametrize("apart", [True, False], ids=["apart", "joined"])
def test_another_word_for_it_is_understood(monkeypatch: pytest.MonkeyPatch, word: str, apart: bool) -> None:
    named: list[str | None] = []

    def told(asked: Asked, wish: restoring.Wish, out: Out) -> int:
        named.append(wish.phone)
        return 0

    monkeypatch.setattr(restoring, "restore", told)
    assert _run(monkeypatch, "restore", *([word, "desk-15"] if apart else [f"{word}=desk-15"])) == 0
    assert named == ["desk-15"]


@pytest.mark.parametrize(
    ("raised", "code"), [(KeyboardInterrupt(), 130), (ConfigError("bad"), 2), (EOFError("odd"), 3)]
)
def test_whatever_a_command_raises_becomes_an_exit_code_and_no_traceback(
    capsys: pytest.CaptureFixture[str], raised: BaseException, code: int
) -> None:
    def do(_: Out) -> int:
        raise raised

    assert perform(Work(Out(as_json=False), do)) == code
    assert "Traceback" not in capsys.readouterr().err


def test_ondevice_export_writes_files_and_names_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert _run(monkeypatch, "ondevice", "export", str(tmp_path / "sample"), "--json") == 0
    written = [Path(json.loads(line)["path"]) for line in capsys.readouterr().out.splitlines()]
    assert "HarnessJournal.swift" in [path.name for path in written]
    assert all(path.is_file() for path in written)


def test_a_command_does_not_pay_for_what_only_others_need() -> None:
    heavy = [
        "pydantic",
        "yaml",
        "rich",
        "pytest",
        "aiohttp",
        "harness.api",
        "harness.config.devices",
        "harness.evidence",
    ]
    code = (
        "import sys, harness.cli.main, harness.cli.apps\n"
        "import harness.farm.leases.store, harness.drivers.pmd3.phone\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
