from __future__ import annotations

import os
import plistlib
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from harness.farm.agent.agent import LEAVE_WITHIN_S
from harness.farm.agent.service import (
    LEAVES_WITHIN_S,
    Service,
    launchd_path,
    launchd_plist,
    launchd_steps,
    systemd_path,
    systemd_steps,
    systemd_unit,
)

PYTHON = "/opt/a b/venv/bin/python"
SERVICE = Service(
    host="mini1",
    command=(
        PYTHON,
        "-m",
        "harness",
        "agent",
        "--host",
        "mini1",
        "--store",
        "postgresql://farm@db/farm?a=%20$x",  # what systemd gives a meaning to
    ),
    directory=Path("/opt/a b"),
    logs=Path("/var/logs of mine"),
    environment={"PATH": "/opt/a b/venv/bin:/usr/bin", "SAYS": 'a "word" 100%'},
)


def test_the_launchd_job_is_a_property_list_that_keeps_the_agent_running() -> None:
    job: dict[str, Any] = plistlib.loads(launchd_plist(SERVICE).encode())
    assert job["Label"] == "dev.harness.agent.mini1"
    assert job["ProgramArguments"] == list(SERVICE.command)
    assert job["WorkingDirectory"] == "/opt/a b"
    assert job["EnvironmentVariables"] == dict(SERVICE.environment)
    assert job["RunAtLoad"] is True
    assert job["KeepAlive"] is True
    assert job["StandardOutPath"] == job["StandardErrorPath"] == "/var/logs of mine/agent-mini1.log"
    # In a session without a window server the keychain is locked.
    assert job["LimitLoadToSessionType"] == "Aqua"


def test_the_agent_has_longer_to_leave_than_it_takes() -> None:
    assert LEAVES_WITHIN_S > LEAVE_WITHIN_S
    job: dict[str, Any] = plistlib.loads(launchd_plist(SERVICE).encode())
    assert job["ExitTimeOut"] == LEAVES_WITHIN_S
    assert f"TimeoutStopSec={LEAVES_WITHIN_S}\n" in systemd_unit(SERVICE)


def test_files_are_where_the_systems_look_for_them() -> None:
    home = Path("/Users/farm")
    assert launchd_path(SERVICE, home) == home / "Library/LaunchAgents/dev.harness.agent.mini1.plist"
    assert systemd_path(SERVICE, home) == home / ".config/systemd/user/harness-agent-mini1.service"


def test_what_to_run_next_names_the_file_and_the_job() -> None:
    told = "\n".join(launchd_steps(SERVICE, Path("/Users/farm")))
    assert (
        "launchctl bootstrap gui/$(id -u) /Users/farm/Library/LaunchAgents/dev.harness.agent.mini1.plist"
        in told
    )
    assert "tail -f '/var/logs of mine'/agent-mini1.log" in told
    assert "systemctl --user enable --now harness-agent-mini1.service" in "\n".join(systemd_steps(SERVICE))


def test_what_systemd_gives_a_meaning_to_is_written_so_that_it_has_none() -> None:
    unit = systemd_unit(SERVICE)
    assert '"postgresql://farm@db/farm?a=%%20$$x"' in unit
    assert "WorkingDirectory=/opt/a b\n" in unit
    assert 'Environment="SAYS=a \\"word\\" 100%%"' in unit


@pytest.mark.judge("systemd")
def test_systemd_has_nothing_to_say_against_the_unit(tmp_path: Path) -> None:
    service = Service("mini1", ("/bin/sh", "-c", "exit 0 $HOME"), tmp_path, tmp_path, {"A": "b c"})
    path = tmp_path / service.unit
    path.write_text(systemd_unit(service))
    program = shutil.which("systemd-analyze")
    assert program is not None
    # The manager that it asks how to read units keeps its things there.
    environment = os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)}
    command = [program, "--user", "verify", str(path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
