"""Putting phones right that somebody left altered: what the farm's journal says, done by a driver."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager

from harness.api.accesspoint import AccessPoint
from harness.api.changes import put_back
from harness.model.capabilities import Phone
from harness.model.undo import UndoOp
from harness.runtime.loop import LoopThread

UNDO_S = 180.0
"""Protective deadline of putting one thing back, in wall time: some go through the screen."""


class PhoneRestorer:
    """Opens a phone for as long as things are put back on it; implements ``model.undo.Restorer``.

    Args:
        loop: the loop that phones are opened on.
        opened: opens a phone for the length of a block, by its identifier.
        access_point: let a phone in again with its Wi-Fi, where there is one.
    """

    def __init__(
        self,
        loop: LoopThread,
        opened: Callable[[str], AbstractContextManager[Phone]],
        access_point: AccessPoint | None = None,
    ) -> None:
        self._loop = loop
        self._opened = opened
        self._access_point = access_point

    @contextmanager
    def reaching(self, udid: str) -> Generator[Callable[[UndoOp], None]]:
        """Open a phone for the length of the block; what is given puts one thing back on it.

        Raises:
            HarnessError: the phone cannot be reached, or does not do it.
        """
        with self._opened(udid) as phone:

            def put_one_back(op: UndoOp) -> None:
                self._loop.run(put_back(phone, op, self._access_point), UNDO_S, what=str(op))

            yield put_one_back
