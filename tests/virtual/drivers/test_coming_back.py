"""Evidence of the driver after the cable was out and is in again."""

from __future__ import annotations

import pytest

from tests.virtual.drivers.bench import BOTH_WAYS, Driven, drive, heard
from tests.virtual.rig import APP

_NAME = "dev.harness.a"


@pytest.mark.parametrize("ios", BOTH_WAYS)
def test_everything_is_opened_anew_and_tells_again(ios: str) -> None:
    async def check(on: Driven) -> None:
        lost = await on.phone.process_events(), await on.phone.darwin([_NAME])
        async with heard(lost[0]), heard(lost[1]):
            on.do("cut-cable")
        on.do("plug-in")
        events, darwin = await on.phone.process_events(), await on.phone.darwin([_NAME])
        async with heard(events) as ends, heard(darwin) as notices:
            pid = await on.phone.launch(APP.bundle_id)
            await events.observe(pid)
            await on.phone.signal(pid, 9)
            on.it.phone.darwin.post(_NAME)
            await events.round_trip()
            await darwin.round_trip()
            assert [end.pid for end in ends.items] == [pid]
            assert [notice.name for notice in notices.items] == [_NAME]
            await events.close()
            await darwin.close()
        store = await on.phone.reports()
        on.crash()
        await store.flush()
        assert [file.name.partition("-")[0] for file in await store.files()] == ["Plain"]
        assert await on.phone.settings()
        await store.close()
        for stream in lost:
            await stream.close()

    drive(check, ios)
