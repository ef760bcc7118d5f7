"""Sessions: one at a time, and the elements that were found in it.

Theory, for each runner that was started (WebDriverAgent 16 itself, FBSession.m)::

    none     --POST /session------> session A
    A        --POST /session------> session B, and A is over
    A        --DELETE /session/A--> none; the app that it is bound to is ended, unless that was refused
    A        --the runner ends----> nothing: with the process all of it is gone

A session that was bound to an app by ``bundleId`` refuses every look at the screen once that app runs no
more; without one it looks at whatever is in front.
"""

from __future__ import annotations

import asyncio
import random
import uuid
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.virtual.transport.stream import Stream
from harness.virtual.wda.placed import Placed
from harness.virtual.wda.replies import Refusal, Trouble

MOST_ELEMENTS = 1024
"""How many elements a session remembers. Source: WebDriverAgent 16 itself (FBElementCache.m)."""

AUTOMATIC = "auto"
"""As ``defaultActiveApplication``: look at whatever is in front."""

DEFAULT_SETTINGS: Mapping[str, object] = {
    "defaultActiveApplication": AUTOMATIC,
    "shouldUseCompactResponses": True,
    "elementResponseAttributes": "type,label",
    "snapshotMaxDepth": 50,
    "useFirstMatch": False,
    "boundElementsByIndex": False,
    "reduceMotion": False,
    "defaultAlertAction": "",
    "acceptAlertButtonSelector": "",
    "dismissAlertButtonSelector": "",
    "respectSystemAlerts": False,
    "waitForIdleTimeout": 10,
    "animationCoolOffTimeout": 2,
    "screenshotQuality": 3,
}
"""What a session is set to at first; only the first means anything here. Names and figures: as above."""


@dataclass
class Session:
    """One session.

    Attributes:
        id: as clients name it.
        capabilities: what was asked for, merged.
        bound_to: the app that it was bound to; empty for none.
        is_expected_to_run: whether that app is meant to run; not after it was ended on purpose.
        settings: how it is set.
    """

    id: str
    capabilities: Mapping[str, object]
    bound_to: str = ""
    is_expected_to_run: bool = False
    settings: dict[str, object] = field(default_factory=lambda: dict(DEFAULT_SETTINGS))
    _elements: OrderedDict[str, str] = field(default_factory=OrderedDict[str, str])

    @property
    def looks_at(self) -> str:
        """The app that it is told to look at; empty for whatever is in front."""
        app = self.settings["defaultActiveApplication"]
        return app if isinstance(app, str) and app != AUTOMATIC else ""

    def remember(self, placed: Placed) -> str:
        """Take note of an element that was found; returns what clients call it."""
        self._elements[placed.id] = placed.path
        self._elements.move_to_end(placed.id)
        if len(self._elements) > MOST_ELEMENTS:
            self._elements.popitem(last=False)
        return placed.id

    def again(self, element_id: str, screen: Placed) -> Placed:
        """An element that was found before, as it is now.

        Raises:
            Refusal: ``stale element reference``; it was not found in this session, or is there no more.
        """
        path = self._elements.get(element_id)
        if path is None:
            what = (
                f'The element identified by "{element_id}" is either not present or it has expired '
                "from the internal cache. Try to find it again"
            )
            raise Refusal(Trouble.STALE_ELEMENT, what)
        for placed in screen.walk():
            if placed.path == path:
                return placed
        del self._elements[element_id]
        what = f'The previously found element "{element_id}" is not present in the current view anymore'
        raise Refusal(Trouble.STALE_ELEMENT, what)


class SessionBox:
    """The session of one runner, for as long as its process runs.

    Args:
        pid: the runner's process.
        environment: what it was launched with.
        behind_passcode: whether the phone was locked by a passcode then.

    Attributes:
        pid: the same.
        environment: the same.
        behind_passcode: whether it still waits for that to be unlocked.
        session: the one there is.
        streams: the connections that are open.
        turn: held by the command that is being done; a runner does one after the other.
    """

    def __init__(self, pid: int, environment: Mapping[str, str], *, behind_passcode: bool = False) -> None:
        self.pid = pid
        self.environment = environment
        self.behind_passcode = behind_passcode
        self.session: Session | None = None
        self.streams: set[Stream] = set()
        self.turn = asyncio.Lock()
        self._ids = random.Random(f"wda:{pid}")

    @property
    def session_id(self) -> str | None:
        """Identifier of the session there is."""
        return self.session.id if self.session else None

    def open(self, capabilities: Mapping[str, object], bound_to: str = "") -> Session:
        """Begin a session; the one before is over."""
        identifier = str(uuid.UUID(int=self._ids.getrandbits(128), version=4)).upper()
        self.session = Session(identifier, capabilities, bound_to, is_expected_to_run=bool(bound_to))
        return self.session

    def close(self) -> None:
        """End the session; none is no error."""
        self.session = None

    def cut_off(self) -> None:
        """Lose the session and break every connection."""
        self.close()
        for stream in self.streams:
            stream.close()

    def called(self, session_id: str) -> Session:
        """The session of that identifier.

        Raises:
            Refusal: ``invalid session id``; it is over, or never was.
        """
        if self.session is None or self.session.id != session_id:
            raise Refusal(Trouble.INVALID_SESSION, "Session does not exist")
        return self.session
