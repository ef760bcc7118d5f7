"""From phases, as they come in from any number of workers, to attempts at tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from harness.model.identity import Hardware, PhoneIdentity
from harness.report.result import CRASH, WHENS, Left, Phase, message_of, result_of

INTERRUPTED = "the run was interrupted before the test was over"


@dataclass(frozen=True)
class Attempt:
    """One attempt at one test, as it was run; nothing is redacted yet.

    Attributes:
        phases: what pytest told of it, in order; at least one.
        number: which attempt at the test, counting from 1.
    """

    phases: tuple[Phase, ...]
    number: int

    @property
    def nodeid(self) -> str:
        """pytest's name of the test."""
        return self.phases[0].nodeid

    @property
    def started_s(self) -> float:
        """When it began, seconds since 1970."""
        return self.phases[0].started_s

    @property
    def duration_s(self) -> float:
        """From the beginning of the first phase to the end of the last."""
        return max(phase.started_s + phase.duration_s for phase in self.phases) - self.started_s

    @property
    def crashed(self) -> bool:
        """Whether the worker died in it."""
        return self.phases[-1].when == CRASH

    @cached_property
    def verdict(self) -> tuple[str, str]:
        """What it came to, and the phase that decided it."""
        return result_of(self.phases)

    @property
    def message(self) -> str:
        """Why it did not pass."""
        return message_of(self.phases)

    @property
    def worker(self) -> str:
        """The xdist worker that ran it, or empty."""
        return next((phase.worker for phase in self.phases if phase.worker), "")

    @cached_property
    def left(self) -> Left:
        """What it left, as far as it is known: what a worker that died did not tell, it told before."""
        told = [phase.left for phase in self.phases]
        return Left(
            timeline=_last(left.timeline for left in told),
            artifacts=_last(left.artifacts for left in told),
            app_version=_last(left.app_version for left in told),
            phone=next((left.phone for left in reversed(told) if left.phone), None),
            bundle_id=_last(left.bundle_id for left in told),
            nonce=_last(left.nonce for left in told),
        )

    @property
    def phone(self) -> PhoneIdentity | None:
        """The phone it ran on, if it got one."""
        if self.left.phone is None:
            return None
        told = dict(self.left.phone)
        return PhoneIdentity(hardware=Hardware(told.pop("hardware")), **told)

    @cached_property
    def captured(self) -> tuple[tuple[str, str], ...]:
        """Title and text of everything that was captured, each once."""
        return tuple(dict.fromkeys(section for phase in self.phases for section in phase.sections))


def _last(values: Iterator[str]) -> str:
    return ([value for value in values if value] or [""])[-1]


class Collector:
    """Puts the phases of each attempt together."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], list[Phase]] = {}
        self._numbers: Counter[str] = Counter()

    def take(self, phase: Phase) -> Attempt | None:
        """Take in one phase; returns the attempt that is over with it, if one is.

        A worker that died told of the phases before; the crash is the last of them. An attempt that is
        run again at once has no teardown: the setup of the next one ends it.
        """
        key = (phase.worker, phase.nodeid)
        over = self._close(key) if phase.when == WHENS[0] and key in self._open else None
        self._open.setdefault(key, []).append(phase)
        return self._close(key) if phase.when in (WHENS[-1], CRASH) else over

    def interrupt(self, at_s: float) -> tuple[Attempt, ...]:
        """What had begun and will not end, because the run was interrupted at ``at_s``."""
        for (worker, nodeid), phases in self._open.items():
            phases.append(Phase(nodeid, CRASH, "failed", at_s, 0.0, INTERRUPTED, worker))
        return tuple(self._close(key) for key in list(self._open))

    def _close(self, key: tuple[str, str]) -> Attempt:
        phases = self._open.pop(key)
        self._numbers[key[1]] += 1
        return Attempt(tuple(phases), self._numbers[key[1]])
