"""The Swift spells every name of the contract as the Python does. Nothing here can compile it."""

from __future__ import annotations

import inspect
import re

from harness.model.callbacks import Callback
from harness.model.journal import (
    COMMAND_ARGUMENT,
    COMMAND_NOTIFICATION_SUFFIX,
    COMMAND_PATH,
    JOURNAL_PATH,
    LOG_SUBSYSTEM,
    JournalLine,
)
from harness.ondevice.export import shipped
from harness.virtual.apps import downloader
from harness.virtual.apps.download_store import REMEMBERED_COMMANDS, DownloadStatus

SWIFT = {path.name: data.decode() for path, data in shipped().items() if path.suffix == ".swift"}
JOURNAL = SWIFT["HarnessJournal.swift"]
DOWNLOADER = SWIFT["Downloader.swift"]
EVENTS = {*Callback, downloader.ACKNOWLEDGED, downloader.COMMAND_REFUSED, downloader.WILL_TERMINATE}


def _block(text: str, opening: str) -> str:
    return text.split(opening, 1)[1].split("\n    }", 1)[0]


def test_the_events_are_those_of_the_contract() -> None:
    names = re.findall(r'static let \w+ = "([^"]+)"', _block(JOURNAL, "enum Event {"))
    assert sorted(names) == sorted(EVENTS)


def test_the_paths_and_channels_are_those_of_the_contract() -> None:
    constants = dict(re.findall(r'^    static let (\w+) = "([^"]+)"', JOURNAL, re.MULTILINE))
    assert constants == {
        "journalPath": JOURNAL_PATH,
        "commandPath": COMMAND_PATH,
        "commandNotificationSuffix": COMMAND_NOTIFICATION_SUFFIX,
        "commandArgument": COMMAND_ARGUMENT,
        "logSubsystem": LOG_SUBSYSTEM,
        "logCategory": "journal",
    }


def test_a_line_has_the_fields_of_the_contract_in_its_order() -> None:
    assert re.findall(r'field\("(\w+)", ', JOURNAL) == list(JournalLine.__dataclass_fields__)


def test_every_event_is_written_somewhere() -> None:
    used = set(re.findall(r"\bEvent\.(\w+)", "\n".join(SWIFT.values())))
    declared = set(re.findall(r"static let (\w+) = ", _block(JOURNAL, "enum Event {")))
    assert used == declared


def test_the_sample_app_does_what_the_virtual_one_does() -> None:
    text = DOWNLOADER.split("switch command.verb {", 1)[1].split("default:", 1)[0]
    known = re.search(r'let known = "([^"]+)"', DOWNLOADER)
    virtual = re.findall(r"^        \"\"\"``([a-z-]+)``", inspect.getsource(downloader), re.MULTILINE)
    assert known is not None
    assert sorted(re.findall(r'case "([a-z-]+)":', text)) == sorted(virtual)
    assert sorted(known[1].split(", ")) == sorted(virtual)


def test_the_sample_app_remembers_in_the_words_of_the_virtual_one() -> None:
    cases = re.search(r"enum Status: [^{]*\{\s*case ([a-z, ]+)\n", SWIFT["DownloadStore.swift"])
    assert cases is not None
    assert cases[1].split(", ") == list(DownloadStatus)
    assert f"rememberedCommands = {REMEMBERED_COMMANDS}\n" in JOURNAL
