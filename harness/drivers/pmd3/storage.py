"""How much of a phone's storage is left, as lockdown tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider

DISK_DOMAIN = "com.apple.disk_usage"


@dataclass(frozen=True)
class Storage:
    """The part of a phone's storage that apps and their data are on.

    Attributes:
        free_bytes: how much of it is left.
        total_bytes: how much there is; 0 when the phone does not tell.
    """

    free_bytes: int
    total_bytes: int


async def read_storage(provider: LockdownServiceProvider) -> Storage | None:
    """How much storage is left; ``None`` when the phone does not tell.

    Source of the keys: what public clients show of the domain.
    """
    answer: object = await provider.get_value(DISK_DOMAIN)
    fields = cast("dict[str, Any]", answer) if isinstance(answer, dict) else dict[str, Any]()
    free, total = fields.get("TotalDataAvailable"), fields.get("TotalDataCapacity")
    if not isinstance(free, int):
        return None
    return Storage(free, total if isinstance(total, int) else 0)
