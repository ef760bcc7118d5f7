from __future__ import annotations

import pytest

from harness.virtual.services.table import ROWS, SERVICES

DVT = "com.apple.instruments.remoteserver.DVTSecureSocketProxy"


def test_every_service_has_one_row_with_a_source() -> None:
    assert len(SERVICES) == len(ROWS)
    assert all(row.source for row in ROWS)


@pytest.mark.parametrize(("major", "has_it"), [(13, False), (14, True), (16, True), (17, False), (26, False)])
def test_dvt_is_behind_lockdown_from_14_to_16(major: int, has_it: bool) -> None:
    assert SERVICES[DVT].exists_on(major) is has_it


def test_developer_services_need_the_image() -> None:
    needing = {row.name for row in ROWS if row.needs_image}
    assert {DVT, "com.apple.debugserver", "com.apple.debugserver.DVTSecureSocketProxy"} <= needing
    assert "com.apple.afc" not in needing
