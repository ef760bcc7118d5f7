"""How much of each codec's branches its own test module runs: ``python -m tests.wire.coverage_table``."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness import wire

ROOT = Path(wire.__file__).parent.parent.parent

TEST_MODULES: Mapping[str, str] = {
    "afc": "test_afc",
    "afc_lists": "test_afc_lists",
    "afc_numbers": "test_afc_numbers",
    "afc_packet": "test_afc_packet",
    "bplist": "test_bplist",
    "cdtunnel": "test_cdtunnel",
    "clockline": "test_clockline",
    "cms": "test_cms",
    "dns": "test_dns",
    "dtx": "test_dtx",
    "fragments": "test_fragments",
    "framing": "test_framing",
    "http2": "test_http2",
    "http2_peer": "test_http2_peer",
    "ip6": "test_ip6",
    "lockdown": "test_lockdown",
    "lz4": "test_lz4",
    "nskeyed": "test_nskeyed",
    "nskeyed_reader": "test_nskeyed_reader",
    "nskeyed_types": "test_nskeyed_types",
    "nskeyed_writer": "test_nskeyed_writer",
    "ostrace": "test_ostrace",
    "ostrace_record": "test_ostrace_record",
    "primitives": "test_primitives",
    "remotexpc": "test_remotexpc",
    "syslog": "test_syslog",
    "tcp6": "test_tcp6",
    "tcp6_connection": "test_tcp6_connection",
    "tcp6_responder": "test_tcp6_responder",
    "tcp6_states": "test_tcp6_states",
    "usbmux": "test_usbmux",
    "usbmux_binary": "test_usbmux_binary",
    "xpc": "test_xpc",
    "xpc_objects": "test_xpc_objects",
}
"""Codec -> the test module that has to run all of its branches by itself."""


class MeasuringFailed(Exception):
    """A codec could not be measured; the text is what pytest or coverage said."""


@dataclass(frozen=True)
class Row:
    """What one test module ran of its codec.

    Attributes:
        module: the codec.
        percent: of lines and branches together.
        missing: numbers of the lines that did not run.
        partial: line that only went one way -> line that it never went to; negative leaves the function.
    """

    module: str
    percent: float
    missing: tuple[int, ...]
    partial: tuple[tuple[int, int], ...]

    def __str__(self) -> str:
        where = [str(line) for line in self.missing] + [f"{start}->{end}" for start, end in self.partial]
        return f"{self.module:<18}{self.percent:6.1f} %  {' '.join(where)}".rstrip()


def measure(module: str) -> Row:
    """Run a codec's own test module and tell what of the codec it ran.

    Raises:
        MeasuringFailed: a test failed.
    """
    source = f"harness/wire/{module}.py"
    with tempfile.TemporaryDirectory() as directory:
        data, report = f"--data-file={directory}/data", Path(directory) / "report.json"
        tests = f"tests/wire/{TEST_MODULES[module]}.py"
        pytest = ["-m", "pytest", "-q", "-p", "no:cacheprovider", tests]
        _run("run", "--branch", data, f"--include={source}", *pytest)
        _run("json", data, "-o", str(report), f"--include={source}")
        (told,) = json.loads(report.read_text())["files"].values()
    branches = tuple((start, end) for start, end in told["missing_branches"])
    return Row(module, told["summary"]["percent_covered"], tuple(told["missing_lines"]), branches)


def _run(*arguments: str) -> None:
    command = [sys.executable, "-m", "coverage", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MeasuringFailed(f"{' '.join(command)}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")


def main() -> None:
    """Print the table of the modules named, or of all."""
    for module in sys.argv[1:] or TEST_MODULES:
        print(measure(module), flush=True)


if __name__ == "__main__":
    main()
