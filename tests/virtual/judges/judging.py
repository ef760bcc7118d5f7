"""Holding a client to one row of its table."""

from __future__ import annotations

import json
import plistlib
import re
import shlex
import tempfile
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

from harness.virtual.address import PhoneAddress
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.preferences import ROWS as PREFERENCES
from harness.virtual.kernel.preferences import Preferences
from harness.virtual.transport.conversation import USBMUX, Question
from tests.fidelity.acceptance import accept
from tests.virtual.judges.client import Answer, Client
from tests.virtual.judges.shape import Shape, fault, filled
from tests.virtual.judges.standing import Standing
from tests.virtual.judges.tables.acts import port_here
from tests.virtual.judges.tables.command import EVERY, NEW, OLD, Command, Reads, nothing
from tests.virtual.rig import APP, STORE_APP

LISTEN = str(Question(USBMUX, "Listen"))

HEARD_WITHIN_S = 30.0
"""Wall seconds in which a stream brings what is waited for; a loaded host is slow."""

AGAIN_S = 0.2
"""Wall seconds between two times of what is done while a stream is listened to."""


def cases(
    table: Iterable[Command], side: Collection[str] = EVERY, *, every: bool
) -> list[tuple[Command, str]]:
    """The rows of a table, each with a version it is run on.

    Args:
        table: what clients are asked.
        side: the versions that count.
        every: whether each row is run on every version it is for. Otherwise on one before the tunnel and on
            one behind it, by turns, so that neither side and no version is without rows of any service.
    """
    told: list[tuple[Command, str]] = []
    for number, row in enumerate(table):
        on = [ios for ios in row.ios if ios in side]
        told += [(row, ios) for ios in (on if every else _one_of_either_side(on, number))]
    return told


def _one_of_either_side(versions: Sequence[str], turn: int) -> list[str]:
    sides = [[ios for ios in versions if ios in side] for side in (OLD, NEW)]
    return [side[turn % len(side)] for side in sides if side]


def named(value: Command | str) -> str:
    """How a test names a row or a version."""
    return value if isinstance(value, str) else value.line


def judge(
    row: Command,
    stand: Standing,
    ios: str,
    environment: Mapping[str, str],
    options: Sequence[str] = (),
) -> None:
    """Run a row's command on a phone, and compare.

    Args:
        row: what is run.
        stand: the rack.
        ios: which of its phones.
        environment: what leads the client there.
        options: what the client takes beside the line's own arguments.

    Raises:
        AssertionError: something is not as the row says.
    """
    phone = stand.phone(ios)
    # A directory of its own for each row, so that nobody finds what another left.
    directory = Path(tempfile.mkdtemp(prefix="row-", dir=stand.home))
    for name, content in row.files.items():
        (directory / name).write_bytes(content)
    if row.asks:
        stand.do(stand.rack.end(phone.spec.udid).trust.untrust)
    stand.do(lambda: row.before(phone))
    before = stand.do(stand.rack.asked)

    def asked() -> set[str]:
        after = stand.rack.asked()
        return {str(question) for question, count in after.items() if count > before.get(question, 0)}

    try:
        words = _words(row, stand, phone) + list(options)
        if row.reads in (Reads.STREAM, Reads.TERMINAL):
            _listen(row, stand, phone, words, environment, directory, asked)
        else:
            _compare(row, stand, phone, _answer(row, stand, words, environment, directory))
            _look(row, stand, phone, directory)
            _prove(row, stand, asked)
        accept(row.client, row.line, _settled(row, stand.do(asked)))
    finally:
        stand.do(lambda: row.undo(phone))
        stand.do(lambda: _tidy(phone))


def _settled(row: Command, asked: set[str]) -> set[str]:
    """What a command asks each time: a library that also listens for phones may do so too late to be seen."""
    return asked - ({LISTEN} - {row.proves})


def _words(row: Command, stand: Standing, phone: VirtualPhone) -> list[str]:
    process = stand.do(lambda: phone.processes.of_bundle(APP.bundle_id))
    pid = str(process.pid) if process is not None else "0"
    line = row.line.replace("{pid}", pid)
    if "{port}" in line:
        line = line.replace("{port}", str(port_here()))
    return [filled(word, _address(phone)) for word in shlex.split(line)]


