"""Which xdist worker runs which test: those of one phone stay together, so that it is opened once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from xdist.scheduler import LoadScopeScheduling
    from xdist.workermanage import WorkerController

DEVICE_ID_PREFIX = "ios-"
"""How the id of a test that was made for one iOS version begins: ``test_x[ios-16.7]``."""


def phone_scope(nodeid: str) -> str:
    """What a test shares a worker with: the tests of its phone, or nothing.

    Args:
        nodeid: pytest's name of the test.
    """
    _, _, parameters = nodeid.partition("[")
    for part in parameters.rstrip("]").split("-ios-"):
        version = part.removeprefix(DEVICE_ID_PREFIX)
        if version[:1].isdigit() and DEVICE_ID_PREFIX in nodeid:
            return DEVICE_ID_PREFIX + version.split("-")[0]
    return nodeid


def _make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    from xdist.scheduler import LoadScopeScheduling

    class PhoneScheduling(LoadScopeScheduling):
        """Gives the tests of one phone to one worker."""

        def _split_scope(self, nodeid: str) -> str:
            return phone_scope(nodeid)

        def remove_node(self, node: WorkerController) -> str | None:
            """Give a dead worker's tests to others, all but the one that it died in."""
            units = self.assigned_work.pop(node)
            crashed = next((name for unit in units.values() for name, done in unit.items() if not done), None)
            for unit in units.values():
                if crashed in unit:
                    unit[crashed] = True
            self.workqueue.update({name: unit for name, unit in units.items() if not all(unit.values())})
            for other in self.assigned_work:
                self._reschedule(other)
            return crashed

    return PhoneScheduling(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    """Take over from xdist's default scheduler when phones are named; a chosen ``--dist`` stands."""
    if config.getoption("--devices") and config.getoption("dist") in ("load", "no"):
        return _make_scheduler(config, log)
    return None
