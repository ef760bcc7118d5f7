"""What a finger and a link do to the sample apps."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from harness.model.journal import ACKNOWLEDGED
from harness.model.states import AppState
from harness.virtual.apps.commanded import COMMAND_REFUSED
from harness.virtual.apps.controls import Control
from harness.virtual.apps.courier import Courier
from harness.virtual.apps.sample import BUNDLE_ID, COURIER, COURIER_ID, WORKER
from harness.virtual.apps.worker import Worker
from harness.virtual.kernel.front.front import NoAppForURL
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.springboard import LaunchRefused
from tests.virtual.urlsession.stage import SPEC, Stage

DO = "harness-downloader://do"


def control(phone: VirtualPhone, identifier: str) -> Control:
    return next(one for one in phone.front.controls() if one.identifier == identifier)


def done(stage: Stage) -> list[str]:
    """The words that the app says it has done."""
    return [(line.detail or {})["do"] for line in stage.journal() if line.event == ACKNOWLEDGED]


def test_a_button_has_the_word_that_it_stands_for(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    assert stage.phone.front.controls() == ()
    stage.phone.user_launch(BUNDLE_ID)
    told = {one.identifier: one.title for one in stage.phone.front.controls()}
    assert told["list-tasks"] == "List tasks"
    assert "start-download" not in told, "it needs to be told what"


@pytest.mark.parametrize("word", ["probe", "list-tasks", "cancel-all", "reset", "schedule-refresh"])
def test_a_tap_does_the_word(tmp_path: Path, word: str) -> None:
    stage = Stage(tmp_path)
    stage.phone.user_launch(BUNDLE_ID)
    control(stage.phone, word).act()
    assert done(stage) == [word]


@pytest.mark.parametrize("word", ["play-audio", "stop-audio", "begin-background-task"])
def test_a_tap_does_the_words_of_the_worker(tmp_path: Path, word: str) -> None:
    stage = Stage(tmp_path, Worker, WORKER)
    stage.phone.user_launch(WORKER.bundle_id)
    control(stage.phone, word).act()
    assert done(stage) == [word]


def test_every_tap_counts_also_in_another_process(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    for _ in range(2):
        stage.phone.user_launch(BUNDLE_ID)
        control(stage.phone, "probe").act()
        control(stage.phone, "probe").act()
        control(stage.phone, "exit").act()
        assert stage.state is AppState.NOT_RUNNING
    assert done(stage) == ["probe", "probe", "exit"] * 2


def test_a_tap_keeps_the_nonce_that_the_app_was_told(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.phone.user_launch(BUNDLE_ID)
    stage.do("probe")
    control(stage.phone, "probe").act()
    assert stage.journal()[-1].nonce == "n1"


def test_an_app_behind_another_shows_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.phone.user_launch(BUNDLE_ID)
    stage.phone.press_home()
    assert stage.phone.front.controls() == ()


@pytest.mark.parametrize(
    "query",
    [
        "command=" + quote(json.dumps({"command": "u1", "nonce": "n7", "do": "probe"})),
        "do=probe&command=u1&nonce=n7",
    ],
)
def test_a_link_does_its_command_once(tmp_path: Path, query: str) -> None:
    stage = Stage(tmp_path)
    for _ in range(2):
        stage.phone.front.open_url(f"{DO}?{query}", BUNDLE_ID)
    acknowledged = [line for line in stage.journal() if line.event == ACKNOWLEDGED]
    assert [(line.detail or {})["command"] for line in acknowledged] == ["u1"]
    assert acknowledged[0].nonce == "n7"
    assert stage.state is AppState.FOREGROUND_ACTIVE


def test_a_link_launches_the_app_that_takes_its_scheme_and_tells_it_so(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.phone.front.open_url(f"{DO}?do=probe&command=u2")
    assert done(stage) == ["probe"]
    launched = stage.journal()[0]
    assert (launched.detail or {})["options"] == ["UIApplicationLaunchOptionsURLKey"]


def test_a_link_without_a_command_is_refused_in_the_journal(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.phone.front.open_url(DO)
    assert stage.events()[-1] == COMMAND_REFUSED


def test_a_link_that_nobody_takes_opens_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    with pytest.raises(NoAppForURL, match="nobody"):
        stage.phone.front.open_url("nobody://x")
    assert stage.phone.springboard.front is None


def test_a_link_is_refused_on_a_locked_phone(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.phone.lock()
    with pytest.raises(LaunchRefused, match="locked"):
        stage.phone.front.open_url(f"{DO}?do=probe&command=u3")


def courier(root: Path) -> tuple[VirtualPhone, list[str]]:
    """A phone with Courier on it, and what Courier logs."""
    phone = VirtualPhone(SPEC, root, apps=(COURIER,))
    said: list[str] = []
    phone.log.subscribe(lambda event: said.append(event.message) if event.process == "Courier" else None)
    return phone, said


def test_courier_fetches_what_is_shared_with_it(tmp_path: Path) -> None:
    phone, said = courier(tmp_path)
    phone.front.open_url(
        "courier://fetch?name=e1&lane=n4&cellular=no&link=http%3A%2F%2F127.0.0.1%3A9%2Fx%3Fa%3Db"
    )
    assert said == [f"Fetching e1 in {COURIER_ID}.n4.e1"]
    process = phone.processes.of_bundle(COURIER_ID)
    assert process is not None
    assert isinstance(process.delegate, Courier)
    assert process.delegate.book["e1"]["url"] == "http://127.0.0.1:9/x?a=b"
    assert process.delegate.book["e1"]["cellular"] == "no"


def test_courier_has_links_and_buttons_for_its_orders(tmp_path: Path) -> None:
    phone, said = courier(tmp_path)
    phone.front.open_url("courier://book")
    control(phone, "book").act()
    control(phone, "forget").act()
    assert said == ["Book {}", "Book {}", "Forgot everything"]
