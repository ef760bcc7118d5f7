"""The agent's front door: a Unix socket in a private directory, where this machine's processes ask it things.

A question is one line, a JSON object with ``ask``, which names what is asked, and whatever belongs to it.
Its answer is one line: what was asked for under ``is``, or under ``error`` why there is no answer, with the
class of ``harness.errors`` under ``kind``. A connection may carry any number of questions, one after the
other.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from harness.config.places import check_socket_path
from harness.errors import HarnessError, WireError

LINE_LIMIT_BYTES = 1 << 20
"""The longest question."""


@dataclass(frozen=True)
class Question:
    """What somebody asks.

    Attributes:
        ask: what.
        fields: whatever belongs to it.
    """

    ask: str
    fields: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def to_line(self) -> bytes:
        """As it goes over the socket."""
        return _line({**self.fields, "ask": self.ask})


@dataclass(frozen=True)
class Refusal:
    """Why there is no answer.

    Attributes:
        kind: name of the class of ``harness.errors``.
        what: what happened.
        phone: the phone that it is about, if about one.
        fix: what to do about it, if anything.
        why: one line for each phone that was meant, where the kind has such.
    """

    kind: str
    what: str
    phone: str | None = None
    fix: str | None = None
    why: tuple[str, ...] = ()

    def to_line(self) -> bytes:
        """As it goes over the socket."""
        told = {"kind": self.kind, "what": self.what, "phone": self.phone, "fix": self.fix}
        return _line({"error": {**told, "why": list(self.why)}})

    @classmethod
    def of(cls, error: HarnessError) -> Refusal:
        """What an error says."""
        why = tuple(cast("tuple[str, ...]", getattr(error, "why", ())))
        return cls(type(error).__name__, error.what, error.phone, error.fix, why)


def answer_line(answer: Mapping[str, Any]) -> bytes:
    """An answer as it goes over the socket."""
    return _line({"is": answer})


def parse_question(line: bytes) -> Question:
    """Read a question.

    Raises:
        WireError: it is something else.
    """
    fields = _object(line)
    ask = fields.pop("ask", None)
    if not isinstance(ask, str):
        raise WireError("expected a question with 'ask'", data=line)
    return Question(ask, fields)


def parse_answer(line: bytes) -> Mapping[str, Any] | Refusal:
    """Read an answer, or why there is none.

    Raises:
        WireError: it is something else.
    """
    fields = _object(line)
    told = fields.get("is", fields.get("error"))
    if not isinstance(told, dict):
        raise WireError("expected an answer with 'is' or 'error'", data=line)
    answer = cast("dict[str, Any]", told)
    return answer if "is" in fields else _refusal(line, answer)


def _refusal(line: bytes, told: dict[str, Any]) -> Refusal:
    why: object = told.pop("why", ())
    try:
        refusal = Refusal(**told)
    except TypeError as error:
        raise WireError("expected an error with 'kind' and 'what'", data=line) from error
    lines = cast("list[object]", why) if isinstance(why, list) else []
    return replace(refusal, why=tuple(str(each) for each in lines))


def _line(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode() + b"\n"


def _object(line: bytes) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except ValueError as error:
        raise WireError("expected a line of JSON", data=line) from error
    if not isinstance(told, dict):
        raise WireError("expected a JSON object", data=line)
    return cast("dict[str, Any]", told)


Handler = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
"""Answers one kind of question; raises a ``HarnessError`` where it cannot."""


class FrontDoor:
    """Answers questions on a socket.

    Args:
        handlers: what is asked -> who answers it.
    """

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = handlers
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    async def open(self, path: str) -> None:
        """Listen; only this user's processes may ask.

        Raises:
            ConfigError: no socket can be at that path.
            OSError: there is something already, or the directory cannot be written.
        """
        check_socket_path(path)
        self._server = await asyncio.start_unix_server(self._welcome, path, limit=LINE_LIMIT_BYTES)
        os.chmod(path, 0o600)

    async def close(self) -> None:
        """Listen no more, and hang up on who still talks."""
        if self._server is not None:
            self._server.close()
        for talk in tuple(self._talks):
            talk.cancel()
        if self._talks:
            await asyncio.wait(self._talks)

    def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.get_running_loop().create_task(self._talk(reader, writer), name="front door")
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            # A line that is too long, or a peer that is gone, ends the talk and nothing else.
            with contextlib.suppress(OSError, ValueError, asyncio.CancelledError):
                while line := await reader.readline():
                    writer.write(await self.answer(line))
                    await writer.drain()
        finally:
            writer.close()

    async def answer(self, line: bytes) -> bytes:
        """The line that answers a line."""
        try:
            question = parse_question(line)
            handler = self._handlers.get(question.ask)
            if handler is None:
                known = ", ".join(sorted(self._handlers))
                raise WireError(f"expected one of {known} to be asked, found {question.ask[:40]!r}")
            return answer_line(await handler(question.fields))
        except HarnessError as error:
            return Refusal.of(error).to_line()
