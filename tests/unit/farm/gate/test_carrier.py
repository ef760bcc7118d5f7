"""What is left of a carrier that could not begin; the rest is judged with ssh's own server."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from harness.errors import HostLost
from harness.farm.gate.carrier import carry


def test_where_no_process_can_be_started_that_is_said_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    talks: list[int] = []

    async def refuse(*_: str, stderr: int, **how: object) -> None:
        talks.append(stderr)
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(asyncio, "create_subprocess_exec", refuse)
    with pytest.raises(HostLost, match=r"ssh to mini1 cannot be started here: Too many open files"):
        asyncio.run(carry("mini1", "/far.sock", tmp_path))
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(talks[0])
