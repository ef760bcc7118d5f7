"""The place a benchmark happens in: private directories, virtual phones, and nothing of the user's."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.config.places import STATE_DIR_VARIABLE
from harness.virtual.address import RackAddress, parse_rack_address
from harness.virtual.serve import SPECS_ON_STDIN
from harness.virtual.specs import specs_of, specs_to_json

ROOT = Path(__file__).parents[2]
"""The checkout."""

BIN = Path(sys.executable).parent
"""Where the console scripts of this interpreter are."""

APP = "dev.harness.downloader"
"""The sample app, on every virtual phone."""

IOS_15, IOS_16 = ("15.8", "iPhone9,1"), ("16.7", "iPhone10,3")
IOS_18, IOS_26 = ("18.5", "iPhone14,5"), ("26.0", "iPhone17,3")


@dataclass(frozen=True)
class Rack:
    """A rack that runs.

    Attributes:
        address: where it is.
        boot_ms: wall time from the start of its process to the line in which it says so.
    """

    address: RackAddress
    boot_ms: float


@dataclass(frozen=True)
class Stage:
    """Private directories.

    Attributes:
        path: of the benchmark; its home and its state directory are in it.
    """

    path: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """Of the processes that are measured."""
        kept = {name: value for name, value in os.environ.items() if name != "USBMUXD_SOCKET_ADDRESS"}
        own = {"HOME": str(self.path), STATE_DIR_VARIABLE: str(self.path / "state")}
        return {**kept, **own, "PYTHONPATH": str(ROOT)}

    def devices_file(self, count: int, models: Sequence[tuple[str, str]]) -> Path:
        """Write a devices.yaml with so many virtual phones, ``v-0`` and so on, of these models in turn."""
        app = ROOT / "harness" / "scenarios" / "apps" / "downloader.yaml"
        lines = ["version: 1", f"defaults: {{app: {app}}}", "devices:"]
        for number in range(count):
            ios, model = models[number % len(models)]
            lines.append(f"  - name: v-{number}")
            lines.append(f'    virtual: {{ios: "{ios}", model: "{model}", seed: {number}}}')
        path = self.path / "devices.yaml"
        path.write_text("\n".join(lines) + "\n")
        return path

    @contextmanager
    def rack(self, devices: Path) -> Generator[Rack]:
        """Run a rack as pytest does, which tells it what its phones are; stopped afterwards."""
        told = self.path / "specs.json"
        told.write_text(specs_to_json(specs_of(devices)))
        command = [sys.executable, "-m", "harness.virtual", "serve", SPECS_ON_STDIN]
        with told.open() as specs:
            began_s = time.perf_counter()
            process = subprocess.Popen(
                command, cwd=self.path, env=self.environment, stdin=specs, stdout=subprocess.PIPE
            )
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            boot_ms = (time.perf_counter() - began_s) * 1000
            yield Rack(parse_rack_address(line.decode()), boot_ms)
        finally:
            process.terminate()
            process.communicate()

    def run(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
        """Run a command to its end; returns what it printed.

        Raises:
            RuntimeError: it failed; says what it wrote.
        """
        done = subprocess.run(
            command,
            cwd=self.path,
            env={**self.environment, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
        return done.stdout


@contextmanager
def stage() -> Generator[Stage]:
    """Private directories that are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="ih-bench-") as name:
        yield Stage(Path(name))
