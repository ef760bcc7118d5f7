"""What an app shows that can be tapped: its view, as far as the virtual phone draws one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Control:
    """One button of an app.

    Attributes:
        identifier: its accessibility identifier.
        title: what stands on it.
        act: what a tap does: code of the app, to be run in its process on its main thread.
    """

    identifier: str
    title: str
    act: Callable[[], None]
