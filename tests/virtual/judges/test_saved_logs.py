"""What other people's clients print of a phone's log states the same facts as the bytes the phone sent."""

from __future__ import annotations

import dataclasses
import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.evidence.logfiles import Counts, LogForm, Saved, detect, read_log
from harness.evidence.recognizers import recognize
from harness.model.facts import Fact, TerminationRequested
from harness.model.raw import LogRecord
from harness.model.states import AppState
from harness.model.time import Instant
from harness.virtual.kernel.phone import VirtualPhone
from tests.virtual.judges.client import COMMAND_WITHIN_S
from tests.virtual.judges.standing import EPOCH_S, Standing, standing
from tests.virtual.rig import APP

IOS = "16.7"
PROBE, OVER = "saved-probe", "saved-over"

RAW = """
import asyncio, sys
from harness.drivers.pmd3 import open_phone
from harness.model.identity import Hardware, PhoneIdentity

async def main(udid, usbmux):
    phone = await open_phone(PhoneIdentity("p", udid, "16.7", "iPhone10,3", Hardware.VIRTUAL), usbmux=usbmux)
    async for read in await phone.log():
        sys.stdout.buffer.write(read.data)
        sys.stdout.buffer.flush()

asyncio.run(main(*sys.argv[1:]))
"""
"""A client that keeps what the phone sends as it stands."""

PYMOBILEDEVICE3 = str(Path(sys.executable).with_name("pymobiledevice3"))


@dataclass(frozen=True)
class Saver:
    """A client that prints the log.

    Attributes:
        command: its command line, with ``{udid}`` and ``{usbmux}``.
        form: what it writes.
        prefix: what libusbmuxd wants before the address.
    """

    command: tuple[str, ...]
    form: LogForm
    prefix: str = ""


SAVERS: dict[str, Saver] = {
    "raw": Saver((sys.executable, "-c", RAW, "{udid}", "{usbmux}"), LogForm.OS_TRACE),
    "live": Saver((PYMOBILEDEVICE3, "syslog", "live", "--udid", "{udid}"), LogForm.PYMOBILEDEVICE3),
    "labels": Saver(
        (PYMOBILEDEVICE3, "syslog", "live", "--label", "--image-offset", "--udid", "{udid}"),
        LogForm.PYMOBILEDEVICE3,
    ),
    "json": Saver((PYMOBILEDEVICE3, "syslog", "live", "--format", "json", "--udid", "{udid}"), LogForm.JSON),
    "live-old": Saver((PYMOBILEDEVICE3, "syslog", "live-old", "--udid", "{udid}"), LogForm.SYSLOG),
    "idevicesyslog": Saver(("idevicesyslog", "-u", "{udid}"), LogForm.IDEVICESYSLOG, "UNIX:"),
    "go-ios": Saver(("ios", "syslog", "--udid={udid}"), LogForm.JSON),
    "go-ios parsed": Saver(("ios", "syslog", "--parse", "--udid={udid}"), LogForm.JSON),
}

REPEATS = ("live-old",)
"""Clients that print lines again, all that came in one piece with each later piece, until one is cut."""

SPANNING = (
    f"Received termination request from [daemon<com.apple.SpringBoard>:60] on <RBSProcessPredicate "
    f"<RBSProcessHandlePredicate| [app<{APP.bundle_id}>:4711]>> with context <RBSTerminateContext| domain:10 "
    "code:0x8BADF00D explanation:zu spät…\nProcessVisibility: Background\n\nProcessState: Running\n "
    "reportType:CrashLog maxTerminationResistance:Interactive>"
)


def launch(phone: VirtualPhone) -> None:
    phone.user_launch(APP.bundle_id)


def wake(phone: VirtualPhone) -> None:
    phone.wake_in_background(APP.bundle_id, "nsurlsessiond", f"com.apple.nsurlsessiond {APP.bundle_id}")


def end(phone: VirtualPhone) -> None:
    process = phone.processes.of_bundle(APP.bundle_id)
    assert process is not None
    phone.log.emit("runningboardd", 34, SPANNING)
    phone.log.emit("Plain", process.pid, "<b>\x1b[31m\nNot a line[1] of <the> log: at all")
    phone.jetsam(process.pid)


def is_in(state: AppState) -> Callable[[VirtualPhone], bool]:
    def holds(phone: VirtualPhone) -> bool:
        process = phone.processes.of_bundle(APP.bundle_id)
        return (process.state if process else AppState.NOT_RUNNING) is state

    return holds


STORY: tuple[tuple[Callable[[VirtualPhone], None], AppState], ...] = (
    (launch, AppState.FOREGROUND_ACTIVE),
    (VirtualPhone.press_home, AppState.SUSPENDED),
    (lambda phone: phone.force_quit(APP.bundle_id), AppState.NOT_RUNNING),
    (launch, AppState.FOREGROUND_ACTIVE),
    (VirtualPhone.press_home, AppState.SUSPENDED),
    (wake, AppState.SUSPENDED),
    (end, AppState.NOT_RUNNING),
)
"""What is done, and what the app comes to."""


