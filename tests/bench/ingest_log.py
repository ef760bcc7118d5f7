"""A log of a busy phone, as os_trace_relay sends it: nearly all of it is nobody's business.

Of every hundred lines 95 are by processes that no recognizer is about, and 5 by those that are; of these,
half state a fact. Each line ends in its number.
"""

from __future__ import annotations

import random
import uuid

from harness.wire.ostrace_record import OsTraceRecord

APP = "dev.harness.downloader"
EPOCH_US = 1_790_000_000_000_000

OF_INTEREST_EACH = 20
"""One line of so many is by a process that recognizers are about; every second of these states a fact."""

_IT = f"[app<{APP}(7F1C0E52-1111-2222-3333-444455556666)>:41]"
_CHANGED = f"Application process state changed for {APP}: <SBApplicationProcessState: 0x28301d0a0; pid: 41; "

STATING: tuple[tuple[str, str], ...] = (
    ("runningboardd", f"{_IT} Suspending task."),
    ("SpringBoard", f"{_CHANGED}taskState: Suspended; visibility: Background>"),
    ("nsurlsessiond", "Set request delay for <private> to 60.000000"),
    ("runningboardd", f"{_IT} Resuming task."),
    ("SpringBoard", f"[app<{APP}>:41] Setting process visibility to: Foreground"),
)
SILENT: tuple[tuple[str, str], ...] = (
    ("runningboardd", f"{_IT} Set jetsam priority to 30 [0] flag[1]"),
    ("SpringBoard", "Front display did change: <SBApplication: 0x105e1c000>"),
    ("nsurlsessiond", "Task <7F1C0E52-1111-2222-3333-444455556666>.<3> resuming, QOS(0x19)"),
    ("dasd", "Running task count 3 with memory limit 0, thermal nominal"),
)


def frames(count: int, first: int = 0, seed: int = 1) -> list[bytes]:
    """So many lines, each with its frame; ``first`` is the number of the first."""
    chance = random.Random(seed)
    senders = [_sender(chance, number) for number in range(90)]
    return [_line(chance, senders, number).encode() for number in range(first, first + count)]


def stating(count: int) -> int:
    """How many of the first so many lines state a fact."""
    return len(range(0, count, 2 * OF_INTEREST_EACH))


def _sender(chance: random.Random, number: int) -> tuple[str, str, str, str]:
    """Path, image, subsystem and category; two of three lines of a phone have a label."""
    name = f"daemon{number}"
    image = f"/System/Library/PrivateFrameworks/Part{chance.randrange(40)}.framework/Part"
    labelled = number % 3 > 0
    return f"/usr/libexec/{name}", image, f"com.apple.{name}" if labelled else "", "main" if labelled else ""


def _line(chance: random.Random, senders: list[tuple[str, str, str, str]], number: int) -> OsTraceRecord:
    turn, is_other = divmod(number, OF_INTEREST_EACH)
    if is_other:
        path, image, subsystem, category = chance.choice(senders)
        message = "x" * chance.choice((30, 60, 60, 90, 120, 250))
    else:
        of, text = (SILENT if turn % 2 else STATING), turn // 2
        name, message = of[text % len(of)]
        path, image, subsystem, category = f"/usr/libexec/{name}", "", f"com.apple.{name}", "default"
    return OsTraceRecord(
        at_us=EPOCH_US + number * 50,
        pid=40 + len(path),
        process_path=path,
        message=f"{message} #{number}",
        image_path=image or path,
        subsystem=subsystem,
        category=category,
        mach=number,
        thread_id=number % 500,
        process_uuid=uuid.UUID(int=len(path)),
        image_uuid=uuid.UUID(int=len(image)),
        image_offset=number % 4096,
    )
