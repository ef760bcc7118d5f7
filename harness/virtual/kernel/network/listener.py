"""Who wants to know what the link does to the bytes of a connection."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class LinkListener(Protocol):
    """A protocol that wants to know when its bytes wait for phone time.

    Whoever holds the phone's clock while bytes are expected has to let go meanwhile: what a slow or a dead
    link keeps comes only when phone time passes.
    """

    def link_waits(self, waits: bool) -> None:
        """Bytes under way wait for phone time from now on, or no longer."""
        ...
