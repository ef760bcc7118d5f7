"""The clock socket of a rack: one JSON object per line, a question and its answer.

Questions are ``{"op": "now", "phone": UDID}`` and ``{"op": "let_pass", "phone": UDID, "until": s}``;
answers are ``{"now": s}`` and ``{"error": text}``. Seconds are phone time since 1970.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from harness.errors import WireError
from harness.wire.framing import FrameDecoder

MOST_LINE_BYTES = 64 * 1024
MOST_S = 2.0**53
"""Times beyond this are refused, and so are NaN and Infinity, which JSON's reader lets through."""


class ClockOp(StrEnum):
    """What is asked of a phone's clock."""

    NOW = "now"
    LET_PASS = "let_pass"


@dataclass(frozen=True)
class ClockRequest:
    """A question to the clock of one phone.

    Attributes:
        op: what is asked.
        phone: UDID.
        until_s: how far time may pass; for ``LET_PASS``, else ``None``.
    """

    op: ClockOp
    phone: str
    until_s: float | None = None

    def encode(self) -> bytes:
        """The line, with its newline."""
        until = {} if self.until_s is None else {"until": self.until_s}
        return _line({"op": str(self.op), "phone": self.phone} | until)

    def __str__(self) -> str:
        until = "" if self.until_s is None else f" until {self.until_s}"
        return f"clock {self.op} {self.phone}{until}"


@dataclass(frozen=True)
class ClockAnswer:
    """The phone's time after what was asked.

    Attributes:
        now_s: seconds since 1970.
    """

    now_s: float

    def encode(self) -> bytes:
        """The line, with its newline."""
        return _line({"now": self.now_s})

    def __str__(self) -> str:
        return f"clock now {self.now_s}"


@dataclass(frozen=True)
class ClockRefusal:
    """The rack did not do what was asked.

    Attributes:
        text: why, one sentence.
    """

    text: str

    def encode(self) -> bytes:
        """The line, with its newline."""
        return _line({"error": self.text})

    def __str__(self) -> str:
        return f"clock error: {self.text}"


def _line(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def _find_line(buffer: bytearray) -> int | None:
    end = buffer.find(b"\n", 0, MOST_LINE_BYTES)
    if end < 0 and len(buffer) >= MOST_LINE_BYTES:
        raise WireError(f"a line of {MOST_LINE_BYTES} bytes and more", data=bytes(buffer[:32]))
    return end + 1 if end >= 0 else None


def _read_object(line: bytes) -> dict[str, Any]:
    try:
        fields: object = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise WireError(f"no JSON ({error})", data=line) from error
    if not isinstance(fields, dict):
        raise WireError(f"a JSON {type(fields).__name__}, expected an object", data=line)
    return cast("dict[str, Any]", fields)


class ClockRequestDecoder(FrameDecoder[ClockRequest]):
    """Cuts what a client writes into questions."""

    frame_name = "a clock request"

    def _find(self, buffer: bytearray) -> int | None:
        return _find_line(buffer)

    def _parse(self, frame: bytes) -> ClockRequest:
        fields = _read_object(frame)
        op, phone = fields.get("op"), fields.get("phone")
        if op not in tuple(ClockOp) or not isinstance(phone, str):
            raise WireError(f"clock request with op {op!r} and phone {phone!r}", data=frame)
        until_s = _seconds(fields, "until", frame) if op == ClockOp.LET_PASS else None
        return ClockRequest(ClockOp(op), phone, until_s)


class ClockAnswerDecoder(FrameDecoder[ClockAnswer | ClockRefusal]):
    """Cuts what a rack writes into answers."""

    frame_name = "a clock answer"

    def _find(self, buffer: bytearray) -> int | None:
        return _find_line(buffer)

    def _parse(self, frame: bytes) -> ClockAnswer | ClockRefusal:
        fields = _read_object(frame)
        if "error" in fields:
            return ClockRefusal(str(fields["error"]))
        return ClockAnswer(_seconds(fields, "now", frame))


def _seconds(fields: dict[str, Any], name: str, line: bytes) -> float:
    value = fields.get(name)
    # A bool is an int to Python, and a comparison with NaN is never true.
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < MOST_S:
        raise WireError(f"clock line with {name} {value!r}, expected seconds", data=line)
    return float(value)
