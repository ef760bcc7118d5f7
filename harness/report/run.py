"""What a run left behind, as every export of it reads it: one record per attempt at a test."""

from __future__ import annotations

from dataclasses import dataclass

from harness.evidence.record import Entry
from harness.model.identity import PhoneIdentity


@dataclass(frozen=True)
class TestRecord:
    """One attempt at one test, redacted.

    Attributes:
        nodeid: pytest's name of the test.
        result: ``passed``, ``failed``, ``invalid``, ``inconclusive``, ``error`` or ``skipped``.
        phone: the phone it ran on; ``None`` when it never got one.
        bundle_id: the app under test, or empty.
        nonce: its run nonce, or empty.
        started_s: when, seconds since 1970 by this host's clock.
        duration_s: setup to teardown, in wall time.
        attempt: which attempt at the test, counting from 1.
        worker: the xdist worker, such as ``gw0``; empty without xdist.
        phase: the phase that decided the result: ``setup``, ``call`` or ``teardown``.
        message: why, as pytest shows it; empty for a pass.
        entries: its timeline.
        artifacts: its files, as paths relative to the report's directory.
    """

    __test__ = False

    nodeid: str
    result: str
    phone: PhoneIdentity | None
    bundle_id: str
    nonce: str
    started_s: float
    duration_s: float
    attempt: int
    worker: str
    phase: str
    message: str
    entries: tuple[Entry, ...]
    artifacts: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunRecord:
    """A whole run, redacted.

    Attributes:
        started_s: when, seconds since 1970 by this host's clock.
        duration_s: in wall time.
        command: the command line.
        tests: in the order in which they began.
    """

    started_s: float
    duration_s: float
    command: str
    tests: tuple[TestRecord, ...]
