"""``python -m tests.bench``: measure, and print one JSON object."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from tests.bench import (
    calls,
    detection,
    gate,
    ingest,
    ingest_live,
    kill,
    kill_resident,
    leases,
    log,
    makespan,
    overhead,
    page,
    racks,
    restore,
    screen,
    tunnel,
)
from tests.bench.figures import Figure
from tests.bench.machine import describe

RUNS = 9

PARTS = (
    *kill.PARTS,
    *kill_resident.PARTS,
    *overhead.PARTS,
    *calls.PARTS,
    *log.PARTS,
    *ingest.PARTS,
    *ingest_live.PARTS,
    *page.PARTS,
    *detection.PARTS,
    *screen.PARTS,
    *restore.PARTS,
    *leases.PARTS,
    *gate.PARTS,
    *tunnel.PARTS,
    *makespan.PARTS,
    *racks.PARTS,
)
"""What can be measured by itself."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="counted runs of each (default: %(default)s)")
    parser.add_argument("--only", action="append", choices=PARTS, metavar="NAME", help=", ".join(PARTS))
    chosen = parser.parse_args(arguments)
    machine = describe()
    figures = [figure.plain() for figure in measure(chosen.only or PARTS, chosen.runs)]
    json.dump({"machine": machine, "runs": chosen.runs, "figures": figures}, sys.stdout, indent=1)
    print()
    return 0


def measure(parts: Sequence[str], runs: int) -> list[Figure]:
    """The figures of some parts; racks of several sizes are measured in turn."""
    wanted = [part for part in PARTS if part in parts]
    figures: list[Figure] = []
    for part in wanted:
        if part in kill.PARTS:
            figures += kill.measure(part, runs)
        elif part in kill_resident.PARTS:
            figures += kill_resident.measure(part, runs)
        elif part in overhead.PARTS:
            figures += overhead.measure(part, runs)
        elif part in calls.PARTS:
            figures += calls.measure(part, runs)
        elif part in log.PARTS:
            figures += log.measure(part, runs)
        elif part in ingest.PARTS:
            figures += ingest.measure(part, runs)
        elif part in ingest_live.PARTS:
            figures += ingest_live.measure(part, runs)
        elif part in page.PARTS:
            figures += page.measure(part, runs)
        elif part in detection.PARTS:
            figures += detection.measure(part, runs)
        elif part in restore.PARTS:
            figures += restore.measure(part, runs)
        elif part in gate.PARTS:
            figures += gate.measure(part, runs)
        elif part in tunnel.PARTS:
            figures += tunnel.measure(part, runs)
        elif part in makespan.PARTS:
            figures += makespan.measure(part, runs)
        elif part in leases.PARTS:
            figures += leases.measure(part, runs)
        elif part in screen.PARTS:
            figures += screen.measure(part, runs)
    sizes = [part for part in wanted if part in racks.PARTS]
    return figures + (racks.measure(sizes, runs) if sizes else [])


if __name__ == "__main__":
    sys.exit(main())
