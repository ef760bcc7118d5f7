"""``python -m harness.virtual serve devices.yaml``."""

from __future__ import annotations

import gc
import sys


def run() -> int:
    """Run the rack; returns the exit status."""
    # What is imported stays: it is not looked through for garbage, neither meanwhile nor later.
    gc.disable()
    from harness.virtual.serve import main

    gc.freeze()
    gc.enable()
    return main()


sys.exit(run())
