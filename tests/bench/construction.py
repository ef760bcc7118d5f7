"""Putting together the phones of a devices.yaml, without the start of a process; prints how long."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from harness.config.places import state_dir
from harness.virtual.apps.sample import DOWNLOADER
from harness.virtual.rack import Rack
from harness.virtual.specs import specs_of
from harness.virtual.transport.identity import load_identity


def main(devices: Path) -> None:
    """Construct them once."""
    specs = specs_of(devices)
    identity = load_identity(state_dir() / "virtual-identity.json")
    with tempfile.TemporaryDirectory() as directory:
        began_s = time.perf_counter()
        rack = Rack(specs, identity, Path(directory), apps=[DOWNLOADER])
        took_s = time.perf_counter() - began_s
    print(json.dumps({"phones": len(rack.phones), "took_ms": took_s * 1000}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
