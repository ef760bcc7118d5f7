"""How an app is told, by its profile: which way is taken, what is done to the phone, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from harness.api.app import App, Done
from harness.api.opening import open_session, watched_app
from harness.config.profile import load_profile
from harness.errors import AppCannotBeTold, AppNotRunning, CapabilityMissing
from harness.evidence.timeline import Timeline
from harness.evidence.watched import LinePattern
from harness.model.callbacks import Callback
from harness.model.journal import ACKNOWLEDGED, NO_SUCH_COMMAND
from harness.model.raw import InstalledApp, ProcessRow
from harness.model.rungs import Rung
from harness.runtime.loop import LoopThread
from tests.unit.evidence.phones import HandPhone, logged

HEAD = "version: 1\nbundle_id: com.example.reader\nname: Reader\njournal: null\nlog_subsystem: null\n"
URL = "http://x/a?b=c"


class ToldPhone(HandPhone):
    """A phone with the app, which notes how the app is told."""

    def __init__(self, *, running: bool) -> None:
        super().__init__()
        self.is_running = running

    async def app_info(self, bundle_id: str) -> InstalledApp | None:
        return InstalledApp(bundle_id, "Reader", "1.0", "Reader", (), True)

    async def pid_of(self, bundle_id: str) -> int | None:
        return 41 if self.is_running else None

    async def processes(self) -> tuple[ProcessRow, ...]:
        return ()

    async def launch(
        self,
        bundle_id: str,
        *,
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        kill_existing: bool = False,
    ) -> int:
        self.acts.append(f"{'relaunch' if kill_existing else 'launch'} {' '.join(arguments)}")
        return 42

    async def post_darwin(self, name: str) -> None:
        self.acts.append(f"post {name}")

    async def open_url(self, bundle_id: str, url: str) -> None:
        self.acts.append(f"open {url}")


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    with LoopThread() as running:
        yield running


def tell(loop: LoopThread, phone: ToldPhone, path: Path, text: str, word: str, **args: str) -> Done:
    """Have the app of a profile told one word, in a session of its own."""
    profile = path / "reader.yaml"
    profile.write_text(HEAD + text)
    session = open_session(loop, phone, load_profile(profile), Timeline(nonce="n1"))
    try:
        return App(session).do(word, **args)
    finally:
        session.close()


def test_launch_arguments_of_its_own(loop: LoopThread, tmp_path: Path) -> None:
    text = 'triggers:\n  start-download: {launch: [-get, "{url}", -as, "{id}-{nonce}"]}\n'
    phone = ToldPhone(running=False)
    done = tell(loop, phone, tmp_path, text, "start-download", url=URL, id="e42")
    assert phone.acts == [f"launch -get {URL} -as e42-n1"]
    assert (done.pid, done.acknowledged, done.session) == (42, False, "")


def test_one_that_runs_is_started_anew_for_its_arguments(loop: LoopThread, tmp_path: Path) -> None:
    phone = ToldPhone(running=True)
    tell(loop, phone, tmp_path, "triggers:\n  probe: {launch: [-about]}\n", "probe")
    assert phone.acts == ["relaunch -about"]


def test_a_file_and_a_notification(loop: LoopThread, tmp_path: Path) -> None:
    text = """\
triggers:
  start-download:
    {file: Documents/in.json, content: '{"get": "{url}", "as": "{id}"}', notification: reader.in}
