"""Conversations of honest clients, and every way in which a broken client says them.

A frame keeps the value that it is encoded from, so that a field of any depth can be given another kind of
value and still be a frame. Every case is made from its number alone.
"""

from __future__ import annotations

import plistlib
import random
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from tests.wire.fuzz import DAMAGES, Codec

UNWRITABLE = (
    *(TypeError, ValueError, OverflowError, AttributeError, LookupError, RecursionError, struct.error),
    AssertionError,
)
"""What an encoder raises for a value that its format does not have; another one is taken then."""

ATTEMPTS = 12


def _nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


NUMBERS = (0, -1, 1, 2, 255, 2**15, 2**31 - 1, 2**31, -(2**31), 2**32, 2**53, 2**63 - 1, -(2**63), 2**64 - 1)
TEXTS = ("", "x", "x" * 5000, "\0", "a\0b", "\x01", "../../..", "/", "é\u200b", "%s%n", "NaN", "-1", "\n\n")
ENDLESS = "a number of 400 digits"
"""Stands for one, where a format can spell it."""

JUNK: tuple[Any, ...] = (
    *NUMBERS,
    *TEXTS,
    ENDLESS,
    *(True, False, 1.5, -0.0, 1e308, float("inf"), float("nan")),
    *(b"", b"\0", b"\xff" * 40, b"bplist00"),
    *([], ["a", 1], [[]], {}, {"a": {"b": []}}, {"": ""}, _nested(80)),
    *(None, plistlib.UID(1)),
)
"""Values of every kind, where another one is expected."""


@dataclass(frozen=True)
class Frame:
    """One thing that a client says.

    Attributes:
        value: what it is encoded from; of dicts, lists, tuples and scalars.
        encode: makes its bytes of such a value; raises one of ``UNWRITABLE`` for what it cannot write.
    """

    value: Any
    encode: Callable[[Any], bytes]

    def honest(self) -> bytes:
        """Its bytes."""
        return self.encode(self.value)


@dataclass(frozen=True)
class Talk:
    """How honest clients of one service talk.

    Attributes:
        opening: what comes first, in this order.
        frames: what may come then, in any number and order.
        told: what is found in the answer to all of it.
    """

    opening: tuple[Frame, ...]
    frames: tuple[Frame, ...]
    told: bytes

    def honest(self) -> bytes:
        """All of it."""
        return b"".join(frame.honest() for frame in (*self.opening, *self.frames))


def spoiled(value: Any, dice: random.Random) -> Any:
    """A value with one thing in it of another kind, missing, one too many, or under another name."""
    if dice.random() < 0.8:
        if isinstance(value, dict) and value:
            return _spoiled_dict(cast("dict[Any, Any]", value), dice)
        if isinstance(value, list | tuple) and value:
            return _spoiled_row(cast("Sequence[Any]", value), dice)
    if isinstance(value, bool) or dice.random() < 0.5:
        return dice.choice(JUNK)
    if isinstance(value, int):
        return dice.choice(NUMBERS)
    return dice.choice(TEXTS) if isinstance(value, str) else dice.choice(JUNK)


def _spoiled_dict(value: dict[Any, Any], dice: random.Random) -> dict[Any, Any]:
    key = dice.choice(list(value))
    match dice.randrange(8):
        case 0:
            return {each: value[each] for each in value if each != key}
        case 1:
            return {**value, dice.choice(TEXTS): dice.choice(JUNK)}
        case 2:
            return {dice.choice(TEXTS) if each == key else each: value[each] for each in value}
        case _:
            return {**value, key: spoiled(value[key], dice)}


def _spoiled_row(value: Sequence[Any], dice: random.Random) -> Any:
    at = dice.randrange(len(value))
    row = list(value)
    match dice.randrange(8):
        case 0:
            del row[at]
        case 1:
            row[at:at] = [row[at]] * dice.choice((1, 50))
        case _:
            row[at] = spoiled(row[at], dice)
    return tuple(row) if isinstance(value, tuple) else row


def _with_spoiled_field(talk: Talk, messages: list[bytes], frames: list[Frame], dice: random.Random) -> None:
    at = _somewhere(talk, frames, dice)
    for _ in range(ATTEMPTS):
        try:
            messages[at] = frames[at].encode(spoiled(frames[at].value, dice))
        except UNWRITABLE:
            continue
        return
    _with_damaged_bytes(talk, messages, frames, dice)


def _with_damaged_bytes(talk: Talk, messages: list[bytes], frames: list[Frame], dice: random.Random) -> None:
    at = _somewhere(talk, frames, dice)
    data = bytearray(messages[at] or b"\0")
    samples = tuple(message for message in messages if message) or (b"\0",)
    DAMAGES[dice.choice(tuple(DAMAGES))](dice, data, Codec("", samples, bytes))
    messages[at] = bytes(data)


def _in_another_order(talk: Talk, messages: list[bytes], frames: list[Frame], dice: random.Random) -> None:
    dice.shuffle(messages)


def _repeated(talk: Talk, messages: list[bytes], frames: list[Frame], dice: random.Random) -> None:
    at = dice.randrange(len(messages))
    messages[at] = messages[at] * dice.choice((2, 3, 40))


def _cut_off(talk: Talk, messages: list[bytes], frames: list[Frame], dice: random.Random) -> None:
    whole = b"".join(messages)
    messages[:] = [whole[: dice.randrange(len(whole) + 1)]]


WAYS = (*[_with_spoiled_field] * 6, *[_with_damaged_bytes] * 4, _in_another_order, _repeated, _cut_off)


def _somewhere(talk: Talk, frames: list[Frame], dice: random.Random) -> int:
    """Mostly behind the opening, since little is read of what has a bad one."""
    first = len(talk.opening) if len(frames) > len(talk.opening) and dice.random() < 0.8 else 0
    return dice.randrange(first, len(frames))


def conversation(talk: Talk, dice: random.Random) -> bytes:
    """What one broken client says."""
    count = dice.randint(min(1, len(talk.frames)), min(len(talk.frames), 5))
    frames = [*talk.opening, *dice.sample(talk.frames, count)]
    messages = [frame.honest() for frame in frames]
    dice.choice(WAYS)(talk, messages, frames, dice)
    return b"".join(messages)