def save_all(stand: Standing, names: tuple[str, ...], directory: Path) -> dict[str, bytes]:
    """Let some clients print the log of one story, from before it began until after it was over."""
    paths = {name: directory / name.replace(" ", "-") for name in names}
    with ExitStack() as running:
        for name, path in paths.items():
            running.enter_context(_running(stand, SAVERS[name], path))
        _until_printed(stand, list(paths.values()), PROBE)
        phone = stand.phone(IOS)
        for act, state in STORY:
            stand.do(lambda act=act: act(phone))
            assert stand.becomes(lambda state=state: is_in(state)(phone), within_s=COMMAND_WITHIN_S)
        _until_printed(stand, list(paths.values()), OVER)
    return {name: path.read_bytes() for name, path in paths.items()}


@contextmanager
def _running(stand: Standing, saver: Saver, path: Path) -> Generator[None]:
    udid = stand.phone(IOS).spec.udid
    words = [word.replace("{udid}", udid).replace("{usbmux}", stand.address.usbmux) for word in saver.command]
    environment = os.environ | stand.environment(prefix=saver.prefix)
    with path.open("wb") as output:
        process = subprocess.Popen(
            words, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL
        )
        try:
            yield
        finally:
            process.terminate()
            process.communicate()


def _until_printed(stand: Standing, paths: list[Path], word: str) -> None:
    """Have the phone log a word until every client has printed it, and what it held back before."""
    phone, pause = stand.phone(IOS), threading.Event()
    deadline_s = time.monotonic() + COMMAND_WITHIN_S
    while not all(word.encode() in path.read_bytes() for path in paths):
        assert time.monotonic() < deadline_s, f"{word} was not printed by all of {paths}"
        # Some print in pieces of 4 KiB.
        stand.do(lambda: [phone.log.emit("kernel", 0, f"{word} {'.' * 400}") for _ in range(10)])
        pause.wait(0.2)


def facts(data: bytes, form: LogForm) -> list[Fact]:
    """The facts of a log, undated, and of words that span lines the first."""
    told = [item.told for item in read_log(io.BytesIO(data), form, Saved(EPOCH_S), Counts())]
    found = [
        recognize(record, bundle_id=APP.bundle_id, subsystem=None, executable=APP.executable)
        for record in told
        if isinstance(record, LogRecord)
    ]
    return [_comparable(fact) for fact in found if fact]


def _comparable(fact: Fact) -> Fact:
    undated = dataclasses.replace(fact, at=Instant(0.0))
    if isinstance(undated, TerminationRequested):
        return dataclasses.replace(undated, explanation=undated.explanation.partition("\n")[0])
    return undated


@pytest.fixture(scope="module")
def stand() -> Iterator[Standing]:
    with standing((IOS,), clock_rate=10.0) as it:
        # A client that does not pair by itself finds the phone paired.
        udid = it.phone(IOS).spec.udid
        it.run([PYMOBILEDEVICE3, "lockdown", "pair", "--udid", udid], it.environment(), it.home)
        yield it


def agree(stand: Standing, names: tuple[str, ...], directory: Path) -> None:
    saved = save_all(stand, ("raw", *names), directory)
    expected = facts(saved["raw"], LogForm.OS_TRACE)
    kinds = {type(fact).__name__ for fact in expected}
    assert {"StateSeen", "Bootstrapped", "OpenRequested", "ProcessEnded", "TerminationRequested"} <= kinds
    for name in names:
        assert detect(saved[name]) is SAVERS[name].form
        found = facts(saved[name], SAVERS[name].form)
        if name in REPEATS:
            assert list(dict.fromkeys(found)) == list(dict.fromkeys(expected)), name
        else:
            assert found == expected, name


def test_what_pymobiledevice3_prints_states_what_the_phone_sent(stand: Standing, tmp_path: Path) -> None:
    agree(stand, ("live", "labels", "json"), tmp_path)


def test_what_pymobiledevice3_prints_of_the_classic_log_states_the_same(
    stand: Standing, tmp_path: Path
) -> None:
    agree(stand, ("live-old",), tmp_path)


@pytest.mark.judge("libimobiledevice")
def test_what_libimobiledevice_prints_states_the_same(stand: Standing, tmp_path: Path) -> None:
    agree(stand, ("idevicesyslog",), tmp_path)


@pytest.mark.judge("go-ios")
def test_what_go_ios_prints_states_the_same(stand: Standing, tmp_path: Path) -> None:
    agree(stand, ("go-ios", "go-ios parsed"), tmp_path)
