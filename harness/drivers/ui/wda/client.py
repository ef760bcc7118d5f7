"""Requests to a WebDriverAgent, and what its refusals mean.

A refusal carries a word of the WebDriver protocol. One table says what each word means here; a word without a
row says only that the phone did not do it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from aiohttp import (
    ClientConnectionError,
    ClientError,
    ClientPayloadError,
    ClientSession,
    ClientTimeout,
    TCPConnector,
)

from harness.errors import (
    CapabilityMissing,
    CommandTimeout,
    DeviceError,
    RunnerFailed,
    ScreenChanged,
    ScreenUnexpected,
)

INVALID_SESSION = "invalid session id"
NO_ELEMENT = "no such element"
NO_ALERT = "no such alert"

STATUS_S = 5.0
"""How long a runner has to say that it is ready, in wall seconds."""


class WdaRefusal(Exception):
    """WebDriverAgent said no.

    Args:
        word: the protocol's word for it, such as ``stale element reference``.
        said: what it said besides.
    """

    def __init__(self, word: str, said: str) -> None:
        super().__init__(f"{word}: {said}" if said else word)
        self.word = word
        self.said = said


class ConnectionCut(Exception):
    """The connection ended without an answer; whether the request was heard nobody knows."""


@dataclass(frozen=True)
class Meaning:
    """What a refusal means.

    Attributes:
        kind: our error.
        fix: what to do about it, one imperative sentence.
    """

    kind: type[DeviceError]
    fix: str


_CHANGED = Meaning(ScreenChanged, "Look at what the screen shows: it changed meanwhile.")
_REFUSED = Meaning(ScreenUnexpected, "Look at what the screen shows, and at what the runner said.")
_COVERED = Meaning(ScreenUnexpected, "Close the alert that lies over the screen.")
_TOO_OLD = Meaning(CapabilityMissing, "Install a newer WebDriverAgent on the phone.")
_SLOW = Meaning(CommandTimeout, "Run it again; restart the phone if it stays so.")
_GONE = Meaning(RunnerFailed, "Let whoever else works this phone's screen finish first.")
_NOT_ALLOWED = Meaning(
    RunnerFailed, "Unlock the phone, and allow UI automation if it asks for that, with its passcode."
)
_DEFECT = Meaning(ScreenUnexpected, "Report it: WebDriverAgent does not understand what it was asked.")

MEANINGS: Mapping[str, Meaning] = {
    NO_ELEMENT: _CHANGED,
    "stale element reference": _CHANGED,
    "no such window": _REFUSED,
    NO_ALERT: _CHANGED,
    "element not interactable": _REFUSED,
    "element not visible": _REFUSED,
    "element click intercepted": _REFUSED,
    "invalid element state": _REFUSED,
    "invalid coordinates": _REFUSED,
    "move target out of bounds": _REFUSED,
    "unable to capture screen": _REFUSED,
    "unknown error": _REFUSED,
    "unexpected alert open": _COVERED,
    "unknown command": _TOO_OLD,
    "unknown method": _TOO_OLD,
    "unsupported operation": _TOO_OLD,
    "timeout": _SLOW,
    "script timeout": _SLOW,
    INVALID_SESSION: _GONE,
    "session not created": _NOT_ALLOWED,
    "invalid argument": _DEFECT,
    "invalid selector": _DEFECT,
}
"""Word of the protocol -> what it means. Source of the words: the WebDriver protocol, "Errors"."""


def error_of(refusal: WdaRefusal, phone: str, doing: str) -> DeviceError:
    """Our error for a refusal.

    Args:
        refusal: what WebDriverAgent said.
        phone: the phone's name.
        doing: what was being done, such as ``tapping accessibility id 'Wi-Fi'``.
    """
    meaning = MEANINGS.get(refusal.word, _REFUSED)
    first_line = (str(refusal).splitlines() or [""])[0].rstrip(".")
    return meaning.kind(f"{doing} failed: {first_line}", phone=phone, fix=meaning.fix)


class WdaClient:
    """One WebDriverAgent, asked over one connection that is kept.

    Args:
        url: where it listens, such as ``http://127.0.0.1:51234``.
        phone: the phone's name.
    """

    def __init__(self, url: str, phone: str) -> None:
        self.url = url
        self._phone = phone
        # One connection: a WebDriverAgent does one thing at a time.
        self._http = ClientSession(connector=TCPConnector(limit=1))

    async def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None, *, doing: str, within_s: float
    ) -> Any:
        """The ``value`` of the answer to one request.

        Args:
            method: of HTTP.
            path: below the root.
            body: sent as JSON; ``None`` for none.
            doing: what is being done, for messages.
            within_s: protective deadline in wall seconds.

        Raises:
            WdaRefusal: it said no.
            ConnectionCut: it did not answer, and will not.
            CommandTimeout: it did not answer in time.
            RunnerFailed: what answers is no WebDriverAgent.
        """
        limit = ClientTimeout(total=within_s)
        try:
            async with self._http.request(method, f"{self.url}/{path}", json=body, timeout=limit) as answer:
                return self._value(answer.status, await answer.read(), doing)
        except TimeoutError as error:
            raise CommandTimeout(
                f"{doing} had no answer within {within_s:g} s", phone=self._phone, fix=_SLOW.fix
            ) from error
        except (ClientConnectionError, ClientPayloadError, ConnectionError) as error:
            raise ConnectionCut(f"{doing}: {error or type(error).__name__}") from error
        except ClientError as error:
            raise self._no_wda(doing, str(error)) from error

    async def close(self) -> None:
        """Close the connection."""
        await self._http.close()

    def _value(self, status: int, data: bytes, doing: str) -> Any:
        try:
            answer: Any = json.loads(data)
        except ValueError as error:
            raise self._no_wda(doing, f"HTTP {status}, {data[:60]!r}") from error
        fields = cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}
        value: Any = fields.get("value")
        if status < 400:
            return value
        told = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
        raise WdaRefusal(str(told.get("error") or f"HTTP {status}"), str(told.get("message") or ""))

    def _no_wda(self, doing: str, answered: str) -> RunnerFailed:
        return RunnerFailed(
            f"{doing} was not answered as WebDriverAgent does: {answered}",
            phone=self._phone,
            fix="Look at what runs at the runner's port, and start the runner again.",
        )


async def is_ready(url: str, phone: str) -> bool:
    """Whether a WebDriverAgent answers at a URL and takes sessions.

    Raises:
        ConnectionCut: nothing answers there.
        CommandTimeout: something listens and does not answer.
        WdaRefusal: it answers, and says no.
        RunnerFailed: what answers is no WebDriverAgent.
    """
    client = WdaClient(url, phone)
    try:
        value = await client.ask("GET", "status", None, doing="asking for its status", within_s=STATUS_S)
    finally:
        await client.close()
    # Versions before 4 say nothing of being ready: that they answer is all.
    return not isinstance(value, dict) or cast("dict[str, Any]", value).get("ready", True) is not False
