"""Questions and answers of the domain name system, as far as one IPv4 address of one name goes.

Source: RFC 1035 §4. Nothing is compressed in what is written; pointers are followed in what is read.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import IPv4Address

from harness.errors import WireError

_HEAD = struct.Struct("!6H")
_QUESTION = struct.Struct("!2H")
_RECORD = struct.Struct("!2HIH")

ADDRESS = 1
"""Type of a record that is an IPv4 address."""

INTERNET = 1
"""The class of everything."""

_ANSWERS, _AUTHORITATIVE, _WANTS_RECURSION = 0x8000, 0x0400, 0x0100
_POINTER = 0xC0
_MOST_LABELS = 128
_POINTER_TO_QUESTION = 0xC00C


class Code(IntEnum):
    """How a question was answered."""

    NO_ERROR = 0
    FORMAT_ERROR = 1
    SERVER_FAILURE = 2
    NO_SUCH_NAME = 3


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes:
        number: chosen by who asks; the answer has the same.
        name: in lower case, without the dot at its end.
        kind: type of record.
    """

    number: int
    name: str
    kind: int = ADDRESS


@dataclass(frozen=True)
class Answer:
    """What is answered.

    Attributes:
        number: of the question.
        code: a ``Code``, or another number.
        addresses: IPv4 addresses, for a question after those.
    """

    number: int
    code: int
    addresses: tuple[str, ...] = ()


def encode_question(question: Question) -> bytes:
    """The bytes of a question.

    Raises:
        WireError: a part of the name is empty, or longer than 63 bytes.
    """
    head = _HEAD.pack(question.number, _WANTS_RECURSION, 1, 0, 0, 0)
    return head + _encode_name(question.name) + _QUESTION.pack(question.kind, INTERNET)


def parse_question(data: bytes) -> Question:
    """The question that a client sent.

    Raises:
        WireError: it is none, or more than one.
    """
    number, flags, count, *_ = _unpack(_HEAD, data, 0)
    if flags & _ANSWERS or count != 1:
        raise WireError("expected one question of the domain name system")
    name, end = _parse_name(data, _HEAD.size)
    kind, _ = _unpack(_QUESTION, data, end)
    return Question(number, name, kind)


def encode_answer(question: Question, code: Code, address: str | None = None) -> bytes:
    """The bytes of an answer, which nobody is to keep.

    Args:
        question: what was asked.
        code: how that is answered.
        address: the address, if the answer has one.
    """
    flags = _ANSWERS | _AUTHORITATIVE | code
    head = _HEAD.pack(question.number, flags, 1, int(address is not None), 0, 0)
    asked = _encode_name(question.name) + _QUESTION.pack(question.kind, INTERNET)
    if address is None:
        return head + asked
    packed = IPv4Address(address).packed
    record = struct.pack("!H", _POINTER_TO_QUESTION) + _RECORD.pack(ADDRESS, INTERNET, 0, len(packed))
    return head + asked + record + packed


def parse_answer(data: bytes) -> Answer:
    """The answer that a server sent.

    Raises:
        WireError: it is none.
    """
    number, flags, questions, answers, *_ = _unpack(_HEAD, data, 0)
    if not flags & _ANSWERS:
        raise WireError("expected an answer of the domain name system")
    at, addresses = _HEAD.size, list[str]()
    for _ in range(questions):
        at = _parse_name(data, at)[1] + _QUESTION.size
    for _ in range(answers):
        at = _parse_name(data, at)[1]
        kind, _, _, size = _unpack(_RECORD, data, at)
        at += _RECORD.size + size
        if kind == ADDRESS and size == 4 and at <= len(data):
            addresses.append(str(IPv4Address(data[at - size : at])))
    return Answer(number, flags & 0xF, tuple(addresses))


def _encode_name(name: str) -> bytes:
    labels = [label.encode("latin-1", "replace") for label in name.split(".")]
    if any(not 0 < len(label) < 64 for label in labels):
        raise WireError(f"{name!r} is no domain name")
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def _parse_name(data: bytes, at: int) -> tuple[str, int]:
    """A name, and where what follows it begins."""
    labels: list[str] = []
    end: int | None = None
    # Each step reads a label or a pointer, of which a damaged message may have a circle.
    for _ in range(_MOST_LABELS):
        (size,) = _take(data, at, 1)
        if size == 0:
            return ".".join(labels).lower(), at + 1 if end is None else end
        if size & _POINTER == _POINTER:
            end = at + 2 if end is None else end
            at = (size & ~_POINTER) << 8 | _take(data, at + 1, 1)[0]
            continue
        labels.append(_take(data, at + 1, size).decode("latin-1"))
        at += 1 + size
    raise WireError("a domain name without an end")


def _take(data: bytes, at: int, size: int) -> bytes:
    if at + size > len(data):
        raise WireError("a message of the domain name system that ends too soon")
    return data[at : at + size]


def _unpack(form: struct.Struct, data: bytes, at: int) -> tuple[int, ...]:
    return form.unpack(_take(data, at, form.size))
