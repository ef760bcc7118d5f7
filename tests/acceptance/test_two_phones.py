"""One story on two phones, both behind tunnels, driven by one process: each phone tells its own side."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.api import App, Origin
from harness.api.app import Done
from harness.api.opening import open_session
from harness.api.session import TestSession
from harness.config.profile import load_profile
from harness.drivers.pmd3 import tunnellife
from harness.drivers.pmd3.phone import open_phone
from harness.drivers.virtual_clock import VirtualClock
from harness.evidence.timeline import Timeline
from harness.model.callbacks import WakeReason
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.states import AppState
from harness.origin.server import OriginServer
from harness.runtime.loop import LoopThread
from harness.scenarios.downloading import WHOLE_STORY
from harness.virtual.address import RackAddress
from harness.virtual.launcher import start_rack
from tests.acceptance.stage import COMMAND_S, PROFILES

DEVICES = """
version: 1
devices:
  - {name: hers, virtual: {ios: "18.5", model: "iPhone14,5", seed: 1}}
  - {name: his, virtual: {ios: "18.5", model: "iPhone14,5", seed: 2}}
"""


@dataclass(frozen=True)
class Side:
    """One phone's side of the story."""

    app: App
    origin: Origin


@pytest.fixture
def sides() -> Iterator[tuple[Side, Side]]:
    """The downloader on both phones, and an origin for each."""
    with ExitStack() as kept, pytest.MonkeyPatch.context() as patch:
        directory = Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="ih-")))
        (directory / "devices.yaml").write_text(DEVICES)
        patch.setenv("HARNESS_STATE_DIR", str(directory / "state"))
        rack = kept.enter_context(start_rack(directory / "devices.yaml")).address
        loop = kept.enter_context(LoopThread())
        server = OriginServer()
        loop.run(server.start("127.0.0.1"), COMMAND_S)
        kept.callback(lambda: loop.run(server.stop(), COMMAND_S))
        sessions = [_session(kept, loop, rack, number) for number in range(2)]
        hers, his = (Side(App(one), kept.enter_context(Origin.of_run(one, server))) for one in sessions)
        yield hers, his


def _session(kept: ExitStack, loop: LoopThread, rack: RackAddress, number: int) -> TestSession:
    it = rack.phones[number]
    identity = PhoneIdentity(it.name, it.udid, it.ios, it.model, Hardware.VIRTUAL)
    clock = VirtualClock(identity, rack.clock)
    kept.callback(lambda: loop.run(clock.close(), COMMAND_S))
    phone = loop.run(open_phone(identity, usbmux=rack.usbmux, clock=clock), COMMAND_S)
    kept.callback(lambda: loop.run(phone.close(), COMMAND_S))
    timeline = kept.enter_context(Timeline(None, nonce=secrets.token_hex(4)))
    session = open_session(loop, phone, load_profile(PROFILES / "downloader.yaml"), timeline)
    kept.callback(session.close)
    return session


def test_what_is_released_for_one_phone_wakes_the_app_there_and_not_on_the_other(
    sides: tuple[Side, Side],
) -> None:
    assert tunnellife.claim_stack() is None, "one of the two has the stack of this process"
    episodes = [one.origin.file("e.mp4", size_bytes=2_000_000, hold_after_bytes=500_000) for one in sides]
    sent: list[Done] = []
    for side, episode in zip(sides, episodes, strict=True):
        side.app.launch()
        sent.append(side.app.do("start-download", url=episode.url, id="e42"))
        side.app.background()
    for side in sides:
        side.app.expect_state(AppState.SUSPENDED, within_s=30)
        side.app.kill()
    hers, his = sides
    released = episodes[0].release()
    wake = hers.app.expect_relaunch(reason=WakeReason.URL_SESSION, since=released, within_s=120)
    wake.expect_callbacks(*WHOLE_STORY, session=sent[0].session)
    his.app.expect_no_relaunch(for_s=60)
    released = episodes[1].release()
    wake = his.app.expect_relaunch(reason=WakeReason.URL_SESSION, since=released, within_s=120)
    wake.expect_callbacks(*WHOLE_STORY, session=sent[1].session)
