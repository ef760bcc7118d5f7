"""One command: what was asked, of which phone, in which session; and one row of the table of routes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from harness.virtual.wda.placed import Placed
from harness.virtual.wda.replies import Refusal, Trouble
from harness.virtual.wda.screen import Draw, Screen
from harness.virtual.wda.sessions import Session, SessionBox

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone


@dataclass(frozen=True)
class Call:
    """One command.

    Attributes:
        phone: the phone.
        box: the session of the runner.
        draw: draws what is on the phone's screen.
        session: the one that the path names; ``None`` for a command without.
        names: what stood in the path at the places of its parameters.
        query: what stood after the question mark.
        arguments: its body.
    """

    phone: VirtualPhone
    box: SessionBox
    draw: Draw
    session: Session | None = None
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    arguments: Mapping[str, object] = field(default_factory=dict[str, object])

    @property
    def in_session(self) -> Session:
        """The session, of a command that is only there with one."""
        assert self.session is not None, "the table of routes lets no such command through without"
        return self.session

    @functools.cached_property
    def screen(self) -> Screen:
        """The screen as it was when the command first looked."""
        return Screen(self.phone, self.draw)

    def element(self, name: str = "uuid") -> Placed:
        """The element that the path names, as it is now.

        Raises:
            Refusal: ``stale element reference``.
        """
        return self.again(self.names[name])

    def again(self, element_id: str) -> Placed:
        """An element of the session, as it is now.

        Raises:
            Refusal: ``stale element reference``.
        """
        if self.phone.service_faults.screen.takes_stale():
            raise Refusal(Trouble.STALE_ELEMENT, f'The element "{element_id}" is no more')
        return self.in_session.again(element_id, self.screen.whole)

    def text(self, name: str) -> str:
        """An argument that has to be a text.

        Raises:
            Refusal: ``invalid argument``; it is none.
        """
        value = self.arguments.get(name)
        if not isinstance(value, str) or not value:
            raise Refusal(Trouble.INVALID_ARGUMENT, f"'{name}' is expected to be a text")
        return value

    def optional_text(self, name: str) -> str:
        """An argument that may be a text; empty when it is missing or none."""
        value = self.arguments.get(name)
        return value if isinstance(value, str) else ""

    def number(self, name: str, default: float | None = None) -> float:
        """An argument that has to be a number.

        Raises:
            Refusal: ``invalid argument``; it is none.
        """
        value = self.arguments.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Refusal(Trouble.INVALID_ARGUMENT, f"'{name}' is expected to be a number")
        return float(value)

    def texts(self, name: str) -> tuple[str, ...]:
        """An argument that is a list of texts; a text alone counts as one, and a missing one as none."""
        value = self.arguments.get(name)
        items = cast("list[object]", value) if isinstance(value, list) else [value] if value else []
        return tuple(str(item) for item in items)

    def fields(self, name: str) -> Mapping[str, object]:
        """An argument that is an object; a missing one is empty.

        Raises:
            Refusal: ``invalid argument``; it is something else.
        """
        value = self.arguments.get(name, {})
        if not isinstance(value, dict):
            raise Refusal(Trouble.INVALID_ARGUMENT, f"{name} must be a dictionary")
        return cast("dict[str, object]", value)


Handler = Callable[[Call], object]
"""Does a command; returns its value, or something to wait for that becomes it."""


@dataclass(frozen=True)
class Route:
    """One row of the table.

    Attributes:
        method: such as ``GET``.
        pattern: the path behind the session; a part that begins with a colon is a parameter.
        handler: does it.
        with_session: whether it is there with a session in its path.
        without_session: whether it is there without one.
        at_once: whether it is answered while another command is in work.
    """

    method: str
    pattern: str
    handler: Handler
    with_session: bool = True
    without_session: bool = False
    at_once: bool = False

    @property
    def name(self) -> str:
        """As the ledger lists it."""
        return f"{self.method} {self.pattern or '/session/:id'}"
