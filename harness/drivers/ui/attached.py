"""A WebDriverAgent that somebody else has started and keeps: used at its URL, never started, never ended.

A URL says nothing of which phone is behind it, and a wrong one would change the settings of another phone.
What the runner itself tells is not enough to go by: a rack has many phones of one model and one iOS, and
since iOS 16 each calls itself "iPhone" when an app asks. So it is proven. A runner tells its
``identifierForVendor``, which no two phones share, and a phone's own ports are reached through usbmux by its
UDID: the identifier that is told at the URL has to be the one that is told at a port of the phone.

Sources: WebDriverAgent's ``/wda/device/info``; Apple's documentation of ``identifierForVendor``, and of
``UIDevice.name``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from harness.drivers.ui import failures
from harness.drivers.ui.failures import Seen
from harness.drivers.ui.forwarding import Forward
from harness.drivers.ui.looking import look
from harness.drivers.ui.supervisor import PAUSE_S, Patience
from harness.errors import CommandRefused, CommandTimeout, RunnerFailed
from harness.model.capabilities import RunnerHost
from harness.model.identity import PhoneIdentity

OWN_PORT = 8100
"""Where a WebDriverAgent listens on the phone when nobody says. Source: appium-and-wda.md §1."""

UNKNOWN = "unknown"
"""What a runner tells for an identifier that the phone has not given it: WebDriverAgent's word."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Told:
    """What a runner tells of the phone it runs on.

    Attributes:
        name: of the phone, as far as apps may know it.
        ios: product version.
        identifier: its ``identifierForVendor``; empty if it tells none.
    """

    name: str
    ios: str
    identifier: str

    def __str__(self) -> str:
        return f"{self.name or 'a phone without a name'} with iOS {self.ios or UNKNOWN}"


class AttachedRunner:
    """The runner of one phone, which somebody else keeps; implements ``drivers.ui.runner.UiRunner``.

    Args:
        host: the phone.
        identity: the phone's.
        url: where its WebDriverAgent is served.
        patience: how long one that went away is waited for.
    """

    def __init__(
        self, host: RunnerHost, identity: PhoneIdentity, url: str, patience: Patience | None = None
    ) -> None:
        self._host = host
        self._phone = identity
        self._url = url.rstrip("/")
        self._patience = patience or Patience()
        self._turn = asyncio.Lock()
        self._is_attached = False
        self.starts = 0
        """How often it was attached to; it may be another process each time, which knows no session."""

    @property
    def url(self) -> str:
        """Where it is served; empty until it is known to be this phone's."""
        return self._url if self._is_attached else ""

    @property
    def unheard(self) -> int:
        """Nothing: a forwarder takes connections before it knows whether the phone does."""
        return 0

    async def up(self, why: str = "") -> str:
        """Its URL, once it answers and is known to work this phone.

        Args:
            why: what was amiss, for the log; empty for nothing.

        Raises:
            RunnerFailed: it does not answer, or is not known to work this phone.
            DeviceError: the phone is gone.
        """
        async with self._turn:
            was_attached, self._is_attached = self._is_attached, False
            if why or not was_attached:
                self.starts += 1
            await self._answers(self._patience.back_s if was_attached else 0.0)
            await self._prove()
            self._is_attached = True
            if why:
                _log.warning("%s: the runner at %s answers again after: %s", self._phone.name, self._url, why)
            return self._url

    async def close(self) -> None:
        """Let go of it: it is left running, as it was found."""
        async with self._turn:
            self._is_attached = False

    async def _answers(self, within_s: float) -> None:
        loop = asyncio.get_running_loop()
        until_s = loop.time() + within_s
        while (seen := await look(self._url, self._phone.name)) is not Seen.READY:
            if loop.time() >= until_s:
                raise failures.kept_is_gone(self._phone, self._url, seen)
            await asyncio.sleep(PAUSE_S)

    # Whose it is.

    async def _prove(self) -> None:
        told = await self._told_at(self._url)
        if told is None or not told.identifier:
            raise failures.kept_tells_nothing(self._phone, self._url)
        ports = _ports_of(self._url)
        of_phone = [own for port in ports if (own := await self._told_by_phone(port))]
        if told.identifier in {own.identifier for own in of_phone}:
            return
        if of_phone or told.ios != self._phone.ios:
            raise failures.kept_is_of_another(self._phone, self._url, str(told))
        raise failures.kept_is_not_proven(self._phone, self._url, str(told), ports)

    async def _told_by_phone(self, port: int) -> Told | None:
        """What is told at a port of the phone itself; ``None`` if no WebDriverAgent answers there."""
        try:
            # By itself, so that a phone that is gone is not taken for one at whose port nobody listens.
            _, writer = await self._host.connect(port)
        except CommandRefused:
            return None
        writer.close()
        forward = Forward(lambda: self._host.connect(port))
        forward.open()
        try:
            return await self._told_at(forward.url)
        finally:
            await forward.close()

    async def _told_at(self, url: str) -> Told | None:
        from harness.drivers.ui.wda.client import STATUS_S, ConnectionCut, WdaClient, WdaRefusal

        client = WdaClient(url, self._phone.name)
        doing = "asking whose phone it works"
        try:
            status = await client.ask("GET", "status", None, doing=doing, within_s=STATUS_S)
            info = await client.ask("GET", "wda/device/info", None, doing=doing, within_s=STATUS_S)
        except (ConnectionCut, CommandTimeout, WdaRefusal, RunnerFailed) as error:
            _log.debug("%s: %s: %s", self._phone.name, url, error)
            return None
        finally:
            await client.close()
        return _told(_fields(status), _fields(info))


def _told(status: Mapping[str, Any], info: Mapping[str, Any]) -> Told:
    identifier = str(info.get("uuid") or "")
    ios = str(_fields(status.get("os")).get("version") or "")
    return Told(str(info.get("name") or ""), ios, "" if identifier == UNKNOWN else identifier)


def _ports_of(url: str) -> tuple[int, ...]:
    """The ports of the phone where the runner behind a URL may listen."""
    port = urlsplit(url).port
    return (OWN_PORT,) if port in (None, OWN_PORT) else (OWN_PORT, port)


def _fields(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
