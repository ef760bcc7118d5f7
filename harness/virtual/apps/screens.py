"""Screens of a sample app: what is pushed on its navigation stack, is told of transfers, and is let go."""

from __future__ import annotations

from typing import Any, Protocol

from harness.model.callbacks import Callback
from harness.virtual.apps.foundation import on_deinit


class Note(Protocol):
    """Writes a line of the journal."""

    def __call__(
        self, event: str, *, session: str = "", task: str = "", detail: dict[str, Any] | None = None
    ) -> None:
        """Write it."""
        ...


class Screen:
    """A screen that shows transfers. It is gone when nobody holds it any more, which is journalled.

    Args:
        name: what it shows.
        number: which of the screens made in this process it is.
        note: writes a line of the journal.
    """

    def __init__(self, name: str, number: int, note: Note) -> None:
        self.name = name
        self.detail = {"screen": name, "object": number}
        self._note = note
        # What is done when it is gone must not hold it.
        detail = dict(self.detail)
        on_deinit(self, lambda: note(Callback.SCREEN_GONE, detail=detail))

    def show(self, session: str, task: str) -> None:
        """Show something new of a transfer."""
        self._note(Callback.SCREEN_UPDATED, session=session, task=task, detail=self.detail)
