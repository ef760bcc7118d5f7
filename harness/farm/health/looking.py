"""Looking at a phone before it is used: the quick stages, and what they find in a word."""

from __future__ import annotations

from collections.abc import Iterable

from harness.errors import HarnessError
from harness.farm.health.host import fault_of_host
from harness.farm.health.result import Health, StageResult
from harness.farm.health.rotation import Against, Finding
from harness.farm.health.stages import AGAIN, quick_look
from harness.farm.reach import ReachablePhone


async def look(phone: ReachablePhone) -> Finding | None:
    """Look at a phone: reads only, also while somebody else uses it; ``None`` when it is well."""
    try:
        found = finding_of(await quick_look(phone))
    except HarnessError as error:
        # The session could not be closed: what was read over it is not to be relied on.
        found = no_end(error)
    return found and (await fault_of_host(phone.usbmux) or found)


def no_end(error: HarnessError) -> Finding:
    """What is found by a look that came to no end, or to a bad one: whatever it read before is not enough."""
    return Finding(Against.LOOK, error.what, error.fix or AGAIN, "trusted")


def finding_of(results: Iterable[StageResult]) -> Finding | None:
    """The first stage that failed; a warning takes no phone out of rotation."""
    failed = next((one for one in results if one.health is Health.FAILED), None)
    return Finding(Against.LOOK, failed.detail, failed.fix, failed.stage) if failed else None
