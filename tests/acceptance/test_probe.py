"""Before the first test on a real phone, the app fetches a probe: the way to the origin is there."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.api import App, Origin
from harness.api.desk import Desk
from harness.api.opening import open_session
from harness.config.profile import load_profile
from harness.errors import OriginUnreachable
from harness.evidence.timeline import Timeline
from harness.farm.leases.store import LeaseStore
from harness.farm.reach import phones_of
from harness.origin.server import OriginServer
from harness.runtime.loop import LoopThread
from harness.virtual.launcher import start_rack

DEVICES = 'version: 1\ndevices:\n  - name: v-16\n    virtual: {ios: "16.7"}\n'


@pytest.fixture
def app_and_origin(tmp_path: Path) -> Iterator[tuple[App, Origin, OriginServer, LoopThread]]:
    (tmp_path / "devices.yaml").write_text(DEVICES)
    server = OriginServer()
    with contextlib.ExitStack() as stack:
        loop = stack.enter_context(LoopThread())
        rack = stack.enter_context(start_rack(tmp_path / "devices.yaml", nonce="probe"))
        store = LeaseStore.open(tmp_path / "leases.sqlite3")
        desk = Desk(loop, None, phones_of(rack.address), store, "probe test")
        stack.callback(desk.close)
        loop.run(server.start(), 30)
        stack.callback(lambda: loop.run(server.stop(), 30))
        leased = desk.take([phone.identity for phone in phones_of(rack.address)], note="probe", within_s=0)
        timeline = stack.enter_context(Timeline(nonce="4ea1c10c"))
        session = stack.enter_context(
            contextlib.closing(open_session(loop, leased.phone, load_profile(), timeline))
        )
        origin = stack.enter_context(Origin.of_run(session, server))
        app = App(session)
        app.reset()
        yield app, origin, server, loop


def test_an_app_that_reaches_the_origin_is_let_through(
    app_and_origin: tuple[App, Origin, OriginServer, LoopThread],
) -> None:
    _, origin, *_ = app_and_origin
    origin.fetch_probe()
    assert [receipt.complete for receipt in origin.receipts] == [True]


def test_an_origin_out_of_reach_is_one_error_with_all_that_can_be_wrong(
    app_and_origin: tuple[App, Origin, OriginServer, LoopThread],
) -> None:
    _, origin, server, loop = app_and_origin
    loop.run(server.close_port(), 30)
    with pytest.raises(OriginUnreachable) as caught:
        origin.fetch_probe()
    text = str(caught.value)
    assert text.startswith("v-16: ")
    for cause in ("Wi-Fi", "Local Network", "NSAppTransportSecurity", "firewall"):
        assert cause in text
