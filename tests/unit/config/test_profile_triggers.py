"""How an app of one's own is told and read: what a profile may say, and where its mistakes are shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.config.profile import AppProfile, Reset, WayKind, fill, load_profile
from harness.config.profile.arguments import ARGUMENTS
from harness.errors import ConfigError
from harness.model.callbacks import Callback
from harness.model.rungs import Rung
from harness.model.triggers import Trigger

HEAD = "version: 1\nbundle_id: com.example.reader\nname: Reader\n"


def load(tmp_path: Path, text: str) -> AppProfile:
    path = tmp_path / "reader.yaml"
    path.write_text(HEAD + text)
    return load_profile(path)


def test_each_word_of_a_story_has_its_arguments() -> None:
    assert set(ARGUMENTS) == set(Trigger)


def test_a_way_is_one_of_five(tmp_path: Path) -> None:
    profile = load(
        tmp_path,
        """\
triggers:
  start-download: {command: fetch, arguments: {url: link, id: name}}
  list-tasks: {launch: ["-list", "{session|all}"]}
  probe: {file: Documents/in.txt, content: "tell {nonce}", notification: com.example.reader.in}
  reset: {url: "reader://forget"}
  cancel-all: {tap: stop-button}
""",
    )
    kinds = [profile.ways_of(trigger)[0].kind for trigger in profile.triggers]
    assert kinds == [WayKind.COMMAND, WayKind.LAUNCH, WayKind.FILE, WayKind.URL, WayKind.TAP]


def test_what_has_no_way_of_its_own_is_told_as_the_sample_app_is(tmp_path: Path) -> None:
    (way,) = load(tmp_path, "").ways_of("start-download")
    assert (way.kind, way.command, way.arguments) == (WayKind.COMMAND, "start-download", {})


def test_an_app_can_be_told_what_has_a_way_and_what_it_lists_besides(tmp_path: Path) -> None:
    triggers = "triggers:\n  reset: {launch: [-forget]}\n"
    own = load(tmp_path, triggers)
    assert [word for word in Trigger if own.can_be_told(word)] == [Trigger.RESET]
    listed = load(tmp_path, f"{triggers}can: [probe]\n")
    assert [word for word in Trigger if listed.can_be_told(word)] == [Trigger.RESET, Trigger.PROBE]


def test_without_either_it_can_be_told_what_the_sample_app_of_its_bundle_can(tmp_path: Path) -> None:
    path = tmp_path / "late.yaml"
    path.write_text("version: 1\nbundle_id: dev.harness.uploader.late\nname: Late\n")
    variant = load_profile(path)
    assert variant.can_be_told(Trigger.START_UPLOAD)
    assert not variant.can_be_told(Trigger.START_DOWNLOAD)
    assert all(load(tmp_path, "").can_be_told(word) for word in Trigger)


def test_a_way_takes_what_the_phone_must_offer_for_it(tmp_path: Path) -> None:
    profile = load(
        tmp_path,
        """\
triggers:
  start-download: {url: "reader://{url}"}
  cancel-all: {tap: stop}
  probe: [{tap: about}, {launch: [-about]}]
""",
    )
    assert profile.rungs_of(profile.triggers) == (Rung.OPEN_URL, Rung.TAP)
    assert profile.rungs_of([Trigger.PROBE]) == ()


def test_an_app_that_is_read_by_patterns_keeps_no_journal(tmp_path: Path) -> None:
    profile = load(tmp_path, "recognise: {didFinishDownloadingTo: 'saved (?P<task>.+)'}\n")
    assert profile.recognise == {Callback.DID_FINISH_DOWNLOADING: ("saved (?P<task>.+)",)}
    assert (profile.journal, profile.log_subsystem) == (None, None)


def test_several_patterns_may_tell_of_one_callback(tmp_path: Path) -> None:
    profile = load(tmp_path, "recognise: {didCompleteWithError: [done, 'failed: (?P<error>.+)']}\n")
    assert len(profile.recognise[Callback.DID_COMPLETE]) == 2


def test_it_may_be_reset_by_a_way_of_its_own(tmp_path: Path) -> None:
    text = "reset: trigger\ntriggers: {reset: {launch: [-forget], acknowledged: forgotten}}\n"
    assert load(tmp_path, text).reset is Reset.TRIGGER


@pytest.mark.parametrize(
    ("extra", "line", "column", "expected"),
    [
        ("triggers:\n  start-donwload: {tap: x}", 5, 3, "did you mean 'start-download'?"),
        ("triggers:\n  probe: {lanch: [x]}", 5, 11, "did you mean 'launch'?"),
        ("triggers:\n  probe: [{tap: x}, {lanch: [x]}]", 5, 22, "did you mean 'launch'?"),
        (
            "triggers:\n  probe: {tap: x, url: 'y://'}",
            5,
            10,
            "expected one of command, launch, file, url or tap",
        ),
        ("triggers:\n  probe: {}", 5, 10, "found none of them"),
        ("triggers:\n  probe: []", 5, 10, "the list is empty"),
        ("triggers:\n  probe: {tap: x, content: y}", 5, 10, "'content' goes with 'file', not with 'tap'"),
        ("triggers:\n  probe: {file: a.txt}", 5, 10, "'file' needs 'content'"),
        ("triggers:\n  probe: {file: /a.txt, content: x}", 5, 17, "relative to the app's container"),
        ("triggers:\n  start-download: {launch: ['{ulr}']}", 5, 19, "has no 'ulr' (did you mean 'url'?)"),
        ("triggers:\n  start-download: {command: get, arguments: {size: s}}", 5, 19, "has no 'size'"),
        ("triggers:\n  probe: {tap: x, acknowledged: 'a('}", 5, 33, "is not a regular expression"),
        ("recognise: {didFinish: x}", 4, 13, "expected didFinishLaunching"),
        ("recognise: {didCompleteWithError: '(?P<eror>.)'}", 4, 35, "no group is named 'eror' (did you mean"),
        ("recognise: {didCompleteWithError: x}\njournal: Documents/j", 5, 1, "would tell the same twice"),
        ("own_log: {subsytem: x}", 4, 11, "did you mean 'subsystem'?"),
        ("reset: trigger", 4, 8, "needs 'reset' among the triggers"),
        (
            "reset: trigger\nlog_subsystem: null\njournal: null\ntriggers: {reset: {launch: [-x]}}",
            4,
            8,
            "nobody knows when it is done",
        ),
    ],
)
def test_a_mistake_is_named_at_its_place(
    tmp_path: Path, extra: str, line: int, column: int, expected: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, extra)
    assert expected in str(caught.value)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_places_are_filled_and_other_braces_stand() -> None:
    template = '{"get": "{url}", "over cellular": "{cellular|yes}"}'
    assert fill(template, {"url": "http://x/{id}"}) == '{"get": "http://x/{id}", "over cellular": "yes"}'


def test_a_place_that_nobody_fills_is_a_mistake_of_the_profile() -> None:
    with pytest.raises(ConfigError, match=r"nobody says what \{session\}"):
        fill("list {session}", {})