"""
    phone = ToldPhone(running=True)
    done = tell(loop, phone, tmp_path, text, "start-download", url=URL, id="e42")
    assert json.loads(phone.files.files["Documents/in.json"]) == {"get": URL, "as": "e42"}
    assert phone.acts == ["post reader.in"]
    assert (done.pid, done.acknowledged) == (41, False)


def test_a_command_in_words_of_its_own(loop: LoopThread, tmp_path: Path) -> None:
    text = "triggers:\n  start-download: {command: get, arguments: {url: link, id: name}}\n"
    phone = ToldPhone(running=False)
    tell(loop, phone, tmp_path, text, "start-download", url=URL, id="e42", cellular="no")
    command = json.loads(phone.acts[0].partition("--harness-command ")[2])
    assert {name: command[name] for name in ("do", "link", "name", "cellular", "nonce")} == {
        "do": "get",
        "link": URL,
        "name": "e42",
        "cellular": "no",
        "nonce": "n1",
    }


def test_the_first_way_that_works_is_taken(loop: LoopThread, tmp_path: Path) -> None:
    text = "triggers:\n  probe: [{tap: about}, {file: in.txt, content: about}, {launch: [-about]}]\n"
    asleep, awake, tapped = ToldPhone(running=False), ToldPhone(running=True), ToldPhone(running=True)
    tapped.rungs = frozenset({Rung.TAP})
    for phone in (asleep, awake, tapped):
        tell(loop, phone, tmp_path, text, "probe")
    assert asleep.acts == ["launch -about"]
    assert (awake.acts, awake.files.files) == ([], {"in.txt": b"about"})
    assert tapped.acts == ["tap about"]


def test_a_url_is_opened_with_its_values_encoded(loop: LoopThread, tmp_path: Path) -> None:
    phone = ToldPhone(running=False)
    phone.rungs = frozenset({Rung.OPEN_URL})
    text = 'triggers:\n  start-download: {url: "reader://get?u={url}&as={id}"}\n'
    tell(loop, phone, tmp_path, text, "start-download", url=URL, id="e 42")
    assert phone.acts == ["open reader://get?u=http%3A%2F%2Fx%2Fa%3Fb%3Dc&as=e%2042"]


def test_a_url_where_nothing_opens_any_is_refused(loop: LoopThread, tmp_path: Path) -> None:
    phone = ToldPhone(running=True)
    text = 'triggers:\n  probe: {url: "reader://about"}\n'
    with pytest.raises(
        CapabilityMissing, match="told 'probe' by a url, and nothing here does that: opening a URL"
    ):
        tell(loop, phone, tmp_path, text, "probe")
    assert phone.acts == []


def test_an_app_that_must_run_for_it_is_not_started(loop: LoopThread, tmp_path: Path) -> None:
    phone = ToldPhone(running=False)
    text = "triggers:\n  probe: {file: in.txt, content: about}\n"
    with pytest.raises(AppNotRunning, match=r"Call app\.launch"):
        tell(loop, phone, tmp_path, text, "probe")


def test_what_the_way_does_not_pass_on_is_not_dropped(loop: LoopThread, tmp_path: Path) -> None:
    phone = ToldPhone(running=False)
    text = 'triggers:\n  start-download: {launch: ["{url}", "{id}"]}\n'
    with pytest.raises(AppCannotBeTold, match=r"Reader cannot be told start-download with \{cellular\}"):
        tell(loop, phone, tmp_path, text, "start-download", url=URL, id="e42", cellular="no")
    assert phone.acts == []


def test_a_word_that_has_no_way_is_refused(loop: LoopThread, tmp_path: Path) -> None:
    phone = ToldPhone(running=False)
    with pytest.raises(AppCannotBeTold, match="Reader cannot be told exit"):
        tell(loop, phone, tmp_path, "triggers:\n  probe: {launch: [-about]}\n", "exit")


def test_the_sources_look_for_what_the_profile_says(tmp_path: Path) -> None:
    path = tmp_path / "reader.yaml"
    path.write_text(
        "version: 1\nbundle_id: com.example.reader\nname: Reader\n"
        "own_log: {subsystem: com.example, category: net}\n"
        "triggers:\n  probe: [{launch: [-a], acknowledged: told}, {tap: b, acknowledged: told}]\n"
        "recognise: {didCompleteWithError: [done, failed]}\n"
    )
    app = watched_app(load_profile(path), "Reader")
    assert app.patterns == (
        LinePattern(Callback.DID_COMPLETE, "done"),
        LinePattern(Callback.DID_COMPLETE, "failed"),
        LinePattern(ACKNOWLEDGED, "told", "probe"),
    )
    assert (app.journal, app.own_subsystem, app.own_category) == (None, "com.example", "net")


class AnsweringPhone(ToldPhone):
    """A phone whose app logs an answer as soon as it is notified."""

    def __init__(self, answer: str) -> None:
        super().__init__(running=True)
        self.answer = answer

    async def post_darwin(self, name: str) -> None:
        await super().post_darwin(name)
        self.log_streams[-1].tell(logged(self.clock.at_s + 0.5, self.answer, "Reader"))


def test_a_word_that_the_app_does_not_know_is_not_taken_for_done(loop: LoopThread, tmp_path: Path) -> None:
    text = """\
triggers:
  probe:
    {file: in.txt, content: about, notification: in, acknowledged: '^(done|refused: (?P<error>.*))$'}
"""
    assert tell(loop, AnsweringPhone("done"), tmp_path, text, "probe").acknowledged
    refused = AnsweringPhone("refused: busy")
    assert tell(loop, refused, tmp_path, text, "probe").detail["error"] == "busy"
    answers = {"": "probe", ": probe; known: reset": "probe", ": probe with x": "probe with x"}
    for answer, untold in answers.items():
        with pytest.raises(AppCannotBeTold) as raised:
            tell(loop, AnsweringPhone(f"refused: {NO_SUCH_COMMAND}{answer}"), tmp_path, text, "probe")
        assert raised.value.what == f"Reader cannot be told {untold}"