def _listen(
    row: Command,
    stand: Standing,
    phone: VirtualPhone,
    words: Sequence[str],
    environment: Mapping[str, str],
    directory: Path,
    asked: Callable[[], set[str]],
) -> None:
    """Wait for the one line that a stream is to bring, and do what brings it until it has come."""
    over = threading.Event()

    meanwhile = row.meanwhile or nothing

    def again_and_again() -> None:
        while not over.wait(AGAIN_S):
            stand.do(lambda: meanwhile(phone))

    busy = threading.Thread(target=again_and_again)
    client = Client(phone.spec.name, phone.spec.udid, environment)
    # Every pattern is looked for from the start of the line on.
    together = "".join(f"(?=.*{pattern})" for pattern in _patterns(row, stand, phone))
    terminal = row.reads is Reads.TERMINAL
    with client.start_words(
        words, directory, typed=row.typed, terminal=terminal, within_s=HEARD_WITHIN_S
    ) as talk:
        busy.start()
        try:
            talk.until(f"^{together}")
        finally:
            over.set()
            busy.join()
        _look(row, stand, phone, directory)
        _prove(row, stand, asked)
    ended = row.ended
    if ended is not None:
        assert stand.becomes(lambda: ended(phone)), f"{row.line}: something is left on the phone"


def _answer(
    row: Command, stand: Standing, words: Sequence[str], environment: Mapping[str, str], directory: Path
) -> Answer:
    # Starting this client takes longer than what it is asked.
    if words[0] == "pymobiledevice3" and not row.typed and not row.alone:
        return stand.run_served(words, environment, directory)
    return stand.run(words, environment, directory, row.typed)


def _compare(row: Command, stand: Standing, phone: VirtualPhone, answer: Answer) -> None:
    assert answer.code == row.code, f"{row.line}: {answer}"
    if row.reads is Reads.TEXT:
        for pattern in _patterns(row, stand, phone):
            # A pattern for all that was printed is none for what was written beside it.
            texts = [answer.out] if pattern.startswith(r"\A") else [answer.out, answer.talk]
            there = any(re.search(pattern, text, re.MULTILINE) for text in texts)
            assert there, f"{row.line}: no {pattern!r} in {answer}"
        return
    found = json.loads(answer.out) if row.reads is Reads.JSON else plistlib.loads(answer.out.strip().encode())
    assert fault(_told(row, stand, phone), found, _address(phone)) == "", row.line


def _look(row: Command, stand: Standing, phone: VirtualPhone, directory: Path) -> None:
    then = row.then
    if then is not None:
        assert stand.becomes(lambda: then(phone, directory)), f"{row.line}: the phone is not as it should be"


def _prove(row: Command, stand: Standing, asked: Callable[[], set[str]]) -> None:
    # A client may say what it is about to do.
    proven = stand.becomes(lambda: row.proves in asked())
    assert proven, f"{row.line}: {row.proves} was not asked, but {sorted(stand.do(asked))}"


def _told(row: Command, stand: Standing, phone: VirtualPhone) -> Shape:
    truth = row.truth
    return row.told if truth is None else stand.do(lambda: truth(phone))


def _patterns(row: Command, stand: Standing, phone: VirtualPhone) -> list[str]:
    told = _told(row, stand, phone)
    assert isinstance(told, Sequence), f"{row.line}: patterns are expected, not {told!r}"
    wanted = [told] if isinstance(told, str) else told
    return [filled(str(pattern), _address(phone), re.escape) for pattern in wanted]


def _address(phone: VirtualPhone) -> PhoneAddress:
    return PhoneAddress(phone.spec.name, phone.spec.udid, phone.spec.ios, phone.spec.model)


def _tidy(phone: VirtualPhone) -> None:
    """What the next row finds: no app runs, both are there, and nothing is set or simulated."""
    new = Preferences(phone.spec.name)
    for row in PREFERENCES:
        # The phone acts on every change, also on one that is none.
        if phone.preferences.value(row.domain, row.key) != new.value(row.domain, row.key):
            phone.preferences.reset(row)
    phone.location.stop()
    phone.induced.disable()
    for process in phone.running_processes():
        if process.is_application:
            phone.signal(process.pid, 9)
    for app in (APP, STORE_APP):
        if phone.apps.get(app.bundle_id) != app:
            phone.install(app)
