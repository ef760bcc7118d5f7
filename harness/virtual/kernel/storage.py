"""How much of the phone's storage is taken.

What apps and their data take is not counted: a person, or chance, says how much is left. Sizes are plausible
for a phone of 64 GB, not read from one.
"""

from __future__ import annotations

DISK_BYTES = 63_978_983_424
"""Size of the whole storage."""

DATA_BYTES = DISK_BYTES // 4 * 3
"""Size of the part that apps and their data are on; the system has the rest."""


class Storage:
    """The storage of one phone, most of which is free at first.

    Attributes:
        total_bytes: its size.
        data_bytes: size of the part that apps and their data are on.
    """

    total_bytes = DISK_BYTES
    data_bytes = DATA_BYTES

    def __init__(self) -> None:
        self._free_bytes = DISK_BYTES // 2

    @property
    def free_bytes(self) -> int:
        """How much is left for apps and their data."""
        return self._free_bytes

    def leave(self, free_bytes: int) -> None:
        """Have so much be left.

        Raises:
            ValueError: it is less than nothing, or more than there is.
        """
        if not 0 <= free_bytes <= self.data_bytes:
            raise ValueError(f"0 to {self.data_bytes} bytes can be free, not {free_bytes}")
        self._free_bytes = free_bytes
