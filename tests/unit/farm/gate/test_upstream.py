"""A usbmuxd is watched for as long as somebody wants to know of its phones."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from harness.farm.gate import upstream
from harness.farm.gate.upstream import Watch
from tests.unit.farm.gate.bench import Bench, run, until

PHONE = "00008120-000A11112222001E"


@pytest.mark.parametrize("nonsense", [KeyError("MessageType"), AttributeError("no dictionary")])
def test_a_message_that_makes_no_sense_does_not_end_the_watch(
    nonsense: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upstream, "PAUSES_S", (0.01,))
    told: list[dict[str, Any]] = []

    def tell(message: dict[str, Any]) -> None:
        told.append(message)
        if len(told) == 1:
            raise nonsense

    async def test(it: Bench) -> None:
        it.plug_in(PHONE)
        watch = Watch(it.upstream_path, tell)
        watch.start()
        try:
            async with asyncio.timeout(20):
                await until(lambda: len(told) > 2)
        finally:
            await watch.close()
        assert [one["MessageType"] for one in told] == ["Attached", "Detached", "Attached"]

    run(test)
