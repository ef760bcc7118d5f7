"""The Swift spells every name of the contract as the Python does. Nothing here can compile it."""

from __future__ import annotations

import re

from harness.model.callbacks import Callback
from harness.model.journal import (
    ACKNOWLEDGED,
    COMMAND_ARGUMENT,
    COMMAND_NOTIFICATION_SUFFIX,
    COMMAND_PATH,
    JOURNAL_PATH,
    LOG_SUBSYSTEM,
    NO_SUCH_COMMAND,
    JournalLine,
)
from harness.model.triggers import Transfer
from harness.ondevice.export import shipped
from harness.virtual.apps.command_memory import REMEMBERED_COMMANDS
from harness.virtual.apps.commanded import COMMAND_REFUSED
from harness.virtual.apps.downloader import Downloader
from harness.virtual.apps.transfer_store import TransferStatus

SWIFT = {path.name: data.decode() for path, data in shipped().items() if path.suffix == ".swift"}
JOURNAL = SWIFT["HarnessJournal.swift"]
DOWNLOADER = SWIFT["Downloader.swift"]
EVENTS = {*Callback, ACKNOWLEDGED, COMMAND_REFUSED}


def _block(text: str, opening: str) -> str:
    return text.split(opening, 1)[1].split("\n    }", 1)[0]


def test_no_event_is_spelled_otherwise_than_in_the_contract() -> None:
    names = re.findall(r'static let \w+ = "([^"]+)"', _block(JOURNAL, "enum Event {"))
    assert len(names) > len(set(Callback)) / 3
    assert set(names) <= EVENTS


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


def test_the_sample_app_does_nothing_that_the_virtual_one_does_not() -> None:
    text = DOWNLOADER.split("switch command.verb {", 1)[1].split("default:", 1)[0]
    known = re.search(r'let known = "([^"]+)"', DOWNLOADER)
    done = re.findall(r'case "([a-z-]+)":', text)
    assert known is not None
    assert known[1].split(", ") == done
    assert set(done) <= {str(word) for word in Downloader().acts()}


def test_the_sample_app_refuses_a_download_that_is_more_than_it_heeds() -> None:
    unheeded = re.findall(r'"(\w+)"', DOWNLOADER.split("unheeded: Set<String> = [")[1].split("]")[0])
    heeded = re.findall(r'command\.args\["(\w+)"\]', _block(DOWNLOADER, "func startDownload("))
    assert {*unheeded, *heeded} >= set(Transfer)
    assert not {*unheeded} & {*heeded}
    assert f'"{NO_SUCH_COMMAND}: \\(told)"' in DOWNLOADER


def test_the_sample_app_remembers_in_the_words_of_the_virtual_one() -> None:
    cases = re.search(r"enum Status: [^{]*\{\s*case ([a-z, ]+)\n", SWIFT["DownloadStore.swift"])
    assert cases is not None
    assert cases[1].split(", ") == list(TransferStatus)
    assert f"rememberedCommands = {REMEMBERED_COMMANDS}\n" in JOURNAL
