"""What somebody asks of the farm: for each phone that is needed, which ones would do."""

from __future__ import annotations

from dataclasses import dataclass

from harness.errors import NoSuchDevice
from harness.farm.leases.matching import match
from harness.farm.leases.undo import Kept
from harness.model.undo import Restorer


@dataclass(frozen=True)
class Request:
    """Phones that are needed at the same time; all of them are given at once, or none.

    Attributes:
        slots: for each phone that is needed, the UDIDs of those that would do, the preferred one first. No
            phone is given for two of them.
        note: what for, shown to others who wait; usually the test.
        within_s: how long to wait, in seconds of wall time; 0 asks once.
        priority: who asks with a greater one is served first; among equals, who asked first.
        kept: what becomes of settings that a person changed to stay; ``None`` has them put back where
            ``restorer`` can, and otherwise takes only phones without.
        restorer: puts dirty phones right that this process can reach; without it they stay dirty. Phones
            that an agent serves are put right by that.
    """

    slots: tuple[tuple[str, ...], ...]
    note: str = ""
    within_s: float = 0.0
    priority: int = 0
    kept: Kept | None = None
    restorer: Restorer | None = None

    @property
    def udids(self) -> tuple[str, ...]:
        """Every phone that would do for anything, each once, in the order of the slots."""
        return tuple(dict.fromkeys(udid for slot in self.slots for udid in slot))

    @property
    def attitude(self) -> Kept:
        """What it makes of settings that a person changed to stay."""
        return self.kept or (Kept.UNDO if self.restorer else Kept.AVOID)

    def check(self) -> None:
        """Refuse what no farm can give.

        Raises:
            NoSuchDevice: fewer phones are named than are needed.
        """
        if not self.slots or match(self.slots, self.udids) is None:
            needed = f"{len(self.slots)} phones are needed at once"
            raise NoSuchDevice(f"{needed} and {len(self.udids)} would do")
