from __future__ import annotations

import asyncio

import pytest
from pymobiledevice3.exceptions import InvalidServiceError

from harness.virtual.services.table import REFUSALS, ROWS, SERVICES
from harness.virtual.transport.lockdown_errors import Refused
from harness.virtual.versions import presence
from harness.virtual.versions.presence import Presence
from harness.virtual.versions.row import Standing
from tests.virtual.rig import rig

DVT = "com.apple.instruments.remoteserver.DVTSecureSocketProxy"

MAJORS = (15, 16, 17, 18, 26)


def test_every_service_has_one_row_with_a_source() -> None:
    assert len(SERVICES) == len(ROWS)
    assert all(row.source for row in (*ROWS, *REFUSALS, *presence.ROWS))


@pytest.mark.parametrize(("major", "has_it"), [(13, False), (14, True), (16, True), (17, False), (26, False)])
def test_dvt_is_behind_lockdown_from_14_to_16(major: int, has_it: bool) -> None:
    assert SERVICES[DVT].exists_on(major) is has_it


def test_developer_services_need_the_image() -> None:
    needing = {row.name for row in ROWS if row.needs_image}
    assert {DVT, "com.apple.debugserver", "com.apple.debugserver.DVTSecureSocketProxy"} <= needing
    assert "com.apple.afc" not in needing


@pytest.mark.parametrize("major", MAJORS)
def test_what_lockdown_no_longer_or_not_yet_has_is_refused_by_a_row(major: int) -> None:
    offered = {row.name for row in ROWS if row.exists_on(major)}
    refused = {row.name for row in REFUSALS if row.holds_for(major)}
    assert not offered & refused
    # Behind lockdown a phone has, or refuses, whatever another phone has there.
    elsewhere = {row.name for row in ROWS if not row.tunnel_only and not row.exists_on(major)}
    assert elsewhere <= refused


@pytest.mark.parametrize("ios", ["15.8", "16.7", "17.0", "18.5"])
def test_a_client_is_refused_with_the_word_of_the_row(ios: str) -> None:
    async def main() -> None:
        async with rig(ios) as it:
            lockdown = await it.lockdown()
            for row in REFUSALS:
                if row.holds_for(it.phone.spec.ios_major):
                    assert row.error == Refused.INVALID_SERVICE
                    with pytest.raises(InvalidServiceError):
                        await lockdown.start_lockdown_service(row.name)
            await lockdown.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("row", "ios", "has_it"),
    [
        (presence.RSD, "16.7.10", False),
        (presence.RSD, "17.0", True),
        (presence.TUNNEL, "17.3.1", False),
        (presence.TUNNEL, "17.4", True),
        (presence.TUNNEL, "26.0", True),
        (presence.MOUNTER_HANGS_UP, "12.5.7", True),
        (presence.MOUNTER_HANGS_UP, "13.7", True),
        (presence.MOUNTER_HANGS_UP, "14.0", False),
    ],
)
def test_what_a_version_has(row: Presence, ios: str, has_it: bool) -> None:
    assert row.holds_for(ios) is has_it


def test_what_was_seen_on_a_phone_says_where() -> None:
    seen = [row for row in (*ROWS, *REFUSALS) if row.standing is Standing.CAPTURED]
    assert seen
    assert all("peer info" in row.source or "issue threads" in row.source for row in seen)
