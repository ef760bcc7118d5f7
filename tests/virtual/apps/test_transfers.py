"""What every word of ``Transfer`` does to a transfer, and the commands that are about sessions."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from harness.model.callbacks import Callback
from harness.model.journal import JournalLine
from harness.model.states import AppState
from harness.model.triggers import Transfer
from harness.virtual.apps.foundation import URLSessionConfiguration
from harness.virtual.apps.sample import BUNDLE_ID
from harness.virtual.apps.transfer_options import configuration_of, how_of
from harness.virtual.kernel.processes.exits import ExitDomain
from tests.virtual.urlsession.server import Server, body, gated_body
from tests.virtual.urlsession.stage import Stage

BACKGROUND = URLSessionConfiguration.background("s")


def _changed(made: URLSessionConfiguration) -> dict[str, object]:
    usual = vars(BACKGROUND)
    return {name: value for name, value in vars(made).items() if value != usual[name]}


@pytest.mark.parametrize(
    ("word", "value", "changed"),
    [
        (Transfer.KIND, "background", {}),
        (Transfer.KIND, "default", {"identifier": ""}),
        (Transfer.CELLULAR, "no", {"allows_cellular_access": False}),
        (Transfer.RESOURCE_TIMEOUT_S, "120", {"timeout_interval_for_resource": 120.0}),
        (Transfer.REQUEST_TIMEOUT_S, "5", {"timeout_interval_for_request": 5.0}),
        (Transfer.DISCRETIONARY, "yes", {"is_discretionary": True}),
        (Transfer.WAITS, "yes", {"waits_for_connectivity": True}),
        (Transfer.LAUNCH_EVENTS, "no", {"session_sends_launch_events": False}),
        (Transfer.GIVE_UP_AFTER_S, "9", {}),
        (Transfer.SESSION, "other", {}),
    ],
)
def test_a_word_changes_its_part_of_the_configuration(
    word: Transfer, value: str, changed: dict[str, object]
) -> None:
    assert _changed(configuration_of("s", {word: value})) == changed


def test_only_the_words_of_a_transfer_are_kept() -> None:
    args = {"url": "u", "id": "e42", "kind": "default", "cellular": "no"}
    assert how_of(args) == {"kind": "default", "cellular": "no"}


def _launched(root: Path) -> Stage:
    stage = Stage(root)
    stage.phone.user_launch(BUNDLE_ID)
    return stage


def _of(stage: Stage, event: str) -> list[JournalLine]:
    return [line for line in stage.journal() if line.event == event]


def test_a_relaunched_app_opens_the_session_as_it_was_made(tmp_path: Path) -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        async with Server([gated_body(b"q" * 900, 300, gate)]) as server:
            stage = _launched(tmp_path)
            stage.do("start-download", url=server.url(), id="e42", launch_events="no")
            await stage.kill()
            stage.phone.user_launch(BUNDLE_ID)
            await stage.kill()
            gate.set()
            await stage.wait(60)
            assert stage.state is AppState.NOT_RUNNING

    asyncio.run(scenario())


def test_two_downloads_can_share_a_session(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([body(b"one"), body(b"two")]) as server:
            stage = _launched(tmp_path)
            for name in ("e1", "e2"):
                stage.do("start-download", url=server.url(), id=name, session="shared")
            await stage.wait(5)
            assert [line.task for line in _of(stage, Callback.DID_COMPLETE)] == ["e1", "e2"]
            assert {line.session for line in _of(stage, Callback.DID_COMPLETE)} == {"shared"}
            assert len(_of(stage, Callback.DID_BECOME_INVALID)) == 1

    asyncio.run(scenario())


def test_a_transfer_is_given_up_once_and_may_succeed_afterwards(tmp_path: Path) -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        async with Server([gated_body(b"q" * 900, 300, gate)]) as server:
            stage = _launched(tmp_path)
            stage.do("start-download", url=server.url(), id="e42", give_up_after_s="20")
            await stage.wait(60)
            assert [line.task for line in _of(stage, Callback.MARKED_FAILED)] == ["e42"]
            assert (stage.do("probe").detail or {})["downloads"] == {"e42": "failed"}
            gate.set()
            await stage.wait(60)
            assert (stage.do("probe").detail or {})["downloads"] == {"e42": "finished"}

    asyncio.run(scenario())


def test_what_came_due_while_the_app_was_dead_is_given_up_at_its_next_launch(tmp_path: Path) -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        async with Server([gated_body(b"q" * 900, 300, gate)]) as server:
            stage = _launched(tmp_path)
            stage.do("start-download", url=server.url(), id="e42", give_up_after_s="20")
            await stage.kill()
            await stage.wait(60)
            assert not _of(stage, Callback.MARKED_FAILED)
            stage.phone.user_launch(BUNDLE_ID)
            assert len(_of(stage, Callback.MARKED_FAILED)) == 1
            gate.set()

    asyncio.run(scenario())


def test_a_reset_also_cancels_what_was_given_up(tmp_path: Path) -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        async with Server([gated_body(b"q" * 900, 300, gate)]) as server:
            stage = _launched(tmp_path)
            stage.do("start-download", url=server.url(), id="e42", give_up_after_s="1")
            await stage.kill()
            await stage.wait(10)
            stage.phone.user_launch(BUNDLE_ID)
            stage.do("reset")
            assert stage.phone.urlsession.sessions() == ()
            gate.set()

    asyncio.run(scenario())


def test_a_session_needed_twice_is_one_object(tmp_path: Path) -> None:
    stage = _launched(tmp_path)
    counts = [(stage.do("open-session", session="mine").detail or {})["objects"] for _ in range(2)]
    assert counts == [1, 1]


def test_a_closure_in_a_background_session_ends_the_app(tmp_path: Path) -> None:
    stage = _launched(tmp_path)
    stage.do("use-block-api", url="http://127.0.0.1:9/file")
    assert stage.exits[-1].signal == 6
    assert stage.exits[-1].domain is ExitDomain.SIGNAL
    assert stage.state is AppState.NOT_RUNNING
