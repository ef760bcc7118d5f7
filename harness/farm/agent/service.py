"""The agent as a service of the machine: a launchd job on macOS, a systemd user unit elsewhere.

A launchd *agent*, not a daemon: it runs in the login session of the user, which is where the keychain is
unlocked, where Local Network permission can be asked for, and where Xcode's helpers see the phones. Source:
launchd.plist(5) and Apple's Technical Note TN2083, "Daemons and Agents".
"""

from __future__ import annotations

import plistlib
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LABEL = "dev.harness.agent"
"""With the host's name after it, what launchd calls the job."""

RESTART_AFTER_S = 5
"""Wall seconds between an agent's end and its next start."""

LEAVES_WITHIN_S = 75
"""Wall seconds between the request to end and the kill: longer than the agent takes to put phones right."""


@dataclass(frozen=True)
class Service:
    """What the machine is to keep running.

    Attributes:
        host: the name that the agent serves under.
        command: the program and its arguments, with absolute paths.
        directory: where it runs: what devices.yaml names is looked for there.
        logs: the directory of what it writes.
        environment: what it finds in its environment besides what the machine gives every job.
    """

    host: str
    command: tuple[str, ...]
    directory: Path
    logs: Path
    environment: Mapping[str, str]

    @property
    def label(self) -> str:
        """What launchd calls the job."""
        return f"{LABEL}.{self.host}"

    @property
    def unit(self) -> str:
        """What systemd calls the unit."""
        return f"harness-agent-{self.host}.service"


def launchd_path(service: Service, home: Path) -> Path:
    """Where launchd looks for the jobs of a user."""
    return home / "Library" / "LaunchAgents" / f"{service.label}.plist"


def systemd_path(service: Service, home: Path) -> Path:
    """Where systemd looks for the units of a user."""
    return home / ".config" / "systemd" / "user" / service.unit


def launchd_plist(service: Service) -> str:
    """The job for launchd, as XML."""
    job: dict[str, object] = {
        "Label": service.label,
        "ProgramArguments": list(service.command),
        "WorkingDirectory": str(service.directory),
        "EnvironmentVariables": dict(service.environment),
        "RunAtLoad": True,
        "KeepAlive": True,
        "ThrottleInterval": RESTART_AFTER_S,
        "ExitTimeOut": LEAVES_WITHIN_S,
        # Background jobs are slowed down; phones are driven by the clock.
        "ProcessType": "Interactive",
        # The session of a person who is logged in: the keychain is open there.
        "LimitLoadToSessionType": "Aqua",
        "StandardOutPath": str(service.logs / f"agent-{service.host}.log"),
        "StandardErrorPath": str(service.logs / f"agent-{service.host}.log"),
    }
    return plistlib.dumps(job, sort_keys=False).decode()


def systemd_unit(service: Service) -> str:
    """The unit for systemd, to be run by the user's own manager."""
    log = f"append:{service.logs / f'agent-{service.host}.log'}"
    lines = (
        "[Unit]",
        f"Description=iPhone harness agent of {service.host}",
        "",
        "[Service]",
        f"ExecStart={_words(service.command)}",
        f"WorkingDirectory={_escaped(str(service.directory))}",
        *(f"Environment={_quoted(f'{name}={value}')}" for name, value in service.environment.items()),
        "Restart=always",
        f"RestartSec={RESTART_AFTER_S}",
        f"TimeoutStopSec={LEAVES_WITHIN_S}",
        # Only the agent is told to end: the virtual phones it runs have to be there until it is done.
        "KillMode=mixed",
        f"StandardOutput={_escaped(log)}",
        f"StandardError={_escaped(log)}",
        "",
        "[Install]",
        "WantedBy=default.target",
        "",
    )
    return "\n".join(lines)


def launchd_steps(service: Service, home: Path) -> tuple[str, ...]:
    """What to run, and to see to, on a Mac, one line each."""
    path = shlex.quote(str(launchd_path(service, home)))
    return (
        f"launchctl bootstrap gui/$(id -u) {path}",
        f"launchctl kickstart -k gui/$(id -u)/{service.label}    # again, with another version",
        f"tail -f {shlex.quote(str(service.logs))}/agent-{service.host}.log",
    )


LAUNCHD_NEEDS = (
    "Have the user logged in at start (System Settings > Users & Groups > Automatic login): the job runs in "
    "the login session, where the keychain is open.",
    "Allow Local Network for the Python of this environment when macOS asks (System Settings > Privacy & "
    "Security > Local Network): without it neither a phone by Wi-Fi nor a database in the same network is "
    "reached (`No route to host`), though by hand in Terminal both are.",
    "Connect each phone once and tap Trust.",
)
"""What a Mac needs besides."""


def systemd_steps(service: Service) -> tuple[str, ...]:
    """What to run where systemd is, one line each."""
    return (
        "loginctl enable-linger    # so that it runs without a login",
        "systemctl --user daemon-reload",
        f"systemctl --user enable --now {service.unit}",
        f"systemctl --user restart {service.unit}    # again, with another version",
        f"tail -f {shlex.quote(str(service.logs))}/agent-{service.host}.log",
    )


def _words(command: tuple[str, ...]) -> str:
    # In ExecStart= a dollar sign stands for a variable. Source: systemd.service(5).
    return " ".join(_quoted(word).replace("$", "$$") for word in command)


def _quoted(word: str) -> str:
    escaped = _escaped(word).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _escaped(text: str) -> str:
    # A percent sign begins a specifier. Source: systemd.unit(5).
    return text.replace("%", "%%")
