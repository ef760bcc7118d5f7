"""What the files of an attempt are called."""

from __future__ import annotations

import hashlib
import re


def attempt_name(nodeid: str, attempt: int) -> str:
    """What the files of an attempt are called, without their suffix; its test can be recognised in it.

    Args:
        nodeid: pytest's name of the test, redacted.
        attempt: counting from 1.
    """
    said = re.sub(r"[^A-Za-z0-9.-]+", "_", nodeid.rpartition("/")[2]).strip("_.")[:80]
    digest = hashlib.sha256(nodeid.encode()).hexdigest()[:6]
    return f"{said}-{digest}" + (f"-{attempt}" if attempt > 1 else "")
