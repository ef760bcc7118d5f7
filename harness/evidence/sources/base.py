"""What every source of evidence can do."""

from __future__ import annotations

import asyncio
from typing import Protocol

from harness.model.time import Instant


class EvidenceSource(Protocol):
    """Something that is watched for the length of a test."""

    async def start(self, now: Instant) -> None:
        """Begin; returns once the source is confirmed live."""
        ...

    async def settle(self, now: Instant) -> None:
        """Prove, if possible, that everything up to ``now`` has been shown."""
        ...

    async def stop(self) -> None:
        """End; what was shown stays."""
        ...


async def end(task: asyncio.Task[None] | None) -> None:
    """Cancel a task and wait until it is gone."""
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
